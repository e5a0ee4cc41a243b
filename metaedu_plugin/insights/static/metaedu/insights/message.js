// Copies of the prepared message; the link to the mail program carries what was changed.
(() => {
  "use strict";
  const said = document.getElementById("said");
  const subject = document.getElementById("message-subject");
  const body = document.getElementById("message-body");

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const field = document.getElementById(button.dataset.copy);
      let failed = false;
      try {
        await navigator.clipboard.writeText(field.value);
      } catch {
        field.select();
        failed = !document.execCommand("copy");
      }
      said.textContent = failed ? button.dataset.saidFailed : button.dataset.said;
      said.classList.toggle("in-said-failed", failed);
    });
  }

  for (const link of document.querySelectorAll("[data-mail]")) {
    link.addEventListener("click", () => {
      const to = link.href.slice(0, link.href.indexOf("&"));
      const text = `${to}&subject=${encodeURIComponent(subject.value)}&body=${encodeURIComponent(body.value)}`;
      link.href = text.length > 2000 ? `${to}&subject=${encodeURIComponent(subject.value)}` : text;
    });
  }
})();
