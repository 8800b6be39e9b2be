// Images go to /v1/answers, one request after the other; what comes back stays in this page.
import { ask, get, greys, layers, make, paint, paintMap, press, refusal, resetWindow, say, takeKeys, takeToken, write } from "./parts.mjs";

const MOST = 500; // images that the page holds

const state = { about: null, images: [], at: -1, class: null, waiting: [], busy: false, mapped: true };

// --- the server

async function open() {
  try {
    state.about = await ask("/v1/about");
  } catch (error) {
    if (get("ask").hidden) say(`${error.got}. ${error.do}.`);
    return;
  }
  const { about } = state;
  get("ask").hidden = true;
  get("drop").hidden = false;
  if (about.viewer) Object.assign(get("viewer"), { href: about.viewer, hidden: false });
  get("review").hidden = !about.review;
  get("served").textContent = about.runs.map((one) => one.run).join(" · ");
  const kept = about.keeps ? "The server keeps what is sent." : "Nothing is kept: neither here nor on the server.";
  const whose = about.source ? ` Calibrated as images of ${about.source}.` : "";
  get("about").textContent = `${about.intended_use}${whose} ${kept} labelassemble ${about.version}`;
  say(`Ready. ${about.runs.length === 1 ? "1 run answers" : `${about.runs.length} runs answer side by side`}.`);
}

// --- what is sent

async function answer(file) {
  const most = state.about.limits.upload_bytes;
  if (file.size > most)
    throw { expected: `a file of at most ${Math.floor(most / 2 ** 20)} MiB`, got: `${Math.ceil(file.size / 2 ** 20)} MiB`, do: "Send a smaller one" };
  for (let tries = 0; ; tries++) {
    const form = new FormData();
    form.append("file", file, file.name);
    try {
      return await ask("/v1/answers?view=true", { method: "POST", body: form });
    } catch (error) {
      if (!error.retry || tries > 5) throw error;
      say(`${file.name}: the server is busy, again in ${error.retry} s`);
      await new Promise((done) => setTimeout(done, 1000 * error.retry));
    }
  }
}

async function work() {
  if (state.busy) return;
  state.busy = true;
  while (state.waiting.length && state.about) {
    const file = state.waiting.shift();
    if (state.images.length >= MOST) {
      say(`The page holds ${MOST} images. Load it anew for others.`);
      state.waiting = [];
      break;
    }
    const left = state.waiting.length;
    say(`${file.name} is being answered${left ? `, ${left} more wait` : ""} …`);
    const start = performance.now();
    try {
      const told = await answer(file);
      for (const one of told.images) add(one);
      const seconds = ((performance.now() - start) / 1000).toFixed(2);
      const passed = told.passed.length ? `; ${told.passed.length} files are no images` : "";
      say(`${file.name}: answered in ${seconds} s${passed}`);
    } catch (error) {
      if (!get("ask").hidden) state.waiting = [];
      else {
        add({ file: file.name, runs: [], image: null, error });
        say(`${file.name} is not answered.`);
      }
    }
  }
  state.busy = false;
}

function send(files) {
  if (!state.about || !files.length) return;
  state.fresh ||= !state.waiting.length;
  state.waiting.push(...files);
  work();
}

async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((done, fail) => entry.file(done, fail))];
  const reader = entry.createReader(), found = [];
  for (;;) {
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!some.length) return found;
    for (const one of some) found.push(...(await filesOf(one)));
  }
}

async function dropped(transfer) {
  const entries = [...transfer.items].map((one) => one.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((one) => one.isDirectory)) return [...transfer.files];
  return (await Promise.all(entries.map(filesOf))).flat();
}

// --- the list of images

function called(image) {
  return new Set(image.runs.flatMap((run) => run.classes.filter((one) => one.call === "present").map((one) => one.title)));
}

function add(image) {
  const place = state.images.push(image) - 1, present = called(image);
  const unlike = image.runs.some((run) => run.unlike.startsWith("yes"));
  const calls = image.runs.some((run) => run.classes.some((one) => one.call));
  const told = image.error ? "not answered" : (calls ? `${present.size} present` : "no call") + (unlike ? ", unlike" : "");
  const button = make("button", { type: "button", onclick: () => show(place, true) }, image.file, make("small", {}, told));
  button.className = image.error ? "failed" : present.size ? "found" : "";
  get("list").append(make("li", {}, button));
  get("drop").classList.remove("first");
  get("work").hidden = false;
  get("work").classList.toggle("several", state.images.length > 1);
  if (state.fresh) show(place, false);
  state.fresh = false;
}

function show(place, focus) {
  if (place < 0 || place >= state.images.length) return;
  state.at = place;
  const image = state.images[place];
  [...get("list").children].forEach((item, at) => {
    if (at === place) item.firstChild.setAttribute("aria-current", "true");
    else item.firstChild.removeAttribute("aria-current");
  });
  get("list").children[place].scrollIntoView({ block: "nearest", inline: "nearest" });
  get("name").textContent = image.file;
  get("wrong").hidden = !image.error;
  get("controls").hidden = Boolean(image.error);
  get("wrong").replaceChildren(...(image.error ? refusal(image.error, "Not answered") : []));
  get("runs").className = image.runs.length > 1 ? "beside" : "alone";
  get("runs").replaceChildren(...image.runs.map((run, at) => card(image, run, at)));
  if (!image.error) {
    resetWindow();
    choose(pick(image));
    load(image);
  }
  if (focus) get("name").focus();
}

function pick(image) {
  const names = image.runs.flatMap((run) => run.classes.map((one) => one.name));
  return names.includes(state.class) && state.kept ? state.class : names[0] ?? null;
}

// --- one run's answer

const SVG = "http://www.w3.org/2000/svg";
function shape(name, own) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(own)) element.setAttribute(key, value);
  return element;
}

function bar(one) {
  const svg = shape("svg", { class: "bar", viewBox: "0 0 100 14", preserveAspectRatio: "none", "aria-hidden": "true" });
  svg.append(shape("rect", { class: "ground", x: 0, y: 3, width: 100, height: 7 }));
  svg.append(shape("rect", { class: "made", x: 0, y: 3, width: 100 * one.probability, height: 7 }));
  if (one.threshold !== null) {
    svg.append(shape("line", { class: "tick", x1: 100 * one.threshold, x2: 100 * one.threshold, y1: 0, y2: 12, "vector-effect": "non-scaling-stroke" }));
    if (one.threshold_low !== null)
      svg.append(shape("line", { class: "whisker", x1: 100 * one.threshold_low, x2: 100 * one.threshold_high, y1: 13, y2: 13, "vector-effect": "non-scaling-stroke" }));
  }
  return svg;
}

function row(one, group) {
  const input = make("input", { type: "radio", name: group, value: one.name });
  input.addEventListener("change", () => {
    state.kept = true;
    choose(one.name);
  });
  const from = one.threshold === null ? "" : `from ${write(one.threshold)}`;
  const interval = one.threshold_low === null ? "" : ` [${write(one.threshold_low)}, ${write(one.threshold_high)}]`;
  const line = make(
    "tr",
    { className: one.call === "present" ? "present" : "" },
    make("th", { scope: "row" }, make("label", {}, input, one.title)),
    make("td", { className: "number" }, write(one.probability), one.calibrated === null ? "" : make("small", {}, `cal. ${write(one.calibrated)}`)),
    make("td", {}, bar(one)),
    make("td", { className: "call" }, one.call ?? "no call", from ? make("small", {}, from, make("span", {}, interval)) : ""),
  );
  line.dataset.class = one.name;
  line.dataset.probability = one.probability;
  line.dataset.calibrated = one.calibrated;
  return line;
}

function notes(classes) {
  const together = new Map();
  for (const one of classes.filter((each) => each.note)) together.set(one.note, [...(together.get(one.note) ?? []), one.title]);
  return [...together].map(([note, titles]) => `${titles.join(", ")}: ${note}`).join("; ");
}

function card(image, run, at) {
  const several = image.runs.length > 1, own = make("article", { className: "run" });
  own.dataset.run = run.run;
  if (several) own.append(make("h3", {}, run.run));
  if (run.error) {
    own.append(make("div", { className: "caution", role: "alert" }, ...refusal(run.error, "This run does not answer")));
    return own;
  }
  if (run.cautions.length)
    own.append(make("div", { className: "caution", role: "alert" }, make("strong", {}, run.unlike.startsWith("yes") ? "Unlike the training images" : "Careful"), ...run.cautions.map((one) => make("p", {}, one))));
  const stack = layers(image.image);
  const untold = notes(run.classes);
  const head = ["Finding", "Probability", "", "Call"].map((text) => (text ? make("th", { scope: "col" }, text) : make("td", {})));
  const table = make(
    "table",
    {},
    make("caption", {}, "Present first, then by probability. Choose one to see its map."),
    make("thead", {}, make("tr", {}, ...head)),
    make("tbody", {}, ...run.classes.map((one) => row(one, `class${at}`))),
  );
  const scroll = make("div", { className: "scroll", tabIndex: 0 }, table);
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", `Findings, ${run.run}`);
  const silent = run.classes.filter((one) => one.note).length;
  const why = make("details", { className: "quiet" }, make("summary", {}, `Why ${silent === 1 ? "one class is" : `${silent} classes are`} not called`), make("p", {}, untold));
  const told = make("div", {}, scroll, make("p", { className: "quiet likeness" }, run.likeness), untold ? why : "");
  own.append(stack, told);
  if (run.neighbours.length) own.append(near(run));
  return own;
}

function near(run) {
  const items = run.neighbours.map((one) =>
    make(
      "li",
      {},
      one.image ? make("img", { src: one.image, alt: "training image" }) : "",
      make("span", {}, one.positive.join(", ") || (one.negative.length ? "nothing found" : "nothing known")),
      one.uncertain.length ? make("span", { className: "quiet" }, `uncertain: ${one.uncertain.join(", ")}`) : "",
      make("span", { className: "quiet" }, `${one.source} · distance ${one.distance.toFixed(2)}`),
    ),
  );
  return make("section", { className: "near" }, make("h4", {}, "Nearest training images"), make("ul", {}, ...items));
}

// --- the image and its window

function choose(name) {
  state.class = name;
  const image = state.images[state.at];
  document.querySelectorAll(".run").forEach((own, at) => {
    const one = image.runs[at].classes.find((each) => each.name === name), map = own.querySelector(".map");
    for (const input of own.querySelectorAll("input[type=radio]")) input.checked = input.value === name;
    if (!map) return;
    paintMap(map, one?.map);
    const told = one ? `${one.title}: ${write(one.probability)}, ${one.call ?? "no call"}` : "this run does not know the class";
    own.querySelector(".seen").setAttribute("aria-label", `${image.file}, map of ${told}`);
  });
  fade();
}

function fade() {
  for (const map of document.querySelectorAll(".map")) map.style.opacity = state.mapped ? get("opacity").value / 100 : 0;
}

async function load(image) {
  image.grey ??= await greys(image.image);
  if (state.images[state.at] === image) draw();
}

function draw() {
  const image = state.images[state.at];
  if (!image?.grey) return;
  paint(document.querySelectorAll(".seen"), image.image, image.grey);
  get("shown").dataset.drawn = image.file;
}

// --- keys and buttons

function step(by) {
  const first = document.querySelector(".run tbody");
  if (!first) return;
  const names = [...first.rows].map((one) => one.dataset.class), at = names.indexOf(state.class);
  const next = names[Math.min(names.length - 1, Math.max(0, at + by))];
  state.kept = true;
  choose(next);
  first.querySelector("tr:has(input:checked)")?.scrollIntoView({ block: "nearest" });
}

function stronger(by) {
  get("opacity").value = Number(get("opacity").value) + by;
  state.mapped = true;
  fade();
}

const KEYS = {
  n: () => show(state.at + 1, true),
  p: () => show(state.at - 1, true),
  j: () => step(1),
  k: () => step(-1),
  m: () => { state.mapped = !state.mapped; fade(); },
  ",": () => stronger(-10),
  ".": () => stronger(10),
  i: () => get("invert").click(),
  r: () => get("reset").click(),
};

takeKeys(KEYS);
takeToken(open);
get("choose").addEventListener("change", (event) => {
  send([...event.target.files]);
  event.target.value = "";
});
for (const kind of ["dragover", "dragleave", "drop"])
  document.addEventListener(kind, async (event) => {
    event.preventDefault();
    get("drop").classList.toggle("over", kind === "dragover");
    if (kind === "drop") send(await dropped(event.dataTransfer));
  });
get("opacity").addEventListener("input", () => stronger(0));
get("level").addEventListener("input", draw);
get("width").addEventListener("input", draw);
get("invert").addEventListener("click", () => { press(get("invert")); draw(); });
get("reset").addEventListener("click", () => { resetWindow(); get("opacity").value = 40; stronger(0); draw(); });
get("drop").classList.add("first");
open();
