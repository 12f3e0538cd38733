// The map of the library: points as pixels of one image, so that 20,000 of them move at 60 frames a second.
"use strict";

const place = document.getElementById("map");
const points = document.getElementById("points"), over = document.getElementById("over");
const tip = document.getElementById("tip"), find = document.getElementById("find");
const pen = points.getContext("2d", { alpha: false }), top2d = over.getContext("2d");
const HUES = Array.from({ length: 12 }, (_, n) => n * 30);
const map = { data: null, names: [], ids: [], scale: 1, stretch: 1, left: 0, top: 0, image: null, pixels: null, colours: null, frames: 0, chosen: -1, hovered: -1 };

const dark = () => matchMedia("(prefers-color-scheme: dark)").matches;
const pack = (r, g, b) => (255 << 24) | (b << 16) | (g << 8) | r;

function hsl(hue, light, chroma = 0.5) {
  const f = (n) => {
    const k = (n + hue / 30) % 12, a = chroma * Math.min(light, 1 - light);
    return Math.round(255 * (light - a * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return pack(f(0), f(8), f(4));
}

const css = (packed) => `rgb(${packed & 255}, ${(packed >> 8) & 255}, ${(packed >> 16) & 255})`;

// From unknown (grey) through the values of a measure.
function colourOf(what, value) {
  const light = dark() ? 0.62 : 0.42, grey = dark() ? pack(74, 76, 80) : pack(205, 202, 195);
  if (what === "key") return value ? hsl(HUES[(value - 1) >> 1], value % 2 ? light + 0.1 : light, 0.6) : grey;
  if (value < 0) return grey;
  if (what === "playlist") return hsl([175, 18, 265, 45, 210, 330, 100][value % 7], light, 0.75);
  if (what === "mood") return hsl(value < 50 ? 222 : 28, light + 0.22 * (1 - Math.abs(value - 50) / 50), 0.25 + 0.6 * Math.abs(value - 50) / 50);
  return hsl((270 + 1.4 * value) % 360, dark() ? 0.4 + value / 350 : 0.62 - value / 450, 0.35 + value / 250);
}

function recolour() {
  const what = document.getElementById("colour").value, values = map.data[what];
  map.colours = Int32Array.from(values, (value) => colourOf(what, value));
  const swatch = (value, words) => `<span class="swatch"><svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true"><circle cx="5" cy="5" r="5" fill="${css(colourOf(what, value))}"/></svg> ${words}</span>`;
  const unknown = swatch(what === "key" ? 0 : -1, what === "playlist" ? "in none" : "unknown");
  const legends = {
    mood: () => swatch(0, "dark") + swatch(50, "even") + swatch(100, "bright") + unknown + " by the words, else by the sound",
    energy: () => swatch(0, "calm") + swatch(50, "lively") + swatch(100, "energetic") + unknown,
    key: () => [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23].map((v) => swatch(v, `${(v + 1) / 2}`)).join("") + unknown + " hours of the Camelot wheel",
    playlist: () => map.data.ways.map((way, n) => { const e = document.createElement("i"); e.textContent = way.name; return swatch(n, e.innerHTML); }).join("") + unknown,
  };
  document.getElementById("key").innerHTML = legends[what]();
  draw();
}

const screenX = (row) => map.data.x[row] * map.scale * map.stretch + map.left;
const screenY = (row) => map.data.y[row] * map.scale + map.top;

function draw() {
  if (!map.colours) return;
  const { width, height } = points, { x, y } = map.data, { pixels, colours, scale, left, top } = map, wide = scale * map.stretch;
  pixels.fill(dark() ? pack(19, 20, 22) : pack(251, 250, 247));
  const size = Math.max(2, Math.min(6, Math.round(60 * scale + (x.length < 3000 ? 2 : 0))));
  for (let row = 0; row < x.length; row++) {
    if (x[row] < 0) continue;
    const cx = (x[row] * wide + left) | 0, cy = (y[row] * scale + top) | 0;
    if (cx < 0 || cy < 0 || cx >= width - size || cy >= height - size) continue;
    const colour = colours[row];
    for (let dy = 0; dy < size; dy++) {
      const inset = size > 3 && (dy === 0 || dy === size - 1) ? 1 : 0, line = (cy + dy) * width + cx;
      for (let dx = inset; dx < size - inset; dx++) pixels[line + dx] = colour;
    }
  }
  pen.putImageData(map.image, 0, 0);
  drawOver(size / 2);
  map.frames++;
}

function drawOver(middle) {
  top2d.clearRect(0, 0, over.width, over.height);
  const style = getComputedStyle(document.documentElement), accent = style.getPropertyValue("--accent");
  const number = document.getElementById("way").value, way = number === "" ? null : map.data.ways[number];
  top2d.strokeStyle = top2d.fillStyle = accent;
  if (way) {
    const rows = way.rows.filter((row) => map.data.x[row] >= 0);
    top2d.lineWidth = 1.5;
    top2d.beginPath();
    rows.forEach((row) => top2d.lineTo(screenX(row) + middle, screenY(row) + middle));
    top2d.stroke();
    top2d.font = "11px sans-serif";
    rows.forEach((row, n) => {
      top2d.beginPath();
      top2d.arc(screenX(row) + middle, screenY(row) + middle, n === 0 ? 6 : 3.5, 0, 7);
      top2d.fill();
    });
  }
  for (const row of [map.chosen, map.hovered]) {
    if (row < 0 || map.data.x[row] < 0) continue;
    top2d.lineWidth = 2;
    top2d.beginPath();
    top2d.arc(screenX(row) + middle, screenY(row) + middle, 8, 0, 7);
    top2d.stroke();
  }
}

function fit() {
  const width = place.clientWidth, height = place.clientHeight;
  for (const canvas of [points, over]) { canvas.width = width; canvas.height = height; }
  map.image = pen.createImageData(width, height);
  map.pixels = new Int32Array(map.image.data.buffer);
}

function whole() {
  const side = map.data.side, room = 0.94;
  map.scale = room * points.height / side;
  map.stretch = points.width / points.height;
  map.left = points.width * (1 - room) / 2;
  map.top = points.height * (1 - room) / 2;
  draw();
}

function pan(dx, dy) { map.left += dx; map.top += dy; draw(); }

function zoom(by, cx = points.width / 2, cy = points.height / 2) {
  map.left = cx - (cx - map.left) * by;
  map.top = cy - (cy - map.top) * by;
  map.scale *= by;
  draw();
}

function nearest(px, py) {
  let best = 144, found = -1;
  for (let row = 0; row < map.data.x.length; row++) {
    if (map.data.x[row] < 0) continue;
    const dx = screenX(row) - px, dy = screenY(row) - py, far = dx * dx + dy * dy;
    if (far < best) { best = far; found = row; }
  }
  return found;
}

function hover(row) {
  map.hovered = row;
  tip.textContent = row < 0 ? "" : map.names[row] || "";
  tip.hidden = row < 0;
  if (row >= 0) {
    tip.setAttribute("class", screenX(row) > points.width / 2 ? "left" : "");
    tip.style.setProperty("left", `${screenX(row)}px`);
    tip.style.setProperty("top", `${screenY(row)}px`);
  }
  drawOver(2);
}

async function explain(row) {
  if (row < 0 || !map.ids[row]) return;
  map.chosen = row;
  drawOver(2);
  const answer = await fetch(`/library/tracks/${encodeURIComponent(map.ids[row])}`);
  document.getElementById("track").innerHTML = await answer.text();
}

function look() {
  const words = find.value.trim().toLowerCase(), found = document.getElementById("found");
  found.replaceChildren();
  if (words.length < 2) return;
  for (let row = 0, shown = 0; row < map.names.length && shown < 8; row++) {
    if (!map.names[row].toLowerCase().includes(words)) continue;
    const item = document.createElement("li"), button = document.createElement("button");
    button.className = "small";
    button.textContent = map.names[row];
    button.addEventListener("click", () => explain(row));
    item.append(button);
    found.append(item);
    shown++;
  }
}

function listenToHands() {
  let from = null, moved = 0;
  place.addEventListener("pointerdown", (event) => { from = [event.clientX, event.clientY]; moved = 0; place.setPointerCapture(event.pointerId); });
  place.addEventListener("pointermove", (event) => {
    const box = place.getBoundingClientRect();
    if (!from) return hover(nearest(event.clientX - box.left, event.clientY - box.top));
    const dx = event.clientX - from[0], dy = event.clientY - from[1];
    moved += Math.abs(dx) + Math.abs(dy);
    from = [event.clientX, event.clientY];
    pan(dx, dy);
  });
  place.addEventListener("pointerup", (event) => {
    const box = place.getBoundingClientRect();
    if (from && moved < 5) explain(nearest(event.clientX - box.left, event.clientY - box.top));
    from = null;
  });
  place.addEventListener("pointerleave", () => hover(-1));
  place.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = place.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });
  const keys = { ArrowLeft: () => pan(60, 0), ArrowRight: () => pan(-60, 0), ArrowUp: () => pan(0, 60), ArrowDown: () => pan(0, -60), "+": () => zoom(1.4), "-": () => zoom(1 / 1.4), 0: whole };
  place.addEventListener("keydown", (event) => { if (keys[event.key]) { keys[event.key](); event.preventDefault(); } });
  document.getElementById("closer").addEventListener("click", () => zoom(1.4));
  document.getElementById("farther").addEventListener("click", () => zoom(1 / 1.4));
  document.getElementById("all").addEventListener("click", whole);
  document.getElementById("colour").addEventListener("change", recolour);
  document.getElementById("way").addEventListener("change", draw);
  find.addEventListener("input", look);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
  addEventListener("resize", () => { fit(); whole(); });
}

async function begin() {
  const answer = await fetch("/library/map.json");
  if (!answer.ok) { document.getElementById("by").textContent = await answer.text(); return; }
  map.data = await answer.json();
  const lone = map.data.x.filter((x) => x < 0).length;
  document.getElementById("by").textContent = `${map.data.x.length.toLocaleString()} tracks in two dimensions of ${map.data.by}.` + (lone ? ` ${lone.toLocaleString()} of which nothing is known are left out.` : "");
  map.data.ways.forEach((way, n) => document.getElementById("way").add(new Option(way.name, n)));
  fit();
  whole();
  recolour();
  listenToHands();
  const names = await (await fetch("/library/names.json")).json();
  map.names = names.names;
  map.ids = names.ids;
  place.dataset.ready = "yes";
}

window.segueMap = { map, pan, zoom, screenX, screenY };
begin();
