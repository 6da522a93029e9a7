"""A deck as one HTML page that opens from disk, without a kernel and without the network."""

import base64
import html
import json
import re
import shutil
import struct
from pathlib import Path

import nbclassic
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

from course_lib.ground import files
from course_lib.ground.paths import PACKAGE
from course_lib.press.notebooks.files import Pair, read_notebook
from course_lib.press.slides.deck import TOTAL, Slide, clock, slides_of, with_total
from course_lib.press.slides.frames import MOST_BYTES, frames
from course_lib.scenes.scene import COLORS
from course_lib.slides import STAGE

HERE = Path(__file__).parent
CANVAS = PACKAGE / "widgets" / "canvas.js"
PARTS = ("wire.js", "live.js", "stage.js", "pen.js", "presenter.js", "deck.js")
SCRIPTS = (CANVAS, *(HERE / name for name in PARTS))  # one module
MATHJAX = Path(nbclassic.__file__).parent / "static" / "components" / "MathJax"
MATHJAX_PARTS = (
    "MathJax.js", "LICENSE", "extensions/tex2jax.js", "extensions/MathEvents.js", "extensions/TeX",
    "extensions/MathZoom.js", "jax/input/TeX", "jax/element/mml", "jax/output/SVG",
)  # fmt: skip
SHOWN, LIT = "show-input", "lit:"
HEADER = re.compile(r"\s*<h2>.*?</h2>", re.S)
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
:root {{ {colors} }}
{css}
</style>
<script>{math}</script>
<script src="mathjax/MathJax.js"></script>
</head>
<body>
<main id="deck" data-title="{title}">
{slides}
<div id="kernel" role="img" hidden></div>
<div id="typed" aria-live="polite"></div>
<div id="help"><dl></dl></div>
</main>
<div id="black"></div>
<script type="module">
{scripts}
</script>
</body>
</html>
"""


def build(pair: Pair, folder: Path) -> int:
    """Writes the deck's page into `folder`, with MathJax beside it; returns its bytes."""
    if not pair.ipynb.exists():
        raise ValueError(
            f"{pair.ipynb.name} is missing: call 'python -m course_lib slides run {pair.name}'."
        )
    slides = slides_of(read_notebook(pair.ipynb))
    text = page(slides, pair.ipynb.parent)
    size = len(text.encode())
    if size > MOST_BYTES:
        raise ValueError(
            f"{pair.name} has {size / 1e6:.1f} MB; {MOST_BYTES / 1e6:.0f} are allowed: give its "
            "staged widgets fewer values."
        )
    folder.mkdir(parents=True, exist_ok=True)
    copy_mathjax(folder / "mathjax")
    files.write(folder / f"{pair.name}.html", text)
    return size


def copy_mathjax(folder: Path) -> None:
    """Puts what the pages need of MathJax into `folder`, once."""
    if (folder / "MathJax.js").exists():
        return
    for part in MATHJAX_PARTS:
        source, target = MATHJAX / part, folder / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        elif source.exists():
            shutil.copy(source, target)


def page(slides: list[Slide], folder: Path) -> str:
    """The page of a deck; pictures that its text names lie in `folder`."""
    title = html.escape(slides[0].title, quote=True)
    parts = [section(slide, number, slides, folder) for number, slide in enumerate(slides, 1)]
    colors = " ".join(f"--{name.replace('_', '-')}: {value};" for name, value in COLORS.items())
    return PAGE.format(
        title=title,
        colors=colors,
        css=(HERE / "deck.css").read_text(encoding="utf-8"),
        math=(HERE / "math.js").read_text(encoding="utf-8"),
        slides="\n".join(parts),
        scripts="\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS),
    )


def is_cover(slide: Slide) -> bool:
    """Whether a slide stands alone before a part of the deck."""
    return bool(slide.cells) and slide.cells[0].source.startswith("# ")


def section(slide: Slide, number: int, slides: list[Slide], folder: Path) -> str:
    """One slide as HTML."""
    header, cells = "", []
    for cell, later in zip(slide.cells, slide.later, strict=True):
        source = TOTAL.sub("", cell.source) if number == 1 else cell.source
        inner = markdown(source, folder) if cell.cell_type == "markdown" else code(cell, folder)
        if not cells and not header and (heading := HEADER.match(inner)):
            header, inner = heading[0].strip(), inner[heading.end() :].strip()
        if inner:
            cells.append(f'<div class="cell{" fragment" if later else ""}">{inner}</div>')
    before = [one for one in slides[:number] if is_cover(one)] or slides[:1]
    longer = ' data-longer="yes"' if slide.longer else ""
    longer += ' data-backup="yes"' if slide.backup else ""
    notes = slide.notes
    if number == 1 and slides[0].cells and (total := TOTAL.search(slides[0].cells[0].source)):
        notes = f"{with_total(total[0], slides)}\n\n{notes}"
    return (
        f'<section class="slide{" cover" if is_cover(slide) else ""}" id="slide-{number}" '
        f'data-seconds="{slide.seconds}" data-time="{clock(slide.seconds)}"{longer}>'
        f'{header}<div class="body">{"".join(cells)}</div>'
        f"<footer><span>{html.escape(before[-1].title)}</span>"
        f"<span>{number} / {len(slides)}</span></footer>"
        f'<aside class="notes">{markdown(notes, folder)}</aside></section>'
    )


def markdown(source: str, folder: Path) -> str:
    """Markdown as HTML; its pictures become part of the page, its formulas stay as they are."""
    look = {"escape": False, "exclude_anchor_links": True, "embed_images": True}
    return MarkdownWithMath(renderer=IPythonRenderer(**look, path=str(folder))).render(source)


def code(cell: NotebookNode, folder: Path) -> str:
    """What a code cell shows: its outputs, and its text only where it is tagged so."""
    parts = []
    tags = cell.metadata.get("tags", [])
    if SHOWN in tags:
        lit = [tag.removeprefix(LIT) for tag in tags if tag.startswith(LIT)]
        parts.append(lighted(markdown(f"```python\n{cell.source}\n```", folder), lit))
    staged = any(STAGE in output.get("data", {}) for output in cell.outputs)
    for output in cell.outputs:
        data = output.get("data", {})
        if output.output_type == "stream":
            parts.append(f"<pre>{html.escape(output.text.rstrip())}</pre>")
        elif output.output_type == "error":
            parts.append(f'<pre class="error">{html.escape(output.evalue)}</pre>')
        elif STAGE in data:
            parts.append(stage(data[STAGE]))
        elif "image/png" in data:
            parts.append(picture(data["image/png"], output.metadata))
        elif "text/markdown" in data:
            parts.append(markdown(data["text/markdown"], folder))
        elif "text/html" in data:
            parts.append(data["text/html"])
        elif not staged:  # beside a stage, the words stand for the live widget
            parts.append(f"<pre>{html.escape(data.get('text/plain', ''))}</pre>")
    return "".join(parts)


def lighted(listing: str, words: list[str]) -> str:
    """A listing as HTML, its lines that hold one of the words on a coloured ground."""
    marked = (f"<mark>{x}</mark>" if any(w in x for w in words) else x for x in listing.split("\n"))
    return "\n".join(marked)


def picture(png: str, metadata) -> str:
    """A figure as part of the page, as wide as it was made for."""
    width = struct.unpack(">I", base64.b64decode(png)[16:20])[0]
    look = metadata.get("image/png", metadata)
    alt = html.escape(look.get("alt", ""), quote=True)
    width = look.get("width", width)
    return (
        f'<img src="data:image/png;base64,{"".join(png.split())}" alt="{alt}" '
        f'width="{width}" data-width="{width}">'
    )


def stage(spec: dict) -> str:
    """A staged widget with all its frames."""
    data = json.dumps({**frames(spec), "spec": spec}, ensure_ascii=False, separators=(",", ":"))
    safe = data.replace("</", "<\\/")
    key = html.escape(spec["widget"])
    return (
        f'<figure class="stage" data-widget="{key}">'
        f'<script type="application/json">{safe}</script></figure>'
    )
