"""The exercises of notebook 03: a prior with many strengths, the meta-objective, when to stop."""

from functools import lru_cache

import torch

import course_lib
from course_lib.checks.answering import Trap, near
from course_lib.checks.exercise import Exercise
from course_lib.checks.questions.e03_outer import OUTER_STEP
from course_lib.checks.questions.e03_score import SCORE
from course_lib.checks.questions.e03_words import WORDS
from course_lib.scenes.scene import Line, Panel, Scene
from course_lib.supervised.priors import CURVES, Bowl, bowls, descend, sample_tasks

GROUPS = {"meta-train": 3, "meta-validation": 5, "meta-test": 8}
OUTER = torch.arange(0, 201, 5, dtype=torch.float64)


@lru_cache
def losses_of_groups() -> dict[str, torch.Tensor]:
    """The mean loss of three groups of tasks while f lowers the first of them."""
    strength = (CURVES.noise / CURVES.spread) ** 2
    tasks = sample_tasks(
        CURVES, sum(GROUPS.values()), num_shots=4, num_queries=10, gen=course_lib.seed(633)
    )
    parts = zip(
        *(part.split(list(GROUPS.values())) for part in bowls(tasks, strength)), strict=True
    )
    means = {
        name: Bowl(*(p.mean(0) for p in part)) for name, part in zip(GROUPS, parts, strict=True)
    }
    path = descend(means["meta-train"], OUTER, lr=0.05)
    return {name: bowl(path) for name, bowl in means.items()}


def lowest(name: str) -> float:
    """The outer step at which the loss of a group is lowest."""
    return OUTER[losses_of_groups()[name].argmin()].item()


def three_losses() -> Scene:
    """The loss of three groups of tasks against the outer steps of f: the picture of 03.3."""
    colors = {"meta-train": "meta_train", "meta-validation": "ink", "meta-test": "meta_test"}
    marks = [
        Line(OUTER, y, colors[name], 2.5, name == "meta-test", name)
        for name, y in losses_of_groups().items()
    ]
    panel = Panel(marks, (0, 200), (0, 1.6), "A meta-learner with three meta-train tasks",
                  "outer steps of f", "mean loss over tasks",
                  xticks=[(n, str(n)) for n in range(0, 201, 10)])  # fmt: skip
    rows = [
        f"{name} {', '.join(f'{value:.3f}' for value in losses[::4].tolist())}"
        for name, losses in losses_of_groups().items()
    ]
    alt = (
        "Three losses against the outer steps. Meta-train falls to the end; meta-validation and "
        f"meta-test fall, turn at different steps, and rise. At 0, 20, 40 to 200 steps: "
        f"{'; '.join(rows)}."
    )
    return Scene([[panel]], alt, heights=(360,))


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
