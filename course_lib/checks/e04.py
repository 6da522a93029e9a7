"""The exercises of notebook 04: where MAML starts, what it walks, and how its code goes wrong."""

import torch
from torch.func import grad

from course_lib.checks.answering import Trap, chosen, near, wrong_options
from course_lib.checks.comparing import Case, Mistake, compared
from course_lib.checks.exercise import Exercise, Option, Wrong
from course_lib.checks.values import plain
from course_lib.maml import adapt, inner_path
from course_lib.scene import Line, Panel, Points, Scene

OPTIMA, CURVATURES, ALPHA = (-1.0, 1.0), (8.0, 1.0), 0.1


def best_start(factors: int) -> float:
    """The mean of the optima with weights λ (1 − αλ)^factors: 2 is MAML, 0 joint training."""
    weights = [lam * (1 - ALPHA * lam) ** factors for lam in CURVATURES]
    return sum(w * c for w, c in zip(weights, OPTIMA, strict=True)) / sum(weights)


START = Exercise(
    key="04.1",
    title="Where will MAML start?",
    kind="predict",
    minutes=8,
    difficulty=2,
    objective="compute the best start for one step, and say why it is not the best model",
    why="A task counts by what the step leaves unsolved; here that even changes the sign of θ*.",
    hints=(
        "After one step a task's distance to its optimum is (1 − αλ) times what it was. Compute "
        "this factor for both tasks.",
        "The loss after the step is ½ λ (1 − αλ)² (θ − c)²: a parabola with a new curvature.",
        "θ* is the mean of the two optima with the weights λ (1 − αλ)², as in the lesson: "
        "8 · 0.2² and 1 · 0.9².",
    ),
    check=near(
        best_start(2),
        within=0.02,
        where="the weights of the two tasks",
        traps=[
            Trap(
                "query loss at θ instead of θ′",
                "That is the best compromise without a step, joint training. After the step the "
                "sharp task is nearly solved from anywhere, so it counts for less.",
                best_start(0),
            ),
            Trap(
                "silently first-order",
                "You weigh the tasks by λ (1 − αλ), as if φ moved exactly as θ does. It moves by "
                "1 − αλ times as much, so that factor enters once more: squared.",
                best_start(1),
            ),
            Trap(
                "the middle of the tasks",
                "Both tasks alike: that would need equal curvatures. Weigh each task by the "
                "curvature that is left after the step.",
                0,
            ),
            Trap(
                "the sharp task wins",
                "The sharp task has the larger gradients, but for that very reason one step "
                "solves most of it. The flat task needs the start more.",
                -1,
            ),
            Trap(
                "only the flat task counts",
                "The right direction. But the sharp task is not quite solved by one step: "
                "8 · 0.2² of its curvature is left.",
                1,
            ),
        ],
    ),
    wrong=(
        Wrong("query loss at θ instead of θ′", "my_guess = (8 * (-1) + 1 * 1) / (8 + 1)"),
        Wrong(
            "silently first-order",
            "sharp, flat = 8 * (1 - 0.1 * 8), 1 * (1 - 0.1 * 1)\n"
            "my_guess = (flat - sharp) / (flat + sharp)",
        ),
        Wrong("the middle of the tasks", "my_guess = (-1 + 1) / 2"),
        Wrong("the sharp task wins", "my_guess = -1"),
        Wrong("only the flat task counts", "my_guess = 1"),
    ),
    right=(
        "my_guess = 0.43",
        "theta = torch.linspace(-1, 1, 20001)\n"
        "after = sum(\n"
        "    lam * ((1 - 0.1 * lam) * (theta - c)) ** 2 for lam, c in [(8, -1), (1, 1)]\n"
        ")\n"
        "my_guess = theta[after.argmin()]",
    ),
)


def along(loss, theta, support, query, lr, steps):
    """The query loss at φ₀, …, φ_K."""
    path = inner_path(loss, theta, support, lr=lr, steps=steps)
    return torch.stack([loss(phi, *query) for phi in path])


def restarting(loss, theta, support, query, lr, steps):
    """Every step begins at θ again, so all but φ₀ are the same."""
    return along(loss, theta, support, query, lr, min(steps, 1))[[0, *[min(steps, 1)] * steps]]


def curves(got, expected, case: Case) -> Scene:
    """The student's query losses and the expected ones, step by step."""
    mine, steps = plain(got), list(range(len(expected)))
    lines = [(expected, "good", "expected"), (mine, "bad", "yours")]
    marks = [Line(steps, y, c, 2.5, name == "yours", name) for y, c, name in lines]
    marks += [Points(steps, y, c) for y, c, _ in lines]
    top = 1.08 * max(mine.max().item(), expected.max().item(), 1e-9)
    ticks = [(k, str(k)) for k in steps]
    panel = Panel(marks, (-0.1, steps[-1] + 0.2), (min(0, mine.min().item()), top),
                  "Loss along the way", "inner steps", "query loss", xticks=ticks)  # fmt: skip
    alt = "Two curves of losses against the inner steps: the expected one and yours."
    return Scene([[panel]], alt, heights=(280,))


def squared(params, x, y):
    """Mean squared error of x·w."""
    return (x * params["w"] - y).square().mean()


def bent(params, x, y):
    """Mean squared error of a wave with a shift."""
    return ((params["w"] * x).sin() + params["b"] - y).square().mean()


def double(*numbers: float) -> torch.Tensor:
    """A vector in double precision."""
    return torch.tensor(numbers, dtype=torch.float64)


def one(value: float) -> torch.Tensor:
    """A single number in double precision."""
    return torch.tensor(value, dtype=torch.float64)


def pair(number: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """`number` random examples."""
    gen = torch.Generator().manual_seed(seed)
    x, y = torch.randn(2, number, generator=gen, dtype=torch.float64)
    return x, y


ALONG_HEAD = "def losses_along(loss, theta, support, query, lr, steps):\n"
ALONG_STEP = "        phi = {k: p - lr * g[k] for k, p in phi.items()}\n"

ALONG = Exercise(
    key="04.2",
    title="A learning curve",
    kind="write",
    minutes=12,
    difficulty=2,
    objective="measure what a start is worth after any number of inner steps",
    why="The curve is what a start is judged by: its left end is the model, the rest is learning.",
    hints=(
        "Two data sets, two jobs: the gradient comes from the support, the number from the query.",
        "Note the query loss *before* the first step too: K steps make K + 1 numbers.",
        "`g = grad(loss)(phi, *support)`, then `phi = {k: p - lr * g[k] for k, p in phi.items()}`, "
        "then append `loss(phi, *query)`.",
    ),
    check=compared(
        along,
        Case(
            "one weight w = 1 and the loss (w·x − y)²; support x = 1, y = 3; query x = 2, y = 4; "
            "α = 0.25, two steps. Then w goes from 1 to 2 to 2.5",
            squared,
            {"w": one(1)},
            (double(1), double(3)),
            (double(2), double(4)),
            0.25,
            2,
        ),
        Case("the same without a step", squared, {"w": one(1)}, (double(1), double(3)),
             (double(2), double(4)), 0.25, 0),
        Case("two weights, four support and three query examples, six steps", bent,
             {"w": one(0.6), "b": one(-0.4)}, pair(4, 1), pair(3, 2), 0.3, 6),
        picture=curves,
        mistakes=[
            Mistake(
                "support loss in place of query loss",
                "You measure on the examples that the steps learn from. That loss falls even "
                "where nothing is understood. Measure on the query.",
                lambda loss, theta, s, q, lr, steps: along(loss, theta, s, s, lr, steps),
            ),
            Mistake(
                "gradient steps on query",
                "Your learner steps on the query set, which it must never see. Take the gradient "
                "of the support loss.",
                lambda loss, theta, s, q, lr, steps: along(loss, theta, q, q, lr, steps),
            ),
            Mistake(
                "shots confused with steps",
                "You take as many steps as there are support examples. Shots are what the learner "
                "gets, steps how often it moves: loop over `range(steps)`.",
                lambda loss, theta, s, q, lr, steps: along(loss, theta, s, q, lr, len(s[0])),
            ),
            Mistake(
                "every step from θ",
                "Each of your steps begins at θ again. A step begins where the last one ended: "
                "put φ on both sides of the update, and take the gradient at φ.",
                restarting,
            ),
            Mistake(
                "the start left out",
                "Your curve begins after the first step. The loss at φ₀ = θ belongs to it: it "
                "shows what the start is worth as a model.",
                lambda *task: along(*task)[1:],
            ),
            Mistake(
                "the end instead of the path",
                "You return one loss, after the last step. Keep the one before it and after "
                "every step.",
                lambda *task: along(*task)[-1],
            ),
        ],
    ),
    wrong=(
        Wrong(
            "support loss in place of query loss",
            ALONG_HEAD + "    phi, losses = theta, [loss(theta, *support)]\n"
            "    for _ in range(steps):\n"
            "        g = grad(loss)(phi, *support)\n" + ALONG_STEP
            + "        losses.append(loss(phi, *support))\n"
            "    return torch.stack(losses)",
        ),
        Wrong(
            "gradient steps on query",
            ALONG_HEAD + "    phi, losses = theta, [loss(theta, *query)]\n"
            "    for _ in range(steps):\n"
            "        g = grad(loss)(phi, *query)\n" + ALONG_STEP
            + "        losses.append(loss(phi, *query))\n"
            "    return torch.stack(losses)",
        ),
        Wrong(
            "shots confused with steps",
            ALONG_HEAD + "    phi, losses = theta, [loss(theta, *query)]\n"
            "    x, y = support\n"
            "    for _ in range(len(x)):\n"
            "        g = grad(loss)(phi, x, y)\n" + ALONG_STEP
            + "        losses.append(loss(phi, *query))\n"
            "    return torch.stack(losses)",
        ),
        Wrong(
            "every step from θ",
            ALONG_HEAD + "    losses = [loss(theta, *query)]\n"
            "    for _ in range(steps):\n"
            "        g = grad(loss)(theta, *support)\n"
            "        phi = {k: theta[k] - lr * g[k] for k in theta}\n"
            "        losses.append(loss(phi, *query))\n"
            "    return torch.stack(losses)",
        ),
        Wrong(
            "the start left out",
            ALONG_HEAD + "    phi, losses = theta, torch.zeros(steps).double()\n"
            "    for i in range(steps):\n"
            "        g = grad(loss)(phi, *support)\n" + ALONG_STEP
            + "        losses[i] = loss(phi, *query)\n"
            "    return losses",
        ),
        Wrong(
            "the end instead of the path",
            ALONG_HEAD + "    phi = theta\n"
            "    for _ in range(steps):\n"
            "        g = grad(loss)(phi, *support)\n" + ALONG_STEP
            + "    return loss(phi, *query)",
        ),
        Wrong(
            "inputs changed in place",
            ALONG_HEAD + "    losses = [loss(theta, *query)]\n"
            "    for _ in range(steps):\n"
            "        g = grad(loss)(theta, *support)\n"
            "        for k in theta:\n"
            "            theta[k] -= lr * g[k]\n"
            "        losses.append(loss(theta, *query))\n"
            "    return torch.stack(losses)",
        ),
    ),
    right=(
        ALONG_HEAD + "    phi, losses = theta, []\n"
        "    for k in range(steps + 1):\n"
        "        losses.append(loss(phi, *query).item())\n"
        "        g = grad(loss)(phi, *support)\n" + ALONG_STEP
        + "    return losses",
        ALONG_HEAD + "    def walk(phi, left):\n"
        "        here = [loss(phi, *query)]\n"
        "        if left == 0:\n"
        "            return here\n"
        "        slope = grad(loss)(phi, *support)\n"
        "        return here + walk({k: phi[k] - lr * slope[k] for k in phi}, left - 1)\n\n"
        "    return torch.stack(walk(theta, steps))",
    ),
)  # fmt: skip


def line_loss(theta, x, y):
    """Mean squared error of x·θ."""
    return (x * theta - y).square().mean()


def wave_loss(theta, x, y):
    """Mean squared error of a wave: its curvature changes from place to place."""
    return ((theta[0] * x).sin() * theta[1] - y).square().mean()


def query_loss(loss, theta, support, query, lr, steps, first_order=False):
    """L(φ_K; query) for one task, as a function of the tensor θ."""
    inner = {"lr": lr, "steps": steps, "first_order": first_order}
    wrapped = lambda params, x, y: loss(params["theta"], x, y)  # noqa: E731
    return wrapped(adapt(wrapped, {"theta": theta}, support, **inner), *query)


def meta_gradient(loss, theta, tasks, lr, steps, first_order=False):
    """∇_θ of the mean over tasks of L(φ_K; query)."""

    def total(theta):
        each = [query_loss(loss, theta, s, q, lr, steps, first_order) for s, q in tasks]
        return sum(each) / len(each)

    return grad(total)(theta)


def carried(loss, theta, tasks, lr, steps, first_order=False):
    """The same, with each task beginning where the last one ended."""

    def total(theta):
        phi, losses = theta, 0.0
        for support, query in tasks:
            for _ in range(steps):
                g = grad(loss)(phi, *support)
                phi = phi - lr * (g.detach() if first_order else g)
            losses = losses + loss(phi, *query)
        return losses / len(tasks)

    return grad(total)(theta)


GRADIENT_HEAD = "def meta_gradient(loss, theta, tasks, lr, steps):\n"
GRADIENT_GIVEN = (
    GRADIENT_HEAD
    + '    """The gradient of the meta-loss with respect to θ."""\n'
    + "    theta = theta.clone().requires_grad_()\n"
    + "    phi, total = theta, 0.0\n"
    + "    for support, query in tasks:\n"
    + "        for _ in range(steps):\n"
    + "            (slope,) = torch.autograd.grad(loss(phi, *support), phi)\n"
    + "            phi = phi - lr * slope\n"
    + "        total = total + loss(phi, *query)\n"
    + "    return torch.autograd.grad(total / len(tasks), theta)[0]"
)
GRADIENT_START = GRADIENT_HEAD + "    theta = theta.clone().requires_grad_()\n    total = 0.0\n"
GRADIENT_END = "    return torch.autograd.grad(total / len(tasks), theta)[0]"

GRADIENT = Exercise(
    key="04.3",
    title="Two faults that raise no error",
    kind="fix",
    minutes=15,
    difficulty=3,
    objective="find in a MAML loop what Python will never complain about",
    why="Both faults run, train, and look plausible: only a number you know can show them.",
    given=GRADIENT_GIVEN,
    hints=(
        "Do the first task by hand, then the second. From where does the second learner start?",
        "One fault is between the tasks. The other is inside the step: which part of it does "
        "`autograd` forget?",
        "Begin every task with `phi = theta`, and take the inner gradient with "
        "`create_graph=True`.",
    ),
    check=compared(
        meta_gradient,
        Case(
            "θ = 0, the loss (x·θ − y)², α = 0.25, one step. Task 1: support x = 1, y = 2, query "
            "x = 1, y = 3. Task 2: support x = 1, y = 4, query x = 1, y = 5. Then φ is 1 and 2, "
            "and 1 − αH = 0.5 in both",
            line_loss,
            one(0),
            [((double(1), double(2)), (double(1), double(3))),
             ((double(1), double(4)), (double(1), double(5)))],
            0.25,
            1,
        ),
        Case("three tasks, a curved loss with two weights, two steps", wave_loss, double(0.7, 1.2),
             [(pair(4, 10 + i), pair(3, 20 + i)) for i in range(3)], 0.2, 2),
        mistakes=[
            Mistake(
                "silently first-order",
                "The tasks are apart now, but each step is still a constant for the outer "
                "gradient: the factor 1 − αH is missing. Nothing warns you. Take the inner "
                "gradient with `create_graph=True`.",
                lambda *task: meta_gradient(*task, first_order=True),
            ),
            Mistake(
                "one learner for all tasks",
                "The second task begins where the first one ended: the inner loop has moved θ "
                "across tasks. Every task starts at θ: put `phi = theta` inside the loop.",
                carried,
            ),
            Mistake(
                "nothing mended yet",
                "Both faults are still there. Look at where the second task starts, and at what "
                "the inner gradient keeps.",
                lambda *task: carried(*task, first_order=True),
            ),
            Mistake(
                "query loss at θ instead of θ′",
                "You judge θ, not what the steps make of it. The inner loop then plays no part: "
                "this is joint training.",
                lambda loss, theta, tasks, lr, steps: meta_gradient(loss, theta, tasks, lr, 0),
            ),
            Mistake(
                "gradient steps on query",
                "Your learner steps on the query set. It must never see it: step on the support.",
                lambda loss, theta, tasks, *inner: meta_gradient(
                    loss, theta, [(q, q) for _, q in tasks], *inner
                ),
            ),
            Mistake(
                "support examples used as query",
                "You judge each learner by the examples that it has stepped on. Judge by the "
                "query.",
                lambda loss, theta, tasks, *inner: meta_gradient(
                    loss, theta, [(s, s) for s, _ in tasks], *inner
                ),
            ),
            Mistake(
                "a sum where a mean is meant",
                "You add up the tasks. Then β means something else for every number of tasks: "
                "divide by `len(tasks)`.",
                lambda loss, theta, tasks, *inner: (
                    len(tasks) * meta_gradient(loss, theta, tasks, *inner)
                ),
            ),
        ],
    ),
    wrong=(
        Wrong(
            "silently first-order",
            GRADIENT_START + "    for support, query in tasks:\n"
            "        phi = theta\n"
            "        for _ in range(steps):\n"
            "            (slope,) = torch.autograd.grad(loss(phi, *support), phi)\n"
            "            phi = phi - lr * slope\n"
            "        total = total + loss(phi, *query)\n" + GRADIENT_END,
        ),
        Wrong(
            "one learner for all tasks",
            GRADIENT_START + "    phi = theta\n"
            "    for support, query in tasks:\n"
            "        for _ in range(steps):\n"
            "            value = loss(phi, *support)\n"
            "            (slope,) = torch.autograd.grad(value, phi, create_graph=True)\n"
            "            phi = phi - lr * slope\n"
            "        total = total + loss(phi, *query)\n" + GRADIENT_END,
        ),
        Wrong(
            "nothing mended yet",
            GRADIENT_START + "    phi = theta.clone()\n"
            "    for support, query in tasks:\n"
            "        for _ in range(steps):\n"
            "            slope = torch.autograd.grad(\n"
            "                loss(phi, *support), phi, retain_graph=True\n"
            "            )[0]\n"
            "            phi = phi - lr * slope\n"
            "        total = total + loss(phi, *query) / len(tasks)\n"
            "    return torch.autograd.grad(total, theta)[0]",
        ),
        Wrong(
            "query loss at θ instead of θ′",
            GRADIENT_START + "    for support, query in tasks:\n"
            "        phi = theta\n"
            "        for _ in range(steps):\n"
            "            value = loss(phi, *support)\n"
            "            (slope,) = torch.autograd.grad(value, phi, create_graph=True)\n"
            "            phi = phi - lr * slope\n"
            "        total = total + loss(theta, *query)\n" + GRADIENT_END,
        ),
        Wrong(
            "gradient steps on query",
            GRADIENT_START + "    for support, query in tasks:\n"
            "        phi = theta\n"
            "        for _ in range(steps):\n"
            "            phi = phi - lr * torch.func.grad(loss)(phi, *query)\n"
            "        total = total + loss(phi, *query)\n" + GRADIENT_END,
        ),
        Wrong(
            "support examples used as query",
            GRADIENT_START + "    for support, query in tasks:\n"
            "        phi = theta\n"
            "        for _ in range(steps):\n"
            "            phi = phi - lr * torch.func.grad(loss)(phi, *support)\n"
            "        total = total + loss(phi, *support)\n" + GRADIENT_END,
        ),
        Wrong(
            "a sum where a mean is meant",
            GRADIENT_START + "    for support, query in tasks:\n"
            "        phi = theta\n"
            "        for _ in range(steps):\n"
            "            phi = phi - lr * torch.func.grad(loss)(phi, *support)\n"
            "        total = total + loss(phi, *query)\n"
            "    total.backward()\n"
            "    return theta.grad",
        ),
    ),
    right=(
        GRADIENT_START + "    for support, query in tasks:\n"
        "        phi = theta\n"
        "        for _ in range(steps):\n"
        "            phi = phi - lr * torch.func.grad(loss)(phi, *support)\n"
        "        total = total + loss(phi, *query)\n" + GRADIENT_END,
        GRADIENT_HEAD + "    def after(start, support, query):\n"
        "        for _ in range(steps):\n"
        "            start = start - lr * grad(loss)(start, *support)\n"
        "        return loss(start, *query)\n\n"
        "    slopes = [grad(after)(theta, support, query) for support, query in tasks]\n"
        "    return torch.stack(slopes).mean(0)",
    ),
)  # fmt: skip

CHANGES = {
    "a": Option(
        "`loss(adapted, *support)` in place of `loss(adapted, *query)`",
        "A real fault, but another trace. The loss still looks at `adapted`, so θ still learns to "
        "be a good place to step from. One step then takes most of the error away on new tasks "
        "too, somewhat less than it should.",
        "support examples used as query",
    ),
    "b": Option(
        "`first_order=True` in the call of `adapt`",
        "The curvature is missing from the meta-gradient, but it is still the gradient at "
        "`adapted`. On these sinusoids first-order MAML learns nearly as much.",
        "first order taken for no learning",
    ),
    "c": Option("`loss(theta, *query)` in place of `loss(adapted, *query)`"),
    "d": Option(
        "`adapt(loss, theta, query, …)` in place of `adapt(loss, theta, support, …)`",
        "The training loss is flattered, for the learner has seen the answers. But θ still learns "
        "to be a good place to step from, and that remains when it steps on support examples.",
        "gradient steps on query",
    ),
    "e": Option(
        "`total` in place of `total / len(tasks)`",
        "The sum has its minimum where the mean has it; only β means something else. Adam, which "
        "the lesson uses, divides the length of the gradient out again.",
        "sum and mean over tasks mixed up",
    ),
}

DIAGNOSIS = Exercise(
    key="04.4",
    title="Which line was it?",
    kind="choice",
    minutes=6,
    difficulty=2,
    objective="tell from a learning curve which objective a program has really lowered",
    why="`adapted` is computed and thrown away: with or without a step, this is joint training.",
    hints=(
        "Which training of the lesson gives just this curve, on purpose?",
        "In the lesson `steps=0` makes that training out of MAML. What does it do to `adapted`?",
        "Ask of each change: does the outer loss still depend on the inner step?",
    ),
    check=chosen(CHANGES),
    options=CHANGES,
    wrong=wrong_options(CHANGES),
    right=('my_answer = "C"', 'my_answer = "(c)"'),
)

EXERCISES = (START, ALONG, GRADIENT, DIAGNOSIS)
