"""A time limit for somebody else's code, in the thread that calls it, on every system.

In the main thread a second thread sends the signal of Ctrl-C, which also ends a `time.sleep`. In
any other thread it plants an exception. It repeats until the code gives in. Code that catches
everything is interrupted again inside its `except`.
"""

import ctypes
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, no_type_check

OURS = str(Path(__file__).parent)
AGAIN = 0.5  # seconds; long enough for everything to be tidied up after the first interruption


class Stopped(BaseException):
    """The time is over. Not an `Exception`, so that `except Exception` lets it pass."""

    def __init__(self, place: str | None = None):
        super().__init__()
        self.place = place  # where it was, if that is known


def within(seconds: float, job: Callable[[], Any], *, by_work: bool = False) -> Any:
    """The value of `job()`; `Stopped` where it takes longer than `seconds`.

    With `by_work` the seconds are those of the processor, so that a busy machine costs nobody the
    verdict; ten times as many by the clock are the end too. The limit holds for Python code: a
    single call into C that never returns cannot be stopped.
    """
    me, in_main = threading.get_ident(), threading.current_thread() is threading.main_thread()
    over = done = False
    ended = threading.Event()

    @no_type_check  # what follows runs in the midst of other code: nothing may wrap it
    def on_signal(number, frame):
        if not over:
            signal.default_int_handler(number, frame)  # the student's own Ctrl-C
        elif not done:
            raise_at_next_line(frame)  # once more, should the code catch this one
            raise Stopped

    @no_type_check
    def tracer(frame, event, arg):
        if event == "line" and not done:
            raise Stopped

    @no_type_check
    def raise_at_next_line(frame):
        while frame and not frame.f_code.co_filename.startswith(OURS):
            frame.f_trace, frame = tracer, frame.f_back
        sys.settrace(tracer)

    def watch():
        nonlocal over
        worked, began = time.process_time(), time.monotonic()
        if not by_work:
            ended.wait(seconds)
        while by_work and not done and time.process_time() - worked < seconds:
            if time.monotonic() - began > 10 * seconds:
                break
            ended.wait(AGAIN)
        over = True
        while not done:
            if in_main and hasattr(signal, "pthread_kill"):
                signal.pthread_kill(me, signal.SIGINT)
            elif in_main:
                signal.raise_signal(signal.SIGINT)
            else:
                plant(me, Stopped)
            ended.wait(AGAIN if in_main else AGAIN / 10)

    def settle():
        ended.set()
        watcher.join()

    watcher = threading.Thread(target=watch, daemon=True)
    old_trace = sys.gettrace()
    old_handler = signal.signal(signal.SIGINT, on_signal) if in_main else None
    try:
        watcher.start()
        try:
            return job()
        finally:
            done = True
    finally:
        done = True  # from here on nothing is interrupted
        try:
            settle()
        except Stopped:  # planted a moment too late
            settle()
        if in_main:
            signal.signal(signal.SIGINT, old_handler)
            sys.settrace(old_trace)


def plant(thread: int, exception: type[BaseException]) -> None:
    """Lets `exception` appear in a thread at its next step. It can't be taken back.

    (Planting NULL, which the C API offers for that, makes a traced Python 3.11 hang.)
    """
    planted = ctypes.py_object(exception)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), planted)
