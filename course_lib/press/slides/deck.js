// The deck: its slides, built up in steps, and what keys, fingers and the presenter's window do.
// All scripts stand in one module, this one last, because a page from disk may not import a file.

const deck = document.getElementById("deck");
const slides = [...deck.querySelectorAll(".slide")];
const root = document.documentElement;
const options = new URLSearchParams(location.search);
const presenting = options.has("presenter"); // whether this is the presenter's window
let current = 0, step = 0;

const laterParts = (slide) => [...slide.querySelectorAll(".fragment")];
const taken = (slide) => !(root.classList.contains("short") && slide.dataset.longer);

function go(number, wanted) { // a slide counted from 0, and how many of its parts are shown
  current = Math.min(Math.max(number, 0), slides.length - 1);
  const parts = laterParts(slides[current]);
  step = Math.min(Math.max(wanted, 0), parts.length);
  slides.forEach((slide, i) => slide.classList.toggle("current", i === current));
  parts.forEach((part, i) => part.classList.toggle("waiting", i >= step));
  history.replaceState(history.state, "", `#${current + 1}${step ? `.${step}` : ""}`);
  pen.turn(current);
  presenter.tell();
}
function next() {
  if (step < laterParts(slides[current]).length) return go(current, step + 1);
  const after = slides.findIndex((slide, i) => i > current && taken(slide));
  if (after > 0) go(after, 0);
}
function previous() {
  if (step > 0) return go(current, step - 1);
  const before = slides.findLastIndex((slide, i) => i < current && taken(slide));
  if (before >= 0) go(before, Infinity);
}

function resize() {
  const scale = Math.min(innerWidth / 1280, innerHeight / 720);
  const left = (innerWidth - 1280 * scale) / 2, top = (innerHeight - 720 * scale) / 2;
  deck.style.transform = `translate(${left}px, ${top}px) scale(${scale})`;
  if (presenting) presenter.resize();
  stages.forEach((one) => one.draw());
  live?.draw();
}
function overview() {
  root.classList.toggle("overview");
  if (root.classList.contains("overview")) slides[current].scrollIntoView({ block: "center" });
  resize();
}
function fullscreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else root.requestFullscreen?.();
}
function remember(name) { // a look that the page keeps when it is read again
  const on = root.classList.toggle(name);
  sessionStorage.setItem(`course-${name}`, on ? "yes" : "");
  presenter.tell();
}

// --- Keys ----------------------------------------------------------------------------------------

const KEYS = [ // what a key does, and the words of the help
  [["PageDown", "ArrowRight", "ArrowDown", " ", "Enter"], next, "space →  PageDown", "go on"],
  [["PageUp", "ArrowLeft", "ArrowUp", "Backspace"], previous, "←  PageUp", "go back"],
  [["Home"], () => go(0, 0), "Home  End", "first and last slide"],
  [["End"], () => go(slides.length - 1, Infinity)],
  [[], null, "2 3 Enter", "go to slide 23"],
  [["o"], overview, "o", "all slides"],
  [["b", "."], () => black(), "b  .", "black; any key ends it"],
  [["s"], () => presenter.open(), "s", "presenter's window: notes, clock"],
  [["f"], fullscreen, "f", "full screen"],
  [["l"], () => pen.take("laser"), "l", "pointer"],
  [["p"], () => pen.take("pen"), "p", "pen"],
  [["e"], () => pen.erase(), "e", "erase what the pen has drawn"],
  [["d"], () => remember("dark"), "d", "dark"],
  [["v"], () => remember("short"), "v", "short version, or the long one again"],
  [["?", "h"], () => root.classList.toggle("helping"), "?", "this help"],
];
const ACTS = Object.fromEntries(KEYS.flatMap(([keys, act]) => keys.map((key) => [key, act])));
const LOCAL = new Set([fullscreen, ACTS["?"]]); // what a key in the presenter's window does there
const CLICKER = new Set(["PageDown", "PageUp", "b", "."]); // a clicker knows nothing of controls
let typed = "";

function black(on = !root.classList.contains("black")) {
  root.classList.toggle("black", on);
  presenter.tell();
}
function onKey(e) {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.key === "Escape") {
    document.activeElement?.blur();
    root.classList.remove("helping");
    pen.take(null);
    type("");
  }
  // A control that was reached with Tab keeps its own keys: they move it, and turn no slide.
  const own = e.target.closest?.("input, select, button, canvas");
  if (!own && /^\d$/.test(e.key)) return type(typed + e.key);
  if (!own && e.key === "Enter" && typed) {
    jump(Number(typed) - 1);
    return type("");
  }
  const act = !own || CLICKER.has(e.key) ? ACTS[e.key] : null;
  if (!act || (e.repeat && act !== next && act !== previous)) return;
  e.preventDefault();
  perform(act);
}
function type(digits) { // the number of a slide, until Enter
  typed = digits.slice(-3);
  document.getElementById("typed").textContent = typed;
}
function perform(act) {
  if (presenting && !LOCAL.has(act)) presenter.ask(act);
  else if (root.classList.contains("black") && !presenting) black(false);
  else act();
}
function jump(number) {
  if (presenting) presenter.jump(number);
  else go(number, 0);
}

// --- Fingers -------------------------------------------------------------------------------------

let touch = null; // where a finger came down

function onDown(e) {
  const own = e.target.closest("input, select, button, a, label");
  const free = e.pointerType === "touch" && e.isPrimary && !own && !e.defaultPrevented;
  const many = root.classList.contains("overview") || pen.holds();
  touch = free && !many ? { x: e.clientX, y: e.clientY, canvas: e.target.closest("canvas") } : null;
}
function onUp(e) { // a swipe turns the slide; so does a tap, on the left third back
  if (!touch) return;
  const { x, y, canvas } = touch, right = e.clientX - x, down = e.clientY - y;
  touch = null;
  if (root.classList.contains("black")) black(false);
  else if (Math.abs(right) > 50 && Math.abs(right) > 2 * Math.abs(down)) (right < 0 ? next : previous)();
  else if (Math.hypot(right, down) < 12 && !canvas) (x < innerWidth / 3 ? previous : next)();
}

// --- With a kernel -------------------------------------------------------------------------------

// With a token the page goes live. The token leaves the address, where a projector shows it, and
// stays with the browser: for the page when it is read again, and for a second window.
function token() {
  if (!location.protocol.startsWith("http") || options.has("print") || presenting) return null;
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
  presenter.tell();
}

// --- The start -----------------------------------------------------------------------------------

const stages = slides.flatMap((slide, i) => [...slide.querySelectorAll(".stage")].map(
  (figure) => stageOf(figure, i)));
const pen = penOn(deck);
const presenter = (presenting ? asPresenter : withPresenter)();
const secret = stages.length ? token() : null;
const live = secret && goLive(stages, {
  server: location.origin, token: secret, path: location.pathname.split("/").pop(),
  at: () => current, changed: () => shine(),
});
window.courseDeck = { go, stages: stages.length }; // for those who look at every slide by program

document.querySelector("#help dl").innerHTML = KEYS.filter(([, , keys]) => keys)
  .map(([, , keys, words]) => `<dt>${keys}</dt><dd>${words}</dd>`).join("");
for (const name of ["dark", "short"]) {
  root.classList.toggle(name, Boolean(sessionStorage.getItem(`course-${name}`)));
}
addEventListener("resize", resize);
addEventListener("keydown", onKey);
addEventListener("beforeprint", () => root.classList.add("printing"));
addEventListener("afterprint", () => root.classList.toggle("printing", options.has("print")));
if (!presenting) {
  addEventListener("pointerdown", onDown);
  addEventListener("pointerup", onUp);
  addEventListener("pointercancel", () => { touch = null; });
}
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
MathJax.Hub.Queue(["Typeset", MathJax.Hub, document.body], () => { root.dataset.ready = "true"; });
