"""Makes and verifies the exercise books: `python -m course_lib exercises`."""
