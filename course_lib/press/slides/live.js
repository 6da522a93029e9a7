// Stages with a kernel behind them: the notebook's own widget takes the place of the frames. When the
// kernel is silent the frames are there again, where the controls stand, and they can be moved on;
// when it answers, or another one does, its widget goes on from there.

const OPENED = "application/vnd.learning-to-learn.opened+json";

class Model { // what canvas.js asks of a model; the other end is an ipywidget in the kernel
  constructor(id, link, state) {
    Object.assign(this, { id, link, state, listeners: {}, changed: {}, waitsFor: null });
  }
  get(name) { return this.state[name]; }
  set(name, value) { this.state[name] = this.changed[name] = value; }
  save_changes() { // one message at a time; what changes meanwhile goes with the next one
    if (this.waitsFor || !Object.keys(this.changed).length) return;
    const data = { method: "update", state: this.changed, buffer_paths: [] };
    this.waitsFor = this.link.send("shell", "comm_msg", { comm_id: this.id, data });
    if (this.waitsFor) this.changed = {};
  }
  on(event, listener) { (this.listeners[event] ??= []).push(listener); }
  off(event, listener) {
    this.listeners[event] = this.listeners[event]?.filter((one) => one !== listener);
  }
  emit(name) { this.listeners[`change:${name}`]?.forEach((listener) => listener()); }
  update(state) { // from the kernel; what is on its way there is newer
    const news = Object.keys(state).filter((name) => !(name in this.changed));
    news.forEach((name) => { this.state[name] = state[name]; });
    news.forEach((name) => this.emit(name));
  }
  answered(id) {
    if (this.waitsFor !== id) return;
    this.waitsFor = null;
    this.save_changes();
  }
  ask() { // on a new socket: what the old one had on its way is lost
    this.waitsFor = null;
    this.link.send("shell", "comm_msg", { comm_id: this.id, data: { method: "request_state" } });
    this.save_changes();
  }
}

function stateOf({ content, buffers }) { // with each buffer in its place
  const { state, buffer_paths: paths = [] } = content.data;
  paths.forEach((path, i) => {
    const last = path.at(-1);
    path.slice(0, -1).reduce((item, step) => item[step], state)[last] = buffers[i];
  });
  return state;
}

// A slider or a menu for an ipywidget.
function controlOf(model, label, interval) {
  const names = model.get("_options_labels") ?? (typeof model.get("value") === "boolean"
    ? ["no", "yes"] : null);
  const trait = model.get("_options_labels") ? "index" : "value";
  const digits = Number(/\.(\d+)f/.exec(model.get("readout_format") ?? "")?.[1] ?? 0);
  const text = (value) => names ? "" : value.toFixed(digits).replace("-", "\u2212");
  const { element, input, output } = controlElement(label, names, {
    min: model.get("min"), max: model.get("max"), step: model.get("step"),
  });
  function follow() {
    input.value = Number(model.get(trait));
    output.textContent = text(model.get(trait));
    input.disabled = model.get("disabled");
  }
  function moveTo(value) {
    model.set(trait, names && trait === "value" ? Boolean(value) : value);
    model.save_changes();
    follow();
  }
  input.addEventListener("input", () => moveTo(Number(input.value)));
  model.on(`change:${trait}`, follow);
  model.on("change:disabled", follow);
  follow();
  if (interval) element.append(player(interval, () => {
    moveTo(Math.min(model.get("value") + model.get("step"), model.get("max")));
    return model.get("value") < model.get("max");
  }));
  return {
    element,
    place: () => trait === "index" ? names[model.get("index")] : model.get("value"),
    moveTo: (place) => moveTo(trait === "index" ? names.indexOf(String(place)) : place),
  };
}
function player(interval, step) { // a button that moves a slider on by itself
  const button = document.createElement("button");
  let timer = null;
  const stop = () => { clearInterval(timer); timer = null; button.textContent = "▶"; };
  button.setAttribute("aria-label", "play");
  button.addEventListener("click", () => {
    button.blur();
    if (timer) stop();
    else {
      button.textContent = "❚❚";
      timer = setInterval(() => { if (!button.isConnected || !step()) stop(); }, interval);
    }
  });
  stop();
  return button;
}

// The widget of one stage, from the models that its kernel has opened.
function alive(stage, ids, models) {
  const box = document.createElement("div"), bar = document.createElement("div");
  const picture = document.createElement("div"), room = document.createElement("div");
  [box.className, bar.className, picture.className] = ["alive", "controls", "picture"];
  const controls = Object.entries(ids.controls).map(([name, id], i) => [
    name, controlOf(models.get(id), stage.labels[i], ids.plays[name])]);
  bar.append(...controls.map(([, control]) => control.element));
  picture.append(room);
  box.append(...(controls.length ? [bar] : []), picture);
  stage.figure.append(box);
  const model = models.get(ids.canvas), end = render({ model, el: room });
  const canvas = room.querySelector("canvas");
  canvas.addEventListener("pointerup", () => canvas.blur()); // arrow keys turn slides again
  const watcher = new ResizeObserver(() => { picture.style.height = `${2 * room.offsetHeight}px`; });
  watcher.observe(room);
  return {
    canvas: ids.canvas,
    places: () => Object.fromEntries(controls.map(([name, control]) => [name, control.place()])),
    moveTo(places) { controls.forEach(([name, control]) => control.moveTo(places[name])); },
    draw: () => model.emit("scene"),
    end() {
      end();
      watcher.disconnect();
      box.remove();
    },
  };
}

// Makes all `stages` live, the one nearest to the slide `at()` first; `changed()` after each step.
function goLive(stages, { server, token, path, at, changed }) {
  const models = new Map(), lives = new Map(), requests = new Map();
  const failed = new Set(), last = new Map(); // where a stage's controls stood when it was live
  let stands = false, round = 0;

  const link = wire({
    server, token, path, heard,
    arrived(fresh) {
      if (fresh) {
        lives.forEach((live, stage) => {
          if (stage.figure.classList.contains("live")) last.set(stage, live.places());
          live.end();
        });
        [lives, models, failed].forEach((all) => all.clear());
        stages.forEach(show);
      }
      models.forEach((model) => model.ask());
      requests.clear();
      openAll(++round);
    },
    stands(is) {
      stands = is;
      stages.forEach(show);
      sweep();
      changed();
    },
  });

  function show(stage) { // the live widget or its frames, whichever can move
    const live = lives.get(stage), on = Boolean(live && stands);
    const was = stage.figure.classList.contains("live");
    if (was && !on) {
      if (live) last.set(stage, live.places());
      stage.moveTo(last.get(stage));
    } else if (on && !was && stage.moved()) live.moveTo(stage.places());
    stage.figure.classList.toggle("live", on);
  }
  async function openAll(mine) {
    const left = () => stages.filter((stage) => !lives.has(stage) && !failed.has(stage));
    const far = (stage) => Math.abs(stage.slide - at());
    while (mine === round && left().length) {
      const stage = left().reduce((a, b) => far(b) < far(a) ? b : a);
      const places = stage.moved() ? stage.places() : last.get(stage) ?? stage.places();
      try {
        const ids = await run(stage.spec, places);
        if (mine !== round) return;
        lives.set(stage, alive(stage, ids, models));
        if (stage.moved()) last.delete(stage);
        show(stage);
      } catch (problem) {
        if (mine !== round) return;
        failed.add(stage); // its frames stay
        console.error(`${stage.spec.widget} stays with its frames: ${problem.message}`);
      }
      changed();
    }
  }
  function run(spec, places) {
    const text = (item) => JSON.stringify(JSON.stringify(item)); // a string of Python's, too
    const code = `from course_lib.slides.live import opened\nopened(${text(spec)}, ${text(places)})`;
    return new Promise((done, fail) => {
      const id = link.send("shell", "execute_request", {
        code, silent: false, store_history: false, user_expressions: {}, allow_stdin: false,
        stop_on_error: false,
      });
      if (id) requests.set(id, { done, fail });
    });
  }
  function heard(message) {
    const { type, content, parent } = message, request = requests.get(parent.msg_id);
    if (type === "comm_open" && request) {
      models.set(content.comm_id, new Model(content.comm_id, link, stateOf(message)));
    } else if (type === "comm_msg" && content.data.method === "update") {
      models.get(content.comm_id)?.update(stateOf(message));
    } else if (type === "display_data" && request) {
      request.ids = content.data[OPENED] ?? request.ids;
    } else if (type === "error" && request) {
      request.problem = new Error(`${content.ename}: ${content.evalue}`);
    } else if (type === "status" && content.execution_state === "idle") {
      requests.delete(parent.msg_id);
      if (request?.ids) request.done(request.ids);
      else request?.fail(request.problem ?? new Error("the kernel gave no answer"));
      models.forEach((model) => model.answered(parent.msg_id));
    }
  }
  // The kernel outlives the page and need not keep its widgets. A page that goes can't wait until
  // the kernel has heard it: it leaves a list, and the next page, or another window, closes them.
  const gone = () => JSON.parse(localStorage.getItem("course-left") ?? "[]");
  function sweep() {
    const ids = stands ? gone() : [];
    if (ids.length) localStorage.removeItem("course-left");
    ids.forEach((id) => link.send("shell", "comm_close", { comm_id: id, data: {} }));
  }
  addEventListener("storage", sweep);
  addEventListener("pagehide", () => {
    const own = [...lives.values()].map((live) => live.canvas);
    localStorage.setItem("course-left", JSON.stringify([...gone(), ...own]));
    link.close();
  });
  addEventListener("pageshow", (e) => { if (e.persisted) location.reload(); });
  return {
    stands: () => stands,
    places: (stage) => stage.figure.classList.contains("live") ? lives.get(stage).places() : null,
    left: () => stages.filter((stage) => !lives.has(stage)).length,
    draw: () => lives.forEach((live) => live.draw()),
  };
}
