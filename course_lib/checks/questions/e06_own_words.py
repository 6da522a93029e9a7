"""Exercises 06.6 and 06.10, open questions: a bet before the study, three sentences after it."""

from course_lib.checks.exercise import Criterion, Option
from course_lib.checks.wording import open_question

PLAN_POINTS = {
    "a": Option("It names two ways that differ in one thing."),
    "b": Option(
        "It asks which way is better, and leaves open at what.",
        "MAML lost after no step and won after one; K = 5 lost after one and won after ten. Say "
        "how many shots and steps, and which number judges.",
        "a question without a measure",
    ),
    "c": Option("It says what both get: the budget, the shots, the steps when judged."),
    "d": Option(
        "One of the two may train until it is good.",
        "Then patience is compared, not the ways. Both get the same budget, and what an outer "
        "step costs is part of the question.",
        "budget not equal",
    ),
    "e": Option("It bets, with a reason from notebooks 03 to 05."),
    "f": Option(
        "Whatever comes out, the bet can be called right.",
        "Then it says nothing. Name a result that would prove you wrong.",
        "a bet that can't be lost",
    ),
    "g": Option("It names a result that would prove the bet wrong."),
}

PLAN = open_question(
    "06.6",
    book="06_your_own_question",
    title="A question and a bet",
    words="my_plan",
    minutes=10,
    objective="turn curiosity into a question that a small study can answer",
    why="Now a number can answer you, and surprise you.",
    hints=(
        "Start from a table of notebook 04: which line surprised you? What was *not* equal in it?",
        "Change one thing only. Say what stays: shots, steps when judged, budget.",
        "“With a budget of … and … shots: is the error after … steps lower from … than from …? I "
        "bet …, because …. I am wrong if ….”",
    ),
    model=(
        "An outer step of MAML costs three gradients of each task, one of first order two. "
        "With the same budget, five shots and one inner step: is the error lower from MAML's "
        "start? I bet on first order: its direction is nearly right early on (notebook 05), "
        "and it may take half as many outer steps again. I am wrong if the gap's interval "
        "lies on MAML's side, in all three trainings."
    ),
    points=PLAN_POINTS,
)

RUBRIC = (
    Criterion(
        "the question and the bet (06.6)",
        "no question, or none that a number could answer",
        "a question; what is equal, or the reason for the bet, is missing",
        "two ways that differ in one thing, what both get, a reason, and what would prove it wrong",
    ),
    Criterion(
        "fairness (06.7, 06.9)",
        "tuned on test tasks, or one way had more budget",
        "fair, but a setting lies at the edge of what was tried and nobody says so",
        "same budget, each way tuned on validation tasks, and the grid was wide enough or its edge "
        "is named",
    ),
    Criterion(
        "uncertainty (06.8, 06.9)",
        "a mean alone",
        "an interval over tasks, paired; the trainings are passed over",
        "the paired interval over tasks, and all trainings beside it",
    ),
    Criterion(
        "the plot",
        "none, or the axes have no names",
        "it shows the two ways, without spread",
        "it answers at a glance: both axes named, the interval and the trainings shown",
    ),
    Criterion(
        "what was found (06.10)",
        "a claim that the numbers don't carry",
        "true, but without the numbers, or wider than what was measured",
        "the gap with its ±, at these shots and steps, and what the bet was",
    ),
    Criterion(
        "what it does not show, and what is next (06.10)",
        "nothing",
        "a limit, or a next step, that would fit any study",
        "a limit of *this* study, and the next step that would lift it",
    ),
)

FOUND_POINTS = {
    "a": Option("They say what was found: the gap, its ±, and at how many shots and steps."),
    "b": Option(
        "They say that one way is better, in general.",
        "You have tried one budget, one net and one family of tasks. Say so.",
        "a claim beyond what was measured",
    ),
    "c": Option("They say whether the trainings agree."),
    "d": Option(
        "The ± says how the next training would turn out.",
        "It is over tasks, with these nets. Another seed gives another net: only the trainings, "
        "side by side, tell of that.",
        "an interval over tasks taken for one over trainings",
    ),
    "e": Option("They name something that this study does not show."),
    "f": Option(
        "The interval contains zero, so there is no difference.",
        "It is consistent with no difference, and with all others in the interval. How large "
        "could it be? That is what you know.",
        "no difference found, taken for none",
    ),
    "g": Option("They say what to do next, and what that would decide."),
}

FOUND = open_question(
    "06.10",
    book="06_your_own_question",
    title="Three sentences",
    minutes=15,
    objective="say what a study found, what it does not show, and what comes next",
    why="That is a result, and its limits. Compare with the rubric: how many points is it?",
    hints=(
        "One sentence for each: what was found; what it does not show; what you would do next.",
        "The first holds a number, its ±, and what it holds for. Do the trainings agree on the "
        "sign? The second: what did you keep the same that others would not?",
        "“With … passes and … shots, after … steps, the error from … was … ± … lower than from "
        "…; the trainings ….” “It does not show ….” “Next I would …, which would decide ….”",
    ),
    model=(
        "With this budget, five shots and one step, the gap between the two starts was so "
        "much ± so much (say your numbers), and the three trainings do, or do not, agree on "
        "its sign; my bet was right, or wrong. It does not show what a longer training would "
        "do, nor another world than sinusoids, and three trainings say little about a fourth. "
        "Next I would double the budget with ten seeds, which would decide whether the gap is "
        "one of speed or one of where the training ends."
    ),
    points=FOUND_POINTS,
    rubric=RUBRIC,
)
