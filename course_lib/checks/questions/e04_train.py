"""Exercise 04.5: MAML's outer loop, written and run. The start that it finds is what counts."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import grad, vmap

import course_lib
from course_lib.checks.calling import call, check_finite, must_be_function
from course_lib.checks.comparing import Drawn, Mistake, check_form, compared
from course_lib.checks.exercise import Exercise, Slip
from course_lib.checks.values import number
from course_lib.ground.types import Params
from course_lib.maml.inner import meta_loss, query_curve
from course_lib.nets.models import mlp, mse
from course_lib.tasks.sinusoids import sample_tasks

ALPHA, BETA, ITERATIONS = 0.05, 0.01, 400
NET = mlp(1, 40, 40, 1, nonlinearity=torch.tanh)
LOSS = mse(NET.apply)


def sinusoids(i: int):
    """The i-th batch: ten sinusoids, ten support and ten query points each."""
    return sample_tasks(10, num_shots=10, gen=course_lib.seed(7000 + i))


def outer(theta: Params, beta: float, slopes: Callable, make=torch.optim.Adam) -> Params:
    """θ after a step of the optimiser along each of these gradients, each asked for at θ."""
    theta = {name: p.clone() for name, p in theta.items()}
    adam = make(theta.values(), lr=beta)
    for slope in slopes(theta):
        for name, p in theta.items():
            p.grad = slope[name]
        adam.step()
    return theta


def train(loss, theta, draw, lr, beta, iterations, *, make=torch.optim.Adam, batch=int, **inner):
    """MAML's θ after `iterations` outer steps; `inner` and `batch` say what mistakes change."""
    inner = {"lr": lr, "steps": 1} | inner

    def slopes(theta):
        for i in range(iterations):
            yield grad(lambda t, i=i: meta_loss(loss, t, draw(batch(i)), **inner))(theta)

    return outer(theta, beta, slopes, make)


def forgetful(loss, theta, draw, lr, beta, iterations):
    """A new Adam in every iteration."""
    for i in range(iterations):
        theta = train(loss, theta, lambda _, i=i: draw(i), lr, beta, 1)
    return theta


def piled_up(loss, theta, draw, lr, beta, iterations):
    """Gradients that are never set to zero."""

    def slopes(theta):
        total = {name: torch.zeros_like(p) for name, p in theta.items()}
        for i in range(iterations):
            new = grad(lambda t, i=i: meta_loss(loss, t, draw(i), lr=lr, steps=1))(theta)
            total = {name: total[name] + new[name] for name in new}
            yield total

    return outer(theta, beta, slopes)


def on_support(loss, theta, draw, lr, beta, iterations):
    """The step judged by the examples that made it."""
    return train(loss, theta, lambda i: (draw(i)[0],) * 2, lr, beta, iterations)


def task_by_task(loss, theta, draw, lr, beta, iterations):
    """A step of Adam after every single task."""

    def slopes(theta):
        for i in range(iterations):
            (xs, ys), (xq, yq) = draw(i)
            for j in range(len(xs)):
                one = (xs[j : j + 1], ys[j : j + 1]), (xq[j : j + 1], yq[j : j + 1])
                yield grad(lambda t, one=one: meta_loss(loss, t, one, lr=lr, steps=1))(theta)

    return outer(theta, beta, slopes)


def one_for_all(loss, theta, draw, lr, beta, iterations):
    """One φ for all tasks: a step on all support sets at once."""

    def together(t, pair):
        return vmap(lambda x, y: loss(t, x, y))(*pair).mean()

    def slopes(theta):
        def after(t, i):
            support, query = draw(i)
            slope = grad(together)(t, support)
            return together({n: p - lr * slope[n] for n, p in t.items()}, query)

        for i in range(iterations):
            yield grad(after)(theta, i)

    return outer(theta, beta, slopes)


def uphill(loss, theta, draw, lr, beta, iterations):
    """Inner steps that add the gradient."""

    def after(t, xs, ys, xq, yq):
        slope = grad(loss)(t, xs, ys)
        return loss({n: p + lr * slope[n] for n, p in t.items()}, xq, yq)

    def mean(t, i):
        support, query = draw(i)
        return vmap(after, (None, 0, 0, 0, 0))(t, *support, *query).mean()

    def slopes(theta):
        for i in range(iterations):
            yield grad(mean)(theta, i)

    return outer(theta, beta, slopes)


def adapted(loss, theta, draw, lr, beta, iterations):
    """The last task's φ, from the θ before the last outer step."""
    theta = train(loss, theta, draw, lr, beta, iterations - 1)
    (xs, ys), _ = draw(iterations - 1)
    slope = grad(loss)(theta, xs[-1], ys[-1])
    return {name: p - lr * slope[name] for name, p in theta.items()}


def line(params: Params, x: Tensor, y: Tensor) -> Tensor:
    """The mean squared error of w·x + b."""
    return (x * params["w"] + params["b"] - y).square().mean()


def lines(i: int):
    """The i-th batch of four straight lines, with points that tell the mistakes apart."""
    gen = torch.Generator().manual_seed(i)
    slope, height = torch.randn(2, 4, 1, 1, generator=gen) + 1
    xs, xq = 2 * torch.randn(2, 4, 3, 1, generator=gen)
    return (xs, slope * xs + height), (xq, slope * xq + height)


START = {"w": torch.tensor([0.3]), "b": torch.tensor([-0.2])}
STEPS = "four tasks w·x + b in each batch"
MISTAKES = [
    Mistake(
        "silently first-order",
        "Your inner step is a constant for the outer gradient. Take its gradient with "
        "`create_graph=True`, or by `torch.func.grad`, and don't detach it.",
        lambda *a: train(*a, first_order=True),
    ),
    Mistake(
        "query loss at θ instead of θ′",
        "You lower the loss where the learner starts. That is joint training: the inner step "
        "plays no part. Adapt to the support first, then ask the query.",
        lambda *a: train(*a, steps=0),
    ),
    Mistake(
        "support examples used as query",
        "The outer loss asks the examples that made the inner step. Ask the query.",
        on_support,
    ),
    Mistake(
        "a new Adam in every iteration",
        "Adam remembers the gradients that it has seen. You make a new one in every iteration, "
        "which has seen nothing. Make it once, before the loop.",
        forgetful,
    ),
    Mistake(
        "gradients that pile up",
        "`.backward()` adds to what `.grad` holds already. Call `zero_grad()` in every iteration.",
        piled_up,
    ),
    Mistake(
        "the same tasks again and again",
        "You draw the first batch and keep it. Draw anew in every iteration, `draw(i)`: a start "
        "should serve tasks that it has not met.",
        lambda *a: train(*a, batch=lambda i: 0),
    ),
    Mistake(
        "gradient descent instead of Adam",
        "You take plain gradient steps. The outer optimiser should be Adam, which gives every "
        "weight a step size of its own.",
        lambda *a: train(*a, make=torch.optim.SGD),
    ),
    Mistake(
        "α and β swapped",
        "`lr` is α, the size of the *inner* step. `beta` is Adam's.",
        lambda loss, theta, draw, lr, beta, n: train(loss, theta, draw, beta, lr, n),
    ),
    Mistake(
        "an outer step after every task",
        "You step after every single task. Average the query losses of the batch first: one "
        "outer step for each `draw(i)`.",
        task_by_task,
    ),
    Mistake(
        "one φ for all tasks",
        "You take one inner step on all support sets together. Every task starts at θ and makes "
        "a step of its own, on its own support.",
        one_for_all,
    ),
    Mistake(
        "a step uphill",
        "Your inner step adds the gradient. Descent subtracts it: φ = θ − α∇L(θ; support).",
        uphill,
    ),
    Mistake(
        "the adapted weights returned",
        "You return the φ of the last task. θ is what all tasks start from: return that.",
        adapted,
    ),
    Mistake(
        "θ never moved",
        "You return θ as it came. Adam changes the tensors that it was given: return those.",
        lambda loss, theta, *a: {name: p.clone() for name, p in theta.items()},
    ),
]

known = compared(
    train,
    Drawn(f"{STEPS}, one outer step, α = 0.1, β = 0.05", line, START, lines, 0.1, 0.05, 1),
    Drawn(f"{STEPS}, six outer steps, α = 0.1, β = 0.05", line, START, lines, 0.1, 0.05, 6),
    mistakes=MISTAKES,
    tolerance=2e-4,
)


def after_a_step(theta: Params) -> float:
    """The query loss of 600 fresh sinusoids after one inner step."""
    fresh = sample_tasks(600, num_shots=10, num_queries=100, gen=course_lib.seed(600))
    return query_curve(LOSS, theta, fresh, lr=ALPHA, steps=1)[:, 1].mean().item()


def of_the_mean_curve() -> float:
    """The loss of the best model that does not adapt: E[a] · E[sin(x − p)] = −(5.1/π) cos x."""
    _, (x, y) = sample_tasks(600, num_shots=10, num_queries=100, gen=course_lib.seed(600))
    return (y + 5.1 / math.pi * x.cos()).square().mean().item()


def check_train(answer: Callable) -> str:
    """Known mistakes by name; then a real training, judged on fresh tasks. On one thread."""
    must_be_function(answer)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # small work is slower on more, and far slower on a busy machine
    try:
        return judged(answer)
    finally:
        torch.set_num_threads(threads)


def judged(answer: Callable) -> str:
    """What the training has found, as a sentence, or a `Slip`."""
    try:
        known(answer)
        doubt = None
    except Slip as slip:
        if slip.name != "another value than expected":
            raise
        doubt = slip  # perhaps another way to train: what it finds decides
    start = NET.init(course_lib.seed(1))
    task = LOSS, start, sinusoids, ALPHA, BETA, ITERATIONS
    theta = call(answer, task)
    check_form(theta, start, "")
    for name in start:
        check_form(theta[name], start[name], f"This is `{name}`.")
    check_finite(theta)
    theta = {name: torch.as_tensor(theta[name]).detach() for name in start}
    mine, mean = after_a_step(theta), of_the_mean_curve()
    first = after_a_step(train(*task, first_order=True))
    found = (
        f"On 600 fresh sinusoids, after one step on ten points: your start {number(mine)}; a "
        f"first-order training as long as yours {number(first)}; the mean curve {number(mean)}."
    )
    if mine < first and mine < mean / 2:
        return found
    if doubt is not None:
        raise Slip(doubt.name, f"{found} {doubt.says}")
    raise Slip("trained, but not far", f"{found} Does every iteration count?")


TRAIN = Exercise(
    key="04.5",
    title="Train it",
    kind="write",
    minutes=25,
    difficulty=3,
    importance=3,
    objective="train a start with MAML's outer loop, and judge it on tasks that it has not met",
    why="That was a meta-training from nothing.",
    hints=(
        "Two loops: over the iterations, and in each over the tasks of one batch. What does Adam "
        "have to know, and when must it be made?",
        "In each iteration: the inner step of every task, attached to θ (`create_graph=True`, or "
        "`torch.func.grad`); the mean of the query losses; its gradient in θ; one step of Adam.",
        "`theta = {n: p.clone().requires_grad_() for n, p in theta.items()}`, `adam = "
        "torch.optim.Adam(theta.values(), lr=beta)`. In the loop: `total` is the mean of "
        "`loss(phi, xq, yq)` with `phi = {n: p - lr * g[n] …}`; then `adam.zero_grad()`, "
        "`total.backward()`, `adam.step()`. Return θ, detached.",
    ),
    check=check_train,
    effort=4.0,
)
