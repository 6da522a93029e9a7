"""The stored rows of `reproduce rivals`, as the words of a table (notebook 07).

What was not measured has no row, and the table says so; nothing is put in its place.
"""

from course_lib import results
from course_lib.few_shot import rivals
from course_lib.results import papers

CELLS = ((5, 1), (5, 5), (20, 1), (20, 5))
FAMILIES = ("nothing", "distance", "memory", "weights")
ABSENT = "not stored yet"


def systems(family: str | None = None) -> list[str]:
    """The systems' names, by family."""
    found = rivals.all_rivals().values()
    return [r.name for f in FAMILIES for r in found if r.family == f and family in (None, f)]


def stored(**wanted) -> list[dict]:
    """The rows whose fields are those of `wanted`; by n-way k-shot where no protocol is named."""
    wanted = {"protocol": "n-way k-shot", **wanted}
    rows = results.load("rivals")["rows"]
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def row(system: str, n: int, k: int, *, budget: str = "equal", data: str = "omniglot", **more):
    """The row of a system in one cell, or None. A system that learns nothing has one budget."""
    cell = {"system": system, "n": n, "k": k, "data": data, **more}
    found = stored(budget=budget, **cell) or stored(budget="none", **cell)
    return found[0] if found else None


def ours(found: dict | None) -> str:
    """Accuracy and the half-width of its interval over tasks, in %; in brackets the standard error

    over trainings, where there are several.
    """
    if found is None:
        return ABSENT
    seeds = f" ({found['train_se']:.1f})" if found["train_se"] is not None else ""
    return f"{found['accuracy']:.1f} ± {found['ci']:.1f}{seeds}"


def printed(system: str, n: int, k: int) -> tuple[str, str]:
    """What the talk or the system's paper prints for Omniglot, and the range that others reached.

    Both are "–" where nobody printed anything.
    """
    beside = papers.beside(rivals.find(system).paper, f"{n}w{k}s")
    others = sorted(value for value, _ in beside["independent"])
    said = "–" if beside["published"] is None else f"{beside['published']:.1f}"
    reached = " to ".join(f"{value:.1f}" for value in dict.fromkeys((*others[:1], *others[-1:])))
    return said, reached or "–"


def lines(budget: str, shots: int, *, data: str = "omniglot") -> list[list[str]]:
    """A line for each system: its name, then for 5 and 20 ways ours, published, independent.

    Without the systems that have no training of this budget; those that learn nothing have any.
    """
    table = []
    for system in systems():
        if not foreseen(system, budget):
            continue
        line = [system]
        for n, k in CELLS:
            if k == shots:
                line.append(ours(row(system, n, k, budget=budget, data=data)))
                line += printed(system, n, k) if data == "omniglot" else ()
        table.append(line)
    return table


def foreseen(system: str, budget: str) -> bool:
    """Whether the system has a training of this budget, done or not; or learns nothing."""
    rival = rivals.find(system)
    trained = rivals.find(rival.theta_of) if rival.theta_of else rival
    longer = trained.longest or trained.training is None or trained.training.longer
    return budget == "equal" or bool(longer)


def footnotes() -> list[str]:
    """What to know of the printed numbers, "system: note", each note once."""
    found: dict[str, str] = {}
    for system in systems():
        for note in papers.notes(rivals.find(system).paper):
            found.setdefault(note, system)
    return [f"{system}: {note}" for note, system in found.items()]
