// A stage that is moved through its frames: all that a page has without a kernel. It serves the
// decks and the site (press/site/page.js).

// A labelled menu of `names`, or a slider where there are none. `letsGo`: moved by a pointer, it
// gives the keys back.
function controlElement(label, names, range, letsGo = true) {
  const element = document.createElement("label"), output = document.createElement("output");
  const input = document.createElement(names ? "select" : "input");
  if (names) names.forEach((name, i) => input.add(new Option(name, i)));
  else Object.assign(input, { type: "range", ...range });
  for (const event of names ? ["change"] : ["pointerup", "pointercancel"]) {
    if (letsGo) input.addEventListener(event, () => input.blur()); // arrow keys turn slides again
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

const ON_SLIDE = { width: () => 600, zoom: 2, letsGo: true }; // pixels, and how they are magnified

function stageOf(figure, slide, { data, width, zoom, letsGo } = ON_SLIDE) { // slides count from 0
  const { controls, frames, pool, spec } =
    data ?? JSON.parse(figure.querySelector("script").textContent);
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
    const range = { min: 0, max: control.texts.length - 1, step: 1 };
    const { element, input, output } =
      controlElement(control.label, menu ? control.texts : null, range, letsGo);
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
      if (input.type === "range") input.setAttribute("aria-valuetext", controls[i].texts[chosen[i]]);
    });
    const number = chosen.reduce((sum, at, i) => sum * controls[i].texts.length + at, 0);
    const scene = scenes[number];
    canvas.hits = drawScene(canvas, scene, width(), null, cache);
    picture.style.height = `${zoom * parseFloat(canvas.style.height)}px`;
    canvas.setAttribute("aria-label", scene.alt);
    status.textContent = scene.status;
    status.hidden = !scene.status;
    canvas.dataset.frame = String(number);
  }
  draw();
  return {
    figure, spec, slide, draw, canvas,
    goes: () => scenes[Number(canvas.dataset.frame)].goes ?? {},
    labels: controls.map((control) => control.label),
    moved: () => moved,
    places: () => Object.fromEntries(spec.controls.map(([name, values], i) => [name, values[chosen[i]]])),
    moveTo(places) { // as near as the frames come
      spec.controls.forEach(([name, values], i) => { chosen[i] = nearest(values, places[name]); });
      moved = false;
      draw();
    },
  };
}
