"""Where things lie: the course's folder, its package, and what a run of it keeps.

All are absolute, so nothing depends on the folder that somebody calls from.
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parent  # the course's own folder
KEPT = ROOT / ".course"  # what runs leave on this machine; may be deleted at any time
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
