"""The self-test over the whole course: questions with new numbers each time (notebook 12).

self_test()      # the card
weakest()        # what to read again, by the newest answers
"""

from IPython.display import Markdown, display

from course_lib.widgets.quiz import kept
from course_lib.widgets.quiz.card import SELF_TEST, TOPICS
from course_lib.widgets.quiz.review import again

__all__ = ["score", "self_test", "weakest"]


def self_test() -> None:
    """Show the card, with the numbers of the newest round."""
    try:
        seed = kept.read().seed
    except (ValueError, OSError) as problem:
        print(problem)
        return
    SELF_TEST.show(seed=seed)


def weakest() -> None:
    """Show what was answered rightly, by lesson, and the sections to read again."""
    try:
        answers = kept.read().answers
    except (ValueError, OSError) as problem:
        print(problem)
        return
    display(Markdown(again(TOPICS, answers)))


def score(*, least: int = 1) -> float | None:
    """Which share of the answered questions was right, in %; None before `least` answers."""
    try:
        answers = kept.read().answers.values()
    except (ValueError, OSError) as problem:
        print(problem)
        return None
    return 100 * sum(answers) / len(answers) if len(answers) >= max(least, 1) else None
