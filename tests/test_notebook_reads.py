"""A book is old when a number or an agent that it shows has been made anew."""

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_lib.ground import paths
from course_lib.press import train
from course_lib.press.notebooks import reads
from course_lib.press.notebooks.execute import execute
from course_lib.press.notebooks.files import find_pairs, fingerprint, read_notebook
from course_lib.press.notebooks.rules import problems
from course_lib.press.notebooks.sync import is_stale
from course_lib.press.slides.check import problems_of

BOOKS = [
    book for kind in ("notebooks", "slides") for book in sorted((paths.ROOT / kind).glob("*.ipynb"))
]


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: f"{book.parent.name}/{book.stem}")
def test_every_book_shows_the_numbers_and_agents_of_today(book):
    nb = read_notebook(book)
    if any(cell.cell_type == "code" for cell in nb.cells):
        noted = nb.metadata.get("course", {})
        assert "read" in noted, "It has not run since reads are noted: run it."
    assert reads.changed(nb) == []


def test_the_books_read_what_they_are_known_to_read():
    assert "09_rl2_bandits" in reads.readers("bandits.json")["notebooks"]
    assert {"09_rl2_bandits", "talk"} <= set(reads.readers("bandits.json")["slides"])
    assert "bandit-10x5.safetensors" in read_notebook(BOOKS[9]).metadata["course"]["read"]
    assert reads.readers("nobody's.json") == {"notebooks": [], "slides": []}


@pytest.fixture
def stored(tmp_path, monkeypatch) -> Path:
    """A folder of stored numbers with one table and one that nobody reads."""
    (tmp_path / "small.json").write_text('{"made": {}, "rows": [1]}', encoding="utf-8")
    (tmp_path / "other.json").write_text('{"made": {}, "rows": [2]}', encoding="utf-8")
    monkeypatch.setattr(reads, "STORED", (tmp_path,))
    return tmp_path


def test_a_run_notes_what_it_read_by_whatever_way(stored, tmp_path):
    (tmp_path / "no_table.py").write_text("", encoding="utf-8")
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "small.json").write_text("elsewhere", encoding="utf-8")
    lines = [
        "import json, pathlib",
        f"folder = pathlib.Path({str(stored)!r})",
        "json.load(open(folder / 'small.json'))",
        "(folder / 'small.json').read_bytes()",
        "(folder / 'else' / 'small.json').read_bytes()",
        "(folder / 'no_table.py').read_bytes()",
    ]
    nb = execute(new_notebook(cells=[new_code_cell("\n".join(lines))]), tmp_path)[0]
    assert nb.metadata["course"] == {"read": reads.digests(["small.json"])}
    nb.metadata["course"]["ran"] = fingerprint(nb, code_only=True)
    assert not is_stale(nb)
    (stored / "other.json").write_text("changed", encoding="utf-8")
    assert not is_stale(nb)
    (stored / "small.json").write_text('{"made": {}, "rows": [3]}', encoding="utf-8")
    assert is_stale(nb)
    assert reads.changed(nb) == ["small.json"]
    (stored / "small.json").unlink()
    assert is_stale(nb)


def test_a_book_without_code_is_never_old():
    assert is_stale(new_notebook(cells=[new_code_cell("1")]))
    assert not is_stale(new_notebook(cells=[new_markdown_cell("Read on.")]))
    assert not is_stale(new_notebook())


def test_the_same_rows_measured_again_make_no_book_old(stored):
    one = reads.digest("small.json")
    (stored / "small.json").write_text('{"made": {"date": "today"}, "rows": [1]}', encoding="utf-8")
    assert reads.digest("small.json") == one
    (stored / "small.json").write_text('{"made": {}, "rows": [1.5]}', encoding="utf-8")
    assert reads.digest("small.json") != one


def test_a_book_that_nobody_can_read_just_now_has_read_nothing(tmp_path):
    (tmp_path / "notebooks").mkdir()
    for name, text in {"empty": "", "merged": "<<<<<<< HEAD\n{}", "other": "{}"}.items():
        (tmp_path / "notebooks" / f"{name}.ipynb").write_text(text, encoding="utf-8")
    assert reads.readers("bandits.json", tmp_path) == {"notebooks": [], "slides": []}


def test_a_checkout_with_other_line_ends_is_not_another_table(stored):
    (stored / "small.json").write_bytes(b'{\n"rows": []\n}\n')
    one = reads.digest("small.json")
    (stored / "small.json").write_bytes(b'{\r\n"rows": []\r\n}\r\n')
    assert reads.digest("small.json") == one


def test_the_check_names_the_table_that_was_measured_anew(monkeypatch):
    (pair,) = find_pairs(paths.ROOT, ["09"])
    real = reads.digest
    monkeypatch.setattr(reads, "digest", lambda name: "" if name == "bandits.json" else real(name))
    assert [p for p in problems(pair, None) if "bandits.json" in p] == [
        "The outputs are older than bandits.json: run 'python -m course_lib notebooks run'."
    ]


def test_the_check_of_a_deck_names_it_too(monkeypatch):
    (pair,) = find_pairs(paths.ROOT, ["09"], "slides")
    assert problems_of(pair, paths.ROOT) == []
    real = reads.digest
    monkeypatch.setattr(reads, "digest", lambda name: "" if name == "bandits.json" else real(name))
    run = "python -m course_lib slides run 09_rl2_bandits"
    said = f"The outputs are older than bandits.json: call '{run}'."
    assert problems_of(pair, paths.ROOT) == [(1, said)]


def test_a_table_made_anew_says_who_shows_it(capsys):
    train.say_readers("bandits.json")
    notebooks, slides = capsys.readouterr().err.splitlines()
    assert "notebooks run 0" in notebooks
    assert " 09_rl2_bandits" in notebooks
    assert slides.endswith(" talk")
    train.say_readers("nobody's.json")
    assert capsys.readouterr().err == ""
