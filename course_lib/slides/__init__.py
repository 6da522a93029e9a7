"""What a deck's cell imports: figures, pictures and tables made to be projected."""

STAGE = "application/vnd.learning-to-learn.stage+json"  # how a cell asks for frames of a widget
OPENED = "application/vnd.learning-to-learn.opened+json"  # where a page finds its live widget
