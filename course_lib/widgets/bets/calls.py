"""What a lesson calls: `bet`, `outcome` and `bets` (notebooks 00 to 10)."""

import re
from dataclasses import replace
from typing import Any

from IPython.display import display

from course_lib.scenes import plots
from course_lib.scenes.scene import Line, Panel, Points, Scene, Text
from course_lib.widgets.bets import ledger
from course_lib.widgets.bets.card import Question, card, settled
from course_lib.widgets.bets.kinds import Kind, Number
from course_lib.widgets.core import Live

KEY = re.compile(r"\d\d\.[a-z0-9-]+")
ASKED: dict[str, Question] = {}  # what this kernel has asked
CARDS: dict[str, Live] = {}  # the newest card of each question
OUTCOMES: dict[str, Any] = {}  # what this kernel has computed


def bet(key: str, text: str, kind: Kind) -> None:
    """Show the card of a bet: open, or locked if it was made before.

    `key` is the lesson and a word ("03.halved"); `text` is the question in one sentence.
    Errors: ValueError for a key of another form.
    """
    if not KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no key of a bet: write the lesson and a word, “03.halved”.")
    question = ASKED[key] = Question(key, text, kind)
    entry, problem = None, ""
    try:
        entry = ledger.read().get(key)
        if entry is not None:
            kind.fit(entry["bet"])
    except (ValueError, OSError) as trouble:
        entry, problem = None, str(trouble)
    known = {"outcome": OUTCOMES[key]} if key in OUTCOMES else {}
    CARDS[key] = card(question, entry).shown(idle=isinstance(kind, Number), **known)
    if problem:
        print(problem)


def outcome(key: str, value: Any) -> None:
    """Say what came out, and draw it beside the bet. None: there is nothing yet.

    Errors: ValueError for an outcome that does not fit the question.
    """
    if key not in ASKED:
        print(f'Run the cell with bet("{key}", …) first.')
        return
    question = ASKED[key]
    if value is None:
        print("There is no outcome yet. Run this cell again when there is one.")
        return
    came = OUTCOMES[key] = question.kind.fit(value)
    try:
        entry = ledger.read().get(key)
        if entry is not None:
            settled(question, came)
    except (ValueError, OSError) as problem:
        print(problem)
        entry = None
    words = f"Outcome: {question.kind.told(came)}."
    if entry is None:
        print(f"{words} There is no bet of yours.")
    elif entry["late"]:
        print(f"{words} You bet {entry['told']}, when it was there already.")
    else:
        hit = question.kind.hit(question.kind.fit(entry["bet"]), came)
        print(f"{words} You bet {entry['told']}: a {'hit' if hit else 'miss'}.")
    live = CARDS.get(key)
    if live is not None:
        live.update(lambda: replace(live.state, outcome=came))


def bets(lesson: str = "") -> None:
    """Your bets of one lesson ("03"), or of all: hits, misses, and how well you knew it."""
    try:
        made = {key: e for key, e in ledger.read().items() if key.startswith(lesson)}
    except (ValueError, OSError) as problem:
        print(problem)
        return
    if not made:
        print("No bets yet. Lock one on a card above, then run this cell again.")
        return
    for key, entry in made.items():
        print(f"{verdict(entry):8} {key}: {entry['told']}, {entry['sure']} % sure")
    levels = ledger.calibration(made.values())
    if levels:
        picture = scene(levels)
        data = {"image/png": plots.png(picture), "text/plain": picture.alt}
        display(data, metadata={"image/png": {"alt": picture.alt}}, raw=True)


def verdict(entry: dict) -> str:
    """One word on a bet: hit, miss, late, or open while there is no outcome."""
    if "outcome" not in entry:
        return "open"
    return "late" if entry["late"] else "hit" if entry["hit"] else "miss"


def scene(levels: list[tuple[int, int, int]]) -> Scene:
    """How often the bets came in against how sure they were: on the line is well calibrated."""
    hits, made = (sum(column) for column in list(zip(*levels, strict=True))[1:])
    expected = sum(sure * number for sure, _, number in levels) / 100
    marks = [
        Line([0, 100], [0, 100], "muted", dash=True, label="sure and right alike"),
        Points([s for s, _, _ in levels], [100 * h / n for _, h, n in levels], "query", 9),
    ]
    for sure, right, number in levels:
        side = 1 if right < number / 2 else -1
        words = f"{right} of {number}"
        marks.append(Text(sure, 100 * right / number + 9 * side, words, "query", 12, "center"))
    axes = {"xlabel": "how sure, in %", "ylabel": "hits, in %"}
    panel = Panel(marks, (0, 105), (-4, 104), "Your bets", **axes)
    status = f"{hits} of {made} bets were hits. By how sure you were, {expected:.1f} would be."
    alt = f"Hits against how sure the bets were, with the line where both are equal. {status}"
    return Scene([[panel]], alt, status, [300])
