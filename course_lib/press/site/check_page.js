// What is wrong with the page that is open: a list of sentences, and the links that it holds. All
// that is folded is unfolded first, and all pictures are loaded.
async () => {
  const found = new Set(), root = document.scrollingElement;
  const short = (text) => `'${text.trim().replace(/\s+/g, " ").slice(0, 60)}'`;
  const seen = (element) => element.checkVisibility?.() ?? true;
  const folded = [...document.querySelectorAll("details:not([open])")];
  for (const details of folded) details.open = true;
  const images = [...document.images];
  for (const image of images) image.loading = "eager";
  await Promise.all(images.map((image) => image.decode().catch(() => null)));

  for (const image of images) {
    const what = image.getAttribute("src").split("/").pop().slice(0, 40), alt = image.alt.trim();
    if (!image.naturalWidth) found.add(`The picture ${what} is missing.`);
    if (!alt) found.add(`The picture ${what} has no alternative text.`);
    if (/\.(png|svg|jpe?g|gif|webp)$/i.test(alt) || alt.split("/").length > 3 && !/\s/.test(alt)) {
      found.add(`The alternative text of a picture is a file's name: ${short(alt)}.`);
    }
  }
  for (const canvas of document.querySelectorAll("canvas")) {
    if (!canvas.getAttribute("aria-label")?.trim()) found.add("A canvas has no alternative text.");
  }

  const asIs = "pre, code, script, style, noscript, mjx-container, textarea";
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = words.nextNode(); node; node = words.nextNode()) {
    if (node.parentElement.closest(asIs) || !node.textContent.trim()) continue;
    if (/\$[^$\s][^$]*\$|\\\(|\\\[|\\begin\{|\\frac|\\mathrm/.test(node.textContent)) {
      found.add(`There is a formula that was not drawn: ${short(node.textContent)}.`);
    }
  }
  let formulas = 0;
  for (const math of document.querySelectorAll(".math")) {
    formulas += 1;
    const box = math.querySelector("mjx-container svg")?.getBoundingClientRect();
    if (!box || box.width < 1) found.add(`A formula was not drawn: ${short(math.textContent)}.`);
  }
  const errors = "[data-mml-node=merror], mjx-container [fill=red]"; // red: an unknown command
  for (const wrong of document.querySelectorAll(errors)) {
    const said = wrong.dataset.mjxError ?? wrong.closest(".math")?.textContent ?? "";
    found.add(`A formula is wrong: ${short(said)}.`);
  }

  const too = root.scrollWidth - root.clientWidth;
  if (too > 1) {
    const scrolls = (e) => e && e !== document.body && (getComputedStyle(e).overflowX !== "visible"
      || scrolls(e.parentElement));
    const out = [...document.querySelectorAll("main *")].find(
      (e) => seen(e) && e.getBoundingClientRect().right > root.clientWidth + 1 && !scrolls(e));
    const who = out ? `<${out.tagName.toLowerCase()}> ${short(out.textContent)}` : "something";
    found.add(`The page scrolls sideways by ${too} pixels at ${innerWidth}: ${who} is too wide.`);
  }
  const links = [...document.querySelectorAll("a[href], link[href]")].map((e) => e.href);
  const sources = [...document.querySelectorAll("[src]")].map((e) => e.src);
  for (const details of folded) details.open = false;
  return { problems: [...found], links: [...new Set([...links, ...sources])], formulas };
}
