"""The students' copy: its questions lie sealed, and judge in a process of their own.

It keeps right answers from a reader, a search, and a look at the objects of a notebook's process:
what `check` gives to the other process are numbers, what it gets is a sentence. It keeps nothing
from whoever opens it on purpose, for the key stands below: a check at home needs the right answer
at home. Inside are compiled questions, with references, hints and model answers; solutions, masters
and tests are not in the copy at all. A verdict at home is the student's own: a grade comes from
`press/grading`, whose box has no question.

`python -m course_lib class pack` writes the copy. In the full course nothing is sealed.
"""

import atexit
import contextlib
import hashlib
import importlib.machinery
import itertools
import json
import lzma
import marshal
import subprocess
import sys
from dataclasses import replace
from types import ModuleType
from typing import Any

from course_lib.checks.exercise import Criterion, Exercise, Option
from course_lib.ground.paths import PACKAGE

PLACE = PACKAGE / "checks" / "sealed.bin"
HEADS = PACKAGE / "checks" / "heads.json"
QUESTIONS = "course_lib.checks.questions"
KEY = b"so that nobody reads it by accident"
ENTRY = (
    "import sys; sys.path.insert(0, {!r}); "
    "from course_lib.checks import sealed_judge; sealed_judge.main()"
)
opened: list[bool] = []  # in the process that judges
judge: list["Judge"] = []  # in the notebook's process: at most one


def there() -> bool:
    """Whether this is a students' copy, seen from a notebook."""
    return not opened and PLACE.is_file()


# --- The seal -------------------------------------------------------------------------------------


def mixed(content: bytes) -> bytes:
    """The bytes, made unreadable; twice gives them back."""
    blocks = (hashlib.sha256(KEY + n.to_bytes(8, "big")).digest() for n in itertools.count())
    stream = b"".join(itertools.islice(blocks, len(content) // 32 + 1))[: len(content)]
    number = int.from_bytes(content, "big") ^ int.from_bytes(stream, "big")
    return number.to_bytes(len(content), "big")


def sealed(sources: dict[str, str]) -> bytes:
    """The modules of these sources by full name: compiled, pressed, unreadable."""
    codes = {name: compile(source, f"<{name}>", "exec") for name, source in sources.items()}
    return mixed(lzma.compress(marshal.dumps(codes)))


class Finder:
    """Imports the questions from the seal."""

    def __init__(self, codes: dict[str, Any]):
        self.codes = codes

    def find_spec(self, name: str, *_: Any) -> Any:
        """The module of this name, if it is sealed."""
        if name not in self.codes:
            return None
        spec = importlib.machinery.ModuleSpec(name, self, is_package=name == QUESTIONS)
        return spec

    def create_module(self, _: Any) -> None:
        """As usual."""

    def exec_module(self, module: ModuleType) -> None:
        """Runs its code."""
        exec(self.codes[module.__name__], module.__dict__)


def modules() -> list[str]:
    """The names of the questions' modules in an opened seal; none where nothing is sealed."""
    found = [finder for finder in sys.meta_path if isinstance(finder, Finder)]
    return [name.rpartition(".")[2] for finder in found for name in finder.codes]


# --- The notebook's process -----------------------------------------------------------------------


class Judge:
    """The other process, as a notebook sees it."""

    def __init__(self) -> None:
        from course_lib.checks.boxed.server import Notebook

        self.process = subprocess.Popen(
            [sys.executable, "-c", ENTRY.format(str(PACKAGE.parent))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        self.mine = Notebook(self.process.stdout.fileno(), self.process.stdin.fileno())
        atexit.register(self.end)

    def end(self) -> None:
        """Ends the process."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                stream.close()

    def ask(self, do: str, key: str, **given: Any) -> Any:
        """The answer; meanwhile the student's functions are called. Errors: EOFError, OSError."""
        self.mine.answers = []
        if "answer" in given:
            given["answer"] = self.mine.described(given["answer"])
        self.mine.send({"do": do, "key": key, **given})
        while True:
            what, said = self.mine.receive()
            if what == "done":
                return said[0]
            self.mine.do(what, said)


def begin() -> None:
    """Starts the judging process where it isn't there."""
    if judge and judge[0].process.poll() is not None:
        judge.pop().end()
    if not judge:
        judge.append(Judge())


def ask(do: str, key: str, **given: Any) -> Any:
    """What the judging process says."""
    begin()
    try:
        return judge[0].ask(do, key, **given)
    except BaseException:  # interrupted in the middle of a sentence: it begins anew
        judge.pop().end()
        raise


def verdict(key: str, answer: Any, seconds: float) -> tuple:
    """ok, message, misconception, is_attempt, and a picture with its alternative text."""
    try:
        return ask("judge", key, answer=answer, seconds=seconds)
    except (EOFError, OSError):
        says = "The check's own process has ended. Call it once more."
        return False, says, "no verdict", False, "", ""


def heads() -> dict[str, Exercise]:
    """What a student may read of every exercise before they have tried it."""
    return {head["key"]: exercise_of(head) for head in json.loads(HEADS.read_text("utf-8"))}


def head_of(exercise: Exercise) -> dict[str, Any]:
    """An exercise without hints, model, and all that says what is right."""
    names = ("key", "title", "kind", "minutes", "difficulty", "objective", "given", "importance",
             "effort", "needs", "after", "book")  # fmt: skip
    stage = exercise.stage
    return {name: getattr(exercise, name) for name in names} | {
        "options": {letter: option.text for letter, option in exercise.options.items()},
        "stage": [stage.widget, stage.start] if stage else None,
        "rubric": [[c.looks_at, c.none, c.some, c.full] for c in exercise.rubric],
    }


def exercise_of(head: dict[str, Any]) -> Exercise:
    """The exercise of a head: its check stands elsewhere."""
    from course_lib.checks.exploring import Stage

    stage = Stage(*head.pop("stage"), bet=0.0, slack=0.0, surprise="") if head["stage"] else None
    head |= {
        "stage": stage, "after": tuple(head["after"]), "why": "", "hints": ("", "", ""),
        "options": {letter: Option(text) for letter, text in head["options"].items()},
        "rubric": tuple(Criterion(*row) for row in head["rubric"]), "check": nowhere,
    }  # fmt: skip
    return Exercise(**head)


def nowhere(_: Any) -> None:
    """In the place of a check: it stands in the other process."""
    raise LookupError("This check runs in a process of its own.")


def with_points(exercise: Exercise) -> Exercise:
    """An open question with its model answer and points, once there are words."""
    model, points = ask("open", exercise.key)
    return replace(exercise, model=model, points={x: Option(*p) for x, p in points.items()})
