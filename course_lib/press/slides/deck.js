// The deck: steps through its slides, shows notes in a second window, moves widgets through frames.
// It stands behind canvas.js in one module, because a page from disk may not import a file.

const deck = document.getElementById("deck");
const slides = [...deck.querySelectorAll(".slide")];
const root = document.documentElement;
const options = new URLSearchParams(location.search);
let current = 0, step = 0;
let speaker = null, began = null; // the window with the notes, and when it was opened

const laterParts = (slide) => [...slide.querySelectorAll(".fragment")];

function go(number, wanted) { // a slide counted from 0, and how many of its parts are shown
  current = Math.min(Math.max(number, 0), slides.length - 1);
  const parts = laterParts(slides[current]);
  step = Math.min(Math.max(wanted, 0), parts.length);
  slides.forEach((slide, i) => slide.classList.toggle("current", i === current));
  parts.forEach((part, i) => part.classList.toggle("waiting", i >= step));
  history.replaceState(null, "", `#${current + 1}`);
  tell();
}
function next() {
  if (step < laterParts(slides[current]).length) go(current, step + 1);
  else if (current < slides.length - 1) go(current + 1, 0);
}
function previous() {
  if (step > 0) go(current, step - 1);
  else if (current > 0) go(current - 1, Infinity);
}

function resize() {
  const scale = Math.min(innerWidth / 1280, innerHeight / 720);
  const left = (innerWidth - 1280 * scale) / 2, top = (innerHeight - 720 * scale) / 2;
  deck.style.transform = `translate(${left}px, ${top}px) scale(${scale})`;
  stages.forEach((one) => one.draw());
}

const minutes = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;

function tell() { // the notes of the current slide, where they are looked at
  if (!speaker || speaker.closed) return;
  const title = (slide) => slide?.querySelector("h1, h2")?.textContent ?? "the end";
  const planned = slides.slice(0, current + 1).reduce((sum, s) => sum + Number(s.dataset.seconds), 0);
  const gone = (Date.now() - began) / 1000;
  speaker.document.body.innerHTML = `<p>Slide ${current + 1} of ${slides.length},
    ${slides[current].dataset.time} minutes. Clock ${minutes(gone)}; planned to the end of this
    slide ${minutes(planned)}.</p><h1>${title(slides[current])}</h1>
    ${slides[current].querySelector(".notes").innerHTML}<p>Next: ${title(slides[current + 1])}</p>`;
}
function openNotes() {
  speaker = open("", "notes", "width=900,height=700");
  if (!speaker) return; // the browser forbids windows
  began ??= Date.now();
  speaker.document.title = "Speaker notes";
  speaker.document.body.style.font = "24px/1.4 'DejaVu Sans', Verdana, sans-serif";
  speaker.addEventListener("keydown", onKey);
  setInterval(tell, 5000);
  tell();
}
function overview() {
  root.classList.toggle("overview");
  if (root.classList.contains("overview")) slides[current].scrollIntoView({ block: "center" });
  resize();
}

function onKey(e) {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const own = ["INPUT", "SELECT"].includes(e.target.tagName); // arrow keys belong to a slider
  const always = { PageDown: next, PageUp: previous };
  const keys = {
    ArrowRight: next, ArrowDown: next, " ": next, Enter: next, ArrowLeft: previous,
    ArrowUp: previous, Backspace: previous, Home: () => go(0, 0),
    End: () => go(slides.length - 1, Infinity), o: overview, s: openNotes,
    f: () => document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen(),
  };
  const act = always[e.key] ?? (own ? null : keys[e.key]);
  if (e.key === "Escape") document.activeElement?.blur();
  if (!act) return;
  act();
  e.preventDefault();
}

// --- Widgets -------------------------------------------------------------------------------------

function stageOf(figure) {
  const { controls, frames, pool } = JSON.parse(figure.querySelector("script").textContent);
  const marks = pool.map(unpacked), cache = new Map();
  const scenes = frames.map((frame) => ({ ...frame, rows: frame.rows.map((row) => row.map(
    (panel) => ({ ...panel, marks: panel.marks.map((i) => marks[i]) }))) }));
  const bar = document.createElement("div"), picture = document.createElement("div");
  const canvas = document.createElement("canvas"), status = document.createElement("div");
  [bar.className, picture.className, status.className] = ["controls", "picture", "status"];
  canvas.setAttribute("role", "img");
  status.setAttribute("aria-live", "polite");
  picture.append(canvas);
  figure.append(...(controls.length ? [bar] : []), picture, status);
  const chosen = controls.map((control) => control.start);
  controls.forEach((control, i) => {
    const label = document.createElement("label"), value = document.createElement("output");
    const menu = ["choice", "switch"].includes(control.kind);
    const input = document.createElement(menu ? "select" : "input");
    if (menu) control.texts.forEach((text, j) => input.add(new Option(text, j)));
    else Object.assign(input, { type: "range", min: 0, max: control.texts.length - 1, step: 1 });
    input.value = control.start;
    value.textContent = menu ? "" : control.texts[control.start];
    input.addEventListener("input", () => {
      chosen[i] = Number(input.value);
      if (!menu) value.textContent = control.texts[chosen[i]];
      draw();
    });
    input.addEventListener("pointerup", () => input.blur()); // arrow keys turn slides again
    label.append(control.label, input, ...(menu ? [] : [value]));
    bar.append(label);
  });
  function draw() {
    const number = chosen.reduce((sum, at, i) => sum * controls[i].texts.length + at, 0);
    const scene = scenes[number];
    drawScene(canvas, scene, 600, null, cache);
    picture.style.height = `${2 * parseFloat(canvas.style.height)}px`;
    canvas.setAttribute("aria-label", scene.alt);
    status.textContent = scene.status;
    status.hidden = !scene.status;
    canvas.dataset.frame = String(number);
  }
  draw();
  return { draw };
}

const stages = [...deck.querySelectorAll(".stage")].map(stageOf);
window.courseDeck = { go }; // for those who look at every slide by program
addEventListener("resize", resize);
addEventListener("keydown", onKey);
addEventListener("beforeprint", () => root.classList.add("printing"));
addEventListener("afterprint", () => root.classList.toggle("printing", options.has("print")));
deck.addEventListener("click", (e) => {
  if (!root.classList.contains("overview")) return;
  const number = slides.indexOf(e.target.closest(".slide"));
  if (number < 0) return;
  overview();
  go(number, 0);
});
root.classList.toggle("printing", options.has("print"));
if (options.has("notes")) {
  const paper = document.createElement("style");
  paper.textContent = "@page { size: 1280px 1200px; }";
  document.head.append(paper);
  root.classList.add("with-notes");
}
resize();
go(Number(location.hash.slice(1)) - 1, 0);
MathJax.Hub.Queue(["Typeset", MathJax.Hub, deck], () => { root.dataset.ready = "true"; });
