"""The course on a GPU: are its numbers those of the CPU, and how fast is it?

    python -m benchmarks.gpu_check [--json FILE] [--minutes N] [--part NAME] [--code COMMIT]

Writes one JSON object: `made` (the machine and the code), `equality`, `widgets`, `speed`, `recipes`
(lists of rows) and `problems`. A problem is a check that failed, a piece that raised an error, or
one that the time was too short for; with any, the exit status is 1. Needs no more than the
computing half of requirements.txt. `--device cpu` compares the CPU with itself.
"""

import argparse
import json
import math
import os
import shlex
import subprocess
import sys
import time
import traceback
import warnings
from pathlib import Path

if __name__ == "__main__":  # before tqdm is imported: a hundred short trainings need no bars
    os.environ.setdefault("TQDM_DISABLE", "1")

import torch

import course_lib
from benchmarks import gpu_equality, gpu_speed
from benchmarks.gpu_items import Item, OutOfTime, at_most
from course_lib.ground import files, paths
from course_lib.results import provenance

PARTS = {  # each part's pieces, and the share of the time at which it must be over
    "equality": (gpu_equality.items, 0.3),
    "widgets": (gpu_speed.widget_items, 0.35),
    "speed": (gpu_speed.items, 0.6),
    "recipes": (gpu_speed.recipe_items, 1.0),
}
FILE = paths.KEPT / "gpu_check.json"


def environment(command: str, device: torch.device) -> dict:
    """`results.provenance`, the GPU's memory and driver, and how exact its products are."""
    more = {}
    if device.type == "cuda":
        about = torch.cuda.get_device_properties(device)
        asked = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
        try:
            said = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=True)
            more["driver"] = said.stdout.strip()
        except (OSError, subprocess.SubprocessError) as problem:
            more["driver"] = f"unknown: {problem}"
        more |= {"memory_gib": round(about.total_memory / 2**30, 1), "cuda": torch.version.cuda}
        more["tf32"] = torch.backends.cuda.matmul.allow_tf32
        more["arch"] = f"sm_{about.major}{about.minor}"
    return provenance(command, **more)


class Check:
    """What has been found so far; every piece is written down as soon as it is done."""

    def __init__(self, made: dict, path: Path):
        self.begun, self.path = time.monotonic(), path
        self.found = {"made": made, **{part: [] for part in PARTS}, "problems": []}

    def problem(self, part: str, what: str, error: str, **more) -> None:
        """Note what went wrong."""
        self.found["problems"].append({"part": part, "what": what, "error": error, **more})
        self.say(part, what, f"PROBLEM: {error}")

    def say(self, part: str, what: str, words: str) -> None:
        """One line of progress."""
        print(f"{time.monotonic() - self.begun:6.1f} s  {part}: {what}: {words}", flush=True)

    def part(self, part: str, device: torch.device, end: float) -> None:
        """Run all pieces of a part that fit before `end`, seconds after the beginning."""
        try:
            for item in PARTS[part][0](device):
                self.piece(part, item, end - (time.monotonic() - self.begun))
                self.write()
        except Exception as error:  # no pieces to run: told like a piece that failed
            self.problem(part, "all of it", repr(error), trace=traceback.format_exc())

    def piece(self, part: str, item: Item, left: float) -> None:
        """Run one piece; whatever it raises is a problem with its words and its trace."""
        if left <= 0:
            return self.problem(part, item.name, "not run: the time was used up")
        try:
            with at_most(min(item.seconds, left)), warnings.catch_warnings():
                warnings.filterwarnings("error", message="(?s).*runs uncompiled")
                warnings.filterwarnings("ignore", category=DeprecationWarning)
                rows = item.run()
        except (Exception, SystemExit, OutOfTime) as error:
            words = f"{type(error).__name__}: {error}"
            return self.problem(part, item.name, words, trace=traceback.format_exc()[-2000:])
        self.found[part] += rows
        for row in rows:
            if row.get("ok") is False:
                words = f"off by {row['error']:.1e}, may be {row['limit']:.0e}"
                self.problem(part, item.name, words)
            else:
                self.say(part, item.name, short(row))

    def write(self) -> None:
        """The JSON file as it stands."""
        files.write(self.path, json.dumps(plain(self.found), indent=1, ensure_ascii=False) + "\n")


def plain(found):
    """The same with "inf" and "nan" in words, which JSON has no numbers for."""
    if isinstance(found, dict):
        return {name: plain(value) for name, value in found.items()}
    if isinstance(found, list):
        return [plain(value) for value in found]
    if isinstance(found, float) and not math.isfinite(found):
        return str(found)
    return found


KEYS = ("impl", "error", "limit", "ms", "steps_per_s", "p50_ms", "p95_ms", "cuda", "cpu", "absent")


def short(row: dict) -> str:
    """The numbers of a row in a line."""

    def number(value):
        return f"{value:.3g}" if isinstance(value, float) else value

    return "  ".join(f"{key} {number(row[key])}" for key in KEYS if row.get(key) is not None)


def main(argv: list[str] | None = None) -> int:
    """Run the parts; 1 where there is any problem."""
    words = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu_check", description=__doc__)
    parser.add_argument("--json", type=Path, default=FILE, metavar="FILE", help=f"default: {FILE}")
    parser.add_argument("--minutes", type=float, default=5.0, help="for all of it (default: 5)")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this (repeatable)")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--code", help="the commit that this is, for a copy without git's folder")
    args = parser.parse_args(words)
    os.environ["COURSE_DEVICE"] = args.device
    device = course_lib.device()  # says so where there is no GPU
    torch.set_num_threads(1)
    command = shlex.join(["python", "-m", "benchmarks.gpu_check", *words])
    made = environment(command, device)
    if made["code"] == "unknown" and args.code:
        made["code"] = f"{args.code}, as the caller says"
    check = Check(made, args.json)
    check.say("made", "environment", json.dumps(check.found["made"], ensure_ascii=False))
    chosen = [part for part in PARTS if part in (args.part or PARTS)]
    whole = 60 * args.minutes / max(PARTS[part][1] for part in chosen)
    for part in chosen:
        check.part(part, device, whole * PARTS[part][1])
    check.found["made"]["seconds"] = round(time.monotonic() - check.begun)
    check.write()
    problems = check.found["problems"]
    print(f"{len(problems)} problems; all is in {check.path}", flush=True)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
