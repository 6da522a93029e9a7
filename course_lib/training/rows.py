"""Measurements that go on where they stopped, and never with a row of something else.

A table is measured part by part, and each part is kept in `.course/rows` until the table is stored.
A part that is kept counts only for the very thing that it was measured on: its fields, the code,
the weights and the tables that it reads, the device and torch. Let any of them change, and it is
measured anew.
"""

import json
import shutil
from pathlib import Path

import torch

import course_lib
from course_lib import results
from course_lib.ground import files, paths
from course_lib.training import weights
from course_lib.training.fingerprint import fingerprint
from course_lib.training.recipe import Part, Table

KEPT = paths.KEPT / "rows"


def measure(table: Table, only: str | None = None) -> list[dict]:
    """All rows of a table, or, measured afresh, those called `only`.

    Interrupted, a measurement of all goes on with the next call; `forget` it when it is stored.
    Errors: ValueError for a name that no row has; FileNotFoundError where weights or data are
    missing; TimeoutError while another process measures the same table.
    """
    parts = table.parts()
    if only is not None:
        named = [part for part in parts if only in part.names]
        if not named:
            known = dict.fromkeys(name for part in parts for name in part.names)
            raise ValueError(f"No row of {table.name} is called {only}: choose {', '.join(known)}.")
        rows = [row for part in named for row in _measured(part)]
        return [row for row in rows if table.row_name(row) == only]
    with files.alone(KEPT / table.name, seconds=1):
        return [row for part in parts for row in _once(table, part)]


def add(table: Table, stored: dict) -> tuple[list[dict], int]:
    """All rows of a table, those on unchanged weights and tables as `stored`; how many those are.

    For a table that grows, one checkpoint after the other: its older rows are of older code, and
    whoever stores the table says so. Errors: ValueError where several rows have one name.
    """
    names = [table.row_name(row) for row in stored["rows"]]
    if len(names) > len(set(names)):
        raise ValueError(
            f"Several rows of {table.name} have one name, so nobody can tell which of them is new: "
            f"measure it whole, python -m course_lib reproduce {table.name} --rerun"
        )
    changed = _changed(table, stored["made"])
    known = {table.row_name(row): row for row in stored["rows"]}
    found, kept = [], 0
    with files.alone(KEPT / table.name, seconds=1):
        for part in table.parts():
            same = not changed["tables"] and not changed["weights"] & set(part.weights)
            if same and known.keys() >= set(part.names):
                found += [known[name] for name in part.names]
                kept += len(part.names)
            else:
                found += _once(table, part)
    return found, kept


def forget(table: Table) -> None:
    """Drop what is kept of a table: it is stored now."""
    shutil.rmtree(KEPT / table.name, ignore_errors=True)


def foundation(table: Table) -> dict:
    """The weights and the tables that a table's rows stand on, each with its fingerprint."""
    used = sorted({name for part in table.parts() for name in part.weights})
    return {
        "weights": {name: digest_of(name) for name in used},
        "tables": {name: digest_of_table(name) for name in table.reads},
    }


def outdated(table: Table, made: dict) -> list[str]:
    """What a stored table, `made` so, stands on and has changed since, each in a sentence."""
    return [
        f"{table.name} was measured before {name} became what it is now: measure it again with "
        f"python -m course_lib reproduce {table.name} --rerun"
        for names in _changed(table, made).values()
        for name in sorted(names)
    ]


def _changed(table: Table, made: dict) -> dict[str, set[str]]:
    """The weights and the tables that have changed since a table was `made`, or came new.

    A table stored before fingerprints were is compared by its date.
    """
    now, then = foundation(table), made.get("foundation")

    def new(kind: str, name: str, digest: str) -> bool:
        if then is None:
            return _date_of(kind, name) > made["date"]
        return then[kind].get(name) != digest

    return {
        kind: {name for name, digest in names.items() if new(kind, name, digest)}
        for kind, names in now.items()
    }


def digest_of(checkpoint: str) -> str:
    """The checksum of a shipped checkpoint, shortened; "missing" where there is none."""
    path = weights.place(checkpoint)
    if not path.exists():
        return "missing"
    return weights.checksum(*weights.read_safetensors(path))[:16]


def digest_of_table(name: str) -> str:
    """The fingerprint of the rows of a stored table."""
    return fingerprint(results.load(name)["rows"])


def key_of(table: Table, part: Part) -> str:
    """The fingerprint of all that decides what a part's rows are."""
    read = {name: digest_of_table(name) for name in table.reads}
    loaded = {name: digest_of(name) for name in part.weights}
    where = [torch.__version__, course_lib.device()]
    return fingerprint(table.name, table.seed, part.measure, part.fields, read, loaded, where)


def _once(table: Table, part: Part) -> list[dict]:
    """A part's rows: those that are kept of it, or, measured now, and kept."""
    path = _place(table, part)
    if path.exists():
        return files.read_json(path, f"{path} is damaged: delete it and call again.")
    rows = _measured(part)
    files.write(path, json.dumps(rows))
    return rows


def _place(table: Table, part: Part) -> Path:
    name = part.names[0].replace(" ", "-")
    return KEPT / table.name / f"{name}-{key_of(table, part)}.json"


def _measured(part: Part) -> list[dict]:
    found = part.measure(**part.fields)
    return [found] if isinstance(found, dict) else found


def _date_of(kind: str, name: str) -> str:
    """When a checkpoint or a table was made, as 2026-01-31; "" where it is not there."""
    if kind == "tables":
        return results.load(name)["made"]["date"]
    if digest_of(name) == "missing":
        return ""
    return weights.load_checkpoint(name)[1].get("date", "")
