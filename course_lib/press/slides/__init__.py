"""Makes, checks and presents the decks: `python -m course_lib slides`."""
