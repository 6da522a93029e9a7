"""What Sphinx asks of this course: the anchors of headings as JupyterLab makes them."""


def slug(title: str) -> str:
    """The anchor of a heading, as JupyterLab has it: `#Many-tasks`."""
    return title.replace(" ", "-")


def setup(app) -> dict:
    """What Sphinx calls when it loads this module."""
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
