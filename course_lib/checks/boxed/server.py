"""The process in the box. It loads torch once, forks for every notebook, and passes bytes on.

It speaks over its standard input and output in frames of `multiprocessing`: a letter and bytes. "R"
ready, "J" a notebook begins, "D" data from or to its process, "K" end it, "E" it has ended, "L" it
has ended and left what can't be cleared away.

The forked process is closed in before any of the student's code runs. It does what it is asked:
run a cell, describe an answer, call a function, carry a gradient back.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from course_lib.checks import calling, costs
from course_lib.checks.boxed import cells, closing, front
from course_lib.checks.boxed.functions import Unpacker
from course_lib.checks.boxed.plainly import packed
from course_lib.checks.exercise import Slip
from course_lib.checks.limit import Stopped, within
from course_lib.checks.values import flowing

MOST_ASKED = 100  # answers of one cell
MOST_LETTERS = 2000
MOST_FILES = 20_000  # of a notebook: the smallest takes a kilobyte of the kernel's
SLOWEST = 60.0  # seconds until it has read what it is asked


def main() -> None:
    """Serves until its input ends."""
    source = Connection(os.dup(0), writable=False)
    sink = Connection(os.dup(1), readable=False)
    for number in (0, 1, 2):
        os.dup2(os.open(os.devnull, os.O_RDWR), number)
    sys.dont_write_bytecode = True
    front.stand_in()
    torch.func.hessian(lambda x: x**2)(torch.zeros(()))  # what a first derivative loads
    with contextlib.suppress(ImportError):  # what many notebooks show, once for all of them
        import_module("course_lib.scenes.plots")
    closing.unreadable(True)
    sink.send_bytes(b"R" + closing.addresses())
    with contextlib.suppress(EOFError):
        while True:
            frame = source.recv_bytes()
            if frame[:1] != b"J":  # "K" for what had ended by itself
                continue
            if not (helper := os.fork()):  # what passes through it is gone with it
                status = 1
                try:
                    serve_one(json.loads(frame[1:]), source, sink)
                    status = 0
                finally:
                    os._exit(status)
            if os.waitpid(helper, 0)[1]:
                break
    os._exit(0)


def serve_one(order: dict[str, Any], source: Connection, sink: Connection) -> None:
    """A process for one notebook: bytes go to and fro until it ends."""
    os.chdir(order["folder"])
    to_child, from_me = os.pipe()
    to_me, from_child = os.pipe()
    child = os.fork()
    if not child:
        source.close()
        sink.close()
        os.close(from_me)
        os.close(to_me)
        work(order, to_child, from_child)
    os.close(to_child)
    os.close(from_child)
    try:
        pass_on(source, sink, from_me, to_me, own_disk=order["own disk"])
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    sink.send_bytes(b"E" if emptied(Path(order["folder"])) else b"L")


def pass_on(
    source: Connection, sink: Connection, from_me: int, to_me: int, *, own_disk: bool
) -> None:
    """Passes bytes on until the child closes its end, is to be ended, or has made too many files.

    It never waits for a judge who doesn't read: the judge may be about to ask something long.
    """
    while True:
        ready, _, _ = select.select([source, to_me], [], [], 1.0)
        disk, free = os.statvfs("."), []
        if own_disk and disk.f_files - disk.f_ffree > MOST_FILES:
            return
        if to_me in ready:
            ready, free, _ = select.select([source], [sink], [])
        if free:
            part = os.read(to_me, select.PIPE_BUF - 5)  # with its head, a pipe takes it at once
            if not part:
                return
            sink.send_bytes(b"D" + part)
        if source in ready:
            frame = source.recv_bytes()
            if frame[:1] == b"K":
                return
            view, until = memoryview(frame)[1:], time.monotonic() + SLOWEST
            while view:
                left = until - time.monotonic()
                if left < 0 or not select.select([], [from_me], [], left)[1]:
                    return  # it doesn't read what it is asked
                try:
                    view = view[os.write(from_me, view[:4096]) :]
                except OSError:  # it has ended
                    return


def emptied(folder: Path) -> bool:
    """Takes away what a notebook has left, if that can be done."""
    try:
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    except (OSError, RecursionError):  # no rights, or a folder in a folder in a folder …
        return False
    return True


def work(order: dict[str, Any], source: int, sink: int) -> None:
    """One notebook, in a process of its own."""
    try:
        if sys.platform.startswith("linux"):
            torch.set_num_threads(1)
        closing.unreadable(False)
        force = closing.close(order["memory"], order["seconds"])
        front.stages.update(order["stages"])
        Notebook(source, sink).serve(force)
    finally:
        os._exit(0)


class Notebook:
    """The names of a notebook, and the answers that were shown so far."""

    def __init__(self, source: int, sink: int):
        self.source, self.sink = open(source, "rb", closefd=False), sink  # noqa: SIM115
        self.names: dict[str, Any] = {"__name__": "__main__", "display": front.nothing}
        self.names["get_ipython"] = cells.Jupyter
        self.answers: list[Any] = []

    def serve(self, force: list[str]) -> None:
        """Does what it is asked until nobody asks."""
        self.send({"force": force})
        with contextlib.suppress(EOFError):
            while True:
                self.do(*self.receive())

    def do(self, what: str, given: tuple) -> None:
        """Does one job, `cell` or another method, and sends what comes of it."""
        self.send(getattr(self, what)(*given))

    def send(self, message: dict[str, Any]) -> None:
        """Sends a message."""
        with open(self.sink, "wb", closefd=False) as sink:
            sink.write(packed(message))

    def receive(self) -> Any:
        """What the judge says next. Errors: EOFError."""
        return Unpacker(self.source, self.caller).load()

    def caller(self, number: int) -> Callable:
        """A function that the judge runs."""

        def callback(*args: Any) -> Any:
            self.send({"callback": number, "args": list(args)})
            fine, value = self.receive()
            if fine:
                return value
            name, reason = value
            raise {"ValueError": ValueError, "TypeError": TypeError}.get(name, RuntimeError)(reason)

        return callback

    def cell(self, source: str, name: str, seconds: float, by_work: bool) -> dict[str, Any]:
        """Runs a cell: why it stopped, or "", and what it asks to be judged."""
        cells.remember(source, name)
        front.asked.clear()
        trouble = ""
        try:
            code = cells.program(source, name)
            within(seconds, lambda: cells.execute(code, self.names), by_work=by_work)
        except Stopped:
            trouble = f"The cell ran for {seconds:g} s and was stopped."
        except BaseException as problem:  # a student's code may raise anything
            trouble = cells.what_went_wrong(problem, name)
        asked = [(str(key), self.described(answer)) for key, answer in front.asked[:MOST_ASKED]]
        return {"trouble": trouble[:MOST_LETTERS], "asked": asked}

    def named(self, *given: Any) -> dict[str, Any]:
        """What stands under these names, as an answer. (A time limit comes last, unused.)"""
        names = given[:-2]
        if not all(name in self.names for name in names):
            return {"missing": True}
        found = tuple(self.names[name] for name in names)
        return {"answer": self.described(found if len(found) > 1 else found[0])}

    def described(self, answer: Any) -> tuple:
        """("function", number), ("class", name), ("widget", fields) or ("value", value)."""
        if isinstance(answer, type):
            return "class", answer.__name__
        if callable(answer):
            self.answers.append(answer)
            return "function", len(self.answers) - 1
        state = getattr(answer, "state", None)
        if is_dataclass(state) and hasattr(answer, "inputs"):
            return "widget", {field.name: getattr(state, field.name) for field in fields(state)}
        return "value", answer

    def untouched(self, number: int, given: str, *_: Any) -> dict[str, Any]:
        """Whether a function is still its stub."""
        return {"untouched": calling.is_untouched(self.answers[number], given)}

    def call(self, number: int, args: list, kwargs: dict, *limit: Any) -> dict[str, Any]:
        """What a function gives."""
        return self.limited(number, lambda f: calling.call(f, args, kwargs), *limit)

    def watched(self, number: int, what: str, args: list, *limit: Any) -> dict[str, Any]:
        """What a function costs ("cost"), or what it gives, and why ("picked")."""
        return self.limited(number, lambda f: getattr(costs, what)(f, *args), *limit)

    def back(self, number: int, args: list, slopes: list, *limit: Any) -> dict[str, Any]:
        """Slopes of a function's results, carried back to its arguments."""

        def carried(function: Callable) -> list[torch.Tensor]:
            leaves, results = flowing(args), flowing(function(*args))
            found = torch.autograd.grad(results, leaves, slopes, allow_unused=True)
            zeros = [torch.zeros_like(leaf) for leaf in leaves]
            return [z if s is None else s for s, z in zip(found, zeros, strict=True)]

        return self.limited(number, carried, *limit)

    def limited(self, number: int, job: Callable, seconds: float, by_work: bool) -> dict[str, Any]:
        """What a job gives in so many seconds, or why it gives nothing."""
        function = self.answers[number]
        try:
            with torch.inference_mode(False), torch.enable_grad():
                torch.set_default_dtype(torch.float32)
                return {"value": within(seconds, lambda: job(function), by_work=by_work)}
        except Slip as slip:
            return {"slip": [slip.name, slip.says, slip.is_attempt]}
        except Stopped as stopped:
            return {"stopped": calling.where(stopped.__traceback__, function)}
        except BaseException as problem:  # a student's code may raise anything
            name, says = calling.told(problem, function)
            return {"slip": [name, says, True]}


if __name__ == "__main__":
    main()
