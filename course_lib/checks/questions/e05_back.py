"""Exercise 05.2: the gradient walks back through K steps, and no matrix is formed."""

import torch
from torch.func import grad, hessian, jvp

from course_lib.checks.comparing import Case, Drawn, Mistake, compared
from course_lib.checks.costs import at_scale, cost
from course_lib.checks.exercise import Exercise, Slip

MANY, STEPS = 300, 4  # weights and steps of the loss that costs are measured on
MOST = 300_000  # weights


def path_of(support_loss, theta, lr, steps):
    """φ₀ = θ, …, φ_steps."""
    path = [theta]
    for _ in range(steps):
        path.append(path[-1] - lr * grad(support_loss)(path[-1]))
    return path


def pulled(*, forwards=False, later=0, at=None, only=None, more=0, kept=1.0, bent=1.0, alpha=None):
    """J_Kᵀ v, or what a mistake makes of it: each factor is kept · I − bent · αH.

    `forwards` begins with the first step, `later` takes each H so many steps later, `at` all of
    them at one place, `only` leaves one step; `more` adds steps, `alpha` is a factor of its own.
    """

    def answer(support_loss, theta, v, lr, steps):
        number = max(steps + more, 0)
        path = path_of(support_loss, theta, lr, number + 1)
        places = list(range(number))
        if only is not None:
            places = places[only:][:1]
        for k in places if forwards else places[::-1]:
            where = path[k + later if at is None else (0 if at == "start" else number)]
            v = kept * v - bent * (lr if alpha is None else alpha) * (
                hessian(support_loss)(where) @ v
            )
        return v.clone()

    return answer


def pull_back(support_loss, theta, v, lr, steps):
    """J_Kᵀ v."""
    return pulled()(support_loss, theta, v, lr, steps)


def by_products(support_loss, theta, v, lr, steps):
    """J_Kᵀ v without a matrix."""
    for place in reversed(path_of(support_loss, theta, lr, steps)[:-1]):
        v = v - lr * jvp(grad(support_loss), (place,), (v,))[1]
    return v


def added_up(support_loss, theta, v, lr, steps):
    """v − αΣHₖ v."""
    path = path_of(support_loss, theta, lr, steps)
    return v - lr * sum((hessian(support_loss)(p) @ v for p in path[:-1]), torch.zeros_like(v))


def the_end(support_loss, theta, v, lr, steps):
    """φ_K."""
    return path_of(support_loss, theta, lr, steps)[-1].clone()


MISTAKES = [
    Mistake(
        "Jacobians in the wrong order",
        "You begin with the first step. The gradient arrives at φ_K, so it meets the *last* step "
        "first: walk back, from φ_{K−1} to φ₀.",
        pulled(forwards=True),
    ),
    Mistake(
        "only the first Jacobian",
        "One factor, I − αH₀, was used. Every later step has a factor of its own.",
        pulled(only=0),
    ),
    Mistake(
        "only the last Jacobian",
        "You stop after the last step's factor. Carry v on, through every earlier step to φ₀.",
        pulled(only=-1),
    ),
    Mistake(
        "no α² terms",
        "You subtract αHₖv of every step from the same v. What one step has made of v is what the "
        "next one bends: v ← v − αHₖv. So the products α²H₀H₁ appear.",
        added_up,
    ),
    Mistake(
        "every Hessian at the start",
        "All your Hessians are taken at θ. The k-th belongs to φₖ, where that step starts: keep "
        "the places while you walk forward.",
        pulled(at="start"),
    ),
    Mistake(
        "every Hessian at the end",
        "All your Hessians are taken at φ_K. The k-th belongs to φₖ, where that step starts: keep "
        "the places while you walk forward.",
        pulled(at="end"),
    ),
    Mistake(
        "the Hessian after the step",
        "You take each Hessian where its step has led. Step k starts at φₖ, and its Hessian is "
        "taken there; φ_K itself needs none.",
        pulled(later=1),
    ),
    Mistake(
        "silently first-order",
        "You return v as it came: as if φ_K moved exactly as θ does. Each step bends the way.",
        lambda support_loss, theta, v, lr, steps: v.clone(),
    ),
    Mistake(
        "the Hessian with the wrong sign",
        "Your factors are I + αH. A step subtracts the gradient, so its Jacobian is I − αH.",
        pulled(bent=-1.0),
    ),
    Mistake(
        "the identity forgotten",
        "Your factors are −αH. The step is φ − α∇L(φ), and φ itself has the derivative I: "
        "v ← v − αHv.",
        pulled(kept=0.0),
    ),
    Mistake(
        "the identity forgotten",
        "You multiply αH again and again. The step is φ − α∇L(φ), and φ itself has the derivative "
        "I: v ← v − αHv.",
        pulled(kept=0.0, bent=-1.0),
    ),
    Mistake(
        "a Hessian without α",
        "Your factors are I − H. A step is α times the gradient, so its Jacobian is I − αH.",
        pulled(alpha=1.0),
    ),
    Mistake(
        "one step too many",
        "Your v passes through K + 1 steps. The last one to be passed ends at φ_K.",
        pulled(more=1),
    ),
    Mistake(
        "one step too few",
        "Your v passes through K − 1 steps. Steps 0, 1, …, K − 1 are K.",
        pulled(more=-1),
    ),
    Mistake(
        "the place instead of the gradient",
        "You return φ_K. Asked is what v becomes when it has walked back to θ.",
        the_end,
    ),
]


def bowl(phi):
    """φ₁² φ₂."""
    return phi[0] ** 2 * phi[1]


def waves(phi):
    """A loss of three numbers whose Hessian changes from place to place."""
    return (phi[0] * phi[1]).sin() + (phi[2] ** 3) / 3 + phi[0] * phi[2] ** 2


def ring(phi):
    """A loss of many numbers, each coupled with its neighbour."""
    return (phi.sin() * phi.roll(1)).sum()


def numbers(count: int, seed: int) -> torch.Tensor:
    """Random numbers."""
    return torch.randn(count, generator=torch.Generator().manual_seed(seed)) / 2


SAYS = "L(φ) = φ₁²φ₂ (so H has the rows (2φ₂, 2φ₁) and (2φ₁, 0)), θ = (1, 1), v = (2, 1), α = 0.5, "
BOWL = bowl, torch.tensor([1.0, 1.0]), torch.tensor([2.0, 1.0]), 0.5

values = compared(
    pull_back,
    Case(
        SAYS + "two steps. Then φ₁ = (0, 0.5); the factors are I − αH₀ = ((0, −1), (−1, 1)) and "
        "I − αH₁ = ((0.5, 0), (0, 1))",
        *BOWL,
        2,
    ),
    Case(SAYS + "one step (`steps = 1`)", *BOWL, 1),
    Case(SAYS + "no step (`steps = 0`)", *BOWL, 0),
    Drawn("a loss of three numbers, five steps", waves, numbers(3, 1), numbers(3, 2), 0.2, 5),
    mistakes=MISTAKES,
)


def check_pull_back(answer) -> None:
    """First the values; then what they cost with many weights."""
    values(answer)
    given = numbers(MANY, 3), numbers(MANY, 4), 0.1, STEPS
    calls, largest = cost(answer, ring, *given)
    if largest >= MANY * MANY:
        says = (
            f"Your values are right. But with {MANY} weights your function makes a tensor of "
            f"{largest:,} numbers: a matrix. Carry the *vector* back, one `hessian_product` for "
            "each step."
        )
        raise Slip("a matrix was built", says)
    if calls > 10 * STEPS:
        says = (
            f"Your values are right. But with {MANY} weights and {STEPS} steps your function asks "
            f"for the loss {calls} times. One gradient for each step forward and one product for "
            "each step back are enough."
        )
        raise Slip("far too many gradients", says)
    at_scale(answer, by_products, ring, numbers(MOST, 5), numbers(MOST, 6), 0.1, STEPS)


K_STEPS = Exercise(
    key="05.2",
    title="Walk back, and form no matrix",
    kind="write",
    minutes=20,
    difficulty=3,
    objective="carry a gradient back through K steps, at the price of a few gradients for each",
    why="One product for each step, newest first: the exact meta-gradient, for any number of "
    "weights.",
    hints=(
        "Two loops. The first walks forward and keeps φ₀, …, φ_{K−1}. The second walks back. With "
        "which step does it begin?",
        "One step's Jacobian is I − αHₖ, and symmetric. Applied to v it is v − αHₖv: no matrix, "
        "only `hessian_product(support_loss, phi_k, v)`.",
        "Keep `path = [theta]`, and append each new φ. Then `for phi in reversed(path[:steps])`: "
        "`v = v - lr * hessian_product(support_loss, phi, v)`. Return v.",
    ),
    check=check_pull_back,
)
