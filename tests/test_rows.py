"""A measurement goes on where it stopped, and no row of something else ever gets into a table."""

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from course_lib import results, training
from course_lib.ground import commit
from course_lib.maml import engine
from course_lib.press import train
from course_lib.rl2.bandits import study as bandit_study
from course_lib.rl2.mdps import study as mdp_study
from course_lib.training import rows, weights
from course_lib.training.recipe import Part, Table

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Kept rows, checkpoints and results of a test's own."""
    monkeypatch.setattr(rows, "KEPT", tmp_path / "rows")
    monkeypatch.setattr(weights, "CHECKPOINTS", tmp_path / "checkpoints")
    monkeypatch.setattr(results, "FOLDER", tmp_path / "results")
    monkeypatch.setattr(commit, "committed", lambda otherwise: "0123456789")
    return tmp_path


def ship(name: str, folder: Path, number: float | None = None) -> None:
    """Put a shipped checkpoint into a test's own; with a `number`, all of its weights are that."""
    shipped = ROOT / "course_lib" / "checkpoints"
    theta, made = weights.load_checkpoint(name, folder=shipped)
    if number is not None:
        theta = {key: torch.full_like(p, number) for key, p in theta.items()}
    weights.save_checkpoint(name, theta, made=made, folder=folder / "checkpoints")


ASKED: list[str] = []


def toy_row(name: str, count: int, stop: str = "") -> dict:
    ASKED.append(name)
    if name == "c" and stop and Path(stop).exists():
        raise KeyboardInterrupt
    theta, _ = weights.load_checkpoint("toy")
    return {"name": name, "count": count, "value": float(theta["w"][0])}


def toy(folder: Path, *, count: int = 5, seed: int = 1, reads: tuple[str, ...] = ()) -> Table:
    """Three rows on a checkpoint; the third is interrupted while the file `stop` is there."""
    ASKED.clear()
    fields = {"count": count, "stop": str(folder / "stop")}
    parts = [Part((name,), toy_row, {"name": name, **fields}, ("toy",)) for name in "abc"]
    return Table("toy", lambda: parts, seed, lambda row: row["name"], reads)


@pytest.fixture
def interrupted(elsewhere):
    """A folder in which a measurement was interrupted in its third row."""
    weights.save_checkpoint("toy", {"w": torch.ones(2)}, made={}, folder=elsewhere / "checkpoints")
    results.save("other", [{"x": 1}], command="", folder=elsewhere / "results")
    (elsewhere / "stop").touch()
    with pytest.raises(KeyboardInterrupt):
        rows.measure(toy(elsewhere, reads=("other",)))
    (elsewhere / "stop").unlink()
    return elsewhere


def test_an_interrupted_measurement_goes_on(interrupted):
    found = rows.measure(toy(interrupted, reads=("other",)))
    assert ASKED == ["c"]
    assert [row["name"] for row in found] == ["a", "b", "c"]


def test_a_finished_measurement_is_forgotten_only_when_it_is_stored(interrupted):
    table = toy(interrupted, reads=("other",))
    rows.measure(table)
    assert rows.measure(table) == rows.measure(table)
    assert ASKED == ["c"]
    rows.forget(table)
    assert len(rows.measure(table)) == 3
    assert ASKED == ["c", "a", "b", "c"]


CHANGES = {
    "another number of instances": {"count": 6},
    "another seed": {"seed": 2},
    "the same": {},
}


@pytest.mark.parametrize("what", CHANGES)
def test_rows_of_another_definition_are_measured_anew(what, interrupted):
    table = toy(interrupted, **{"reads": ("other",), **CHANGES[what]})
    rows.measure(table)
    assert (["c"] if what == "the same" else ["a", "b", "c"]) == ASKED


def test_rows_of_replaced_weights_are_measured_anew(interrupted):
    new = {"w": torch.full((2,), 7.0)}
    weights.save_checkpoint("toy", new, made={}, folder=interrupted / "checkpoints")
    found = rows.measure(toy(interrupted, reads=("other",)))
    assert [row["value"] for row in found] == [7.0] * 3


def test_rows_that_read_a_table_are_measured_anew_when_it_is(interrupted):
    results.save("other", [{"x": 2}], command="", folder=interrupted / "results")
    rows.measure(toy(interrupted, reads=("other",)))
    assert ASKED == ["a", "b", "c"]


def test_a_table_that_only_was_stored_again_changes_nothing(interrupted):
    results.save("other", [{"x": 1}], command="anew", folder=interrupted / "results")
    rows.measure(toy(interrupted, reads=("other",)))
    assert ASKED == ["c"]


def test_rows_of_other_code_are_measured_anew(interrupted, monkeypatch):
    monkeypatch.setattr(rows, "fingerprint", lambda *things: f"{len(things)} things, other code")
    rows.measure(toy(interrupted, reads=("other",)))
    assert ASKED == ["a", "b", "c"]


def test_a_single_row_is_measured_afresh_and_an_unknown_one_refused(interrupted):
    (row,) = rows.measure(toy(interrupted, reads=("other",)), only="b")
    assert row["name"] == "b"
    assert ASKED == ["b"]
    with pytest.raises(ValueError, match="No row of toy is called z: choose a, b, c"):
        rows.measure(toy(interrupted), only="z")


def test_a_kept_row_that_is_damaged_is_told(interrupted):
    for path in (interrupted / "rows" / "toy").glob("*.json"):
        path.write_text("[{")
    with pytest.raises(ValueError, match="is damaged: delete it"):
        rows.measure(toy(interrupted, reads=("other",)))


# --- The two faults that were found -------------------------------------------------------------


def small_bandits(monkeypatch) -> Table:
    monkeypatch.setattr(bandit_study, "CELLS", [(10, 5)])
    monkeypatch.setattr(bandit_study, "instances", lambda *cell: 300)
    return bandit_study.TABLES[0]._replace(reads=())


def small_mdps(monkeypatch) -> Table:
    monkeypatch.setattr(mdp_study, "EPISODES", (10,))
    monkeypatch.setattr(mdp_study, "instances", lambda name: 8)
    return mdp_study.TABLES[0]._replace(reads=())


AGENTS = {
    "bandits": (small_bandits, "rl2"),
    "mdps": (small_mdps, "taught"),
}


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_replaced_during_an_interruption_is_measured_anew(name, elsewhere, monkeypatch):
    """Found with bandits 10×5: the row of the old agent, 6.556, was kept where 4.970 was true."""
    small, player = AGENTS[name]
    monkeypatch.setattr(results, "FOLDER", ROOT / "course_lib" / "results")
    table = small(monkeypatch)
    [part] = [p for p in table.parts() if p.fields["name"] == player]
    for shipped in part.weights:
        ship(shipped, elsewhere)
    table = table._replace(parts=lambda: [part])
    before = rows.measure(table)
    for shipped in part.weights:
        ship(shipped, elsewhere, number=0.0)  # plays by chance
    after = rows.measure(table)
    assert after == rows.measure(table, only=part.names[0])
    assert after[0]["mean"] < before[0]["mean"] - 3 * before[0]["se"]


# --- What is declared ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", train.TABLES)
def test_a_part_declares_the_weights_and_the_tables_that_it_reads(name, monkeypatch):
    """A part of each kind, cut short as soon as it has read."""
    table, loaded, read = train.TABLES[name], set(), set()
    real, stored = weights.read_safetensors, results.load
    monkeypatch.setattr(weights, "read_safetensors", lambda p: loaded.add(Path(p).stem) or real(p))
    monkeypatch.setattr(
        results, "load", lambda name, **more: read.add(name) or stored(name, **more)
    )
    smallest = {"num_instances": 4, "count": 4, "num_pairs": 2, "repeats": 1, "steps": (1,)}
    smallest |= {"iterations": 4, "num_tasks": 4}
    kinds = {}
    for part in table.parts():
        fields = {
            key: smallest[key] if isinstance(value, type(smallest.get(key))) else value
            for key, value in part.fields.items()
        }
        if fields.get("horizon", 0) <= 10 and fields.get("episodes", 0) <= 25:
            kinds.setdefault((part.measure, bool(part.weights), fields.get("name")), (part, fields))
    read.clear()
    monkeypatch.setattr("course_lib.few_shot.study.TEST_TASKS", 2)
    monkeypatch.setattr("course_lib.maml.study.TEST_TASKS", 2)
    monkeypatch.setattr("course_lib.beyond.grid.outer_steps", lambda setting: 2)
    monkeypatch.setattr("course_lib.beyond.adapting.STOPS", (0, 2))
    monkeypatch.setattr("course_lib.beyond.glyphs.grid.outer_steps", lambda setting: 1)
    monkeypatch.setattr("course_lib.beyond.glyphs.adapting.STOPS", {"all": (1,), "head": (1,)})
    monkeypatch.setattr("course_lib.maml.study.BUDGET", {"sinusoids": 2, "characters": 2})
    monkeypatch.setattr(
        "course_lib.maml.first_order.meta_grad",
        lambda *args, compile, **inner: engine.meta_grad(*args, **inner),
    )
    dice = np.random.default_rng(0)
    monkeypatch.setattr(
        "course_lib.supervised.study.experience_works", lambda: dice.normal(size=(8, 2, 5, 15))
    )
    for part, fields in kinds.values():
        loaded.clear()
        part.measure(**fields)
        assert loaded == set(part.weights), part.names
    assert read == set(table.reads)


@pytest.mark.parametrize("name", train.TABLES)
def test_the_parts_of_a_table_name_its_stored_rows(name):
    table = train.TABLES[name]
    stored = {table.row_name(row) for row in results.load(name)["rows"]}
    assert {n for part in table.parts() for n in part.names} == stored
    keys = [rows.key_of(table, part) for part in table.parts()]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("name", train.TABLES)
def test_no_stored_table_is_older_than_what_it_stands_on(name):
    assert rows.outdated(train.TABLES[name], results.load(name)["made"]) == []


def test_a_table_says_when_what_it_reads_was_measured_again(interrupted, capsys, monkeypatch):
    table = toy(interrupted, reads=("other",))
    monkeypatch.setitem(train.TABLES, "toy", table)
    result = train.run_table(table, folder=results.FOLDER)
    assert rows.outdated(table, result["made"]) == []
    results.save("other", [{"x": 2}], command="", folder=interrupted / "results")
    assert train.main_reproduce(["toy"]) == 0
    assert "toy was measured before other became what it is now" in capsys.readouterr().err
    old = {"date": "2020-01-31"}  # stored before fingerprints were
    assert len(rows.outdated(table, old)) == 1


def test_weights_replaced_while_a_table_is_measured_are_told(interrupted):
    def replacing(**fields):
        new = {"w": torch.full((2,), 9.0)}
        weights.save_checkpoint("toy", new, made={}, folder=interrupted / "checkpoints")
        return toy_row(**fields)

    table = toy(interrupted)
    parts = [part._replace(measure=replacing) for part in table.parts()]
    table = table._replace(parts=lambda: parts)
    with pytest.raises(RuntimeError, match=r"toy is not stored: .* Call again"):
        train.run_table(table, folder=interrupted / "results")
    found = train.run_table(table, folder=interrupted / "results")
    assert [row["value"] for row in found["rows"]] == [9.0] * 3


def test_another_folder_continues_the_same_measurement(tmp_path):
    """What is kept lies in the course, wherever somebody calls from."""
    code = "from course_lib.training import rows; from course_lib.press import train; "
    code += "print(rows.KEPT, train.UNFINISHED, train.DRAFTS, sep='\\n')"
    said = [
        subprocess.run(
            [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        ).stdout
        for folder in (ROOT, tmp_path)
    ]  # fmt: skip
    assert said[0] == said[1]
    assert all(Path(line).is_relative_to(ROOT / ".course") for line in said[1].split())
    assert training.CHECKPOINTS.is_absolute()


def test_what_is_added_to_a_table_leaves_rows_on_the_same_weights_and_says_so(interrupted):
    whole, folder = toy(interrupted, reads=("other",)), interrupted / "results"
    first = whole._replace(parts=lambda: whole.parts()[:2])
    train.run_table(first, folder=folder)
    ASKED.clear()
    stored = train.run_table(whole, folder=folder, add=True)
    assert ASKED == ["c"]
    assert [row["name"] for row in stored["rows"]] == ["a", "b", "c"]
    assert stored["made"]["command"].endswith("reproduce toy --add")
    assert [kept["rows"] for kept in stored["made"]["kept"]] == [2]
    assert not rows.outdated(whole, stored["made"])


def test_nothing_is_added_where_several_rows_have_one_name(interrupted):
    """A row would be taken for its neighbour."""
    table, folder = toy(interrupted), interrupted / "results"
    train.run_table(table, folder=folder)
    alike = table._replace(row_name=lambda row: "one")
    with pytest.raises(ValueError, match=r"measure it whole.*toy --rerun"):
        train.run_table(alike, folder=folder, add=True)


@pytest.mark.parametrize("changed", ["weights", "table"])
def test_nothing_on_changed_weights_or_tables_is_kept_when_rows_are_added(changed, interrupted):
    table, folder = toy(interrupted, reads=("other",)), interrupted / "results"
    train.run_table(table, folder=folder)
    ASKED.clear()
    if changed == "weights":
        new = {"w": torch.full((2,), 7.0)}
        weights.save_checkpoint("toy", new, made={}, folder=interrupted / "checkpoints")
    else:
        results.save("other", [{"x": 2}], command="", folder=folder)
    stored = train.run_table(table, folder=folder, add=True)
    assert ASKED == ["a", "b", "c"]
    assert stored["made"]["kept"][-1]["rows"] == 0


def test_a_row_with_a_number_that_is_not_finite_is_not_stored(tmp_path):
    results.save("other", [{"x": 1.0}], command="", folder=tmp_path)
    for bad in (math.nan, math.inf):
        with pytest.raises(ValueError, match=r"other is not stored: .* is not finite"):
            results.save("other", [{"x": 2.0}, {"x": [bad]}], command="", folder=tmp_path)
    assert results.load("other", folder=tmp_path)["rows"] == [{"x": 1.0}]
