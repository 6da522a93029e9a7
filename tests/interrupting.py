"""Ctrl-C in the middle of a training, always at the same place."""

from contextlib import contextmanager

from course_lib.training import loop


@contextmanager
def interrupt_at(iteration):
    """Ctrl-C is pressed during that iteration, whatever the objective."""
    real = loop.deferred_interrupt

    @contextmanager
    def pressed():
        with real() as interrupted:
            asked = iter(range(iteration + 1))
            yield lambda: interrupted() or next(asked) == iteration

    loop.deferred_interrupt = pressed
    try:
        yield
    finally:
        loop.deferred_interrupt = real
