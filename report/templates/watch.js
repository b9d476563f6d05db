// As it stands, the page shows the sentence as it was read; this goes through it, and holds gates.
"use strict";
const every = (selector, within = document) => [...within.querySelectorAll(selector)];
const made = (name, text = "", type = "") => Object.assign(document.createElement(name), { textContent: text, className: type });
const data = JSON.parse(document.getElementById("data").textContent);
const tokens = data[0].tokens, count = tokens.length;
const slider = document.getElementById("step"), heads = every(".board thead th");
const ACROSS = 6;
let step = count - 1;
document.documentElement.classList.add("scripted");
document.getElementById("steer").hidden = false;

const boards = data.map((one, of) => ({
  one, course: one.courses[0], canvases: new Map(),
  body: document.querySelector(`tbody[data-of="${of}"]`),
  cell: document.querySelector(`figure[data-of="${of}"]`),
}));

// --- Colours ---------------------------------------------------------------------------------

const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const colour = (name) => {
  probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  probe.fillRect(0, 0, 1, 1);
  return [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3);
};
let colours = {};
const mixed = (from, to, share) => from.map((a, k) => a + (to[k] - a) * share);
const ofGate = (v) => (v < 0.5 ? mixed(colours.shut, colours.half, 2 * v) : mixed(colours.half, colours.open, 2 * v - 1));
const ofState = (most) => (v) => mixed(colours.zero, v < 0 ? colours.minus : colours.plus, Math.min(1, Math.abs(v) / most));

// --- Every unit, a line each -----------------------------------------------------------------

const draw = (canvas, units, paint) => {
  const lines = units[0].length, context = canvas.getContext("2d");
  [canvas.width, canvas.height] = [count * ACROSS, lines];
  const image = context.createImageData(canvas.width, lines);
  units.forEach((column, t) => column.forEach((percent, unit) => {
    const [r, g, b] = paint(percent / 100), alpha = t > step ? 60 : 255;
    for (let k = 0; k < ACROSS; k += 1) image.data.set([r, g, b, alpha], 4 * (unit * canvas.width + t * ACROSS + k));
  }));
  context.putImageData(image, 0, 0);
};
const largest = (one, state) => Math.max(...one.courses[0].states[state].units.flat().map(Math.abs), 1) / 100;

// --- One architecture as it is now -----------------------------------------------------------

const answered = ({ one, course }, t) => course.answers[t].map(([k, p]) => [one.classes[k], p]);
const paintBoard = (board) => {
  const { one, course, body } = board;
  for (const row of every(".mean", body)) {
    const name = row.dataset.row, values = course.gates[name] ?? course.states[name];
    every("td", row).forEach((cell, t) => {
      cell.textContent = values.mean[t].toFixed(2);
      cell.style.setProperty("--v", values.mean[t]);
      cell.classList.toggle("later", t > step);
    });
    draw(board.canvases.get(name), values.units, name in course.gates ? ofGate : ofState(largest(one, name)));
  }
  every(".answer td", body).forEach((cell, t) => {
    const [[said, p]] = answered(board, t), [before] = one.courses[0].answers[t];
    cell.replaceChildren(made("b", said), ` ${p.toFixed(2)}`);
    cell.style.setProperty("--v", p);
    cell.classList.toggle("later", t > step);
    if (course.gate) cell.append(made("span", `was ${one.classes[before[0]]} ${before[1].toFixed(2)}`, "was"));
  });
  body.classList.toggle("held", course.gate !== "");
  const how = course.gate ? `${one.called[course.gate]} held at ${course.at}` : "as trained";
  body.querySelector(".title .quiet").textContent = `${one.units} units, ${how}`;
};
const paintCell = (board) => {
  const { course, cell } = board;
  for (const [gate, parts] of board.lights) {
    const v = course.gates[gate].mean[step];
    for (const part of parts) part.style.setProperty("--v", v);
    parts.at(-1).textContent = v.toFixed(2);
  }
  const said = answered(board, step).map(([name, p]) => `${name} ${p.toFixed(2)}`).join(" · ");
  cell.querySelector(".now").textContent = `after “${tokens[step]}”: ${said}`;
};
const paint = () => {
  slider.value = step + 1;
  slider.setAttribute("aria-valuetext", `${step + 1} of ${count}: ${tokens[step]}`);
  document.getElementById("token").textContent = `${tokens[step]} (${step + 1} of ${count})`;
  heads.forEach((head, t) => head.classList.toggle("here", t === step));
  for (const board of boards) { paintBoard(board); paintCell(board); }
};

// --- What the page gains by the script -------------------------------------------------------

const rowOfUnits = (board, row) => {
  const units = made("tr", "", "units"), head = made("th", "", "hold"), cell = made("td"), canvas = made("canvas");
  canvas.setAttribute("aria-hidden", "true");
  cell.colSpan = count;
  cell.append(canvas);
  units.append(head, cell);
  row.after(units);
  board.canvases.set(row.dataset.row, canvas);
  if (board.one.holdable.includes(row.dataset.row)) head.append(switches(board, row.dataset.row));
};
const switches = (board, gate) => {
  const set = made("fieldset");
  set.append(Object.assign(made("legend", `hold ${board.one.called[gate]}`), { className: "hidden" }));
  for (const at of ["", "0", "1"]) {
    const label = made("label", at || "free"), radio = made("input");
    Object.assign(radio, { type: "radio", name: `${board.one.name} ${gate}`, value: at, checked: !at });
    radio.addEventListener("change", () => hold(board, gate, at));
    label.append(radio);
    set.append(label);
  }
  return set;
};
const hold = (board, gate, at) => {
  board.course = board.one.courses.find((course) => course.gate === (at && gate) && course.at === at);
  for (const radio of every("input[type=radio]", board.body)) {
    const mine = at !== "" && radio.name === `${board.one.name} ${gate}`;
    radio.checked = radio.value === (mine ? at : "");
  }
  paint();
};
// A gate's box in the diagram is the one whose first line is its name.
const lights = (board) => every("svg g > rect[rx]", board.cell).flatMap((box) => {
  const title = box.nextElementSibling, gate = title.textContent.trim();
  if (!(gate in board.course.gates)) return [];
  const value = title.cloneNode();
  value.setAttribute("x", box.x.baseVal.value + box.width.baseVal.value - 11);
  value.setAttribute("text-anchor", "end");
  const texts = [];
  for (let next = title; next?.tagName === "text"; next = next.nextElementSibling) texts.push(next);
  texts.at(-1).after(value);
  value.classList.add("value");
  const parts = [box, ...texts, value];
  for (const part of parts) part.classList.add("glow");
  return [[gate, parts]];
});
for (const board of boards) {
  every(".mean", board.body).forEach((row) => rowOfUnits(board, row));
  board.lights = lights(board);
}

// --- Ways to another step --------------------------------------------------------------------

const go = (to) => {
  step = Math.max(0, Math.min(count - 1, to));
  paint();
  const wide = document.getElementById("board"), head = heads[step], named = document.querySelector(".board thead td").offsetWidth;
  if (head.offsetLeft - wide.scrollLeft < named) wide.scrollLeft = head.offsetLeft - named;
  if (head.offsetLeft + head.offsetWidth > wide.scrollLeft + wide.clientWidth) wide.scrollLeft = head.offsetLeft + head.offsetWidth - wide.clientWidth;
};
const KEYS = { ArrowLeft: () => step - 1, ArrowRight: () => step + 1, Home: () => 0, End: () => count - 1 };
addEventListener("keydown", (event) => {
  if (!(event.key in KEYS) || event.target.type === "radio" || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  go(KEYS[event.key]());
});
slider.addEventListener("input", () => go(slider.value - 1));
document.getElementById("back").addEventListener("click", () => go(step - 1));
document.getElementById("on").addEventListener("click", () => go(step + 1));
heads.forEach((head, t) => head.addEventListener("click", () => go(t)));

const coloured = () => {
  colours = Object.fromEntries(["shut", "half", "open", "minus", "zero", "plus"].map((name) => [name, colour(`--${name}`)]));
  paint();
};
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", coloured);
coloured();
