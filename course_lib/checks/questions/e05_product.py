"""Exercise 05.4: a product with the Hessian of a network, without the Hessian."""

import torch
from torch.func import grad, hessian, jvp

from course_lib.checks.comparing import Case, Drawn, Mistake, compared
from course_lib.checks.costs import at_scale, cost
from course_lib.checks.exercise import Exercise, Slip

MANY = 300  # weights: their Hessian would hold 90,000 numbers
MOST = 300_000  # weights: only a product without a matrix comes to an end
MOST_CALLS = 4  # of the loss; columns one by one would take 300


def dot(one, other):
    """Σ over all weights of the products."""
    return sum((one[name] * other[name]).sum() for name in one)


def product(loss, params, v):
    """∇²L(params) v, a dictionary like params."""
    return jvp(grad(loss), (params,), (v,))[1]


def own_blocks(loss, params, v):
    """Each tensor's own block of the Hessian alone."""
    parts = {}
    for name in params:
        alone = {other: torch.zeros_like(v[other]) for other in v} | {name: v[name]}
        parts[name] = product(loss, params, alone)[name]
    return parts


def diagonal(loss, params, v):
    """The Hessian's diagonal times v, weight by weight."""
    blocks = hessian(loss)(params)
    parts = {}
    for name, p in params.items():
        block = blocks[name][name].reshape(p.numel(), p.numel())
        parts[name] = block.diagonal().reshape(p.shape) * v[name]
    return parts


def scaled(factor, tree):
    """A dictionary of tensors, each times a number."""
    return {name: factor * part for name, part in tree.items()}


def moved_gradient(loss, params, v):
    """∇L(φ + v) − ∇L(φ)."""
    there = {name: p + v[name] for name, p in params.items()}
    after, before = grad(loss)(there), grad(loss)(params)
    return {name: after[name] - before[name] for name in params}


def of_ones(loss, params, v):
    """∇²L times a vector of ones."""
    return product(loss, params, {name: torch.ones_like(p) for name, p in params.items()})


def cubic(params):
    """a²b."""
    return params["a"] ** 2 * params["b"]


def net_loss(params):
    """The mean squared error of a small tanh net on four points."""
    x = torch.tensor([[-1.0], [0.0], [0.5], [2.0]])
    hidden = torch.tanh(x @ params["w0"] + params["b0"])
    return (hidden @ params["w1"] - x.sin()[:, 0]).square().mean()


def long_loss(params):
    """A loss of many weights, each coupled with its neighbour."""
    w = params["w"]
    return (w.sin() * w.roll(1)).sum()


def numbers(seed, **shapes):
    """A dictionary of random tensors."""
    gen = torch.Generator().manual_seed(seed)
    return {name: torch.randn(*shape, generator=gen) for name, shape in shapes.items()}


NET = {"w0": (1, 3), "b0": (3,), "w1": (3,)}

values = compared(
    product,
    Case(
        "L = a²b at a = 1, b = 2, so ∇L = (2ab, a²) and H has the rows (2b, 2a) = (4, 2) and "
        "(2a, 0) = (2, 0). With v = (1, 3), H v = (4 + 6, 2)",
        cubic,
        {"a": torch.tensor(1.0), "b": torch.tensor(2.0)},
        {"a": torch.tensor(1.0), "b": torch.tensor(3.0)},
    ),
    Drawn("a net of nine weights in three tensors", net_loss, numbers(1, **NET), numbers(2, **NET)),
    mistakes=[
        Mistake(
            "the direction left out",
            "You differentiate the sum of the gradient's entries: that is H times a vector of "
            "ones. Multiply the gradient with v first, entry by entry, then sum.",
            of_ones,
        ),
        Mistake(
            "each tensor by itself",
            "You treat every tensor of the dictionary alone. But how the slope of one changes "
            "also depends on the others: add up *all* products ∇L·v to one number, then take its "
            "gradient.",
            own_blocks,
        ),
        Mistake(
            "the diagonal alone",
            "You multiply entry by entry. H v mixes the weights: each entry sums a whole row of H.",
            diagonal,
        ),
        Mistake(
            "the gradient taken for the Hessian",
            "(∇L·v) ∇L contains no second derivative. Differentiate the number ∇L·v once more.",
            lambda loss, p, v: scaled(dot(grad(loss)(p), v), grad(loss)(p)),
        ),
        Mistake(
            "a finite difference with a large step",
            "∇L(φ + v) − ∇L(φ) is H v only where the slope is a straight line. Differentiate, and "
            "no step has to be small.",
            moved_gradient,
        ),
        Mistake(
            "stopped at the number ∇L·v",
            "∇L·v says how fast the loss changes along v. H v says how the *gradient* does: take "
            "the gradient of that number.",
            lambda loss, p, v: dot(grad(loss)(p), v),
        ),
        Mistake(
            "the curvature along v",
            "vᵀH v is one number: the curvature along v. The task asks for H v, a direction.",
            lambda loss, p, v: dot(product(loss, p, v), v),
        ),
        Mistake(
            "the gradient times v",
            "You multiply ∇L with v, entry by entry. That is where the work begins: sum it to one "
            "number, and take the gradient of that.",
            lambda loss, p, v: {name: g * v[name] for name, g in grad(loss)(p).items()},
        ),
    ],
)  # fmt: skip


def check_product(answer) -> None:
    """First the values; then what they cost with many weights."""
    values(answer)
    params, v = numbers(3, w=(MANY,)), numbers(4, w=(MANY,))
    calls, largest = cost(answer, long_loss, params, v)
    if largest >= MANY * MANY:
        says = (
            f"Your values are right. But with {MANY} weights your function makes a tensor of "
            f"{largest:,} numbers: the Hessian. A network with 100,000 weights would need 40 GB. "
            "The gradient of the *number* ∇L·v never writes it down."
        )
        raise Slip("the whole Hessian was built", says)
    if calls > MOST_CALLS:
        says = (
            f"Your values are right. But with {MANY} weights your function asks for the loss "
            f"{calls} times: one entry or column at a time. Two derivatives of one number are "
            "enough, whatever the number of weights."
        )
        raise Slip("one column at a time", says)
    at_scale(answer, product, long_loss, numbers(5, w=(MOST,)), numbers(6, w=(MOST,)))


PRODUCT = Exercise(
    key="05.4",
    title="A product with the Hessian, without the Hessian",
    kind="write",
    minutes=12,
    difficulty=2,
    objective="multiply with the Hessian of a network whose weights are several tensors",
    why="A few gradients' worth of work for any number of weights: so MAML can afford curvature.",
    hints=(
        "The lesson does it for one vector. What becomes of the number ∇L·v when the weights are "
        "several tensors?",
        "`g = grad(loss)(params)` is a dictionary. Multiply each `g[name]` with `v[name]`, and add "
        "up everything: one number, a function of `params`.",
        "Define `slope(p)`: the sum over all names of `(grad(loss)(p)[name] * v[name]).sum()`. "
        "Return `grad(slope)(params)`.",
    ),
    check=check_product,
)
