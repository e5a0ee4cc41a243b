// Finds an item in a long list: what does not match is hidden, what is ticked stays in sight.
(() => {
  "use strict";
  for (const part of document.querySelectorAll("[data-filter]")) {
    const input = part.querySelector("input");
    const found = part.querySelector("[data-found]");
    const rows = [...document.getElementById(part.dataset.filter).children];
    part.hidden = false;
    input.addEventListener("input", () => {
      const words = input.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLocaleLowerCase();
        row.hidden = !words.every((word) => text.includes(word)) && !row.querySelector("input").checked;
        if (!row.hidden) { shown += 1; }
      }
      found.textContent = words.length ? `${found.dataset.found} ${shown}` : "";
    });
    // The search is not a part of what is sent.
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); } });
  }
})();
