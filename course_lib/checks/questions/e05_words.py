"""Exercise 05.7, an open question: “But the derivatives explode”"""

from course_lib.checks.exercise import Option
from course_lib.checks.wording import open_question

POINTS = {
    "a": Option(
        "Third derivatives appear, but they are small.",
        "They do not appear at all, small or not: no ∇L is differentiated twice. The lesson "
        "changed ∂³L, and the meta-gradient stayed.",
        "multi-step has third derivatives",
    ),
    "b": Option(
        "Each ∇L in the steps is differentiated once, so only second derivatives appear.",
    ),
    "c": Option(
        "Hessians of different steps are multiplied with each other.",
    ),
    "d": Option(
        "Products such as α²H₁H₀ may be dropped, as α is small.",
        "They are part of the exact gradient. With K steps there are many of them, and αH need "
        "not be small.",
        "no α² terms",
    ),
    "e": Option(
        "It is computed by one Hessian-vector product for each step.",
    ),
    "f": Option(
        "K matrices of n × n have to be stored.",
        "No matrix is ever formed: Hv is the gradient of a number. Stored are the iterates.",
        "the whole Hessian was built",
    ),
}

WORDS = open_question(
    "05.7",
    title="“But the derivatives explode”",
    objective="answer somebody who thinks that many inner steps need high derivatives",
    why="K steps cost K Hessian-vector products, and nothing worse.",
    hints=(
        "Count the derivatives in one step, and how often the whole map is differentiated.",
        "α²H₁H₀ is a product. Of which order are the derivatives in it?",
        "Say which derivatives appear, what multiplies what, and how the result is computed "
        "without a matrix.",
    ),
    model=(
        "Each step contains one gradient, and the map from θ to φ_K is differentiated once: so "
        "only second derivatives appear. The steps' factors are multiplied, and products such "
        "as α²H₁H₀ stay, but each H in them is a second derivative. The gradient walks back "
        "with one Hessian-vector product for each step, so the cost grows in proportion to K."
    ),
    points=POINTS,
)
