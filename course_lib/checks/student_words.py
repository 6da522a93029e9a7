"""What a student calls where no number decides: `reflect` for words, `explore` for a widget.

`reflect` shows a model answer once there are words to compare with it, and points to tick. Nobody
grades the words but the student.
"""

import html
from typing import Any

from course_lib.checks import notes
from course_lib.checks.answering import as_number
from course_lib.checks.exercise import Exercise, Slip
from course_lib.checks.judging import Verdict, find, judge, opened
from course_lib.checks.student import (
    MISSING,
    VERBS,
    as_html,
    in_notebook,
    in_words,
    keep,
    say,
    tell,
)
from course_lib.checks.wording import BY_YOURSELF, as_ticks
from course_lib.ground.bundle import bundle

LONGEST = 4000  # letters of an answer that are kept
UNREAD = "still the stub", "no text", "too short to be an answer", "no sentence", "no such point"


@in_words
def reflect(key: Any = None, words: Any = MISSING, ticks: Any = "", *rest: Any) -> None:
    """Keeps your words, then shows a model answer and the points that you tick yourself."""
    exercise = find(key)
    if exercise.kind != "open" or words is MISSING or rest:
        say(
            f'Here it is: {VERBS.get(exercise.kind, "check")}("{exercise.key}", your_answer).',
            "bad",
        )
        return
    ticks = ticks or notes.note(exercise.key).get("ticks", "")
    verdict = judge(exercise, (words, ticks))
    if verdict.misconception in UNREAD:
        tell(verdict)
        return
    exercise = opened(exercise)
    letters = "".join(as_ticks(ticks, exercise.points))
    notes.write(exercise.key, words=words[:LONGEST], ticks=letters)
    say(f"A model answer. {exercise.model}\nNow compare. What do *your* words say?")
    boxes(exercise, words, letters) if in_notebook() else say(listed(exercise))
    tell(verdict) if letters else None
    keep(exercise.key, verdict)


def usual(exercise: Exercise) -> str:
    """How an exercise is called."""
    return f'Here it is: {VERBS.get(exercise.kind, "check")}("{exercise.key}", your_answer).'


def listed(exercise: Exercise) -> str:
    """The points of an open question as text, and how to tick them without boxes."""
    rows = [f"{letter}: {point.text}" for letter, point in exercise.points.items()]
    how = (
        f'Tick with letters: reflect("{exercise.key}", my_words, "{"".join(exercise.points)[:2]}").'
    )
    return "\n".join([*rows, f"{how} {BY_YOURSELF}"])


def boxes(exercise: Exercise, words: str, letters: str) -> None:
    """The points with a box each, and a button that says what the ticks mean."""
    import ipywidgets
    from IPython.display import display

    told = ipywidgets.HTML()
    marks, rows = {}, []
    for letter, point in exercise.points.items():
        marks[letter] = ipywidgets.Checkbox(
            letter in letters, description=letter, indent=False, layout={"width": "56px"}
        )
        text = ipywidgets.HTML(f'<div style="line-height:1.4">{html.escape(point.text)}</div>')
        text.layout.max_width = "44em"
        rows.append(ipywidgets.HBox([marks[letter], text]))
    button = ipywidgets.Button(
        description="These are my ticks", layout={"width": "auto", "align_self": "flex-start"}
    )

    def judged(_: Any) -> None:
        ticks = "".join(letter for letter, mark in marks.items() if mark.value)
        verdict = judge(exercise, (words, ticks))
        told.value = as_html(*spoken(verdict))
        try:
            notes.write(exercise.key, ticks=ticks)
            keep(exercise.key, verdict)
        except (OSError, notes.Damaged) as problem:
            told.value += as_html(f"Your progress can't be kept: {problem}.", "bad")

    button.on_click(judged)
    box = ipywidgets.VBox([*rows, button, told])
    display(bundle(box, listed(exercise)), raw=True)


def spoken(verdict: Verdict) -> tuple[str, str]:
    """What the ticks mean, and its colour."""
    if verdict.ok:
        return f"Right. {verdict.message} {BY_YOURSELF}", "good"
    if not verdict.is_attempt:
        return verdict.message, "query"
    return f"Not yet: {verdict.message}", "bad"


def explore(key: Any = None, guess: Any = MISSING) -> Any:
    """The widget of an exercise, shown once your prediction is locked; `check` reads it later."""
    shown: list[Any] = []
    prepare(shown, key, guess)
    return shown[0] if shown else None


@in_words
def prepare(shown: list[Any], key: Any, guess: Any) -> None:
    """Locks the first prediction, then appends the widget to `shown` and displays it."""
    exercise = find(key)
    if exercise.kind != "explore" or guess is MISSING:
        say(
            f'Here it is: {VERBS.get(exercise.kind, "check")}("{exercise.key}", your_answer).',
            "bad",
        )
        return
    live = exercise.stage.live()
    shown.append(live)
    locked = notes.note(exercise.key).get("locked")
    if locked is None and (guess is ... or guess is None):
        say(
            "Predict first: put a number in the place of `...`, run that cell, then this one again."
        )
        return
    if locked is None:
        try:
            locked = as_number(guess)
        except Slip as slip:
            say(f"{slip.name}. {slip.says}")
            return
        notes.write(exercise.key, locked=locked)
    say(f"Your prediction is {locked:g}. It stays. Now move the controls, and see.")
    if in_notebook():
        show_live(live)


def show_live(live: Any) -> None:
    """Displays a live widget. It has no still picture: what is seen is what the check reads."""
    from IPython.display import display

    from course_lib.widgets.core import LIVE

    name = f"{live.widget.key} · {live.widget.title} (run this cell to make it live)"
    live.handle = display(bundle(live.box, name), raw=True)
    LIVE.append(live)
