"""A deck as a list of slides, read from its notebook."""

import re
from dataclasses import dataclass, field

from nbformat import NotebookNode

from course_lib.press.notebooks.rules import code_lines

HEADING = re.compile(r"(?m)^(#{1,2}) +(.+?) *$")
TIME = re.compile(r"\Atime: *(\d+):([0-5]\d) *(?:\n|\Z)")
LONGER = "longer"
BACKUP = "Backup: "  # how the title of a slide begins that is planned for nobody
TOTAL = re.compile(r"(?m)^\*Speaking time: .*\*$")
MOST_CODE_LINES = 25  # nobody sees them, but somebody has to change them


@dataclass
class Slide:
    """One slide: its cells in order, and which of them come as a later step."""

    cells: list[NotebookNode] = field(default_factory=list)
    later: list[bool] = field(default_factory=list)
    notes: str = ""
    seconds: int = 0
    longer: bool = False  # left out of the deck's short version

    @property
    def title(self) -> str:
        """The first heading on the slide; empty if there is none."""
        found = (HEADING.search(c.source) for c in self.cells if c.cell_type == "markdown")
        return next((match[2] for match in found if match), "")

    @property
    def backup(self) -> bool:
        """Whether the slide waits behind the end, for a question: its time is not planned."""
        return self.title.startswith(BACKUP)

    @property
    def steps(self) -> int:
        """How many steps the slide is built up in."""
        return 1 + sum(self.later)


def kind(cell: NotebookNode) -> str:
    """The slide type of a cell; `-` continues the cell before."""
    return cell.metadata.get("slideshow", {}).get("slide_type", "-")


def slides_of(nb: NotebookNode) -> list[Slide]:
    """The slides of a deck's notebook.

    Raises ValueError for a cell that stands on no slide.
    """
    slides: list[Slide] = []
    for number, cell in enumerate(nb.cells, 1):
        what = kind(cell)
        if what == "skip":
            continue
        if what in ("slide", "subslide"):
            slides.append(Slide())
        if not slides:
            raise ValueError(f"Cell {number} stands before the first slide: mark it slide or skip.")
        slide = slides[-1]
        slide.longer = slide.longer or LONGER in cell.metadata.get("tags", [])
        if what == "notes":
            time = TIME.match(cell.source)
            slide.seconds += 60 * int(time[1]) + int(time[2]) if time else 0
            slide.notes = f"{slide.notes}\n\n{TIME.sub('', cell.source)}".strip()
        else:
            slide.cells.append(cell)
            slide.later.append(what == "fragment")
    return slides


def clock(seconds: int) -> str:
    """A duration as minutes and seconds: `47:30`."""
    return f"{seconds // 60}:{seconds % 60:02d}"


def with_total(source: str, slides: list[Slide]) -> str:
    """A cell's text with the sum of the slides' timings in the line that asks for it."""
    planned = [slide for slide in slides if not slide.backup]
    kept = [slide for slide in planned if not slide.longer]
    total, short = (clock(sum(slide.seconds for slide in some)) for some in (planned, kept))
    words = f"Speaking time: {total} minutes, {len(planned)} slides"
    if len(kept) < len(planned):
        words += f"; the short version {short} minutes, {len(kept)} slides (key v)"
    if len(planned) < len(slides):
        words += f"; behind them {len(slides) - len(planned)} for questions"
    return TOTAL.sub(f"*{words}*", source)


def deck_problems(slides: list[Slide], name: str) -> list[tuple[int, str]]:
    """What is wrong with a deck before anybody draws it: (slide number, sentence)."""
    found = []
    seen: dict[str, int] = {}
    first = slides[0].cells[0].source if slides and slides[0].cells else ""
    if not TOTAL.search(first):
        found.append((1, "The first slide lacks the line '*Speaking time: …*'."))
    for number, slide in enumerate(slides, 1):
        if not slide.title:
            found.append((number, "It has no title: start its first cell with '## Title'."))
        elif seen.setdefault(slide.title, number) != number:
            found.append((number, f"Slide {seen[slide.title]} has the same title: change one."))
        if not slide.seconds:
            found.append((number, "It has no timing: start its notes cell with 'time: 1:30'."))
        if len(slide.notes.split()) < 3:
            found.append((number, "It has no speaker notes: add a notes cell."))
        for cell in slide.cells:
            if cell.cell_type == "code" and cell.execution_count is None:
                run = f"python -m course_lib slides run {name}"
                found.append((number, f"A code cell has not been run: call '{run}'."))
            length = code_lines(cell.source) if cell.cell_type == "code" else 0
            if length > MOST_CODE_LINES:
                put = "put what it computes into a cell of the slide type skip before it"
                found.append((number, f"A code cell has {length} lines: {put}."))
            for output in cell.get("outputs", []):
                if output.get("name") == "stderr":
                    found.append((number, f"A cell warns: {output.text.strip()}"))
    return found
