// Keys and choices: `/` searches, Escape leaves, arrows walk the numbers, the state filter hides rows.
"use strict";
(() => {
  const search = document.querySelector("#search");
  const state = document.querySelector("#state");
  const rows = document.querySelector("#rows");

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && event.target === search) {
      search.value = "";
      search.dispatchEvent(new Event("input", { bubbles: true }));
      search.blur();
    } else if (event.target.matches(".cell")) {
      walk(event);
    }
  });

  function walk(event) {
    const column = [...event.target.closest("tr").querySelectorAll(".cell")].indexOf(event.target);
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const lines = [...rows.querySelectorAll("tr:not([hidden])")];
    const line = lines[lines.indexOf(event.target.closest("tr")) + step[0]];
    line?.querySelectorAll(".cell")[column + step[1]]?.focus();
  }

  function sift() {
    for (const row of rows.rows) {
      const numbers = [...row.querySelectorAll(".cell")].map((cell) => Number(cell.dataset.atp));
      row.hidden =
        (state.value === "out" && !numbers.some((number) => number <= 0)) ||
        (state.value === "low" && !numbers.some((number) => number > 0 && number < 12));
    }
  }
  state.addEventListener("change", sift);
  document.addEventListener("rows", sift);
  document.addEventListener("htmx:after:swap", sift);

  // The clicked number is marked, and its row with it.
  document.addEventListener("click", (event) => {
    const cell = event.target.closest(".cell");
    if (!cell) return;
    document.querySelector("#why").ariaLive = "polite";
    for (const old of rows.querySelectorAll('[aria-expanded="true"]')) old.setAttribute("aria-expanded", "false");
    for (const old of rows.querySelectorAll(".chosen")) old.classList.remove("chosen");
    cell.setAttribute("aria-expanded", "true");
    cell.closest("tr").classList.add("chosen");
  });
})();
