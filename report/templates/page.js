// All can be read without this: it sorts tables, filters tasks by kind, and lights an architecture.
"use strict";
const every = (selector, within = document) => [...within.querySelectorAll(selector)];

// Where a link leads to is unfolded, and what it lies in.
const unfold = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  target?.scrollIntoView();
};
addEventListener("hashchange", unfold);
if (location.hash) unfold();

// Tables of more than two rows are sorted by a click on a head; numbers as numbers.
const value = (row, k) => {
  const text = row.cells[k]?.textContent.trim().replace("−", "-").replace(/(\d),(?=\d)/g, "$1") ?? "";
  const number = parseFloat(text.replace(/^[<+]/, ""));
  return Number.isNaN(number) ? text : number;
};
const compare = (a, b) => typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1;
for (const table of every("table:not(.grid)")) {
  const body = table.tBodies[0], heads = every("thead th", table);
  if (table.tBodies.length !== 1 || body.rows.length < 3) continue;
  heads.forEach((head, k) => {
    const sort = () => {
      const up = head.getAttribute("aria-sort") === "descending" ? 1 : -1;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up > 0 ? "ascending" : "descending");
      body.append(...[...body.rows].sort((a, b) => up * compare(value(a, k), value(b, k))));
    };
    head.classList.add("sorted");
    head.tabIndex = 0;
    head.addEventListener("click", sort);
    head.addEventListener("keydown", (event) => { if (event.key === "Enter") sort(); });
  });
}

const tools = document.createElement("div");
tools.className = "tools";
const choose = (label, names, chosen) => {
  const box = document.createElement("label"), select = document.createElement("select");
  select.append(new Option("all", ""), ...names.map((name) => new Option(name, name)));
  select.addEventListener("change", () => chosen(select.value));
  box.append(`${label} `, select);
  if (names.length > 1) tools.append(box);
};
const kinds = [...new Set(every("[data-kind]").map((one) => one.dataset.kind))];
choose("tasks:", kinds, (kind) => {
  for (const one of every("[data-kind]")) one.hidden = kind !== "" && one.dataset.kind !== kind;
  for (const grid of every(".grid")) grid.style.setProperty("--tasks", every("tbody tr:not([hidden])", grid).length);
});
const first = (text) => text.trim().split(/[\s\u2020\u2021]/)[0];
const lines = every("[id*='of-architecture.']");
const named = (one) => one.id.split("of-architecture.")[1].split(".")[0];
choose("light:", [...new Set(lines.map(named))].sort(), (name) => {
  for (const one of every("tbody th, .runs strong, figure text")) one.classList.toggle("lit", name !== "" && first(one.textContent) === name);
  for (const one of lines) one.classList.toggle("dimmed", name !== "" && named(one) !== name);
});
document.querySelector("nav").append(tools);
