"""Measured numbers with their provenance: what tables, notebooks and slides read.

`NAME.json` holds `{"made": {...}, "rows": [...]}`. `made` says how: command, seed, code version,
device, threads, Python and torch versions, date. No number of the course is typed by hand.
"""

import json
import os
import platform
from datetime import date
from pathlib import Path

from course_lib.ground import files, paths
from course_lib.ground.commit import code_version

FOLDER = paths.RESULTS


def provenance(command: str, seed: int | None = None, **more) -> dict:
    """How a result was made: `command`, `seed`, code, device, threads, versions, date."""
    import torch

    import course_lib

    device = course_lib.device()
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
    return {
        "command": command,
        "seed": seed,
        "code": code_version(),
        "device": name,
        "threads": torch.get_num_threads(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "date": date.today().isoformat(),
        **more,
    }


def save(
    name: str,
    rows: list[dict],
    *,
    command: str,
    seed: int | None = None,
    folder: Path | None = None,
    **more,
) -> Path:
    """Write `rows` to `results/NAME.json` with their provenance; the old file goes last.

    Errors: ValueError for a row with a number that is not finite, and then nothing is written.
    """
    path = (folder or FOLDER) / f"{name}.json"
    content = {"made": provenance(command, seed, **more), "rows": rows}
    for row in rows:
        try:
            json.dumps(row, allow_nan=False)
        except ValueError as problem:
            raise ValueError(
                f"{name} is not stored: a number in {str(row)[:200]} … is not finite. Something "
                "has diverged there; leave it out and count it, or measure with a smaller step."
            ) from problem
    files.write(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    return path


def load(name: str, *, folder: Path | None = None) -> dict:
    """`{"made": …, "rows": […]}` of a stored result.

    Errors: FileNotFoundError that names the command which makes it; ValueError for a damaged file.
    """
    path = (folder or FOLDER) / f"{name}.json"
    if not path.exists():
        have = ", ".join(sorted(p.stem for p in path.parent.glob("*.json"))) or "none"
        raise FileNotFoundError(
            f"There is no stored result {name!r} (stored: {have}). "
            f"Make it with: python -m course_lib reproduce {name} --rerun "
            "(speeds: python -m benchmarks.NAME --store)"
        )
    found = files.read_json(path, f"{path} is damaged: restore it with git.")
    if not isinstance(found, dict) or not {"made", "rows"} <= found.keys():
        raise ValueError(f"{path} holds no result: restore it with git.")
    return found
