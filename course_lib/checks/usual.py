"""Mistakes that people make everywhere, made with any reference: nobody has to think of them anew.

`usual_mistakes(reference)` reads the names of the reference's arguments (`lr`, `steps`, `support`,
`query`, `tasks`, …) and makes each mistake that they allow. `inner_mistakes(build)` makes those of
an inner loop: `build(walk)` is the exercise's function with `walk` as its loop.

A mistake that changes nothing in an exercise can't be blamed there, so too many do no harm.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from torch.func import grad

from course_lib.checks.values import plain


@dataclass(frozen=True)
class Mistake:
    """A misconception: its name, sentences that explain it, and what it makes people compute."""

    name: str
    says: str
    answer: Callable


SUPPORT_ONLY = (
    "You judge the learner by the examples that it has learned from. Judge it by the query set."
)
QUERY_ONLY = (
    "Your learner learns from the query set, which it must never see. Let it learn from the "
    "support set alone."
)
SWAPPED = (
    "Your learner learns from the query set and is judged by the support set. It is the other way "
    "round."
)


def usual_mistakes(reference: Callable) -> list[Mistake]:
    """What may go wrong with the arguments, and with the result, of this function."""
    names = list(inspect.signature(reference).parameters)
    return [*of_arguments(reference, names), *of_sums(reference), *of_results(reference)]


def of_arguments(reference: Callable, names: list[str]) -> list[Mistake]:
    """Mistakes that amount to another argument."""

    def changed(**by: Callable[[dict], Any]) -> Callable:
        def answer(*args, **kwargs):
            given = dict(zip(names, args, strict=False)) | kwargs
            return reference(**(given | {name: new(given) for name, new in by.items()}))

        return answer

    def pairs(rule: Callable[[Any, Any], tuple]) -> Callable:
        return lambda given: [rule(s, q) for s, q in given["tasks"]]

    found = []
    if {"support", "query"} <= set(names):
        sets = {"s": lambda given: given["support"], "q": lambda given: given["query"]}
        found += [
            Mistake("gradient steps on query", QUERY_ONLY, changed(support=sets["q"])),
            Mistake("support examples used as query", SUPPORT_ONLY, changed(query=sets["s"])),
            Mistake(
                "support and query swapped", SWAPPED, changed(support=sets["q"], query=sets["s"])
            ),
        ]
    if "tasks" in names:
        found += [
            Mistake(
                "gradient steps on query", QUERY_ONLY, changed(tasks=pairs(lambda s, q: (q, q)))
            ),
            Mistake(
                "support examples used as query",
                SUPPORT_ONLY,
                changed(tasks=pairs(lambda s, q: (s, s))),
            ),
            Mistake(
                "support and query swapped", SWAPPED, changed(tasks=pairs(lambda s, q: (q, s)))
            ),
            Mistake(
                "only the last task",
                "Your result is that of the last task alone. Collect every task's part inside the "
                "loop, and average after it.",
                changed(tasks=lambda given: given["tasks"][-1:]),
            ),
            Mistake(
                "only the first task",
                "Your result is that of the first task alone. Does a `return` stand inside the "
                "loop?",
                changed(tasks=lambda given: given["tasks"][:1]),
            ),
        ]
    if "lr" in names:
        found += [
            Mistake(
                "a step uphill",
                "You add the gradient. Descent subtracts it: φ ← φ − α∇L(φ).",
                changed(lr=lambda given: -given["lr"]),
            ),
            Mistake(
                "half a gradient",
                "Each of your steps is half as long as it should be. Is the 2 of the derivative of "
                "a square missing?",
                changed(lr=lambda given: given["lr"] / 2),
            ),
            Mistake(
                "a gradient taken twice",
                "Each of your steps is twice as long as it should be. Is a factor 2 in it twice?",
                changed(lr=lambda given: 2 * given["lr"]),
            ),
            Mistake(
                "a step without its size",
                "You subtract the gradient itself. A step is α times the gradient.",
                changed(lr=lambda given: 1.0),
            ),
        ]
    if "steps" in names:
        found += [
            Mistake(
                "one step too many",
                "You go one step further than asked. Count your loop's rounds for `steps = 1`.",
                changed(steps=lambda given: given["steps"] + 1),
            ),
            Mistake(
                "one step too few",
                "You stop one step early. Count your loop's rounds for `steps = 1`.",
                changed(steps=lambda given: max(given["steps"] - 1, 0)),
            ),
            Mistake(
                "one step, whatever `steps` says",
                "You take a single step. Repeat it `steps` times. Does a `return` stand inside the "
                "loop?",
                changed(steps=lambda given: min(given["steps"], 1)),
            ),
        ]
    return found


def of_sums(reference: Callable) -> list[Mistake]:
    """A sum for a mean, or a mean for a sum, over something that was given."""

    def scaled(place: int, up: bool) -> Callable:
        def answer(*args, **kwargs):
            length = lengths([*args, *kwargs.values()])[place]
            return times(reference(*args, **kwargs), length if up else 1 / length)

        return answer

    return [
        Mistake(
            "a sum where a mean is meant" if up else "a mean where a sum is meant",
            "You add up where the task averages: divide by how many there are."
            if up
            else "Your numbers are divided once too often: by how many examples there are.",
            scaled(place, up),
        )
        for up in (True, False)
        for place in range(6)
    ]


def lengths(values: Sequence) -> list[int]:
    """The lengths of all tensors and lists in the arguments; IndexError beyond the last of them."""
    found = []
    for value in values:
        if isinstance(value, Tensor) and value.ndim:
            found.append(len(value))
        elif isinstance(value, list | tuple):
            found += [len(value), *lengths(value)]
    return found


def times(value: Any, number: float) -> Any:
    """All numbers of a value, times `number`."""
    if isinstance(value, list | tuple):
        return [times(part, number) for part in value]
    return value * number


RESULTS: tuple[tuple[str, str, Callable], ...] = (
    (
        "the wrong sign",
        "All your numbers have the wrong sign.",
        lambda value: times(value, -1),
    ),
    (
        "half of it",
        "All your numbers are half of the expected ones. Is a factor 2 missing?",
        lambda value: times(value, 0.5),
    ),
    (
        "twice as much",
        "All your numbers are twice the expected ones. Is a factor 2 in it twice?",
        lambda value: times(value, 2),
    ),
    (
        "rows and columns exchanged",
        "Your result is the expected one, transposed. Which index comes first?",
        lambda value: swapped_axes(value),
    ),
    (
        "in reverse order",
        "You have the right numbers in reverse order. A list that was filled backwards must be "
        "turned round at the end.",
        lambda value: value.flip(0),
    ),
    (
        "one number instead of several",
        "You average over all that should be told apart. Keep a number for each.",
        lambda value: averaged(value, None),
    ),
    (
        "averaged over the other axis",
        "You average over the first axis, which should stay.",
        lambda value: averaged(value, 0),
    ),
    (
        "one number instead of several",
        "You add up all that should be told apart. Keep a number for each.",
        lambda value: added(value),
    ),
    (
        "only the last of several",
        "You return the last of the values that are asked for. Collect them, and return them all.",
        lambda value: several(value)[-1],
    ),
    (
        "only the first of several",
        "You return the first of the values that are asked for. Does a `return` stand inside the "
        "loop?",
        lambda value: several(value)[0],
    ),
    (
        "the squares",
        "Your numbers are the squares of the expected ones.",
        lambda value: value.square(),
    ),
    (
        "a root too much",
        "Your numbers are the roots of the expected ones.",
        lambda value: value.sqrt(),
    ),
)  # fmt: skip


def of_results(reference: Callable) -> list[Mistake]:
    """Mistakes that amount to something done to the result."""

    def after(change: Callable) -> Callable:
        return lambda *args, **kwargs: change(tensor(reference(*args, **kwargs)))

    return [Mistake(name, says, after(change)) for name, says, change in RESULTS]


def tensor(value: Any) -> Tensor:
    """A result as a tensor; TypeError for anything else."""
    value = plain(value)
    if not isinstance(value, Tensor):
        raise TypeError("no tensor")
    return value


def several(value: Tensor) -> Tensor:
    """A tensor with an axis; TypeError for a single number."""
    if not value.ndim:
        raise TypeError("one number")
    return value


def swapped_axes(value: Tensor) -> Tensor:
    """The transpose of a matrix; TypeError for anything else."""
    if value.ndim != 2:
        raise TypeError("no matrix")
    return value.T


def averaged(value: Tensor, axis: int | None) -> Tensor:
    """The mean over one axis or all of them."""
    if axis is not None and value.ndim < 2:
        raise TypeError("no second axis")
    value = several(value).double()
    return value.mean() if axis is None else value.mean(axis)


def added(value: Tensor) -> Tensor:
    """The sum of all numbers."""
    return several(value).sum()


# What walks: `loss(params, x, y)`, params (a tensor or a dictionary of them), support, lr, steps.
Walk = Callable[[Callable, Any, Sequence, float, int], list]


def combined(params: Any, slope: Any, rule: Callable[[Tensor, Tensor], Tensor]) -> Any:
    """`rule(parameter, slope)` for a tensor, or for each entry of a dictionary."""
    if isinstance(params, dict):
        return {name: rule(part, slope[name]) for name, part in params.items()}
    return rule(params, slope)


def walk(
    loss: Callable, theta: Any, support: Sequence, lr: float, steps: int, *, at_start=False,
    from_start=False, kept=False, detached=False, stale=False,
) -> list:  # fmt: skip
    """φ₀ … φ_K of gradient descent, with one fault.

    at_start: every gradient is taken at θ    from_start: every step begins at θ    kept: gradients
    add up from step to step    detached: they are constants    stale: each is one step old
    """
    path, kept_slope, old = [theta], None, None
    for _ in range(steps):
        slope = grad(loss)(theta if at_start else path[-1], *support)
        if detached:
            slope = combined(slope, slope, lambda one, _: one.detach())
        if kept and kept_slope is not None:
            slope = combined(slope, kept_slope, lambda one, other: one + other)
        kept_slope = slope
        used, old = (old if stale and old is not None else slope), slope
        begin = theta if from_start else path[-1]
        path.append(combined(begin, used, lambda p, g: p - lr * g))
    return path


INNER: tuple[tuple[str, str, dict], ...] = (
    (
        "always the gradient at the start",
        "All your steps use the gradient at the start. After a step the slope is another one: "
        "compute it anew at φ, inside the loop.",
        {"at_start": True},
    ),
    (
        "every step from θ",
        "Each of your steps begins at θ again. A step begins where the last one ended: put φ on "
        "both sides of the update.",
        {"from_start": True},
    ),
    (
        "old gradients kept",
        "Your gradients add up from step to step: `.backward()` adds to `.grad` and never empties "
        "it. Set `.grad = None` before each `.backward()`, or use `torch.autograd.grad`.",
        {"kept": True},
    ),
    (
        "a gradient one step late",
        "You compute the gradient, and use it only in the next step. Take it at the φ from which "
        "you step.",
        {"stale": True},
    ),
    (
        "silently first-order",
        "Your steps are constants for the outer gradient, so the Hessian is missing: the factor "
        "1 − αH. Take the inner gradient with `create_graph=True`, and don't detach it.",
        {"detached": True},
    ),
)


def inner_mistakes(build: Callable[[Walk], Callable], *, outer: bool) -> list[Mistake]:
    """The mistakes of an inner loop, in the function that `build` makes from a loop.

    `outer`: whether that function differentiates through the loop.
    """

    def faulty(how: dict) -> Walk:
        return lambda *inner: walk(*inner, **how)

    def counting_examples(loss, theta, support, lr, steps):
        return walk(loss, theta, support, lr, len(support[-1]))

    def summing(loss, theta, support, lr, steps):
        return walk(loss, theta, support, lr * len(support[-1]), steps)

    found = [
        Mistake(name, says, build(faulty(how)))
        for name, says, how in INNER
        if outer or "detached" not in how
    ]
    return [
        *found,
        Mistake(
            "shots confused with steps",
            "You take as many steps as there are examples. Shots are what the learner gets, steps "
            "how often it moves: loop over `range(steps)`.",
            build(counting_examples),
        ),
        Mistake(
            "a sum where a mean is meant",
            "Your steps are as long as there are examples: you add up their gradients. Divide by "
            "the number of examples.",
            build(summing),
        ),
    ]
