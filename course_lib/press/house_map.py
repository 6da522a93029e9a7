"""The map of the house in CONTRIBUTING: lesson → rooms → widgets → exercises → deck → results.

It is made from the imports and from what each module says of itself: the first sentence of a
module that serves a lesson ends with "(notebook 05)". A module is listed where it is first needed.
"""

import ast
import re
from collections import defaultdict
from pathlib import Path

from course_lib.checks.judging import exercises_of, notebooks
from course_lib.ground.paths import PACKAGE, ROOT, written
from course_lib.press.train import ROOMS, STUDIES

BEGIN, END = "<!-- map -->", "<!-- /map -->"
MARK = re.compile(r"\(notebooks? (\d\d)[^()]*\)[.?!]?$")
LESSON_ROOMS = (
    "tasks", "nets", "supervised", "maml", "few_shot", "black_box", "rl2", "beyond", "widgets",
)  # fmt: skip
COLUMNS = ("", "Rooms", "Widgets", "Exercises", "Deck", "Tables", "Checkpoints")


def lesson_of(path: Path) -> str:
    """The number of the notebook that a module says it serves first, or "" if it says none."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    mark = MARK.search(" ".join(text.split("\n\n")[0].split()))
    return mark[1] if mark else ""


def modules_of_lessons(package: Path = PACKAGE) -> dict[Path, str]:
    """The modules of the rooms that serve lessons, each with the lesson that it names."""
    return {
        path: lesson_of(path)
        for room in LESSON_ROOMS
        for path in sorted((package / room).rglob("*.py"))
    }


def house_map() -> str:
    """The table, a row for each lesson."""
    rooms, widgets = defaultdict(lambda: defaultdict(list)), defaultdict(list)
    for path, lesson in modules_of_lessons().items():
        folder, name = path.relative_to(PACKAGE).parent.as_posix(), path.stem
        if number := re.match(r"w(\d\d)_", name):
            widgets[lesson].append(f"W{int(number[1])}")
        elif name != "__init__":
            rooms[lesson][folder].append(name)
    trained, measured = defaultdict(list), defaultdict(list)
    for room in ROOMS:
        trained[lesson_of(Path(room.__file__))] += [recipe.name for recipe in room.RECIPES]
    for study in STUDIES:
        measured[lesson_of(Path(study.__file__))] += [table.name for table in study.TABLES]
    decks = {path.parent.name[:2] for path in written("slides")}
    rows = [
        [
            path.parent.name[:2],
            "; ".join(f"`{room}`: {', '.join(names)}" for room, names in rooms[number].items()),
            " ".join(widgets[number]),
            _span([e.key for e in exercises_of(number)] if number in notebooks() else []),
            f"`lessons/{path.parent.name}/slides.py`" if number in decks else "",
            ", ".join(measured[number]),
            _counted(trained[number]),
        ]
        for path in written("lesson")
        for number in [path.parent.name[:2]]
    ]
    table = [list(COLUMNS), ["---"] * len(COLUMNS), *rows]
    return "".join(f"| {' | '.join(row)} |\n" for row in table)


def _span(keys: list[str]) -> str:
    return f"{keys[0]} to {keys[-1]}" if len(keys) > 1 else "".join(keys)


def _counted(names: list[str]) -> str:
    """Short lists as they are; of a long one the first words of the names, and how many."""
    if len(names) <= 4:
        return ", ".join(names)
    starts = dict.fromkeys(name.partition("-")[0] for name in names)
    return ", ".join(f"{start}-… ({sum(n.startswith(start) for n in names)})" for start in starts)


def filled(text: str) -> str:
    """CONTRIBUTING with today's map. Errors: ValueError where its place is missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"CONTRIBUTING.md has no place for the map: {BEGIN} … {END}.")
    return f"{before}{BEGIN}\n{house_map()}{END}{after}"


def main(argv: list[str] | None = None) -> int:
    """Writes the map into CONTRIBUTING.md; 0."""
    from course_lib.ground import files

    path = ROOT / "CONTRIBUTING.md"
    files.write(path, filled(path.read_text(encoding="utf-8")))
    print("CONTRIBUTING.md: the map is today's.")
    return 0
