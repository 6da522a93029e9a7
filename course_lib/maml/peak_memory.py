"""The peak of the memory that a piece of torch code uses, counted instead of sampled (notebook 05).

A process's size jumps in pages and hides what was freed. Here every tensor is counted when an
operation makes it and again when its last owner lets go of it, so the number is the same on every
run and on every machine.
"""

import weakref
from collections.abc import Callable

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class _Meter(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.now = self.peak = 0
        self.seen = weakref.WeakSet()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        before = {t.untyped_storage() for t in tree_leaves((args, kwargs)) if isinstance(t, Tensor)}
        for leaf in tree_leaves(out):
            if isinstance(leaf, Tensor):
                storage = leaf.untyped_storage()
                if storage not in self.seen and storage not in before:
                    self._count(storage)
        return out

    def _count(self, storage) -> None:
        size = storage.nbytes()
        self.seen.add(storage)
        self.now += size
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._release, size).atexit = False

    def _release(self, size: int) -> None:
        self.now -= size


def peak_bytes(compute: Callable[[], object]) -> int:
    """Largest number of bytes held at once by tensors that `compute()` makes.

    What existed before the call is not counted, nor is scratch space inside a single operation.
    """
    with _Meter() as meter:
        compute()
    return meter.peak
