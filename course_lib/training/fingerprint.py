"""What a computation stands on, as a short text that changes when any of it changes.

Settings and numbers count with their values, functions of the course with their code and the code
of all that they import of the course, other functions with their own code and the plain values that
they use. Comments and docstrings don't count, nor does code that only draws or prints.
"""

import ast
import functools
import hashlib
import json
import types
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from course_lib.ground.paths import PACKAGE, ROOT

DRAWS = ("press", "widgets", "slides", "scenes", "checks", "front_door")  # changes no number
COURSE = PACKAGE.name
PLAIN = (bool, int, float, str, type(None))


def fingerprint(*things: object) -> str:
    """16 digits that stand for `things`: other settings, weights or code give other digits.

    An object of a class of one's own counts with its class alone, a list or a dict that a function
    holds not at all: such things often count or cache.
    """
    return _digest([_described(thing) for thing in things])


@functools.cache
def code_of(module: str) -> str:
    """The fingerprint of the code of a module of the course and of all that it imports of it."""
    found, waiting = {}, [module]
    while waiting:
        name = waiting.pop()
        path = _file_of(name)
        if name in found or path is None:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        data = path.with_suffix(".json")  # a module's own, beside it: the numbers of papers
        numbers = data.read_text(encoding="utf-8") if data.exists() else ""
        found[name] = ast.dump(_without_docstrings(tree)) + numbers
        waiting += [name.rpartition(".")[0], *_imports(tree)]
    return _digest(sorted(found.items()))


def _digest(thing: object) -> str:
    return hashlib.sha256(json.dumps(thing).encode()).hexdigest()[:16]


def _file_of(module: str) -> Path | None:
    """The file of a module of the course; None for other names and for what only draws."""
    parts = module.split(".")
    if parts[0] != COURSE or (len(parts) > 1 and parts[1] in DRAWS):
        return None
    place = ROOT.joinpath(*parts)
    files = (place.with_suffix(".py"), place / "__init__.py")
    return next((path for path in files if path.is_file()), None)


def _imports(tree: ast.AST) -> list[str]:
    """The names that may be modules, of all imports, those inside functions included."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:]
    return tree


def _described(thing: object) -> object:
    """`thing` as JSON."""
    if isinstance(thing, PLAIN):
        return [type(thing).__name__, repr(thing)]
    if isinstance(thing, Tensor):
        whole = thing.detach().cpu().contiguous()
        content = whole.flatten().view(torch.uint8).numpy()
        return [str(thing.dtype), list(thing.shape), hashlib.sha256(content).hexdigest()]
    if isinstance(thing, np.ndarray):
        content = hashlib.sha256(np.ascontiguousarray(thing)).hexdigest()
        return [str(thing.dtype), list(thing.shape), content]
    if isinstance(thing, dict):
        return ["dict", [[_described(key), _described(value)] for key, value in thing.items()]]
    if isinstance(thing, list | tuple):
        return [type(thing).__name__, [_described(value) for value in thing]]
    if isinstance(thing, set | frozenset):
        return ["set", sorted(json.dumps(_described(value)) for value in thing)]
    if isinstance(thing, functools.partial):
        return ["partial", _described(thing.func), _described(thing.args),
                _described(thing.keywords)]  # fmt: skip
    if isinstance(thing, types.MethodType):
        return ["method", _described(thing.__func__), _described(thing.__self__)]
    if isinstance(thing, types.FunctionType):
        return _function(thing, {})
    if isinstance(thing, types.BuiltinFunctionType):
        return [thing.__module__, thing.__qualname__]
    if isinstance(thing, Path | torch.device | torch.dtype | range):
        return [type(thing).__name__, str(thing)]
    kind = thing if isinstance(thing, type) else type(thing)
    return [kind.__module__, kind.__qualname__, code_of(kind.__module__)]


def _function(function: types.FunctionType, met: dict[int, int]) -> object:
    """A function by its code, by what it was made with, and by the plain values that it uses."""
    if id(function) in met:
        return ["again", met[id(function)]]
    met[id(function)] = len(met)
    module = function.__module__ or ""
    cells = [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
    cells += [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    held = [_held(value, met) for value in cells]
    if module.split(".")[0] == COURSE:
        return [module, function.__qualname__, code_of(module), held]
    used = [
        [name, _held(value, met)]
        for name in sorted(_names(function.__code__))
        if (value := function.__globals__.get(name)) is not None
        and (isinstance(value, PLAIN) or getattr(value, "__module__", None) == module)
    ]
    return [function.__qualname__, _code(function.__code__), held, used]


def _held(value: object, met: dict[int, int]) -> object:
    if isinstance(value, types.FunctionType):
        return _function(value, met)
    if isinstance(value, list | dict | set):
        return type(value).__name__
    return _described(value)


def _code(code: types.CodeType) -> list:
    parts = [_code(c) if isinstance(c, types.CodeType) else repr(c) for c in code.co_consts]
    return [code.co_code.hex(), list(code.co_names), parts]


def _names(code: types.CodeType) -> set[str]:
    inner = (c for c in code.co_consts if isinstance(c, types.CodeType))
    return set(code.co_names).union(*map(_names, inner))


def _is_filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False
