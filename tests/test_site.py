"""The course as a site: what the pages are made of, without Sphinx; and one page with it."""

from pathlib import Path

import pytest

from course_lib.ground.paths import ROOT
from course_lib.press.notebooks.files import find_pairs, read_notebook
from course_lib.press.site import building, landing, needs
from course_lib.press.site.copying import PLACEHOLDER, Page, copied


def books(root: Path = ROOT) -> list[Path]:
    """The notebooks and the students' exercise books."""
    return [path for book in building.BOOKS for path in sorted((root / book).glob("*.ipynb"))]


@pytest.mark.parametrize("path", books(), ids=lambda path: f"{path.parent.name}-{path.stem[:5]}")
def test_the_copy_names_its_pictures_and_keeps_no_word_for_a_kernel(path, tmp_path):
    nb = copied(read_notebook(path), Page(tmp_path))
    outputs = [o for cell in nb.cells if cell.cell_type == "code" for o in cell.outputs]
    pictures = [
        o.data["text/html"] for o in outputs if "<img" in o.get("data", {}).get("text/html", "")
    ]
    assert not any("image/png" in output.get("data", {}) for output in outputs)
    assert not any(PLACEHOLDER in str(output) for output in outputs)
    assert all(
        'alt=""' not in picture and ".png" not in picture.split('alt="')[1] for picture in pictures
    )
    stored = sum(
        "image/png" in o.get("data", {})
        for cell in read_notebook(path).cells if cell.cell_type == "code" for o in cell.outputs
    )  # fmt: skip
    assert len(pictures) == stored
    for picture in pictures:
        assert (tmp_path / picture.split('src="../')[1].split('"')[0]).exists()


def test_what_answers_a_bet_is_folded_on_the_page_too(tmp_path):
    found = 0
    for pair in find_pairs(ROOT, []):
        stored, nb = read_notebook(pair.ipynb), copied(read_notebook(pair.ipynb), Page(tmp_path))
        for before, after in zip(stored.cells, nb.cells, strict=True):
            marks = before.metadata.get("jupyter", {})
            folded = set(after.metadata.get("tags", [])) & {
                "hide-cell",
                "hide-input",
                "hide-output",
            }
            if before.cell_type == "code":
                telling = marks.get("source_hidden") or (marks and before.outputs)
                assert bool(folded) == bool(telling), before.source
            else:
                assert ("course-answer" in after.source) == bool(marks), before.source
            found += bool(marks)
    assert found > 50


def test_the_first_page_leads_to_every_page():
    text = landing.front_page(ROOT)
    for path in books():
        assert f"{path.parent.name}/{path.stem}\n" in text
    assert landing.picture_alt(ROOT) in text


def test_the_page_of_the_decks_names_every_deck():
    text = landing.decks_page(ROOT)
    for pair in find_pairs(ROOT, [], "slides", "[!.]*"):
        assert f'href="decks/{pair.name}.html"' in text


def test_what_is_missing_is_told_in_a_sentence(monkeypatch):
    monkeypatch.setattr(needs, "WANTED", ("sphinx", "no-such-package"))
    monkeypatch.setattr(needs, "OLDEST", (3, 0))
    assert (
        "no-such-package: call `python -m pip install -r requirements-site.txt`" in needs.why_not()
    )
    monkeypatch.setattr(needs, "OLDEST", (99, 0))
    assert "Python" in needs.why_not()
