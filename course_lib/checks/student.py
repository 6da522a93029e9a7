"""What a student calls in a notebook: `check`, `hint`, `solution`, `predict` and `progress`.

Each call answers under the cell, in words, and returns nothing. Nothing here raises, whatever it
is given. Only with `COURSE_STRICT_CHECKS=1`, which nbgrader needs, a wrong answer is an
AssertionError.
"""

import html
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from course_lib.checks import notes
from course_lib.checks.answering import as_number
from course_lib.checks.exercise import Exercise
from course_lib.checks.judging import (
    Ready,
    UnknownKey,
    Verdict,
    all_exercises,
    bet_of,
    find,
    hint_of,
    judge,
    warm_up,
)
from course_lib.ground import settings
from course_lib.scenes.scene import Scene, color

MISSING = object()
begun: set[str] = set()  # holds "first" once a check has been called
VERBS = {"predict": "predict", "open": "reflect"}  # of the others: check


def in_words(function: Callable) -> Callable:
    """The function with everything that can go wrong around it told in a sentence."""

    @wraps(function)
    def told(*args, **kwargs):
        try:
            function(*args, **kwargs)
        except (UnknownKey, notes.Damaged, settings.Unusable) as problem:
            say(str(problem.args[0]), "bad")
        except OSError as problem:
            say(f"Your progress can't be kept: {problem}. Everything else works.", "bad")
        except KeyboardInterrupt:
            say("Interrupted. Nothing was noted.", "bad")

    return told


@in_words
def check(key: Any = None, answer: Any = MISSING, *rest: Any) -> None:
    """Says at once whether `answer` is right, and if not, what went wrong."""
    exercise = prepared(key)
    if answer is MISSING or rest:
        say(f'Give one answer: check("{exercise.key}", your_answer).', "bad")
        return
    if exercise.kind == "predict" and "locked" not in notes.note(exercise.key):
        say(f'Commit yourself first: predict("{exercise.key}", your_number).', "bad")
        return
    if exercise.kind == "open":
        say(f'Here it is: reflect("{exercise.key}", your_words).', "bad")
        return
    verdict = judge(exercise, answer)
    tell(verdict)
    if verdict.ok and exercise.kind == "explore":
        say(bet_of(exercise, notes.note(exercise.key).get("locked")))
    keep(exercise.key, verdict)


def prepared(key: Any) -> Exercise:
    """The exercise, with all that its check needs loaded: that takes seconds the first time."""
    with waiting():
        exercise = find(key)
        if exercise.takes_function:
            warm_up()
    return exercise


@contextmanager
def waiting() -> Iterator[None]:
    """A word on the screen of a notebook while the first check of a session loads."""
    handle = None
    if "first" not in begun and in_notebook():
        from IPython.display import display

        text = {"text/plain": "The first check of a session takes a few seconds …"}
        handle = display(text, raw=True, display_id=True)
    begun.add("first")
    try:
        yield
    finally:
        if handle is not None:
            handle.update({"text/plain": ""}, raw=True)


@in_words
def predict(key: Any = None, value: Any = MISSING, *rest: Any) -> None:
    """Locks your first number, and only then says what is right. Later numbers don't count."""
    exercise = find(key)
    if exercise.kind != "predict" or value is MISSING or rest:
        verb = VERBS.get(exercise.kind, "check")
        say(f'Here it is: {verb}("{exercise.key}", your_answer).', "bad")
        return
    locked = notes.note(exercise.key).get("locked")
    if locked is not None:
        value = locked
        say(
            f"Your first prediction was {locked:g}. It stays: it was made before you knew. This is "
            f'its verdict again. To try another number: check("{exercise.key}", number).'
        )
    verdict = judge(exercise, value)
    if verdict.is_attempt and locked is None:
        notes.write(exercise.key, locked=as_number(value))
    tell(verdict)
    if locked is None:
        keep(exercise.key, verdict)


@in_words
def hint(key: Any = None) -> None:
    """The first hint, at the next call the second, then the third."""
    exercise = find(key)
    number = min(notes.note(exercise.key).get("hints", 0) + 1, 3)
    notes.write(exercise.key, hints=number)
    last = f' After an attempt there is also solution("{exercise.key}").' if number == 3 else ""
    say(f"Hint {number} of 3. {hint_of(exercise, number - 1)}{last}")


@in_words
def solution(key: Any = None) -> None:
    """A worked solution, once a check has seen an attempt of yours."""
    from course_lib.checks.masters import solution_of

    exercise = find(key)
    if notes.state(notes.note(exercise.key)) == "open":
        call = VERBS.get(exercise.kind, "check")
        say(f'Try it first: {call}("{exercise.key}", …). Stuck? hint("{exercise.key}").')
        return
    source = solution_of(exercise.key)
    if source is None:
        say("This copy of the course comes without solutions: ask whoever gave it to you.")
    else:
        say("One way to do it:", code=source)


@in_words
def progress() -> None:
    """A picture of what you have solved, attempted and not yet begun."""
    from course_lib.checks.progress_map import scene

    picture = scene(all_exercises(), notes.read())
    show(picture) if in_notebook() else say(picture.status)


def keep(key: str, verdict: Verdict) -> None:
    """Notes an attempt; what was solved once stays solved. Strict, a wrong answer then raises."""
    if verdict.is_attempt:
        try:
            note = notes.note(key)
        except notes.Damaged as problem:
            say(str(problem), "bad")
            note = {}
        solved = bool(note.get("solved")) or verdict.ok
        notes.write(key, solved=solved, attempts=note.get("attempts", 0) + 1)
    strict = os.environ.get("COURSE_STRICT_CHECKS") == "1"
    if strict and not verdict.ok and find(key).kind != "open":  # words are graded by a person
        raise AssertionError(verdict.message)


def tell(verdict: Verdict) -> None:
    """Shows a verdict, with its picture where it has one."""
    if verdict.ok:
        say(f"Right. {verdict.message}", "good")
    elif not verdict.is_attempt:
        say(verdict.message)
    else:
        say(f"Not yet: {verdict.message}", "bad")
        if verdict.picture is not None and in_notebook():
            show(verdict.picture())


def in_notebook() -> bool:
    """Whether there is a notebook to show pictures in."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return getattr(get_ipython(), "kernel", None) is not None


def say(text: str, role: str = "query", code: str = "") -> None:
    """Shows a message under the cell: with a coloured edge in a notebook, else as plain text."""
    plain = f"{text}\n\n{code}" if code else text
    if not in_notebook():
        print(plain)
        return
    from IPython.display import display

    display({"text/plain": plain, "text/html": as_html(text, role, code)}, raw=True)


def as_html(text: str, role: str, code: str = "") -> str:
    """The message as HTML: a paragraph per line, `code` in a box, the first sentence in bold.

    In the text, `code` and *emphasis* look as they do in a notebook's text.
    """
    lines = [marked_up(line) for line in text.split("\n")]
    lines[0] = re.sub(r"^(Right\.|Not yet: .+?\.(?= |$)|Hint \d of 3\.)", r"<b>\1</b>", lines[0])
    inside = "".join(f'<p style="margin:.2em 0">{line}</p>' for line in lines)
    box = f"<pre>{html.escape(code)}</pre>" if code else ""
    style = f"border-left:4px solid {color(role)};padding:.2em .8em;max-width:48em"
    return f'<div style="{style}">{inside}{box}</div>'


def marked_up(line: str) -> str:
    """One line of a message as HTML, with its `code` and *emphasis*; no stars inside code."""
    parts = re.split(r"(`[^`]+`)", html.escape(line))
    for i, part in enumerate(parts):
        if i % 2:
            parts[i] = f"<code>{part[1:-1]}</code>"
        else:
            parts[i] = re.sub(r"(?<![\w*])\*(\w(?:[^*]*\w)?)\*(?![\w*])", r"<em>\1</em>", part)
    return "".join(parts)


def show(picture: Scene | Ready) -> None:
    """Shows a scene with its alternative text."""
    from IPython.display import display

    from course_lib.scenes import plots

    png = picture.png if isinstance(picture, Ready) else plots.png(picture)
    data = {"image/png": png, "text/plain": picture.alt}
    display(data, metadata={"image/png": {"alt": picture.alt}}, raw=True)
