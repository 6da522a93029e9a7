"""Files are whole or not there; checkpoints, saved trainings and scores never load damaged."""

import json
import multiprocessing
import os
import random

import numpy as np
import pytest
import torch
from interrupting import interrupt_at

import course_lib
from course_lib import training
from course_lib.checks import notes
from course_lib.ground import files
from course_lib.tasks import omniglot
from course_lib.training import weights
from course_lib.widgets import scores

FULL = OSError(28, "No space left on device")


def test_a_write_that_fails_leaves_the_old_file_and_no_draft(tmp_path, monkeypatch):
    path = tmp_path / "kept.json"
    files.write(path, "old")

    def full(self, content):
        raise FULL

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        files.write(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["kept.json"]


def test_others_may_read_what_was_written_and_rights_stay(tmp_path):
    path = tmp_path / "kept.txt"
    before = os.umask(0o022)
    try:
        files.write(path, "φ")
        assert path.stat().st_mode & 0o777 == 0o644
        path.chmod(0o600)
        files.write(path, "θ")
        assert path.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)


def _write_often(path, mark):
    for _ in range(200):
        files.write(path, mark * 100_000)


def test_two_processes_that_write_one_file_never_mix(tmp_path):
    path = tmp_path / "shared.txt"
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write_often, args=(path, mark)) for mark in "ab"]
    for writer in writers:
        writer.start()
    seen = set()
    while any(writer.is_alive() for writer in writers):
        if path.exists():
            seen.add(path.read_text())
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert seen <= {"a" * 100_000, "b" * 100_000}
    assert [p.name for p in tmp_path.iterdir()] == ["shared.txt"]


def _answer(number):
    for i in range(20):
        scores.record(5, 1, f"{number}:{i}", True)


def test_answers_given_in_two_notebooks_at_once_all_count(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_SCORES", str(tmp_path / "scores.json"))
    context = multiprocessing.get_context("fork")
    players = [context.Process(target=_answer, args=(n,)) for n in range(2)]
    for player in players:
        player.start()
    for player in players:
        player.join()
    assert scores.score(5, 1) == (40, 40)


def test_work_that_another_process_does_is_said(tmp_path):
    with (
        files.alone(tmp_path / "net"),
        pytest.raises(TimeoutError, match=r"at work on net: wait"),
        files.alone(tmp_path / "net", seconds=0.01),
    ):
        pass


# --- Checkpoints and saved trainings ------------------------------------------------------------

NAMES = sorted(path.stem for path in weights.CHECKPOINTS.glob("*.safetensors"))


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_checkpoint_has_its_checksum(name):
    _, notes = weights.read_safetensors(weights.CHECKPOINTS / f"{name}.safetensors")
    assert len(notes[weights.SUM]) == 64
    assert notes["name"] == name
    weights.load_checkpoint(name)


def test_a_bit_flipped_anywhere_in_a_checkpoint_never_loads_silently(tmp_path):
    whole = (weights.CHECKPOINTS / "sinusoid-maml.safetensors").read_bytes()
    damaged = tmp_path / "sinusoid-maml.safetensors"
    dice = random.Random(0)
    head = int.from_bytes(whole[:8], "little")
    places = [dice.randrange(8) for _ in range(20)]
    places += [8 + dice.randrange(head) for _ in range(300)]
    places += [8 + head + dice.randrange(len(whole) - 8 - head) for _ in range(300)]
    before, made = weights.load_checkpoint("sinusoid-maml")
    for place in places:
        content = bytearray(whole)
        content[place] ^= 1 << dice.randrange(8)
        damaged.write_bytes(content)
        try:
            theta, other = weights.load_checkpoint("sinusoid-maml", folder=tmp_path)
        except ValueError as problem:
            assert str(damaged) in str(problem)  # noqa: PT017  most are refused
        else:  # a space of the JSON that became another
            assert other == made
            assert all(torch.equal(theta[key], before[key]) for key in before)


@pytest.mark.parametrize("keep", [0, 1, 7, 8, 9, 100, 500, -1])
def test_a_checkpoint_cut_off_anywhere_is_damaged(tmp_path, keep):
    whole = (weights.CHECKPOINTS / "sinusoid-maml.safetensors").read_bytes()
    (tmp_path / "sinusoid-maml.safetensors").write_bytes(whole[:keep])
    with pytest.raises(ValueError, match="is damaged"):
        weights.load_checkpoint("sinusoid-maml", folder=tmp_path)


def test_the_file_of_another_net_under_this_name_is_refused(tmp_path):
    content = (weights.CHECKPOINTS / "sinusoid-pretrained.safetensors").read_bytes()
    (tmp_path / "sinusoid-maml.safetensors").write_bytes(content)
    with pytest.raises(ValueError, match="holds the checkpoint 'sinusoid-pretrained'"):
        weights.load_checkpoint("sinusoid-maml", folder=tmp_path)


def test_a_checkpoint_without_a_checksum_can_be_given_one(tmp_path):
    import safetensors.torch

    theta, made = {"w": torch.arange(3.0)}, {"alpha": 0.4, "words": "θ"}
    content = safetensors.torch.save(theta, {"made": json.dumps(made)})
    (tmp_path / "old.safetensors").write_bytes(content)
    with pytest.raises(ValueError, match=r"no checksum.*weights\.seal\('old'\)"):
        weights.load_checkpoint("old", folder=tmp_path)
    weights.seal("old", folder=tmp_path)
    loaded, how = weights.load_checkpoint("old", folder=tmp_path)
    assert torch.equal(loaded["w"], theta["w"])
    assert how == made


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_not_shipped(tmp_path, value):
    with pytest.raises(ValueError, match=r"tiny is not saved: w holds NaN or inf"):
        weights.save_checkpoint("tiny", {"w": torch.tensor([1, value])}, made={}, folder=tmp_path)
    assert not list(tmp_path.iterdir())


def noisy(theta, gen):
    return (theta["w"] - torch.randn(3, generator=gen)).square().sum()


def run(iterations, save_to=None, objective=noisy):
    return training.train(
        objective, {"w": torch.zeros(3)}, iterations=iterations, lr=0.1,
        gen=course_lib.seed(0), save_to=save_to,
    )  # fmt: skip


def test_a_gradient_that_breaks_in_the_last_iteration_is_no_success(tmp_path):
    def breaks(theta, gen, calls=[]):  # noqa: B006
        calls.append(1)
        loss = theta["w"].sum()
        return loss, {"w": torch.full((3,), float("nan") if len(calls) == 5 else 1.0)}

    with pytest.raises(ValueError, match=r"After 5 iterations w holds NaN or inf: .*diverged"):
        run(5, tmp_path / "state.safetensors", breaks)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_stops_no_training_and_loses_nothing(tmp_path, monkeypatch, capsys):
    path = tmp_path / "state.safetensors"
    with interrupt_at(4):
        run(8, path)
    kept = path.read_bytes()

    def full(*_):
        raise FULL

    with monkeypatch.context() as patch:
        patch.setattr("course_lib.training.loop.SAVE_EVERY", 0.0)
        patch.setattr("course_lib.ground.files.write", full)
        trained = run(8, path)
    assert trained.finished
    assert "No space left on device): make room in" in capsys.readouterr().out
    assert path.read_bytes() == kept
    again = run(8, path)
    assert torch.equal(again.theta["w"], trained.theta["w"])


def spoiled(path, dice):
    """A saved training with something wrong in it: a part gone, of another shape, type or value."""
    state, seconds = weights.read_safetensors(path)
    key = dice.choice(sorted(state))
    how = dice.choice(["gone", "shape", "nan", "whole numbers", "notes"])
    if how == "gone":
        del state[key]
    elif how == "shape":
        state[key] = torch.zeros(2, 7)
    elif how == "nan":
        state[key] = torch.full_like(state[key].float(), float("nan"))
    elif how == "whole numbers":
        state[key] = torch.zeros(state[key].shape, dtype=torch.int32)
    else:
        seconds = dice.choice([{}, {"seconds": "soon"}, {"seconds": "-1"}, {"seconds": "inf"}])
    seconds.pop(weights.SUM, None)
    return key, how, state, seconds


def test_a_saved_training_with_anything_wrong_in_it_is_damaged(tmp_path):
    path = tmp_path / "state.safetensors"
    run(5, path)
    whole = path.read_bytes()
    dice = random.Random(0)
    for _ in range(100):
        path.write_bytes(whole)
        key, how, state, seconds = spoiled(path, dice)
        weights.write_safetensors(path, state, seconds)
        if key == "losses" and how == "whole numbers":
            continue  # five zeros are losses, too
        with pytest.raises(ValueError, match=r"is damaged|another network"):
            run(9, path)


# --- Small files of the reader ------------------------------------------------------------------

NONSENSE = [b"[" * 100_000, b"{" * 5, b'{"a":' * 50_000, b"\x00", b"\xff\xfe", b"1" * 5000, b"nul"]


@pytest.mark.parametrize("content", NONSENSE)
def test_scores_and_progress_damaged_in_any_way_get_a_sentence(content, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_SCORES", str(tmp_path / "scores.json"))
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))
    for path in (scores.path(), notes.path()):
        path.write_bytes(content)
    with pytest.raises(ValueError, match="damaged"):
        scores.read()
    assert scores.path().read_bytes() == content
    with pytest.raises(notes.Damaged, match="It is kept as progress-damaged-1"):
        notes.read()
    assert (tmp_path / "progress-damaged-1.json").read_bytes() == content


# --- Omniglot's arrays --------------------------------------------------------------------------


def forge(name, value):
    arrays = {
        "images": np.zeros((32460, 28, 14), np.uint8),
        "image_char": np.repeat(np.arange(1623, dtype=np.int16), 20),
        "drawer": np.tile(np.arange(1, 21, dtype=np.uint8), 1623),
        "alphabet_names": np.array([*omniglot.META_VAL, *map(str, range(45))]),
        "char_id": np.arange(1, 1624, dtype=np.int16),
        "alphabet": np.arange(1623, dtype=np.int16) % 50,
        "is_background": np.arange(1623) < 964,
    }
    if name:
        arrays[name] = value(arrays[name])
    return arrays


def put(arrays, tmp_path, monkeypatch):
    path = tmp_path / omniglot.FILE
    path.parent.mkdir()
    np.savez(path, **arrays)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))


FORGED = [
    ("images", lambda a: a.astype(np.float32)),
    ("images", lambda a: a.astype(np.int8)),
    ("images", lambda a: a[:-20]),
    ("images", lambda a: a.astype(str)),
    ("alphabet", lambda a: a + 1),
    ("alphabet", lambda a: a - 1),
    ("alphabet", lambda a: a.astype(float)),
    ("alphabet_names", lambda a: np.arange(50)),
    ("alphabet_names", lambda a: a[:0]),
    ("alphabet_names", lambda a: a[::-1].reshape(5, 10)),
    ("alphabet_names", lambda a: np.array([f"{n}x" for n in a])),
    ("char_id", lambda a: a - 1),
    ("char_id", lambda a: a[::-1]),
    ("char_id", lambda a: a.astype("datetime64[s]")),
    ("is_background", lambda a: a.astype(np.uint8)),
    ("is_background", lambda a: ~a),
    ("image_char", lambda a: a[::-1]),
    ("drawer", lambda a: a[:, None]),
]


@pytest.mark.parametrize("forged", FORGED)
def test_forged_omniglot_arrays_are_refused(forged, tmp_path, monkeypatch):
    put(forge(*forged), tmp_path, monkeypatch)
    with pytest.raises(ValueError, match=f"is not Omniglot.*{forged[0]}.*fetch Omniglot again"):
        omniglot.load()


def test_arrays_as_they_should_be_load(tmp_path, monkeypatch):
    put(forge(None, None), tmp_path, monkeypatch)
    assert omniglot.load().images.shape == (1623, 20, 28, 28)
