"""Bets: what is a hit, what is kept, what a card does with any touch, and what opens folded."""

import json

import nbformat
import pytest

from course_lib.ground.files import write
from course_lib.press.notebooks.folds import answering, fold
from course_lib.press.notebooks.touch import touch
from course_lib.scenes import plots
from course_lib.scenes.scene import Points
from course_lib.widgets.bets import bet, bets, calls, card, choice, ledger, number, order, sketch
from course_lib.widgets.bets import outcome as came

KINDS = {
    "number": number(0, 100, within=10, step=5, unit="%"),
    "fraction": number(-1, 1, within=0.1, step=0.05),
    "choice": choice("left", "right", "neither"),
    "order": order("a", "b", "c", first="least first"),
    "sketch": sketch([0, 1, 2, 3], (0, 10), axes=("x", "y"), within=1, given={"mean": [5] * 4}),
    "logarithmic": sketch(
        [1, 10, 100], (0.01, 10), axes=("x", "y"), within=0.3, xlog=True, ylog=True
    ),
}
OUTCOMES = {
    "number": 57.0, "fraction": 0.33, "choice": "right", "order": ("b", "a", "c"),
    "sketch": [8.0, 6, 4, 2], "logarithmic": [5.0, 1, 0.1],
}  # fmt: skip
each_kind = pytest.mark.parametrize("name", KINDS)


@pytest.fixture(autouse=True)
def fresh_kernel(monkeypatch):
    """Nothing has been asked or computed yet."""
    for name in ("ASKED", "CARDS", "OUTCOMES"):
        monkeypatch.setattr(calls, name, {})


def asked(name: str, key: str = ""):
    """The live card of a new bet."""
    key = key or f"00.{name}"
    bet(key, "What will it be?", KINDS[name])
    return calls.CARDS[key]


def chosen(live, name: str) -> None:
    """A bet is made on the card by the touches of its kind."""
    widget = live.widget
    touches = {
        "number": lambda s: widget.turned(s, "value", 60),  # as the slider does
        "fraction": lambda s: widget.on_drag(s, "bet", 0, 0.271, 0.0),
        "choice": lambda s: widget.on_click(s, "2"),
        "order": lambda s: widget.on_click(s, "2"),
        "sketch": lambda s: widget.on_stroke(s, "sketch", (-0.1, 3.1), (9.0, 1.0)),
        "logarithmic": lambda s: widget.on_drag(s, "sketch", 2, 100.0, 0.1),
    }
    live.update(lambda: touches[name](live.state))
    assert live.error is None


def lock(live) -> None:
    live.presses[card.LOCK].click()
    assert live.error is None


# --- What is a hit --------------------------------------------------------------------------------


def test_a_number_is_a_hit_up_to_its_tolerance_and_no_further():
    kind = number(0, 1, within=0.1, step=0.05)
    assert kind.hit(0.5, 0.6)
    assert not kind.hit(0.5, 0.6001)


def test_a_sketch_is_judged_by_its_mean_distance_logarithmic_axes_in_decades():
    plain = sketch([0, 1], (0, 10), axes=("x", "y"), within=1)
    assert plain.off([1, 3], [2, 6]) == 2
    decades = sketch([1, 2], (0.1, 10), axes=("x", "y"), within=1, ylog=True)
    assert decades.off([1, 1], [10, 0.1]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("number", "many"), ("number", None), ("number", float("nan")), ("number", True),
        ("choice", "up"), ("order", "abc"), ("order", ["a", "b"]), ("order", ["a", "a", "b"]),
        ("sketch", [1, 2]), ("sketch", [1, 2, 3, float("inf")]),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_question_gets_a_sentence(name, wrong):
    with pytest.raises(ValueError, match=r"\w+ \w+ .*\.$"):
        KINDS[name].fit(wrong)


@pytest.mark.parametrize(
    "make",
    [
        lambda: number(1, 0, within=1), lambda: number(0, 1, within=-1),
        lambda: choice("only"), lambda: choice("a", "a"), lambda: order("a", first="x"),
        lambda: sketch([1], (0, 1), axes=("x", "y"), within=1),
        lambda: sketch([2, 1], (0, 1), axes=("x", "y"), within=1),
        lambda: sketch([1, 2], (0, 1), axes=("x", "y"), within=0),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_asked_is_refused(make):
    with pytest.raises(ValueError, match=r"(number|choice|order|sketch): give"):
        make()


def test_a_key_must_name_the_lesson():
    with pytest.raises(ValueError, match="no key of a bet"):
        bet("score", "What?", KINDS["number"])


# --- A card's life --------------------------------------------------------------------------------


@each_kind
def test_a_bet_is_made_locked_and_meets_its_outcome(name, capsys):
    live = asked(name)
    chosen(live, name)
    lock(live)
    assert live.canvas.unfolds
    assert all(control.disabled for control in live.inputs.values())
    assert "It is locked" in live.canvas.scene["status"]
    came(f"00.{name}", OUTCOMES[name])
    entry = ledger.read()[f"00.{name}"]
    kind = KINDS[name]
    assert entry["hit"] == kind.hit(kind.fit(entry["bet"]), kind.fit(OUTCOMES[name]))
    verdict = "A hit." if entry["hit"] else "A miss."
    assert live.canvas.scene["status"].endswith(verdict)
    assert f"You bet {entry['told']}: a " in capsys.readouterr().out


@each_kind
def test_what_is_locked_stays_whatever_is_touched(name):
    live = asked(name)
    chosen(live, name)
    lock(live)
    before = ledger.read()
    touch(live)
    for change in (
        lambda s: live.widget.on_drag(s, "bet", 0, 1.0, 2.0),
        lambda s: live.widget.on_click(s, "1"),
        lambda s: live.widget.on_stroke(s, "sketch", (0.0, 3.0), (1.0, 1.0)),
        lambda s: card.locked(calls.ASKED[f"00.{name}"], s),
    ):
        live.update(lambda change=change: change(live.state))
        assert live.error is None
    assert ledger.read() == before


@each_kind
def test_an_open_card_takes_any_touch_without_an_error(name):
    live = asked(name)
    assert touch(live) == []
    assert plots.png(live.widget.scene(live.state)).startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["choice", "sketch"])
def test_nothing_chosen_is_no_bet(name):
    live = asked(name)
    lock(live)
    assert "first, then lock it." in live.canvas.scene["status"]
    assert ledger.read() == {}
    assert not live.canvas.unfolds


def test_a_card_that_is_shown_again_opens_locked_in_a_new_kernel_too(monkeypatch):
    live = asked("number")
    chosen(live, "number")
    lock(live)
    came("00.number", 57)
    monkeypatch.setattr(calls, "OUTCOMES", {})
    again = asked("number")
    assert "You bet 60 %" in again.canvas.scene["status"]
    assert again.canvas.unfolds


def test_a_bet_after_its_outcome_is_kept_and_does_not_count(capsys):
    live = asked("number")
    came("00.number", 57)
    assert "There is no bet of yours." in capsys.readouterr().out
    assert "57" not in live.canvas.scene["status"]  # it would give the answer away
    chosen(live, "number")
    lock(live)
    entry = ledger.read()["00.number"]
    assert entry["late"]
    assert "hit" not in entry
    assert "does not count" in live.canvas.scene["status"]
    assert ledger.calibration(ledger.read().values()) == []
    bets("00")
    assert "late     00.number" in capsys.readouterr().out


def test_the_first_bet_and_the_first_outcome_stay():
    live = asked("number")
    chosen(live, "number")
    lock(live)
    came("00.number", 57)
    came("00.number", 99)
    ledger.lock("00.number", question="?", bet=99.0, sure=95, told="99 %", late=False)
    entry = ledger.read()["00.number"]
    assert (entry["bet"], entry["outcome"], entry["hit"]) == (60.0, "57 %", True)


def test_an_outcome_without_its_card_or_without_a_value_is_a_sentence(capsys):
    came("00.number", 57)
    assert 'Run the cell with bet("00.number", …) first.' in capsys.readouterr().out
    asked("number")
    came("00.number", None)
    assert "There is no outcome yet." in capsys.readouterr().out
    with pytest.raises(ValueError, match="about a number"):
        came("00.number", "many")


def test_a_stroke_changes_the_places_that_it_passed_and_no_others():
    live = asked("sketch")
    live.update(lambda: live.widget.on_stroke(live.state, "sketch", (2.1, 0.8), (2.0, 8.0)))
    x = 8 - 6 * (1 - 0.8) / (2.1 - 0.8)
    assert live.state.value == pytest.approx((5, x, 2 + 6 * 0.1 / 1.3, 5))


def test_a_sketch_shows_known_points_and_names_each_of_few_places_on_a_logarithmic_axis():
    axes, dots = ("K", "loss"), ([2, 10], [0.5, 0.1])
    bet("00.dots", "?", sketch([1, 5, 20], (0, 1), axes=axes, within=1, xlog=True, dots=dots))
    live = calls.CARDS["00.dots"]
    ((panel,),) = live.widget.scene(live.state).rows
    assert [text for _, text in panel.xticks] == ["1", "5", "20"]
    (known,) = (m for m in panel.marks if isinstance(m, Points) and m.label == "given")
    assert (known.x, known.y, known.drag) == ((2, 10), (0.5, 0.1), "")
    with pytest.raises(ValueError, match="as many of the one"):
        sketch([1, 5], (0, 1), axes=axes, within=1, dots=([1], []))


def test_a_damaged_file_is_told_and_stays_as_it_is(capsys):
    write(ledger.path(), "[1, 2")
    live = asked("number")
    assert "is damaged: delete or rename it" in capsys.readouterr().out
    chosen(live, "number")
    live.presses[card.LOCK].click()
    assert "is damaged" in live.canvas.problem
    came("00.number", 57)
    bets()
    assert ledger.path().read_text() == "[1, 2"
    write(ledger.path(), json.dumps({"00.number": {"bet": 3}}))
    with pytest.raises(ValueError, match="damaged"):
        ledger.read()


def test_the_summary_tells_hits_from_misses_and_says_how_sure_they_were(capsys):
    bets("03")
    assert "No bets yet." in capsys.readouterr().out
    for number_, (sure, hit) in enumerate([(60, True), (60, False), (95, True), (20, False)]):
        key = f"03.b{number_}"
        ledger.lock(key, question="?", bet=1.0, sure=sure, told="1", late=False)
        ledger.settle(key, "2", hit)
    ledger.lock("04.other", question="?", bet=1.0, sure=95, told="1", late=False)
    levels = ledger.calibration(ledger.read().values())
    assert levels == [(20, 0, 1), (60, 1, 2), (95, 1, 1)]
    assert calls.scene(levels).status.startswith("2 of 4 bets were hits. By how sure you were, 2.4")
    bets("03")
    said = capsys.readouterr().out
    assert said.count("hit ") == 2
    assert "04.other" not in said
    bets()
    assert "open     04.other" in capsys.readouterr().out


# --- What opens folded ----------------------------------------------------------------------------


def cells(*sources: str) -> list:
    """Code cells, and text cells for what begins with #; "#!" and "answers()" tell the answer."""
    made = []
    for source in sources:
        if source.startswith("#"):
            tags = {"tags": ["answer"]} if source.startswith("#!") else {}
            made.append(nbformat.v4.new_markdown_cell(source[1:].lstrip("! "), metadata=tags))
        else:
            tags = {"tags": ["answer"]} if source.startswith("answers()") else {}
            made.append(nbformat.v4.new_code_cell(source, metadata=tags))
    return made


def test_the_code_cells_from_a_bet_to_its_outcome_are_folded_and_tagged_texts():
    made = cells(
        "import x", 'bet("00.a", "?", k)', "# text", "W0.show()", "compute()",
        'print(1); outcome("00.a", x)',
        "#! the answer", "after()", 'bet("00.b", "?", k)', 'bet("00.c", "?", k)',
        'outcome("00.c", x)', 'outcome("00.b", x)', "end()", 'bet("00.never", "?", k)', "free()",
        'bet("00.d", "?", k)', 'outcome("00.d", x)', "# text", "more()", "# # A heading", "next()",
    )  # fmt: skip
    fold(made)
    marks = [cell.metadata.get("jupyter", {}) for cell in made]
    out, source = {"outputs_hidden": True}, {"source_hidden": True}
    assert marks == [
        *[{}, {}, {}, {}, out, out, source, out], *[{}, {}, out, out, out], *[{}, {}],
        *[{}, out, {}, out, {}, {}],
    ]  # fmt: skip


def test_code_that_computes_the_answers_at_the_end_is_folded_with_its_source():
    made = cells(
        'bet("00.a", "?", k)', 'outcome("00.a", x)', "# ## Questions", "answers()", "free()"
    )
    fold(made)
    assert made[3].metadata["jupyter"] == {"source_hidden": True, "outputs_hidden": True}
    assert "jupyter" not in made[4].metadata


def test_code_that_says_what_will_come_out_is_folded_with_its_source():
    made = cells(
        "assert before", 'bet("00.a", "?", k)', "compute()", "assert x == 7",
        'outcome("00.a", options[0])', 'bet("00.b", "?", k)', 'outcome("00.b", options[best])',
        'bet("00.c", "?", k)', 'outcome("00.c", 7)', 'bet("00.d", "?", k)', 'outcome("00.d", d[K])',
    )  # fmt: skip
    fold(made)
    both = {"source_hidden": True, "outputs_hidden": True}
    marks = [made[i].metadata.get("jupyter", {}) for i in (0, 2, 3, 4, 6, 8, 10)]
    out = {"outputs_hidden": True}
    assert marks == [{}, out, both, both, out, both, out]


def test_between_percentages_lie_points():
    assert KINDS["number"].rule == "A hit is at most 10 points off."
    assert KINDS["number"].told(10) == "10 %"
    assert KINDS["fraction"].rule == "A hit is at most 0.10 off."


def test_a_number_that_nobody_moved_is_no_bet():
    live = asked("number")
    assert live.state.idle
    lock(live)
    assert "Move the slider or the dot first" in live.canvas.scene["status"]
    assert ledger.read() == {}
    live.inputs["value"].value = 70
    live.inputs["value"].value = 50  # where it opened: now it is meant
    lock(live)
    assert ledger.read()["00.number"]["bet"] == 50.0


def test_folding_is_taken_off_again_where_the_bet_is_gone():
    made = cells('bet("00.a", "?", k)', 'outcome("00.a", 1)')
    fold(made)
    made[0].source = "pass"
    fold(made)
    assert all("jupyter" not in cell.metadata for cell in made)
    assert answering(cells("%matplotlib inline", "x = (")) == []
