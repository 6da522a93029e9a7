"""The exercises of notebook 12: calibration, what tells two answers apart, and two open ones."""

import torch

from course_lib.checks.answering import chosen
from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Exercise, Option
from course_lib.checks.questions.e12_words import NATURE, PROBLEM


def too_sure(sure: torch.Tensor, hit: torch.Tensor) -> torch.Tensor:
    """By how many points the mean sureness, in %, is above the share of hits, in %."""
    return sure.mean() - 100 * hit.double().mean().to(sure)


def by_levels(sure: torch.Tensor, hit: torch.Tensor) -> torch.Tensor:
    """The same, but each degree of sureness counts once, however many bets it has."""
    each = [too_sure(sure[sure == level], hit[sure == level]) for level in sure.unique()]
    return torch.stack(each).mean()


MISTAKES = [
    Mistake(
        "the sign turned round",
        "You take the sureness from the hits. Asked is by how much the sureness is above them: "
        "somebody who is too sure has a positive number.",
        lambda sure, hit: -too_sure(sure, hit),
    ),
    Mistake(
        "a share minus per cent",
        "The sureness is in per cent, and your share of hits is between 0 and 1. Multiply it by "
        "100 first.",
        lambda sure, hit: sure.mean() - hit.double().mean().to(sure),
    ),
    Mistake(
        "a share instead of points",
        "You return a share. Asked is a difference in points: multiply by 100.",
        lambda sure, hit: too_sure(sure, hit) / 100,
    ),
    Mistake(
        "doubt taken for mistakes",
        "A positive number of yours may mean too modest: the absolute value hides on which side "
        "somebody errs. Leave the sign.",
        lambda sure, hit: too_sure(sure, hit).abs(),
    ),
    Mistake(
        "only the hits counted",
        "You take the mean sureness of the hits. The misses are bets as well: it is they that "
        "tell who was too sure.",
        lambda sure, hit: sure[hit].mean() - 100 * hit.double().mean().to(sure),
    ),
    Mistake(
        "each degree of sureness counted once",
        "You average over the degrees of sureness. A degree with one bet then weighs as much as "
        "one with twenty. Average over the bets.",
        by_levels,
    ),
    Mistake(
        "the surest bet for all",
        "You take the highest sureness. Asked is the mean over all bets.",
        lambda sure, hit: sure.max() - 100 * hit.double().mean().to(sure),
    ),
]


def random_bets(seed: int) -> Drawn:
    """Some bets, at least one hit and one miss."""
    gen = torch.Generator().manual_seed(seed)
    number = int(torch.randint(5, 12, (), generator=gen))
    levels = torch.tensor([20.0, 40.0, 60.0, 80.0, 95.0])
    sure = levels[torch.randint(5, (number,), generator=gen)]
    hit = torch.rand(number, generator=gen) < 0.5
    hit[0], hit[1] = True, False
    return Drawn("random bets", sure, hit)


CALIBRATION = Exercise(
    key="12.3",
    title="How much too sure?",
    kind="write",
    minutes=8,
    difficulty=1,
    objective="measure whether somebody knows how much they know",
    why="Two numbers that need not agree. The gap is the cheapest thing to learn about oneself.",
    hints=(
        "What would be the mean sureness of somebody who is well calibrated?",
        "`hit` holds True and False. Its mean, as a number, is the share of hits.",
        "The mean of `sure`, minus 100 times the mean of `hit.double()`.",
    ),
    check=compared(
        too_sure,
        Case(
            "four bets, 95, 95, 60 and 80 per cent sure; the first and the last are hits",
            torch.tensor([95.0, 95.0, 60.0, 80.0]),
            torch.tensor([True, False, False, True]),
        ),
        Case(
            "three bets, 40, 60 and 20 per cent sure, all of them hits. That is too modest: the "
            "number is negative",
            torch.tensor([40.0, 60.0, 20.0]),
            torch.tensor([True, True, True]),
        ),
        *telling(too_sure, MISTAKES, random_bets, 6),
        mistakes=MISTAKES,
    ),
)

TELLS = {
    "a": Option(
        "Old animals learn a new puzzle better than young ones.",
        "They also know more puzzles, and more of the world. Better at a *puzzle* is not faster "
        "at *learning*; and both A and B allow it.",
        "knowing more taken for learning faster",
    ),
    "b": Option(
        "Twins who grow up apart learn equally fast.",
        "That speaks for something inherited, which nobody denies: B needs a start, too. It says "
        "nothing of whether a life's tasks add to it.",
        "a start taken for the whole of θ",
    ),
    "c": Option(
        "Within one life, and in a kind of task that no ancestor met, each new task is learned in "
        "fewer tries than the one before.",
    ),
    "d": Option(
        "After many tries at one puzzle, the animal solves that puzzle at once.",
        "That is learning *in* a task, the inner level. An outer level shows in the next task.",
        "inner learning taken for outer",
    ),
    "e": Option(
        "Animals of cleverer parents are cleverer.",
        "So says A, and a teacher at home says it, too. The kind of task must be one that no "
        "ancestor met, or the inheritance cannot be told from the life.",
        "heredity taken for an outer loop within a life",
    ),
}

APART = Exercise(
    key="12.4",
    title="What tells B from A?",
    kind="choice",
    minutes=4,
    difficulty=2,
    objective="find the observation on which two explanations disagree",
    why="An experiment is worth making where the candidates say different things.",
    hints=(
        "What would surprise you if evolution were all? What does B, a slow learner within a life, "
        "expect?",
        "If θ is in the genome alone, it stands still during one life.",
        "So look for a θ that improves within one life, on tasks for which no ancestor was "
        "selected.",
    ),
    check=chosen(TELLS),
    options=TELLS,
)

EXERCISES = (NATURE, PROBLEM, CALIBRATION, APART)
