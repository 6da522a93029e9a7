"""Shorter ways through the course: sections that fit into two hours and into six.

Their minutes come from `clock`, so the page `docs/routes.md` cannot say what the notebooks don't.
"""

from pathlib import Path

from course_lib.press.notebooks.clock import Section, exercise_minutes, plain, sections, sittings
from course_lib.press.notebooks.files import Pair, read_text

PAGE = Path("docs", "routes.md")
BEGIN, END = "<!-- routes -->", "<!-- /routes -->"
LAST = "06"  # the notebooks whose minutes are told
FIVE = "Five questions"
Route = dict[str, list[str]]  # by notebook: the headings of its sections

TWO_HOURS: Route = {
    "00": ["An n-way k-shot task", "Now you", "A rival without experience"],
    "01": ["By Braque or by Cézanne?", "Who learns what from six paintings?", "What *meta* means"],
    "03": [
        "Tasks that resemble each other", "A learning algorithm with a knob", "The objective",
        "Who may look at what", "An algorithm f",
    ],
    "04": [
        "From the objective to an algorithm", "A quadratic, by hand", "Many tasks", "Sinusoids",
        "Play with it",
    ],
    "06": ["The network", "W11: draw your own"],
}  # fmt: skip
SIX_HOURS: Route = {
    "00": [
        "An n-way k-shot task", "Now you", "How sure is a score?", "A rival without experience",
        FIVE,
    ],
    "01": [
        "The average hides the tail", "What could help in the tail?", "By Braque or by Cézanne?",
        "Who learns what from six paintings?", "What *meta* means", FIVE,
    ],
    "02": [
        "What we want", "A learning algorithm is a function", "The resulting loss",
        "The luck of the draw", "Why not simply choose φ by the test set?", "What nobody learned",
    ],
    "03": [
        "Tasks that resemble each other", "A learning algorithm with a knob", "The objective",
        "Who may look at what", "An algorithm f", "Do not believe the optimum either",
        "Meta-overfitting", FIVE,
    ],
    "04": [
        "From the objective to an algorithm", "A quadratic, by hand", "Many tasks",
        "The same in the plane", "Sinusoids", "Play with it", FIVE,
    ],
    "05": [
        "One step", "Feel the curvature", "Never write the Hessian down", "Many steps",
        "When is the first order enough?", FIVE,
    ],
    "06": [
        "n-way k-shot, once more", "The sampler", "Leak 1: support pictures in the query",
        "Leak 2: names that survive from task to task", "The network", "A head for any n",
        "The learner at work", "Does one query know the others?",
        "More steps than it was trained for", "The table",
        "Is the interval honest?", FIVE,
    ],
}  # fmt: skip
ROUTES = {"Two hours": (TWO_HOURS, 120), "Six hours": (SIX_HOURS, 360)}  # with the most minutes


def chosen(pair: Pair, headings: list[str]) -> list[Section]:
    """The sections of a notebook with these headings. ValueError for one that it has not."""
    known = {section.title: section for section in sections(read_text(pair.text))}
    for heading in headings:
        if heading not in known:
            raise ValueError(f"routes.py: {pair.name} has no section {heading!r}.")
    return [known[heading] for heading in headings]


def table(route: Route, pairs: dict[str, Pair]) -> tuple[str, int]:
    """A route as Markdown, a row for each notebook, and its minutes."""
    rows, total = ["| notebook | sections | minutes |", "|---|---|---|"], 0
    for number, headings in route.items():
        found = chosen(pairs[number], headings)
        minutes = sum(section.minutes for section in found)
        total += minutes
        link = f"[{number}](../notebooks/{pairs[number].name}.ipynb)"
        rows.append(f"| {link} | {' · '.join(plain(s.title) for s in found)} | {minutes} |")
    return "\n".join([*rows, f"| | together | {total} |"]), total


def whole(pairs: dict[str, Pair]) -> str:
    """All told notebooks from end to end, as Markdown."""
    rows, total, more = [], 0, 0
    for number, pair in pairs.items():
        nb = read_text(pair.text)
        parts, extra = sittings(sections(nb)), exercise_minutes(nb)
        total, more = total + sum(parts), more + extra
        link = f"[{number}](../notebooks/{pair.name}.ipynb)"
        rows.append(f"| {link} | {sum(parts)} | {' + '.join(map(str, parts))} | {extra} |")
    head = ["| notebook | minutes | from stop to stop | exercises |", "|---|---|---|---|"]
    return "\n".join([*head, *rows, f"| together | {total} | | {more} |"])


def filled_page(root: Path, pairs: list[Pair]) -> str:
    """The page's text with the tables between its two markers as they should be.

    Raises ValueError where the markers or a section are missing.
    """
    told = {pair.number: pair for pair in pairs if pair.number <= LAST}
    text = (root / PAGE).read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{PAGE} needs the lines {BEGIN} and {END} for its tables.")
    parts = [f"## {name}\n\n{table(route, told)[0]}" for name, (route, _) in ROUTES.items()]
    tables = "\n\n".join([*parts, f"## All of it\n\n{whole(told)}"])
    return f"{before}{begin}\n\n{tables}\n\n{end}{after}"
