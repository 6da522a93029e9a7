"""Calling a student's function: whatever goes wrong in it becomes a `Slip` with a sentence."""

import contextlib
import copy
import inspect
import io
import linecache
import traceback
import types
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from course_lib.checks.exercise import Slip
from course_lib.checks.limit import Stopped
from course_lib.checks.torch_errors import explained
from course_lib.checks.values import kind, same, shown, tensors

EMPTY = ("def stub(): ...", "def stub():\n    'what it is'\n    ...")  # Python sees two forms
LEAVING = (SystemExit, GeneratorExit)
MOST_PRINTED = 10_000  # letters
watchers: list[Callable[[Any], None]] = []  # are shown all that a student's function is given


class Elsewhere:
    """A student's function that runs in another process.

    Whoever serves it gives `call`, `cost`, `picked`, `is_untouched` and `within`, which do what
    the functions of these names do here, and `__call__`, the function's own value: gradients flow
    back through it once.
    """


class Gone(BaseException):
    """The process of a function that runs elsewhere has ended. The message says why, if known."""


class FromElsewhere(Slip):
    """What went wrong in a function that runs elsewhere: it passes through every `call`."""


class Printed(io.StringIO):
    """The beginning of what a function prints: an endless loop may print without end."""

    def write(self, text: str) -> int:
        if self.tell() < MOST_PRINTED:
            super().write(text[:MOST_PRINTED])
        return len(text)


def must_be_function(answer: Any) -> None:
    """A `Slip` for anything that isn't a function."""
    if isinstance(answer, type):
        says = f"`{answer.__name__}` is a class. This exercise asks for a function: `def …`."
        raise Slip("a class instead of a function", says, is_attempt=False)
    if not callable(answer):
        says = (
            f"The check got {kind(answer)}, and wants the function itself. Give its name without "
            "brackets: `my_function`, not `my_function(…)`."
        )
        raise Slip("a value instead of a function", says, is_attempt=False)


def call(answer: Callable, args: Sequence = (), kwargs: Mapping[str, Any] | None = None) -> Any:
    """What the student's function returns for copies of these arguments; never None.

    Raises a `Slip` for a signature that doesn't fit, an exception, a print instead of a return,
    None, a number that is no number, and for inputs that were changed in place.
    """
    given, named = fresh(list(args)), fresh(dict(kwargs or {}))
    if not isinstance(answer, Elsewhere):
        check_signature(answer, given, named)
    for watch in watchers:
        watch((given, named))
    if isinstance(answer, Elsewhere):
        value = answer.call(given, named)
        check_value(value, "")
        return value
    before, printed = fresh((given, named)), Printed()
    try:
        with contextlib.redirect_stdout(printed), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = answer(*given, **named)
    except (KeyboardInterrupt, Stopped, Gone, FromElsewhere):
        raise
    except BaseException as problem:  # a student may raise anything
        raise Slip(*told(problem, answer)) from None
    if not same(tensors(before), tensors((given, named)), 0.0):
        says = (
            "Your function changes what it is given: after the call, an argument holds other "
            "numbers. Make a new value, `phi = phi - …`, in place of `phi -= …` or `phi[0] = …`."
        )
        raise Slip("inputs changed in place", says)
    check_value(value, printed.getvalue())
    return value


def check_signature(answer: Callable, args: list, kwargs: dict) -> None:
    """A `Slip` where the function can't be called in this way."""
    try:
        inspect.signature(answer).bind(*args, **kwargs)
    except TypeError:
        names = [f"{len(args)} argument{'s' * (len(args) != 1)}"] if args else []
        names += [f"`{name}=…`" for name in kwargs]
        has = str(inspect.signature(answer))
        says = f"The check calls it with {', '.join(names) or 'nothing'}; yours takes `{has}`."
        raise Slip("arguments that don't fit", says) from None
    except ValueError:  # some built-in functions don't say what they take
        return


def check_value(value: Any, printed: str) -> None:
    """A `Slip` for a returned value that can't be an answer."""
    if value is None and printed.strip():
        line = printed.strip().splitlines()[-1][:60]
        says = f"Your function prints “{line}” and returns nothing. Write `return` for `print`."
        raise Slip("print instead of return", says)
    if value is None:
        says = "Your function returns nothing (None). Is the `return` line missing?"
        raise Slip("no return", says)
    if value is ...:
        raise Slip("still the stub", "Your function returns `...`.", is_attempt=False)
    if inspect.isgenerator(value) or callable(value):
        what = "a generator: `return` a value, don't `yield`" if not callable(value) else (
            "a function: call it, and return what it gives"
        )  # fmt: skip
        raise Slip("a recipe instead of a value", f"Your function returns {what}.")


def check_finite(value: Any) -> None:
    """A `Slip` for NaN or infinity anywhere in the value."""
    for tensor in tensors(value):
        if tensor.is_floating_point() and not tensor.isfinite().all():
            word = "NaN (not a number)" if tensor.isnan().any() else "infinite"
            says = (
                f"Your result {shown(value)} is {word}. Look for a division by zero, the log of "
                "zero, or a step that is far too large."
            )
            raise Slip("not a finite number", says)


def fresh(value: Any) -> Any:
    """A copy that shares no memory with `value`, its decimal numbers in the default precision.

    Functions and other objects stay as they are.
    """
    if isinstance(value, Tensor):
        copied = value.detach().clone()
        if copied.is_floating_point():  # a task's text speaks of no precision
            copied = copied.to(torch.get_default_dtype())
        return copied.requires_grad_(value.requires_grad)
    if isinstance(value, torch.nn.Module):
        return copy.deepcopy(value)
    if isinstance(value, torch.Generator):
        return torch.Generator(value.device).set_state(value.get_state())
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(fresh, value))
    if isinstance(value, list | tuple):
        return type(value)(map(fresh, value))
    if isinstance(value, dict):
        return {key: fresh(part) for key, part in value.items()}
    return copy.deepcopy(value) if hasattr(value, "__array__") else value


def told(problem: BaseException, answer: Callable) -> tuple[str, str]:
    """An exception in the student's code as a name and a sentence that says where it was."""
    if isinstance(problem, LEAVING):
        return "leaving Python", "Your function calls `exit()`. It should `return` its result."
    place, reason = where(problem.__traceback__, answer), worded(problem)
    stop = f"Python stops{place}: {type(problem).__name__}"
    known = explained(type(problem), reason)
    if known is None:
        return "an error in your function", f"{stop}: {reason}"
    name, says, with_message = known
    return name, f"{says} {stop}{f': {reason}' if with_message else '.'}"


def worded(problem: object, most: int = 200) -> str:
    """What an exception says, in one line of `most` letters, also if its `__str__` is broken."""
    try:
        reason = " ".join(str(problem).split())
    except Exception:  # the student's own class
        reason = ""
    reason = reason or "without a message"
    return reason if len(reason) <= most else reason[: most - 3] + "…"


def where(trace: types.TracebackType | None, answer: Any) -> str:
    """ " in line 3, `phi = 1 / 0`": the innermost line of the student's own code in a traceback."""
    code = getattr(inspect.unwrap(answer) if callable(answer) else answer, "__code__", None)
    line = line_in(trace, code.co_filename) if code is not None else None
    if line is None:
        return ""
    text = linecache.getline(code.co_filename, line).strip()
    return f" in line {line} of your cell" + (f", `{text}`" if text else "")


def line_in(trace: types.TracebackType | None, file: str) -> int | None:
    """The innermost line of a file in a traceback."""
    lines = [n for frame, n in traceback.walk_tb(trace) if frame.f_code.co_filename == file]
    return lines[-1] if lines else None


def is_untouched(answer: Any, given: str = "") -> bool:
    """Whether an answer is still its stub: `...`, a body of `...`, or the code that was `given`."""
    if isinstance(answer, Elsewhere):
        return answer.is_untouched(given)
    code = getattr(answer, "__code__", None)
    if code is None:
        return answer is ... or answer is None
    stubs = [
        part
        for source in (*EMPTY, given)
        for part in compile(source, "stub", "exec").co_consts
        if isinstance(part, types.CodeType)
    ]
    return any(bare(code) == bare(stub) for stub in stubs)


def bare(code: types.CodeType) -> tuple:
    """What a function does, without its name, its docstring and its place in a file."""
    parts = [bare(c) if isinstance(c, types.CodeType) else c for c in code.co_consts]
    if parts and isinstance(parts[0], str):  # the docstring
        parts = parts[1:]
    return code.co_code, code.co_names, [part for part in parts if part not in (None, ...)]
