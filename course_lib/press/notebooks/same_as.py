"""Holds the mathematics typed in a notebook to the library's copy.

A code cell tagged `same-as:course_lib.maml.inner_path` defines a function (or class) of
that name; `same-as:course_lib.maml.adapt+together` defines two.
Both definitions are compared as syntax trees, without docstrings, annotations and decorators.
"""

import ast
import importlib
import inspect
from difflib import unified_diff
from pathlib import Path

from nbformat import NotebookNode

TAG = "same-as:"
Definition = ast.FunctionDef | ast.ClassDef


class Bare(ast.NodeTransformer):
    """Takes away what does not change the computation: docstrings, annotations, decorators."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.visit_ClassDef(node)

    def visit_ClassDef(self, node: Definition) -> ast.AST:
        node.decorator_list = []
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return node
        return ast.copy_location(ast.Assign([node.target], self.visit(node.value)), node)


def bare_source(source: str, name: str) -> str | None:
    """The definition of `name` in `source`, bare and in one style; None if it isn't there."""
    for node in ast.parse(source).body:
        if isinstance(node, Definition) and node.name == name:
            return ast.unparse(ast.fix_missing_locations(Bare().visit(node)))
    return None


def mismatches(nb: NotebookNode) -> list[str]:
    """A message for each tagged cell that is not the same as the library, showing both."""
    return [
        message
        for cell in nb.cells
        for tag in cell.metadata.get("tags", [])
        if tag.startswith(TAG)
        for target in targets(tag.removeprefix(TAG).strip())
        if (message := mismatch(cell.source, target))
    ]


def targets(text: str) -> list[str]:
    """The full names in `course_lib.maml.adapt+together`."""
    module, _, names = text.rpartition(".")
    return [f"{module}.{name}" for name in names.split("+")]


def home_of(module: str, name: str) -> Path | None:
    """The file that defines `name` of `module`; None where there is no such module."""
    try:
        namespace = importlib.import_module(module)
    except ModuleNotFoundError:
        return None
    definition = inspect.unwrap(getattr(namespace, name, namespace))
    return Path(inspect.getsourcefile(definition))


def mismatch(source: str, target: str) -> str:
    """What differs between a cell's definition and the one called `target`; empty if nothing.

    `target` may name the definition through a room's face: `course_lib.maml.inner_path`.
    """
    module, _, name = target.rpartition(".")
    file = home_of(module, name)
    if file is None:
        return f"same-as:{target}: there is no module {module}."
    theirs = bare_source(file.read_text(encoding="utf-8"), name)
    ours = bare_source(source, name)
    if theirs is None or ours is None:
        place = module if theirs is None else "the notebook's cell"
        return f"same-as:{target}: {place} does not define {name}."
    if ours == theirs:
        return ""
    lines = unified_diff(
        theirs.splitlines(), ours.splitlines(), f"{module}.{name}", "notebook", lineterm="", n=99
    )
    return f"same-as:{target}: the notebook and the library differ.\n" + "\n".join(lines)
