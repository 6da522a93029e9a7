"""The speed table: its shape, and that nothing wrong is ever timed."""

import json

import pytest
import torch

from benchmarks import maml_speed, peers
from course_lib import results

KEYS = {"work", "impl", "ms", "vs_learn2learn", "device", "threads"}


def test_json_is_one_object_and_nothing_else(capsys):
    maml_speed.main(
        [
            "--json",
            "--only",
            "sinusoid-25x1",
            "--repeats",
            "2",
            "--impl",
            "ours-eager",
            "--impl",
            "loop",
        ]
    )
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["impl"] for row in rows] == ["ours-eager", "loop", "bound"]
    for row in rows:
        assert set(row) >= KEYS | {"times_bound"}
        assert 0 < row["ms_min"] <= row["ms"] <= row["ms_max"]
    for row in rows[:-1]:
        assert row["gradient_error"] < maml_speed.TOLERANCE


def test_a_wrong_gradient_stops_the_measurement(monkeypatch):
    def first_order(p):
        inner = {"lr": p.work.lr, "steps": p.work.steps, "first_order": True}
        return lambda: maml_speed.engine.meta_grad(p.loss, p.theta, p.tasks, **inner)[1]

    monkeypatch.setattr(peers, "loop", first_order)
    with pytest.raises(SystemExit, match="disagree"):
        maml_speed.rows_for("sinusoid-25x5", torch.device("cpu"), 1, ("ours-eager",))


def test_a_library_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(maml_speed.importlib.util, "find_spec", lambda name: None)
    p = maml_speed.problem(maml_speed.WORKS["sinusoid-25x1"], torch.device("cpu"))
    steps, missing = maml_speed.implementations(p, ("ours-eager", "higher"))
    assert list(steps) == ["ours-eager"]
    assert missing == ["higher is not installed: see requirements-benchmarks.txt."]


def test_layers_of_torch_hold_the_weights_of_our_conv4():
    work = maml_speed.Work(1, 1, 0.4, num_ways=2, num_shots=1)
    p = maml_speed.problem(work, torch.device("cpu"))
    x = p.tasks[0][0][0]
    assert torch.allclose(peers.module(p)(x), p.net.apply(p.theta, x), atol=1e-4)


def test_half_a_table_is_not_stored(capsys):
    with pytest.raises(SystemExit):
        maml_speed.main(["--store", "--only", "sinusoid-25x1"])
    assert "--store keeps the whole table" in capsys.readouterr().err


def test_the_stored_table_holds_every_work_and_says_how_it_was_made():
    stored = results.load("maml_speed")
    bounds = [row["work"] for row in stored["rows"] if row["impl"] == "bound"]
    assert bounds == list(maml_speed.WORKS)
    assert {row["work"] for row in stored["rows"]} == set(bounds)
    assert not stored["made"]["code"].endswith("+")
    assert min(row["repeats"] for row in stored["rows"] if row["impl"] != "bound") >= 9
    assert stored["made"]["command"].startswith("python -m benchmarks.maml_speed")
    assert all(set(row) >= KEYS for row in stored["rows"])
