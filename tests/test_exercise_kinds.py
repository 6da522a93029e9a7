"""Exercises beyond a function or a number: an order, words, a widget, a training, a cost."""

import importlib.util
import time
from pathlib import Path

import pytest
import torch

from course_lib.checks import check, explore, hint, notes, predict, reflect, solution
from course_lib.checks.costs import cost
from course_lib.checks.exercise import Option, Slip
from course_lib.checks.judging import find, judge
from course_lib.checks.limit import Stopped, within
from course_lib.checks.ordering import Before, ordered
from course_lib.checks.questions import e04_train, e05_derive, e05_product
from course_lib.checks.wording import told
from course_lib.press.exercises.verifying import verify


@pytest.fixture(autouse=True)
def nobodys_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test solves does not count for whoever runs the tests."""
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))


LINES = {
    "a": Option("second"),
    "b": Option("first"),
    "c": Option("third", "It is not.", "a third"),
    "d": Option("anywhere"),
}
RULE = Before("b", "a", "too early", "What for?")


def slip(check, answer) -> str:
    """The name of what a check finds wrong; nothing where it finds nothing."""
    try:
        check(answer)
    except Slip as found:
        return found.name
    return ""


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("bad", ""), ("dba", ""), ("b, D; a", ""), (["b", "a", "d"], ""), (("dba",), ""),
        ("abd", "too early"), ("bacd", "a third"), ("ba", "a line is missing"),
        ("bbad", "a line used twice"), ("xyz", "no order"), ("", "no order"), (3, "no order"),
        (None, "no order"), (["b", 1], "no order"),
    ],
)  # fmt: skip
def test_lines_in_any_order_that_keeps_the_rules_are_right(answer, name):
    assert slip(ordered(LINES, [RULE]), answer) == name


def test_the_derivation_has_as_many_orders_as_its_rules_leave():
    """Counted by hand: k fits into six gaps below g and above d; c and j may change places."""
    from itertools import permutations

    check = find("05.5").check
    needed = [letter for letter, line in e05_derive.LINES.items() if not line.name]
    assert sum(slip(check, "".join(order)) == "" for order in permutations(needed)) == 2 * 5


WORDS = "The step plays no part in joint training, so the start is only the best average model."


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ((WORDS, "ab"), ""), ((WORDS, "b, a"), ""), ((WORDS, ["A", "B"]), ""),
        ((WORDS, ""), "not yet ticked"), (WORDS, "not yet ticked"),
        ((WORDS, "a"), "a point that your words lack"), ((WORDS, "abc"), "an error"),
        ((WORDS, "z"), "no such point"), ((WORDS, 7), "no such point"),
        ((..., ""), "still the stub"), (("  ", "ab"), "still the stub"), ((3, "ab"), "no text"),
        (("too few words", "ab"), "too short to be an answer"),
        (("la la la " * 20, "ab"), "no sentence"),
    ],
)  # fmt: skip
def test_words_are_counted_and_ticks_are_judged(answer, name):
    points = {"a": Option("x"), "b": Option("y"), "c": Option("z", "No.", "an error")}
    assert slip(told(points), answer) == name


def test_the_cost_of_a_function_is_what_torch_computes():
    params, v = e05_product.numbers(3, w=(50,)), e05_product.numbers(4, w=(50,))
    calls, largest = cost(e05_product.product, e05_product.long_loss, params, v)
    assert (calls, largest) == (1, 50)
    by_matrix = lambda loss, p, v: {  # noqa: E731
        "w": torch.func.hessian(loss)(p)["w"]["w"] @ v["w"]
    }
    _, largest = cost(by_matrix, e05_product.long_loss, params, v)
    assert largest >= 50 * 50


def test_the_factor_of_05_6_agrees_with_finite_differences():
    def loss(phi):
        return (phi[0] * phi[1]).sin() + phi[0] ** 3 * phi[1]

    theta = torch.tensor([0.7, -0.4], dtype=torch.float64)
    D = torch.diag(torch.tensor([0.1, 0.5], dtype=torch.float64))
    v = torch.tensor([1.0, 2.0], dtype=torch.float64)
    H = torch.func.hessian(loss)(theta)
    eye = torch.eye(2, dtype=torch.float64)

    def after(phi):
        return (phi - D @ torch.func.grad(loss)(phi)) @ v

    slope = torch.stack([(after(theta + 1e-6 * e) - after(theta - 1e-6 * e)) / 2e-6 for e in eye])
    assert torch.allclose((eye - H @ D) @ v, slope, atol=1e-8)
    assert not torch.allclose((eye - D @ H) @ v, slope, atol=1e-2)


def test_the_mean_curve_of_04_5_is_the_best_that_does_not_adapt():
    from course_lib.tasks.sinusoids import sample_sinusoids

    x = torch.linspace(-5, 5, 11)[None, :, None]
    curves = sample_sinusoids(20000, torch.Generator().manual_seed(1))(x.expand(20000, -1, -1))
    assert torch.allclose(curves.mean(0)[:, 0], -5.1 / torch.pi * x[0, :, 0].cos(), atol=0.05)
    fresh = e04_train.of_the_mean_curve()
    assert abs(fresh - 3) < 0.3


def test_a_training_is_judged_by_what_it_finds():
    def early(loss, theta, draw, lr, beta, iterations):
        return e04_train.train(loss, theta, draw, lr, beta, min(iterations, 8))

    def slower(loss, theta, draw, lr, beta, iterations):  # another way than the reference
        return e04_train.train(loss, theta, draw, lr, 0.7 * beta, iterations)

    verdict = judge("04.5", early)
    assert verdict.misconception == "trained, but not far"
    assert "the mean curve 2.8" in verdict.message
    assert judge("04.5", slower).ok
    assert judge("04.5", lambda loss, theta, *a: theta).misconception == "θ never moved"


def test_a_limit_by_work_lets_a_sleeper_pass_and_stops_a_worker():
    assert within(0.2, lambda: time.sleep(0.6) or 3, by_work=True) == 3
    with pytest.raises(Stopped):
        within(0.2, lambda: [None for _ in iter(int, 1)], by_work=True)


def test_words_come_before_the_model_answer_and_the_student_judges(capsys, monkeypatch):
    monkeypatch.setenv("COURSE_STRICT_CHECKS", "1")  # nbgrader leaves words to a person
    reflect("04.8", """...""", "")
    assert "Nothing to read yet" in capsys.readouterr().out
    reflect("04.8", "MAML is better.")
    assert "A model answer" not in capsys.readouterr().out
    solution("04.8")
    assert 'Try it first: reflect("04.8", …)' in capsys.readouterr().out
    reflect("04.8", WORDS)
    said = capsys.readouterr().out
    assert "A model answer. MAML's training measures the loss after the step" in said
    assert "b: MAML's start is the better model." in said
    assert "No program has read your words" in said
    assert notes.note("04.8") == {"words": WORDS, "ticks": ""}
    reflect("04.8", WORDS, "ab")
    assert "Not yet: a better model instead of a better start." in capsys.readouterr().out
    reflect("04.8", WORDS, "ace")
    assert "Right." in capsys.readouterr().out
    assert notes.note("04.8") == {"words": WORDS, "ticks": "ace", "attempts": 2, "solved": True}
    check("04.8", WORDS)
    assert 'Here it is: reflect("04.8", your_words)' in capsys.readouterr().out


def test_a_bet_is_locked_before_the_widget_and_told_after_it(capsys):
    assert explore("04.7", ...).state.alpha == 0.1
    assert "Predict first" in capsys.readouterr().out
    explore("04.7", "a lot")
    assert "Answer with one number" in capsys.readouterr().out
    assert notes.read() == {}
    widget = explore("04.7", 0.8)
    widget = explore("04.7", 0.4)
    assert "Your prediction is 0.8. It stays." in capsys.readouterr().out
    check("04.7", widget)
    assert "Nothing has been moved yet" in capsys.readouterr().out
    check("04.7", 0.4)
    assert "Give the widget itself" in capsys.readouterr().out
    widget.inputs["alpha"].value = 0.4
    check("04.7", widget)
    said = capsys.readouterr().out
    assert "Right." in said
    assert "You had predicted 0.8. It is 1/λ₁ = 0.4" in said
    assert notes.note("04.7").pop("locked") == pytest.approx(0.8)
    assert notes.note("04.7").keys() == {"locked", "attempts", "solved"}
    predict("04.7", 0.4)
    explore("05.3", 1)
    reflect("05.3", WORDS)
    assert capsys.readouterr().out.count("Here it is: check(") == 3


def test_where_a_library_is_missing_its_exercise_stays_open(capsys, monkeypatch):
    there = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "learn2learn" else there(name)
    )
    check("04.6", lambda MAML, net, support, query, lr, steps: [])
    assert "learn2learn is not installed here, so this exercise stays open" in (
        capsys.readouterr().out
    )
    hint("04.6")
    assert "solved" not in notes.note("04.6")
    assert verify([find("04.6")]).exercises == 0
