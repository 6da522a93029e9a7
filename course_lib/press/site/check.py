"""Opens every page of a built site from disk in a real browser, and says what is wrong with it."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from course_lib.ground.patience import patience
from course_lib.press.site import needs
from course_lib.press.site.landing import DECKS
from course_lib.press.slides.check import resize

HERE = Path(__file__).parent
SCRIPT = (HERE / "check_page.js").read_text(encoding="utf-8")
REACH = (HERE / "check_keys.js").read_text(encoding="utf-8")
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
SECONDS = 60  # for a page to be ready on a quiet machine
READY = "html[data-course=ready]"
ALL = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}  # rules of axe-core
OVER = """() => Promise.allSettled(document.getAnimations()
  .filter((one) => one.effect.getComputedTiming().endTime < Infinity)
  .map((one) => one.finished))"""
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
ID = re.compile(r'\b(?:id|name)="([^"]+)"')
SEARCHES = {
    "second-order": True,
    "bandit": True,
    "zzzqqq": False,
}  # words, and whether they are found
ACCESS = """(options) => {
  const kinds = new Set();
  for (const word of document.querySelectorAll("pre span")) {
    word.toggleAttribute("data-alike", kinds.has(word.className));
    kinds.add(word.className);
  }
  return axe.run({ exclude: [["mjx-container"], ["[data-alike]"]] }, options);
}"""
PROBE = (
    """(canvas) => [canvas.dataset.frame, canvas.getAttribute("aria-label"), canvas.toDataURL()]"""
)


@dataclass
class Report:
    """What was found: the problems of each page, and the widgets that moved."""

    built: Path
    found: dict[str, list[str]] = field(default_factory=dict)
    moving: set[str] = field(default_factory=set)
    formulas: int = 0

    def add(self, page: str, problem: str) -> None:
        """Notes a problem of a page once."""
        known = self.found.setdefault(page, [])
        if problem not in known:
            known.append(problem)

    def summary(self) -> dict:
        """What `site check --json` prints."""
        size = sum(path.stat().st_size for path in self.built.rglob("*") if path.is_file())
        return {
            "pages": len(self.found),
            "problems": sum(map(len, self.found.values())),
            "widgets_moving": len(self.moving),
            "formulas": self.formulas,
            "bytes": size,
            "rows": [{"page": page, "problems": said} for page, said in self.found.items()],
        }


def check(
    chromium, built: Path, pages: Iterable[str] = (), say: Callable[[str], None] = lambda _: None
) -> dict:
    """Looks at the pages of a built site, at all of them without `pages`; see `Report.summary`."""
    from playwright.sync_api import TimeoutError

    report = Report(built)
    chosen = list(pages) or [
        path.relative_to(built).as_posix() for path in sorted(built.rglob("*.html"))
    ]
    for name in chosen:
        report.found[name] = []
        look = look_at_deck if Path(name).parts[0] == DECKS.name else look_at
        try:
            look(chromium, name, report)
        except TimeoutError as late:
            report.add(name, f"It is not ready in time: {str(late).splitlines()[0]}")
        say(f"{name}: {len(report.found[name])}")
    if "search.html" in chosen:
        look_for_words(chromium, report)
    return report.summary()


def opened(chromium, name: str, report: Report, ready: str, query: str = "", **look):
    """A page from disk in a context of its own, which has no network and tells of errors."""
    context = chromium.new_context(viewport=DESK, **look)
    context.set_offline(True)
    page = context.new_page()

    def guard(route) -> None:
        if route.request.url.startswith(("file:", "data:", "blob:")):
            route.continue_()
        else:
            report.add(name, f"It asks for {route.request.url}, which is not on disk.")
            route.abort()

    def said(message) -> None:
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            report.add(name, f"The browser's console says: {message.text}")

    context.route("**/*", guard)
    page.on("console", said)
    page.on("pageerror", lambda error: report.add(name, f"The page's script failed: {error}"))
    page.on("requestfailed", lambda r: report.add(name, f"The file {r.url} is missing."))
    page.goto((report.built / name).absolute().as_uri() + query)
    page.wait_for_selector(ready, state="attached", timeout=1e3 * SECONDS * patience())
    return page


def look_at_deck(chromium, name: str, report: Report) -> None:
    """Opens a deck; what its slides must be, `slides check` says."""
    page = opened(chromium, name, report, "html[data-ready]")
    check_links(name, page.evaluate("[...document.links].map((a) => a.href)"), report)
    page.context.close()


def look_at(chromium, name: str, report: Report) -> None:
    """Opens a page in light and in dark, on a desk and on a phone."""
    page = opened(chromium, name, report, READY, color_scheme="light")
    page.evaluate("() => window.MathJax?.startup?.promise")
    check_keys(page, name, report)
    check_widgets(page, name, report)
    told = page.evaluate(SCRIPT)
    report.formulas += told["formulas"]
    check_links(name, told["links"], report)
    check_access(page, name, report, "in light", ALL)
    resize(page, PHONE["width"], PHONE["height"])
    for problem in told["problems"] + page.evaluate(SCRIPT)["problems"]:
        report.add(name, problem)
    page.context.close()
    page = opened(chromium, name, report, READY, color_scheme="dark")
    check_access(page, name, report, "in dark", CONTRAST)
    page.context.close()


def check_keys(page, name: str, report: Report) -> None:
    """Goes through the page by Tab: all that can be used must be reached."""
    count = page.evaluate(REACH, "begin")
    for _ in range(count + 10):
        page.keyboard.press("Tab")
        if page.evaluate(REACH, "done"):
            break
    for missed in page.evaluate(REACH, "missed"):
        report.add(name, f"The Tab key does not reach {missed}.")
    page.evaluate("document.activeElement.blur()")


def check_widgets(page, name: str, report: Report) -> None:
    """Moves each control of each widget by the keyboard: picture and words must follow."""
    for figure in page.locator(".course-moving").all():
        key = figure.get_attribute("data-widget")
        if figure.get_attribute("data-ready") is None:
            report.add(name, f"{key} does not move: its frames are missing.")
            continue
        canvas, still = figure.locator("canvas"), []
        for control in figure.locator("input, select").all():
            pictures = []
            control.focus()
            for press in ("Home", "End", "ArrowLeft", "ArrowUp"):
                page.keyboard.press(press)
                pictures.append(canvas.evaluate(PROBE))
            if len({picture for _, _, picture in pictures}) < 2:
                still.append(control.evaluate("(c) => c.labels[0].textContent"))
            if not all(alt.strip() for _, alt, _ in pictures):
                report.add(name, f"{key} has a picture without words.")
        if still:
            report.add(name, f"{key}: the picture stays as it is when {', '.join(still)} moves.")
        else:
            report.moving.add(key)


def check_access(page, name: str, report: Report, when: str, rules: Mapping) -> None:
    """Lets axe-core look at the page: contrast, names, roles, landmarks.

    Formulas are left out: they are pictures in the colour of the text around them. Of the words in
    programs one of each kind stands for all.
    """
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    # What unfolds fades in; a colour counts when that is over.
    page.evaluate(OVER)
    page.evaluate(needs.axe().read_text(encoding="utf-8"))
    # Its preload would fetch the styles, which a page from disk may not.
    options = {"runOnly": rules, "resultTypes": ["violations"], "preload": False}
    for violation in page.evaluate(ACCESS, options)["violations"]:
        for node in violation["nodes"][:3]:
            where = " ".join(map(str, node["target"]))
            words = node["failureSummary"].partition("\n")[2].strip().partition("\n")[0]
            report.add(name, f"axe, {when}, {violation['id']}: {where}: {words}")


def check_links(name: str, links: list[str], report: Report) -> None:
    """Every link that does not lead away leads to a file of the site, and to a place in it."""
    for link in links:
        parts = urlsplit(link)
        if parts.scheme != "file":
            continue
        path = Path(url2pathname(parts.path))
        short = link.rpartition("/")[2]
        if not path.is_relative_to(report.built.absolute()):
            report.add(name, f"The link to {short} leaves the site's folder.")
        elif not path.is_file():
            report.add(name, f"The link to {short} leads nowhere.")
        elif parts.fragment and path.suffix == ".html":
            place = unquote(parts.fragment)
            known = places(path)
            if place not in known and not (place.isdigit() and f"slide-{place}" in known):
                report.add(name, f"The link to {short} names a place that is not there.")


@cache
def places(path: Path) -> frozenset[str]:
    """What a link to a page may name behind #."""
    return frozenset(ID.findall(path.read_text(encoding="utf-8")))


def look_for_words(chromium, report: Report) -> None:
    """The search box, from disk: words that are there are found, others are not."""
    for words, there in SEARCHES.items():
        page = opened(chromium, "search.html", report, READY, f"?q={words}")
        page.wait_for_function(  # it says how many it has found when the last one stands there
            "document.querySelector('#search-results .search-summary')?.textContent",
            timeout=1e3 * SECONDS * patience(),
        )
        hits = page.locator("#search-results ul.search li").count()
        if bool(hits) != there:
            report.add("search.html", f"The search for {words!r} finds {hits} pages.")
        page.context.close()
