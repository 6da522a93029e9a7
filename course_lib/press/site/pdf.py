"""The course as one PDF: the built pages joined into one, which Chromium prints.

It has bookmarks, and tags that say to a reader's program what is a heading, a list, a table.
Chromium makes both from the page. Unpacked they are half of the file, so qpdf (pikepdf) packs them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup

from course_lib.ground.patience import patience
from course_lib.press.site.check import READY, SECONDS

PARTS = ("notebooks", "exercises")
QUIET = {"n", "nn", "p", "w"}  # parts of a program in the colour of the text around them
LAST = ("docs/glossary.html", "docs/routes.html")
JOINED = "printed.html"
WIDTH = 672  # pixels between the margins of A4
LOOK = """
@page { size: A4; margin: 16mm 16mm 18mm; }
html { font-size: 11.5px; } body { background: white; }
.course-printed { max-width: none; padding: 0; }
.course-printed article { break-before: page; }
.course-printed :is(.cell_input, .highlight) { break-inside: avoid; }
.course-printed mjx-container :is(path, use) { stroke: none; }
.course-printed pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.headerlink, .course-open, .course-bet { display: none !important; }
"""
TITLES = """[...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map(
  (heading) => heading.innerText.trim().replace(/\\s+/g, " "))"""
FIT = """document.querySelectorAll("mjx-container[display=true]").forEach((formula) => {
  const room = formula.parentElement.clientWidth, wide = formula.querySelector("svg").clientWidth;
  if (wide > room) formula.style.fontSize = `${Math.floor(100 * room / wide) - 1}%`;
})"""
PHOTOGRAPHS = """document.querySelectorAll("canvas").forEach((canvas) => {
  const as = (kind) => canvas.toDataURL(`image/${kind}`, 0.9);
  const [exact, photograph] = [as("png"), as("jpeg")];
  if (3 * photograph.length > exact.length) return;
  const picture = Object.assign(new Image(), { src: photograph, alt: canvas.ariaLabel });
  picture.style.cssText = canvas.style.cssText;
  canvas.replaceWith(picture);
})"""
FOOT = (
    '<div style="font: 8px sans-serif; width: 100%; text-align: center; color: #595959">'
    'Learning to Learn · <span class="pageNumber"></span> / <span class="totalPages"></span></div>'
)


def print_pdf(chromium, built: Path, target: Path) -> int:
    """Prints the built site to `target`; returns the number of pages.

    Errors: ValueError where nothing is built in `built`.
    """
    names = [
        path.relative_to(built).as_posix()
        for part in PARTS
        for path in sorted((built / part).glob("*.html"))
    ]
    if not names:
        raise ValueError(f"{built} holds no pages: call 'python -m course_lib site build' first.")
    page_file = built / JOINED
    page_file.write_text(joined(built, [*names, *LAST]), encoding="utf-8")
    try:
        context = chromium.new_context(viewport={"width": WIDTH, "height": 1000})
        context.set_offline(True)
        page = context.new_page()
        limit = 1e3 * SECONDS * patience()
        page.set_default_timeout(10 * limit)
        page.emulate_media(media="print", color_scheme="light")
        page.goto(page_file.absolute().as_uri())
        page.wait_for_selector(READY, state="attached")
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        page.evaluate("() => window.MathJax?.startup?.promise")
        page.evaluate(FIT)
        page.evaluate(PHOTOGRAPHS)
        page.evaluate(
            "Promise.all([...document.images].map((i) => { i.loading = 'eager'; "
            "return i.decode().catch(() => null); }))"
        )
        titles = page.evaluate(TITLES)
        page.pdf(
            path=target, print_background=True, prefer_css_page_size=True,
            display_header_footer=True, header_template="<span></span>", footer_template=FOOT,
            tagged=True, outline=True,
        )  # fmt: skip
        context.close()
    finally:
        page_file.unlink()
    return packed(target, titles)


def packed(path: Path, titles: list[str]) -> int:
    """Packs a PDF and gives its bookmarks their `titles`; returns the number of its pages.

    Chromium says the words of a heading twice where a page begins with it.
    Errors: ValueError where there are not as many bookmarks as titles.
    """
    import pikepdf

    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        with pdf.open_outline() as outline:
            found = [item for _, item in items_below(outline.root)]
            if len(found) != len(titles):
                raise ValueError(f"The PDF has {len(found)} bookmarks for {len(titles)} headings.")
            for item, title in zip(found, titles, strict=True):
                item.title = title
        pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return len(pdf.pages)


def bookmarks(path: Path) -> list[tuple[int, str, int]]:
    """The bookmarks of a PDF in order: the level, from 0, the words, the page, from 1."""
    import pikepdf

    with pikepdf.open(path) as pdf, pdf.open_outline() as outline:
        pages = {page.objgen: number for number, page in enumerate(pdf.pages, 1)}
        return [
            (level, item.title, pages[item.destination[0].objgen])
            for level, item in items_below(outline.root)
        ]


def items_below(items: list, level: int = 0) -> Iterator[tuple[int, Any]]:
    """The items of an outline with their levels, in the order of the pages."""
    for item in items:
        yield level, item
        yield from items_below(item.children, level + 1)


def joined(built: Path, names: list[str]) -> str:
    """The pages as one: their links lead inside, each place is named after its page, too."""
    texts = {name: (built / name).read_text(encoding="utf-8") for name in names}
    with_math = next((text for text in texts.values() if "mathjax.js" in text), texts[names[0]])
    first = BeautifulSoup(with_math.replace("../_static", "_static"), "html.parser")
    style = first.new_tag("style")
    style.string = LOOK
    first.head.append(style)
    first.title.string = "Learning to Learn"
    articles, contents = [], []
    for name, text in texts.items():
        soup = BeautifulSoup(text, "html.parser")
        article = soup.select_one("article.bd-article")
        title = article.select_one("h1").get_text().rstrip("#")
        contents.append(f'<li><a href="#{place(name)}">{title}</a></li>')
        for span in article.select("pre span"):
            if QUIET.issuperset(span.get("class", ["?"])):
                span.unwrap()
        for tag in article.find_all(id=True):
            tag["id"] = place(name, tag["id"])
        for tag in article.find_all(href=True):
            tag["href"] = inside(name, tag["href"], names)
        for tag in article.find_all(src=True):
            tag["src"] = tag["src"].replace("../", "")
        articles.append(
            f'<article class="bd-article" id="{place(name)}">{article.decode_contents()}</article>'
        )
    words = "<h1>Learning to Learn</h1><p>An interactive course on meta-learning.</p>"
    front = f"{words}<ol>{''.join(contents)}</ol>"
    return (
        f'<!DOCTYPE html><html lang="en" data-theme="light" data-mode="light">{first.head}'
        f'<body><main class="bd-content course-printed"><div class="bd-article-container">'
        f"{front}{''.join(articles)}</div></main></body></html>"
    )


def place(page: str, anchor: str = "") -> str:
    """What a place of a page is called in the printed whole."""
    return f"{page.removesuffix('.html').replace('/', '-')}--{anchor}"


def inside(page: str, link: str, names: list[str]) -> str:
    """A link as it is in the printed whole; what is not printed is answered by its first page."""
    if link.startswith(("http:", "https:", "mailto:")):
        return link
    path, _, anchor = link.partition("#")
    folder = page.rpartition("/")[0]
    parts = [part for part in f"{folder}/{path}".split("/") if part] if path else page.split("/")
    while ".." in parts:
        at = parts.index("..")
        del parts[max(at - 1, 0) : at + 1]
    target = "/".join(parts)
    return f"#{place(target, anchor)}" if target in names else "#"
