"""Questions on notebooks 00 to 03: tasks, intervals, tails, algorithms, the objective
(notebook 12)."""

import math
from random import Random

from course_lib.widgets.quiz.topic import Option, Question, Topic, asks, percent, told

TOPICS: list[Topic] = []


@asks(TOPICS, "00", "An n-way k-shot task")
def chance(draw: Random) -> Question:
    """How many a guesser gets right."""
    n, k, q = draw.choice([4, 5, 10, 20]), draw.choice([3, 5]), draw.choice([2, 3, 6])
    return Question(
        f"A {n}-way {k}-shot task has {q} query pictures of each class. Somebody guesses. How many "
        "of the query pictures will be named correctly, on average?",
        Option(told(q), f"There are {n * q} query pictures, and one name in {n} is right."),
        (
            Option(told(n * q / k), "Shots are not ways: chance is 1/n, whatever k is."),
            Option(told(n * q / 2), f"That is chance for two classes. Here are {n}."),
            Option(told(n * (k + q) / n), "The support is given with its names: nobody is asked."),
        ),
        {"n": n, "k": k, "q": q},
    )


@asks(TOPICS, "00", "An n-way k-shot task")
def pictures(draw: Random) -> Question:
    """How many pictures a task has."""
    n, k, q = draw.choice([5, 10, 20]), draw.choice([1, 5]), draw.choice([3, 15])
    return Question(
        f"How many pictures does one {n}-way {k}-shot task hold, with {q} queries of each class?",
        Option(told(n * (k + q)), "n classes, and of each k to learn from and q to be judged on."),
        (
            Option(told(n * k), "That is the support alone; the query belongs to the task."),
            Option(told(n * k * q), "Each query meets the same support: add, don't multiply."),
            Option(told(k + n * q), "The shots are counted for each class, like the queries."),
        ),
        {"n": n, "k": k, "q": q},
    )


@asks(TOPICS, "00", "How sure is a score?")
def interval(draw: Random) -> Question:
    """How wide a score's interval is."""
    share, answered = draw.choice([0.5, 0.6, 0.8]), draw.choice([25, 100, 400])
    one = math.sqrt(share * (1 - share) / answered)
    return Question(
        f"You were right in {percent(share)} of {answered} answers. About how wide is the 95 % "
        "interval to each side, in points?",
        Option(told(196 * one, 0), "1.96 · √(p(1 − p)/N)."),
        (
            Option(told(100 * one, 0), "That is one standard error: two thirds of the time."),
            Option(told(196 * one * math.sqrt(answered), 0), "That is the spread of one answer: "
                   "the mean of N answers is √N times surer."),
            Option(told(196 * one / math.sqrt(answered), 1), "The spread falls with √N, not N."),
        ),
        {"share": share, "answered": answered},
    )  # fmt: skip


@asks(TOPICS, "01", "Most things are rare")
def unseen(draw: Random) -> Question:
    """How many classes are still unseen."""
    shares = draw.choice([(0.5, 0.3, 0.2), (0.7, 0.2, 0.1), (0.6, 0.3, 0.1)])
    n = draw.choice([2, 3, 4])
    never = [(1 - p) ** n for p in shares]
    return Question(
        f"Three classes appear with probabilities {', '.join(map(told, shares))}. After {n} "
        "pictures, how many classes have not been seen, on average?",
        Option(told(sum(never)), "A class stays unseen with (1 − p)ⁿ; the means add up."),
        (
            Option(told(sum((1 - p) ** (n - 1) for p in shares)), "One picture was forgotten."),
            Option(told(sum(p**n for p in shares)), "pⁿ: that this class came every time."),
            Option(told(sum(max(0, 1 - n * p) for p in shares)),
                   "Chances of n draws don't simply add: a class can come twice."),
        ),
        {"n": n, "first": shares[0], "second": shares[1], "third": shares[2]},
    )  # fmt: skip


@asks(TOPICS, "01", "The average hides the tail")
def average(draw: Random) -> Question:
    """What an average says of the tail."""
    head, good, bad = draw.choice([0.8, 0.9]), draw.choice([0.9, 0.95]), draw.choice([0.1, 0.2])
    mean = head * good + (1 - head) * bad
    return Question(
        f"The head makes up {percent(head)} of what happens. A learner is right in {percent(good)} "
        f"of it, and in {percent(bad)} of the tail. What does its average over what happens say?",
        Option(percent(mean), "Each part counts as often as it happens; the tail hardly shows."),
        (
            Option(percent((good + bad) / 2), "That counts both parts alike. They are not."),
            Option(percent(bad), "That is the tail alone: just what the average hides."),
            Option(percent(good), "That is the head alone: the tail counts a little."),
        ),
        {"head": head, "good": good, "bad": bad},
    )


@asks(TOPICS, "01", "What *meta* means")
def outer(draw: Random) -> Question:
    """What is learned outside."""
    what, part = draw.choice(
        [("languages", "word"), ("instruments", "piece"), ("board games", "position")]
    )
    return Question(
        f"Somebody has learned nine {what}, and learns each new one faster than the last. What is "
        "a task here, and what does the outer level learn?",
        Option(f"One of the {what} is a task; outside, how to learn one is learned.",
               "The inner level learns a task; the outer one learns to learn tasks."),
        (
            Option(f"A {part} is a task; outside, all those of the nine are learned together.",
                   f"A {part} is an example inside a task."),
            Option("All nine together are one task; there is no outer level.",
                   "Then nothing explains why the tenth goes faster."),
            Option(f"The tenth is the task; outside, the first nine {what} are learned.",
                   "They are what the outer level learns from: its meta-training tasks."),
        ),
    )  # fmt: skip


@asks(TOPICS, "02", "The resulting loss")
def resulting(draw: Random) -> Question:
    """The resulting loss of a constant."""
    support = [draw.randint(0, 6) for _ in range(3)]
    query = [draw.randint(0, 9), draw.randint(0, 9)]
    phi, best = sum(support) / 3, sum(query) / 2
    loss = lambda at, data: sum((y - at) ** 2 for y in data)  # noqa: E731
    return Question(
        f"A(D) is the mean of the support's y. Support: {support}, query: {query}. With squared "
        "errors, what is the resulting loss, as a sum over the query?",
        Option(told(loss(phi, query), 1), f"A gives {told(phi)}; the query judges it."),
        (
            Option(told(loss(phi, support), 1), "That is the loss on what A has learned from."),
            Option(told(loss(phi, query) / 2, 1), "That is the mean, and a sum was asked."),
            Option(told(loss(best, query), 1), "That lets the query choose: A never sees it."),
        ),
        {"phi": phi, "one": query[0], "two": query[1]},
    )


@asks(TOPICS, "02", "A learning algorithm is a function")
def ridge(draw: Random) -> Question:
    """What ridge gives."""
    x, y = draw.choice([2, 3]), draw.choice([4, 6, 9])
    lam = draw.choice([1, 2, 4])
    return Question(
        f"One pair, x = {x} and y = {y}. Ridge takes the φ with the smallest "
        f"(y − φx)² + {lam} φ². Which one?",
        Option(told(x * y / (x * x + lam)), "The derivative is zero at φ = xy/(x² + λ)."),
        (
            Option(told(y / x), "That is least squares: it forgets the λ."),
            Option(told(y / (x + lam)), "λ is added to x², the curvature, not to x."),
            Option(told(y / x - lam), "Ridge shrinks by a factor, it takes nothing off."),
        ),
        {"x": x, "y": y, "lam": lam},
    )


@asks(TOPICS, "02", "Why not simply choose φ by the test set?")
def judge(draw: Random) -> Question:
    """Which number may be told."""
    tried = draw.choice([8, 12, 30])
    return Question(
        f"You tried {tried} step sizes, and kept the one with the lowest loss on a set S. Which "
        "number tells how good it is?",
        Option("Its loss on new data that neither trained nor chose.",
               "A set that has chosen cannot judge."),
        (
            Option("Its loss on S, since the learner was never trained on S.",
                   f"The lowest of {tried} is low by luck, too: S has chosen."),
            Option("Its training loss.", "It has learned from these; they say how well it fits."),
            Option(f"The mean loss of all {tried} on S.",
                   "That judges the others, too. You want to know of the one you keep."),
        ),
        {"tried": tried},
    )  # fmt: skip


@asks(TOPICS, "03", "A learning algorithm with a knob")
def strength(draw: Random) -> Question:
    """The best pull toward the mean."""
    noise, spread = draw.choice([1, 2, 3]), draw.choice([0.5, 2, 4])
    return Question(
        f"The tasks' true φ scatter around a mean with standard deviation {told(spread)}; the "
        f"noise of y has standard deviation {noise}. How strongly should ridge pull toward the "
        "mean: which λ is best, with squared errors summed?",
        Option(
            told(noise**2 / spread**2, 3), "λ* = σ²/τ²: the noise over the spread of the tasks."
        ),
        (
            Option(told(spread**2 / noise**2, 3), "Upside down: unlike tasks want less pull."),
            Option(told(noise / spread, 3), "Variances, not standard deviations."),
            Option(told(noise**2 + spread**2, 3), "A sum would pull more where tasks differ more."),
        ),
        {"noise": noise, "spread": spread},
    )


@asks(TOPICS, "03", "Meta-overfitting")
def examples(draw: Random) -> Question:
    """What f's examples are."""
    tasks, points = draw.choice([3, 5, 20]), draw.choice([10, 50, 400])
    return Question(
        f"Meta-training has {tasks} tasks with {points} points each. How many examples does f have "
        "to learn θ from?",
        Option(told(tasks), "f's examples are tasks: each says once what a learner needs."),
        (
            Option(told(tasks * points), "Points of one task say one thing of the world of tasks."),
            Option(told(points), "That is what A has, in one task."),
            Option(told(tasks + points), "Tasks and points are not of one kind."),
        ),
        {"tasks": tasks, "points": points},
    )


@asks(TOPICS, "03", "The objective")
def levels(draw: Random) -> Question:
    """What φ is."""
    k = draw.choice([1, 3, 10])
    return Question(
        f"A learner starts from m and takes {k} gradient step{'s' if k > 1 else ''} of size α. "
        "Over many tasks, m and α are learned. What is φ?",
        Option("What the steps reach: another one in every task.",
               "φ belongs to the task, θ = (m, α) to the learner."),
        (
            Option("m.", "m is where every task begins. It is a part of θ."),
            Option("m and α.", "Together they are θ, which the outer level learns."),
            Option("What the steps reached in the last task of meta-training.",
                   "A new task begins at m again, and gets a φ of its own."),
        ),
        {"k": k},
    )  # fmt: skip


@asks(TOPICS, "03", "A few gradient steps are a prior")
def remains(draw: Random) -> Question:
    """What is left after K steps."""
    alpha, curve, k = draw.choice([0.05, 0.1]), draw.choice([2, 3]), draw.choice([2, 3])
    left = (1 - alpha * curve) ** k
    return Question(
        f"A loss has the curvature {curve}. After {k} gradient steps with α = {alpha}, which share "
        "of the way from the start to the minimum is still to go?",
        Option(told(left, 3), "Each step leaves the factor 1 − αh."),
        (
            Option(told(1 - k * alpha * curve, 3), "Later steps are shorter: factors, not a sum."),
            Option(told((1 - alpha) ** k, 3), "The step is α times the gradient, so h counts."),
            Option(told(1 - left, 3), "That is what has been gone."),
        ),
        {"alpha": alpha, "curve": curve, "k": k},
    )
