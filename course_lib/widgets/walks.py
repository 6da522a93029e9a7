"""Paths of inner steps that are walked once: a longer one goes on where a known one ends, a shorter
one is cut from it (notebooks 04 and 06)."""

import threading
from collections.abc import Callable, Hashable
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.ground.types import Params


class Walked(NamedTuple):
    """φ at the end of a path, and what is shown of φ₀, φ₁, …, stacked on axis 0."""

    phi: Params
    shown: Tensor


class Walks:
    """The paths of a widget by their key: all that a path depends on but its length.

    `begin(key)` is the path of no steps. `go_on(key, phi, steps)` are `steps` more from φ on: φ at
    their end, and what is shown of them. The longest path of each of the last `most` keys is kept.
    A path is the same whether it is walked at once or bit by bit.
    """

    def __init__(
        self,
        begin: Callable[..., Walked],
        go_on: Callable[..., Walked],
        *,
        most: int,
    ):
        self.begin, self.go_on, self.most = begin, go_on, most
        self.known: dict[Hashable, Walked] = {}
        self.lock = threading.Lock()

    def upto(self, key: Hashable, steps: int) -> Tensor:
        """What is shown of φ₀, …, φ_steps, on axis 0."""
        path = self.known.get(key) or self.begin(key)
        if (more := steps + 1 - len(path.shown)) > 0:
            phi, shown = self.go_on(key, path.phi, more)
            path = Walked(phi, torch.cat([path.shown, shown]))
        with self.lock:  # a path is never changed: who walks it meanwhile has the old one
            self.known.pop(key, None)
            self.known[key] = path
            while len(self.known) > self.most:
                self.known.pop(next(iter(self.known)))
        return path.shown[: steps + 1]
