"""What is stored names its commit: dirty code is refused before the work, own outputs are not."""

import json
import re
import subprocess

import pytest
from safetensors import safe_open

from benchmarks import maml_speed, rl2_speed, widget_latency
from course_lib import results, training
from course_lib.ground import commit, paths
from course_lib.press import train
from course_lib.training import rows, weights
from course_lib.training.recipe import Part, Table


def git(folder, *words: str) -> str:
    ran = subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *words],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return ran.stdout.strip()


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A course of one module, committed; what is trained and measured lands in it."""
    root = tmp_path / "course"
    for folder in ("checkpoints", "results"):
        (root / "course_lib" / folder).mkdir(parents=True)
    (root / "course_lib" / "agent.py").write_text("x = 1\n")
    (root / "course_lib" / "results" / "papers.json").write_text("{}\n")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "all")
    monkeypatch.setattr(paths, "ROOT", root)
    monkeypatch.setattr(training, "CHECKPOINTS", root / "course_lib" / "checkpoints")
    monkeypatch.setattr(weights, "CHECKPOINTS", root / "course_lib" / "checkpoints")
    monkeypatch.setattr(results, "FOLDER", root / "course_lib" / "results")
    monkeypatch.setattr(train, "UNFINISHED", tmp_path / "unfinished")
    monkeypatch.setattr(train, "DRAFTS", tmp_path / "drafts")
    monkeypatch.setattr(rows, "KEPT", tmp_path / "rows")
    monkeypatch.setitem(train.TABLES, "toy", TOY)
    return root


def measured() -> dict:
    WORKED.append("row")
    return {"name": "a", "value": 1}


WORKED: list[str] = []
TOY = Table("toy", lambda: [Part(("a",), measured, {})], 1, lambda row: row["name"])
TRAIN = ["sinusoid-maml", "--iterations", "2"]
CALLS = [
    pytest.param(train.main_train, TRAIN, id="train"),
    pytest.param(train.main_reproduce, ["toy", "--rerun"], id="reproduce"),
]


@pytest.fixture
def nothing_works(monkeypatch):
    """The work fails the test: a refusal comes before it."""

    def never(*_, **__):
        pytest.fail("the work has begun")

    monkeypatch.setattr(train, "_train", never)
    monkeypatch.setattr(rows, "measure", never)


@pytest.mark.parametrize(("command", "argv"), CALLS)
def test_dirty_code_is_refused_before_the_work_begins(command, argv, repository, nothing_works):
    (repository / "course_lib" / "agent.py").write_text("x = 2\n")
    with pytest.raises(RuntimeError, match=r"course_lib/agent\.py\. Commit first\. .*--draft"):
        command(argv)


@pytest.mark.parametrize(("command", "argv"), CALLS)
def test_a_file_that_git_does_not_know_is_dirty_code_too(command, argv, repository, nothing_works):
    for name in "abcde":
        (repository / "course_lib" / f"new {name}.py").touch()
    with pytest.raises(RuntimeError, match=r"new a\.py, .*new c\.py and 2 more"):
        command(argv)


@pytest.mark.parametrize(("command", "argv"), CALLS)
def test_a_papers_number_that_was_changed_is_dirty_too(command, argv, repository, nothing_works):
    (repository / "course_lib" / "results" / "papers.json").write_text("[]\n")
    with pytest.raises(RuntimeError, match=r"papers\.json"):
        command(argv)


@pytest.mark.parametrize(("command", "argv"), CALLS)
def test_without_git_a_sentence_says_so(command, argv, repository, nothing_works, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RuntimeError, match=r"or git is missing\. .*--draft"):
        command(argv)


def test_outside_of_any_repository_a_sentence_says_so(tmp_path, repository, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    with pytest.raises(RuntimeError, match="is no git repository with a commit"):
        commit.committed("Or not.")
    assert commit.code_version() == "unknown"


@pytest.mark.parametrize(("command", "argv"), CALLS)
def test_from_a_commit_all_is_stored_under_its_name(command, argv, repository):
    head = git(repository, "rev-parse", "--short=10", "HEAD")
    (repository / "README.md").write_text("Words that make no number.\n")
    for _ in range(2):  # the second time, what the first has written is new
        assert command(argv) == 0
    if command is train.main_train:
        _, made = training.load_checkpoint("sinusoid-maml")
    else:
        made = results.load("toy")["made"]
    assert made["code"] == head
    assert commit.uncommitted() == []


@pytest.mark.parametrize(("command", "argv"), CALLS)
def test_a_draft_may_come_from_any_code_and_leaves_the_course_alone(command, argv, repository):
    (repository / "course_lib" / "agent.py").write_text("x = 2\n")
    before = git(repository, "status", "--porcelain")
    assert command([*argv, "--draft"]) == 0
    assert git(repository, "status", "--porcelain") == before
    (draft,) = train.DRAFTS.glob("[!.]*")
    assert draft.stem in ("sinusoid-maml", "toy")


@pytest.mark.parametrize(
    ("speed", "work"),
    [(maml_speed, "rows_for"), (rl2_speed, "rows_for"), (widget_latency, "measure_all")],
)
def test_speeds_are_stored_from_a_commit_only(speed, work, repository, monkeypatch, capsys):
    monkeypatch.setattr(speed, work, lambda *_: pytest.fail("the work has begun"))
    monkeypatch.setattr(rl2_speed, "missing", lambda name: False)
    (repository / "course_lib" / "agent.py").write_text("x = 2\n")
    with pytest.raises(SystemExit):
        speed.main(["--store"])
    assert "agent.py. Commit first." in capsys.readouterr().err


def test_rows_that_are_only_shown_may_come_from_any_code(repository, capsys):
    (repository / "course_lib" / "agent.py").write_text("x = 2\n")
    assert train.main_reproduce(["toy", "--rerun", "--only", "a", "--json"]) == 0
    assert '"code": "' in (said := capsys.readouterr().out)
    assert '+"' in said


def test_a_table_that_cant_be_stored_keeps_its_rows(repository, monkeypatch):
    WORKED.clear()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(results, "save", full)
        with pytest.raises(OSError, match="No space"):
            train.main_reproduce(["toy", "--rerun"])
    assert train.main_reproduce(["toy", "--rerun"]) == 0
    assert WORKED == ["row"]
    assert not (rows.KEPT / "toy").exists()


def stored_commits() -> dict[str, str]:
    """The commit that each result and each checkpoint of the course names, a "+" left away."""
    named = {}
    for path in sorted(paths.RESULTS.glob("*.json")):
        made = json.loads(path.read_text(encoding="utf-8"))
        made = made.get("made", {}) if isinstance(made, dict) else {}
        for part in (made, *made.get("kept", [])):
            if "code" in part:
                named[f"{path.name} {part['code']}"] = part["code"].rstrip("+")
    for path in sorted(paths.CHECKPOINTS.glob("*.safetensors")):
        with safe_open(path, "pt") as file:
            named[path.name] = json.loads(file.metadata()["made"])["code"].rstrip("+")
    return named


def folded_commits() -> dict[str, str]:
    """The commits of CONTRIBUTING's list that were folded into another, and into which."""
    text = (paths.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\| ([0-9a-f]{10}) \| ([0-9a-f]{7,}) \|", text, re.M)
    return dict(lines)


def history() -> list[str]:
    """All commits of this copy; skips the test where they are not all there."""

    def said(*words: str) -> str:
        asked = ["git", *words]
        return subprocess.run(asked, cwd=paths.ROOT, capture_output=True, text=True).stdout.strip()

    if said("rev-parse", "--is-shallow-repository") != "false":
        pytest.skip("the history of this copy is not whole, or there is none")
    return said("rev-list", "HEAD").split()


def test_what_is_stored_names_a_commit_of_this_history():
    known, folded, named = history(), folded_commits(), stored_commits()
    assert len(named) > 100
    assert {
        what
        for what, code in named.items()
        if not any(c.startswith(folded.get(code, code)) for c in known)
    } == set()


def test_only_a_lost_commit_that_something_names_is_folded():
    known, folded = history(), folded_commits()
    assert set(folded) <= set(stored_commits().values())
    assert [old for old in folded if any(c.startswith(old) for c in known)] == []
