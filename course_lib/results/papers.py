"""What papers print, in one place: their tables and facts, each with its source.

`papers.json` holds two parts. `sources` says where each table or fact comes from, and whether it
was checked against the paper's own text or data. `rows` are the tables' rows; a cell is [value] or
[value, half-width of the interval], or null where the paper prints nothing.
"""

from functools import cache
from pathlib import Path

from course_lib.ground import files

FILE = Path(__file__).with_name("papers.json")


@cache
def _content() -> dict:
    return files.read_json(FILE, f"{FILE} is damaged: restore it with git.")


def rows(table: str) -> list[dict]:
    """The rows of a paper's table, in its order.

    Errors: ValueError that names the tables.
    """
    found = [row for row in _content()["rows"] if row["table"] == table]
    if not found:
        tables = sorted({row["table"] for row in _content()["rows"]})
        raise ValueError(f"No paper's table is called {table!r}: choose from {', '.join(tables)}.")
    return found


NOTHING = {"published": None, "independent": []}


def beside(method: str, cell: str) -> dict:
    """What was printed of a method in a cell of Omniglot, "5w1s" or another, in %.

    `published` is the talk's number, or that of the paper that the row names; `independent` holds
    [accuracy, who] of others who trained it again. As `NOTHING` where nobody printed it.
    """
    tables = "omniglot", "omniglot, other papers"
    printed = [row[cell] for t in tables for row in rows(t) if row.get("method") == method]
    again = [row for row in rows("omniglot, again") if row["method"] == method and row.get(cell)]
    return {
        "published": next((numbers[0] for numbers in printed if numbers), None),
        "independent": [[row[cell][0], row["who"]] for row in again],
    }


def notes(method: str) -> list[str]:
    """What to know of a method's printed numbers: that they are not what they seem, for example."""
    found = (row for row in _content()["rows"] if row.get("method") == method)
    return [row["note"] for row in found if "note" in row]


def number(table: str, column: str, **row) -> float | None:
    """What a paper's table prints in `column` of the row whose cells are those of `row`.

    Without its interval, where it has one; None where the paper has no such row or prints nothing.
    Errors: ValueError for an unknown table, or where several rows fit.
    """
    found = [r for r in rows(table) if all(r.get(key) == value for key, value in row.items())]
    if len(found) > 1:
        raise ValueError(f"{len(found)} rows of {table} fit {row}: say more of the row.")
    cell = found[0].get(column) if found else None
    return cell[0] if isinstance(cell, list) else cell


def fact(name: str) -> dict:
    """A table's or a fact's source, whether it was checked, and a fact's numbers.

    Errors: ValueError that names the facts.
    """
    known = _content()["sources"]
    if name not in known:
        raise ValueError(f"No source is called {name!r}: choose from {', '.join(known)}.")
    return known[name]


def cited(name: str) -> str:
    """The source in words, with "(unchecked)" where nobody compared it with the paper."""
    known = fact(name)
    return known["source"] + ("" if known["checked"] else " (unchecked)")
