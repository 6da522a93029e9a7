"""Exercises 04.9 to 04.11: MAML in three gaps, the inner loop, the meta-loss and the outer step."""

import torch
from torch.func import grad

from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Exercise
from course_lib.checks.questions.e04_faults import line_loss, pair, twice, wave_loss
from course_lib.checks.usual import inner_mistakes, walk


def theta_of(*numbers: float) -> torch.Tensor:
    """A θ that asks for gradients."""
    return torch.tensor(numbers[0] if len(numbers) == 1 else numbers, requires_grad=True)


# --- 04.9: the inner loop -------------------------------------------------------------------------


def end_of(walk):
    """φ_K at the end of a walk, as a function of (loss, theta, support, lr, steps)."""
    return lambda loss, theta, support, lr, steps: walk(loss, theta, support, lr, steps)[-1]


def inner_loop(loss, theta, support, lr, steps):
    """φ_K after K steps of gradient descent from θ."""
    return walk(loss, theta, support, lr, steps)[-1]


def random_learner(seed: int) -> Drawn:
    """Two weights and four support examples."""
    gen = torch.Generator().manual_seed(seed)
    says = "a curved loss with two weights, four random support examples, α = 0.2, three steps"
    return Drawn(says, wave_loss, theta_of(0.7, 1.2), pair(4, gen), 0.2, 3)


INNER_MISTAKES = [
    Mistake(
        "a step uphill",
        "You add the gradient. It points uphill: subtract it.",
        lambda loss, theta, support, lr, steps: inner_loop(loss, theta, support, -lr, steps),
    ),
    Mistake(
        "the step size left out",
        "You subtract the whole gradient. Multiply it by `lr` first.",
        lambda loss, theta, support, lr, steps: inner_loop(loss, theta, support, 1.0, steps),
    ),
    Mistake(
        "one step instead of `steps`",
        "You take one step, whatever `steps` says: loop over `range(steps)`.",
        lambda loss, theta, support, lr, steps: inner_loop(loss, theta, support, lr, 1),
    ),
    Mistake(
        "a step too many",
        "You take one step more than `steps`.",
        lambda loss, theta, support, lr, steps: inner_loop(loss, theta, support, lr, steps + 1),
    ),
    *inner_mistakes(end_of, outer=False),
]

INNER = Exercise(
    key="04.9",
    title="First gap: the inner loop",
    kind="write",
    minutes=8,
    difficulty=1,
    importance=3,
    objective="write the learner: K steps of gradient descent that remember where they came from",
    why="φ_K is a function of θ: that is all that MAML needs of its learner.",
    hints=(
        "Begin at θ. In each step, take the gradient of the support loss where you are *now*.",
        "`grad(loss)(phi, *support)` is that gradient. Make a new φ of it; overwrite nothing.",
        "`phi = theta`, then `steps` times `phi = phi - lr * grad(loss)(phi, *support)`.",
    ),
    check=compared(
        inner_loop,
        Case(
            "θ = 0, the loss (x·θ − y)², support: twice x = 1, y = 2; α = 0.25, two steps. Then θ "
            "goes to 1, and 1 goes to 1.5",
            line_loss, theta_of(0.0), twice(1, 2), 0.25, 2,
        ),
        Case(
            "θ = 3, the loss (x·θ − y)², support: twice x = 1, y = 2; α = 0.25, no step "
            "(`steps = 0`)",
            line_loss, theta_of(3.0), twice(1, 2), 0.25, 0,
        ),
        *telling(inner_loop, INNER_MISTAKES[:4], random_learner),
        mistakes=INNER_MISTAKES[:4],
        also=INNER_MISTAKES[4:],
        attached=True,
    ),
)  # fmt: skip


# --- 04.10: the meta-loss -------------------------------------------------------------------------


def mean_query_loss(inner=walk, *, on_support=False, summed=False, last=False):
    """The meta-loss with a faulty part, as a function of (loss, theta, tasks, lr, steps)."""

    def meta(loss, theta, tasks, lr, steps):
        losses = [
            loss(inner(loss, theta, support, lr, steps)[-1], *(support if on_support else query))
            for support, query in tasks
        ]
        return losses[-1] if last else sum(losses) / (1 if summed else len(tasks))

    return meta


meta_loss = mean_query_loss()


def meta_gradient(loss, theta, tasks, lr, steps):
    """The gradient of the meta-loss in θ."""
    return grad(lambda start: meta_loss(loss, start, tasks, lr, steps))(theta)


def random_batch(seed: int) -> Drawn:
    """Three tasks of a curved loss with two weights."""
    gen = torch.Generator().manual_seed(seed)
    tasks = [(pair(4, gen), pair(3, gen)) for _ in range(3)]
    says = "three random tasks, a curved loss with two weights, α = 0.2, two steps"
    return Drawn(says, wave_loss, theta_of(0.7, 1.2), tasks, 0.2, 2)


META_MISTAKES = [
    Mistake(
        "support examples used as query",
        "You judge each learner by the examples that it has stepped on. Judge by the query.",
        mean_query_loss(on_support=True),
    ),
    Mistake(
        "query loss at θ instead of θ′",
        "You judge θ, not what the steps make of it: this is joint training.",
        mean_query_loss(lambda loss, theta, support, lr, steps: [theta]),
    ),
    Mistake(
        "a sum where a mean is meant",
        "You add up the tasks. Divide by `len(tasks)`.",
        mean_query_loss(summed=True),
    ),
    Mistake(
        "gradient steps on query",
        "Your learner steps on the query, which it must never see.",
        lambda loss, theta, tasks, lr, steps: meta_loss(
            loss, theta, [(q, q) for _, q in tasks], lr, steps
        ),
    ),
    Mistake(
        "only the last task",
        "You return the loss of the last task. Keep all of them, and take their mean.",
        mean_query_loss(last=True),
    ),
    Mistake(
        "the gradient instead of the loss",
        "You return a gradient. The next gap takes it; here the loss itself is wanted.",
        meta_gradient,
    ),
]
BATCH = (
    line_loss, theta_of(0.0),
    [(twice(1, 2), twice(1, 3)), (twice(1, 4), twice(1, 5))], 0.25, 2,
)  # fmt: skip


def check_meta_loss(answer) -> str:
    """The value, then the gradient: an inner loop that was cut off shows only there."""
    compared(
        meta_loss,
        Case(
            "θ = 0, the loss (x·θ − y)², α = 0.25, two steps; every set holds its example twice. "
            "Task 1: support x = 1, y = 2, query x = 1, y = 3. Task 2: support x = 1, y = 4, query "
            "x = 1, y = 5. Then the learners end at 1.5 and 3, and the losses are 2.25 and 4",
            *BATCH,
        ),
        *telling(meta_loss, META_MISTAKES, random_batch),
        mistakes=META_MISTAKES,
        also=inner_mistakes(mean_query_loss, outer=False),
        attached=True,
    )(answer)
    return "The loss is right, and so is its gradient through both inner steps."


META = Exercise(
    key="04.10",
    title="Second gap: the meta-loss",
    kind="write",
    minutes=8,
    difficulty=2,
    importance=3,
    objective="write what MAML lowers: the loss on the query, after adapting to the support",
    why="Support in, query out, and the mean over tasks: the whole objective in three lines.",
    hints=(
        "For each task: adapt on its support, from θ. Then ask its query.",
        "The first half is the loop of the first gap; every task begins it at θ.",
        "`phi = theta` inside the loop over tasks, then the steps, then "
        "`losses.append(loss(phi, *query))`; at the end `torch.stack(losses).mean()`.",
    ),
    check=check_meta_loss,
)


# --- 04.11: the outer step ------------------------------------------------------------------------


def outer_step(meta_loss, theta, tasks, beta):
    """θ − β ∇ meta_loss(θ, tasks)."""
    return theta - beta * grad(meta_loss)(theta, tasks)


def bowl(theta, tasks):
    """The mean of the squared distances to the tasks."""
    return ((theta - tasks) ** 2).mean()


def ripple(theta, tasks):
    """A meta-loss that is no bowl."""
    return ((theta[:, None] * tasks).sin().mean(1) ** 2).sum() + theta.prod()


def random_step(seed: int) -> Drawn:
    """Two weights and three tasks."""
    tasks = torch.randn(3, generator=torch.Generator().manual_seed(seed))
    says = "a random meta-loss of two weights, β = 0.3"
    return Drawn(says, ripple, torch.tensor([0.7, 1.2]), tasks, 0.3)


OUTER_MISTAKES = [
    Mistake(
        "a step uphill",
        "You add the gradient. It points uphill: subtract it.",
        lambda m, theta, tasks, beta: outer_step(m, theta, tasks, -beta),
    ),
    Mistake(
        "the step size left out",
        "You subtract the whole gradient. Multiply it by `beta` first.",
        lambda m, theta, tasks, beta: outer_step(m, theta, tasks, 1.0),
    ),
    Mistake(
        "the gradient instead of the new θ",
        "You return the gradient. Return θ after the step.",
        lambda m, theta, tasks, beta: grad(m)(theta, tasks),
    ),
    Mistake(
        "the loss in place of its gradient",
        "You subtract β times the meta-*loss*. The direction is in its gradient.",
        lambda m, theta, tasks, beta: theta - beta * m(theta, tasks),
    ),
    Mistake(
        "two steps instead of one",
        "You step twice. An outer step is one.",
        lambda m, theta, tasks, beta: outer_step(m, outer_step(m, theta, tasks, beta), tasks, beta),
    ),
    Mistake(
        "θ never moved",
        "You return θ as it was. Return what the step makes of it.",
        lambda m, theta, tasks, beta: theta,
    ),
]

OUTER = Exercise(
    key="04.11",
    title="Third gap: the outer step",
    kind="write",
    minutes=6,
    difficulty=1,
    importance=3,
    objective="write the outer step, and see that it is gradient descent once more",
    why="The same line as the inner step, one level up: θ for φ, β for α, tasks for examples.",
    hints=(
        "Compare the two formulas of the lesson: what stands where φ stood, and where α stood?",
        "`grad(meta_loss)(theta, tasks)` is the meta-gradient: `grad` takes the first argument.",
        "`return theta - beta * grad(meta_loss)(theta, tasks)`.",
    ),
    check=compared(
        outer_step,
        Case(
            "θ = 3, two tasks 0 and 2, the meta-loss is the mean of (θ − task)², β = 0.25. Its "
            "gradient is the mean of 6 and 2",
            bowl, torch.tensor(3.0), torch.tensor([0.0, 2.0]), 0.25,
        ),
        *telling(outer_step, OUTER_MISTAKES, random_step),
        mistakes=OUTER_MISTAKES,
    ),
)  # fmt: skip

PIECES = (INNER, META, OUTER)
