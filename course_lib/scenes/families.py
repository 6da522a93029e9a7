"""What a few-shot system adapts in a task, as one picture: nothing, a distance, … (notebook 07)."""

import textwrap
from collections.abc import Mapping, Sequence

from course_lib.scenes.scene import Arrows, Line, Panel, Points, Rect, Scene, Text

FAMILIES = {  # what it does with the support, in the words under the picture
    "nothing": "The support stays as it is. The query is laid beside it.",
    "distance": "A learned map puts all pictures into one space. The nearest class wins.",
    "memory": "A net reads the support in turn, and keeps what it wrote.",
    "weights": "The support changes the net itself: θ becomes φ.",
}
TITLES = {
    "nothing": "nothing",
    "distance": "a distance",
    "memory": "a memory",
    "weights": "the weights",
}
COLORS = {"nothing": "ink", "distance": "query", "memory": "pretrained", "weights": "maml"}
WIDE = 25  # of a column
ALT = (
    "Four columns, each from a support to an answer. Nothing: the query lies beside the support "
    "pictures. Distance: all are points in a plane, the query beside one of them. Memory: a row of "
    "slots is written and read. Weights: an arrow leads from θ to φ. Below each stand its systems."
)


def families(systems: Mapping[str, Sequence[str]]) -> Scene:
    """Four columns, one for each family; `systems` are the names that stand below it."""
    marks = []
    for i, (family, words) in enumerate(FAMILIES.items()):
        left, color = WIDE * i, COLORS[family]
        middle = left + WIDE / 2
        marks.append(Rect(left + 0.7, left + WIDE - 0.7, 0.5, 59, color, 0.04, 1.5))
        marks.append(Text(middle, 55, TITLES[family], color, 16, "center", True))
        marks += SKETCHES[family](left + 2.5)
        for j, line in enumerate(textwrap.wrap(words, 30)):
            marks.append(Text(middle, 28 - 3.8 * j, line, "ink", 13, "center"))
        for j, line in enumerate(
            textwrap.wrap(", ".join(systems.get(family, ())), 30, break_on_hyphens=False)
        ):
            marks.append(Text(middle, 13.5 - 3.6 * j, line, color, 12, "center"))
    return Scene([[Panel(marks, (0, 100), (0, 60), frame=False)]], ALT, "", (420,))


def _pictures(x: float) -> list:
    """Three support pictures and a query, as frames."""
    frames = [Rect(x, x + 3.4, y, y + 5, "support", 0.12, 1.5) for y in (34, 40.5, 47)]
    return [*frames, Rect(x + 16.5, x + 19.9, 40.5, 45.5, "query", 0.12, 1.5)]


def _nothing(x: float) -> list:
    lines = [Line([x + 3.6, x + 16.3], [y + 2.5, 43], "muted", 1.5, True) for y in (34, 40.5, 47)]
    return [*_pictures(x), *lines]


def _distance(x: float) -> list:
    support, query = ([x + 5, x + 14, x + 11], [48, 46, 36]), ([x + 12], [43.5])
    return [
        Rect(x, x + 20, 33, 52, "muted", 0.05, 1),
        Line([query[0][0], support[0][1]], [query[1][0], support[1][1]], "query", 2),
        Points(*support, "support", 8), Points(*query, "query", 8, "^"),
    ]  # fmt: skip


def _memory(x: float) -> list:
    slots = [Rect(x + 7.5, x + 12.5, y, y + 4, "pretrained", 0.2, 1.5) for y in (34, 39, 44, 49)]
    written = Arrows([x + 3.6] * 3, [36.5, 43, 49.5], [3.4] * 3, [0, -1.5, -3], "support", 2)
    return [*_pictures(x), *slots, written, Arrows([x + 13], [41], [3.2], [1.5], "query", 2)]


def _weights(x: float) -> list:
    return [
        Points([x + 3], [36], "theta", 9), Points([x + 15], [48], "adapted", 9),
        Arrows([x + 4], [37], [9.6], [9.6], "support", 3),
        Text(x + 3, 39.5, "θ", "theta", 17, "center", True),
        Text(x + 17.8, 48, "φ", "adapted", 17, "center", True),
        Text(x + 9.5, 38, "− α ∇L(support)", "support", 13),
    ]  # fmt: skip


SKETCHES = dict(zip(FAMILIES, (_nothing, _distance, _memory, _weights), strict=True))
