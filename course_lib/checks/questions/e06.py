"""The exercises of notebook 06: a sampler without leaks, a query's company, an honest report."""

import torch

from course_lib.checks.answering import chosen
from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Exercise, Option
from course_lib.checks.questions.e06_gap import GAP
from course_lib.checks.questions.e06_interval import INTERVAL
from course_lib.checks.questions.e06_own_words import FOUND, PLAN
from course_lib.checks.questions.e06_report import RUN
from course_lib.checks.questions.e06_sampler import SAMPLER
from course_lib.checks.questions.e06_study import STUDY
from course_lib.checks.questions.e06_words import WORDS


def in_company(query, batch):
    """Each query as batch norm makes it when `batch(query i)` is what goes through the net."""
    rows = []
    for x in query:
        together = batch(x)
        spread = together.var(0, correction=0).sqrt()
        rows.append((x - together.mean(0)) / spread)
    return torch.stack(rows)


def normalise(query, support, running_mean, running_var):
    """Each query normalised with the support and itself."""
    return in_company(query, lambda x: torch.cat([support, x[None]]))


def by(rule):
    """What `rule(query i, its batch)` gives, for each query."""
    return lambda query, support, *running: torch.stack(
        [rule(x, torch.cat([support, x[None]])) for x in query]
    )


def random_features(seed: int) -> Drawn:
    """Queries, support, and running statistics of other tasks, with three channels."""
    gen = torch.Generator().manual_seed(seed)
    query, support = torch.randn(4, 3, generator=gen), 2 * torch.randn(6, 3, generator=gen) + 1
    running = torch.rand(3, generator=gen), 0.5 + torch.rand(3, generator=gen)
    says = "three channels, six random support pictures, four queries"
    return Drawn(says, query, support, *running)


def spread(batch):
    """The root of the mean squared distance from the mean, of each channel."""
    return batch.var(0, correction=0).sqrt()


KNOWS_OTHERS = (
    "Your result for one query depends on the other queries: the transductive way. Here each is "
    "asked by itself. Give each a batch of its own: the support and this query."
)
RUNNING = (
    "You use averages kept from meta-training. They mix many tasks, and say nothing of this one. "
    "MAML's batch norm takes the pictures that go through together."
)
MISTAKES = [
    Mistake(
        "batch-norm running statistics used",
        RUNNING,
        lambda q, s, mean, var: (q - mean) / var.sqrt(),
    ),
    Mistake(
        "queries that know each other", KNOWS_OTHERS, lambda q, s, *_: in_company(q, lambda x: q)
    ),
    Mistake(
        "queries that know each other",
        KNOWS_OTHERS,
        lambda q, s, *_: in_company(q, lambda x: torch.cat([s, q])),
    ),
    Mistake(
        "the query left out of its own batch",
        "You take mean and spread from the support alone. The query goes through the network too, "
        "so it is one of the pictures that are averaged.",
        lambda q, s, *_: in_company(q, lambda x: s),
    ),
    Mistake(
        "one mean for all channels",
        "You average over pictures and channels. Each channel is a feature of its own: average "
        "over "
        "the pictures only.",
        by(lambda x, batch: (x - batch.mean()) / batch.var(correction=0).sqrt()),
    ),
    Mistake(
        "a variance that divides by N − 1",
        "torch's `var` and `std` divide by N − 1 unless told otherwise. Batch norm divides by N: "
        "`correction=0`.",
        by(lambda x, batch: (x - batch.mean(0)) / batch.std(0)),
    ),
    Mistake(
        "the variance without its root",
        "You divide by the variance. Divide by its root, which is measured as the features are.",
        by(lambda x, batch: (x - batch.mean(0)) / batch.var(0, correction=0)),
    ),
    Mistake(
        "layer norm: over the channels",
        "You normalise each picture over its channels. That is layer norm. Batch norm normalises "
        "each channel over the pictures: dimension 0 of the batch.",
        by(lambda x, batch: (x - x.mean()) / x.var(correction=0).sqrt()),
    ),
    Mistake(
        "the mean taken off and no more",
        "You subtract the mean. Then divide by the root of the variance.",
        by(lambda x, batch: x - batch.mean(0)),
    ),
    Mistake(
        "the mean not taken off",
        "You divide by the spread without subtracting the mean first.",
        by(lambda x, batch: x / spread(batch)),
    ),
    Mistake(
        "a spread around zero",
        "You take the mean of the squares. The variance is the mean squared distance from the "
        "*mean*.",
        by(lambda x, batch: (x - batch.mean(0)) / batch.square().mean(0).sqrt()),
    ),
    Mistake(
        "batch-norm running statistics used",
        "The mean is right. " + RUNNING,
        lambda q, s, mean, var: torch.stack(
            [(x - torch.cat([s, x[None]]).mean(0)) / var.sqrt() for x in q]
        ),
    ),
    Mistake(
        "batch-norm running statistics used",
        "The spread is right. " + RUNNING,
        lambda q, s, mean, var: torch.stack(
            [(x - mean) / spread(torch.cat([s, x[None]])) for x in q]
        ),
    ),
    Mistake(
        "absolute distances",
        "You divide by the mean absolute distance. The variance is the mean *squared* distance; "
        "divide by its root.",
        by(lambda x, batch: (x - batch.mean(0)) / (batch - batch.mean(0)).abs().mean(0)),
    ),
]
ALSO = [
    Mistake(
        "the query left out of its own batch",
        "You take the mean from the support alone. The query is one of the pictures in the batch.",
        lambda q, s, *_: torch.stack(
            [(x - s.mean(0)) / spread(torch.cat([s, x[None]])) for x in q]
        ),
    ),
    Mistake(
        "the query left out of its own batch",
        "You take the spread from the support alone. The query is one of the pictures in the "
        "batch.",
        lambda q, s, *_: torch.stack(
            [(x - torch.cat([s, x[None]]).mean(0)) / spread(s) for x in q]
        ),
    ),
    Mistake(
        "the query left out of its own batch",
        "You take mean and spread from the support alone, and divide by N − 1. The query is one of "
        "the pictures in the batch.",
        lambda q, s, *_: (q - s.mean(0)) / s.std(0),
    ),
    Mistake(
        "queries that know each other",
        KNOWS_OTHERS + " (And `std` divides by N − 1.)",
        lambda q, s, *_: (q - torch.cat([s, q]).mean(0)) / torch.cat([s, q]).std(0),
    ),
    Mistake(
        "queries that know each other",
        KNOWS_OTHERS + " (And `std` divides by N − 1.)",
        lambda q, s, *_: (q - q.mean(0)) / q.std(0),
    ),
    Mistake(
        "batch-norm running statistics used",
        RUNNING + " (And the variance is a square: divide by its root.)",
        lambda q, s, mean, var: (q - mean) / var,
    ),
    Mistake(
        "one mean for all channels",
        "You average over pictures and channels, and divide by N − 1.",
        by(lambda x, batch: (x - batch.mean()) / batch.std()),
    ),
    Mistake(
        "layer norm: over the channels",
        "You normalise each picture over its channels (and divide by N − 1). Batch norm normalises "
        "each channel over the pictures.",
        by(lambda x, batch: (x - x.mean()) / x.std()),
    ),
    Mistake(
        "the sum of squares",
        "You divide by the root of the sum of squared distances. Take their mean.",
        by(lambda x, batch: (x - batch.mean(0)) / (spread(batch) * len(batch) ** 0.5)),
    ),
]

COMPANY = Exercise(
    key="06.2",
    title="A query and its company",
    kind="write",
    minutes=12,
    difficulty=2,
    objective="say which pictures batch norm takes its mean and spread from",
    why="So a query's answer depends on the support and on itself, and on no other query.",
    hints=(
        "Take the queries one at a time. Which pictures go through the network together with this "
        "one?",
        "The batch of query x: `torch.cat([support, x[None]])`. Mean and variance of each "
        "channel, so over dimension 0.",
        "`(x − batch.mean(0)) / batch.var(0, correction=0).sqrt()`, for each query with a batch "
        "of its own; then `torch.stack`. Running statistics play no part.",
    ),
    check=compared(
        normalise,
        Case(
            "two channels, running means 0 and 1, running variances 4 and 9. Support (1, 10) and "
            "(3, 10), queries (5, 40) and (2, 30). The first query's batch is 1, 3, 5 in the first "
            "channel: mean 3, variance (4 + 0 + 4)/3; and 10, 10, 40 in the second: mean 20, "
            "variance (100 + 100 + 400)/3",
            torch.tensor([[5.0, 40.0], [2.0, 30.0]]),
            torch.tensor([[1.0, 10.0], [3.0, 10.0]]),
            torch.tensor([0.0, 1.0]),
            torch.tensor([4.0, 9.0]),
        ),
        *telling(normalise, MISTAKES, random_features),
        mistakes=MISTAKES,
        also=ALSO,
    ),
)

REPORT = {
    "a": Option(
        "The number is sound: tasks and drawings are new, and the interval is over tasks.",
        "The tasks are new, the characters are not. The net can have learned these 1200 shapes by "
        "heart, like the cheat of the lesson. Whether it learns new characters was not asked.",
        "evaluation on meta-train tasks",
    ),
    "b": Option(
        "Three steps on five examples: it is a 15-shot result.",
        "Shots count the examples of a class, steps count how often they are used. Three steps "
        "see the same five drawings three times. (More steps than trained for is worth a word, "
        "but makes no new shots.)",
        "shots confused with steps",
    ),
    "c": Option(
        "It says how well the net tells these 1200 characters apart. Others were not tried."
    ),
    "d": Option(
        "The interval is too wide: there are 180,000 queries, not 600.",
        "The queries of one task stand or fall together: if two of its characters look alike, all "
        "suffer. The lesson counted: an interval over pictures is too narrow. The unit is the "
        "task.",
        "queries counted as independent",
    ),
    "e": Option(
        "With 20 ways and 5 shots it had 100 examples: it is a 100-shot result.",
        "k counts the examples of each class. Five drawings of the right one are all that it is "
        "told about it; the other 95 show what it is not.",
        "shots counted over all classes",
    ),
}

HONEST = Exercise(
    key="06.3",
    title="Read a report",
    kind="choice",
    minutes=4,
    difficulty=1,
    objective="say what a few-shot number was measured on, and what it therefore means",
    why="Characters are split, not drawings and not tasks: only new ones test learning to learn.",
    hints=(
        "Find the three things that a task is drawn from: characters, drawings, labels. Which of "
        "them are new?",
        "What does a net need that has merely learned many characters by heart? Would this "
        "measurement notice?",
        "The tasks combine the same 1200 characters that the net was meta-trained on.",
    ),
    check=chosen(REPORT),
    options=REPORT,
)

CAPSTONE = (PLAN, STUDY, GAP, RUN, FOUND)  # a book of its own: 00 to 06 in one study
EXERCISES = (SAMPLER, COMPANY, HONEST, INTERVAL, WORDS, *CAPSTONE)
