"""The exercises of notebook 06: a sampler without leaks, a query's company, an honest report."""

import torch

from course_lib.checks.answering import chosen
from course_lib.checks.comparing import Case, Mistake, compared
from course_lib.checks.e06_interval import INTERVAL
from course_lib.checks.e06_sampler import SAMPLER
from course_lib.checks.e06_words import WORDS
from course_lib.checks.exercise import Exercise, Option


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


def over_all_channels(query, support, running_mean, running_var):
    """One mean and one spread for all channels together."""
    joined = [torch.cat([support, x[None]]) for x in query]
    return torch.stack(
        [(b[-1] - b.mean()) / b.var(correction=0).sqrt() for b in joined]
    )  # fmt: skip


def less_one(query, support, *running):
    """With the variance that divides by N − 1."""
    joined = [torch.cat([support, x[None]]) for x in query]
    return torch.stack([(b[-1] - b.mean(0)) / b.std(0) for b in joined])


def random_features(seed: int) -> list[torch.Tensor]:
    """Queries, support, and running statistics of other tasks, with three channels."""
    gen = torch.Generator().manual_seed(seed)
    query, support = torch.randn(4, 3, generator=gen), 2 * torch.randn(6, 3, generator=gen) + 1
    return [query, support, torch.rand(3, generator=gen), 0.5 + torch.rand(3, generator=gen)]


KNOWS_OTHERS = (
    "Your result for one query depends on the other queries: the transductive way. Here each is "
    "asked by itself. Give each a batch of its own: the support and this query."
)

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
            "one channel, support 1 and 3, queries 5 and −1 (running mean 0, variance 4). The "
            "batch of the first query is 1, 3, 5: mean 3, variance (4 + 0 + 4)/3",
            torch.tensor([[5.0], [-1.0]]),
            torch.tensor([[1.0], [3.0]]),
            torch.tensor([0.0]),
            torch.tensor([4.0]),
        ),
        Case(
            "two channels, support (1, 10) and (3, 10), one query (5, 40). The batch of the second "
            "channel is 10, 10, 40: mean 20, variance (100 + 100 + 400)/3",
            torch.tensor([[5.0, 40.0]]),
            torch.tensor([[1.0, 10.0], [3.0, 10.0]]),
            torch.tensor([0.0, 0.0]),
            torch.tensor([4.0, 4.0]),
        ),
        Case("three channels, six support pictures, four queries", *random_features(1)),
        mistakes=[
            Mistake(
                "batch-norm running statistics used",
                "You subtract averages kept from meta-training. They mix many tasks, and say "
                "nothing of this one. MAML's batch norm takes the pictures that go through "
                "together.",
                lambda q, s, mean, var: (q - mean) / var.sqrt(),
            ),
            Mistake(
                "queries that know each other",
                KNOWS_OTHERS,
                lambda q, s, *_: in_company(q, lambda x: q),
            ),
            Mistake(
                "queries that know each other",
                KNOWS_OTHERS,
                lambda q, s, *_: in_company(q, lambda x: torch.cat([s, q])),
            ),
            Mistake(
                "the query left out of its own batch",
                "You take mean and spread from the support alone. The query goes through the "
                "network too, so it is one of the pictures that are averaged.",
                lambda q, s, *_: in_company(q, lambda x: s),
            ),
            Mistake(
                "one mean for all channels",
                "You average over pictures and channels. Each channel is a feature of its own: "
                "average over the pictures only.",
                over_all_channels,
            ),
            Mistake(
                "a variance that divides by N − 1",
                "torch's `var` and `std` divide by N − 1 unless told otherwise. Batch norm divides "
                "by N: `correction=0`.",
                less_one,
            ),
        ],
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

EXERCISES = (SAMPLER, COMPANY, HONEST, INTERVAL, WORDS)
