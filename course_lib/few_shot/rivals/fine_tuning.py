"""Fine-tuning: a classifier of other characters gets a new head (notebook 07).

The baseline of the mini-ImageNet table (Ravi & Larochelle 2017): learn to tell all meta-training
characters apart, no tasks anywhere; then, in a task, put n rows of zeros where the head was, and
take some steps of gradient descent on the support. The body stays as it is.
A badly tuned baseline makes every meta-learner look good. So the step size and the number of steps
are chosen for each of the four cells, on tasks of meta-validation characters; the choice is kept
among the weights. As everywhere in the course, α means α·n on the mean cross-entropy. MAML's own α,
0.4, would cost some 5 points at 5-way 1-shot and 16 at 20-way: the features of this classifier are
25 long, and a step of the head grows with their square.
Chen et al. 2019 found that such a classifier over-fits after a few epochs; ours sees each picture
12 times.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.few_shot.rivals.rival import Pair, Params, Rival, Training, keep_statistics
from course_lib.nets.stored_norm import features_alone, features_together, init_body
from course_lib.tasks import episodes

CLASSES = 4112  # rows of the head in training: 1028 characters, turned four ways
BATCH = 360
CELLS = ((5, 1), (5, 5), (20, 1), (20, 5))
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.4)
STEPS = (1, 5, 15, 50, 150)
TUNING_TASKS = 100


def init(
    gen: torch.Generator, device=None, *, body=init_body, classes: int = CLASSES, width: int = 64
) -> Params:
    """The body, with `width` features, and a head for all characters at once."""
    start = body(gen, device)
    head = torch.randn(classes, width, generator=gen) / math.sqrt(classes)
    return {**start, "w": head.to(device), "b": torch.zeros(classes, device=device)}


def objective(theta: Params, images: Tensor, gen: torch.Generator, *, batch: int = BATCH) -> Tensor:
    """The cross-entropy of a batch of pictures among all classes of `images`."""
    classes, drawings = images.shape[:2]
    y = torch.randint(classes, (batch,), generator=gen).to(images.device)
    drawing = torch.randint(drawings, (batch,), generator=gen).to(images.device)
    f = features_together(theta, episodes.to_unit(images[y, drawing][None])[0])
    return F.cross_entropy(F.linear(f, theta["w"][:classes], theta["b"][:classes]), y)


def head_path(f: Tensor, y: Tensor, num_ways: int, *, rate: float, steps: int) -> Tensor:
    """The heads [tasks, ways, features + 1] after gradient descent from zero; bias last.

    The gradient of the mean cross-entropy in row c is the mean of (p(c|x) − [y = c]) f(x).
    """
    f, truth = with_one(f), F.one_hot(y, num_ways).to(f.dtype)
    head = f.new_zeros(len(f), num_ways, f.shape[-1])
    for _ in range(steps):
        wrong = (f @ head.mT).softmax(-1) - truth
        head = head - rate * num_ways / f.shape[1] * wrong.mT @ f
    return head


def with_one(f: Tensor) -> Tensor:
    """Features with a column of ones, which the bias is the weight of."""
    return torch.cat([f, torch.ones_like(f[..., :1])], -1)


def answer(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """The log softmax of the head that the chosen number of steps on the support has made."""
    x, y = support
    rate, steps = choice(theta["choice"], num_ways, x.shape[1] / num_ways)
    head = head_path(features_alone(theta, x), y, num_ways, rate=rate, steps=steps)
    return (with_one(features_alone(theta, queries)) @ head.mT).log_softmax(-1)


def choice(chosen: Tensor, num_ways: int, num_shots: float) -> tuple[float, int]:
    """(α, steps) of the tuned cell that is most like n-way k-shot; k counts before n."""
    like = [abs(math.log(n / num_ways)) + 2 * abs(math.log(k / num_shots)) for n, k in CELLS]
    rate, steps = chosen[like.index(min(like))].tolist()
    return rate, round(steps)


def finish(theta: Params, images: Tensor, held_out: Tensor, gen: torch.Generator) -> Params:
    """The body with its statistics, and the (α, steps) of each cell that are best on `held_out`."""
    body = {name: p for name, p in theta.items() if name not in ("w", "b")}
    body = keep_statistics(body, images, held_out, gen)
    best = [tuned(body, held_out, n, k, gen) for n, k in CELLS]
    return {**body, "choice": torch.tensor(best)}


def tuned(
    body: Params,
    held_out: Tensor,
    n: int,
    k: int,
    gen,
    *,
    rates=RATES,
    steps=STEPS,
    tasks: int = 20,
) -> tuple[float, int]:
    """The (α, steps) of the grid with the highest accuracy on `TUNING_TASKS` n-way k-shot tasks.

    So many `tasks` at once.
    """
    right = dict.fromkeys(((rate, number) for rate in rates for number in steps), 0.0)
    for _ in range(TUNING_TASKS // tasks):
        (xs, ys), (xq, yq) = episodes.sample_episodes(
            held_out, num_tasks=tasks, num_ways=n, num_shots=k, num_queries=2, gen=gen
        )
        f, g = features_alone(body, xs), features_alone(body, xq)
        for rate, number in right:
            head = head_path(f, ys, n, rate=rate, steps=number)
            said = (with_one(g) @ head.mT).argmax(-1)
            right[rate, number] += (said == yq).float().mean().item()
    return max(right, key=right.get)


FINE_TUNING = Rival(
    name="fine-tuning",
    family="weights",
    definition="A classifier of all other characters gets a new head, fitted to the support.",
    formula="W₀ = 0, Wₜ₊₁ = Wₜ − α ∇_W L(W f; support), p(c|x) = softmax_c W_K f(x)",
    paper="fine-tuning",
    init=init,
    answer=answer,
    training=Training(
        objective, iterations=2700, lr=3e-3, facts={"classes": CLASSES, "batch": BATCH},
        finish=finish,
    ),
)  # fmt: skip
