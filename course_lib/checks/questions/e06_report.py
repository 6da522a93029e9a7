"""Exercise 06.9: a study that the student has run. Its numbers must fit together, and be fair."""

from typing import Any

from torch import Tensor

from course_lib.checks.answering import as_number
from course_lib.checks.calling import check_finite
from course_lib.checks.exercise import Exercise, Slip
from course_lib.checks.questions.e06_gap import ALSO, MISTAKES, gap
from course_lib.checks.values import kind, plain, same, shown

FEWEST_TASKS, FEWEST_TRAININGS = 100, 3
GIVEN = """
my_report = {
    "costs": ...,  # of an outer step, in passes, by way: two ways
    "outer steps": ...,  # of one training, by way
    "validation": ...,  # the tasks that chose α and β
    "test": ...,  # the tasks that judged
    "errors": ...,  # by way: [trainings, tasks]
    "gap": ...,  # what `gap` gives for the first way and the second
}
"""
FIELDS = ("costs", "outer steps", "validation", "test", "errors", "gap")


def check_report(report: Any) -> str:
    """What was run, as a sentence; a `Slip` for what is unfair or doesn't fit together."""
    must_be_filled_in(report)
    check_tasks(report["validation"], report["test"])
    check_errors(report)
    check_budget(report)
    check_gap(report)
    trainings, tasks = next(iter(report["errors"].values())).shape
    most = max(spent(report).values())
    return (
        f"{trainings} trainings of each way, {most:g} passes each, judged on {tasks} test tasks. "
        "What it means is yours to say: 06.10."
    )


def must_be_filled_in(report: Any) -> None:
    """A `Slip` for what is no report, and for one with gaps."""
    if not isinstance(report, dict):
        says = f"Give the dictionary `my_report`; you gave {kind(report)}."
        raise Slip("no report", says, is_attempt=False)
    missing = [name for name in FIELDS if report.get(name, ...) is ...]
    if missing:
        says = f"Still to be filled in: {', '.join(missing)}."
        name = "still the stub" if len(missing) == len(FIELDS) else "an incomplete report"
        raise Slip(name, says, is_attempt=False)
    for name in ("costs", "outer steps", "errors"):
        if not isinstance(report[name], dict) or len(report[name]) != 2:
            says = f'`my_report["{name}"]` should be a dictionary with your two ways.'
            raise Slip("two ways are compared", says)
    if not report["costs"].keys() == report["outer steps"].keys() == report["errors"].keys():
        says = "Costs, outer steps and errors should have the same two ways as names."
        raise Slip("two ways are compared", says)


def rows(tasks: Any) -> set[bytes]:
    """The support inputs of each task: what tells one task from another."""
    try:
        return {row.double().numpy().tobytes() for row in plain(tasks[0][0])}
    except (TypeError, AttributeError, IndexError, KeyError):
        says = "Tasks are a pair (support, query), each a pair (x, y), with the tasks on axis 0."
        raise Slip("no tasks", f"{says} You gave {kind(tasks)}.") from None


def check_tasks(validation: Any, test: Any) -> None:
    """A `Slip` for tasks that tune and judge, and for too few."""
    both = rows(validation) & rows(test)
    if both:
        says = (
            f"{len(both)} of your test tasks are validation tasks too. Did both come from one "
            "seed? Draw them from different ones: a task that has chosen α can't judge it."
        )
        raise Slip("meta-validation and meta-test tasks overlap", says)
    if len(rows(test)) < FEWEST_TASKS:
        says = f"You judge on {len(rows(test))}. Take at least {FEWEST_TASKS}: they cost little."
        raise Slip("too few test tasks", says)


def check_errors(report: dict) -> None:
    """A `Slip` where the errors are not one number for each training and test task."""
    test, validation = len(rows(report["test"])), len(rows(report["validation"]))
    queries = plain(report["test"][1][0]).shape[1]
    for way, value in report["errors"].items():
        errors = report["errors"][way] = plain(value)
        if not isinstance(errors, Tensor):
            raise Slip("no table of errors", f"The errors of “{way}” are {kind(value)}.")
        if errors.shape[-1] == test * queries:
            says = (
                "There is a number for each query. A task is what was drawn: average over its "
                "queries."
            )
            raise Slip("queries counted as independent", says)
        if errors.ndim == 1 or len(errors) == 1:
            says = (
                "There is one row of errors. If it is the best of several, luck is in it; if "
                "there was one, nobody knows what another seed would do. Tell all of three or "
                "more."
            )
            raise Slip("one training of several reported", says)
        if errors.shape[-1] == validation != test:
            says = (
                "There is an error for each *validation* task. Those have chosen α; `test` judges."
            )
            raise Slip("judged on the tasks that tuned", says)
        if errors.ndim != 2 or errors.shape[1] != test:
            says = (
                f"The errors of “{way}” are {kind(errors)}. Wanted: [trainings, tasks], with your "
                f"{test} test tasks."
            )
            raise Slip("not one number for each training and task", says)
        if len(errors) < FEWEST_TRAININGS:
            says = f"You have {len(errors)} of “{way}”. Take {FEWEST_TRAININGS} or more."
            raise Slip("too few trainings", says)
        if len(errors.unique(dim=0)) < len(errors):
            says = f"Two rows of “{way}” are equal. Is the seed used?"
            raise Slip("the same training twice", says)
        check_finite(errors)
    one, other = report["errors"].values()
    if one.shape != other.shape:
        says = "One way has more trainings than the other: more chances to be lucky, or unlucky."
        raise Slip("as many trainings of each way", says)


def spent(report: dict) -> dict[str, float]:
    """How many passes each way may spend."""
    steps, costs = report["outer steps"], report["costs"]
    return {way: as_number(steps[way]) * as_number(cost) for way, cost in costs.items()}


def check_budget(report: dict) -> None:
    """A `Slip` where one way may spend more than the other, by more than one outer step."""
    budget = spent(report)
    most = max(map(as_number, report["costs"].values()))
    if max(budget.values()) - min(budget.values()) >= most:
        told = " and ".join(f"{passes:g} passes for “{way}”" for way, passes in budget.items())
        says = (
            f"It is {told}. Divide the budget by what an outer step costs; up to one outer step "
            "may be left over."
        )
        raise Slip("budget not equal", says)


def check_gap(report: dict) -> None:
    """A `Slip` where the gap isn't that of the errors; it is named where it is a known mistake."""
    errors = [value.double() for value in report["errors"].values()]
    if same(report["gap"], gap(*errors), 1e-3):
        return
    for mistake in (*MISTAKES, *ALSO):
        if same(report["gap"], mistake.answer(*errors), 1e-3):
            raise Slip(mistake.name, mistake.says)
    says = f"Yours: {shown(report['gap'])}. From your errors: {shown(gap(*errors))}."
    raise Slip("another gap than that of your errors", says)


RUN = Exercise(
    key="06.9",
    book="06_your_own_question",
    title="Run it",
    kind="report",
    minutes=35,
    difficulty=2,
    objective="carry out a small study of your own, from a question to a plot",
    why="The numbers fit together.",
    hints=(
        "Draw the two kinds of tasks first, each with a seed of its own: about 100 that tune, 300 "
        "that judge. Then call `study` with your two ways.",
        "`costs = {way: passes(way) for way in my_ways}`. `study(costs, BUDGET, (1, 2, 3), alphas, "
        "betas, trained, losses, validation, test)`; α from 0.003 to 0.03, β 0.003 and 0.01 are a "
        "beginning. Is the best one at the edge of what you tried? Then try further.",
        "With `found`: the errors of a way are `found[way][2]`; the gap is `gap(errors[first], "
        "errors[second])`; the outer steps are `BUDGET // cost`.",
    ),
    check=check_report,
    given=GIVEN,
    effort=6.0,
    after=("06.7", "06.8"),
)
