"""How large a machine for 30, 100, 300 students: the tables of deploy/README.md.

    python -m benchmarks.hub_size        # writes them there, from course_lib/results/hub_load.json

Memory and processor time are what the stored run measured with most students; the rest is
multiplication, and no machine of that size was tried.
"""

import math
import sys
from pathlib import Path

from course_lib.ground import files
from course_lib.ground.paths import ROOT
from course_lib.results import load

README = ROOT / "deploy" / "README.md"
CLASSES = (30, 100, 300)
MOVES_A_SECOND = 0.2  # of one student, while all play with a widget
BUSY = 0.5  # how much of the processors may be used for that: more, and moves queue
MINUTES = 10  # in which everybody's notebook 06 has run, started at once
SPARE = 1.2  # memory for what was not measured
SYSTEM_MB = 2000


def core_need(row: dict, students: int) -> int:
    """Processors, for the dearer of two: all run notebook 06 at once, or all move sliders."""
    running = students * row["run_06_cpu_s"] / (60 * MINUTES)
    dear = max(row["move_04_cpu_ms"], row["move_06_cpu_ms"]) / 1e3
    return math.ceil(max(running, students * MOVES_A_SECOND * dear / BUSY, 2))


def memory_need(row: dict, students: int) -> int:
    """Memory in GB, with two notebooks of each student open."""
    needed = students * row["student_mb"]["mean"] * SPARE + row["hub_mb"] + SYSTEM_MB
    return math.ceil(needed / 1e3)


def one_notebook(row: dict) -> int:
    """MB of a student who has the larger one of the two notebooks open, not both."""
    without_04 = row["student_mb"]["mean"] - (row["after_04_mb"] - row["server_mb"])
    return max(row["after_04_mb"], without_04)


def sizes(rows: list[dict]) -> list[str]:
    """The table of machines, line by line."""
    most = max(rows, key=lambda row: row["students"])
    lines = ["| students | memory | memory, if each has one notebook open | processors |",
             "|---|---|---|---|"]  # fmt: skip
    one = most | {"student_mb": {"mean": one_notebook(most)}}
    for students in CLASSES:
        whole, half = memory_need(most, students), memory_need(one, students)
        lines.append(f"| {students} | {whole} GB | {half} GB | {core_need(most, students)} |")
    return lines


def measured(rows: list[dict]) -> list[str]:
    """The table of what was measured, line by line."""
    names = ["students at once", *(str(row["students"]) for row in rows)]
    lines = ["| " + " | ".join(names) + " |", "|---" * len(names) + "|"]

    def line(name: str, value) -> None:
        lines.append("| " + " | ".join([name, *(value(row) for row in rows)]) + " |")

    def spread(row: dict, key: str, unit: str) -> str:
        return f"{row[key]['p50']:.0f} {unit}, {row[key]['p95']:.0f} {unit}"

    line("a server starts (median, 95 %)", lambda row: spread(row, "start_s", "s"))
    for key in ("04", "06"):
        line(f"all of {key} has run", lambda row, k=key: spread(row, f"run_{k}_s", "s"))
        line(f"a slider of {key}", lambda row, k=key: spread(row, f"move_{k}_ms", "ms"))
    line("memory of a student, server alone", lambda row: f"{row['server_mb']} MB")
    line("… with 04 open", lambda row: f"{row['after_04_mb']} MB")
    line("… with 04 and 06 open", lambda row: f"{row['student_mb']['mean']} MB")
    line("processor time of 04, of 06", lambda row: f"{row['run_04_cpu_s']:.0f} s, "
         f"{row['run_06_cpu_s']:.0f} s")  # fmt: skip
    line("processor time of a move in 04, in 06", lambda row: f"{row['move_04_cpu_ms']} ms, "
         f"{row['move_06_cpu_ms']} ms")  # fmt: skip
    line("load of the machine at the end", lambda row: f"{row['load'][1]:.0f}")
    return lines


def filled(text: str) -> str:
    """`text` with both tables between their marks. Errors: ValueError where a mark is missing."""
    stored = load("hub_load")
    for name, lines in (("size", sizes(stored["rows"])), ("load", measured(stored["rows"]))):
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        if begin not in text or end not in text:
            raise ValueError(f"There is no place for the table: put {begin} and {end} into it.")
        before, _, rest = text.partition(begin)
        text = before + "\n".join([begin, *lines, end]) + rest.partition(end)[2]
    return text


def main(path: Path = README) -> int:
    """Writes the tables; 0."""
    files.write(path, filled(path.read_text(encoding="utf-8")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
