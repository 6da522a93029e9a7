// What is wrong with each slide of the page, by its number: the letters that a room can't read,
// what sticks out, what is missing. Returns a list of lists of sentences.
async ({ states }) => { // states: whether each control is moved through all of its values
  const deck = document.getElementById("deck");
  const unit = deck.getBoundingClientRect().width / 1280;
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  probe.canvas.width = probe.canvas.height = 40;
  const drawn = new Map(), SLACK = 2;

  function inkOf(letter, font) {
    const key = `${font}\n${letter}`;
    if (!drawn.has(key)) {
      probe.clearRect(0, 0, 40, 40);
      probe.font = font;
      probe.fillText(letter, 4, 30);
      drawn.set(key, probe.getImageData(0, 0, 40, 40).data.join());
    }
    return drawn.get(key);
  }
  function missingLetters(text, family) {
    const font = `24px ${family}`, none = inkOf("\u{10FFFE}", font);
    return [...new Set(text)].filter((letter) => letter.codePointAt(0) > 126
      && !/\s|\p{Cf}|\p{Mn}/u.test(letter) && inkOf(letter, font) === none);
  }
  const parts = (color) => (color.match(/[\d.]+/g) ?? [0, 0, 0]).map(Number);
  function luminance(color) {
    const [r, g, b] = parts(color).map((v) => v / 255)
      .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  function backgroundOf(element) {
    for (let e = element; e; e = e.parentElement) {
      const color = getComputedStyle(e).backgroundColor;
      if (parts(color)[3] !== 0) return color;
    }
    return "rgb(255, 255, 255)";
  }
  function contrast(element) {
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(backgroundOf(element))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }
  // The words that were drawn on each canvas since the last look, with their boxes.
  const lettered = new Map();
  function watchLetters() {
    const context = CanvasRenderingContext2D.prototype, { fillText: usual, fillRect: fill } = context;
    context.fillText = function fillText(text, x, y, most = Infinity) {
      const { width, actualBoundingBoxLeft: left, actualBoundingBoxRight: right,
        actualBoundingBoxAscent: up, actualBoundingBoxDescent: down } = this.measureText(text);
      const tight = Math.min(1, most / Math.max(width, 1)), to = this.getTransform();
      const corners = [[-left, -up], [right, -up], [-left, down], [right, down]].map(
        ([dx, dy]) => to.transformPoint(new DOMPoint(x + dx * tight, y + dy)));
      const [xs, ys] = [corners.map((c) => c.x), corners.map((c) => c.y)];
      const box = { text, left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys),
        bottom: Math.max(...ys) };
      if (this.canvas !== probe.canvas && text.trim()) {
        lettered.set(this.canvas, [...lettered.get(this.canvas) ?? [], box]);
      }
      return most < Infinity ? usual.call(this, text, x, y, most) : usual.call(this, text, x, y);
    };
    context.fillRect = function fillRect(x, y, width, height) { // the whole canvas: a new picture
      if (!x && !y && width >= parseFloat(this.canvas.style.width)) lettered.delete(this.canvas);
      fill.call(this, x, y, width, height);
    };
    return () => Object.assign(context, { fillText: usual, fillRect: fill });
  }
  function overlaps(boxes, slack) { // pairs that lie over one another
    const found = [];
    boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > slack && down > slack && !(a.owner && a.owner === b.owner)) found.push([a, b]);
    }));
    return found;
  }
  const isWrong = (node) => node?.type === "merror"
    || (Array.isArray(node?.data) && node.data.some(isWrong));
  const short = (text) => `'${text.trim().replace(/\s+/g, " ").slice(0, 40)}'`;

  const HIDDEN = ".stage.live .still, .stage:not(.live) .alive";
  const shown = (slide, what) => [...slide.querySelectorAll(what)].filter((e) => !e.closest(HIDDEN));
  function ofSlide(slide) {
    const found = new Set(), boxes = [], body = slide.querySelector(".body");
    const room = body.getBoundingClientRect(), header = slide.querySelector(":scope > h2");
    if (header && header.getBoundingClientRect().bottom > room.top + SLACK) {
      found.add("The title has more than one line.");
    }
    const inside = (r) => r.left >= room.left - SLACK && r.right <= room.right + SLACK
      && r.top >= room.top - SLACK && r.bottom <= room.bottom + SLACK;
    const sticksOut = (r, what) => {
      if (inside(r)) return;
      const by = Math.round(Math.max(room.left - r.left, r.right - room.right,
        room.top - r.top, r.bottom - room.bottom) / unit);
      found.add(`${what} sticks out of the slide by ${by} pixels.`);
    };
    const words = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
    for (let node = words.nextNode(); node; node = words.nextNode()) {
      const element = node.parentElement, text = node.textContent;
      if (!text.trim() || element.closest("script, style, .notes, .MathJax_Preview, option")) continue;
      if (element.closest(HIDDEN)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const look = getComputedStyle(element), inMath = element.closest(".MathJax_SVG");
      if (body.contains(element) && !inMath) {
        for (const r of range.getClientRects()) {
          sticksOut(r, short(text));
          const { left, right, top, bottom } = r;
          boxes.push({ text, left, right, top, bottom, owner: node });
        }
      }
      const zoom = element.closest(".alive .picture") ? 2 : 1; // a live widget is magnified
      const size = zoom * parseFloat((inMath ? getComputedStyle(inMath) : look).fontSize);
      if (size < 24 - 0.01 && !element.closest("sub, sup")) {
        found.add(`${short(text)} is ${size} pixels high; 24 are needed.`);
      }
      for (const letter of missingLetters(text, look.fontFamily)) {
        found.add(`No font here has the letter ${letter} (U+${letter.codePointAt(0).toString(16)}).`);
      }
      if (inMath) continue;
      if (contrast(element) < 4.5) {
        found.add(`${short(text)} has a contrast of ${contrast(element).toFixed(1)}; 4.5 are needed.`);
      }
      if (/\$|\\\(|\\\[|\\begin\{/.test(text) && !element.closest("pre, code")) {
        found.add(`There is a formula that was not drawn: ${short(text)}.`);
      }
    }
    for (const source of slide.querySelectorAll('.body script[type^="math/tex"]')) {
      if (isWrong(MathJax.Hub.getJaxFor(source)?.root)) {
        found.add(`A formula is wrong: ${short(source.textContent)}.`);
      }
      const frame = source.previousElementSibling, svg = frame?.querySelector("svg");
      const box = svg?.getBoundingClientRect();
      if (!box || box.width < 2 || box.height < 2) {
        found.add(`There is a formula that was not drawn: ${short(source.textContent)}.`);
      } else if (!frame.closest(HIDDEN)) {
        const { left, right, top, bottom } = box;
        boxes.push({ text: source.textContent, left, right, top, bottom });
        sticksOut(box, `The formula ${short(source.textContent)}`);
      }
    }
    for (const image of slide.querySelectorAll(".body img")) {
      const what = image.alt ? `The picture ${short(image.alt)}` : "A picture";
      if (!image.complete || image.naturalWidth === 0) found.add(`${what} is missing.`);
      if (!image.alt.trim()) found.add("A picture has no alternative text.");
      const box = image.getBoundingClientRect();
      sticksOut(box, what);
      const { left, right, top, bottom } = box;
      boxes.push({ text: what, left, right, top, bottom });
      if (box.width / unit < Number(image.dataset.width ?? 0) - SLACK) {
        found.add(`${what} is drawn smaller than it was made, and its letters with it.`);
      }
    }
    for (const [a, b] of overlaps(boxes, 3 * unit)) {
      found.add(`${short(a.text)} and ${short(b.text)} lie over one another.`);
    }
    for (const canvas of shown(slide, ".body canvas")) {
      for (const [a, b] of overlaps(lettered.get(canvas) ?? [], 2 * canvas.width / 1200)) {
        found.add(`In the widget ${short(a.text)} and ${short(b.text)} lie over one another.`);
      }
      sticksOut(canvas.getBoundingClientRect(), "The widget");
      probe.clearRect(0, 0, 40, 40);
      probe.drawImage(canvas, 0, 0, 40, 40); // reading the canvas itself would slow it down
      const pixels = new Uint32Array(probe.getImageData(0, 0, 40, 40).data.buffer);
      if (!pixels.some((pixel) => pixel !== pixels[0])) found.add("The widget shows nothing.");
    }
    for (const input of shown(slide, ".body input, .body select")) {
      sticksOut(input.getBoundingClientRect(), "A control");
    }
    for (const data of slide.querySelectorAll(".stage script")) {
      const said = new Set(), { frames, pool } = JSON.parse(data.textContent);
      const walk = (item) => {
        if (typeof item === "string") said.add(item);
        else if (item && typeof item === "object") {
          for (const [name, value] of Object.entries(item)) {
            if (!["base64", "kind", "color"].includes(name)) walk(value);
          }
        }
      };
      walk(pool);
      frames.forEach((frame) => walk(frame.rows));
      for (const letter of missingLetters([...said].join(""), "'DejaVu Sans', Verdana, sans-serif")) {
        found.add(`No font here has the widget's letter ${letter}.`);
      }
    }
    const notes = slide.querySelector(".notes");
    if (crowded.has(slide)) found.add("Its notes are too long for the page of a PDF.");
    if (slide.querySelector(".error")) found.add("A cell ended in an error.");
    if (!Number(slide.dataset.seconds)) found.add("It has no timing.");
    if (notes.textContent.trim().split(/\s+/).length < 3) {
      found.add("It has no speaker notes.");
    }
    return [...found];
  }
  const all = [...document.querySelectorAll(".slide")], root = document.documentElement;
  root.classList.add("printing", "with-notes");
  const crowded = new Set(all.filter((slide) => {
    const notes = slide.querySelector(".notes");
    return notes.scrollHeight > notes.clientHeight + SLACK;
  }));
  root.classList.remove("printing", "with-notes");
  function inEveryState(slide) { // moves each control of a widget through its values
    const found = ofSlide(slide), seen = new Set(found);
    for (const control of states ? shown(slide, ".stage input, .stage select") : []) {
      const start = control.value, last = control.options ? control.length - 1 : Number(control.max);
      const set = (value) => {
        control.value = value;
        control.dispatchEvent(new Event("input"));
      };
      for (let value = 0; value <= last; value++) {
        set(value);
        for (const problem of ofSlide(slide).filter((one) => !seen.has(one))) {
          seen.add(problem);
          const name = control.parentElement.firstChild.textContent.trim();
          found.push(`With the control ${short(name)} at place ${value + 1}: ${problem}`);
        }
      }
      set(start);
    }
    return found;
  }
  const leave = watchLetters();
  dispatchEvent(new Event("resize")); // draws every widget: frames at once, live ones soon
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const found = all.map(inEveryState);
  leave();
  return found;
}
