"""The exercises of notebook 03: a prior with many strengths, the meta-objective, when to stop."""

from functools import lru_cache

import torch

import course_lib
from course_lib.checks.answering import Trap, near
from course_lib.checks.comparing import Case, Mistake, compared
from course_lib.checks.exercise import Exercise, Wrong
from course_lib.checks.values import plain
from course_lib.priors import CURVES, Bowl, bowls, descend, sample_tasks
from course_lib.scene import Line, Panel, Points, Scene


def learn(theta, x, y):
    """φ = m + (XᵀX + diag λ)⁻¹ Xᵀ(y − Xm)."""
    m, strengths = theta["mean"], theta["strengths"]
    return m + torch.linalg.solve(x.T @ x + torch.diag(strengths), x.T @ (y - x @ m))


def toward_zero(theta, x, y):
    """Ridge regression as in notebook 02: the mean plays no part."""
    return learn({**theta, "mean": 0 * theta["mean"]}, x, y)


def averaged(theta, x, y):
    """The mean of the squared errors in place of their sum: each strength counts N times."""
    return learn({**theta, "strengths": len(y) * theta["strengths"]}, x, y)


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


def double(*numbers: float) -> torch.Tensor:
    """A vector in double precision."""
    return torch.tensor(numbers, dtype=torch.float64)


def curve_task(seed: int) -> tuple:
    """θ for three weights, and four examples."""
    gen = torch.Generator().manual_seed(seed)
    x = torch.randn(4, 3, generator=gen, dtype=torch.float64)
    y = torch.randn(4, generator=gen, dtype=torch.float64)
    return {"mean": double(1, -2, 0.5), "strengths": double(0.2, 1.5, 6)}, x, y


LEARN_HEAD = "def learn(theta, x, y):\n"
NAMED = LEARN_HEAD + '    m, lam = theta["mean"], theta["strengths"]\n'

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
            "m = (2, 0), λ = (1, 3); two examples, x = (1, 0) and (0, 1), y = 4 and 4. XᵀX is the "
            "identity, so each weight can be done alone",
            {"mean": double(2, 0), "strengths": double(1, 3)},
            torch.eye(2, dtype=torch.float64),
            double(4, 4),
        ),
        Case("three weights and four random examples", *curve_task(1)),
        picture=weights,
        mistakes=[
            Mistake(
                "pulled toward zero instead of the learned mean",
                "That is ordinary ridge regression: where the examples say little, your weights "
                "go to 0. They should go to m. Fit what m leaves unexplained, y − Xm, and add m.",
                toward_zero,
            ),
            Mistake(
                "the mean counted twice",
                "You begin at m and then explain all of y once more. What m explains already must "
                "be taken off first: y − Xm.",
                lambda theta, x, y: theta["mean"] + toward_zero(theta, x, y),
            ),
            Mistake(
                "a mean where a sum is meant",
                "You average the squared errors. The same λ then pulls N times as hard, and more "
                "examples would not outweigh the prior. The objective adds them up.",
                averaged,
            ),
            Mistake(
                "one strength for all weights",
                "You mix the strengths into one number. Each belongs to its own weight: put them "
                "on the diagonal.",
                lambda theta, x, y: learn(
                    {**theta, "strengths": theta["strengths"].mean().expand(x.shape[1])}, x, y
                ),
            ),
            Mistake(
                "a strength turned upside down",
                "You divide by λ. A large λ holds a weight near m; yours lets it go.",
                lambda theta, x, y: learn({**theta, "strengths": 1 / theta["strengths"]}, x, y),
            ),
        ],
    ),
    wrong=(
        Wrong(
            "pulled toward zero instead of the learned mean",
            NAMED + "    return torch.linalg.inv(x.T @ x + torch.diag(lam)) @ x.T @ y",
        ),
        Wrong(
            "the mean counted twice",
            NAMED + "    return m + torch.linalg.solve(x.T @ x + torch.diag(lam), x.T @ y)",
        ),
        Wrong(
            "a mean where a sum is meant",
            NAMED + "    n = len(y)\n"
            "    A = x.T @ x / n + torch.diag(lam)\n"
            "    return torch.linalg.solve(A, x.T @ y / n + lam * m)",
        ),
        Wrong(
            "one strength for all weights",
            NAMED + "    A = x.T @ x + lam.mean() * torch.eye(x.shape[1], dtype=x.dtype)\n"
            "    return m + torch.linalg.solve(A, x.T @ (y - x @ m))",
        ),
        Wrong(
            "a strength turned upside down",
            NAMED + "    A = x.T @ x + torch.diag(lam).inverse()\n"
            "    return m + torch.linalg.solve(A, x.T @ (y - x @ m))",
        ),
    ),
    right=(
        NAMED + "    return torch.linalg.solve(x.T @ x + torch.diag(lam), x.T @ y + lam * m)",
        NAMED + "    rows = torch.cat([x, torch.diag(lam.sqrt())])\n"
        "    targets = torch.cat([y, lam.sqrt() * m])\n"
        "    return torch.linalg.lstsq(rows, targets).solution",
        NAMED + "    def objective(phi):\n"
        "        return ((x @ phi - y) ** 2).sum() + (lam * (phi - m) ** 2).sum()\n\n"
        "    slope, H = torch.func.grad(objective)(m), torch.func.hessian(objective)(m)\n"
        "    return m - torch.linalg.solve(H, slope)",
    ),
)


def score(f, A, loss, meta_train, meta_test):
    """Mean over meta-test tasks of the query loss after learning, with θ = f(meta-train)."""
    theta = f(meta_train)
    return torch.stack([loss(A(theta, s), q) for s, q in meta_test]).mean()


def middle(tasks):
    """The toy f: the mean of all query numbers."""
    return torch.cat([query for _, query in tasks]).mean()


def pulled(theta, support):
    """The toy A_θ: the mean of the support numbers and of one more, θ."""
    return (theta + support.sum()) / (1 + len(support))


def gap(phi, data):
    """Mean squared error of the answer φ."""
    return (phi - data).square().mean()


def over_examples(f, A, loss, meta_train, meta_test):
    """All query examples in one pot, so that a task with many of them counts more."""
    theta = f(meta_train)
    total = sum(len(q) * loss(A(theta, s), q) for s, q in meta_test)
    return total / sum(len(q) for _, q in meta_test)


def number_tasks(num_tasks: int, seed: int) -> list:
    """Tasks whose examples are numbers, with differently many queries."""
    gen = torch.Generator().manual_seed(seed)
    sizes = [(2, 1 + 3 * (i % 3)) for i in range(num_tasks)]
    shift = torch.randn(num_tasks, generator=gen, dtype=torch.float64) + 3
    noise = {"generator": gen, "dtype": torch.float64}
    return [tuple(shift[i] + torch.randn(n, **noise) for n in pair) for i, pair in enumerate(sizes)]


SCORE_HEAD = "def score(f, A, loss, meta_train, meta_test):\n"

SCORE = Exercise(
    key="03.2",
    title="The meta-objective, for any learner",
    kind="write",
    minutes=12,
    difficulty=2,
    objective="judge a meta-learner with each of the four data sets in its place",
    why="These four lines judge every system of the course: only f, A and the loss will change.",
    hints=(
        "Read the formula from the inside out: a task's support makes φ, its query judges φ.",
        "θ comes from f and the meta-train tasks, once. Then it stays, for all meta-test tasks.",
        "One number for each meta-test task, `loss(A(theta, support), query)`, and then their "
        "mean.",
    ),
    check=compared(
        score,
        Case(
            "each example is a number. f gives the mean of all query numbers, A(θ, D) the mean of "
            "D and θ, the loss is the mean of (φ − y)². One meta-train task: support 3, query 4. "
            "Two meta-test tasks: support 2, query 3 and 5; support 8, query 7. Then θ = 4, and φ "
            "is 3 and 6",
            middle,
            pulled,
            gap,
            [(double(3), double(4))],
            [(double(2), double(3, 5)), (double(8), double(7))],
        ),
        Case(
            "four meta-train tasks and six meta-test tasks of random numbers",
            middle,
            pulled,
            gap,
            number_tasks(4, 1),
            number_tasks(6, 2),
        ),
        mistakes=[
            Mistake(
                "evaluation on meta-train tasks",
                "You judge on the tasks that made θ. That is the train loss, one level up: it "
                "promises too much, most of all with few tasks. Judge on meta-test tasks.",
                lambda f, A, loss, train, test: score(f, A, loss, train, train),
            ),
            Mistake(
                "support examples leaking into the query set",
                "You judge φ by the examples that it was learned from (the query set is "
                "D_T^train). A learner that learns by heart would get 0. Judge by the query set.",
                lambda f, A, loss, train, test: score(f, A, loss, train, [(s, s) for s, _ in test]),
            ),
            Mistake(
                "learning from the query set",
                "Your learner sees the examples that will judge it. A gets the support and "
                "nothing else.",
                lambda f, A, loss, train, test: score(f, A, loss, train, [(q, q) for _, q in test]),
            ),
            Mistake(
                "normal and meta objective mixed up",
                "You judge θ itself, as if it were a φ. A meta-learner is judged after it has "
                "learned: first A(θ, support), then the loss.",
                lambda f, A, loss, train, test: score(f, lambda t, s: t, loss, train, test),
            ),
            Mistake(
                "expectation over examples instead of over tasks",
                "You average over all query examples, so a task with many of them counts more. "
                "The expectation is over tasks: one number for each, then their mean.",
                over_examples,
            ),
            Mistake(
                "θ learned from the meta-test tasks",
                "f has looked into the drawer: it got the meta-test tasks. Give it the meta-train "
                "tasks only.",
                lambda f, A, loss, train, test: score(f, A, loss, test, test),
            ),
            Mistake(
                "θ learned from all tasks",
                "f got the meta-test tasks too. More tasks are better, but not those that judge.",
                lambda f, A, loss, train, test: score(f, A, loss, train + test, test),
            ),
            Mistake(
                "a sum where a mean is meant",
                "You add up the losses of the tasks. Divide by their number, or results on "
                "differently many tasks can't be compared.",
                lambda *all_: score(*all_) * len(all_[-1]),
            ),
        ],
    ),
    wrong=(
        Wrong(
            "evaluation on meta-train tasks",
            SCORE_HEAD + "    theta, losses = f(meta_train), []\n"
            "    for support, query in meta_train:\n"
            "        losses.append(loss(A(theta, support), query))\n"
            "    return sum(losses) / len(losses)",
        ),
        Wrong(
            "support examples leaking into the query set",
            SCORE_HEAD + "    theta, total = f(meta_train), 0\n"
            "    for support, query in meta_test:\n"
            "        phi = A(theta, support)\n"
            "        total += loss(phi, support)\n"
            "    return total / len(meta_test)",
        ),
        Wrong(
            "learning from the query set",
            SCORE_HEAD + "    theta = f(meta_train)\n"
            "    losses = [loss(A(theta, query), query) for _, query in meta_test]\n"
            "    return torch.stack(losses).mean()",
        ),
        Wrong(
            "normal and meta objective mixed up",
            SCORE_HEAD + "    theta = f(meta_train)\n"
            "    losses = [loss(theta, query) for _, query in meta_test]\n"
            "    return sum(losses) / len(losses)",
        ),
        Wrong(
            "expectation over examples instead of over tasks",
            SCORE_HEAD + "    theta, errors = f(meta_train), []\n"
            "    for support, query in meta_test:\n"
            "        phi = A(theta, support)\n"
            "        errors += [loss(phi, y[None]) for y in query]\n"
            "    return sum(errors) / len(errors)",
        ),
        Wrong(
            "θ learned from the meta-test tasks",
            SCORE_HEAD + "    theta = f(meta_test)\n"
            "    losses = [loss(A(theta, s), q) for s, q in meta_test]\n"
            "    return sum(losses) / len(losses)",
        ),
        Wrong(
            "θ learned from all tasks",
            SCORE_HEAD + "    theta = f([*meta_train, *meta_test])\n"
            "    return sum(loss(A(theta, s), q) for s, q in meta_test) / len(meta_test)",
        ),
        Wrong(
            "a sum where a mean is meant",
            SCORE_HEAD + "    theta = f(meta_train)\n"
            "    return sum(loss(A(theta, s), q) for s, q in meta_test)",
        ),
    ),
    right=(
        SCORE_HEAD + "    theta, total = f(meta_train), 0.0\n"
        "    for support, query in meta_test:\n"
        "        phi = A(theta, support)\n"
        "        total = total + loss(phi, query)\n"
        "    return total / len(meta_test)",
        SCORE_HEAD + "    supports, queries = zip(*meta_test)\n"
        "    learned = map(A, [f(meta_train)] * len(supports), supports)\n"
        "    losses = list(map(loss, learned, queries))\n"
        "    return float(sum(losses)) / len(losses)",
    ),
)

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
    alt = (
        "Three losses against the outer steps. Meta-train falls to the end; meta-validation and "
        "meta-test fall, turn at different steps, and rise."
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
                "test loss used to choose",
                "There the meta-test loss is lowest. It may not decide: whoever stops where it is "
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
    wrong=(
        Wrong("test loss used to choose", "my_step = 80"),
        Wrong("evaluation on meta-train tasks", "my_step = 200"),
        Wrong("before anything was learned", "my_step = 0"),
        Wrong("a loss instead of a step", "my_step = 0.7"),
        Wrong("where two curves cross", "my_step = 5"),
    ),
    right=("my_step = 50.0", "my_step = (40 + 45) // 2"),
)

EXERCISES = (LEARN, SCORE, STOP)
