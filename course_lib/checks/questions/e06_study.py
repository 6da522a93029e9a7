"""Exercise 06.7: a comparison as one function: same budget, tuned on other tasks, all told."""

import torch

from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Exercise


def study(
    costs, budget, seeds, alphas, betas, train, losses, validation, test, *,
    outer=lambda costs, budget, way: budget // costs[way],
    tuned_on=lambda validation, test: validation,
    judged_on=lambda validation, test: test,
    pick=min,
    over_trainings=torch.mean,
    unit=lambda errors: errors.mean(1),
    told=lambda rows: rows,
    shared=False,
):  # fmt: skip
    """(α, β, errors [trainings, tasks]) of each way; the keywords say what mistakes change."""
    grid = [(alpha, beta) for alpha in alphas for beta in betas]
    starts, scores = {}, {}
    for way in costs:
        steps = outer(costs, budget, way)
        starts[way] = {beta: [train(way, seed, steps, beta) for seed in seeds] for beta in betas}
        scores[way] = {
            (alpha, beta): over_trainings(
                torch.stack(
                    [
                        losses(theta, tuned_on(validation, test), alpha).mean()
                        for theta in starts[way][beta]
                    ]
                )
            ).item()
            for alpha, beta in grid
        }
    found = {}
    for way in costs:
        asked = list(costs) if shared else [way]
        alpha, beta = pick(grid, key=lambda s, asked=asked: sum(scores[w][s] for w in asked))
        rows = [unit(losses(t, judged_on(validation, test), alpha)) for t in starts[way][beta]]
        found[way] = alpha, beta, told(torch.stack(rows))
    return found


def by(**changed):
    """The study with a mistake in it."""
    return lambda *args: study(*args, **changed)


def untuned(number):
    """The first α (number 4) or the first β (number 5) is taken, whatever the tasks say."""
    return lambda *args: study(*(a[:1] if i == number else a for i, a in enumerate(args)))


def best_alone(rows):
    """The training with the lowest error, alone."""
    return rows[rows.mean(1).argmin()][None]


def tiny_train(way, seed, outer_steps, beta):
    """θ = (β · seed / outer steps, 0 for A and 1 for B)."""
    return torch.tensor([beta * seed / outer_steps, float(way == "B")])


def tiny_losses(theta, tasks, alpha):
    """θ₀ + (task + θ₁ − α)²."""
    return theta[0] + (tasks + theta[1] - alpha).square()


def world(draw: int) -> Drawn:
    """Two ways with heights and places by chance, and tasks that want another α than the test's."""
    gen = torch.Generator().manual_seed(draw)
    heights = 0.5 * torch.rand(2, 3, 2, generator=gen)
    places = torch.rand(2, generator=gen)
    validation = 0.3 * torch.randn(5, 3, generator=gen)
    test = 0.3 * torch.randn(6, 4, generator=gen) + 0.4

    def train(way, seed, outer_steps, beta):
        row = "AB".index(way)
        height = heights[row, (3, 5, 8).index(seed), (0.1, 0.3).index(beta)] + 1 / outer_steps
        return torch.stack([height, places[row]])

    says = "two ways that cost 1 and 3, a budget of 12, three trainings, three α and two β"
    costs, seeds = {"A": 1, "B": 3}, (3, 5, 8)
    grid = (0.0, 0.5, 1.0), (0.1, 0.3)
    return Drawn(says, costs, 12, seeds, *grid, train, tiny_losses, validation, test)


EQUAL = (
    "Both ways get as many outer steps, and one of them pays more for each. The budget counts "
    "passes: a way that costs c passes an outer step may make budget // c of them."
)
LUCK = (
    "You pick one training and tell of no other. Luck is then a part of your result. Tell all of "
    "them: a row for each seed."
)
MISTAKES = [
    Mistake(
        "tuned on test tasks",
        "α and β are chosen on the tasks that judge. Whatever suits these tasks by chance is taken "
        "for skill. Choose on `validation`; look at `test` once, at the end.",
        by(tuned_on=lambda validation, test: test),
    ),
    Mistake(
        "judged on the tasks that tuned",
        "You report the errors on `validation`, where α and β were chosen. Report those on `test`.",
        by(judged_on=lambda validation, test: validation),
    ),
    Mistake("budget not equal", EQUAL, by(outer=lambda costs, budget, way: budget)),
    Mistake(
        "budget not equal",
        EQUAL,
        by(outer=lambda costs, budget, way: budget // max(costs.values())),
    ),
    Mistake("best of the trainings reported", LUCK, by(told=best_alone)),
    Mistake(
        "one training only",
        "There is one row. The seed alone moves the end of a training: notebook 04 saw it. Train "
        "once for each seed, and tell all.",
        by(told=lambda rows: rows[:1]),
    ),
    Mistake(
        "trainings averaged away",
        "You average over the trainings. Then nobody can see how far they differ: keep a row for "
        "each.",
        by(told=lambda rows: rows.mean(0)),
    ),
    Mistake(
        "queries counted as independent",
        "Your rows have a number for each query. A task is what is drawn: average over its "
        "queries, so that each task has one number.",
        by(unit=torch.flatten),
    ),
    Mistake(
        "averaged over the tasks",
        "You average over the tasks, and keep the place of a query. Average over the queries of "
        "each task, dimension 1.",
        by(unit=lambda errors: errors.mean(0)),
    ),
    Mistake(
        "one setting for both ways",
        "Both ways get the same α and β. What suits one need not suit the other: each is to be "
        "tuned for itself, on the same validation tasks.",
        by(shared=True),
    ),
    Mistake(
        "α was never tuned", "You take the first α. Try each of `alphas`.", untuned(3)
    ),
    Mistake("β was never tuned", "You take the first β. Try each of `betas`.", untuned(4)),
    Mistake(
        "the worst setting kept",
        "You keep the setting with the highest error. These are losses: low is good.",
        by(pick=max),
    ),
]  # fmt: skip
ALSO = [
    Mistake(
        "the luckiest training chooses",
        "You keep the setting in which some single training was lowest. Average over the "
        "trainings first: the setting is chosen once for all of them.",
        by(over_trainings=torch.min),
    ),
    Mistake(
        "the first training chooses",
        "You tune on the first training alone. Average over all of them.",
        by(over_trainings=lambda scores: scores[0]),
    ),
    Mistake(
        "the budget split over the trainings",
        "The budget is that of *one* training, not of all seeds together.",
        lambda costs, budget, seeds, *rest: study(
            costs, budget, seeds, *rest, outer=lambda c, b, way: max(1, b // c[way] // len(seeds))
        ),
    ),
    Mistake(
        "best of the trainings reported",
        LUCK,
        by(told=lambda rows: rows[rows.mean(1).argmin()]),
    ),
    Mistake("one training only", LUCK, by(told=lambda rows: rows[0])),
    Mistake(
        "tuned on test tasks",
        "α and β are chosen on validation and test tasks together. The test tasks must have no "
        "part in it.",
        by(tuned_on=lambda validation, test: torch.cat([validation.flatten(), test.flatten()])),
    ),
]

STUDY = Exercise(
    key="06.7",
    book="06_your_own_question",
    title="A fair comparison",
    kind="write",
    minutes=30,
    difficulty=3,
    objective="compare two ways to learn a start so that nobody can call it unfair",
    why="Same budget, settings of their own from other tasks, every training told.",
    hints=(
        "Three loops: over the ways, over the βs and seeds (that is where you train), over the αs "
        "(that needs no training). Which of them may see `test`?",
        "For each way: `outer_steps = budget // costs[way]`. A start for each β and seed. For each "
        "pair (α, β) the mean of `losses(theta, validation, alpha).mean()` over the seeds. Take "
        "the pair with the lowest.",
        "With that pair: for each seed a row `losses(theta, test, alpha).mean(1)`, one number for "
        "each task; `torch.stack` of the rows. Put `(alpha, beta, rows)` into a dictionary under "
        "the way's name.",
    ),
    check=compared(
        study,
        Case(
            "ways A and B, which cost 1 and 2; budget 4; seeds 2 and 1; α from 0, 1; β from 2, 1. "
            "`train` gives θ = (β · seed / outer_steps, 0 for A and 1 for B). `losses` are "
            "θ₀ + (tasks + θ₁ − α)². `validation` holds only zeros: so A wants α = 0, B wants "
            "α = 1, both β = 1. `test` is ((1, 1), (1, 0), (1, 1)). A makes 4 outer steps, and its "
            "first row is ½ + (1, ½, 1)",
            {"A": 1, "B": 2}, 4, (2, 1), (0.0, 1.0), (2.0, 1.0), tiny_train, tiny_losses,
            torch.zeros(2, 2), torch.tensor([[1.0, 1.0], [1.0, 0.0], [1.0, 1.0]]),
        ),
        *telling(study, MISTAKES, world, 2),
        mistakes=MISTAKES,
        also=ALSO,
    ),
)  # fmt: skip
