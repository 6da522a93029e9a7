"""Questions on notebook 11: what else θ may be (notebook 12)."""

from random import Random

from course_lib.widgets.quiz.topic import Option, Question, Topic, asks, told

TOPICS: list[Topic] = []


@asks(TOPICS, "11", "A step size for each weight")
def each_its_own(draw: Random) -> Question:
    """One step of Meta-SGD."""
    w, g = (draw.choice([1.0, 2.0]), draw.choice([3.0, 1.0])), (draw.choice([2.0, 4.0]), -1.0)
    rates = draw.choice([(0.1, -0.2), (0.5, -0.3), (0.2, -0.1)])
    pair = lambda *values: f"({', '.join(map(told, values))})"  # noqa: E731
    moved = [a - r * b for a, r, b in zip(w, rates, g, strict=True)]
    return Question(
        f"Meta-SGD: the weights are {pair(*w)}, their gradients {pair(*g)}, the learned step sizes "
        f"{pair(*rates)}. Where does one inner step lead?",
        Option(pair(*moved), "Each weight by its own step size; a negative one goes uphill."),
        (
            Option(pair(moved[0], w[1] - abs(rates[1]) * g[1]),
                   "A learned step size may be negative, and then it stays negative."),
            Option(pair(*(a - rates[0] * b for a, b in zip(w, g, strict=True))),
                   "That is one step size for both, as in MAML."),
            Option(pair(*(a + r * b for a, r, b in zip(w, rates, g, strict=True))),
                   "The step goes against the gradient: minus."),
        ),
        {"w0": w[0], "w1": w[1], "g0": g[0], "g1": g[1], "r0": rates[0], "r1": rates[1]},
    )  # fmt: skip


@asks(TOPICS, "11", "A matrix before the gradient")
def shared(draw: Random) -> Question:
    """The best step size that two curvatures share."""
    one, two = draw.choice([(1, 2), (1, 3), (2, 3), (1, 4)])
    return Question(
        f"Two parabolas of curvature {one} and {two}, with optima equally far away, share one step "
        "size. Which is best for the sum of their losses after one step?",
        Option(told((one**2 + two**2) / (one**3 + two**3), 3),
               "Σλ²/Σλ³: the derivative of Σ λ(1 − αλ)² is zero there."),
        (
            Option(told((1 / one + 1 / two) / 2, 3), "The mean of both best ones: far too bold."),
            Option(told(2 / (one + two), 3), "One over the mean: steep ones count more."),
            Option(told(1 / two, 3), "Best for the steep one alone; the other gets nothing of it."),
        ),
        {"one": one, "two": two},
    )  # fmt: skip


@asks(TOPICS, "11", "iMAML: only the end counts")
def implicit(draw: Random) -> Question:
    """The implicit meta-gradient on a quadratic."""
    h, lam, g = draw.choice([1, 3]), draw.choice([1, 2, 3]), draw.choice([8, 12])
    return Question(
        f"The inner loop ends at the minimum of a loss of curvature {h} plus ½ · {lam} · (φ − θ)². "
        f"The query gradient there is {g}. What is iMAML's meta-gradient?",
        Option(told(g / (1 + h / lam)), "(1 + H/λ)⁻¹ times the query gradient."),
        (
            Option(told(g), "That leaves out how the end depends on θ: first order."),
            Option(
                told(g * (1 + h / lam)), "Not times, but the inverse: the end moves less than θ."
            ),
            Option(told(g / (1 + h * lam)), "A stronger pull λ ties the end closer to θ: H/λ."),
        ),
        {"h": h, "lam": lam, "g": g},
    )


@asks(TOPICS, "11", "Reptile: go there, and look where you are")
def walked(draw: Random) -> Question:
    """One outer step of Reptile."""
    keep, k = draw.choice([0.5, 0.8]), draw.choice([2, 3])
    c, eps = draw.choice([10, 20]), draw.choice([0.1, 0.5])
    end = c * (1 - keep**k)
    return Question(
        f"Reptile starts at θ = 0. Each inner step keeps {keep} of the way to the optimum, which "
        f"is at {c}; it takes {k} of them, and ε = {eps}. Where is θ after this task?",
        Option(told(eps * end, 3), "ε of the way to where the inner steps ended."),
        (
            Option(told(end, 3), "That is where the inner steps ended: ε = 1."),
            Option(told(eps * c, 3), "The inner steps have not reached the optimum."),
            Option(told(eps * c * (1 - keep), 3), "That is a single inner step: joint training."),
        ),
        {"keep": keep, "k": k, "c": c, "eps": eps},
    )
