// What the pages share: the server, words, the image in its window, maps.

export const get = (id) => document.getElementById(id);

export const make = (name, own = {}, ...children) => {
  const element = Object.assign(document.createElement(name), own);
  element.append(...children.filter((one) => one !== null && one !== ""));
  return element;
};

// Probabilities with three digits, never as if they were none or all.
export function write(value) {
  if (value === null) return "–";
  if (value > 0 && value < 0.0005) return "< .001";
  if (value >= 0.9995 && value < 1) return "> .999";
  return value >= 1 ? "1.000" : value.toFixed(3).replace(/^0/, "");
}

// --- the server

let token = "";

export async function ask(path, options = {}) {
  const headers = { ...options.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  let reply;
  try {
    reply = await fetch(path, { ...options, headers });
  } catch {
    throw { expected: "the server's answer", got: "none", do: "See whether the server still runs" };
  }
  const told = await reply.json().catch(() => null);
  if (reply.ok && told) return told;
  if (reply.status === 401) askForToken(token ? "This is not the server's token." : "");
  if (reply.status === 429 || reply.status === 503)
    throw { ...(told?.error ?? {}), retry: Number(reply.headers.get("Retry-After")) };
  throw told?.error ?? { expected: "an answer", got: `status ${reply.status}`, do: "Send it again" };
}

// Keys that nobody types into a field, while the page takes keys.
export function takeKeys(keys) {
  document.addEventListener("keydown", (event) => {
    const typed = event.target.matches?.("input:not([type=radio]):not([type=range]):not([type=checkbox]), textarea");
    if (typed || event.ctrlKey || event.metaKey || event.altKey || !get("keyed").checked || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
}

export function say(text) {
  get("status").textContent = text;
}

function askForToken(text) {
  get("ask").hidden = false;
  for (const part of document.querySelectorAll(".opened")) part.hidden = true;
  say(text);
  get("token").focus();
}

// Ask anew with the token that is typed.
export function takeToken(open) {
  get("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    token = get("token").value.trim();
    open();
  });
}

export function refusal(error, title) {
  return [
    make("strong", {}, title),
    make("p", {}, `Expected ${error.expected}.`),
    make("p", {}, `Got ${error.got}.`),
    make("p", {}, error.do),
  ];
}

// --- the image and its window

const STOPS = ["000004", "210c4a", "57106e", "8a226a", "bc3754", "e45a31", "f98e09", "f9cb35", "fcffa4"];
const PALETTE = Array.from({ length: 256 }, (_, level) => {
  const place = (level / 255) * (STOPS.length - 1), low = Math.min(STOPS.length - 2, Math.floor(place));
  const [from, to] = [STOPS[low], STOPS[low + 1]].map((hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  return from.map((one, at) => Math.round(one + (to[at] - one) * (place - low)));
});

async function pixels(uri) {
  const drawing = new Image();
  drawing.src = uri;
  await drawing.decode();
  const canvas = new OffscreenCanvas(drawing.naturalWidth, drawing.naturalHeight);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(drawing, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

// Greys of an image from 0 to 4095.
export async function greys(shown) {
  const { data } = await pixels(shown.uri);
  const deep = shown.bits === 12, grey = new Uint16Array(data.length / 4);
  for (let at = 0; at < grey.length; at++) grey[at] = deep ? (data[4 * at] << 4) | (data[4 * at + 1] >> 4) : data[4 * at] * 16 + (data[4 * at] >> 4);
  return grey;
}

// Show greys in the window that the controls say.
export function paint(canvases, shown, grey) {
  const level = get("level").value / 100, width = get("width").value / 100, turned = pressed(get("invert"));
  const table = Uint8ClampedArray.from({ length: 4096 }, (_, value) => {
    const share = Math.min(1, Math.max(0, (value / 4095 - level) / width + 0.5));
    return 255 * (turned ? 1 - share : share);
  });
  const drawn = new ImageData(shown.width, shown.height), out = new Uint32Array(drawn.data.buffer);
  for (let at = 0; at < out.length; at++) {
    const value = table[grey[at]];
    out[at] = 0xff000000 | (value << 16) | (value << 8) | value;
  }
  for (const canvas of canvases) canvas.getContext("2d").putImageData(drawn, 0, 0);
}

export async function paintMap(canvas, uri) {
  canvas.dataset.uri = uri ?? "";
  if (!uri) return canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  const found = await pixels(uri);
  if (canvas.dataset.uri !== uri) return;
  for (let at = 0; at < found.data.length; at += 4) {
    const level = found.data[at];
    found.data.set([...PALETTE[level], Math.round(level * 0.9)], at);
  }
  [canvas.width, canvas.height] = [found.width, found.height];
  canvas.getContext("2d").putImageData(found, 0, 0);
}

// Two canvases, the map over the image.
export function layers(shown) {
  const seen = make("canvas", { className: "seen", width: shown.width, height: shown.height }), map = make("canvas", { className: "map" });
  seen.setAttribute("role", "img");
  map.setAttribute("aria-hidden", "true");
  const stack = make("div", { className: "stack" }, seen, map);
  stack.style.setProperty("--shape", shown.width / shown.height);
  dragWindow(stack);
  return stack;
}

function dragWindow(stack) {
  let last = null;
  stack.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") return;
    last = [event.clientX, event.clientY];
    stack.setPointerCapture(event.pointerId);
  });
  stack.addEventListener("pointermove", (event) => {
    if (!last) return;
    get("width").value = Number(get("width").value) + (event.clientX - last[0]) / 3;
    get("level").value = Number(get("level").value) - (event.clientY - last[1]) / 5;
    last = [event.clientX, event.clientY];
    get("level").dispatchEvent(new Event("input"));
  });
  for (const kind of ["pointerup", "pointercancel"]) stack.addEventListener(kind, () => (last = null));
}

// --- buttons that both pages have

export function pressed(button) {
  return button.getAttribute("aria-pressed") === "true";
}

export function press(button) {
  button.setAttribute("aria-pressed", String(!pressed(button)));
}

export function resetWindow() {
  get("level").value = 50;
  get("width").value = 100;
  get("invert").setAttribute("aria-pressed", "false");
}

const scale = document.querySelector("#scale canvas").getContext("2d");
for (let at = 0; at < 120; at++) {
  const colour = PALETTE[Math.round((at / 119) * 255)];
  scale.fillStyle = `rgb(${colour})`;
  scale.fillRect(at, 0, 1, 10);
}
scale.fillStyle = "#fff";
scale.fillRect(59, 0, 2, 10);
get("day").addEventListener("click", () => {
  press(get("day"));
  document.documentElement.classList.toggle("day");
});
