"use strict";
const filters = document.querySelector(".filters");
if (filters) {
  const bodies = [...document.querySelector(".items").tBodies];
  const choices = [...filters.querySelectorAll("select")];
  const apply = () => {
    const asked = choices.filter((choice) => choice.value);
    for (const body of bodies) {
      body.hidden = !asked.every((choice) => body.dataset[choice.dataset.filter] === choice.value);
    }
    const shown = bodies.filter((body) => !body.hidden).length;
    filters.querySelector("output").textContent = `${shown} of ${bodies.length} items`;
  };
  filters.hidden = false;
  filters.addEventListener("change", apply);
  filters.addEventListener("submit", (event) => event.preventDefault());
  apply();
}

const open = () => {
  const row = location.hash && document.getElementById(location.hash.slice(1));
  if (row?.tagName === "TBODY") {
    row.hidden = false;
    const details = row.querySelector("details");
    if (details) details.open = true;
  }
};
addEventListener("hashchange", open);
open();
