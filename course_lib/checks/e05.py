"""The exercises of notebook 05: the gradient that passes through gradient steps."""

import torch
from torch.func import grad

from course_lib.checks.answering import chosen
from course_lib.checks.comparing import Case, Mistake, compared
from course_lib.checks.e05_derive import DERIVE, FACTOR
from course_lib.checks.e05_product import PRODUCT
from course_lib.checks.e05_words import WORDS
from course_lib.checks.exercise import Exercise, Option
from course_lib.multistep import inner_jacobians, jacobian_path
from course_lib.scene import Line, Panel, Points, Scene


def loss(theta, data):
    """Mean squared error of the prediction x·θ."""
    x, y = data
    return (x @ theta - y).square().mean()


def meta_gradient(theta, support, query, lr, loss=loss):
    """∇_θ L(θ − α∇L(θ; support); query)."""
    return grad(lambda t: loss(t - lr * grad(loss)(t, support), query))(theta)


def summed(theta, data):
    """The loss that sums where it should average."""
    return len(data[1]) * loss(theta, data)


def first_order(theta, support, query, lr):
    """The query gradient at θ′, as if θ′ moved exactly as θ does."""
    return grad(loss)(theta - lr * grad(loss)(theta, support), query)


def slopes(got, expected, case: Case) -> Scene:
    """The query loss after the step as a function of θ, and both slopes at the start."""
    theta, support, query, lr = case.args
    along = expected / expected.norm()
    reach = torch.linspace(-1.5, 1.5, 61, dtype=theta.dtype)
    values = [
        loss(p - lr * grad(loss)(p, support), query) for p in (theta + t * along for t in reach)
    ]
    start, span = values[30].item(), max(values).item() - min(values).item()
    tangents = [
        (start + reach * (g @ along), c, n)
        for g, c, n in ((expected, "good", "expected"), (got.detach(), "bad", "yours"))
    ]
    lines = [Line(reach, y, color, 2.0, True, label) for y, color, label in tangents]
    curve = Line(reach, torch.stack(values), "ink", 2.5, label="query loss after one step")
    axes = {"xlabel": "how far θ is moved along the expected gradient", "ylabel": "query loss"}
    low = min(values).item() - 0.35 * span
    panel = Panel([curve, *lines, Points([0], [start], "theta")], (-1.5, 1.5),
                  (low, max(values).item() + 0.1 * span), "Slope at θ", **axes)  # fmt: skip
    alt = "The query loss after one step as a curve. The expected slope touches it; yours does not."
    return Scene([[panel]], alt, heights=(300,))


def column(*numbers: float) -> torch.Tensor:
    """A column of inputs with one feature each."""
    return torch.tensor(numbers, dtype=torch.float64)[:, None]


def row(*numbers: float) -> torch.Tensor:
    """A vector in double precision."""
    return torch.tensor(numbers, dtype=torch.float64)


def random_data(number: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """`number` examples with three features."""
    gen = torch.Generator().manual_seed(seed)
    x = torch.randn(number, 3, generator=gen, dtype=torch.float64)
    return x, torch.randn(number, generator=gen, dtype=torch.float64)


ONE_STEP = Exercise(
    key="05.1",
    title="The gradient through one step",
    kind="write",
    minutes=15,
    difficulty=2,
    objective="differentiate through a gradient step, and know when PyTorch silently does not",
    why="This one vector is MAML: the factor I − αH tells θ how its own step will turn out.",
    hints=(
        "Two losses, one after the other: the support loss makes the step, the query loss judges "
        "the point θ′ that it leads to.",
        "The step must stay attached to θ: `torch.autograd.grad(…, create_graph=True)`, or "
        "`torch.func.grad`, which always does.",
        "θ′ = θ − α · gradient of the support loss. Return the gradient *with respect to θ* of the "
        "query loss at θ′.",
    ),
    check=compared(
        meta_gradient,
        Case(
            "one weight θ = 1, support x = (1, 1), y = (2, 4), query x = 1, y = 2, α = 0.1. "
            "Then ∇L = −4, θ′ = 1.4 and H = 2",
            row(1.0),
            (column(1, 1), row(2, 4)),
            (column(1), row(2)),
            0.1,
        ),
        Case("three weights", row(0.5, -1, 2), random_data(5, 1), random_data(4, 2), 0.05),
        picture=slopes,
        mistakes=[
            Mistake(
                "silently first-order",
                "Your step is a constant for the outer gradient, so the Hessian is missing: this "
                "is ∇L(θ′; query), without the factor I − αH. Take the inner gradient with "
                "`create_graph=True`, and don't detach it.",
                first_order,
            ),
            Mistake(
                "query loss at θ instead of θ′",
                "You judge the place where the learner starts, not where its step leads. That is "
                "joint training: the step plays no part.",
                lambda t, s, q, lr: grad(loss)(t, q),
            ),
            Mistake(
                "a sum where a mean is meant",
                "Your loss adds up the squared errors. With N examples its gradient is N times as "
                "long, so α means another step. Average over the examples.",
                lambda t, s, q, lr: meta_gradient(t, s, q, lr, summed),
            ),
            Mistake(
                "support examples used as query",
                "After the step you ask the same examples again. A learner is judged on examples "
                "that it did not learn from.",
                lambda t, s, q, lr: meta_gradient(t, s, s, lr),
            ),
            Mistake(
                "a step uphill",
                "Your inner step adds the gradient. Descent subtracts it: θ′ = θ − α∇L(θ).",
                lambda t, s, q, lr: meta_gradient(t, s, q, -lr),
            ),
        ],
    ),
)


def jacobian(support_loss, theta, lr, steps):
    """J_K = ∂φ_K/∂θ."""
    return jacobian_path(support_loss, theta, lr=lr, steps=steps)[-1]


def factors(support_loss, theta, lr, steps):
    """I − αH₀, …, I − αH_{K−1}, and the identity for a product of none."""
    return inner_jacobians(support_loss, theta, lr=lr, steps=steps), torch.eye(len(theta)).double()


def first_factor(*inner):
    """The first step's Jacobian alone."""
    each, eye = factors(*inner)
    return each[0] if len(each) else eye


def last_factor(*inner):
    """The last step's Jacobian alone."""
    each, eye = factors(*inner)
    return each[-1] if len(each) else eye


def without_products(*inner):
    """I − αΣHₖ."""
    each, eye = factors(*inner)
    return eye + sum(factor - eye for factor in each)


def all_at_the_start(support_loss, theta, lr, steps):
    """(I − αH₀)ᴷ."""
    first = first_factor(support_loss, theta, lr, steps)
    return torch.linalg.matrix_power(first, steps)


def bowl(phi):
    """φ₁² φ₂."""
    return phi[0] ** 2 * phi[1]


def waves(phi):
    """A loss of three numbers whose Hessian changes from place to place."""
    return (phi[0] * phi[1]).sin() + (phi[2] ** 3) / 3 + phi[0] * phi[2] ** 2


K_STEPS = Exercise(
    key="05.2",
    title="How φ_K moves when θ moves",
    kind="write",
    minutes=20,
    difficulty=3,
    objective="multiply the Jacobians of K steps, each taken at its own place, in the right order",
    why="Each step bends the way for all later ones, so every factor counts, newest on the left.",
    hints=(
        "One step moves φ to φ − α∇L(φ). Its Jacobian is I − αH, with H at the φ before the step.",
        "Walk and multiply in one loop. Start with J = I. In each step: first the factor at φ, "
        "then the step itself.",
        "J ← (I − αH) J: the new factor stands on the left, because the newest step acts last.",
    ),
    check=compared(
        jacobian,
        Case(
            "L(φ) = φ₁²φ₂ (so H has the rows (2φ₂, 2φ₁) and (2φ₁, 0)), θ = (1, 1), α = 0.5, two "
            "steps. Then φ₁ = (0, 0.5); the factors are ((0, −1), (−1, 1)) and ((0.5, 0), (0, 1))",
            bowl,
            row(1, 1),
            0.5,
            2,
        ),
        Case("the same with one step", bowl, row(1, 1), 0.5, 1),
        Case("no step at all, so φ₀ = θ", bowl, row(1, 1), 0.5, 0),
        Case("a loss of three numbers, five steps", waves, row(0.4, -0.7, 0.3), 0.2, 5),
        mistakes=[
            Mistake(
                "only the first Jacobian",
                "One factor, I − αH₀, was used for all steps. Each later step has a factor of its "
                "own.",
                first_factor,
            ),
            Mistake(
                "only the last Jacobian",
                "Your path is cut off before its last step: J must be carried on from step to "
                "step, not begun anew.",
                last_factor,
            ),
            Mistake(
                "Jacobians in the wrong order",
                "The factors are right, their order is not. The newest step acts last, on what the "
                "earlier ones have made, so it stands on the left: J ← (I − αH) J.",
                lambda *inner: jacobian(*inner).T,
            ),
            Mistake(
                "no α² terms",
                "You add the steps: I − αΣH. Steps are multiplied, and the products α²H₁H₀ are "
                "second derivatives times second derivatives: they stay.",
                without_products,
            ),
            Mistake(
                "every Hessian at the start",
                "All your Hessians are taken at θ. The k-th belongs to φₖ, where that step starts.",
                all_at_the_start,
            ),
        ],
    ),
)

DERIVATIVES = {
    "a": Option(
        "∇L only. Each step contains one gradient, and no more.",
        "That is first-order MAML. The meta-gradient differentiates the steps, and the derivative "
        "of a gradient is a Hessian.",
        "the steps themselves not differentiated",
    ),
    "b": Option(
        "∇L and ∇²L, up to the fourth derivative: three steps, and one more gradient.",
        "Each step contains one derivative, and the whole map is differentiated once. So each ∇L "
        "becomes a ∇²L, and none is differentiated a second time. In the notebook's experiment "
        "∂³L was changed, and the meta-gradient stayed.",
        "multi-step has third derivatives",
    ),
    "c": Option(
        "∇L and ∇²L, each Hessian by itself: α² and α³ are of higher order and drop out.",
        "Nothing is expanded, so nothing drops out. The factors I − αHₖ are multiplied, and the "
        "product contains α²H₁H₀. Its entries are second derivatives, multiplied.",
        "no α² terms",
    ),
    "d": Option("∇L and ∇²L, also multiplied with each other, as in α²H₀H₁."),
    "e": Option(
        "∇L, ∇²L, and the Hessian of the query loss at φ₃.",
        "The query loss is evaluated once, at the end, and differentiated once: only its gradient "
        "enters. The Hessians belong to the support loss, at φ₀, φ₁ and φ₂.",
        "a Hessian of the query loss",
    ),
}

WHICH = Exercise(
    key="05.3",
    title="Which derivatives appear?",
    kind="choice",
    minutes=5,
    difficulty=2,
    objective="say which derivatives a K-step meta-gradient needs, and which it never sees",
    why="Second derivatives, multiplied: so K steps cost K Hessian products, and nothing worse.",
    hints=(
        "How many derivatives of L does one step φ − α∇L(φ) contain?",
        "How often is the map from θ to φ₃ differentiated, for one gradient?",
        "The chain rule turns each ∇L into a ∇²L once, and *multiplies* the steps.",
    ),
    check=chosen(DERIVATIVES),
    options=DERIVATIVES,
)

EXERCISES = (ONE_STEP, K_STEPS, WHICH, PRODUCT, DERIVE, FACTOR, WORDS)
