"""What an exercise is: its head, its hints and its check. Answers stand outside the library."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from course_lib.scenes.scene import Scene

KINDS = {
    "write": "write a function",
    "fix": "mend broken code",
    "predict": "predict a number",
    "read": "read a number off a picture",
    "choice": "choose one answer",
    "order": "put lines in order",
    "explore": "predict, then move a widget",
    "open": "answer in your own words",
    "report": "run it, and hand in the numbers",
}


class Slip(Exception):
    """Why an answer is wrong. A check raises it; a check that returns has found nothing.

    `name` is the misconception, `says` the sentences that explain it, `picture` draws the answer
    against the reference when it is asked for. `is_attempt` is False for a stub and for a call
    that has nothing to do with the task.
    """

    def __init__(
        self,
        name: str,
        says: str,
        *,
        picture: Callable[[], Scene] | None = None,
        is_attempt: bool = True,
    ):
        super().__init__(f"{name}. {says}")
        self.name, self.says, self.picture, self.is_attempt = name, says, picture, is_attempt


@dataclass(frozen=True)
class Option:
    """One option of a multiple choice: its text, why it is wrong, and the misconception's name.

    The right option has no name; its `says` is not shown (the exercise's `why` is).
    """

    text: str
    says: str = ""
    name: str = ""


@dataclass(frozen=True)
class Criterion:
    """A row of a rubric: what a person looks at, and what earns 0, 1 and 2 points."""

    looks_at: str
    none: str
    some: str
    full: str


@dataclass(frozen=True)
class Exercise:
    """One exercise. `check(answer)` raises a `Slip` for a wrong answer and returns for a right one.

    What it returns, a sentence or nothing, is said after `why`.

    key         "05.2": notebook and number           kind        one of `KINDS`
    minutes     for a student                         difficulty  1, 2 or 3
    objective   "multiply …": continues "You can …"   why         a sentence, said when right
    hints       three, each says more than the last   given       what stands in the stub's place;
    options     of a choice or an order, by letter            without it, "..."
    effort      times the usual limit of seconds      points      of an open question, by letter
    model       an open question's model answer       stage       the widget that is to be moved
    needs       a library that may be missing         importance  1, 2 or 3
    after       keys whose functions it uses          rubric      what a person judges it by
    book        "" in the lesson's own book of exercises; else that of another
    """

    key: str
    title: str
    kind: str
    minutes: int
    difficulty: int
    objective: str
    why: str
    hints: tuple[str, str, str]
    check: Callable[[Any], str | None]
    given: str = ""
    importance: int = 2  # 3: do it even in a hurry; 1: where there is time
    options: Mapping[str, Option] = field(default_factory=dict)
    effort: float = 1.0
    needs: str = ""
    points: Mapping[str, Option] = field(default_factory=dict)
    model: str = ""
    stage: Any = None  # an `exploring.Stage`
    after: tuple[str, ...] = ()
    book: str = ""
    rubric: tuple[Criterion, ...] = ()

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(
                f"{self.key}: the kind {self.kind!r} is not one of {', '.join(KINDS)}."
            )
        if self.difficulty not in (1, 2, 3) or len(self.hints) != 3:
            raise ValueError(f"{self.key}: give a difficulty of 1, 2 or 3, and three hints.")

    @property
    def notebook(self) -> str:
        """The number of its notebook, "05"."""
        return self.key.partition(".")[0]

    @property
    def takes_function(self) -> bool:
        """Whether the answer is a function, not a value."""
        return self.kind in ("write", "fix")
