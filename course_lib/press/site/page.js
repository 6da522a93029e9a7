// What a page of the site does by itself: widgets move through their frames, a bet that is locked
// unfolds what came out, and a printed page has everything unfolded.

const MOST = 960, LEAST = 320; // pixels that a scene is laid out for
const PLAYED = 8; // values of a slider that make a play button worth its place
const PAUSE = 350; // ms between two frames

function moving(figure) {
  const picture = () => figure.querySelector(".picture");
  const width = () => Math.max(LEAST, Math.min(picture().clientWidth || MOST, MOST));
  const data = window.courseFrames?.[figure.dataset.widget];
  if (!data) return; // the still words of <noscript> can't help: the file is missing
  const stage = stageOf(figure, 0, { data, width, zoom: 1, letsGo: false });
  figure.append(figure.querySelector("figcaption"));
  if (data.frames.some((frame) => frame.goes)) addClicks(stage);
  const slider = figure.querySelector(".controls input[type=range]");
  if (slider && Number(slider.max) >= PLAYED) addPlayer(slider);
  let room = picture().clientWidth;
  new ResizeObserver(() => {
    if (picture().clientWidth === room) return;
    room = picture().clientWidth;
    stage.draw();
  }).observe(picture());
  figure.dataset.ready = "yes";
}

function addClicks(stage) { // some places of the picture do what a control above it does, too
  const { canvas } = stage;
  const placeAt = (event) => canvas.hits.findLast((h) => h.type === "click" && h.name in stage.goes()
    && event.offsetX >= h.left && event.offsetX <= h.left + h.width
    && event.offsetY >= h.top && event.offsetY <= h.top + h.height);
  canvas.addEventListener("pointermove", (event) => {
    canvas.style.cursor = placeAt(event) ? "pointer" : "default";
  });
  canvas.addEventListener("click", (event) => {
    const hit = placeAt(event);
    if (hit) stage.moveTo({ ...stage.places(), ...stage.goes()[hit.name] });
  });
}

function addPlayer(slider) { // a button that moves the slider on, to its end
  const button = document.createElement("button"), name = slider.labels[0].firstChild.textContent;
  let timer = 0;
  const shows = () => {
    button.textContent = timer ? "Pause" : "Play";
    button.setAttribute("aria-label", `${button.textContent}: ${name}`);
  };
  const stop = () => { clearInterval(timer); timer = 0; shows(); };
  const to = (value) => { slider.value = value; slider.dispatchEvent(new Event("input")); };
  button.type = "button";
  button.addEventListener("click", () => {
    if (timer) return stop();
    if (slider.value === slider.max) to(slider.min);
    timer = setInterval(() => {
      to(Number(slider.value) + 1);
      if (slider.value === slider.max) stop();
    }, PAUSE);
    return shows();
  });
  shows();
  slider.closest("label").after(button);
}

const ANSWERS = ".course-bet, details.course-answer, .cell > details.hide, .cell_output details.hide";
const kept = { // bets of earlier visits; a browser may keep none
  read: (key) => { try { return localStorage.getItem(`bet ${key}`); } catch { return null; } },
  write: (key, bet) => { try { localStorage.setItem(`bet ${key}`, bet); } catch { /* not kept */ } },
};

function betting(form) {
  const key = form.dataset.bet, input = form.querySelector("input");
  const lock = (bet) => {
    input.value = bet;
    for (const part of form.elements) part.disabled = true;
    form.querySelector("span").textContent = "Locked.";
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    kept.write(key, input.value.trim());
    lock(input.value.trim());
    for (const details of answersTo(form)) details.open = true;
  });
  if (kept.read(key)) lock(kept.read(key));
}

function answersTo(form) { // all that is folded below, up to the next bet
  const all = [...document.querySelectorAll(ANSWERS)], after = all.slice(all.indexOf(form) + 1);
  const end = after.findIndex((element) => element.matches(".course-bet"));
  return end < 0 ? after : after.slice(0, end);
}

function unfoldedOnPaper() {
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const details of folded) details.open = true;
  });
  addEventListener("afterprint", () => { for (const details of folded) details.open = false; });
}

addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".course-moving").forEach(moving);
  document.querySelectorAll(".course-bet").forEach(betting);
  unfoldedOnPaper();
  document.documentElement.dataset.course = "ready";
});
