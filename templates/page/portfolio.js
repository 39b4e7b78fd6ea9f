"use strict";
/* Sorting and filtering for the tables of the portfolio. The page is complete without it; nothing is sent or kept. */
(() => {
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const said = (number) => number.toLocaleString("en");
  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  /* What a row is sorted by in a column; a cell may span several. */
  const key = (row, column) => {
    let at = 0;
    for (const cell of row.cells) {
      if (at + cell.colSpan > column) return cell.dataset.key ?? cell.textContent.trim();
      at += cell.colSpan;
    }
    return "";
  };

  const compare = (a, b) => {
    const one = Number(a), other = Number(b);
    return Number.isNaN(one) || Number.isNaN(other) ? order.compare(a, b) : one - other;
  };

  const sortBy = (table, head) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [key(row, head.cellIndex), row]);
    /* what is not known comes last in both directions */
    rows.sort(([a], [b]) => (a === "") - (b === "") || (down ? compare(b, a) : compare(a, b)));
    body.append(...rows.map(([, row]) => row));
  };

  const addFilter = (table, number) => {
    const rows = [...table.tBodies[0].rows].map((row) => [row, plain(row.textContent)]);
    const box = document.createElement("div"), label = document.createElement("label");
    const input = document.createElement("input"), count = document.createElement("output");
    box.className = "filter";
    input.type = "search";
    input.id = label.htmlFor = `filter-${number}`;
    label.textContent = table.dataset.filter;
    count.setAttribute("role", "status");
    box.append(label, input, count);
    const apply = () => {
      const words = plain(input.value).split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const [row, text] of rows) {
        row.hidden = !words.every((word) => text.includes(word));
        shown += !row.hidden;
      }
      box.toggleAttribute("data-cut", shown < rows.length);
      count.textContent = `${said(shown)} of ${said(rows.length)} ${table.dataset.noun} shown`;
    };
    input.addEventListener("input", apply);
    apply();
    table.closest(".scroll").before(box);
  };

  document.querySelectorAll("table.board").forEach((table, number) => {
    for (const head of table.tHead.rows[0].cells) {
      if ("plain" in head.dataset) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sortBy(table, head));
      head.append(button);
    }
    if (table.dataset.filter && table.tBodies[0].rows.length > 5) addFilter(table, number);
  });
})();
