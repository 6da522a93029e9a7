"""The lesson plans, `docs/plans.md`: what a lecturer needs for each session, read from the lessons.

The goal, the bets and the stops are the notebook's, the questions the deck's, the wrong answers
those that the exercises' checks know by name. The minutes are `clock`'s, the deck's and the
exercises' own.
"""

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nbformat import NotebookNode

from course_lib.checks.exercise import KINDS, Exercise
from course_lib.checks.judging import exercises_of, notebooks
from course_lib.ground.paths import written_for
from course_lib.press.notebooks.clock import HEADING, plain, sections, sittings
from course_lib.press.notebooks.contents import headline
from course_lib.press.notebooks.files import Pair, read_text

if TYPE_CHECKING:
    from course_lib.press.slides.deck import Slide

PAGE = Path("docs", "plans.md")
HEAD = """# Lesson plans

A plan for each session of {session} minutes, for whoever teaches it. All of it is read from the
lessons: `python -m course_lib notebooks sync` writes this page, and a test keeps it fresh.

A session is the deck, with pauses where it asks; the bets, by show of hands or on paper, before
anybody runs a cell; then exercises, the most important first, until the time is up. What does not
fit, and the notebook itself, is homework. A check names the mistake behind a wrong answer: the
names below are those to expect; `python -m course_lib exercises grade` counts them over a class.
"""
SESSION, BET = 90, 2  # minutes: of a session, and of a bet that is made and resolved in class
BET_CALL = re.compile(r"(?m)^bet\(")
ASKED = re.compile(r"(?<!\*)\*([^*]+\?)\*(?!\*)", re.S)
SENTENCE = re.compile(r"(?<=[.!?:])\s+(?=[A-Z])")
PROMPTS = re.compile(r"\b(Ask|Vote|Bet|Predict|hands|Hands|on paper|guess|prediction)\b")
HOW = {
    "number": "a number on paper", "choice": "a show of hands", "order": "an order on paper",
    "sketch": "a curve on paper",
}  # fmt: skip
IMPORTANCE = {3: "must", 2: "should", 1: "may"}


class Bet(NamedTuple):
    """A bet of a notebook: its key and question, its section, and how a class makes it."""

    key: str
    question: str
    section: str
    how: str


def filled_page(root: Path, pairs: list[Pair]) -> str:
    """The page, a chapter for each notebook."""
    return (
        "\n\n".join([HEAD.strip().format(session=SESSION), *(plan(pair, root) for pair in pairs)])
        + "\n"
    )


def plan(pair: Pair, root: Path) -> str:
    """One session as Markdown."""
    from course_lib.press.slides.deck import slides_of  # a class's copy has no decks

    nb = read_text(pair.text)
    title, question = headline(nb)
    slides = slides_of(read_text(written_for(pair.name, "slides", root)))
    made, tasks = bets(nb), exercises(pair.number)
    parts = [
        f"## {pair.number} · {title}",
        f"**Goal.** {question} Afterwards everybody can\n\n{goals(nb)}",
        times(nb, slides, made, tasks),
        pauses(slides),
        asked(made),
        stops(nb),
        practice(tasks),
    ]
    return "\n\n".join(part for part in parts if part)


def goals(nb: NotebookNode) -> str:
    """The objectives of a notebook's first cell, as a list. ValueError where there are none."""
    text = nb.cells[0].source
    found = re.search(r"You will be able to\s+((?:\d+\. .+?\n(?: .+\n)*)+)", text + "\n")
    if not found:
        raise ValueError(f"The first cell {text[:40]!r} … has no list 'You will be able to'.")
    return found[1].strip()


def times(nb: NotebookNode, slides: "list[Slide]", made: list[Bet], tasks: list[Exercise]) -> str:
    """What fits into a session, and what the rest takes at home, in minutes."""
    from course_lib.press.slides.deck import clock

    deck = sum(slide.seconds for slide in slides)
    chosen = fitting(tasks, SESSION - deck / 60 - BET * len(made))
    parts = sittings(sections(nb))
    split = f" in sittings of {' + '.join(map(str, parts))}" if parts[1:] else ""
    keys = ", ".join(e.key for e in chosen) or "none"
    total = sum(exercise.minutes for exercise in tasks)
    return (
        f"**Time.** Deck {clock(deck)}, {len(slides)} slides; {len(made)} bets at {BET} minutes; "
        f"exercises that fit behind them: {keys} ({sum(e.minutes for e in chosen)} minutes). At "
        f"home: the notebook, {sum(parts)} minutes{split}; all exercises, {total} minutes."
    )


def fitting(tasks: list[Exercise], minutes: float) -> list[Exercise]:
    """The exercises for so many minutes, in their order: important ones first, as long as they fit.

    An exercise that uses another one's function comes only with it.
    """
    chosen: list[Exercise] = []
    for exercise in sorted(tasks, key=lambda e: (-e.importance, tasks.index(e))):
        ready = set(exercise.after) <= {e.key for e in chosen}
        if ready and exercise.minutes <= minutes:
            chosen.append(exercise)
            minutes -= exercise.minutes
    return sorted(chosen, key=tasks.index)


def pauses(slides: "list[Slide]") -> str:
    """Where the deck asks: the time, the slide, and the question on it or in its notes."""
    from course_lib.press.slides.deck import clock

    rows, gone = [], 0
    for number, slide in enumerate(slides, 1):
        shown = "\n\n".join(c.source for c in slide.cells if c.cell_type == "markdown")
        said = ASKED.findall(shown)
        if not said and number > 1:
            notes = SENTENCE.split(" ".join(slide.notes.split()))
            said = [sentence for sentence in notes if PROMPTS.search(sentence)][:2]
        if said:
            words = " ".join(" ".join(one.split()) for one in said).replace("|", r"\|")
            rows.append(f"| {clock(gone)} | {number} | {cell(slide.title)} | {words} |")
        gone += slide.seconds
    if not rows:
        return ""
    head = "**Pause points of the deck.**\n\n| at | slide | | ask |\n|---|---|---|---|"
    return "\n".join([head, *rows])


def bets(nb: NotebookNode) -> list[Bet]:
    """The bets of a notebook, in order."""
    found, section = [], ""
    for one in nb.cells:
        if one.cell_type == "markdown":
            section = (HEADING.findall(one.source) or [section])[-1]
        elif BET_CALL.search(one.source):
            found += [Bet(*parts, section, how) for *parts, how in calls(one.source)]
    return found


def calls(source: str) -> list[tuple[str, str, str]]:
    """(key, question, how it is made) of each `bet(…)` of a cell, its texts written as they are."""
    tree, found = ast.parse(re.sub(r"(?m)^[%!].*$", "", source)), []
    named = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "bet":
            key, question, kind = (named.get(getattr(one, "id", ""), one) for one in node.args[:3])
            made = HOW[kind.func.id] if isinstance(kind, ast.Call) else "what the card asks for"
            found.append((ast.literal_eval(key), ast.literal_eval(question), made))
    return found


def asked(made: list[Bet]) -> str:
    """The bets to ask the class, as a list."""
    if not made:
        return ""
    head = "**Bets to ask the class**, before the cells below them run:\n"
    lines = [f"- {bet.question} ({bet.how}; {bet.key} in *{plain(bet.section)}*)" for bet in made]
    return "\n".join([head, *lines])


def stops(nb: NotebookNode) -> str:
    """Where readers may stop, with the minutes up to there."""
    found, minutes = [], 0
    for section in sections(nb):
        minutes += section.minutes
        if section.stop:
            found.append(f"after *{plain(section.title)}* ({minutes} minutes)")
    return f"**Stops of the notebook**: {'; '.join(found)}." if found else ""


def exercises(number: str) -> list[Exercise]:
    """The exercises of a lesson's own book."""
    own = exercises_of(number) if number in notebooks() else ()
    return [exercise for exercise in own if not exercise.book]


def practice(tasks: list[Exercise]) -> str:
    """The exercises with the wrong answers to expect, as a table."""
    if not tasks:
        return ""
    head = "**Exercises, and the wrong answers to expect.**\n"
    rows = ["| | exercise | | minutes | expect |", "|---|---|---|---|---|"]
    for task in tasks:
        names = "; ".join(expected(task)) or "no two answers alike: read some aloud"
        what = f"{cell(task.title)} ({KINDS[task.kind]})"
        need = IMPORTANCE[task.importance]
        rows.append(f"| {task.key} | {what} | {need} | {task.minutes} | {cell(names)} |")
    return "\n".join([head, *rows])


def expected(task: Exercise) -> list[str]:
    """The misconceptions that its check tells apart, by name, each once."""
    from course_lib.press.exercises.answers import answers  # nor answers

    wrong = [one.name for one in answers(task.key).wrong]
    points = [option.name for option in task.points.values() if option.name]
    return list(dict.fromkeys([*wrong, *points]))


def cell(text: str) -> str:
    """A text as a cell of a table."""
    return " ".join(text.split()).replace("|", r"\|")
