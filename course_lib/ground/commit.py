"""Which code runs here: the commit, and whether the files are those of the commit.

A number or a checkpoint that is stored names the commit that made it; so it is stored only when
that commit *is* the code that ran. What `train` and `reproduce` write themselves may be new.
"""

import subprocess
from pathlib import Path

from course_lib.ground import paths

CODE = ("course_lib", "benchmarks")  # the folders whose code makes numbers
OURS = ("course_lib/checkpoints/*.safetensors", "course_lib/results/*.json")
BY_HAND = "course_lib/results/papers.json"  # its numbers end up in tables


def code_version() -> str:
    """The git commit of the code, "+" if files differ from it, or "unknown" without git."""
    commit = _git("rev-parse", "--short=10", "HEAD")
    if not commit:
        return "unknown"
    return commit.strip() + ("+" if uncommitted() else "")


def uncommitted() -> list[str]:
    """The files of the code that differ from the commit, or that git doesn't know."""
    said = _git("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all",
                "--", *CODE)  # fmt: skip
    names = [entry[3:] for entry in (said or "").split("\0") if entry]
    return [name for name in names if name == BY_HAND or not any(map(Path(name).match, OURS))]


def committed() -> str:
    """The commit that the code is, for whatever is to be stored.

    Errors: RuntimeError, saying how to get there, where there is none.
    """
    version = code_version()
    if version == "unknown":
        raise RuntimeError(
            f"What is stored names the commit that made it, and {paths.ROOT} is no git repository "
            f"with a commit, or git is missing. {WAY_OUT}"
        )
    if version.endswith("+"):
        names = uncommitted()
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        raise RuntimeError(
            f"What is stored names the commit that made it, and not committed yet: "
            f"{', '.join(names[:3])}{more}. Commit first. {WAY_OUT}"
        )
    return version


WAY_OUT = "Or call with --draft: it is written to .course/drafts, and the course keeps its own."


def _git(*words: str) -> str | None:
    """What git prints in the course's folder; None where it can't."""
    try:
        ran = subprocess.run(
            ["git", *words], cwd=paths.ROOT, capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ran.stdout if ran.returncode == 0 else None
