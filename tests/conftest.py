"""What every unit test gets: no GPU, no window, the same randomness, the real data if present."""

import os
from pathlib import Path

os.environ["COURSE_DEVICE"] = "cpu"
os.environ["MPLBACKEND"] = "Agg"  # before anything imports matplotlib

import numpy as np
import pytest
import torch

ROOT = Path(__file__).resolve().parents[1]
torch.set_num_threads(1)  # as `course_lib.device()` does: small work is slower on more threads


@pytest.fixture(autouse=True)
def same_randomness() -> None:
    """Every test starts from the same state of the global generators."""
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002  libraries that we call may use it


@pytest.fixture(autouse=True)
def nobodys_score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A click on W0 in a test does not count for whoever runs the tests."""
    monkeypatch.setenv("COURSE_BETS", str(tmp_path / "bets.json"))
    monkeypatch.setenv("COURSE_SCORES", str(tmp_path / "scores.json"))
    monkeypatch.setenv("COURSE_SELFTEST", str(tmp_path / "selftest.json"))


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The folder with the real data sets: `COURSE_DATA`, else `../shared/data`.

    Skips where there is none, and fails on CI, where it must be.
    """
    folder = Path(os.environ.get("COURSE_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        reason = f"no real data in {folder}: set COURSE_DATA to the folder that holds omniglot/"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
