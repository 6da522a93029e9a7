"""What Sphinx asks of this course: its headings' anchors, and the links to the glossary."""

from course_lib.press.site.glossary import link_first_uses, slug

__all__ = ["setup", "slug"]


def setup(app) -> dict:
    """What Sphinx calls when it loads this module."""
    app.connect("doctree-resolved", link_first_uses)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
