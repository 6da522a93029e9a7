"""Exercise 04.6: the same meta-gradient with learn2learn."""

import torch
from torch import nn
from torch.func import functional_call, grad

from course_lib.checks.calling import call, fresh
from course_lib.checks.comparing import Case, Drawn, Mistake, compared
from course_lib.checks.exercise import Exercise
from course_lib.maml import oracle
from course_lib.maml.inner import adapt


def loss_of(net):
    """`loss(params, x, y)` of a module: the mean squared error."""
    return lambda params, x, y: (functional_call(net, params, (x,)) - y).square().mean()


def own(MAML, net, support, query, lr, steps, **inner):
    """The gradient of the query loss after `steps` inner steps, by the ten lines of the lesson."""
    loss = loss_of(net)
    theta = {name: p.detach() for name, p in net.named_parameters()}
    inner = {"lr": lr, "steps": steps} | inner
    found = grad(lambda t: loss(adapt(loss, t, support, **inner), *query))(theta)
    return list(found.values())


def one_weight() -> nn.Module:
    """The model w·x with w = 1."""
    net = nn.Linear(1, 1, bias=False)
    nn.init.ones_(net.weight)
    return net


def small_net() -> nn.Module:
    """A tanh net with 22 weights."""
    gen = torch.Generator().manual_seed(4)
    net = nn.Sequential(nn.Linear(1, 7), nn.Tanh(), nn.Linear(7, 1))
    for p in net.parameters():
        p.data = torch.randn(p.shape, generator=gen)
    return net


def points(number: int, seed: int):
    """Some points of a sine."""
    x = 3 * torch.randn(number, 1, generator=torch.Generator().manual_seed(seed))
    return x, x.sin()


def column(*numbers: float) -> torch.Tensor:
    """A column."""
    return torch.tensor(numbers, dtype=torch.float)[:, None]


MISTAKES = [
    Mistake(
        "silently first-order",
        "The curvature is missing. Leave `first_order` alone, and ask for the gradient in the "
        "weights of `net` itself: those of the adapted learner are φ, not θ. (Without `clone()` "
        "the net itself is adapted, and its weights are φ too.)",
        lambda *a: own(*a, first_order=True),
    ),
    Mistake(
        "one step instead of `steps`",
        "`learner.adapt(…)` is one step. Call it `steps` times on *one* clone, each time with the "
        "loss of the learner as it is now.",
        lambda M, net, s, q, lr, n: own(M, net, s, q, lr, 1),
    ),
    Mistake(
        "query loss at θ instead of θ′",
        "You ask `net` or the wrapper, which still stand at θ. Ask the learner that has adapted.",
        lambda M, net, s, q, lr, n: own(M, net, s, q, lr, 0),
    ),
    Mistake(
        "support examples used as query",
        "After adapting you ask the support again. Ask the query.",
        lambda M, net, s, q, lr, n: own(M, net, s, s, lr, n),
    ),
    Mistake(
        "support and query swapped",
        "Your learner adapts to the query and is judged on the support. It may learn from the "
        "support alone.",
        lambda M, net, s, q, lr, n: own(M, net, q, s, lr, n),
    ),
    Mistake(
        "a step too many",
        "Your learner takes one step more than `steps`.",
        lambda M, net, s, q, lr, n: own(M, net, s, q, lr, n + 1),
    ),
]


def check_library(answer) -> str:
    """Compares with the lesson's own inner loop."""
    MAML = oracle.learn2learn_maml()
    last = MAML, small_net(), points(6, 1), points(5, 2), 0.1, 3
    compared(
        own,
        Case(
            "one weight w = 1, support x = (1, 1), y = (2, 4), query x = 1, y = 2, α = 0.1, one "
            "step. Then φ = 1.4, the query's slope there is −1.2, and I − αH = 0.8",
            MAML, one_weight(), (column(1, 1), column(2, 4)), (column(1), column(2)), 0.1, 1,
        ),
        Drawn("a net with 22 weights, three steps", *last),
        mistakes=MISTAKES,
    )(answer)  # fmt: skip
    mine = call(answer, last)
    gap = max(
        (torch.as_tensor(a) - b).abs().max().item() for a, b in zip(mine, own(*last), strict=True)
    )
    largest = max(g.abs().max().item() for g in own(*fresh(list(last))))
    return (
        f"Three steps of a net: the largest entry is {largest:.2g}, and learn2learn's gradient "
        f"differs from that of your own inner loop by at most {gap:.0e}."
    )


LIBRARY = Exercise(
    key="04.6",
    title="The library you would use",
    kind="write",
    minutes=15,
    difficulty=2,
    objective="write the inner loop with learn2learn, and know what `clone` and `adapt` do",
    why="A library and ten lines of your own: the same meta-gradient.",
    hints=(
        "`MAML(net, lr=…)` wraps a net. `clone()` makes a learner whose weights are attached to "
        "the net's; `learner.adapt(loss)` is one inner step.",
        "A learner is called like the net: `learner(x)`. Each step needs the loss of the learner "
        "as it is now. When it has adapted, take its loss on the query.",
        "`learner = MAML(net, lr=lr).clone()`; `steps` times `learner.adapt(((learner(xs) - ys) ** "
        "2).mean())`; then `torch.autograd.grad(…, list(net.parameters()))` of the query loss.",
    ),
    check=check_library,
    needs="learn2learn",
)
