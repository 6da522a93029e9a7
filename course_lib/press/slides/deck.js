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
  history.replaceState(null, "", `#${current + 1}${step ? `.${step}` : ""}`);
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
  live?.draw();
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

// A labelled menu of `names`, or a slider where there are none.
function controlElement(label, names, range) {
  const element = document.createElement("label"), output = document.createElement("output");
  const input = document.createElement(names ? "select" : "input");
  if (names) names.forEach((name, i) => input.add(new Option(name, i)));
  else Object.assign(input, { type: "range", ...range });
  for (const event of names ? ["change"] : ["pointerup", "pointercancel"]) {
    input.addEventListener(event, () => input.blur()); // arrow keys turn slides again
  }
  element.append(label, input, ...(names ? [] : [output]));
  return { element, input, output };
}

function nearest(values, wanted) { // the number of the value that comes nearest
  const exact = values.findIndex((value) => String(value) === String(wanted));
  if (exact >= 0 || typeof wanted !== "number") return Math.max(exact, 0);
  const far = (i) => Math.abs(values[i] - wanted);
  return values.reduce((best, _, i) => far(i) < far(best) ? i : best, 0);
}

// A stage that is moved through its frames: all that there is without a kernel.
function stageOf(figure) {
  const { controls, frames, pool, spec } = JSON.parse(figure.querySelector("script").textContent);
  const marks = pool.map(unpacked), cache = new Map();
  const scenes = frames.map((frame) => ({ ...frame, rows: frame.rows.map((row) => row.map(
    (panel) => ({ ...panel, marks: panel.marks.map((i) => marks[i]) }))) }));
  const still = document.createElement("div"), bar = document.createElement("div");
  const picture = document.createElement("div"), canvas = document.createElement("canvas");
  const status = document.createElement("div");
  [still.className, bar.className, picture.className] = ["still", "controls", "picture"];
  status.className = "status";
  canvas.setAttribute("role", "img");
  status.setAttribute("aria-live", "polite");
  picture.append(canvas);
  still.append(...(controls.length ? [bar] : []), picture, status);
  figure.append(still);
  const chosen = controls.map((control) => control.start);
  let moved = false; // since `moveTo`
  const inputs = controls.map((control, i) => {
    const menu = ["choice", "switch"].includes(control.kind);
    const { element, input, output } = controlElement(control.label, menu ? control.texts : null,
      { min: 0, max: control.texts.length - 1, step: 1 });
    input.addEventListener("input", () => {
      chosen[i] = Number(input.value);
      moved = true;
      draw();
    });
    bar.append(element);
    return { input, output };
  });
  function draw() {
    inputs.forEach(({ input, output }, i) => {
      input.value = chosen[i];
      output.textContent = controls[i].texts[chosen[i]];
    });
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
  return {
    figure, spec, draw,
    labels: controls.map((control) => control.label),
    slide: slides.indexOf(figure.closest(".slide")),
    moved: () => moved,
    places: () => Object.fromEntries(spec.controls.map(([name, values], i) => [name, values[chosen[i]]])),
    moveTo(places) { // as near as the frames come
      spec.controls.forEach(([name, values], i) => { chosen[i] = nearest(values, places[name]); });
      moved = false;
      draw();
    },
  };
}

const stages = [...deck.querySelectorAll(".stage")].map(stageOf);

// With a token the page goes live. The token leaves the address, where a projector shows it, and
// stays with the browser: for the page when it is read again, and for a second window.
function token() {
  if (!location.protocol.startsWith("http") || options.has("print")) return null;
  const given = options.get("token");
  if (given) {
    localStorage.setItem("course-token", given);
    options.delete("token");
    const rest = options.toString();
    history.replaceState(null, "", `${location.pathname}${rest && "?"}${rest}${location.hash}`);
  }
  return localStorage.getItem("course-token");
}
const lamp = document.getElementById("kernel");
function shine() {
  const left = live?.left() ?? stages.length, on = live?.stands() ?? false;
  lamp.hidden = !live;
  lamp.className = on ? (left ? "coming" : "on") : "off";
  lamp.title = on ? `The kernel answers; ${stages.length - left} of ${stages.length} widgets are live.`
    : "The kernel does not answer; the widgets move through their frames.";
  root.dataset.live = on ? String(stages.length - left) : "no";
}
const secret = stages.length ? token() : null;
const live = secret && goLive(stages, {
  server: location.origin, token: secret, path: location.pathname.split("/").pop(),
  at: () => current, changed: () => shine(),
});
window.courseDeck = { go, stages: stages.length }; // for those who look at every slide by program
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
const [at, part = 0] = location.hash.slice(1).split(".").map(Number);
go(at - 1 || 0, part);
shine();
MathJax.Hub.Queue(["Typeset", MathJax.Hub, deck], () => { root.dataset.ready = "true"; });
