"""Work that goes on by itself, in slices between which the kernel hears the page (notebook 04).

A widget whose state has a field `running` gives `advance(state) -> state`, one small piece of work.
While `running` is True the kernel's main loop repeats it for `SLICE` seconds, draws the picture,
listens for `BREATH` seconds, and goes on. It ends when `advance` returns a state that is not
running, at a button that says so, at an interrupt or an error, and when the widget is closed. No
thread works beside a cell: while a cell runs, the work waits.
"""

import asyncio
import signal
import threading
import time
from dataclasses import replace

from course_lib.training.loop import deferred_interrupt

SLICE = 0.12  # seconds of work from picture to picture
BREATH = 0.02  # seconds for the kernel to hear what the reader has done


class Slices:
    """The work of one displayed widget, cut into slices."""

    def __init__(self, live):
        self.live, self.closed, self.waiting, self.noted = live, False, False, False
        self.late: Exception | None = None
        self.loop = _main_loop()

    def go_on(self) -> None:
        """Ask for the next slice, if the state is running; any thread may call it."""
        running = getattr(self.live.state, "running", False) and not self.closed
        if running and not self.waiting and self.loop and not self.loop.is_closed():
            self.waiting = True
            self.loop.call_soon_threadsafe(self.loop.call_later, BREATH, self.take)

    def take(self) -> None:
        """One slice of work and its picture, in the main thread; then ask for the next."""
        with self.live.lock, deferred_interrupt() as interrupted:
            self.waiting = False
            if self.live.state.running and not self.closed:
                self.live.go_further(lambda: self._advanced(interrupted))
                self.go_on()
        self._watch()

    def _advanced(self, interrupted):
        """The state after `SLICE` seconds of work; an interrupt ends it.

        What was done before an error is drawn first. The error is raised in the next slice.
        """
        if late := self.late:
            self.late = None
            raise late
        state, until = self.live.state, time.monotonic() + SLICE
        while state.running and time.monotonic() < until and not (interrupted() or self.noted):
            try:
                state = self.live.widget.advance(state)
            except Exception as problem:
                self.late = problem
                break
        return replace(state, running=False) if interrupted() or self.noted else state

    def _watch(self) -> None:
        """Between slices an interrupt is noted; a kernel without work is left as it was.

        A kernel that runs no cell ignores interrupts.
        """
        if threading.current_thread() is not threading.main_thread():
            return
        now = signal.getsignal(signal.SIGINT)
        if self.waiting and now is signal.SIG_IGN:
            signal.signal(signal.SIGINT, self._note)
        elif not self.waiting:
            self.noted, self.late = False, None
            if now == self._note:
                signal.signal(signal.SIGINT, signal.SIG_IGN)

    def _note(self, *_) -> None:
        self.noted = True


def _main_loop() -> asyncio.AbstractEventLoop | None:
    """The loop in which the kernel runs cells; None where none runs."""
    if threading.current_thread() is not threading.main_thread():
        return None
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
