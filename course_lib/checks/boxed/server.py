"""The process in the box. It loads torch once, forks for every notebook, and passes bytes on.

It speaks over its standard input and output in frames: a letter, a length, bytes. "R" ready, "J" a
notebook begins, "D" data from or to the notebook's process, "K" end it, "E" it has ended.

The forked process is closed in before any of the student's code runs. It does what it is asked:
run a cell, describe an answer, call a function, carry a gradient back.
"""

import contextlib
import io
import json
import os
import select
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from importlib import import_module
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

CHUNK = 1 << 18
MOST_ASKED = 100  # answers of one cell
MOST_LETTERS = 2000


def main() -> None:
    """Serves until its input ends."""
    source, sink = os.dup(0), os.dup(1)
    for number in (0, 1, 2):
        os.dup2(os.open(os.devnull, os.O_RDWR), number)
    sys.dont_write_bytecode = True
    front.stand_in()
    torch.func.hessian(lambda x: x**2)(torch.zeros(()))  # what a first derivative loads
    with contextlib.suppress(ImportError):  # what many notebooks show, once for all of them
        import_module("course_lib.scenes.plots")
    closing.unreadable(True)
    frame(sink, b"R", closing.addresses())
    with contextlib.suppress(EOFError):
        while True:
            letter, body = read_frame(source)
            if letter != b"J":  # "K" for what had ended by itself
                continue
            if not (helper := os.fork()):  # what passes through it is gone with it
                passed_on(json.loads(body), source, sink)
            os.waitpid(helper, 0)
    os._exit(0)


def write(sink: int, content: bytes) -> None:
    """Writes it all."""
    view = memoryview(content)
    while view:
        view = view[os.write(sink, view[:CHUNK]) :]


def frame(sink: int, letter: bytes, body: bytes = b"") -> None:
    """Writes a frame."""
    write(sink, letter + len(body).to_bytes(4, "big") + body)


def read_exactly(source: int, number: int) -> bytes:
    """So many bytes. Errors: EOFError."""
    found = b""
    while len(found) < number:
        part = os.read(source, min(number - len(found), CHUNK))
        if not part:
            raise EOFError
        found += part
    return found


def read_frame(source: int) -> tuple[bytes, bytes]:
    """A frame. Errors: EOFError."""
    head = read_exactly(source, 5)
    return head[:1], read_exactly(source, int.from_bytes(head[1:], "big"))


def passed_on(order: dict[str, Any], source: int, sink: int) -> None:
    """Serves one notebook, and leaves: the next one is forked from a process that saw nothing."""
    try:
        serve_one(order, source, sink)
    finally:
        os._exit(0)


def serve_one(order: dict[str, Any], source: int, sink: int) -> None:
    """A process for one notebook: bytes go to and fro until it ends."""
    emptied(Path(order["folder"]))
    to_child, from_me = os.pipe()
    to_me, from_child = os.pipe()
    child = os.fork()
    if not child:
        for number in (source, sink, from_me, to_me):
            os.close(number)
        work(order, to_child, from_child)
    os.close(to_child)
    os.close(from_child)
    try:
        pass_on(source, sink, from_me, to_me, child)
    finally:
        os.close(from_me)
        os.close(to_me)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    frame(sink, b"E")


def pass_on(source: int, sink: int, from_me: int, to_me: int, child: int) -> None:
    """Passes bytes on until the child closes its end, or is to be ended."""
    while True:
        ready, _, _ = select.select([source, to_me], [], [])
        if to_me in ready:
            part = os.read(to_me, CHUNK)
            if not part:
                return
            frame(sink, b"D", part)
        if source in ready:
            letter, body = read_frame(source)
            if letter == b"K":
                return
            view = memoryview(body)
            while view:
                _, free, _ = select.select([], [from_me], [], 60)
                if not free:
                    return  # it doesn't read what it is asked
                try:
                    view = view[os.write(from_me, view[:4096]) :]
                except OSError:  # it has ended
                    return


def emptied(folder: Path) -> None:
    """Takes away what an earlier notebook has left, and goes there."""
    folder.mkdir(exist_ok=True)
    os.chdir(folder)
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


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
        self.source, self.sink = source, sink
        self.names: dict[str, Any] = {"__name__": "__main__", "display": front.nothing}
        self.names["get_ipython"] = cells.Jupyter
        self.answers: list[Any] = []
        self.jobs: dict[str, Callable] = {
            "cell": self.cell, "named": self.named, "call": self.call, "cost": self.cost,
            "picked": self.picked, "back": self.back, "untouched": self.untouched,
        }  # fmt: skip

    def serve(self, force: list[str]) -> None:
        """Does what it is asked until nobody asks."""
        self.send({"force": force})
        with contextlib.suppress(EOFError):
            while True:
                what, given = self.receive()
                self.send(self.jobs[what](*given))

    def send(self, message: dict[str, Any]) -> None:
        """Sends a message."""
        write(self.sink, packed(message))

    def receive(self) -> Any:
        """What the judge says next."""
        length = int.from_bytes(read_exactly(self.source, 8), "big")
        return Unpacker(io.BytesIO(read_exactly(self.source, length)), self.caller).load()

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
        return self.limited(number, lambda f: {"value": calling.call(f, args, kwargs)}, *limit)

    def cost(self, number: int, loss: Callable, args: list, *limit: Any) -> dict[str, Any]:
        """What a function costs."""
        return self.limited(number, lambda f: {"value": costs.cost(f, loss, *args)}, *limit)

    def picked(self, number: int, args: list, *limit: Any) -> dict[str, Any]:
        """What a function gives, and whether a NaN decided it."""
        return self.limited(number, lambda f: {"value": costs.picked(f, *args)}, *limit)

    def back(self, number: int, args: list, slopes: list, *limit: Any) -> dict[str, Any]:
        """Slopes of a function's results, carried back to its arguments."""

        def carried(function: Callable) -> dict[str, Any]:
            leaves, results = flowing(args), flowing(function(*args))
            found = torch.autograd.grad(results, leaves, slopes, allow_unused=True)
            zeros = [torch.zeros_like(leaf) for leaf in leaves]
            return {"value": [z if s is None else s for s, z in zip(found, zeros, strict=True)]}

        return self.limited(number, carried, *limit)

    def limited(self, number: int, job: Callable, seconds: float, by_work: bool) -> dict[str, Any]:
        """What a job gives in so many seconds, or why it gives nothing."""
        function = self.answers[number]
        try:
            with torch.inference_mode(False), torch.enable_grad():
                torch.set_default_dtype(torch.float32)
                return within(seconds, lambda: job(function), by_work=by_work)
        except Slip as slip:
            return {"slip": [slip.name, slip.says, slip.is_attempt]}
        except Stopped as stopped:
            return {"stopped": calling.where(stopped.__traceback__, function)}
        except BaseException as problem:  # a student's code may raise anything
            name, says = calling.told(problem, function)
            return {"slip": [name, says, True]}


if __name__ == "__main__":
    main()
