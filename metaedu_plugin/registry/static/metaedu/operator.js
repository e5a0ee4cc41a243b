// Keeps the operator's page fresh: polls the JSON status and writes its figures where they stand.
(() => {
  "use strict";
  const live = document.getElementById("me-live");
  const stale = document.getElementById("me-stale");
  const list = document.getElementById("me-runs");
  const blank = document.getElementById("me-run");
  const news = document.getElementById("me-news");
  const ended = new Set(["done", "failed"]);
  const EVERY = 2000;
  // Counting all responses takes a large database a moment: it is asked for now and then, progress each time.
  const ALL_EVERY = 5;
  let turn = 0;

  const at = (object, path) => path.split(".").reduce((value, key) => (value == null ? value : value[key]), object);
  const text = (value) => (value === null || value === undefined || value === "" ? "" : String(value));
  // Written only when it changed, so that a screen reader speaks news alone.
  const write = (element, value) => {
    const said = text(value);
    if (element.textContent !== said) element.textContent = said;
    if (element.classList.contains("op-error") || element.dataset.field === "figures") element.hidden = said === "";
  };

  const show = (card, run) => {
    // The evaluation and the versions below are as they were when the page was made.
    if (card.dataset.state && !ended.has(card.dataset.state) && ended.has(run.state)) news.hidden = false;
    card.dataset.run = run.id;
    card.dataset.state = run.state;
    for (const element of card.querySelectorAll("[data-field]")) {
      const value = run[element.dataset.field];
      if (element.tagName === "PROGRESS") element.value = value;
      else write(element, value);
      if ("tone" in element.dataset) element.className = run.tone ? `me-tag me-tag-${run.tone}` : "me-tag";
      if (element.dataset.field === "message") element.classList.toggle("me-note-bad", run.state === "failed");
    }
    card.querySelector(".op-train").setAttribute("points", run.curves.train);
    card.querySelector(".op-test").setAttribute("points", run.curves.test);
    card.querySelector(".op-curve").toggleAttribute("hidden", !run.curves.train && !run.curves.test);
  };

  const refresh = (report) => {
    for (const element of live.querySelectorAll("[data-live]")) {
      const path = element.dataset.live;
      if (!(path.split(".")[0] in report)) continue;
      const value = text(at(report, path));
      write(element, value || (element.tagName === "DD" ? "–" : ""));
    }
    for (const element of live.querySelectorAll("[data-live-class]")) {
      element.className = `op-dot op-dot-${at(report, element.dataset.liveClass)}`;
    }
    for (const run of [...((report.training && report.training.runs) || [])].reverse()) {
      let card = list.querySelector(`[data-run="${run.id}"]`);
      if (!card) {
        card = blank.content.firstElementChild.cloneNode(true);
        list.prepend(card);
        const none = document.getElementById("me-no-runs");
        if (none) none.remove();
      }
      show(card, run);
    }
  };

  const poll = async () => {
    if (!document.hidden) {
      try {
        const reply = await fetch(`${live.dataset.url}?only=${turn++ % ALL_EVERY ? "training" : "capture,serving,training"}`, {
          headers: { Accept: "application/json" },
          signal: AbortSignal.timeout(10000),
        });
        if (!reply.ok) throw new Error(String(reply.status));
        refresh(await reply.json());
        stale.hidden = true;
      } catch {
        stale.hidden = false;
      }
    }
    setTimeout(poll, EVERY);
  };
  setTimeout(poll, EVERY);
})();
