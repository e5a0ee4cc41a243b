/* Changes the plan without a reload. Without this file the form works as any form does. */
(function () {
  "use strict";

  /* What was followed is told to the platform; the click does not wait for it. */
  function follow(event) {
    var link = event.target.closest ? event.target.closest("a[data-followed]") : null;
    var secret = document.querySelector("input[name=csrfmiddlewaretoken]");
    if (!link || !secret) { return; }
    fetch(link.dataset.api, {
      method: "POST", credentials: "same-origin", keepalive: true,
      headers: { "Content-Type": "application/json", "X-CSRFToken": secret.value },
      body: JSON.stringify({ did: "followed", token: link.dataset.followed, place: "page" })
    }).catch(function () { return false; });
  }

  if (window.fetch) { document.addEventListener("click", follow); }

  var TIMEOUT = 5000;
  var PARTS = ["plan", "plan-errors"];
  var form = document.getElementById("plan-form");
  if (!form || !window.fetch || !window.AbortController) { return; }
  var running = null;

  function say(text) {
    var note = document.createElement("p");
    note.className = "me-note me-note-warn";
    note.textContent = text;
    document.getElementById("plan-errors").replaceChildren(note);
  }

  function put(page) {
    PARTS.forEach(function (id) {
      var fresh = page.getElementById(id);
      if (!fresh) { throw new Error("not the page of the plan"); }
      // The live region itself stays: a new one would not be read out.
      document.getElementById(id).replaceChildren.apply(
        document.getElementById(id),
        Array.from(fresh.childNodes).map(function (node) { return document.importNode(node, true); })
      );
    });
  }

  function change() {
    if (running) { running.abort(); }
    var mine = running = new AbortController();
    var timer = setTimeout(function () { mine.abort(); }, TIMEOUT);
    var plan = document.getElementById("plan");
    var address = window.location.pathname + "?" + new URLSearchParams(new FormData(form)).toString();
    plan.setAttribute("aria-busy", "true");
    fetch(address, { credentials: "same-origin", signal: mine.signal })
      .then(function (response) {
        if (!response.ok) { throw new Error(String(response.status)); }
        return response.text();
      })
      .then(function (text) {
        if (running !== mine) { return; }
        put(new DOMParser().parseFromString(text, "text/html"));
        window.history.replaceState(null, "", address);
      })
      .catch(function () { if (running === mine) { say(form.dataset.failed); } })
      .finally(function () {
        clearTimeout(timer);
        if (running === mine) { plan.removeAttribute("aria-busy"); }
      });
  }

  form.addEventListener("submit", function (event) { event.preventDefault(); change(); });
  form.addEventListener("change", change);
}());
