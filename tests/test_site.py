"""The course as a site: what the pages are made of, without Sphinx; and one page with it."""

import math
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

import course_lib
from course_lib.ground.paths import ROOT
from course_lib.press.notebooks.files import find_pairs, read_notebook
from course_lib.press.site import building, glossary, landing, moving, needs, opening, recorded
from course_lib.press.site.copying import PLACEHOLDER, Page, copied
from course_lib.widgets import all_widgets
from course_lib.widgets import w14_bandit as w14
from course_lib.widgets import w19_training as w19


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


def test_what_moves_is_in_the_notebooks_and_on_their_pages(tmp_path):
    assert set(moving.MOVING) == set(all_widgets())
    page = Page(tmp_path, moving=lambda key: key in moving.MOVING and moving.figure(key, "../"))
    shown = []
    for pair in find_pairs(ROOT, []):
        for cell in copied(read_notebook(pair.ipynb), page).cells:
            html = "".join(str(o.get("data", {})) for o in cell.get("outputs", []))
            shown += [key for key in moving.MOVING if f'data-widget="{key}"' in html]
            assert not ("course-moving" in html and "<img" in html)  # one picture, not two
    assert sorted(shown) == sorted(moving.MOVING)


@pytest.mark.parametrize(
    "key", ["W0", "W6", "W13", "W16", "W19"]
)  # the build makes all, and refuses large ones
def test_frames_follow_every_control_and_are_small(key, tmp_path):
    made = moving.frames_of(key)
    sizes = [len(control["texts"]) for control in made["controls"]]
    assert len(made["frames"]) == math.prod(sizes)
    assert min(sizes) > 1
    strides = [math.prod(sizes[i + 1 :]) for i in range(len(sizes))]
    for size, stride in zip(sizes, strides, strict=True):
        assert made["frames"][0] != made["frames"][stride * (size - 1)]
    assert all(frame["alt"] and frame["status"] for frame in made["frames"])
    assert moving.write_frames(key, tmp_path) <= moving.MOST_BYTES
    assert (tmp_path / moving.FRAMES / f"{key}.js").read_text().startswith("(window.courseFrames")


@pytest.mark.parametrize("key", ["W0", "W2"])
def test_a_game_on_a_page_answers_each_click_with_a_frame(key):
    made = moving.frames_of(key)
    values = {name: known for name, known in made["spec"]["controls"]}
    for frame in made["frames"]:
        assert frame["goes"]
        for name, after in frame["goes"].items():
            assert after or name == "Enter"  # nothing comes after the last question
            assert all(value in values[field] for field, value in after.items())
    asked = [frame for frame in made["frames"] if "A" in frame["goes"]]
    assert len(asked) * len(values["said"]) == len(made["frames"])


@pytest.mark.parametrize("key", ["W0", "W2", "W14", "W19"])
def test_a_page_asks_for_nothing_that_needs_a_kernel(key):
    made = moving.frames_of(key)
    words = [mark["text"] for mark in made["pool"] if mark["kind"] == "Text"]
    words += [frame[part] for frame in made["frames"] for part in ("alt", "status")]
    asks = re.compile(r"type |click once|Click an arm|Press Train|A score is kept|Pull an arm")
    assert [said for said in words if asks.search(said)] == []


def test_the_bandit_of_a_page_is_played_by_the_rule_that_its_menu_says():
    for bandit in (1, 2, 3):
        first, stays, agent = (recorded.pulled(rule, bandit) for rule in recorded.RULES)
        assert first.pulled[:5] == (0, 1, 2, 3, 4)
        yours = w14.compute(first).yours
        paid = {arm for arm, reward in yours[:5] if reward}
        assert not paid or yours[5][0] in paid
        played = w14.compute(stays).yours
        for (arm, reward), (then, _) in pairwise(played):
            assert (arm == then) == bool(reward)
        assert list(agent.pulled) == w14.plays(5, 10, bandit - 1)["RL²"].arms[0].tolist()


def test_a_stored_training_ends_where_its_table_ends():
    for world in w19.WORLDS:
        whole = recorded.trained(recorded.Trained(world=world))
        assert (whole.run, whole.running) == (
            replace(w19.stored(world), goal=whole.run.done),
            False,
        )
        start = recorded.trained(recorded.Trained(share=0, world=world))
        assert (len(start.run.points), start.run.done, start.running) == (1, 0, True)


def test_a_widget_with_too_many_frames_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(moving, "MOST_BYTES", 1000)
    with pytest.raises(ValueError, match=r"W15 has .* give it fewer values"):
        moving.write_frames("W15", tmp_path)


def test_the_pages_script_is_a_classic_one():
    text = moving.script()
    assert "function drawScene" in text
    assert "function stageOf" in text
    assert not re.search(r"(?m)^\s*(export|import)\b", text)


def test_live_links_come_from_one_setting():
    path = "notebooks/04_maml.ipynb"
    assert opening.Address().ways(path) == {}
    assert "set the course up" in opening.line(opening.Address(), path, "../", {})
    where = opening.Address("https://github.com/ab/cd.git", "main", "https://hub.example.org/")
    assert where.ways(path) == {
        "Colab": f"https://colab.research.google.com/github/ab/cd/blob/main/{path}",
        "Binder": "https://mybinder.org/v2/gh/ab/cd/main?labpath=notebooks%2F04_maml.ipynb",
        "JupyterHub": (
            "https://hub.example.org/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgithub.com%2Fab"
            "%2Fcd.git&branch=main&urlpath=lab%2Ftree%2Fcd%2Fnotebooks%2F04_maml.ipynb"
        ),
    }
    assert "set the course up" not in opening.line(where, path, "../", {})
    assert list(opening.Address("https://git.example.org/ab/cd").ways(path)) == []
    with pytest.raises(ValueError, match="begins with https://"):
        opening.Address("github.com/ab/cd")


def test_a_setting_that_there_is_not_is_named(tmp_path):
    pytest.importorskip("tomllib", reason="Python 3.10 reads no TOML; the site needs 3.11")
    (tmp_path / "pyproject.toml").write_text('[tool.course]\nrepositry = "x"\n')
    with pytest.raises(ValueError, match=r"tool\.course\.repositry"):
        opening.address(tmp_path)
    assert opening.address(ROOT).branch


def test_the_glossary_finds_whole_words_in_all_their_forms():
    known = glossary.words((ROOT / "docs" / "glossary.md").read_text())
    assert len(known) > 50
    assert all(word.meaning.endswith((".", "!")) and "Met in" not in word.meaning for word in known)
    forms = [form.lower() for word in known for form in word.forms]
    assert len(forms) == len(set(forms))
    pattern, by_form = glossary.finder(known)
    text = "A tasks-list, the Inner Steps of first-order MAML, and multitask supports."
    assert [by_form[m[0].lower()].name for m in pattern.finditer(text)] == [
        "inner loop", "first-order MAML"
    ]  # fmt: skip


def test_every_word_of_the_glossary_stands_in_a_notebook_that_it_names():
    text = (ROOT / "docs" / "glossary.md").read_text()
    for name, entry in glossary.ENTRY.findall(text):
        number, place = glossary.MET.search(entry)[1], re.search(r"#([^)]+)\)", entry)[1]
        [path] = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
        cells = [cell.source for cell in read_notebook(path).cells]
        headings = re.findall(r"(?m)^#+ (.+)$", "\n".join(cells))
        assert place in [glossary.slug(re.sub(r"[*$`]", "", title)) for title in headings], name
        forms = glossary.words(f"### {name}\n\n{entry}")[0].forms
        assert any(form.lower() in "\n".join(cells).lower() for form in forms), name


def test_the_version_is_the_same_wherever_it_is_written():
    version = course_lib.__version__
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()
    assert f"\n## {version} " in (ROOT / "CHANGELOG.md").read_text()
    first = [read_notebook(pair.ipynb).cells[0].source for pair in find_pairs(ROOT, [])]
    assert all(text.count(f" Course version {version}.*") == 1 for text in first)


def test_who_reports_a_fault_is_asked_for_what_the_doctor_says():
    [template] = (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")
    assert "start.py doctor --json" in template.read_text()


def test_what_the_texts_link_to_is_on_the_site(tmp_path):
    building.write_texts(ROOT, tmp_path)
    tree = landing.front_page(ROOT)
    found = 0
    for path in tmp_path.rglob("*.md"):
        if path.name != "index.md":
            assert f"\n{path.relative_to(tmp_path).with_suffix('').as_posix()}\n" in tree
        prose = re.sub(r"(?s)```.*?```|`[^`]*`", "", path.read_text())
        for link in re.findall(r"\]\(([^)\s#]+)[^)]*\)", prose):
            if not link.startswith(("http:", "https:", "mailto:")):
                target = (path.parent / link).resolve()
                book = target.suffix == ".ipynb" and target.parent.name in building.BOOKS
                stands = ROOT / target.relative_to(tmp_path.resolve()) if book else target
                assert stands.exists(), (path.name, link)
                found += 1
    assert found > 100
