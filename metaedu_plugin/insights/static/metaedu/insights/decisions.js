// Accept, dismiss and bring back without leaving the page: post, then take the findings as the server shows them now.
(() => {
  "use strict";
  const said = document.getElementById("said");

  function say(text, failed) {
    said.textContent = text;
    said.classList.toggle("in-said-failed", failed);
    said.focus({ preventScroll: true });
  }

  async function refresh() {
    const old = document.getElementById("findings");
    const open = [...old.querySelectorAll("[data-keep][open]")].map((part) => part.dataset.keep);
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    if (answer.status === 202) { location.reload(); return; } // the answers are being read anew
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = document.adoptNode(page.getElementById("findings"));
    for (const name of open) fresh.querySelector(`[data-keep="${name}"]`)?.setAttribute("open", "");
    old.replaceWith(fresh);
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-decide]")) return;
    event.preventDefault();
    const decision = event.submitter.value;
    const buttons = form.querySelectorAll("button");
    buttons.forEach((button) => { button.disabled = true; });
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
        body: JSON.stringify({
          finding: form.elements.finding.value,
          decision,
          reason: decision === "dismissed" ? form.elements.reason.value : "",
        }),
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const text = form.getAttribute(`data-said-${decision}`);
      await refresh();
      say(text, false);
    } catch {
      buttons.forEach((button) => { button.disabled = false; });
      say(form.dataset.saidFailed, true);
    }
  });
})();
