"""Exercise 06.1: a sampler with four faults, and how each of them is found."""

from collections.abc import Callable
from typing import Any

import torch

from course_lib.checks.calling import call, must_be_function
from course_lib.checks.comparing import check_form
from course_lib.checks.exercise import Exercise, Slip
from course_lib.checks.values import same

CHARACTERS, DRAWERS, ROUNDS = 10, 8, 200
SIDE = 2  # every pixel of a drawing holds its number: 100 times the character, plus the drawer
NUMBERS = (100 * torch.arange(CHARACTERS)[:, None] + torch.arange(DRAWERS)).float()
NAMED = NUMBERS[..., None, None].expand(-1, -1, SIDE, SIDE).clone()
NAMED[..., 0, 0] += 0.5  # a mark in the upper left corner: where it stands says how it is turned
TURN_OF_CORNER = {0: 0, 2: 1, 3: 2, 1: 3}  # quarter turns against the clock, as `torch.rot90` does
META_TRAIN = torch.tensor([1, 2, 4, 5, 7, 8])
SIZES = {"n": 3, "k": 2, "q": 3}


def check_sampler(answer: Any) -> None:
    """Raises a `Slip` unless the answer draws tasks without leaks. Every picture is recognised."""
    must_be_function(answer)
    named = {character: [0] * SIZES["n"] for character in META_TRAIN.tolist()}
    shown: dict[str, set[int]] = {"support": set(), "query": set()}
    turned: dict[int, set[int]] = {character: set() for character in named}
    for seed in range(ROUNDS):
        task = draw(answer, seed)
        check_task(*task)
        for name, pictures in zip(shown, task[::2], strict=True):
            shown[name].update(numbers_of(pictures))
        for character, turn in zip(whose(task[0]), turns_of(task[0]), strict=True):
            turned[character].add(turn)
        for character in set(whose(task[0])):
            named[character][int(task[1][whose(task[0]).index(character)])] += 1
    if not same(draw(answer, 7), draw(answer, 7)):
        says = "One seed gives two different tasks: hand `gen` to all that is random."
        raise Slip("chance that does not come from gen", says)
    check_characters(named)
    check_names(named)
    check_drawings(shown)
    check_turns(turned)


def draw(answer: Callable, seed: int) -> list[torch.Tensor]:
    """xs, ys, xq, yq of one task of the student's sampler."""
    gen = torch.Generator().manual_seed(seed)
    task = call(answer, (NAMED, META_TRAIN), {**SIZES, "gen": gen})
    if not isinstance(task, tuple | list) or len(task) != 4:
        raise Slip("the wrong type", "Return four tensors, as the given code does: xs, ys, xq, yq.")
    n, k, q = SIZES.values()
    rows = [len(part) if isinstance(part, torch.Tensor) else -1 for part in task]
    if rows == [n * q, n * q, n * k, n * k]:
        says = f"A {n}-way {k}-shot task has {n * k} support pictures; yours has {n * q}."
        raise Slip("shots and queries swapped", says)
    shapes = [(n * k, SIDE, SIDE), (n * k,), (n * q, SIDE, SIDE), (n * q,)]
    for part, shape in zip(task, shapes, strict=True):
        check_form(part, torch.zeros(shape), f"{n}-way {k}-shot with {q} queries of each class.")
    return list(task)


def numbers_of(pictures: torch.Tensor) -> list[int]:
    """The number of each drawing."""
    return pictures[:, 0, 0].long().tolist()


def turns_of(pictures: torch.Tensor) -> list[int]:
    """By how many quarters each picture is turned."""
    corners = (pictures - pictures.floor()).flatten(1).argmax(1)
    return [TURN_OF_CORNER[corner] for corner in corners.tolist()]


def whose(pictures: torch.Tensor) -> list[int]:
    """The character of each picture."""
    return [number // 100 for number in numbers_of(pictures)]


def check_task(xs, ys, xq, yq) -> None:
    """Raises a `Slip` for a single task that is wrong by itself."""
    strangers = sorted({*whose(xs), *whose(xq)} - set(META_TRAIN.tolist()))
    if strangers:
        says = (
            f"The task may take the characters {META_TRAIN.tolist()}; yours holds character "
            f"{strangers[0]}, which is kept for the test. A position in `classes` is not yet a "
            "character: look it up there."
        )
        raise Slip("test classes seen in meta-training", says)
    if len(set(whose(xs))) < SIZES["n"]:
        says = "One character fills two places of a task. Draw the classes without replacement."
        raise Slip("a class drawn twice", says)
    both = sorted({*numbers_of(xs)} & {*numbers_of(xq)})
    if both:
        character, drawing = divmod(both[0], 100)
        says = (
            f"In one task, drawing {drawing} of character {character} is in the support and in "
            "the query: what is asked was shown before. Shuffle the drawers once for each "
            "character, and give support and query different parts of that."
        )
        raise Slip("support examples leaking into the query set", says)
    check_labels(whose(xs), ys.tolist(), whose(xq), yq.tolist())
    for character in dict.fromkeys(whose(xs)):
        here = [
            {turn for c, turn in zip(whose(part), turns_of(part), strict=True) if c == character}
            for part in (xs, xq)
        ]
        if max(map(len, here)) > 1:
            says = (
                f"In one task the drawings of character {character} are turned differently. A "
                "character that is turned is another character: one turn for the whole class."
            )
            raise Slip("every drawing turned by itself", says)
        if here[0] != here[1]:
            says = (
                f"In one task character {character} is turned by {min(here[0])} quarters in the "
                f"support and by {min(here[1])} in the query: the question shows another character "
                "than the examples. Draw one turn for each class, and use it for both."
            )
            raise Slip("support and query turned differently", says)


def check_labels(support: list[int], ys: list, query: list[int], yq: list) -> None:
    """Raises a `Slip` unless each class of a task has one label, and the labels are 0…n−1."""
    n = SIZES["n"]
    labels = dict(zip(support, ys, strict=True))
    if {*zip(support, ys, strict=True), *zip(query, yq, strict=True)} != {*labels.items()}:
        says = (
            "Two pictures of one character have different labels. If the pictures come class by "
            "class, so must the labels: 0, 0, 1, 1, … and not 0, 1, 0, 1, …"
        )
        raise Slip("labels that don't belong to their pictures", says)
    if sorted(labels.values()) != list(range(n)):
        says = (
            f"In one task the characters {list(labels)} are called {[*labels.values()]}. A name "
            f"made from the character's number is the same in all tasks: a learner could know it "
            f"by heart. Deal the labels 0…{n - 1} anew: the class's place in this task."
        )
        raise Slip("class labels shared across tasks", says)


def check_characters(named: dict[int, list[int]]) -> None:
    """Raises a `Slip` where one of the characters is never drawn."""
    missing = [character for character, counts in named.items() if not sum(counts)]
    if missing:
        says = (
            f"In {ROUNDS} tasks, character {missing[0]} never came. Which classes a task has is to "
            "be drawn from all of `classes`: shuffle them, and take the first n."
        )
        raise Slip("classes that are never drawn", says)


def check_drawings(shown: dict[str, set[int]]) -> None:
    """Raises a `Slip` where a drawing never comes to the support, or never to the query."""
    for name, numbers in shown.items():
        for character in META_TRAIN.tolist():
            missing = {*range(DRAWERS)} - {n % 100 for n in numbers if n // 100 == character}
            if missing:
                says = (
                    f"In {ROUNDS} tasks, drawing {min(missing)} of character {character} was never "
                    f"in the {name}: your drawers stand in a fixed order. Shuffle them anew for "
                    "each character, with `gen`, and take support and query from that."
                )
                raise Slip("drawings that are never shuffled", says)


def check_turns(turned: dict[int, set[int]]) -> None:
    """Raises a `Slip` where a character never comes with one of the four turns."""
    for character, turns in turned.items():
        missing = {*range(4)} - turns
        if missing:
            says = (
                f"In {ROUNDS} tasks, character {character} was never turned by {min(missing)} "
                "quarters. Draw the turn anew for each class of each task: 0, 1, 2 or 3."
            )
            raise Slip("turns that never come", says)


def check_names(named: dict[int, list[int]]) -> None:
    """Raises a `Slip` where a character is nearly always, or nearly never, called the same."""
    for character, counts in named.items():
        shares = [count / max(sum(counts), 1) for count in counts]
        if max(shares) > 0.6 or min(shares) < 0.12:
            label = shares.index(max(shares))
            says = (
                f"In {ROUNDS} tasks, character {character} is called {label} in "
                f"{100 * max(shares):.0f} % of its tasks; by chance it would be 33 %. Its name "
                "tells something that the support should tell. Keep the classes in the order in "
                "which they were drawn."
            )
            raise Slip("class labels shared across tasks", says)


BROKEN = '''\
def sample_task(images, classes, n, k, q, gen):
    """One task of n of these classes, each turned: xs, ys, xq, yq."""
    drawn = torch.randperm(len(classes), generator=gen)[:n].tolist()
    xs, ys, xq, yq = [], [], [], []
    for c in drawn:
        turns = torch.randint(4, (2,), generator=gen).tolist()
        support = images[c, torch.randperm(images.shape[1], generator=gen)[:k]]
        query = images[c, torch.randperm(images.shape[1], generator=gen)[:q]]
        xs.append(torch.rot90(support, turns[0], dims=(-2, -1)))
        xq.append(torch.rot90(query, turns[1], dims=(-2, -1)))
        ys += k * [c % n]
        yq += q * [c % n]
    return torch.cat(xs), torch.tensor(ys), torch.cat(xq), torch.tensor(yq)
'''

SAMPLER = Exercise(
    key="06.1",
    title="Four faults in one sampler",
    kind="fix",
    minutes=18,
    difficulty=2,
    importance=3,
    objective="find the leaks that make a few-shot learner look better than it is, and make more "
    "characters by turning them",
    why="Now a good score can only come from the support, on characters that it may see.",
    hints=(
        "For each random choice ask: which character may it be, which drawing, which turn, which "
        "name? Each of the four is wrong once.",
        "`randperm(len(classes))` gives positions in `classes`. Two permutations of the drawers "
        "know nothing of each other, and neither do two turns.",
        "`drawn = classes[randperm…[:n]]`; for each class one `order`, `order[:k]` and "
        "`order[k : k + q]`, and one turn; the label is the place in `drawn`: `for place, c in "
        "enumerate(…)`.",
    ),
    check=check_sampler,
    given=BROKEN,
)
