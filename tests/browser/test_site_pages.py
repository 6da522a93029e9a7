"""A small course as a site, by Sphinx and in a real browser: nothing is wrong; planted faults show.

Sphinx is no part of the course. Without it these are skipped: pip install -r requirements-site.txt
"""

import shutil
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, writes

from course_lib.ground.paths import ROOT
from course_lib.press.notebooks.files import read_notebook
from course_lib.press.site import building, moving, needs
from course_lib.press.site.check import check
from course_lib.press.site.pdf import bookmarks, print_pdf

WHY_NOT = needs.why_not() or needs.why_not_axe()
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
TEXT = """# 00 · Start

**Does it work?**

A task has a support, and $\\alpha = 1$. Go [on](#Many-tasks), or to the
[exercises](../exercises/00_start_here.ipynb).

$$L_T(\\varphi) = \\tfrac12\\,\\lambda\\,(\\varphi - c)^2$$

## Many tasks

**Bet, then run.** How many?
"""
PAGE = "notebooks/00_start_here.html"
BOOK = "exercises/00_start_here.html"
ADDRESS = {"repository": "https://github.com/some/course.git", "hub": "https://hub.example.org"}
MIDDLE = """(canvas, name) => {
  const place = canvas.hits.find((hit) => hit.type === "click" && hit.name === name);
  return { x: place.left + place.width / 2, y: place.top + place.height / 2 };
}"""
FAULTS = {
    "elsewhere": ('<script src="https://example.org/a.js"></script>', "asks for https://example"),
    "console": ("<script>console.error('broken here')</script>", "console says: broken here"),
    "script": ("<script>broken.here()</script>", "script failed"),
    "no page": ('<a href="nowhere.html">on</a>', "nowhere.html leads nowhere"),
    "no place": (f'<a href="../{BOOK}#nowhere">on</a>', "names a place that is not there"),
    "outside": ('<a href="../../../../secret.html">on</a>', "leaves the site's folder"),
    "raw": ("<p>It costs $\\alpha$ and no more.</p>", "formula that was not drawn"),
    "wrong": ('<div class="math">\\[x^2^3\\]</div>', "A formula is wrong: 'Double"),
    "unknown": ('<div class="math">\\[\\nosuch{1}\\]</div>', "is wrong: '\\nosuch"),
    "no alt": ('<img src="../_static/picture.png">', "no alternative text"),
    "name": ('<img src="../_static/picture.png" alt="a/picture.png">', "is a file's name"),
    "no picture": ('<img src="nowhere.png" alt="a house">', "nowhere.png is missing"),
    "wide": ('<div style="width:1200px">wide</div>', "scrolls sideways"),
    "pale": ('<p style="color:#AAAAAA;background:#FFF">pale</p>', "axe, in light, color-contrast"),
    "no keys": ('<button onfocus="event.stopImmediatePropagation()">x</button><script>document.'
                'querySelector("[onfocus]").addEventListener("focusin", (e) => '
                'e.stopPropagation())</script>', "Tab key does not reach <button> x"),
    "no name": ("<button></button>", "button-name"),
}  # fmt: skip


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """A course of one notebook and two exercise books, with all pages that the first page names."""
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "docs", root / "docs", ignore=shutil.ignore_patterns("*.md"))
    for name in ("own_model", "claims", "routes", "plans"):
        (root / "docs" / f"{name}.md").write_text(f"# {name}\n\nWords.\n")
    task = "### task\n\nOne problem. Met in [00](../notebooks/00_start_here.ipynb#Many-tasks).\n"
    (root / "docs" / "glossary.md").write_text(f"# Glossary\n\n## Words\n\n{task}")
    (root / "README.md").write_text("# Course\n\n## Two commands\n\n![It runs](docs/picture.png)\n")
    for name in ("CONTRIBUTING.md", "CHANGELOG.md"):
        (root / name).write_text(f"# {name}\n\nWords.\n")
    text = (ROOT / "pyproject.toml").read_text()
    for name, value in ADDRESS.items():
        text = text.replace(f'\n{name} = ""\n', f'\n{name} = "{value}"\n')
    (root / "pyproject.toml").write_text(text)
    stored = read_notebook(ROOT / "notebooks" / "04_maml.ipynb").cells
    picture = next(c for c in stored if c.cell_type == "code" and "image/png" in str(c.outputs))
    hidden = {"jupyter": {"outputs_hidden": True, "source_hidden": True}}
    answer = new_output("stream", name="stdout", text="seven\n")
    cells = [
        new_markdown_cell(TEXT),
        new_code_cell('bet("00.many", "How many?", number(0, 9, within=1))', outputs=[]),
        new_code_cell('print("seven")', outputs=[answer], metadata=hidden),
        new_markdown_cell(
            "<!-- unfolds with your bet -->\n\nSeven, since $3 + 4 = 7$.", metadata=hidden
        ),
        new_code_cell("W6.show()"),
        new_code_cell("W0.show()"),
        new_code_cell("show()", outputs=picture.outputs),
    ]
    book = [new_markdown_cell("# Exercises\n\nTo [00](../notebooks/00_start_here.ipynb).")]
    for folder, name, content in (
        ("notebooks", "00_start_here", cells),
        ("exercises", "00_start_here", book),
        ("exercises", "06_your_own_question", book),
    ):
        (root / folder).mkdir(exist_ok=True)
        metadata = read_notebook(ROOT / "notebooks" / "04_maml.ipynb").metadata
        text = writes(new_notebook(cells=content, metadata=metadata))
        (root / folder / f"{name}.ipynb").write_text(text)
    return root


@pytest.fixture(scope="module")
def built(course, tmp_path_factory) -> Path:
    """The small course's site; Sphinx has nothing to say about it."""
    folder = tmp_path_factory.mktemp("site")
    only = {
        "W6": moving.Moves({"steps": range(9), "alpha": (0.1, 0.2)}),
        "W0": moving.Moves({"number": (1, 2), "shots": (1, 5), "said": ("not yet", "A", "B")}),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moving, "MOVING", only)
        made = building.build(course, folder / "work", folder / "build", lambda _: None)
    assert made.warnings == []
    assert (made.pages, made.moving) == (len(list((folder / "build").rglob("*.html"))), 2)
    return folder / "build"


def test_a_built_page_has_no_problem_and_its_widget_moves(chromium, built):
    report = check(chromium, built, [PAGE, BOOK, "docs/glossary.html"])
    assert [row for row in report["rows"] if row["problems"]] == []
    assert (report["pages"], report["widgets_moving"]) == (3, 2)
    assert report["formulas"] >= 3
    assert report["bytes"] == sum(p.stat().st_size for p in built.rglob("*") if p.is_file())


def test_the_search_is_judged_by_what_it_finds(chromium, built, monkeypatch):
    for turned in (False, True):
        searches = {"glossary": not turned, "zzyzx": turned}
        monkeypatch.setattr("course_lib.press.site.check.SEARCHES", searches)
        [row] = check(chromium, built, ["search.html"])["rows"]
        found = [problem for problem in row["problems"] if "The search for" in problem]
        assert len(found) == 2 * turned, row


def test_the_first_use_of_a_word_leads_to_the_glossary(built):
    text = (built / PAGE).read_text()
    assert text.count("course-word") == 1
    assert 'href="../docs/glossary.html#task">task</a>' in text


@pytest.mark.parametrize("page", [PAGE, BOOK])
def test_live_links_open_this_very_notebook(course, built, page):
    soup = pytest.importorskip("bs4").BeautifulSoup((built / page).read_text(), "html.parser")
    links = {a.get_text(): urlsplit(a["href"]) for a in soup.select(".course-links a")}
    path = Path(page).with_suffix(".ipynb").as_posix()
    assert (course / path).is_file()
    colab = links["Open in Colab"]
    assert colab.netloc == "colab.research.google.com"
    assert colab.path == f"/github/some/course/blob/main/{path}"
    binder = links["Open in Binder"]
    assert (binder.netloc, binder.path) == ("mybinder.org", "/v2/gh/some/course/main")
    assert parse_qs(binder.query) == {"labpath": [path]}
    hub = links["Open in JupyterHub"]
    assert (hub.netloc, hub.path) == ("hub.example.org", "/hub/user-redirect/git-pull")
    folder = "course"  # nbgitpuller clones into it
    told = {"repo": [ADDRESS["repository"]], "branch": ["main"]}
    assert parse_qs(hub.query) == {**told, "urlpath": [f"lab/tree/{folder}/{path}"]}
    stored = (built / page).parent / unquote(links["Download the notebook"].path)
    assert stored.read_bytes() == (course / path).read_bytes()


def test_a_locked_bet_unfolds_what_came_out_and_is_remembered(chromium, built):
    context = chromium.new_context()
    page = context.new_page()
    page.goto((built / PAGE).as_uri())
    assert page.locator("text=seven").first.is_hidden()
    page.locator(".course-bet input").fill("about six")
    page.keyboard.press("Enter")
    assert page.locator("details.course-answer[open], details.hide[open]").count() == 2
    page.reload()
    assert page.locator(".course-bet input").input_value() == "about six"
    assert page.locator(".course-bet button").is_disabled()
    context.close()


def test_play_moves_a_widget_and_stops_at_its_end(chromium, built):
    context = chromium.new_context()
    page = context.new_page()
    page.goto((built / PAGE).as_uri())
    page.locator(".course-moving button").click()
    page.wait_for_function("document.querySelector('.course-moving input').value === '8'")
    page.wait_for_function("document.querySelector('.course-moving button').textContent === 'Play'")
    assert page.locator(".course-moving canvas").first.get_attribute("aria-label")
    context.close()


def test_a_click_on_a_picture_answers_the_game_and_goes_on(chromium, built):
    context = chromium.new_context()
    page = context.new_page()
    page.goto((built / PAGE).as_uri())
    game = page.locator(".course-moving[data-widget=W0]")
    said, status = game.locator("select").last, game.locator(".status")
    assert "Question 1" in status.inner_text()
    for name, answer, words in [("B", "B", "similar picture"), ("Enter", "not yet", "Question 2")]:
        game.locator("canvas").click(position=game.locator("canvas").evaluate(MIDDLE, name))
        assert said.evaluate("(menu) => menu.selectedOptions[0].text") == answer
        assert words in status.inner_text()
    context.close()


def test_the_pdf_has_bookmarks_that_lead_to_their_pages(chromium, built, tmp_path):
    if reason := needs.why_no_pdf():
        pytest.skip(reason)
    target = tmp_path / "course.pdf"
    pages = print_pdf(chromium, built, target)
    found = [(level, words) for level, words, _ in bookmarks(target)]
    whole = [(0, "00 · Start"), (1, "Many tasks"), (0, "Exercises")]
    assert [mark for mark in found if mark in whole] == [*whole, whole[-1]]
    places = [page for *_, page in bookmarks(target)]
    assert places == sorted(places)
    assert places[0] == 1 < places[-1] <= pages


def test_planted_faults_are_found(chromium, built, tmp_path):
    shutil.copytree(built, tmp_path / "site")
    text = (built / PAGE).read_text()
    faults = "\n".join(fault for fault, _ in FAULTS.values())
    wrong = text.replace("<p>A <a", f"{faults}<p>A <a", 1)
    assert wrong != text
    (tmp_path / "site" / PAGE).write_text(wrong)
    (tmp_path / "site" / moving.FRAMES / "W6.js").unlink()
    [row] = check(chromium, tmp_path / "site", [PAGE])["rows"]
    for name, (_, says) in {**FAULTS, "frames": ("", "W6 does not move")}.items():
        assert any(says in problem for problem in row["problems"]), (name, row["problems"])
