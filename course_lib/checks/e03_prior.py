"""Exercise 03.1: a prior with a strength for each weight."""

import torch

from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Exercise
from course_lib.checks.values import plain
from course_lib.scene import Panel, Points, Scene


def learn(theta, x, y):
    """φ = m + (XᵀX + diag λ)⁻¹ Xᵀ(y − Xm)."""
    m, strengths = theta["mean"], theta["strengths"]
    return m + torch.linalg.solve(x.T @ x + torch.diag(strengths), x.T @ (y - x @ m))


def solved(gram, pull, mean=True):
    """The learner with another matrix, or another right-hand side; `mean`: whether m is added."""

    def variant(theta, x, y):
        m, strengths = theta["mean"], theta["strengths"]
        start = m if mean else 0 * m
        return start + torch.linalg.solve(gram(x, strengths), pull(x, y, m, strengths))

    return variant


def gram(x, strengths):
    """XᵀX + diag λ."""
    return x.T @ x + torch.diag(strengths)


def pull(x, y, m, strengths):
    """Xᵀ(y − Xm)."""
    return x.T @ (y - x @ m)


def with_strengths(change):
    """The learner with changed strengths."""
    return lambda theta, x, y: learn(
        {**theta, "strengths": change(theta["strengths"], len(y))}, x, y
    )


def weights(got, expected, case: Case) -> Scene:
    """Every weight: where the prior pulls, where the learner ends, and where the student's does."""
    places = torch.arange(len(expected)) + 1
    shown = [
        (case.args[0]["mean"], "theta", "s", "m, where the prior pulls"),
        (expected, "good", "ring", "expected φ"),
        (plain(got), "bad", "x", "your φ"),
    ]
    marks = [Points(places, y, c, 9, shape, name) for y, c, shape, name in shown]
    ys = torch.cat([values.double() for values, *_ in shown])
    room = 0.1 * (ys.max() - ys.min() + 1).item()
    ticks = [(int(i), f"weight {int(i)}") for i in places]
    panel = Panel(marks, (0.5, len(places) + 0.5), (ys.min().item() - room, ys.max().item() + room),
                  "Where the weights end", "weight", "value", xticks=ticks)  # fmt: skip
    alt = "Three marks for each weight: the prior's mean, the expected φ, and yours."
    return Scene([[panel]], alt, heights=(280,))


def curve_task(seed: int) -> Drawn:
    """θ for three weights, and five examples."""
    gen = torch.Generator().manual_seed(seed)
    x, y = torch.randn(5, 3, generator=gen), torch.randn(5, generator=gen)
    theta = {
        "mean": torch.tensor([1.0, -2.0, 0.5]),
        "strengths": torch.tensor([0.2, 1.5, 6.0]),
    }
    return Drawn("three weights and five random examples", theta, x, y)


MISTAKES = [
    Mistake(
        "pulled toward zero instead of the learned mean",
        "That is ordinary ridge regression: where the examples say little, your weights go to 0. "
        "They should go to m. Fit what m leaves unexplained, y − Xm, and add m.",
        solved(gram, lambda x, y, m, strengths: x.T @ y, mean=False),
    ),
    Mistake(
        "the mean counted twice",
        "You begin at m and then explain all of y once more. What m explains already must be taken "
        "off first: y − Xm.",
        solved(gram, lambda x, y, m, strengths: x.T @ y),
    ),
    Mistake(
        "the mean not added back",
        "You explain what m leaves over, y − Xm. That is the way from m to φ: add m at the end.",
        solved(gram, pull, mean=False),
    ),
    Mistake(
        "a mean without its strength",
        "In the equations for φ the right-hand side is Xᵀy + λm, entry by entry: you add m without "
        "its λ.",
        solved(gram, lambda x, y, m, strengths: x.T @ y + m, mean=False),
    ),
    Mistake(
        "a mean where a sum is meant",
        "You average the squared errors. The same λ then pulls N times as hard, and more examples "
        "would not outweigh the prior. The objective adds them up.",
        with_strengths(lambda strengths, n: n * strengths),
    ),
    Mistake(
        "one strength for all weights",
        "You mix the strengths into one number. Each belongs to its own weight: put them on the "
        "diagonal.",
        with_strengths(lambda strengths, n: strengths.mean().expand_as(strengths)),
    ),
    Mistake(
        "a strength turned upside down",
        "You divide by λ. A large λ holds a weight near m; yours lets it go.",
        with_strengths(lambda strengths, n: 1 / strengths),
    ),
    Mistake(
        "a strength squared",
        "You use λ². The objective has λᵢ (φᵢ − mᵢ)²: the distance is squared, the strength isn't.",
        with_strengths(lambda strengths, n: strengths**2),
    ),
    Mistake(
        "the root of a strength",
        "You use √λ in the matrix. Its place is in extra rows of X; in XᵀX + … it is λ itself.",
        with_strengths(lambda strengths, n: strengths.sqrt()),
    ),
    Mistake(
        "strengths beside the diagonal",
        "You add λ to every entry of its row or column of XᵀX. Each strength belongs to one "
        "weight: "
        "only the diagonal gets it, `torch.diag(strengths)`.",
        solved(lambda x, strengths: x.T @ x + strengths, pull),
    ),
    Mistake(
        "no prior at all",
        "Your strengths play no part: this is least squares. XᵀX + diag λ holds the weights near "
        "m.",
        lambda theta, x, y: torch.linalg.lstsq(x, y).solution,
    ),
    Mistake(
        "nothing learned",
        "You return m, whatever the examples say.",
        lambda theta, x, y: 1 * theta["mean"],
    ),
    Mistake(
        "multiplied instead of solved",
        "You multiply by XᵀX + diag λ. To solve the equations you need its inverse: "
        "`torch.linalg.solve(A, b)`.",
        lambda theta, x, y: (
            theta["mean"] + gram(x, theta["strengths"]) @ pull(x, y, theta["mean"], None)
        ),
    ),
    Mistake(
        "the difference turned round",
        "You explain Xm − y. What m leaves over is y − Xm.",
        solved(gram, lambda x, y, m, strengths: -pull(x, y, m, strengths)),
    ),
]
ALSO = [
    Mistake(
        "strengths beside the diagonal",
        "You add λ to every entry of its row or column of XᵀX. Each strength belongs to one "
        "weight: "
        "only the diagonal gets it, `torch.diag(strengths)`.",
        solved(lambda x, strengths: x.T @ x + strengths[:, None], pull),
    ),
    Mistake(
        "strengths beside the diagonal",
        "You add every λ to every entry of the diagonal's row, in two right-hand sides. Only the "
        "diagonal gets it.",
        solved(
            lambda x, strengths: x.T @ x + strengths,
            lambda x, y, m, strengths: x.T @ y + strengths * m,
            mean=False,
        ),
    ),
    Mistake(
        "one strength for all weights",
        "You use the first strength for all weights. Each has its own: put them on the diagonal.",
        with_strengths(lambda strengths, n: strengths[0].expand_as(strengths)),
    ),
    Mistake(
        "one strength for all weights",
        "You add up the strengths. Each belongs to its own weight: put them on the diagonal.",
        with_strengths(lambda strengths, n: strengths.sum().expand_as(strengths)),
    ),
    Mistake(
        "a factor 2 on one side",
        "Your strengths count twice: a factor 2 of the derivative stands at one of the two terms "
        "alone.",
        with_strengths(lambda strengths, n: 2 * strengths),
    ),
    Mistake(
        "a factor 2 on one side",
        "Your strengths count half: a factor 2 of the derivative stands at one of the two terms "
        "alone.",
        with_strengths(lambda strengths, n: strengths / 2),
    ),
    Mistake(
        "each weight by itself",
        "You solve for each weight alone, with the diagonal of XᵀX. The weights share the "
        "examples: "
        "solve for all of them together.",
        solved(lambda x, strengths: torch.diag((x**2).sum(0) + strengths), pull),
    ),
    Mistake(
        "pulled away from the mean",
        "The sign of λ is wrong: XᵀX + diag λ.",
        with_strengths(lambda strengths, n: -strengths),
    ),
]

LEARN = Exercise(
    key="03.1",
    title="A prior with many strengths",
    kind="write",
    minutes=12,
    difficulty=2,
    objective="write a learner that trusts its experience more about some weights than others",
    why="Where λᵢ is large all tasks agree about weight i, and one more task won't change that.",
    hints=(
        "With one λ for all weights, the lesson has the answer. Where does λ stand in it?",
        "λI becomes a matrix with the strengths on its diagonal: `torch.diag(...)`.",
        "φ = m + (XᵀX + diag λ)⁻¹ Xᵀ(y − Xm): begin at m, and explain what m leaves over.",
    ),
    check=compared(
        learn,
        Case(
            "m = (2, 1), λ = (1, 3); three examples, x = (1, 0) and (0, 1) and (1, 0), y = 4, 4 "
            "and 6. XᵀX has 2 and 1 on its diagonal and 0 beside it, so each weight can be done "
            "alone",
            {"mean": torch.tensor([2.0, 1.0]), "strengths": torch.tensor([1.0, 3.0])},
            torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]),
            torch.tensor([4.0, 4.0, 6.0]),
        ),
        *telling(learn, MISTAKES, curve_task, 2),
        mistakes=MISTAKES,
        also=ALSO,
        picture=weights,
    ),
)
