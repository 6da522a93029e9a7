"""The check of a GPU: it finds what is wrong, hides nothing, and needs none of the notebook half.

Here it compares the CPU with itself. What is wrong is then found by the judges.
"""

import json
import subprocess
import sys
import time

import pytest
import torch

from benchmarks import gpu_cases, gpu_check, gpu_equality, gpu_speed
from benchmarks.gpu_items import Item, OutOfTime, at_most
from course_lib import results
from course_lib.ground.paths import ROOT
from course_lib.maml import engine
from course_lib.press import train
from course_lib.tasks import omniglot
from course_lib.widgets import w05_sines, w10_classifier

CPU = torch.device("cpu")
ABSENT = ("beartype", "ipywidgets", "anywidget", "IPython", "nbformat", "learn2learn", "traitlets",
          "nbconvert", "nbclient", "jupyter_client", "sklearn", "pandas")  # fmt: skip


@pytest.fixture
def checked(tmp_path, monkeypatch):
    """(exit status, the JSON) of a check on the CPU."""
    monkeypatch.setenv("COURSE_DEVICE", "cpu")

    def run(*words: str) -> tuple[int, dict]:
        path = tmp_path / "gpu.json"
        status = gpu_check.main(["--device", "cpu", "--json", str(path), *words])
        return status, json.loads(path.read_text(encoding="utf-8"))

    return run


@pytest.fixture
def quick(monkeypatch):
    """All cases but the compiled one, which takes half a minute."""
    cases = [case for case in gpu_equality.cases() if case.answer != gpu_cases.compiled]
    monkeypatch.setattr(gpu_equality, "cases", lambda: cases)
    return cases


def test_the_course_agrees_with_every_judge(checked, quick):
    status, found = checked("--part", "equality")
    assert (status, found["problems"]) == (0, [])
    rows = found["equality"]
    assert len(rows) == sum(len(case.limits) for case in quick) == 13
    assert all(row["ok"] and row["error"] <= row["limit"] for row in rows)
    assert {"code", "torch", "python", "cores", "seconds"} <= set(found["made"])
    assert found["speed"] == found["recipes"] == []


def test_a_planted_wrong_gradient_is_found_and_ends_with_status_1(checked, quick, monkeypatch):
    some = [case for case in quick if case.answer in (gpu_cases.by_engine, gpu_cases.exact)]
    monkeypatch.setattr(gpu_equality, "cases", lambda: some)
    right = engine.meta_grad

    def without_curvature(*args, **inner):
        return right(*args, **{**inner, "first_order": True})

    monkeypatch.setattr(engine, "meta_grad", without_curvature)
    status, found = checked("--part", "equality")
    assert status == 1
    assert {row["what"] for row in found["equality"] if row["ok"]} == {"multistep, exact"}
    named = [problem["what"] for problem in found["problems"]]
    assert named == ["MAML, engine, float64", "MAML, engine, float32"]


def test_what_is_not_a_number_is_infinitely_wrong():
    one, nan = {"": {"a": torch.ones(2)}}, {"": {"a": torch.tensor([1.0, torch.nan])}}
    assert gpu_cases.off(one, one) == 0
    assert gpu_cases.off(nan, one) == torch.inf


def test_whatever_a_piece_raises_is_told_and_the_next_piece_runs(checked, monkeypatch):
    def fails():
        raise RuntimeError("no kernel image")

    def leaves():
        raise SystemExit("gradients disagree")

    def sleeps():
        try:
            time.sleep(30)
        except Exception:
            return []

    def only(device):
        yield Item("fails", 5, fails)
        yield Item("leaves", 5, leaves)
        yield Item("sleeps", 0.1, sleeps)
        yield Item("works", 5, lambda: [{"ms": 1.0}])

    monkeypatch.setitem(gpu_check.PARTS, "speed", (only, 1.0))
    status, found = checked("--part", "speed")
    assert status == 1
    assert found["speed"] == [{"ms": 1.0}]
    assert [(p["what"], p["error"].split(":")[0]) for p in found["problems"]] == [
        ("fails", "RuntimeError"), ("leaves", "SystemExit"), ("sleeps", "OutOfTime"),
    ]  # fmt: skip
    assert "no kernel image" in found["problems"][0]["trace"]


def test_what_the_time_was_too_short_for_is_named(checked):
    status, found = checked("--part", "recipes", "--minutes", "0")
    assert status == 1
    named = [p["what"] for p in found["problems"]]
    assert named == [item.name for item in gpu_speed.recipe_items(CPU)]
    assert {"sinusoid-maml", "maze-6", "omniglot-any-long"} <= set(named)
    assert not any("-seed" in name for name in named)


def test_a_clock_that_was_set_before_goes_on():
    def lets_another_ring_before():
        with at_most(0.3):
            with at_most(0.05):
                pass
            time.sleep(10)

    begun = time.monotonic()
    with pytest.raises(OutOfTime):
        lets_another_ring_before()
    assert 0.25 < time.monotonic() - begun < 5


def test_the_widgets_moves_are_those_of_the_widgets():
    state = w05_sines.State()
    shown = w05_sines.compute(state)
    curves = gpu_speed.w5(CPU)(state.steps, state.alpha, shown.support)
    torch.testing.assert_close(curves, torch.stack([shown.curves[n] for n in w05_sines.NAMES]))
    state = w10_classifier.State()
    support, (query, _) = w10_classifier.episode(state.data, state.ways, state.shots, 0)[1]
    chances = gpu_speed.w10(CPU)(state.steps, state.alpha, support, query, state.ways)
    torch.testing.assert_close(chances, w10_classifier.chances(state.setting, 0))


@pytest.mark.parametrize("name", ["sinusoid-pretrained", "omniglot-fine-tuning", "bandit-10x5"])
def test_a_training_is_timed_and_says_which_pictures_it_had(name, monkeypatch):
    monkeypatch.setitem(gpu_speed.SECONDS, "cpu", 0.05)
    monkeypatch.setattr(omniglot, "find", lambda: None)
    row = gpu_speed.minutes(train.RECIPES[name], CPU)
    one = row["cpu"]
    assert one["timed"] >= 1
    assert one["minutes"] == pytest.approx(one["ms"] * row["iterations"] / 60_000, abs=0.02)
    assert ("pictures" in row) == name.startswith("omniglot")


def test_it_needs_nothing_of_the_notebooks():
    code = (
        f"import sys\nfor name in {ABSENT}: sys.modules[name] = None\n"
        "import benchmarks.gpu_check\nprint(len(benchmarks.gpu_check.PARTS))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ran.stdout.strip(), ran.returncode) == ("4", 0), ran.stderr


def test_what_a_gpu_gave_is_stored_and_kept_its_limits():
    stored = results.load("gpu_check")
    assert stored["made"]["device"].startswith("NVIDIA")
    assert len(stored["rows"]) == 14
    assert all(row["ok"] and row["error"] <= row["limit"] for row in stored["rows"])
    played = {row["recipe"]: row for row in stored["recipes"]}["omniglot-any-long"]
    assert 20 * played["cuda"]["minutes"] < played["cpu"]["minutes"]
