"""How the notebooks of the course hang together, as a list and as a picture."""

from pathlib import Path

from course_lib.scenes.scene import Arrows, Line, Panel, Rect, Scene, Text

# number → (title, the notebooks it builds on)
NOTEBOOKS: dict[str, tuple[str, tuple[str, ...]]] = {
    "00": ("Start here", ()),
    "01": ("Why learn to learn?", ("00",)),
    "02": ("Supervised learning", ("01",)),
    "03": ("The meta-objective", ("02",)),
    "04": ("MAML", ("03",)),
    "05": ("Second-order gradient", ("04",)),
    "06": ("Few-shot pictures", ("05",)),
    "07": ("Few-shot rivals", ("06",)),
    "08": ("Black-box learners", ("04",)),
    "09": ("RL² on bandits", ("08",)),
    "10": ("RL² in mazes", ("09",)),
    "11": ("Beyond the start", ("07", "10")),
    "12": ("Summary, questions", ("11",)),
}
ROWS = (("00", "01", "02", "03"), ("04", "05", "06", "07"), ("08", "09", "10", "11", "12"))
WIDE, HIGH = 0.84, 0.52  # of a box, where neighbours are 1 apart


def present(folder: Path) -> set[str]:
    """The numbers of the notebooks that lie in `folder`."""
    return {path.name[:2] for path in folder.glob("[0-9][0-9]_*.ipynb")} & set(NOTEBOOKS)


def scene(there: set[str]) -> Scene:
    """The map: a box per notebook, arrows from what it builds on; `there` are filled in."""
    place = {n: (x, 2 - y) for y, row in enumerate(ROWS) for x, n in enumerate(row)}
    marks = []
    for number, (_, before) in NOTEBOOKS.items():
        for other in before:
            marks += _arrow(place[other], place[number])
    for number, (title, _) in NOTEBOOKS.items():
        x, y = place[number]
        box = (x - WIDE / 2, x + WIDE / 2, y - HIGH / 2, y + HIGH / 2)
        color = "query" if number in there else "muted"
        marks.append(Rect(*box, "#FFFFFF", 1.0))
        marks.append(Rect(*box, color, 0.14 if number in there else 0.03, 1.5))
        marks.append(Text(x, y + 0.12, number, color, 16, "center", True))
        marks.append(Text(x, y - 0.06, title, "ink" if number in there else "muted", 12, "center"))
        if number not in there:
            marks.append(Text(x, y - 0.19, "in preparation", "muted", 11, "center"))
    missing = sorted(set(NOTEBOOKS) - there)
    status = f"{len(there)} of {len(NOTEBOOKS)} notebooks are here."
    links = [f"{n} after {' and '.join(before)}" for n, (_, before) in NOTEBOOKS.items() if before]
    alt = f"Map of the course: {', '.join(links)}. In preparation: {', '.join(missing) or 'none'}."
    return Scene([[Panel(marks, (-0.5, 4.5), (-0.4, 2.4), frame=False)]], alt, status, (380,))


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> list:
    """From box to box: straight to a neighbour, else around through the gap between two rows."""
    (x, y), (to_x, to_y) = start, end
    if y == to_y:
        return [Arrows([x + WIDE / 2], [y], [1 - WIDE], [0], "muted", 2)]
    if x == to_x:
        return [Arrows([x], [y - HIGH / 2], [0], [HIGH - 1], "muted", 2)]
    gap = y - 0.5
    return [
        Line([x, x, to_x, to_x], [y, gap, gap, gap - 0.05], "muted", 2),
        Arrows([to_x], [gap], [0], [to_y + HIGH / 2 - gap], "muted", 2),
    ]
