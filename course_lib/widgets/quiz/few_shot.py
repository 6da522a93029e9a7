"""Questions on notebooks 06 and 07: few-shot classification and its systems (notebook 12)."""

import math
from random import Random

from course_lib.widgets.quiz.topic import Option, Question, Topic, asks, percent, told

TOPICS: list[Topic] = []


@asks(TOPICS, "06", "Leak 2: names that survive from task to task")
def names(draw: Random) -> Question:
    """What fixed labels teach."""
    label = draw.choice([1, 3, 4])
    return Question(
        f"In meta-training each letter keeps one label in all tasks; that of β is {label}. What "
        "can the net do without?",
        Option("The support.", "It can learn all names by heart. Then it fails on new letters."),
        (
            Option("The query.", "The query is what it is judged on."),
            Option("The outer loop.", "The outer loop is just what learns the names by heart."),
            Option("Nothing.", "Labels dealt anew need a support. These can be learned."),
        ),
        {"label": label},
    )  # fmt: skip


@asks(TOPICS, "06", "What α means")
def averaged(draw: Random) -> Question:
    """α under a sum and under a mean."""
    n, k, alpha = draw.choice([5, 20]), draw.choice([1, 5]), draw.choice([0.4, 0.1])
    return Question(
        f"The inner loss of a {n}-way {k}-shot task is a mean over the support, and α = {alpha}. "
        "Somebody writes it as a sum. Which α takes the same steps?",
        Option(told(alpha / (n * k), 5), f"A sum over {n * k} pictures is {n * k} times as steep."),
        (
            Option(told(alpha), "The gradient of the sum is longer: the steps would be, too."),
            Option(told(alpha * n * k), "The other way round: steeper, so a smaller α."),
            Option(told(alpha / n, 5) if k > 1 else told(alpha / (2 * n), 5),
                   "Count the pictures of the support: n classes of k each."),
        ),
        {"n": n, "k": k, "alpha": alpha},
    )  # fmt: skip


@asks(TOPICS, "06", "Is the interval honest?")
def over_tasks(draw: Random) -> Question:
    """The interval of an accuracy."""
    spread, tasks, queries = draw.choice([6, 9]), draw.choice([100, 600]), draw.choice([75, 300])
    return Question(
        f"Over {tasks} test tasks of {queries} queries the accuracy has a standard deviation of "
        f"{spread} points. How wide is the 95 % interval of its mean to each side?",
        Option(told(1.96 * spread / math.sqrt(tasks)), "What was drawn independently is tasks."),
        (
            Option(told(1.96 * spread / math.sqrt(tasks * queries), 3),
                   "Queries of one task share its support: they are not independent."),
            Option(told(1.96 * spread), "That is the spread of one task, not of the mean."),
            Option(told(spread / math.sqrt(tasks)), "That is one standard error: 68 %."),
        ),
        {"spread": spread, "tasks": tasks, "queries": queries},
    )  # fmt: skip


@asks(TOPICS, "06", "A head for any n")
def empty(draw: Random) -> Question:
    """What the first step moves."""
    n = draw.choice([5, 20])
    return Question(
        f"A net begins each {n}-way task with a head of zeros. What does its first step move?",
        Option("The head alone.", "Through a head of zeros no gradient reaches the body."),
        (
            Option("All layers, the head most.", "The body's gradient is multiplied by the head."),
            Option("The body alone.", "The head's gradient is features times error: not zero."),
            Option("Nothing: all answers are equal.",
                   "Equal answers are wrong ones, and their error has a gradient."),
        ),
        {"n": n},
    )  # fmt: skip


@asks(TOPICS, "06", "Does one query know the others?")
def company(draw: Random) -> Question:
    """What batch norm sees."""
    n, q = draw.choice([5, 20]), draw.choice([1, 15])
    return Question(
        f"A net normalises by the batch at hand, which holds all {n * q} queries of a task. What "
        "follows for one query's answer?",
        Option("It depends on the other queries.", "Their mean and variance are part of it."),
        (
            Option("It depends on its own pixels and the support only.",
                   "That would need statistics of the support, or stored ones."),
            Option("It uses the statistics of meta-training.", "Only if they are stored and used."),
            Option("It is right more often, and honestly so: it may see them all.",
                   "It may if the question says so. Somebody who gets one query cannot."),
        ),
        {"n": n, "q": q},
    )  # fmt: skip


@asks(TOPICS, "07", "Family 2: a distance")
def prototype(draw: Random) -> Question:
    """What a prototypical net answers."""
    a, b = (0.0, draw.choice([1.0, 2.0])), (draw.choice([3.0, 4.0]), 5.0)
    q = draw.choice([1.5, 2.0, 2.5])
    near, far = sum(a) / 2, sum(b) / 2
    odds = lambda d, e: 1 / (1 + math.exp(d - e))  # noqa: E731
    return Question(
        f"Features are numbers. Class A has {told(a[0])} and {told(a[1])}, class B {told(b[0])} "
        f"and {told(b[1])}; the query is at {told(q)}. With squared distances, how sure is a "
        "prototypical net of A?",
        Option(percent(odds((q - near) ** 2, (q - far) ** 2)),
               "A softmax over minus the squared distances to the class means."),
        (
            Option(percent(odds(abs(q - near), abs(q - far))), "The distances must be squared."),
            Option(percent(odds((q - far) ** 2, (q - near) ** 2)), "Nearer must mean likelier."),
            Option(percent(odds(min((q - v) ** 2 for v in a), min((q - v) ** 2 for v in b))),
                   "To the class's mean, not to its nearest picture."),
        ),
        {"a1": a[1], "b0": b[0], "q": q},
    )  # fmt: skip


@asks(TOPICS, "07", "Family 2: a distance")
def cosine(draw: Random) -> Question:
    """How sure a bare cosine can be."""
    n, e = draw.choice([5, 10, 20]), math.e
    return Question(
        f"A {n}-way matching net puts bare cosines into a softmax. How sure can it be, at most?",
        Option(percent(e / (e + (n - 1) / e)), "One cosine at 1, all others at −1."),
        (
            Option("100 %", "A softmax says 1 only for unbounded inputs; a cosine ends at 1."),
            Option(percent(e / (e + n - 1)), "That has the others at 0. They can fall to −1."),
            Option(percent(1 / n), "That is a guess: all cosines alike."),
        ),
        {"n": n},
    )


@asks(TOPICS, "07", "Family 3: a memory")
def instance(draw: Random) -> Question:
    """What a memory's fifth instance is."""
    k = draw.choice([2, 5, 10])
    return Question(
        f"A memory reads pictures in turn, and a table gives its accuracy on the {k}th instance of "
        "a class. How many drawings of the class with their names has it seen by then?",
        Option(told(k - 1), "The name of a picture comes after the answer."),
        (
            Option(told(k), f"The {k}th itself has no name yet when it is asked for."),
            Option(told(k + 1), "What comes later has not been seen."),
            Option("All of the task.", "It reads in turn; it answers before it has read the rest."),
        ),
        {"k": k},
    )


@asks(TOPICS, "07", "Family 4: the weights")
def gates(draw: Random) -> Question:
    """One step of a meta-learner LSTM."""
    theta, grad = draw.choice([1.0, 2.0]), draw.choice([3.0, -2.0])
    keep, rate = draw.choice([0.9, 0.8]), draw.choice([0.1, 0.2])
    return Question(
        f"A meta-learner LSTM holds the weight {told(theta)}; its gradient is {told(grad)}. The "
        f"forget gate is {keep}, the input gate {rate}. What is the new weight?",
        Option(told(keep * theta - rate * grad), "f · weight + i · (minus the gradient)."),
        (
            Option(told(theta - rate * grad), "That has f = 1: plain gradient descent."),
            Option(told(keep * theta + rate * grad), "It goes down: minus the gradient."),
            Option(told(rate * theta - keep * grad), "f is for what was there, i for what comes."),
        ),
        {"theta": theta, "grad": grad, "keep": keep, "rate": rate},
    )
