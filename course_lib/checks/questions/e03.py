"""The exercises of notebook 03: a prior with many strengths, the meta-objective, when to stop."""

from course_lib.checks.answering import Trap, near
from course_lib.checks.exercise import Exercise
from course_lib.checks.pictures import OUTER, losses_of_groups
from course_lib.checks.questions.e03_outer import OUTER_STEP
from course_lib.checks.questions.e03_score import SCORE
from course_lib.checks.questions.e03_words import WORDS


def lowest(name: str) -> float:
    """The outer step at which the loss of a group is lowest."""
    return OUTER[losses_of_groups()[name].argmin()].item()


STOP = Exercise(
    key="03.3",
    title="When should f stop?",
    kind="read",
    minutes=5,
    difficulty=2,
    objective="stop a meta-learner in time, without looking into the drawer",
    why="Meta-validation tasks took the decision, so the meta-test loss at that step is honest.",
    hints=(
        "Which of the three groups may take a decision? And which has already taken many?",
        "The meta-train loss always falls: f makes it fall. The meta-test tasks may not decide.",
        "Look for the lowest point of the meta-validation curve, and read off its step.",
    ),
    check=near(
        lowest("meta-validation"),
        within=15,
        traps=[
            Trap(
                "where two curves cross",
                "There the curves of meta-validation and meta-test cross. A crossing means nothing "
                "here: the groups hold different tasks, some harder than others. Look for the "
                "lowest point of one curve.",
                69,
                74,
            ),
            Trap(
                "test loss used to choose",
                "About there the meta-test loss is lowest. It may not decide: whoever stops "
                "where it is "
                "lowest has trained on it, and reports a loss that is too good.",
                lowest("meta-test") - 15,
                lowest("meta-test") + 15,
            ),
            Trap(
                "evaluation on meta-train tasks",
                "There the meta-train loss is lowest. f makes it fall as long as it runs, and it "
                "says little about new tasks: they are only three.",
                160,
                1e6,
            ),
            Trap(
                "before anything was learned",
                "Without a step, m is still 0. All three losses are higher there than later.",
                0,
                0,
            ),
            Trap(
                "a loss instead of a step",
                "The answer is a number of outer steps: read it on the horizontal axis.",
                0.01,
                2.5,
            ),
            Trap(
                "where two curves cross",
                "A crossing means nothing here: the groups hold different tasks, some harder than "
                "others. Look for the lowest point of one curve.",
                2.6,
                12,
            ),
        ],
    ),
)

EXERCISES = (OUTER_STEP, SCORE, STOP, WORDS)
