"""Looks at every slide of the built decks in a real browser, at the sizes of two projectors."""

from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from course_lib.ground.patience import patience
from course_lib.press.notebooks.files import Pair, read_notebook, read_text
from course_lib.press.notebooks.sync import older_than
from course_lib.press.slides.deck import deck_problems, slides_of
from course_lib.press.slides.equations import equation_problems

SIZES = ((1280, 720), (1920, 1080), (1024, 768))
SCRIPT = (Path(__file__).parent / "check.js").read_text(encoding="utf-8")
SECONDS = 60  # for a page to be ready, or live, on a quiet machine
ALL_LIVE = "!courseDeck.stages || document.documentElement.dataset.live === `${courseDeck.stages}`"
# The page knows its size, and has had two frames to draw itself in it.
SETTLED = """([width, height]) => innerWidth === width && innerHeight === height
  && new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"""
COLUMNS, THUMB = 4, (480, 270)  # of a contact sheet
ROWS = 4


@dataclass
class Report:
    """The problems of each slide of one deck, by its number; 1 also holds those of the page."""

    deck: str
    count: int = 0
    found: dict[int, list[str]] = field(default_factory=dict)

    def add(self, slide: int, problem: str) -> None:
        """Notes a problem once."""
        known = self.found.setdefault(slide, [])
        if problem not in known:
            known.append(problem)

    def rows(self) -> list[dict]:
        """One row per slide, those without a problem included."""
        return [
            {"deck": self.deck, "slide": number, "problems": self.found.get(number, [])}
            for number in range(1, self.count + 1)
        ]


def problems_of(pair: Pair, root: Path) -> list[tuple[int, str]]:
    """What is wrong with a deck before anybody draws it: (slide number, sentence)."""
    nb = read_notebook(pair.ipynb)
    found = deck_problems(slides_of(nb), pair.name)
    found += equation_problems(slides_of(read_text(pair.text)), root)
    if old := older_than(nb):
        run = f"python -m course_lib slides run {pair.name}"
        found.append((1, f"The outputs are older than {old}: call '{run}'."))
    return found


def check(
    chromium, pairs: list[Pair], built: Path, root: Path, shots: Path | None = None,
    live: tuple[str, str] | None = None,
) -> dict:  # fmt: skip
    """What `slides check --json` prints: the counts of slides and problems, and a row per slide.

    `live` is the address and the token of a server that shows the same pages.
    """
    reports = []
    for pair in pairs:
        report = Report(pair.name)
        for number, problem in problems_of(pair, root):
            report.add(number, problem)
        look_at(chromium, built / f"{pair.name}.html", report, shots)
        if live:
            look_at_live(chromium, f"{live[0]}/{pair.name}.html?token={live[1]}", report)
        reports.append(report)
    rows = [row for report in reports for row in report.rows()]
    return {"slides": len(rows), "problems": sum(len(r["problems"]) for r in rows), "rows": rows}


def look_at(chromium, page_file: Path, report: Report, shots: Path | None = None) -> None:
    """Opens a built deck from disk and adds to `report` what is wrong in the page."""
    context = chromium.new_context(viewport=dict(zip(("width", "height"), SIZES[0], strict=True)))
    page = context.new_page()
    strange, absent = [], []
    page.on("console", lambda said: _console(said, report))
    page.on("pageerror", lambda error: report.add(1, f"The page's script failed: {error}"))

    def guard(route) -> None:
        if route.request.url.startswith(("file:", "data:", "blob:")):
            route.continue_()
        else:
            strange.append(route.request.url)
            route.abort()

    context.route("**/*", guard)
    page.on("requestfailed", lambda r: absent.append(r.url) if r.url[:5] == "file:" else None)
    page.goto(page_file.absolute().as_uri())
    page.wait_for_selector("html[data-ready]", state="attached", timeout=1e3 * SECONDS * patience())
    report.count = page.locator(".slide").count()
    for width, height in SIZES:
        resize(page, width, height)
        for number, problems in enumerate(page.evaluate(SCRIPT, {"states": True}), 1):
            for problem in problems:
                report.add(number, problem)
    for address in strange:
        report.add(slide_with(page, address), f"It asks for {address}, which is not on disk.")
    for address in absent:
        report.add(slide_with(page, address), f"The file {address} is missing.")
    if shots is not None:
        page.set_viewport_size(dict(zip(("width", "height"), SIZES[0], strict=True)))
        photograph(page, page_file.stem, report.count, shots)
    context.close()


def look_at_live(chromium, address: str, report: Report) -> None:
    """Opens a deck with a kernel behind it and adds to `report` what is wrong there only."""
    context = chromium.new_context(viewport=dict(zip(("width", "height"), SIZES[0], strict=True)))
    page = context.new_page()
    page.on("console", lambda said: _console(said, report))
    page.on("pageerror", lambda error: report.add(1, f"Live: the page's script failed: {error}"))
    page.goto(address)
    limit = 1e3 * SECONDS * patience()
    page.wait_for_selector("html[data-ready]", state="attached", timeout=limit)
    page.wait_for_function(ALL_LIVE, timeout=limit)
    for width, height in SIZES:
        resize(page, width, height)
        for number, problems in enumerate(page.evaluate(SCRIPT, {"states": False}), 1):
            for problem in problems:
                if problem not in report.found.get(number, []):
                    report.add(number, f"Live: {problem}")
    context.close()


def resize(page, width: int, height: int) -> None:
    """Gives the page another size, and waits until it is drawn in it."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function(SETTLED, arg=[width, height], timeout=1e3 * SECONDS * patience())


def _console(said, report: Report) -> None:
    if said.type in ("error", "warning") and "Failed to load resource" not in said.text:
        report.add(1, f"The browser's console says: {said.text}")


def slide_with(page, address: str) -> int:
    """The number of the slide that names an address; 1 where none does."""
    find = """(address) => 1 + Math.max(0, [...document.querySelectorAll(".slide")].findIndex(
      (slide) => [...slide.querySelectorAll("[src], [href]")].some((e) => e.src === address
        || e.href === address)))"""
    return page.evaluate(find, address)


def photograph(page, deck: str, count: int, folder: Path) -> None:
    """A PNG of every slide with all its parts, and contact sheets of them."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(1, count + 1):
        page.evaluate("(n) => window.courseDeck.go(n, Infinity)", number - 1)
        paths.append(folder / f"{deck}-{number:02d}.png")
        page.screenshot(path=paths[-1])
    for first in range(0, count, COLUMNS * ROWS):
        chosen = paths[first : first + COLUMNS * ROWS]
        height = THUMB[1] * -(-len(chosen) // COLUMNS)
        sheet = Image.new("RGB", (COLUMNS * THUMB[0], height), "#888888")
        for i, path in enumerate(chosen):
            place = i % COLUMNS * THUMB[0] + 2, i // COLUMNS * THUMB[1] + 2
            small = Image.open(path).resize((THUMB[0] - 4, THUMB[1] - 4), Image.Resampling.LANCZOS)
            sheet.paste(small, place)
        sheet.save(folder / f"{deck}-sheet-{1 + first // (COLUMNS * ROWS)}.png")
