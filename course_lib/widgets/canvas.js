// The live picture: draws the message that course_lib.scene.to_message makes, and reports drags
// and clicks. It computes nothing about meta-learning. A dragged handle is redrawn here at once;
// the kernel hears the newest position only (save_changes drops what it overtakes).

const FONT = "'DejaVu Sans', Verdana, sans-serif";
const INK = "#222222", MUTED = "#767676", GRID = "#E4E4E4";
const GRAB = 16; // pixels around a handle that still catch it

function niceTicks(low, high, count) {
  const raw = (high - low) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw * 0.999);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
    ticks.push([i * step, String(Number((i * step).toPrecision(6)))]);
  }
  return ticks;
}

function logTicks(low, high) {
  const ticks = [];
  for (let e = Math.ceil(Math.log10(low) - 1e-9); e <= Math.log10(high) + 1e-9; e++) {
    ticks.push([10 ** e, e >= -3 && e <= 4 ? String(Number((10 ** e).toPrecision(1))) : `1e${e}`]);
  }
  return ticks.length > 1 ? ticks : niceTicks(low, high, 4);
}

function axis(low, high, log, from, to) {
  const f = log ? Math.log10 : (v) => v;
  const a = f(low), b = f(high);
  return {
    at: (v) => from + ((f(v) - a) / (b - a)) * (to - from),
    back: (p) => { const v = a + ((p - from) / (to - from)) * (b - a); return log ? 10 ** v : v; },
  };
}

function pixelsOf(image, cache) {
  const [height, width, channels = 1] = image.shape;
  const raw = image.bytes;
  const bytes = new Uint8Array(raw.buffer ?? raw, raw.byteOffset ?? 0, raw.byteLength);
  let key = `${height}.${width}.${channels}.`; // content key: pictures come back in new buffers
  let hash = 2166136261;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], 16777619);
  key += hash;
  if (!cache.has(key)) {
    if (cache.size > 600) cache.clear();
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
      const ok = mark.x[i] !== null && mark.y[i] !== null;
      if (ok) ctx[pen ? "lineTo" : "moveTo"](X.at(mark.x[i]), Y.at(mark.y[i]));
      pen = ok;
    }
    ctx.stroke();
  } else if (kind === "Points") {
    for (let i = 0; i < mark.x.length; i++) {
      if (mark.x[i] === null || mark.y[i] === null) continue;
      const own = mark.drag && moved && moved.name === mark.drag && moved.index === i;
      const px = own ? moved.px : X.at(mark.x[i]), py = own ? moved.py : Y.at(mark.y[i]);
      marker(ctx, mark.shape, px, py, mark.size, mark.color);
      if (mark.drag) {
        hits.push({ type: "drag", name: mark.drag, index: i, px, py, X, Y, axis: mark.drag_axis });
      }
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
  }
  ctx.restore();
}

function drawKey(ctx, marks, left, right, y) {
  let x = left;
  ctx.textAlign = "left";
  ctx.font = `12px ${FONT}`;
  for (const mark of marks) {
    const width = 26 + ctx.measureText(mark.label).width;
    if (x + width > right && x > left) break; // one line; the rest is named by the marks' colours
    ctx.strokeStyle = ctx.fillStyle = mark.color;
    ctx.globalAlpha = mark.kind === "Band" ? Math.max(mark.alpha, 0.3) : 1;
    if (mark.kind === "Points") marker(ctx, mark.shape, x + 9, y, 4.5, mark.color);
    else if (mark.kind === "Line") {
      ctx.lineWidth = Math.max(mark.width, 2);
      ctx.setLineDash(mark.dash ? [5, 4] : []);
      ctx.beginPath(); ctx.moveTo(x, y); ctx.lineTo(x + 18, y); ctx.stroke();
      ctx.setLineDash([]);
    } else ctx.fillRect(x + 2, y - 5, 14, 10);
    ctx.globalAlpha = 1;
    ctx.fillStyle = INK;
    ctx.fillText(mark.label, x + 22, y);
    x += width + 14;
  }
}

function drawPanel(ctx, panel, box, moved, hits, cache) {
  const keyed = panel.frame ? panel.marks.filter((m) => m.label) : [];
  let top = box.top + (panel.title ? 26 : 8) + (keyed.length ? 20 : 0);
  let left = box.left + (panel.frame ? 62 : 4), right = box.left + box.width - 10;
  let bottom = box.top + box.height - (panel.frame ? 42 : 4);
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
    ctx.fillText(panel.title, left, box.top + 14);
  }
  if (panel.frame) {
    const xticks = panel.xticks
      ?? (panel.xlog ? logTicks(...panel.xlim) : niceTicks(...panel.xlim, (right - left) / 75));
    const yticks = panel.yticks
      ?? (panel.ylog ? logTicks(...panel.ylim) : niceTicks(...panel.ylim, (bottom - top) / 45));
    ctx.font = `12px ${FONT}`;
    ctx.strokeStyle = GRID;
    ctx.lineWidth = 1;
    ctx.textAlign = "center";
    for (const [value, text] of xticks) {
      const x = X.at(value);
      ctx.beginPath(); ctx.moveTo(x, top); ctx.lineTo(x, bottom); ctx.stroke();
      ctx.fillText(text, x, bottom + 13);
    }
    ctx.textAlign = "right";
    for (const [value, text] of yticks) {
      const y = Y.at(value);
      ctx.beginPath(); ctx.moveTo(left, y); ctx.lineTo(right, y); ctx.stroke();
      ctx.fillText(text, left - 6, y);
    }
    ctx.strokeStyle = MUTED;
    ctx.beginPath(); ctx.moveTo(left, top); ctx.lineTo(left, bottom); ctx.lineTo(right, bottom);
    ctx.stroke();
    ctx.textAlign = "center";
    ctx.font = `13px ${FONT}`;
    ctx.fillText(panel.xlabel, (left + right) / 2, bottom + 32);
    ctx.save();
    ctx.translate(box.left + 12, (top + bottom) / 2);
    ctx.rotate(-Math.PI / 2);
    ctx.fillText(panel.ylabel, 0, 0);
    ctx.restore();
    drawKey(ctx, keyed, left, right, top - 12);
  }
  ctx.save();
  ctx.beginPath();
  const slack = panel.frame ? 0 : 4; // a frame's marks stop at the axes, but for handles' rims
  ctx.rect(left - slack, top - slack, right - left + 2 * slack, bottom - top + 2 * slack);
  ctx.clip();
  for (const mark of panel.marks) drawMark(ctx, mark, X, Y, moved, hits, cache);
  ctx.restore();
}

function drawScene(canvas, scene, width, moved, cache) {
  const scale = window.devicePixelRatio || 1;
  const height = scene.heights.reduce((a, b) => a + b, 0);
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
  let top = 0;
  scene.rows.forEach((row, r) => {
    const total = row.reduce((sum, panel) => sum + panel.width, 0);
    let left = 0;
    for (const panel of row) {
      const box = { left, top, width: (panel.width / total) * width, height: scene.heights[r] };
      drawPanel(ctx, panel, box, moved, hits, cache);
      left += box.width;
    }
    top += scene.heights[r];
  });
  return hits;
}

function render({ model, el }) {
  const canvas = document.createElement("canvas");
  const status = document.createElement("div");
  const problem = document.createElement("div");
  canvas.className = "course-canvas";
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  status.className = "course-status";
  status.setAttribute("aria-live", "polite");
  problem.className = "course-problem";
  problem.setAttribute("role", "alert");
  el.classList.add("course-widget");
  el.setAttribute("data-lm-suppress-shortcuts", "true"); // arrow keys belong to the widget
  el.append(canvas, status, problem);

  const cache = new Map();
  let hits = [], moved = null, focused = 0, frame = 0, drawn = 0, event = 0;

  function draw(cause) {
    const scene = model.get("scene");
    if (!scene || !scene.rows) return;
    const width = Math.max(320, Math.min(el.clientWidth || 960, 960));
    hits = drawScene(canvas, scene, width, moved, cache);
    canvas.setAttribute("aria-label", scene.alt);
    status.textContent = scene.status;
    canvas.dataset.cause = cause;
    canvas.dataset.drawn = String(++drawn); // last: tests and benchmarks watch it
  }
  function redraw(cause) {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => draw(cause));
  }
  function tell(message) {
    model.set("event", { ...message, count: ++event });
    model.save_changes();
  }
  function place(e) {
    const box = canvas.getBoundingClientRect();
    return [e.clientX - box.left, e.clientY - box.top];
  }
  function handleAt(px, py) {
    const near = hits.filter((h) => h.type === "drag")
      .map((h) => [Math.hypot(h.px - px, h.py - py), h])
      .filter(([distance]) => distance < GRAB).sort((a, b) => a[0] - b[0]);
    return near.length ? near[0][1] : null;
  }
  function buttonAt(px, py) {
    return hits.findLast((h) => h.type === "click" && px >= h.left && px <= h.left + h.width
      && py >= h.top && py <= h.top + h.height);
  }
  function dragTo(px, py) {
    if (moved.axis === "x") py = moved.py;
    if (moved.axis === "y") px = moved.px;
    moved = { ...moved, px, py };
    redraw("drag");
    const { name, index, X, Y } = moved;
    tell({ type: "drag", name, index, x: X.back(px), y: Y.back(py) });
  }

  canvas.addEventListener("pointerdown", (e) => {
    const handle = handleAt(...place(e));
    if (handle) {
      moved = { ...handle };
      focused = hits.filter((h) => h.type === "drag").findIndex(
        (h) => h.name === handle.name && h.index === handle.index);
      canvas.setPointerCapture(e.pointerId);
      canvas.focus({ preventScroll: true });
      e.preventDefault();
    }
  });
  canvas.addEventListener("pointermove", (e) => {
    const [px, py] = place(e);
    if (moved) dragTo(px, py);
    else canvas.style.cursor = handleAt(px, py) ? "grab" : buttonAt(px, py) ? "pointer" : "default";
  });
  const release = () => { if (moved) { moved = null; redraw("release"); } };
  canvas.addEventListener("pointerup", (e) => {
    const wasDragging = moved !== null;
    release();
    const button = wasDragging ? null : buttonAt(...place(e));
    if (button) tell({ type: "click", name: button.name });
  });
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("touchstart", (e) => {
    const touch = e.touches[0];
    if (touch && handleAt(...place(touch))) e.preventDefault(); // drag, don't scroll
  }, { passive: false });
  canvas.addEventListener("keydown", (e) => {
    const handles = hits.filter((h) => h.type === "drag");
    const typed = hits.find(
      (h) => h.type === "click" && h.name.toLowerCase() === e.key.toLowerCase());
    if (typed && !e.ctrlKey && !e.metaKey && !e.altKey && !e.shiftKey) { // a button's name is its key
      tell({ type: "click", name: typed.name });
      e.preventDefault();
      e.stopPropagation();
      return;
    }
    const step = { ArrowLeft: [-8, 0], ArrowRight: [8, 0], ArrowUp: [0, -8], ArrowDown: [0, 8] };
    if (!handles.length) return;
    if (e.key === "n" || e.key === "p") {
      focused = (focused + (e.key === "n" ? 1 : handles.length - 1)) % handles.length;
    } else if (step[e.key]) {
      const handle = handles[Math.min(focused, handles.length - 1)];
      moved = { ...handle };
      dragTo(handle.px + step[e.key][0], handle.py + step[e.key][1]);
      moved = null;
      e.preventDefault();
    }
    e.stopPropagation();
  });

  const onScene = () => redraw("kernel");
  const onProblem = () => {
    problem.textContent = model.get("problem");
    problem.style.display = model.get("problem") ? "block" : "none";
  };
  model.on("change:scene", onScene);
  model.on("change:problem", onProblem);
  const watcher = new ResizeObserver(() => redraw("resize"));
  watcher.observe(el);
  onProblem();
  draw("first");
  return () => {
    model.off("change:scene", onScene);
    model.off("change:problem", onProblem);
    watcher.disconnect();
    cancelAnimationFrame(frame);
  };
}

export { drawScene };
export default { render };
