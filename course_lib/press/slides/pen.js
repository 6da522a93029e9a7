// A pointer that the last row sees, and a pen. What was drawn stays with its slide until it is erased.

function penOn(deck) {
  const sheet = document.createElement("canvas"), dot = document.createElement("div");
  const drawn = new Map(); // the number of a slide → its strokes, each a list of places
  let tool = null, slide = 0, line = null;
  [sheet.id, dot.id, sheet.width, sheet.height] = ["ink", "dot", 1280, 720];
  deck.append(sheet, dot);

  function place(e) {
    const box = deck.getBoundingClientRect();
    return [(e.clientX - box.left) / box.width * 1280, (e.clientY - box.top) / box.height * 720];
  }
  function redraw() {
    const ctx = sheet.getContext("2d");
    ctx.clearRect(0, 0, 1280, 720);
    Object.assign(ctx, { strokeStyle: "#D1495B", lineWidth: 5, lineCap: "round", lineJoin: "round" });
    for (const stroke of drawn.get(slide) ?? []) {
      ctx.beginPath();
      stroke.forEach(([x, y], i) => ctx[i ? "lineTo" : "moveTo"](x, y));
      ctx.stroke();
    }
  }
  sheet.addEventListener("pointerdown", (e) => {
    if (tool !== "pen") return;
    const [x, y] = place(e);
    line = [[x, y], [x + 0.1, y]];
    drawn.set(slide, [...drawn.get(slide) ?? [], line]);
    sheet.setPointerCapture(e.pointerId);
    redraw();
  });
  sheet.addEventListener("pointermove", (e) => {
    if (!line) return;
    line.push(place(e));
    redraw();
  });
  for (const end of ["pointerup", "pointercancel"]) sheet.addEventListener(end, () => { line = null; });
  addEventListener("pointermove", (e) => {
    const [x, y] = place(e);
    if (tool === "laser") dot.style.transform = `translate(${x}px, ${y}px)`;
  });
  return {
    take(wanted) { // the same tool once more puts it down
      tool = tool === wanted ? null : wanted;
      document.documentElement.classList.toggle("laser", tool === "laser");
      document.documentElement.classList.toggle("pen", tool === "pen");
    },
    holds: () => tool !== null,
    erase() {
      drawn.delete(slide);
      redraw();
    },
    turn(number) {
      slide = number;
      line = null;
      redraw();
    },
  };
}
