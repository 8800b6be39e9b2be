// Cells come from /v1/review one by one, answers go back; the server keeps them.
import { ask, get, greys, layers, make, paint, paintMap, press, refusal, resetWindow, say, takeKeys, takeToken, write } from "./parts.mjs";

const state = { reader: "", cells: [], at: -1, cell: null, grey: null, mapped: true };

function tell(error) {
  if (get("ask").hidden) say(`Expected ${error.expected}; got ${error.got}. ${error.do}.`);
}

async function open() {
  let about;
  try {
    about = await ask("/v1/about");
  } catch (error) {
    return tell(error);
  }
  get("ask").hidden = true;
  get("served").textContent = about.runs.map((one) => one.run).join(" · ");
  get("about").textContent = `${about.intended_use} labelassemble ${about.version}`;
  if (!about.review) return say("Nothing is to be read: start the server with --review LIST, conflicts or uncertain.");
  get("who").hidden = false;
  say(`${about.review} cells to read. Who reads?`);
  get("reader").focus();
}

async function begin() {
  const reader = get("reader").value.trim();
  try {
    const told = await ask(`/v1/review?reader=${encodeURIComponent(reader)}`);
    [state.reader, state.cells] = [reader, told.cells];
    list();
    compare(told.agreement);
    get("work").hidden = false;
    await show(next(-1));
  } catch (error) {
    tell(error);
  }
}

// The first cell behind a place that has no answer, or the one behind it.
function next(place) {
  const open = [...state.cells.slice(place + 1), ...state.cells.slice(0, place + 1)].find((one) => one.answer === null);
  return open ? open.place : Math.min(place + 1, state.cells.length - 1);
}

function list() {
  get("list").replaceChildren(
    ...state.cells.map((one) =>
      make("li", {}, make("button", { type: "button", onclick: () => show(one.place) }, one.title, make("small", {}, one.name), make("small", { className: "given" }))),
    ),
  );
  state.cells.forEach(mark);
}

function mark(one) {
  get("list").children[one.place].querySelector(".given").textContent = one.answer ?? "";
  get("list").children[one.place].firstChild.className = one.answer ? "done" : "";
}

async function show(place) {
  if (place < 0 || place >= state.cells.length) return;
  state.at = place;
  [...get("list").children].forEach((item, at) => {
    if (at === place) item.firstChild.setAttribute("aria-current", "true");
    else item.firstChild.removeAttribute("aria-current");
  });
  get("list").children[place].scrollIntoView({ block: "nearest", inline: "nearest" });
  let cell;
  try {
    cell = await ask(`/v1/review/${place}`);
  } catch (error) {
    return tell(error);
  }
  if (state.at !== place) return;
  state.cell = cell;
  get("name").textContent = `${place + 1} of ${state.cells.length}: ${cell.name}`;
  get("question").textContent = `${cell.title}?`;
  get("wrong").hidden = !cell.error;
  get("controls").hidden = !cell.image;
  get("wrong").replaceChildren(...(cell.error ? refusal(cell.error, "The image cannot be shown") : []));
  get("said").replaceChildren(...cell.said.map((one) => make("li", {}, make("strong", {}, `${one.who}: ${one.state}`), make("span", { className: "quiet" }, one.why))));
  get("found").replaceChildren(...cell.runs.map(found));
  const left = state.cells.filter((one) => one.answer === null).length;
  say(left ? `${left} of ${state.cells.length} cells have no answer of ${state.reader}.` : `All cells are answered by ${state.reader}.`);
  resetWindow();
  if (cell.image) {
    get("seen").replaceChildren(layers(cell.image));
    get("seen").querySelector(".seen").setAttribute("aria-label", cell.name);
    state.grey = await greys(cell.image);
    if (state.cell !== cell) return;
    draw();
  } else get("seen").replaceChildren();
  hide();
  get("shown").dataset.drawn = String(place);
}

function found(one) {
  const { answer } = one;
  const told = answer ? `${write(answer.probability)}${answer.calibrated === null ? "" : `, calibrated ${write(answer.calibrated)}`}, ${answer.call ?? "no call"}` : "does not know the class";
  return make("li", {}, make("strong", {}, `${one.run}: ${told}`), one.caution ? make("span", { className: "quiet" }, one.caution) : "");
}

// What others say, and the map, where they are not hidden.
function hide() {
  const mine = state.cells[state.at].answer, hidden = get("blind").checked && mine === null;
  get("told").hidden = hidden;
  for (const button of document.querySelectorAll("#answers button"))
    button.setAttribute("aria-pressed", String(button.dataset.answer === (mine ?? "none")));
  const map = get("seen").querySelector(".map");
  if (!map) return;
  paintMap(map, hidden ? null : state.cell.runs.find((one) => one.answer)?.answer.map);
  map.style.opacity = state.mapped ? get("opacity").value / 100 : 0;
}

function draw() {
  const seen = get("seen").querySelectorAll(".seen");
  if (seen.length && state.grey) paint(seen, state.cell.image, state.grey);
}

async function give(answer) {
  const place = state.at, one = state.cells[place];
  if (!one || state.cell?.place !== place) return;
  try {
    const told = await ask(`/v1/review/${place}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ reader: state.reader, answer: answer || null }),
    });
    const first = one.answer === null;
    one.answer = answer || null;
    mark(one);
    compare(told);
    // Where others were hidden, what they say is shown before the next cell comes.
    if (answer && !(get("blind").checked && first)) await show(next(place));
    else hide();
  } catch (error) {
    tell(error);
  }
}

function compare(pairs) {
  get("agree").hidden = !pairs.length;
  get("agree").querySelector("tbody").replaceChildren(
    ...pairs.map((one) => {
      const interval = one.low === null ? "" : ` [${one.low.toFixed(2)}, ${one.high.toFixed(2)}]`;
      const kappa = one.kappa === null ? "–" : one.kappa.toFixed(2) + interval;
      const agree = one.agreement === null ? "–" : `${Math.round(100 * one.agreement)} %`;
      const cells = [one.title, one.cells, one.unsure, agree, kappa].map((text) => make("td", {}, String(text)));
      return make("tr", {}, make("th", { scope: "row" }, `${one.left}, ${one.right}`), ...cells);
    }),
  );
}

function stronger(by) {
  get("opacity").value = Number(get("opacity").value) + by;
  state.mapped = true;
  if (state.cell) hide();
}

takeKeys({
  1: () => give("present"),
  2: () => give("absent"),
  3: () => give("cannot tell"),
  0: () => give(""),
  n: () => show(state.at + 1),
  p: () => show(state.at - 1),
  m: () => { state.mapped = !state.mapped; if (state.cell) hide(); },
  ",": () => stronger(-10),
  ".": () => stronger(10),
  i: () => get("invert").click(),
  r: () => get("reset").click(),
});
takeToken(open);
get("who").addEventListener("submit", (event) => {
  event.preventDefault();
  begin();
  document.activeElement.blur();
});
get("blind").addEventListener("change", () => state.cell && hide());
for (const button of document.querySelectorAll("#answers button")) button.addEventListener("click", () => give(button.dataset.answer));
get("opacity").addEventListener("input", () => stronger(0));
get("level").addEventListener("input", draw);
get("width").addEventListener("input", draw);
get("invert").addEventListener("click", () => { press(get("invert")); draw(); });
get("reset").addEventListener("click", () => { resetWindow(); get("opacity").value = 40; stronger(0); draw(); });
open();
