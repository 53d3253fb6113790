"use strict";
const readout = document.querySelector(".readout");
if (readout) {
  readout.textContent = "Point at a candidate, or go through those that led with Tab, to read who it is.";
  const tell = (event) => {
    const title = event.target.closest("a, circle, .baseline")?.querySelector("title");
    if (title) readout.textContent = title.textContent;
  };
  for (const kind of ["pointerover", "focusin"]) readout.parentElement.addEventListener(kind, tell);
}

const worth = (body, at) => {
  const cell = body.rows[0].cells[at];
  return "value" in cell.dataset ? parseFloat(cell.dataset.value) : cell.textContent.toLowerCase();
};
const compare = (one, other) => {
  if (Number.isNaN(one) || Number.isNaN(other)) return null;
  return one < other ? -1 : one > other ? 1 : 0;
};
const sort = (table, head, button) => {
  const turn = head.ariaSort === "ascending" ? -1 : 1;
  const at = head.cellIndex;
  const key = new Map([...table.tBodies].map((body) => [body, worth(body, at)]));
  const absent = (body) => (Number.isNaN(key.get(body)) ? 1 : 0);
  const order = [...table.tBodies].sort(
    (a, b) => compare(key.get(a), key.get(b)) === null ? absent(a) - absent(b) : turn * compare(key.get(a), key.get(b)),
  );
  for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
  head.ariaSort = turn > 0 ? "ascending" : "descending";
  table.append(...order);
  button.focus();
};
for (const table of document.querySelectorAll(".sortable")) {
  for (const head of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(table, head, button));
    head.append(button);
  }
}

const open = () => {
  const row = location.hash && document.getElementById(location.hash.slice(1));
  if (row?.tagName === "TBODY") row.querySelector("details").open = true;
};
addEventListener("hashchange", open);
open();
