"""A fingerprint changes with what a computation stands on, and with nothing else."""

import functools
import types
from pathlib import Path
from typing import NamedTuple

import pytest
import torch

from course_lib.few_shot import recipes as few_shot_recipes
from course_lib.maml import study
from course_lib.training import fingerprint as fingerprints
from course_lib.training.fingerprint import code_of, fingerprint


class Settings(NamedTuple):
    lr: float
    start: str | None = None


def made(text: str, **names) -> types.FunctionType:
    """The function `f` of a text, as a notebook's cell would define it."""
    space = {"__name__": "__main__", **names}
    exec(text, space)
    return space["f"]


ONE = "def f(theta):\n    return ALPHA * theta\n"
PAIRS = {
    "numbers": (0.1, 0.2),
    "an int and a float": (1, 1.0),
    "true and one": (True, 1),
    "fields": (Settings(0.1), Settings(0.1, "x")),
    "shapes": (torch.zeros(2, 3), torch.zeros(3, 2)),
    "types": (torch.zeros(2), torch.zeros(2, dtype=torch.int32)),
    "weights": ({"w": torch.zeros(2)}, {"w": torch.tensor([0.0, 1e-7])}),
    "names": ({"w": 1}, {"v": 1}),
    "arguments": (functools.partial(max, 1), functools.partial(max, 2)),
    "keywords": (functools.partial(max, key=len), functools.partial(max, key=abs)),
    "code": (made(ONE, ALPHA=1), made(ONE.replace("*", "+"), ALPHA=1)),
    "a number in the code": (made("def f():\n    return 1"), made("def f():\n    return 2")),
    "a number that the code uses": (made(ONE, ALPHA=1), made(ONE, ALPHA=2)),
    "defaults": (made("def f(a=1):\n    return a"), made("def f(a=2):\n    return a")),
    "functions of the course": (study.maml_objective, study.joint_objective),
    "its cells": tuple(
        functools.partial(few_shot_recipes.fixed_n_objective, "glyphs", "conv4", cell)
        for cell in ("5w1s", "5w5s")
    ),
}


@pytest.mark.parametrize("what", PAIRS)
def test_other_things_have_other_fingerprints(what):
    one, other = PAIRS[what]
    assert fingerprint(one) != fingerprint(other)
    assert fingerprint(one) == fingerprint(one)


def test_a_function_that_a_function_calls_counts():
    helper = "def g(x):\n    return x + 1\n\ndef f(x):\n    return g(x)\n"
    assert fingerprint(made(helper)) != fingerprint(made(helper.replace("+ 1", "+ 2")))


def test_a_function_made_with_another_number_is_another():
    def make(alpha):
        return lambda theta: alpha * theta

    assert fingerprint(make(1)) != fingerprint(make(2))
    assert fingerprint(make(1)) == fingerprint(make(1))


def test_what_only_counts_or_caches_does_not_count():
    def make(log):
        return lambda theta: log.append(theta)

    log = []
    before = fingerprint(make(log))
    log.append(1)
    assert fingerprint(make(log)) == before


def test_a_function_that_calls_itself_has_an_end():
    assert fingerprint(made("def f(n):\n    return f(n - 1) if n else 0\n"))


def test_comments_and_docstrings_do_not_count(tmp_path, monkeypatch):
    monkeypatch.setattr(fingerprints, "ROOT", tmp_path)
    place = tmp_path / "course_lib" / "toy.py"
    place.parent.mkdir()

    def code(text: str, module: str = "course_lib.toy") -> str:
        place.write_text(text)
        code_of.cache_clear()
        return code_of(module)

    plain = code("x = 1\n\n\ndef f():\n    return x\n")
    assert plain == code(
        '"""Words."""\n\nx = 1  # one\n\n\ndef f():\n    """More."""\n    return x\n'
    )
    assert plain != code("x = 2\n\n\ndef f():\n    return x\n")
    code_of.cache_clear()


def test_the_code_of_what_is_imported_counts_and_of_what_draws_does_not(tmp_path, monkeypatch):
    monkeypatch.setattr(fingerprints, "ROOT", tmp_path)
    for name in ("toy", "tasks/dice", "nets/far", "scenes/ink"):
        path = tmp_path / "course_lib" / f"{name}.py"
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text("x = 1\n")
    (tmp_path / "course_lib" / "tasks" / "dice.py").write_text(
        "def f():\n    from course_lib.nets.far import x\n"
    )
    (tmp_path / "course_lib" / "toy.py").write_text(
        "from course_lib.tasks import dice\nfrom course_lib.scenes import ink\n"
    )

    def after(name: str) -> str:
        path = tmp_path / "course_lib" / f"{name}.py"
        old = path.read_text()
        path.write_text(old + "y = 2\n")
        code_of.cache_clear()
        found = code_of("course_lib.toy")
        path.write_text(old)
        return found

    code_of.cache_clear()
    before = code_of("course_lib.toy")
    assert before not in {after(name) for name in ("toy", "tasks/dice", "nets/far")}
    assert before == after("scenes/ink")
    code_of.cache_clear()


def test_a_modules_code_is_found_where_it_lies():
    assert code_of("course_lib.maml.study") != code_of("course_lib.training.recipe")
    assert code_of("torch") == code_of("nothing at all")
    assert Path(study.__file__).is_relative_to(fingerprints.ROOT)
