// The presenter's window: the same page, opened by the deck. It asks the deck once a second where it
// is, so either of the two may be read again, and it sends its keys there. Windows from disk have no
// common store, so they talk by messages.

function withPresenter() { // the deck's side
  let speaker = null; // the presenter's window, once it has spoken
  const state = () => ({
    current, step, black: root.classList.contains("black"), short: root.classList.contains("short"),
    kernel: lamp.hidden ? "" : lamp.title,
    places: stages.filter((one) => one.slide === current).map((one) => live?.places(one) ?? one.places()),
  });
  function tell() {
    if (speaker && !speaker.closed) speaker.postMessage({ course: "state", ...state() }, "*");
  }
  addEventListener("message", ({ source, data }) => {
    if (data?.course === "hello") {
      speaker = source;
      tell();
    } else if (data?.course === "key" && ACTS[data.key] && source === speaker) perform(ACTS[data.key]);
    else if (data?.course === "go" && source === speaker) go(data.slide, 0);
  });
  return {
    tell,
    open() {
      const address = `${location.pathname}?presenter${location.hash}`;
      window.open(address, `presenter of ${deck.dataset.title}`, "width=1200,height=800");
    },
  };
}

const FAR = new Set(["PageDown", "PageUp", "Home", "End", "b", "d", "v", "e"]); // keys for the deck

function asPresenter() { // the presenter's side
  const made = (tag, id, text = "") => Object.assign(document.createElement(tag), { id, textContent: text });
  const minutes = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
  const send = (data) => opener?.postMessage(data, "*");
  const desk = made("section", "desk"), bar = made("div", "bar"), said = made("div", "said");
  const clock = made("b", "clock"), plan = made("span", "plan"), where = made("span", "where");
  const menu = made("select", "menu"), again = made("button", "again", "clock to 0:00");
  const far = made("p", "far"), kernel = made("p", "lamp");
  let began = Number(sessionStorage.getItem("course-began")) || Date.now();
  let heard = Date.now();

  root.classList.add("presenter");
  const notes = slides.map((slide) => slide.querySelector(".notes"));
  said.append(...notes);
  let group = menu;
  slides.forEach((slide, i) => {
    const title = slide.querySelector("h1, h2")?.textContent ?? "";
    if (slide.classList.contains("cover")) {
      group = document.createElement("optgroup");
      group.label = title;
      menu.append(group);
    }
    group.append(new Option(`${i + 1}  ${title}`, i));
  });
  menu.addEventListener("change", () => {
    send({ course: "go", slide: Number(menu.value) });
    menu.blur();
  });
  again.addEventListener("click", () => {
    start(Date.now());
    again.blur();
  });
  bar.append(clock, plan, where, menu, again);
  desk.append(bar, far, kernel, said);
  document.body.append(desk);

  function start(when) {
    began = when;
    sessionStorage.setItem("course-began", String(began));
    show();
  }
  function show() {
    const meant = (slide) => taken(slide) && !slide.dataset.backup;
    const sum = (list) => list.filter(meant).reduce((s, slide) => s + Number(slide.dataset.seconds), 0);
    const gone = (Date.now() - began) / 1000, planned = sum(slides.slice(0, current + 1));
    const late = gone - planned;
    clock.textContent = minutes(gone);
    clock.classList.toggle("late", late > 60);
    plan.textContent = `planned to the end of this slide ${minutes(planned)}, in all ${minutes(sum(slides))}`;
    where.textContent = `${current + 1} of ${slides.length}`;
    if (document.activeElement !== menu) menu.value = String(current);
    notes.forEach((one, i) => one.classList.toggle("current", i === current));
    const after = slides.findIndex((slide, i) => i > current && taken(slide));
    slides.forEach((slide, i) => slide.classList.toggle("next", i === after));
    const lost = !opener || opener.closed || Date.now() - heard > 5000;
    far.textContent = lost ? "The deck's window does not answer. Open the deck and press s there." : "";
  }
  addEventListener("message", ({ source, data }) => {
    if (source !== opener || data?.course !== "state") return;
    heard = Date.now();
    for (const name of ["black", "short"]) root.classList.toggle(name, data[name]);
    kernel.textContent = data.kernel;
    if (data.current !== current || data.step !== step) go(data.current, data.step);
    stages.filter((one) => one.slide === current).forEach((one, i) => {
      if (data.places[i]) one.moveTo(data.places[i]);
    });
    show();
  });
  start(began);
  setInterval(() => {
    send({ course: "hello" });
    show();
  }, 1000);
  addEventListener("load", () => send({ course: "hello" }));
  return {
    tell() { show(); },
    ask(act) {
      const key = Object.keys(ACTS).find((one) => ACTS[one] === act);
      if (FAR.has(key)) send({ course: "key", key });
    },
    jump(slide) { send({ course: "go", slide }); },
    resize() {
      root.style.setProperty("--big", 0.6 * innerWidth / 1280);
      root.style.setProperty("--small", 0.36 * innerWidth / 1280);
    },
  };
}
