"""Exercise 07.3: accuracy by instance, the protocol of the nets that read."""

import torch

from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Exercise


def counted(said, labels, *, kept=False, one_class=False, wrong_only=False, by_answer=False):
    """The share of right answers at the first, second, … drawing of a class.

    kept: the counters go on from sequence to sequence    one_class: all classes share a counter
    wrong_only: a drawing counts only once it was named rightly    by_answer: what was said is
    counted, not what was shown
    """
    right: dict[int, list[float]] = {}
    seen: dict[int, int] = {}
    for answers, truths in zip(said.tolist(), labels.tolist(), strict=True):
        seen = seen if kept else {}
        for answer, truth in zip(answers, truths, strict=True):
            name = 0 if one_class else answer if by_answer else truth
            number = seen.get(name, 0)
            right.setdefault(number, []).append(float(answer == truth))
            if not wrong_only or answer == truth:
                seen[name] = number + 1
    return torch.tensor([sum(right[i]) / len(right[i]) for i in sorted(right)])


def by_instance(said, labels):
    """Accuracy at the first, second, … drawing of a class."""
    return counted(said, labels)


def so_far(said, labels):
    """The mean over all drawings up to this one."""
    exact = counted(said, labels)
    return exact.cumsum(0) / torch.arange(1, len(exact) + 1)


MISTAKES = [
    Mistake(
        "the position in the sequence instead of the class's own count",
        "You count pictures of any class. The second drawing of a class may come first or last: "
        "keep a counter for each class.",
        lambda said, labels: counted(said, labels, one_class=True),
    ),
    Mistake(
        "counters that go on from task to task",
        "Your counters go on from sequence to sequence. In a new task nothing has been shown yet: "
        "begin at 0.",
        lambda said, labels: counted(said, labels, kept=True),
    ),
    Mistake(
        "counted by what was said",
        "You count how often a label was *said*. Count how often the class was *shown*: the label "
        "is told after each picture, whatever the answer.",
        lambda said, labels: counted(said, labels, by_answer=True),
    ),
    Mistake(
        "only right answers counted as shown",
        "You move on to the next drawing only after a right answer. The label is told in any case: "
        "each drawing counts.",
        lambda said, labels: counted(said, labels, wrong_only=True),
    ),
    Mistake(
        "all drawings so far",
        "You average over all drawings up to this one. The second number is about second drawings "
        "alone.",
        so_far,
    ),
    Mistake(
        "the first drawing left out",
        "Your first number is of the second drawings. The first ones count too: they show what a "
        "net does that has seen nothing of the class.",
        lambda said, labels: counted(said, labels)[1:],
    ),
    Mistake(
        "errors instead of right answers",
        "You give the share of wrong answers.",
        lambda said, labels: 1 - counted(said, labels),
    ),
    Mistake(
        "one number instead of a curve",
        "You average over all pictures. Keep one number for the first drawings, one for the "
        "second, and so on.",
        lambda said, labels: (said == labels).float().mean(),
    ),
    Mistake(
        "a count instead of a share",
        "You count the right answers. Divide by the number of such drawings: sequences times "
        "classes.",
        lambda said, labels: counted(said, labels) * len(labels) * len(labels[0].unique()),
    ),
]


def random_sequences(seed: int) -> Drawn:
    """Four sequences of three classes with three drawings each, half of the answers right."""
    gen = torch.Generator().manual_seed(seed)
    order = torch.rand(4, 9, generator=gen).argsort(1)
    labels = torch.arange(3).repeat_interleave(3).expand(4, -1).gather(1, order)
    guess = torch.randint(3, labels.shape, generator=gen)
    said = torch.where(torch.rand(labels.shape, generator=gen) < 0.4, labels, guess)
    return Drawn("four shuffled sequences of three classes, three drawings of each", said, labels)


INSTANCE = Exercise(
    key="07.3",
    title="The fifth instance",
    kind="write",
    minutes=12,
    difficulty=2,
    importance=2,
    objective="measure a net that reads, and say which number of shots a column is about",
    why="The table's “5-shot” of MANN is the fifth entry of this curve: four labels were told.",
    hints=(
        "For each picture ask: how many drawings of *its own class* came before, in this sequence?",
        "Keep a counter for each class; empty the counters where a new sequence begins.",
        "`number = counter[label]` before the counter grows; note whether the answer was right "
        "under `number`; then the mean of each number's notes.",
    ),
    check=compared(
        by_instance,
        Case(
            "two sequences, labels 0 1 1 0 and 1 1 0 0, said 1 1 1 0 and 0 1 0 1. First drawings: "
            "wrong, right; wrong, right. Second ones: right, right; right, wrong",
            torch.tensor([[1, 1, 1, 0], [0, 1, 0, 1]]),
            torch.tensor([[0, 1, 1, 0], [1, 1, 0, 0]]),
        ),
        *telling(by_instance, MISTAKES, random_sequences, 2),
        mistakes=MISTAKES,
    ),
)
