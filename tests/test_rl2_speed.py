"""The speed table of RL²: its shape, and that nothing that fails to learn is ever timed."""

import json
import warnings

import pytest

from benchmarks import rl2_speed
from course_lib import results

KEYS = {
    "impl",
    "steps_per_s",
    "ours_is",
    "compiled_is",
    "compile_s",
    "target",
    "differs",
    "reward",
    "device",
    "threads",
    "load",
}


@pytest.fixture
def short(monkeypatch):
    """A few iterations before the clock starts, and no demand on them."""
    monkeypatch.setattr(rl2_speed, "WARM_UP", 2)
    monkeypatch.setattr(rl2_speed, "LEARNED", 0.4)


def test_json_is_one_object_and_nothing_else(short, capsys):
    rl2_speed.main(["--json", "--repeats", "2", "--impl", "ours"])
    row, last = json.loads(capsys.readouterr().out)["rows"]
    assert last["impl"] == "bound"
    assert set(last) >= set(row) >= KEYS | {"times_bound"}
    assert row["impl"] == "ours"
    assert 0 < row["steps_per_s_min"] <= row["steps_per_s"] <= row["steps_per_s_max"]
    assert row["ours_is"] == 1.0


def test_ours_learns_before_it_is_timed():
    iterate, _ = rl2_speed.ours(rl2_speed.Setting())
    assert rl2_speed.learn("ours", iterate) > rl2_speed.LEARNED


def test_who_does_not_learn_is_not_timed():
    with pytest.raises(SystemExit, match="sleepy does not learn"):
        rl2_speed.learn("sleepy", lambda: 0.5)


def test_a_library_that_is_missing_is_named(short, monkeypatch, capsys):
    monkeypatch.setattr(rl2_speed.importlib.util, "find_spec", lambda name: None)
    rows = rl2_speed.rows_for(("ours", "torchrl"), 1)
    assert [row["impl"] for row in rows] == ["ours"]
    assert "torchrl is not installed: see requirements-benchmarks.txt." in capsys.readouterr().err


def test_half_a_table_is_not_stored(capsys):
    with pytest.raises(SystemExit):
        rl2_speed.main(["--store", "--impl", "ours"])
    assert "--store keeps the whole table" in capsys.readouterr().err


def test_jax_computes_our_gradient():
    pytest.importorskip("jax", reason="JAX is an optional extra: requirements-benchmarks.txt")
    from benchmarks import rl2_peers

    assert rl2_peers.jax_error(rl2_speed.Setting(trials=30)) < rl2_speed.TOLERANCE


@pytest.mark.parametrize("name", [name for name in rl2_speed.IMPLS if not rl2_speed.missing(name)])
def test_every_implementation_that_is_installed_runs_an_iteration(name):
    # few pulls, since the compiler writes each of them out
    iterate, differs = rl2_speed.make(name, rl2_speed.Setting(trials=40, horizon=3))
    assert differs
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)  # torch's own, on compiling
        assert 0.2 < iterate() < 0.8


def test_the_stored_table_holds_every_implementation_and_says_how_it_was_made():
    stored = results.load("rl2_speed")
    *rows, last = stored["rows"]
    assert [row["impl"] for row in rows] == list(rl2_speed.IMPLS)
    assert last["impl"] == "bound"
    assert min(row["repeats"] for row in rows) >= 9
    assert stored["made"]["command"].startswith("python -m benchmarks.rl2_speed")
    assert {"torchrl", "sb3-contrib", "jax"} <= set(stored["made"]["versions"])
    assert all(set(row) >= KEYS | {"times_bound"} for row in stored["rows"])
    assert all(row["reward"] > rl2_speed.LEARNED and row["times_bound"] > 1 for row in rows)
