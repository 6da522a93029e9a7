"""Questions on notebooks 04 and 05: MAML and its second-order gradient (notebook 12)."""

from random import Random

from course_lib.widgets.quiz.topic import Option, Question, Topic, asks, told

TOPICS: list[Topic] = []


@asks(TOPICS, "04", "A quadratic, by hand")
def by_hand(draw: Random) -> Question:
    """The meta-gradient of a quadratic."""
    a, alpha = draw.choice([2, 3, 4]), draw.choice([0.1, 0.2])
    theta, c = draw.choice([0, 1]), draw.choice([3, 5])
    keep = 1 - alpha * a
    return Question(
        f"L(φ) = ½ · {a} · (φ − {c})² for support and query alike. From θ = {theta}, one inner "
        f"step with α = {alpha}. What is the meta-gradient, dL(θ′)/dθ?",
        Option(told(keep**2 * a * (theta - c)), "The query gradient at θ′, times dθ′/dθ = 1 − αa."),
        (
            Option(told(a * (theta - c)), "That is the gradient at θ: no inner step (K = 0)."),
            Option(told(keep * a * (theta - c)), "That is first order: dθ′/dθ is missing."),
            Option(told(-(keep**2) * a * (theta - c)), "The sign: the gradient points uphill."),
        ),
        {"a": a, "alpha": alpha, "theta": theta, "c": c},
    )


@asks(TOPICS, "04", "Many tasks")
def pulled(draw: Random) -> Question:
    """Where the minimum of the meta-loss lies."""
    steep, alpha, c = draw.choice([3, 4]), draw.choice([0.1, 0.2]), draw.choice([5, 10])
    weights = [a * (1 - alpha * a) ** 2 for a in (1, steep)]
    first = [a * (1 - alpha * a) for a in (1, steep)]
    return Question(
        f"Two tasks: ½(φ − 0)² and ½ · {steep} · (φ − {c})². One inner step with α = {alpha}. "
        "Where is the meta-loss smallest?",
        Option(told(c * weights[1] / sum(weights)),
               "A mean of the optima with the weights a(1 − αa)²: what a step leaves unsolved."),
        (
            Option(told(c * steep / (1 + steep)), "That is joint training: the weights are a."),
            Option(told(c * first[1] / sum(first)),
                   "There first order stops: its weights are a(1 − αa)."),
            Option(told(c / 2), "That would be so if both were equally steep."),
        ),
        {"steep": steep, "alpha": alpha, "c": c},
    )  # fmt: skip


@asks(TOPICS, "04", "From the objective to an algorithm")
def no_steps(draw: Random) -> Question:
    """What MAML is with K = 0."""
    tasks = draw.choice([2, 25, 1000])
    return Question(
        f"MAML on {tasks} tasks, with K = 0 inner steps. What does it find?",
        Option("What joint training finds.",
               "With no step A returns θ, whatever the data: the meta-loss is the sum of losses."),
        (
            Option("Nothing: without a step its gradient is zero.",
                   "The query loss at θ has a gradient of its own."),
            Option(f"{tasks} solutions, one for each task.", "There is one θ for all tasks."),
            Option("The mean of the tasks' optima.",
                   "Only if all losses are equally curved; else the steep ones weigh more."),
        ),
        {"tasks": tasks},
    )  # fmt: skip


@asks(TOPICS, "04", "Sinusoids")
def role(draw: Random) -> Question:
    """Which data the outer step uses."""
    k, q = draw.choice([5, 10]), draw.choice([10, 20])
    return Question(
        f"A sinusoid task with {k} support and {q} query points. Which of them does the meta-loss "
        "of one inner step read?",
        Option(f"All {k + q} of them.",
               "The support through θ′, which was made from it; the query directly."),
        (
            Option(f"The {q} query points only.", "θ′ was made from the support."),
            Option(f"The {k} support points only.", "That is the loss of what was practised."),
            Option("None: the meta-loss reads only θ.", "Its value depends on the tasks' data."),
        ),
        {"k": k, "q": q},
    )  # fmt: skip


@asks(TOPICS, "05", "Many steps")
def jacobians(draw: Random) -> Question:
    """In which order the Jacobians come."""
    k = draw.choice([2, 3])
    first = "".join(f"(I − αH{i})" for i in range(k))
    last = "".join(f"(I − αH{i})" for i in reversed(range(k)))
    return Question(
        f"{k} inner steps with symmetric Hessians H0 … H{k - 1}. The query gradient at the end is "
        "g. What is the meta-gradient?",
        Option(f"{first} g", "J = " + last + ", and the meta-gradient is its transpose times g."),
        (
            Option(f"{last} g", "That is J g: the transpose turns the order round."),
            Option(f"(I − αH0) g + … + (I − αH{k - 1}) g", "Steps follow each other: a product."),
            Option("g", "That is first order: all Jacobians are left out."),
        ),
        {"k": k},
    )


@asks(TOPICS, "05", "One step")
def factor(draw: Random) -> Question:
    """The factor along an eigenvector."""
    (alpha, lam), k = draw.choice([(0.1, 4), (0.1, 5), (0.4, 4)]), draw.choice([2, 3])
    return Question(
        f"A quadratic loss has the eigenvalue {lam} in one direction. After {k} inner steps with "
        f"α = {alpha}: by which factor does the meta-gradient differ from first order's there?",
        Option(told((1 - alpha * lam) ** k, 3), "(1 − αλ) for each step; first order has 1."),
        (
            Option(told(1 - alpha * lam, 3), "That is one step; each step brings a factor."),
            Option(told(1 - k * alpha * lam, 3), "Products of Hessians appear: it is a power."),
            Option(told((1 - alpha) ** k, 3), "The curvature λ counts, not α alone."),
        ),
        {"alpha": alpha, "lam": lam, "k": k},
    )


@asks(TOPICS, "05", "Does a third derivative appear?")
def highest(draw: Random) -> Question:
    """The highest derivative of L."""
    k = draw.choice([3, 5, 10])
    return Question(
        f"{k} inner steps on a loss that is smooth to any order. What is the highest derivative of "
        "it in the meta-gradient?",
        Option("The second, in products of up to " + str(k) + ".",
               "Each step holds one derivative, and the whole is differentiated once."),
        (
            Option(f"The {k + 1}th.", "Steps multiply Hessians; they don't differentiate them."),
            Option("The third.", "It appears only in the Hessian of the meta-loss."),
            Option("The second, and never a product of two.", "H1·H0 does appear, with α²."),
        ),
        {"k": k},
    )  # fmt: skip


@asks(TOPICS, "05", "Never write the Hessian down")
def product(draw: Random) -> Question:
    """A Hessian-vector product."""
    a, b, c = draw.choice([1, 2]), draw.choice([3, 4]), draw.choice([5, 7])
    v = draw.choice([(1, -1), (2, 1), (1, 3)])
    return Question(
        f"L(x, y) = ½({a}x² + 2·{b}xy + {c}y²) and v = ({told(v[0])}, {told(v[1])}). What is Hv?",
        Option(f"({told(a * v[0] + b * v[1])}, {told(b * v[0] + c * v[1])})",
               "The gradient is (ax + by, bx + cy); its product with v, differentiated, is Hv."),
        (
            Option(f"({told(a * v[0])}, {told(c * v[1])})", "The mixed entries are missing."),
            Option(f"({told(b * v[0] + c * v[1])}, {told(a * v[0] + b * v[1])})",
                   "The two entries have changed places."),
            Option(f"({told(a * v[0] + 2 * b * v[1])}, {told(2 * b * v[0] + c * v[1])})",
                   "The mixed entry of the Hessian is b: the 2 is halved and shared by two."),
        ),
        {"a": a, "b": b, "c": c, "v0": v[0], "v1": v[1]},
    )  # fmt: skip


@asks(TOPICS, "05", "What it costs")
def memory(draw: Random) -> Question:
    """How memory grows with K."""
    few, times, size = draw.choice([2, 5]), draw.choice([3, 4]), draw.choice([30, 40])
    return Question(
        f"With {few} inner steps, the graphs that autograd keeps through the whole loop take "
        f"{size} MB. About how many with {few * times} steps?",
        Option(told(size * times), "One graph for each step."),
        (
            Option(
                told(size),
                "Who lets each step's graph go does not need more. This way keeps all of them.",
            ),
            Option(told(size * times**2), "A step keeps one graph, however many came before."),
            Option(told(size * 2**times), "Nothing doubles: each step adds its own."),
        ),
        {"few": few, "times": times, "size": size},
    )
