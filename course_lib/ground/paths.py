"""Where things lie: the course's folder, its package, and what a run of it keeps.

All are absolute, so nothing depends on the folder that somebody calls from.
"""

import os
from contextlib import suppress
from importlib import metadata
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parent  # the course's own folder; where pip has put the package, pip's


def kept() -> Path:
    """The folder for what runs leave on this machine: what `COURSE_KEPT` names.

    Else it is `.course` in the course's own folder, or in the reader's home where the course lies
    somewhere that is not the reader's: installed by pip, or one copy for a whole class.
    """
    if said := os.environ.get("COURSE_KEPT", "").strip():
        return Path(said).expanduser().resolve()
    own = (ROOT / "notebooks").is_dir() and os.access(ROOT, os.W_OK)
    return ROOT / ".course" if own else Path.home() / ".learning-to-learn"


def books() -> Path:
    """The folder that holds `notebooks` and `exercises`: the course's own, or where pip put them.

    Errors: FileNotFoundError where there are none.
    """
    places = [ROOT, ROOT / "share" / "learning-to-learn"]  # there after `pip install --target`
    with suppress(metadata.PackageNotFoundError):
        files = metadata.files("learning-to-learn") or []
        places += [Path(f.locate()).resolve().parent for f in files if f.name == "constraints.lock"]
    for place in places:
        if (place / "notebooks").is_dir():
            return place
    raise FileNotFoundError(
        "The notebooks are not here: install the course from its repository again, or clone it."
    )


KEPT = kept()  # may be deleted at any time
DRAFTS = KEPT / "drafts"  # what is made with --draft: trained and measured, not the course's own
CHECKPOINTS = PACKAGE / "checkpoints"
RESULTS = PACKAGE / "results"
SHARED_DATA = ROOT.parent / "shared" / "data"  # real data sets, where a class keeps them together


def written(part: str, root: Path = ROOT) -> list[Path]:
    """What people write, lesson by lesson: `lessons/*/PART.py`, in the lessons' order.

    `part` is "lesson" (the notebook), "slides", "exercises" or "answers".
    """
    return sorted((root / "lessons").glob(f"*/{part}.py"))


def written_for(name: str, part: str, root: Path = ROOT) -> Path:
    """The file of one lesson, `lessons/NAME/PART.py`, whether it is there or not."""
    return root / "lessons" / name / f"{part}.py"
