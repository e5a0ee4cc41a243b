// Tables that sort by their headings, and show ranges on request.
(() => {
  "use strict";

  function value(row, column, kind) {
    const text = row.cells[column].dataset.value;
    if (kind === "text") return text.toLocaleLowerCase();
    return text === "" ? null : Number(text);
  }

  function compare(a, b) {
    if (typeof a === "string") return a.localeCompare(b);
    return a - b;
  }

  function sort(table, heading) {
    const down = heading.getAttribute("aria-sort") === "ascending";
    const column = heading.cellIndex;
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [value(row, column, heading.dataset.sort), row]);
    rows.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return down ? compare(b, a) : compare(a, b);
    });
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    body.append(...rows.map(([, row]) => row));
  }

  for (const table of document.querySelectorAll("[data-sortable]")) {
    for (const heading of table.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "in-sort";
      button.append(...heading.childNodes);
      button.addEventListener("click", () => sort(table, heading));
      heading.append(button);
    }
  }

  for (const box of document.querySelectorAll("[data-ranges]")) {
    const table = document.getElementById(box.dataset.ranges);
    const show = () => table.classList.toggle("in-ranges", box.checked);
    box.addEventListener("change", show);
    show();
  }
})();
