"""The kernel of attention that can be derived twice, while any thread computes a loss
(notebooks 04 and 05).

PyTorch has one such setting for all threads. So who comes first sets it, and who goes last puts it
back: a widget may be answering in one thread while a cell, or work ahead, computes in another.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from torch.nn.attention import SDPBackend, sdpa_kernel

_LOCK, _SETTING = threading.Lock(), ExitStack()
_users = 0


@contextmanager
def twice_derivable() -> Iterator[None]:
    """Inside, attention has PyTorch's plain kernel: the others can't be derived twice."""
    global _users
    with _LOCK:
        if not _users:
            _SETTING.enter_context(sdpa_kernel(SDPBackend.MATH))
        _users += 1
    try:
        yield
    finally:
        with _LOCK:
            _users -= 1
            if not _users:
                _SETTING.close()
