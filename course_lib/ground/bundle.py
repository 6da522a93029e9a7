"""What a page is sent to show a widget: written out, since ipywidgets 7 has no method for it."""

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def bundle(widget, words: str) -> dict:
    """For `display(…, raw=True)`: the widget, and `words` where no widget can be shown."""
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return {WIDGET_VIEW: view, "text/plain": words}
