// The live picture: draws the message that course_lib.scenes.scene.to_message makes, and reports drags,
// clicks, strokes and keys. It computes nothing about meta-learning. A dragged handle is redrawn
// here at once, and the kernel hears its newest position only. Of everything else it hears all.

const FONT = "'DejaVu Sans', Verdana, sans-serif";
const INK = "#222222", MUTED = "#767676", GRID = "#E4E4E4", FOCUS = "#0072B2";
const GRAB = { mouse: 16, pen: 20, touch: 30 }; // pixels around a handle that still catch it
const NARROW = 210; // a panel that would be narrower gets a row of its own

function numeral(value) { // as Python's f"{value:.6g}"
  const [mantissa, power] = value.toExponential(5).split("e");
  const small = Math.abs(power).toString().padStart(2, "0");
  const text = power < -4 || power > 5
    ? `${Number(mantissa)}e${power < 0 ? "-" : "+"}${small}` : String(Number(value.toPrecision(6)));
  return text.replaceAll("-", "\u2212");
}

function niceTicks(low, high, count) {
  const raw = (high - low) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw * 0.999);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
    ticks.push([i * step, numeral(i * step)]);
  }
  return ticks;
}

function logTicks(low, high) {
  const ticks = [];
  for (let e = Math.ceil(Math.log10(low) - 1e-9); e <= Math.log10(high) + 1e-9; e++) {
    ticks.push([10 ** e, e >= -3 && e <= 4 ? numeral(10 ** e) : `1e${e}`.replace("-", "\u2212")]);
  }
  return ticks.length > 1 ? ticks : niceTicks(low, high, 4);
}

function axis(low, high, log, from, to) {
  const f = log ? Math.log10 : (v) => v;
  const a = f(low), b = f(high);
  return {
    holds: (p) => p >= Math.min(from, to) - 0.5 && p <= Math.max(from, to) + 0.5,
    at: (v) => from + ((f(v) - a) / (b - a)) * (to - from),
    back: (p) => { // always inside the panel: what is dragged stays in reach
      const v = a + Math.min(Math.max((p - from) / (to - from), 0), 1) * (b - a);
      return log ? 10 ** v : v;
    },
  };
}

// The scene with its buffers as arrays of numbers again (course_lib.widgets.core.packed). Where no
// buffers can travel, a picture's bytes come as base64 text.
function unpacked(item) {
  const nested = (value) => typeof value === "object" && value !== null && !ArrayBuffer.isView(value);
  if (!nested(item)) return item;
  if (Array.isArray(item)) return item.some(nested) ? item.map(unpacked) : item;
  const { float32: raw, base64: text } = item;
  if (text) return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  if (raw) {
    return new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength));
  }
  const changed = Object.keys(item).filter((name) => nested(item[name]));
  if (!changed.length) return item; // as most marks
  const made = { ...item }; // the model keeps what has travelled
  for (const name of changed) made[name] = unpacked(item[name]);
  return made;
}

const known = (v) => v !== null && Number.isFinite(v);

function pixelsOf(image, cache) {
  const [height, width, channels = 1] = image.shape;
  const raw = image.bytes;
  if (cache.has(raw)) return cache.get(raw);
  const bytes = new Uint8Array(raw.buffer ?? raw, raw.byteOffset ?? 0, raw.byteLength);
  let key = `${height}.${width}.${channels}.`; // content key: pictures come back in new buffers
  let hash = 2166136261;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], 16777619);
  key += hash;
  if (!cache.has(key)) {
    if (cache.size > 1200) cache.clear();
    const rgba = new ImageData(width, height);
    for (let i = 0, j = 0; i < height * width; i++, j += channels) {
      const gray = channels === 1;
      rgba.data[4 * i] = bytes[j];
      rgba.data[4 * i + 1] = bytes[gray ? j : j + 1];
      rgba.data[4 * i + 2] = bytes[gray ? j : j + 2];
      rgba.data[4 * i + 3] = 255;
    }
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    canvas.getContext("2d").putImageData(rgba, 0, 0);
    cache.set(key, canvas);
  }
  cache.set(raw, cache.get(key));
  return cache.get(key);
}

function arrow(ctx, x, y, tx, ty, width) {
  const length = Math.hypot(tx - x, ty - y);
  if (length < 0.5) return;
  const head = Math.min(4 * width + 2, length * 0.6);
  const ux = (tx - x) / length, uy = (ty - y) / length;
  ctx.lineWidth = width;
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(tx - ux * head * 0.8, ty - uy * head * 0.8);
  ctx.stroke();
  ctx.beginPath();
  ctx.moveTo(tx, ty);
  ctx.lineTo(tx - ux * head - uy * head * 0.5, ty - uy * head + ux * head * 0.5);
  ctx.lineTo(tx - ux * head + uy * head * 0.5, ty - uy * head - ux * head * 0.5);
  ctx.fill();
}

function marker(ctx, shape, x, y, r, color) {
  ctx.beginPath();
  if (shape === "s") ctx.rect(x - r * 0.9, y - r * 0.9, 1.8 * r, 1.8 * r);
  else if (shape === "^") {
    ctx.moveTo(x, y - 1.1 * r);
    ctx.lineTo(x + r, y + 0.8 * r);
    ctx.lineTo(x - r, y + 0.8 * r);
    ctx.closePath();
  } else if (shape === "x") {
    ctx.moveTo(x - r, y - r); ctx.lineTo(x + r, y + r);
    ctx.moveTo(x - r, y + r); ctx.lineTo(x + r, y - r);
  } else ctx.arc(x, y, r, 0, 2 * Math.PI);
  ctx.lineWidth = shape === "x" || shape === "ring" ? 2.2 : 1.2;
  if (shape === "x" || shape === "ring") ctx.stroke();
  else { ctx.fill(); ctx.strokeStyle = "white"; ctx.stroke(); ctx.strokeStyle = color; }
}

function drawMark(ctx, mark, X, Y, moved, hits, cache) {
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = mark.color ?? INK;
  ctx.globalAlpha = mark.alpha ?? 1;
  ctx.lineJoin = "round";
  const { kind } = mark;
  if (kind === "Line") {
    ctx.lineWidth = mark.width;
    ctx.setLineDash(mark.dash ? [6, 5] : []);
    ctx.beginPath();
    let pen = false;
    for (let i = 0; i < mark.x.length; i++) {
      const ok = known(mark.x[i]) && known(mark.y[i]);
      if (ok) ctx[pen ? "lineTo" : "moveTo"](X.at(mark.x[i]), Y.at(mark.y[i]));
      pen = ok;
    }
    ctx.stroke();
  } else if (kind === "Points") {
    for (let i = 0; i < mark.x.length; i++) {
      if (!known(mark.x[i]) || !known(mark.y[i])) continue;
      const own = mark.drag && moved && moved.name === mark.drag && moved.index === i;
      const x = own && mark.drag_axis !== "y" ? moved.x : mark.x[i];
      const y = own && mark.drag_axis !== "x" ? moved.y : mark.y[i];
      const px = X.at(x), py = Y.at(y);
      if (!X.holds(px) || !Y.holds(py)) continue;
      marker(ctx, mark.shape, px, py, mark.size, mark.color);
      if (mark.drag) hits.push({ type: "drag", name: mark.drag, index: i, px, py, x, y, X, Y });
    }
  } else if (kind === "Band") {
    ctx.beginPath();
    mark.x.forEach((x, i) => ctx[i ? "lineTo" : "moveTo"](X.at(x), Y.at(mark.high[i])));
    for (let i = mark.x.length - 1; i >= 0; i--) ctx.lineTo(X.at(mark.x[i]), Y.at(mark.low[i]));
    ctx.fill();
  } else if (kind === "Bars") {
    for (let i = 0; i < mark.x.length; i++) {
      const left = X.at(mark.x[i] - mark.width / 2), right = X.at(mark.x[i] + mark.width / 2);
      const top = Y.at(mark.y[i]), bottom = Y.at(mark.base);
      ctx.fillRect(left, Math.min(top, bottom), right - left, Math.abs(bottom - top));
    }
  } else if (kind === "Arrows") {
    for (let i = 0; i < mark.x.length; i++) {
      const x = mark.x[i], y = mark.y[i];
      arrow(ctx, X.at(x), Y.at(y), X.at(x + mark.dx[i]), Y.at(y + mark.dy[i]), mark.width);
    }
  } else if (kind === "Text") {
    ctx.font = `${mark.bold ? "bold " : ""}${mark.size}px ${FONT}`;
    ctx.textAlign = mark.align;
    ctx.textBaseline = "middle";
    ctx.fillText(mark.text, X.at(mark.x), Y.at(mark.y));
  } else if (kind === "Rect" || kind === "Image") {
    const left = X.at(mark.x0), top = Y.at(mark.y1);
    const width = X.at(mark.x1) - left, height = Y.at(mark.y0) - top;
    if (kind === "Image") {
      ctx.imageSmoothingEnabled = mark.smooth;
      ctx.drawImage(pixelsOf(mark.pixels, cache), left, top, width, height);
    } else {
      ctx.globalAlpha = mark.fill;
      ctx.fillRect(left, top, width, height);
      ctx.globalAlpha = 1;
    }
    if (mark.border) {
      ctx.lineWidth = mark.border;
      ctx.strokeRect(left, top, width, height);
    }
    if (mark.click) hits.push({ type: "click", name: mark.click, left, top, width, height });
    if (mark.draw) hits.push({ type: "pad", name: mark.draw, left, top, width, height, X, Y });
  }
  ctx.restore();
}

function keyLines(ctx, marks, room) {
  ctx.font = `12px ${FONT}`;
  const lines = [];
  let end = Infinity;
  for (const mark of marks) {
    const width = 22 + ctx.measureText(mark.label).width;
    if (end + width > room) { lines.push([]); end = 0; }
    lines.at(-1).push([mark, end]);
    end += width + 16;
  }
  return lines;
}

function drawKey(ctx, line, left, right, y) {
  ctx.textAlign = "left";
  ctx.font = `12px ${FONT}`;
  for (const [mark, offset] of line) {
    const x = left + offset;
    ctx.strokeStyle = ctx.fillStyle = mark.color;
    ctx.globalAlpha = mark.kind === "Band" ? Math.max(mark.alpha, 0.3) : 1;
    if (mark.kind === "Points") marker(ctx, mark.shape, x + 9, y, 4.5, mark.color);
    else if (mark.kind === "Arrows") arrow(ctx, x, y, x + 18, y, 2);
    else if (mark.kind === "Line") {
      ctx.lineWidth = Math.max(mark.width, 2);
      ctx.setLineDash(mark.dash ? [5, 4] : []);
      ctx.beginPath(); ctx.moveTo(x, y); ctx.lineTo(x + 18, y); ctx.stroke();
      ctx.setLineDash([]);
    } else ctx.fillRect(x + 2, y - 5, 14, 10);
    ctx.globalAlpha = 1;
    ctx.fillStyle = INK;
    ctx.fillText(mark.label, x + 22, y, Math.max(right - x - 22, 10));
  }
}

function drawPanel(ctx, panel, box, moved, hits, cache) {
  const right0 = box.left + box.width - (panel.frame ? 16 : 4);
  let bottom = box.top + box.height - (panel.frame ? 42 : 4), right = right0;
  let left = box.left + 4, top = box.top + (panel.title ? 26 : 8);
  let xticks = [], yticks = [], key = [];
  if (panel.frame) { // the twin of this layout stands in plots.py: change both
    yticks = panel.yticks
      ?? (panel.ylog ? logTicks(...panel.ylim) : niceTicks(...panel.ylim, (bottom - top) / 36));
    ctx.font = `12px ${FONT}`;
    left = box.left + Math.max(62, 30 + Math.max(...yticks.map((t) => ctx.measureText(t[1]).width)));
    xticks = panel.xticks
      ?? (panel.xlog ? logTicks(...panel.xlim) : niceTicks(...panel.xlim, (right - left) / 60));
    key = keyLines(ctx, panel.marks.filter((m) => m.label), right - left);
    top += 20 * key.length;
  }
  const titleLeft = left;
  if (panel.equal) {
    const unit = Math.min(
      (right - left) / (panel.xlim[1] - panel.xlim[0]),
      (bottom - top) / (panel.ylim[1] - panel.ylim[0]));
    const width = unit * (panel.xlim[1] - panel.xlim[0]);
    const height = unit * (panel.ylim[1] - panel.ylim[0]);
    left += (right - left - width) / 2; right = left + width;
    top += (bottom - top - height) / 2; bottom = top + height;
  }
  const X = axis(...panel.xlim, panel.xlog, left, right);
  const Y = axis(...panel.ylim, panel.ylog, bottom, top);
  ctx.textBaseline = "middle";
  ctx.fillStyle = INK;
  if (panel.title) {
    ctx.font = `bold 14px ${FONT}`;
    ctx.textAlign = "left";
    ctx.fillText(panel.title, titleLeft, box.top + 14, right0 - titleLeft);
  }
  if (panel.frame) {
    ctx.font = `12px ${FONT}`;
    ctx.strokeStyle = GRID;
    ctx.lineWidth = 1;
    ctx.textAlign = "center";
    for (const [value, text] of xticks) {
      const x = X.at(value);
      if (!X.holds(x)) continue;
      ctx.beginPath(); ctx.moveTo(x, top); ctx.lineTo(x, bottom); ctx.stroke();
      ctx.fillText(text, x, bottom + 13);
    }
    ctx.textAlign = "right";
    for (const [value, text] of yticks) {
      const y = Y.at(value);
      if (!Y.holds(y)) continue;
      ctx.beginPath(); ctx.moveTo(left, y); ctx.lineTo(right, y); ctx.stroke();
      ctx.fillText(text, left - 6, y);
    }
    ctx.strokeStyle = MUTED;
    ctx.beginPath(); ctx.moveTo(left, top); ctx.lineTo(left, bottom); ctx.lineTo(right, bottom);
    ctx.stroke();
    ctx.textAlign = "center";
    ctx.font = `13px ${FONT}`;
    ctx.fillText(panel.xlabel, (left + right) / 2, bottom + 32, right0 - titleLeft);
    ctx.save();
    ctx.translate(Math.max(box.left + 12, left - 52), (top + bottom) / 2);
    ctx.rotate(-Math.PI / 2);
    ctx.fillText(panel.ylabel, 0, 0, Math.max(bottom - top + 40, 60));
    ctx.restore();
    key.forEach((line, i) => drawKey(ctx, line, titleLeft, right0, box.top + (panel.title ? 26 : 8)
      + 20 * i + 8));
  }
  let clipped = false; // one clip for all marks in a row: each costs as much as a mark
  for (const mark of panel.marks) {
    const free = mark.kind === "Points"; // a point whose middle is inside keeps its rim at the axes
    if (clipped && free) ctx.restore();
    if (!clipped && !free) {
      ctx.save();
      ctx.beginPath();
      ctx.rect(left, top, right - left, bottom - top);
      ctx.clip();
    }
    clipped = !free;
    drawMark(ctx, mark, X, Y, moved, hits, cache);
  }
  if (clipped) ctx.restore();
}

function layout(scene, width) {
  const boxes = [];
  let top = 0;
  scene.rows.forEach((row, r) => {
    const height = scene.heights[r];
    const total = row.reduce((sum, panel) => sum + panel.width, 0);
    const stacked = width < 700 && row.some((panel) => (panel.width / total) * width < NARROW);
    let left = 0;
    for (const panel of row) {
      const share = stacked ? width : (panel.width / total) * width;
      boxes.push([panel, { left, top, width: share, height }]);
      if (stacked) top += height;
      else left += share;
    }
    if (!stacked) top += height;
  });
  return [boxes, top];
}

function drawScene(canvas, scene, width, moved, cache) {
  const shown = canvas.getBoundingClientRect().width / parseFloat(canvas.style.width);
  const magnified = shown > 0 ? shown : 1; // a slide may show the canvas larger than it lays it out
  const scale = (window.devicePixelRatio || 1) * magnified;
  const [boxes, height] = layout(scene, width);
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const ctx = canvas.getContext("2d");
  ctx.setTransform(scale, 0, 0, scale, 0, 0);
  ctx.fillStyle = "white";
  ctx.fillRect(0, 0, width, height);
  const hits = [];
  for (const [panel, box] of boxes) drawPanel(ctx, panel, box, moved, hits, cache);
  return hits;
}

function drawFocus(canvas, target) {
  const ctx = canvas.getContext("2d");
  ctx.strokeStyle = FOCUS;
  ctx.lineWidth = 2;
  ctx.setLineDash([4, 3]);
  ctx.beginPath();
  if (target.type === "drag") ctx.arc(target.px, target.py, 14, 0, 2 * Math.PI);
  else ctx.rect(target.left - 3, target.top - 3, target.width + 6, target.height + 6);
  ctx.stroke();
  ctx.setLineDash([]);
}

// Strokes that the kernel has not answered yet, where they were drawn.
function drawStrokes(canvas, strokes, hits) {
  const ctx = canvas.getContext("2d");
  for (const { name, x, y } of strokes) {
    const pad = hits.find((h) => h.type === "pad" && h.name === name);
    if (!pad) continue;
    ctx.save();
    ctx.beginPath();
    ctx.rect(pad.left, pad.top, pad.width, pad.height);
    ctx.clip();
    ctx.strokeStyle = INK;
    ctx.lineWidth = 4;
    ctx.lineCap = ctx.lineJoin = "round";
    ctx.beginPath();
    x.forEach((v, i) => ctx[i ? "lineTo" : "moveTo"](pad.X.at(v), pad.Y.at(y[i])));
    if (x.length === 1) ctx.lineTo(pad.X.at(x[0]) + 0.5, pad.Y.at(y[0]));
    ctx.stroke();
    ctx.restore();
  }
}

function drawPen(canvas, { px, py, down }) {
  const ctx = canvas.getContext("2d");
  ctx.strokeStyle = ctx.fillStyle = FOCUS;
  ctx.lineWidth = 2;
  ctx.beginPath();
  ctx.arc(px, py, 5, 0, 2 * Math.PI);
  ctx[down ? "fill" : "stroke"]();
}

// The cells below, up to the next bet or to the questions at the end, show what they hold:
// JupyterLab's placeholders are clicked.
function unfold(el) {
  let cell = el.closest(".jp-Cell")?.nextElementSibling;
  const ends = (cell) => /^\s*bet\(/m.test(words(cell)) || cell.querySelector("details");
  for (; cell && !ends(cell); cell = cell.nextElementSibling) {
    const folds = ":scope .jp-InputPlaceholder, :scope .jp-OutputPlaceholder";
    cell.querySelectorAll(folds).forEach((fold) => fold.click());
  }
}

function words(cell) { // of its code, a line a row
  return [...cell.querySelectorAll(".cm-line")].map((line) => line.textContent).join("\n");
}

function render({ model, el }) {
  const canvas = document.createElement("canvas");
  const status = document.createElement("div");
  const problem = document.createElement("div");
  canvas.className = "course-canvas";
  canvas.tabIndex = 0;
  status.className = "course-status";
  status.setAttribute("aria-live", "polite");
  problem.className = "course-problem";
  problem.setAttribute("role", "alert");
  el.classList.add("course-widget");
  el.dataset.widget = model.get("key");
  el.setAttribute("data-lm-suppress-shortcuts", "true"); // arrow keys belong to the widget
  el.append(canvas, status, problem);

  const cache = new Map(); // pixels → small canvas
  let scene = unpacked(model.get("scene"));
  let hits = [], frame = 0, drawn = 0, causes = new Set();
  let moved = null; // a handle where the reader put it, until the kernel has answered
  let held = false; // whether the pointer still holds it
  let sent = 0; // the newest event's number
  let room = 0; // the card's width as last reported: asked in between, a changing page may lie
  let stroke = null, waiting = []; // the stroke being drawn, and all events without an answer
  let pen = null; // where the keyboard's pen is
  let focused = 0, byKey = false; // the target that keys act on, and whether to mark it

  function draw() {
    frame = 0;
    if (!scene?.rows) return;
    const width = Math.max(320, Math.min(room || el.clientWidth || 960, 960));
    hits = drawScene(canvas, scene, width, moved, cache);
    const unanswered = waiting.filter((event) => event.type === "stroke");
    drawStrokes(canvas, stroke ? [...unanswered, stroke] : unanswered, hits);
    if (byKey && document.activeElement === canvas && targets().length) {
      const target = targets()[focused % targets().length];
      drawFocus(canvas, target);
      if (pen?.name === target.name) drawPen(canvas, { ...pen, down: stroke !== null });
    }
    canvas.setAttribute("aria-label", scene.alt);
    const takesKeys = hits.length || model.get("own_keys").length;
    canvas.setAttribute("role", takesKeys ? "application" : "img"); // so that they come through
    if (status.textContent !== scene.status) status.textContent = scene.status;
    canvas.hits = hits; // for tests and benchmarks, as is what follows
    canvas.dataset.cause = [...causes].join(" ");
    canvas.dataset.answered = String(model.get("answered"));
    canvas.dataset.drawn = String(++drawn);
    causes = new Set();
  }
  function redraw(cause) {
    causes.add(cause);
    frame ||= requestAnimationFrame(draw);
  }
  function targets() { // what keys can reach: handles, or else each button once
    const handles = hits.filter((h) => h.type === "drag");
    return handles.length ? handles : hits.filter(
      (h, i) => hits.findIndex((other) => other.name === h.name) === i); // pads are among them
  }
  function tell(event) {
    sent = Math.max(sent, model.get("event").count ?? 0) + 1;
    const last = waiting.at(-1);
    if (event.type === "drag" && last?.type === "drag" && last.name === event.name
      && last.index === event.index) waiting.pop(); // the same handle has moved on
    waiting.push({ ...event, count: sent });
    model.set("event", { count: sent, waiting: [...waiting] });
    model.save_changes(); // a busy kernel gets the newest message only, so each brings them all
  }
  function letGo() {
    held = false;
    if (moved && model.get("answered") >= sent) moved = null;
    redraw("release");
  }
  function place(e) {
    const box = canvas.getBoundingClientRect(), unit = parseFloat(canvas.style.width) / box.width;
    return [unit * (e.clientX - box.left), unit * (e.clientY - box.top)];
  }
  function handleAt(px, py, reach = GRAB.mouse) {
    const near = hits.filter((h) => h.type === "drag")
      .map((h) => [Math.hypot(h.px - px, h.py - py), h])
      .filter(([distance]) => distance < reach).sort((a, b) => a[0] - b[0]);
    return near.length ? near[0][1] : null;
  }
  function buttonAt(px, py) {
    return hits.findLast((h) => h.type === "click" && px >= h.left && px <= h.left + h.width
      && py >= h.top && py <= h.top + h.height);
  }
  function padAt(px, py) {
    return hits.findLast((h) => h.type === "pad" && px >= h.left && px <= h.left + h.width
      && py >= h.top && py <= h.top + h.height);
  }
  function inkTo(pad, px, py) { // the stroke goes on, from its start if there is none
    stroke ??= { name: pad.name, x: [], y: [] };
    stroke.x.push(pad.X.back(Math.min(Math.max(px, pad.left), pad.left + pad.width)));
    stroke.y.push(pad.Y.back(Math.min(Math.max(py, pad.top), pad.top + pad.height)));
    redraw("stroke");
  }
  function endStroke() {
    const done = stroke;
    stroke = null;
    if (done) tell({ type: "stroke", ...done });
  }
  function dragTo(px, py) {
    moved = { ...moved, x: moved.X.back(px), y: moved.Y.back(py) };
    redraw("drag");
    const { name, index, x, y } = moved;
    tell({ type: "drag", name, index, x, y });
  }

  canvas.addEventListener("pointerdown", (e) => {
    byKey = false;
    canvas.focus({ preventScroll: true }); // from here on it hears keys
    const handle = handleAt(...place(e), GRAB[e.pointerType]);
    if (handle) {
      moved = { ...handle };
      held = true;
      focused = targets().findIndex((h) => h.name === handle.name && h.index === handle.index);
      canvas.setPointerCapture(e.pointerId);
      e.preventDefault();
      return;
    }
    const pad = padAt(...place(e));
    if (pad) {
      endStroke(); // one that the keyboard began
      inkTo(pad, ...place(e));
      canvas.setPointerCapture(e.pointerId);
      e.preventDefault();
    }
  });
  canvas.addEventListener("pointermove", (e) => {
    const [px, py] = place(e);
    if (held) dragTo(px, py);
    else if (stroke && e.buttons) {
      const pad = hits.find((h) => h.type === "pad" && h.name === stroke.name);
      const path = e.getCoalescedEvents?.() ?? [];
      for (const part of path.length ? path : [e]) if (pad) inkTo(pad, ...place(part));
    } else {
      canvas.style.cursor = handleAt(px, py) ? "grab" : padAt(px, py) ? "crosshair"
        : buttonAt(px, py) ? "pointer" : "default";
    }
  });
  canvas.addEventListener("pointerup", (e) => {
    const button = held || stroke ? null : buttonAt(...place(e));
    endStroke();
    if (held) letGo();
    if (button) tell({ type: "click", name: button.name });
  });
  canvas.addEventListener("pointercancel", () => { endStroke(); letGo(); });
  canvas.addEventListener("touchstart", (e) => {
    const touch = e.touches[0];
    if (touch && (handleAt(...place(touch), GRAB.touch) || padAt(...place(touch)))) {
      e.preventDefault(); // drag or draw, don't scroll
    }
  }, { passive: false });
  canvas.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.key === "Tab" || e.key === "Escape") return;
    if (frame) { // a key acts on what earlier ones have done, drawn or not
      cancelAnimationFrame(frame);
      draw();
    }
    const name = e.key.toLowerCase();
    const own = model.get("own_keys").find((key) => key.toLowerCase() === name);
    const typed = hits.find((h) => h.type === "click" && h.name.toLowerCase() === name);
    const once = (event) => { if (!e.repeat) tell(event); }; // a key that is held counts once
    const all = targets(), length = e.shiftKey ? 1 : 8;
    const step = { arrowleft: [-1, 0], arrowright: [1, 0], arrowup: [0, -1], arrowdown: [0, 1] }[name];
    const target = all[focused % all.length];
    byKey = true;
    if (own) once({ type: "key", key: own });
    else if (typed && !e.shiftKey) once({ type: "click", name: typed.name }); // its name is its key
    else if (!target) return;
    else if (name === "n" || name === "p") {
      endStroke();
      focused = (focused + (name === "n" ? 1 : all.length - 1)) % all.length;
    } else if (target.type === "drag" && step) {
      moved = { ...target };
      dragTo(target.px + length * step[0], target.py + length * step[1]);
    } else if (target.type === "pad" && (step || name === " ")) { // arrows move the pen,
      const middle = { px: target.left + target.width / 2, py: target.top + target.height / 2 };
      if (pen?.name !== target.name) pen = { name: target.name, ...middle };
      if (step) {
        pen.px = Math.min(Math.max(pen.px + length * step[0], target.left), target.left + target.width);
        pen.py = Math.min(Math.max(pen.py + length * step[1], target.top), target.top + target.height);
        if (stroke) inkTo(target, pen.px, pen.py);
      } else if (stroke) endStroke(); // the space bar lifts and lowers it
      else inkTo(target, pen.px, pen.py);
    } else if (target.type === "click" && step) { // arrows go from button to button
      focused = (focused + all.length + step[0] + step[1]) % all.length;
    } else if (target.type === "click" && (name === "enter" || name === " ")) {
      once({ type: "click", name: target.name });
    } else return;
    redraw("key");
    e.preventDefault();
    e.stopPropagation();
  });
  canvas.addEventListener("focus", () => redraw("focus"));
  canvas.addEventListener("blur", () => { byKey = false; redraw("blur"); });

  const onScene = () => { scene = unpacked(model.get("scene")); redraw("kernel"); };
  const onAnswer = () => {
    waiting = waiting.filter((event) => event.count > model.get("answered"));
    if (moved && !held && model.get("answered") >= sent) moved = null;
    redraw("kernel");
  };
  const onProblem = () => {
    problem.textContent = model.get("problem");
    problem.style.display = model.get("problem") ? "block" : "none";
  };
  model.on("change:scene", onScene);
  model.on("change:answered", onAnswer);
  model.on("change:problem", onProblem);
  const onUnfolds = () => { if (model.get("unfolds")) unfold(el); };
  model.on("change:unfolds", onUnfolds);
  const watcher = new ResizeObserver((entries) => {
    room = Math.floor(entries.at(-1).contentRect.width);
    redraw("resize");
  });
  watcher.observe(el);
  onProblem();
  causes.add("first");
  draw();
  return () => {
    model.off("change:scene", onScene);
    model.off("change:answered", onAnswer);
    model.off("change:problem", onProblem);
    model.off("change:unfolds", onUnfolds);
    watcher.disconnect();
    cancelAnimationFrame(frame);
  };
}

export { drawScene };
export default { render };
