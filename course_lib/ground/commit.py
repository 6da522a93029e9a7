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


def committed(otherwise: str) -> str:
    """The commit that the code is, for whatever is to be stored.

    Errors: RuntimeError where there is none: `why_not`, and `otherwise`, what else one may do.
    """
    reason = why_not()
    if reason:
        raise RuntimeError(f"{reason} {otherwise}")
    return code_version()


def why_not() -> str:
    """Why nothing can be stored now, and how to get there, in sentences; "" where it can."""
    version = code_version()
    if version == "unknown":
        return (
            f"What is stored names the commit that made it, and {paths.ROOT} is no git repository "
            "with a commit, or git is missing."
        )
    if not version.endswith("+"):
        return ""
    names = uncommitted()
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return (
        f"What is stored names the commit that made it, and not committed yet: "
        f"{', '.join(names[:3])}{more}. Commit first."
    )


def _git(*words: str) -> str | None:
    """What git prints in the course's folder; None where it can't."""
    try:
        ran = subprocess.run(
            ["git", *words], cwd=paths.ROOT, capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ran.stdout if ran.returncode == 0 else None
