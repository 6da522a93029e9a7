"""Exercises 05.5 and 05.6: the gradient through K steps, derived line by line."""

from course_lib.checks.answering import chosen
from course_lib.checks.exercise import Exercise, Option
from course_lib.checks.ordering import Before, ordered

LINES = {
    "a": Option(r"Both terms together: $J_{k+1} = (I - \alpha H_k)\,J_k$."),
    "b": Option(
        r"By the chain rule, $\partial\,\nabla L(\varphi_k)/\partial\theta = H_0\,J_k$.",
        "∇L is taken at φₖ, so its derivative is the Hessian *there*: Hₖ, another one in each "
        "step.",
        "every Hessian at the start",
    ),
    "c": Option(
        r"Differentiate a step in θ: "
        r"$J_{k+1} = J_k - \alpha\;\partial\,\nabla L(\varphi_k)/\partial\theta$."
    ),
    "d": Option(
        r"Transposing turns a product round: the meta-gradient is "
        r"$(I-\alpha H_0)\cdots(I-\alpha H_{K-1})\,\nabla L^q(\varphi_K)$."
    ),
    "e": Option(r"$J_0 = I$, so by induction $J_K = (I-\alpha H_{K-1})\cdots(I-\alpha H_0)$."),
    "f": Option(
        r"Both terms together: $J_{k+1} = J_k - \alpha H_k$.",
        "The Hessian says how the slope changes when φₖ moves. But θ moves, and φₖ by Jₖ times as "
        "much: Hₖ Jₖ. Without that factor the steps are added up, and α²H₁H₀ is lost.",
        "no α² terms",
    ),
    "g": Option(
        r"The learner: $\varphi_0 = \theta$, $\varphi_{k+1} = \varphi_k - \alpha\,"
        r"\nabla L(\varphi_k)$."
    ),
    "h": Option(
        r"The meta-gradient is $(I-\alpha H_{K-1})\cdots(I-\alpha H_0)\,\nabla L^q(\varphi_K)$.",
        "The gradient needs J_K *transposed*, and that turns the product round: the last step's "
        "factor is the first to meet ∇L^q. (Each factor is symmetric, the product is not.)",
        "Jacobians in the wrong order",
    ),
    "i": Option(
        r"The query is asked at $\varphi_K$, so the meta-gradient is $\nabla L^q(\varphi_K)$.",
        "That is the gradient in φ_K. Asked for is the gradient in θ, and φ_K moves when θ moves: "
        "by J_K.",
        "silently first-order",
    ),
    "j": Option(r"By the chain rule, $\partial\,\nabla L(\varphi_k)/\partial\theta = H_k\,J_k$."),
    "k": Option(
        r"By the chain rule, $\nabla_\theta\,L^q(\varphi_K) = J_K^\top\,\nabla L^q(\varphi_K)$."
    ),
    "l": Option(
        r"Differentiate $J_{k+1}$ once more: "
        r"$\partial^3 L(\varphi_k)$ appears, multiplied by $J_k$ twice.",
        "One gradient is asked for, so the map from θ to φ_K is differentiated once. Each step "
        "holds one ∇L, which becomes one ∇²L. Third derivatives belong to the *Hessian* of the "
        "meta-loss.",
        "multi-step has third derivatives",
    ),
}

EARLY = "It uses what the other line says first. Read from the top: what is known by then?"
RULES = [
    Before("g", "c", "differentiated before it is there", "Say first what a step is."),
    Before("g", "j", "differentiated before it is there", "Say first what φₖ is."),
    Before("g", "k", "differentiated before it is there", "Say first what φ_K is."),
    Before("c", "a", "a sum before its terms", EARLY),
    Before("j", "a", "a sum before its terms", EARLY),
    Before("a", "e", "the product before one step", f"An induction needs its step. {EARLY}"),
    Before("k", "d", "transposed before the chain rule", EARLY),
    Before("e", "d", "the end before the product", f"It transposes a product. {EARLY}"),
]

DERIVE = Exercise(
    key="05.5",
    title="Derive the gradient through K steps",
    kind="order",
    minutes=12,
    difficulty=2,
    objective="derive the meta-gradient of K steps without looking it up",
    why="Chain rule, induction, transpose: nothing else is in it.",
    hints=(
        "Begin with what a step is. End with the product that stands in the lesson, factors from "
        "H₀ to H_{K−1}.",
        "After the step comes its derivative in θ: two terms, and the second needs the chain rule. "
        "Both together give J_{k+1} from J_k.",
        "Step, its derivative, the chain rule for ∇L(φₖ), both terms together, the induction, the "
        "chain rule for the query loss, the transpose. Of two lines that say nearly the same, one "
        "is a mistake.",
    ),
    check=ordered(LINES, RULES),
    options=LINES,
)

FACTORS = {
    "a": Option(
        "$I - D H_k$",
        "That is the step's Jacobian. The gradient walks back with its *transpose*, and D and H "
        "change places in it: (D H)ᵀ = H D. With one α for all it makes no difference.",
        "the Jacobian not transposed",
    ),
    "b": Option("$I - H_k D$"),
    "c": Option(
        r"$I - \bar\alpha H_k$, with the mean $\bar\alpha$ of the step sizes",
        "A weight with a large step of its own takes its curvature along more than one with a "
        "small step. No single number does both.",
        "one step size for all weights",
    ),
    "d": Option(
        "$I - H_{k+1} D$",
        "The step from φₖ uses the slope at φₖ. Its derivative is the Hessian there, before the "
        "step.",
        "the Hessian after the step",
    ),
    "e": Option(
        "$I$",
        "That lets the gradient pass as if the steps were constants: first order.",
        "silently first-order",
    ),
    "f": Option(
        "$I - D$",
        "D multiplies the *slope*, which changes with φₖ by Hₖ. Without H a step would shrink "
        "every weight, whatever the loss.",
        "the curvature left out",
    ),
}

FACTOR = Exercise(
    key="05.6",
    title="The missing factor",
    kind="choice",
    minutes=8,
    difficulty=2,
    objective="derive the factor with which the gradient walks back through another learner's step",
    why="So a library for learned step sizes needs no new mathematics, only care with the order.",
    hints=(
        "Write the Jacobian of one step, ∂φₖ₊₁/∂φₖ. D is a constant.",
        "The gradient walks back with the transpose of that Jacobian.",
        "(A B)ᵀ = Bᵀ Aᵀ. D and H are symmetric; D H is not.",
    ),
    check=chosen(FACTORS),
    options=FACTORS,
)
