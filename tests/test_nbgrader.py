"""nbgrader takes the instructors' copies. On demand: `pip install nbgrader`, then this file."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.ground.paths import ROOT

pytest.importorskip("nbgrader", reason="nbgrader is not installed: pip install nbgrader")
STEM = "05_the_second_order_gradient"


def run(folder, *command: str) -> str:
    """What an nbgrader command says; it must succeed."""
    env = os.environ | {
        "COURSE_STRICT_CHECKS": "1", "PYTHONPATH": str(ROOT),
        "COURSE_PROGRESS": str(folder / "progress.json"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }  # fmt: skip
    ran = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command],
        cwd=folder, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    return ran.stderr


def test_nbgrader_makes_an_assignment_and_grades_it(tmp_path):
    source = tmp_path / "source" / "five"
    source.mkdir(parents=True)
    shutil.copy(ROOT / "exercises" / "solutions" / f"{STEM}.ipynb", source)
    run(tmp_path, "generate_assignment", "five", "--create")
    released = (tmp_path / "release" / "five" / f"{STEM}.ipynb").read_text(encoding="utf-8")
    assert "BEGIN SOLUTION" not in released
    assert "create_graph=True" not in released
    for student, place in {"ann": source, "bob": tmp_path / "release" / "five"}.items():
        target = tmp_path / "submitted" / student / "five"
        target.mkdir(parents=True)
        shutil.copy(place / f"{STEM}.ipynb", target)
    run(tmp_path, "autograde", "five", "--create")
    with sqlite3.connect(tmp_path / "gradebook.db") as base:
        query = (
            "select s.id, sum(coalesce(g.auto_score, 0)) from student s "
            "join submitted_assignment a on a.student_id = s.id "
            "join submitted_notebook n on n.assignment_id = a.id "
            "join grade g on g.notebook_id = n.id group by s.id"
        )
        scores = dict(base.execute(query).fetchall())
    assert scores == {"ann": 6.0, "bob": 0.0}
