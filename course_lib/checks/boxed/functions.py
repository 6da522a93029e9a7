"""Arguments on their way into a student's process, where losses and the like are functions.

The judge packs, the student's process unpacks; the other way is closed. A plain function crosses as
its code, with the names that it uses and no others. What keeps a memory, such as a cell that notes
its inputs, stays with the judge, and is called back.
"""

import builtins
import importlib
import inspect
import io
import marshal
import pickle
import types
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import torch

QUESTIONS = "course_lib.checks.questions"  # modules that the student's process doesn't have


class Packer(pickle.Pickler):
    """Pickles for a process that lacks the questions. `kept` holds what stays here."""

    def __init__(self, file: io.BytesIO):
        super().__init__(file, protocol=5)
        self.kept: list[Any] = []
        self.functions: list[types.FunctionType] = []  # that crossed as code

    def persistent_id(self, value: Any) -> int | None:
        """The number of what is called back: an object of a question's own that can be called."""
        is_a_questions = type(value).__module__.startswith(QUESTIONS)
        if not (is_a_questions and callable(value)):
            return None
        self.kept.append(value)
        return len(self.kept) - 1

    def reducer_override(self, value: Any) -> Any:
        """How functions and tensors are made anew."""
        if isinstance(value, types.FunctionType) and crosses_as_code(value):
            value = inspect.unwrap(value)  # tests wrap what they watch
            self.functions.append(value)
            code = value.__code__
            start = (marshal.dumps(code), value.__name__, len(value.__closure__ or ()))
            state = {
                "globals": {n: value.__globals__[n] for n in names(code) if n in value.__globals__},
                "defaults": value.__defaults__,
                "kwdefaults": value.__kwdefaults__,
                "cells": [cell.cell_contents for cell in value.__closure__ or ()],
            }
            return hollow, start, state, None, None, filled
        if type(value) is torch.Tensor and value.layout == torch.strided:
            raw = value.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
            return tensor, (raw, value.dtype, tuple(value.shape), value.requires_grad)
        if isinstance(value, types.ModuleType):
            return importlib.import_module, (value.__name__,)
        if isinstance(value, type) and value.__module__ == "learn2learn.algorithms.maml":
            from course_lib.maml.oracle import learn2learn_maml

            return learn2learn_maml, ()
        return NotImplemented


def crosses_as_code(function: types.FunctionType) -> bool:
    """Whether the other side can't import it."""
    return function.__module__.startswith(QUESTIONS) or "<" in function.__qualname__


def names(code: types.CodeType) -> Iterator[str]:
    """All names that a function uses, those inside it too."""
    yield from code.co_names
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            yield from names(part)


def pack(message: Any) -> tuple[bytes, list[Any]]:
    """The bytes of a message, and what is called back by number."""
    file = io.BytesIO()
    packer = Packer(file)
    packer.dump(message)
    return file.getvalue(), packer.kept


class Unpacker(pickle.Unpickler):
    """Makes the arguments anew. `caller(number)` gives a function that calls back."""

    def __init__(self, file: BinaryIO, caller: Callable[[int], Callable]):
        super().__init__(file)
        self.caller = caller

    def persistent_load(self, number: int) -> Callable:
        """A function in the place of what stayed with the judge."""
        return self.caller(number)


def hollow(code: bytes, name: str, cells: int) -> types.FunctionType:
    """A function that knows no names yet: one of them may be its own."""
    closure = tuple(types.CellType() for _ in range(cells))
    scope = {"__builtins__": builtins, "__name__": "question"}
    return types.FunctionType(marshal.loads(code), scope, name, None, closure)


def filled(function: types.FunctionType, state: dict[str, Any]) -> None:
    """Gives a function its names."""
    function.__globals__.update(state["globals"])
    function.__defaults__, function.__kwdefaults__ = state["defaults"], state["kwdefaults"]
    for cell, content in zip(function.__closure__ or (), state["cells"], strict=True):
        cell.cell_contents = content


def tensor(raw: bytes, dtype: torch.dtype, shape: tuple, flows: bool) -> torch.Tensor:
    """A tensor of these bytes."""
    found = torch.frombuffer(bytearray(raw), dtype=dtype) if raw else torch.empty(0, dtype=dtype)
    return found.reshape(shape).requires_grad_(flows)
