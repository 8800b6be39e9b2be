// An image in, probabilities out, by model.onnx and model.json beside this file.
import * as ort from "./ort.wasm.bundle.min.mjs";

ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = { wasm: new URL("ort-wasm-simd-threaded.wasm", import.meta.url).href };

const show = (id) => document.getElementById(id);
const told = await (await fetch("model.json")).json();
const session = await ort.InferenceSession.create("model.onnx", { executionProviders: ["wasm"] });

// How much of each of `from` pixels is in each of `to`: areas where a side shrinks, else lines.
function weights(from, to) {
  return Array.from({ length: to }, (_, row) => {
    const own = [];
    if (to <= from) {
      const start = (row * from) / to, stop = ((row + 1) * from) / to;
      for (let at = Math.floor(start); at < Math.min(from, Math.ceil(stop)); at++)
        own.push([at, (Math.min(stop, at + 1) - Math.max(start, at)) * (to / from)]);
    } else {
      const place = Math.min(from - 1, Math.max(0, ((row + 0.5) * from) / to - 0.5));
      const low = Math.floor(place);
      own.push([low, 1 - (place - low)]);
      if (low + 1 < from) own.push([low + 1, place - low]);
    }
    return own;
  });
}

function resize(grey, width, height, newWidth, newHeight) {
  const across = weights(width, newWidth), down = weights(height, newHeight);
  const narrow = new Float64Array(height * newWidth), out = new Float64Array(newHeight * newWidth);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < newWidth; x++)
      for (const [at, part] of across[x]) narrow[y * newWidth + x] += grey[y * width + at] * part;
  for (let y = 0; y < newHeight; y++)
    for (const [at, part] of down[y])
      for (let x = 0; x < newWidth; x++) out[y * newWidth + x] += narrow[at * newWidth + x] * part;
  return out;
}

function prepare(image) {
  const { size, fit } = told.input;
  let [width, height, left, top] = [image.width, image.height, 0, 0];
  if (fit === "crop") {
    const side = Math.min(width, height);
    [left, top] = [Math.floor((width - side) / 2), Math.floor((height - side) / 2)];
    [width, height] = [side, side];
  }
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillRect(0, 0, width, height); // What is transparent shows black.
  context.drawImage(image, -left, -top);
  const pixels = context.getImageData(0, 0, width, height).data;
  const grey = new Float64Array(width * height);
  for (let at = 0; at < grey.length; at++)
    grey[at] = (0.299 * pixels[4 * at] + 0.587 * pixels[4 * at + 1] + 0.114 * pixels[4 * at + 2]) / 255;
  const longest = fit === "pad" ? Math.max(width, height) : 0;
  const newWidth = longest ? Math.max(1, Math.round((width * size) / longest)) : size;
  const newHeight = longest ? Math.max(1, Math.round((height * size) / longest)) : size;
  const [x0, y0] = [Math.floor((size - newWidth) / 2), Math.floor((size - newHeight) / 2)];
  const small = resize(grey, width, height, newWidth, newHeight);
  const square = new Float32Array(size * size);
  for (let y = 0; y < newHeight; y++)
    for (let x = 0; x < newWidth; x++)
      square[(y0 + y) * size + x0 + x] = Math.round(255 * Math.min(1, Math.max(0, small[y * newWidth + x]))) / 255;
  return square;
}

function calibrate(probability, name) {
  const platt = told.calibration[name];
  if (!platt) return null;
  const p = Math.min(1 - 1e-12, Math.max(1e-12, probability));
  return 1 / (1 + Math.exp(-(platt.slope * Math.log(p / (1 - p)) + platt.intercept)));
}

function draw(square) {
  const canvas = show("seen"), size = told.input.size;
  canvas.width = canvas.height = size;
  const image = new ImageData(size, size);
  square.forEach((grey, at) => image.data.set([grey * 255, grey * 255, grey * 255, 255], 4 * at));
  canvas.getContext("2d").putImageData(image, 0, 0);
  canvas.hidden = false;
}

function list(probability) {
  const rows = told.classes.map((name, place) => ({ name, p: probability[place] }));
  rows.sort((one, other) => other.p - one.p);
  show("result").tBodies[0].replaceChildren(
    ...rows.map(({ name, p }) => {
      const row = document.createElement("tr"), threshold = told.threshold[name];
      const calibrated = calibrate(p, name);
      const call = threshold === null ? "–" : p >= threshold ? "present" : "absent";
      row.className = call;
      for (const text of [name, p.toFixed(3), calibrated === null ? "–" : calibrated.toFixed(3), call])
        row.appendChild(document.createElement("td")).textContent = text;
      row.dataset.probability = p;
      return row;
    }),
  );
  show("result").hidden = false;
}

async function answer(file) {
  try {
    const square = prepare(await createImageBitmap(file, { colorSpaceConversion: "none" }));
    draw(square);
    const { size } = told.input, start = performance.now();
    const found = await session.run({ image: new ort.Tensor("float32", square, [1, 1, size, size]) });
    list(found.probability.data);
    show("status").textContent = `${file.name}: answered in ${Math.round(performance.now() - start)} ms`;
  } catch (error) {
    show("result").hidden = show("seen").hidden = true;
    show("status").textContent = `${file.name} cannot be read as an image: choose a PNG or JPEG.`;
  }
}

const drop = show("drop");
show("file").addEventListener("change", (event) => event.target.files[0] && answer(event.target.files[0]));
for (const kind of ["dragover", "dragleave", "drop"])
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
    if (kind === "drop" && event.dataTransfer.files[0]) answer(event.dataTransfer.files[0]);
  });
show("about").textContent = `${told.intended_use} ${told.run ?? ""}, ${told.written_by}.`;
show("status").textContent = "Ready.";
