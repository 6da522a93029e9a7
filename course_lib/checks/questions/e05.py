"""The exercises of notebook 05: the gradient that passes through gradient steps."""

import torch
from torch.func import grad

from course_lib.checks.answering import chosen
from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Exercise, Option
from course_lib.checks.questions.e05_back import K_STEPS
from course_lib.checks.questions.e05_derive import DERIVE, FACTOR
from course_lib.checks.questions.e05_product import PRODUCT
from course_lib.checks.questions.e05_words import WORDS
from course_lib.maml.multistep import hessian
from course_lib.scenes.scene import Line, Panel, Points, Scene


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


def halved(theta, data):
    """The loss with a factor ½."""
    return loss(theta, data) / 2


def adapted(theta, support, lr, loss=loss):
    """θ′ = θ − α∇L(θ; support)."""
    return theta - lr * grad(loss)(theta, support)


def in_two_factors(hessian_of=0, slope_of=1, at_start=False, times=1.0, identity=1.0):
    """(I − αH) ∇L(θ′): where H and ∇L are taken, and by what the parts are multiplied.

    0 is the support, 1 the query.
    """

    def variant(theta, support, query, lr):
        sets = support, query
        place = theta if at_start else adapted(theta, support, lr)
        slope = grad(loss)(place, sets[slope_of])
        curved = hessian(lambda t: loss(t, sets[hessian_of]), theta) @ slope
        return identity * slope - times * lr * curved

    return variant


first_order = in_two_factors(times=0.0)


def plus_support(kept):
    """The result with the support gradient left in `.grad`, from which it was never taken."""
    return lambda theta, support, query, lr: (
        kept(theta, support, query, lr) + grad(loss)(theta, support)
    )


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


def row(*numbers: float) -> torch.Tensor:
    """A vector."""
    return torch.tensor(numbers)


def random_pair(seed: int) -> Drawn:
    """Three weights, five support and four query examples."""
    gen = torch.Generator().manual_seed(seed)
    sets = [(torch.randn(n, 3, generator=gen), torch.randn(n, generator=gen)) for n in (5, 4)]
    says = "three weights, five random support and four query examples, α = 0.05"
    return Drawn(says, row(0.5, -1, 2), *sets, 0.05)


KEPT = (
    "Your result holds the support gradient too. `.backward()` adds to `.grad`, and the first call "
    "has left its gradient there. Empty it between the two (`theta.grad = None`), or use "
    "`torch.autograd.grad`, which keeps nothing."
)

ONE_STEP_MISTAKES = [
    Mistake(
        "silently first-order",
        "Your step is a constant for the outer gradient, so the Hessian is missing: this is "
        "∇L(θ′; query), without the factor I − αH. Take the inner gradient with "
        "`create_graph=True`, and don't detach it.",
        first_order,
    ),
    Mistake(
        "query loss at θ instead of θ′",
        "You judge the place where the learner starts, not where its step leads. That is joint "
        "training: the step plays no part.",
        lambda t, s, q, lr: grad(loss)(t, q),
    ),
    Mistake(
        "a sum where a mean is meant",
        "Your loss adds up the squared errors. With N examples its gradient is N times as long, so "
        "α means another step. Average over the examples.",
        lambda t, s, q, lr: meta_gradient(t, s, q, lr, summed),
    ),
    Mistake(
        "support examples used as query",
        "After the step you ask the same examples again. A learner is judged on examples that it "
        "did not learn from.",
        lambda t, s, q, lr: meta_gradient(t, s, s, lr),
    ),
    Mistake(
        "a step uphill",
        "Your inner step adds the gradient. Descent subtracts it: θ′ = θ − α∇L(θ).",
        lambda t, s, q, lr: meta_gradient(t, s, q, -lr),
    ),
    Mistake("support gradient left in .grad", KEPT, plus_support(meta_gradient)),
    Mistake(
        "support gradient left in .grad",
        KEPT + " Also, the step is a constant for the outer gradient: `create_graph=True`.",
        plus_support(first_order),
    ),
    Mistake(
        "the query's slope at θ",
        "You multiply the right factor I − αH with the query's slope at θ. The query is asked "
        "after "
        "the step: take its slope at θ′.",
        in_two_factors(at_start=True),
    ),
    Mistake(
        "the query's Hessian",
        "Your factor holds the Hessian of the query loss. The step is made of the support loss, so "
        "its derivative holds the support's Hessian.",
        in_two_factors(hessian_of=1),
    ),
    Mistake(
        "the Hessian with the wrong sign",
        "Your factor is I + αH. The step subtracts, so its derivative is I − αH.",
        in_two_factors(times=-1.0),
    ),
    Mistake(
        "half a Hessian",
        "Your Hessian is half of the right one. The second derivative of a squared error has the "
        "factor 2, as the first has.",
        in_two_factors(times=0.5),
    ),
    Mistake(
        "a Hessian taken twice",
        "Your Hessian counts twice. The factor is I − αH.",
        in_two_factors(times=2.0),
    ),
    Mistake(
        "only the Hessian's part",
        "You return −αH∇L(θ′). The derivative of θ − α∇L(θ) is I − αH: θ itself has the derivative "
        "I.",
        in_two_factors(identity=0.0),
    ),
    Mistake(
        "a step instead of the gradient",
        "You return θ after an outer step. Return the gradient alone.",
        lambda t, s, q, lr: t - lr * meta_gradient(t, s, q, lr),
    ),
    Mistake(
        "the loss instead of its gradient",
        "You return the query loss. Return its gradient with respect to θ.",
        lambda t, s, q, lr: loss(adapted(t, s, lr), q),
    ),
    Mistake(
        "the step instead of the gradient",
        "You return θ′, where the step leads. Asked is the gradient of the query loss there, with "
        "respect to θ.",
        lambda t, s, q, lr: adapted(t, s, lr),
    ),
    Mistake(
        "the support's gradient",
        "You return the gradient that makes the step. Asked is the gradient of the query loss "
        "after "
        "the step, with respect to θ.",
        lambda t, s, q, lr: grad(loss)(t, s),
    ),
]
ONE_STEP_ALSO = [
    Mistake(
        "a sum where a mean is meant",
        "The loss of your step adds up the squared errors, that of the query averages. Average in "
        "both.",
        lambda t, s, q, lr: meta_gradient(t, s, q, lr * len(s[1])),
    ),
    Mistake(
        "a sum where a mean is meant",
        "The query loss adds up the squared errors. Average them.",
        lambda t, s, q, lr: len(q[1]) * meta_gradient(t, s, q, lr),
    ),
    Mistake(
        "half a gradient",
        "A factor 2 is missing: the derivative of (x·θ − y)² is 2 (x·θ − y) x.",
        lambda t, s, q, lr: meta_gradient(t, s, q, lr, halved),
    ),
    Mistake(
        "half a gradient",
        "A factor 2 is missing in your step: the derivative of (x·θ − y)² is 2 (x·θ − y) x.",
        lambda t, s, q, lr: meta_gradient(t, s, q, lr / 2),
    ),
    Mistake(
        "the Hessian without α",
        "Your factor is I − H. The step is α times the gradient, so its derivative is I − αH.",
        lambda t, s, q, lr: in_two_factors(times=1 / lr)(t, s, q, lr),
    ),
    Mistake(
        "the factor twice",
        "The factor I − αH stands in your result twice. θ′ moves as I − αH: once.",
        lambda t, s, q, lr: (
            meta_gradient(t, s, q, lr)
            - lr * hessian(lambda p: loss(p, s), t) @ meta_gradient(t, s, q, lr)
        ),
    ),
    Mistake(
        "support and query added up",
        "You add the support loss to the query loss. The support makes the step; the query alone "
        "judges it.",
        lambda t, s, q, lr: meta_gradient(t, s, q, lr) + meta_gradient(t, s, s, lr),
    ),
    Mistake(
        "the step taken twice",
        "You take two steps. One is asked for.",
        lambda t, s, q, lr: grad(lambda p: loss(adapted(adapted(p, s, lr), s, lr), q))(t),
    ),
    Mistake(
        "the support's slope after the step",
        "You multiply I − αH with the support's slope at θ′. Multiply it with the query's.",
        in_two_factors(slope_of=0),
    ),
]

ONE_STEP = Exercise(
    key="05.1",
    title="The gradient through one step",
    kind="write",
    minutes=15,
    difficulty=2,
    importance=3,
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
            "two weights θ = (1, 1), α = 0.1. Support: x = (2, 0) and (0, 1), y = 4 and 3. "
            "Query: x "
            "= (1, 0) and (0, 1) and (0, 1), y = 2, 2 and 3. Then ∇L(θ; support) = (−4, −2), θ′ = "
            "(1.4, 1.2), and the support's H has 4 and 1 on its diagonal and 0 beside it",
            row(1.0, 1.0),
            (torch.tensor([[2.0, 0.0], [0.0, 1.0]]), row(4.0, 3.0)),
            (torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]), row(2.0, 2.0, 3.0)),
            0.1,
        ),
        *telling(meta_gradient, ONE_STEP_MISTAKES, random_pair),
        mistakes=ONE_STEP_MISTAKES,
        also=ONE_STEP_ALSO,
        picture=slopes,
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
