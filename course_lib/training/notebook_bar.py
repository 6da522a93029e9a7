"""A progress bar for notebooks that leaves nothing behind when it is done."""

from typing import Optional

from course_lib.ground.bundle import bundle


def notebook_bar(total: int, title: str) -> Optional["NotebookBar"]:
    """A bar for the notebook that this runs in; None anywhere else."""
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    if getattr(get_ipython(), "kernel", None) is None:
        return None
    return NotebookBar(total, title)


class NotebookBar:
    """The part of tqdm's interface that `training.progress` uses, drawn as a widget."""

    def __init__(self, total: int, title: str):
        import ipywidgets
        from IPython.display import display

        self.n = 0
        self.total = total
        self.bar = ipywidgets.IntProgress(max=total, description=title)
        self.bar.style.description_width = "initial"
        self.note = ipywidgets.Label()
        self.box = ipywidgets.HBox([self.bar, self.note])
        display(bundle(self.box, f"({title}: {total} iterations)"), raw=True)

    def set_postfix_str(self, note: str) -> None:
        """Words beside the bar, shown with the next `update`."""
        self.words = note

    def update(self, amount: int) -> None:
        """Move on by `amount` iterations."""
        self.n += amount
        self.bar.value = self.n
        self.note.value = f"{self.n} of {self.total} · {self.words}"

    def close(self) -> None:
        """Take the bar away; say how far it got if that was not the end."""
        if self.n >= self.total:
            self.box.close()
