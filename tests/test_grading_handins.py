"""A class as it really hands in: every kind of name and file, graded to the expected book."""

import csv
import json
import os
import re
import time
from pathlib import Path

import pytest

from benchmarks.lab import notebook
from course_lib.ground.paths import ROOT
from course_lib.press.exercises.command_line import main
from course_lib.press.grading import book, command, report
from course_lib.press.grading.box import NoBox
from course_lib.press.grading.classroom import Room
from course_lib.press.grading.notebook import Limits, Row
from course_lib.press.grading.submissions import Submission, find_submissions

STEM = "05_the_second_order_gradient"
SOLVED = (ROOT / "exercises" / "solutions" / f"{STEM}.ipynb").read_bytes()
STUB = (ROOT / "exercises" / f"{STEM}.ipynb").read_bytes()
DAY = "2026-11-20-10-15-30"


def changed(edit) -> bytes:
    """The solved notebook after an edit of its JSON."""
    content = json.loads(SOLVED)
    edit(content)
    return json.dumps(content).encode()


def cell(content: dict, key: str) -> dict:
    """The cell of one answer."""
    return next(
        c for c in content["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == key
    )


def source(key: str, change) -> bytes:
    """The solved notebook with one cell's source changed."""

    def edit(content: dict) -> None:
        found = cell(content, key)
        found["source"] = change("".join(found["source"]))

    return changed(edit)


def first(*lines: str) -> bytes:
    """The solved notebook with more cells at its beginning."""
    more = [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None,
             "source": line} for line in lines]  # fmt: skip
    return changed(lambda content: content["cells"].__setitem__(slice(0, 0), more))


def colab(content: dict) -> None:
    """Colab keeps no ids, and puts its own everywhere."""
    content["metadata"] = {"colab": {"provenance": []}, "kernelspec": {"name": "python3"}}
    content["nbformat_minor"] = 0
    for one in content["cells"]:
        one["metadata"] = {"id": one.pop("id", "x")}


def of_2014(content: dict) -> None:
    """The form that IPython wrote."""
    cells = content.pop("cells")
    for one in cells:
        if one["cell_type"] == "code":
            one["input"] = one.pop("source")
    content |= {"nbformat": 3, "worksheets": [{"cells": cells}]}


def without_metadata(content: dict) -> None:
    """As VS Code may save it."""
    for one in content["cells"]:
        one["metadata"] = {}
        one.pop("id", None)


def with_outputs(content: dict) -> None:
    """Films and widgets: 30 MB of them."""
    cell(content, "05-1")["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": "x" * 30_000_000}
    ]


def without_checks(content: dict) -> None:
    """The calls are deleted; two exercises ask for `my_answer`."""
    content["cells"] = [
        one for one in content["cells"]
        if not "".join(one["source"]).startswith(("check(", "reflect("))
    ]  # fmt: skip


def several(content: dict) -> None:
    """Another notebook's cells below one's own."""
    path = ROOT / "exercises" / "solutions" / "04_maml.ipynb"
    content["cells"] += json.loads(path.read_bytes())["cells"]


def of_windows(text: str) -> bytes:
    """As an old editor saves it."""
    old = changed(lambda content: content["metadata"].update(author=text))
    return json.dumps(json.loads(old), ensure_ascii=False).encode("cp1252", errors="replace")


WRONG = source("05-3", lambda _: 'my_answer = "c"')
LOOP = source("05-1", lambda _: "def meta_gradient(*a):\n    while True:\n        pass")
# The place in the folder, what it holds, and the student's name and points in the book.
HANDED_IN: dict[str, tuple[bytes, str, int]] = {
    f"ada/{STEM}.ipynb": (SOLVED, "ada", 6),
    f"bob/{STEM}.ipynb": (WRONG, "bob", 5),
    f"cyd/{STEM}.ipynb": (STUB, "cyd", 0),
    f"dan/Copy of {STEM}.ipynb": (SOLVED, "dan", 6),
    f"eva/{STEM}-Copy1.ipynb": (SOLVED, "eva", 6),
    f"fay/{STEM} (1).ipynb": (WRONG, "fay", 5),
    f"gus/{STEM}_gus_gray.ipynb": (SOLVED, "gus", 6),
    "hal/Homework5_Mueller.ipynb": (SOLVED, "hal", 6),
    "ida/deep/er/untitled.ipynb": (SOLVED, "ida", 6),
    f"muelleranna_12345_67890_{STEM}.ipynb": (SOLVED, "muelleranna", 6),
    f"kohlkai_LATE_12346_67891_{STEM}-1.ipynb": (WRONG, "kohlkai", 5),
    "lienlea_12347_67892_homework.ipynb": (SOLVED, "lienlea", 6),
    f"Meier Bo_22345_assignsubmission_file_{STEM}.ipynb": (SOLVED, "Meier Bo", 6),
    f"Noll Ned_22346_assignsubmission_file_/{STEM}.ipynb": (WRONG, "Noll Ned", 5),
    f"Exercise 5_oott_attempt_{DAY}_{STEM}.ipynb": (SOLVED, "oott", 6),
    f"pam__{STEM}.ipynb": (SOLVED, "pam", 6),
    f"{STEM}_quin.ipynb": (SOLVED, "quin", 6),
    "Homework5_Rossi.ipynb": (SOLVED, "Homework5_Rossi", 6),
    f"sam/{STEM}.ipynb.txt": (SOLVED, "sam", 6),
    f"tim/{STEM}.ipynb": (b"", "tim", 0),
    f"udo/{STEM}.ipynb": (SOLVED[:5000], "udo", 0),
    f"vic/{STEM}.ipynb": (b"\xef\xbb\xbf" + SOLVED.replace(b"\n", b"\r\n"), "vic", 6),
    f"wes/{STEM}.ipynb": (SOLVED.decode().encode("utf-16"), "wes", 6),
    f"xia/{STEM}.ipynb": (changed(colab), "xia", 6),
    f"yan/{STEM}.ipynb": (changed(without_metadata), "yan", 6),
    f"zoe/{STEM}.ipynb": (changed(of_2014), "zoe", 6),
    f"abe/{STEM}.ipynb": (source("05-1", lambda text: "%%time\n" + text), "abe", 6),
    f"ben/{STEM}.ipynb": (
        first("!pip install x", "import asyncio\nawait asyncio.sleep(0)", "%cd /tmp", "1/0",
              "%%bash\nls"), "ben", 6),
    f"cat/{STEM}.ipynb": (LOOP, "cat", 5),
    f"deb/{STEM}.ipynb": (source("05-1", lambda text: text.replace("):", ")", 1)), "deb", 5),
    f"eli/{STEM}.ipynb": (source("05-2", lambda text: text.replace("pull_back", "f")), "eli", 5),
    f"_fox/{STEM}.ipynb": (SOLVED, "_fox", 6),
    f"g\x1b]0;x\x07y/{STEM}.ipynb": (SOLVED, "g?]0;x?y", 6),
    f"=1+1/{STEM}.ipynb": (SOLVED, "'=1+1", 6),
    f"Müller Åsa/{STEM}.ipynb": (SOLVED, "Müller Åsa", 6),
    f"Kim Lee_501_assignsubmission_file_{STEM}.ipynb": (SOLVED, "Kim Lee", 6),
    f"Kim Lee_502_assignsubmission_file_{STEM}.ipynb": (WRONG, "Kim Lee (502)", 5),
    f"n\x01a/{STEM}.ipynb": (SOLVED, "n?a", 6),
    f"n\x02a/{STEM}.ipynb": (WRONG, "n?a (2)", 5),
    f"hua/{'d/' * 400}{STEM}.ipynb": (SOLVED, "hua", 6),
    f"山田 🙂/{STEM}.ipynb": (SOLVED, "山田 🙂", 6),
    f"ivy/{STEM}.ipynb": (changed(with_outputs), "ivy", 6),
    f"jon/{STEM}.ipynb": (b'{"worksheets": 3, "cells": {}}', "jon", 0),
    f"kay/{STEM}.ipynb": (b'{"cells": [{"cell_type": "code", "source": 7, "metadata": []}]}',
                          "kay", 0),
    f"lou/{STEM}.ipynb": (
        source("05-1", lambda text: "import torch\n@torch.compile\n" + text), "lou", 6),
    f"mia/{STEM}.ipynb": (
        source("05-1", lambda text: text + "\nimport functools\n"
               "meta_gradient = functools.partial(meta_gradient)"), "mia", 6),
    f"nia/{STEM}.ipynb": (
        first("import threading, time\nthreading.Thread(target=time.sleep, args=(9999,)).start()"),
        "nia", 6),
    f"oda/{STEM}.ipynb": (first("check = print = None"), "oda", 6),
    f"pia/{STEM}.json": (SOLVED, "pia", 6),
    "qui/all.ipynb": (changed(several), "qui", 6),
    f"ray/{STEM}.ipynb": (SOLVED + b"\nBest wishes, Ray\n", "ray", 6),
    f"sue/{STEM}.ipynb": (changed(without_checks), "sue", 6),
    f"ted/{STEM}.ipynb": (of_windows("Müller"), "ted", 6),
    f"Exercise 5_a_doe_attempt_{DAY}_{STEM}.ipynb": (SOLVED, "doe", 6),
    f"Exercise 5_b_doe_attempt_{DAY}_{STEM}.ipynb": (WRONG, "doe (2)", 5),
    f"{'山' * 85}/{STEM}.ipynb": (SOLVED, '山' * 85, 6),
    f" /{STEM}.ipynb": (SOLVED, "?", 6),
}  # fmt: skip
LEFT_OVER = {"gus/photo.png", "oott_receipt.txt", f"old/{STEM}.ipynb", ".ipynb_checkpoints/x.ipynb"}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Every table of a class, and how long it took."""
    folder = tmp_path_factory.mktemp("hand") / "class"
    for place, (content, _, _) in HANDED_IN.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for place in LEFT_OVER:
        (folder / place).parent.mkdir(exist_ok=True)
        (folder / place).write_bytes(b"{}")
    os.utime(folder / f"ada/{STEM}.ipynb", (2000, 2000))
    (folder / "ada" / "older").mkdir()
    (folder / "ada" / "older" / f"{STEM}.ipynb").write_bytes(STUB)
    os.utime(folder / "ada" / "older" / f"{STEM}.ipynb", (1000, 1000))
    (folder / "nobody").mkdir()
    out = folder.parent
    (out / "roster.csv").write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,Email address\n"
        "    Points Possible,,,,,\n"
        '"Meier, Bo",22345,s1,bmeier,A,bo@x.org\n"Müller, Anna",12345,s2,amueller,A,anna@x.org\n'
        '"Lovelace, Ada",9,s3,ada,A,ada@x.org\n"Absent, Abel",8,s4,abel,A,abel@x.org\n',
        encoding="utf-8",
    )
    began = time.monotonic()
    options = ("csv", "summary", "book", "moodle", "canvas")
    files = [text for name in options for text in (f"--{name}", str(out / f"{name}.csv"))]
    files += [
        "--notebooks",
        "05",
        "--feedback",
        str(out / "pages"),
        "--roster",
        str(out / "roster.csv"),
    ]
    status = main(["grade", str(folder), *files, "--unsafe", "--jobs", "2", "--seconds", "3"])
    return out, status, time.monotonic() - began


def table(path: Path) -> list[dict[str, str]]:
    """The lines of a table, which begins with the mark that Excel looks for."""
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_student_stands_in_the_book_with_the_expected_points(graded):
    out, status, _ = graded
    assert status == 1  # something failed, and that is said
    lines = {line["student"]: line for line in table(out / "book.csv")}
    names = {"muelleranna": "Müller, Anna", "Meier Bo": "Meier, Bo", "ada": "Lovelace, Ada"}
    expected = {names.get(name, name): points for _, name, points in HANDED_IN.values()}
    assert {name: int(lines[name]["points"]) for name in expected} == expected
    assert {line["maximum"] for line in lines.values()} == {"6"}
    others = set(lines) - set(expected)
    assert others == {"Absent, Abel", "nobody", "old", "oott_receipt"}
    order = [line["student"] for line in table(out / "book.csv")][:4]
    assert order == ["Meier, Bo", "Müller, Anna", "Lovelace, Ada", "Absent, Abel"]


def test_every_file_that_is_left_over_has_a_row(graded):
    rows = table(graded[0] / "csv.csv")
    unplaced = [(row["student"], row["file"]) for row in rows if row["outcome"] == "unplaced"]
    assert sorted(unplaced) == [
        ("ada", f"{STEM}.ipynb"), ("gus", "photo.png"), ("oott_receipt", "oott_receipt.txt"),
    ]  # fmt: skip
    assert {row["exercise"] for row in rows if row["outcome"] != "unplaced"} == {
        f"05.{n}" for n in range(1, 8)
    }


def test_the_forms_of_moodle_and_canvas_hold_what_they_want(graded):
    out = graded[0]
    moodle = table(out / "moodle.csv")
    assert list(moodle[0]) == ["Email address", "Exercises"]
    assert moodle[1] == {"Email address": "anna@x.org", "Exercises": "6"}
    canvas = table(out / "canvas.csv")
    assert list(canvas[0])[:5] == list(book.CANVAS)
    assert (canvas[0]["Student"].strip(), canvas[0]["Exercises"]) == ("Points Possible", "6")
    assert (canvas[1]["Student"], canvas[1]["ID"], canvas[1]["Exercises"]) == (
        "Meier, Bo", "22345", "6",
    )  # fmt: skip


def test_every_student_gets_a_page(graded):
    pages = {path.stem: path.read_text(encoding="utf-8") for path in graded[0].glob("pages/*")}
    assert "no α² terms" in pages["bob"]
    assert "5 of 6 points" in pages["bob"]
    assert len(pages) >= len(HANDED_IN)
    assert not re.search("[\x00-\x08\x1b]", "".join(pages.values()))


def test_the_class_report_shows_what_many_share(graded):
    lines = table(graded[0] / "summary.csv")
    shared = [line for line in lines if line["misconception"] == "no α² terms"]
    assert [(line["exercise"], line["students"]) for line in shared] == [("05.3", "7")]
    assert re.fullmatch(r"\d+%", shared[0]["share"])


# --- What is done is kept ---------------------------------------------------------------------


class Interrupting(Room):
    """A room in which Ctrl-C is pressed after the first notebook."""

    def graded(self, submissions):
        for number, rows in enumerate(super().graded(submissions)):
            if number:
                raise KeyboardInterrupt
            yield rows


class Counting(Room):
    """A room that counts what it grades."""

    seen: list[str] = []  # noqa: RUF012

    def graded(self, submissions):
        self.seen += [one.student for one in submissions]
        return super().graded(submissions)


def test_an_interrupt_keeps_what_is_done_and_resume_goes_on(tmp_path, monkeypatch, capsys):
    for name in ("ann", "ben", "cyd"):
        path = tmp_path / "class" / name / f"{STEM}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(notebook('my_answer = "d"', 'check("05.3", my_answer)'))
    arguments = ["grade", str(tmp_path / "class"), "--csv", str(tmp_path / "out.csv")]
    arguments += ["--unsafe", "--jobs", "1"]
    monkeypatch.setattr(command, "Room", Interrupting)
    assert main(arguments) == 130
    assert "what was done is kept" in capsys.readouterr().err
    assert [row.student for row in report.read_rows(tmp_path / "out.csv")] == ["ann"] * 7
    monkeypatch.setattr(command, "Room", Counting)
    changed_now = tmp_path / "class" / "ann" / f"{STEM}.ipynb"
    assert main([*arguments, "--resume"]) in (0, 1)
    assert Counting.seen == ["ben", "cyd"]
    changed_now.write_text(notebook('my_answer = "c"', 'check("05.3", my_answer)'))
    Counting.seen.clear()
    assert main([*arguments, "--resume"]) in (0, 1)
    assert Counting.seen == ["ann"]
    rows = report.read_rows(tmp_path / "out.csv")
    assert {r.student: r.outcome for r in rows if r.exercise == "05.3"} == {
        "ann": "wrong", "ben": "solved", "cyd": "solved",
    }  # fmt: skip


def test_whatever_goes_wrong_with_one_costs_nobody_else(tmp_path, monkeypatch):
    pile = []
    for name in ("ann", "ben"):
        path = tmp_path / f"{name}.ipynb"
        path.write_text(notebook('my_answer = "d"'))
        pile.append(Submission(name, STEM, path))
    rows_of = Room.rows

    def rows(self, submission, box):
        if submission.student == "ann":
            raise RecursionError("of ours")
        return rows_of(self, submission, box)

    monkeypatch.setattr(Room, "rows", rows)
    found = {r[0].student: r for r in Room(Limits(), unsafe=True).graded(pile)}
    assert {row.message for row in found["ann"]} == {
        "The grader itself failed: RecursionError: of ours"
    }
    assert "solved" in {row.outcome for row in found["ben"]}


@pytest.mark.parametrize("before", [True, False])
def test_a_box_that_fails_later_costs_one_notebook(tmp_path, monkeypatch, before):
    """Where there is none at all, nothing is graded."""
    rows_of = Room.rows

    def rows(self, submission, box):
        if submission.student == "ann":
            raise NoBox("no more room")
        return rows_of(self, submission, box)

    pile = []
    for name in ("ann", "ben") if before else ("ben", "ann"):
        (tmp_path / f"{name}.ipynb").write_text(notebook('my_answer = "d"'))
        pile.append(Submission(name, STEM, tmp_path / f"{name}.ipynb"))
    monkeypatch.setattr(Room, "rows", rows)
    room = Room(Limits(), unsafe=True)
    if before:
        with pytest.raises(NoBox):
            list(room.graded(pile))
        return
    found = {r[0].student: r for r in room.graded(pile)}
    assert {row.message for row in found["ann"]} == {
        "The grader itself failed: NoBox: no more room"
    }
    assert "solved" in {row.outcome for row in found["ben"]}


def test_a_notebook_that_few_hand_in_is_named():
    """It counts in everybody's maximum."""
    rows = [Row(name, STEM, "05.1", "solved", file="f") for name in "abc"]
    rows += [Row("a", "04_maml", "04.1", "solved", file="g")]
    assert "Only 1 of 3 handed in 04_maml, and" in report.class_report(rows)
    assert f"handed in {STEM}, and" not in report.class_report(rows)


def test_a_file_that_cannot_be_read_names_no_folder_of_yours(tmp_path, monkeypatch):
    def refused(_):
        raise PermissionError(13, "Permission denied", str(tmp_path))

    (tmp_path / "a.ipynb").write_text("{}")
    monkeypatch.setattr(Path, "read_bytes", refused)
    with pytest.raises(ValueError, match=r"^The file can't be read: Permission denied\.$"):
        Submission("ann", STEM, tmp_path / "a.ipynb").content()


def test_a_table_reads_back_as_it_was_written(tmp_path):
    rows = [Row("=ann", STEM, "05.1", "wrong", "x", "y\nz", 1.5, "f.ipynb", "abc")]
    report.write_rows(rows, tmp_path / "t.csv")
    assert report.read_rows(tmp_path / "t.csv") == [
        Row("=ann", STEM, "05.1", "wrong", "x", "y z", 1.5, "f.ipynb", "abc")
    ]
    (tmp_path / "t.csv").write_text("another,table\n1,2\n")
    assert report.read_rows(tmp_path / "t.csv") == []


def test_names_are_matched_in_every_order_and_without_their_accents():
    roster = [{"First name": "Anna", "Surname": "Müller", "ID number": "7"},
              {"First name": "Bo", "Surname": "Meier", "ID number": "8"}]  # fmt: skip
    for student in ("muelleranna", "Anna Müller", "Müller, Anna", "mullerAnna", "anna.mueller"):
        assert book.matched([student], {}, roster) == {student: 0}
    assert book.matched(["x"], {"x": "8"}, roster) == {"x": 1}
    assert book.matched(["y"], {}, roster) == {}


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_roster_is_read_as_spreadsheets_save_it(tmp_path, code):
    (tmp_path / "roster.csv").write_bytes("Name;ID\nMüller, Anna;7\n".encode(code))
    assert book.read_roster(tmp_path / "roster.csv") == [{"Name": "Müller, Anna", "ID": "7"}]


def test_nothing_is_computed_where_a_semicolon_begins_a_field():
    assert report.harmless("ann;=1+1;@x; a - b") == "ann;'=1+1;'@x; a - b"
    assert report.harmless("\uff1d1+1;\uff0b1") == "'\uff1d1+1;'\uff0b1"


def test_a_sheet_to_review_loads_nothing():
    text = "![x](https://x.org/y.png) <img src=y> `a` \\[b](c)"
    told = report.unformatted(text)
    assert told == (r"!\[x\](https://x.org/y.png) &lt;img src=y&gt; \`a\` \\\[b\](c)")


def test_of_a_notebook_in_two_files_the_row_says_what_is_not_graded(tmp_path):
    for name, when, key in (("a", 1000, "05.1"), ("b", 2000, "05.2")):
        path = tmp_path / "ann" / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_text(notebook(f'check("{key}", f)', f'check("{key}", f); check("05.3", "a")'))
        os.utime(path, (when, when))
    (stray,) = find_submissions(tmp_path).unplaced
    assert stray[2] == f"An older copy of {STEM}: b.ipynb is graded. That one lacks 05.1."


def test_the_book_needs_no_roster():
    rows = [Row("ann", STEM, f"05.{n}", "solved") for n in (1, 2)]
    (line,) = book.book(rows)
    assert (line.student, line.points, line.maximum) == ("ann", 2, 2)
