"""Words that depend on a number."""


def counted(number: int, thing: str) -> str:
    """A number of things: "1 inner step", "2 inner steps"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def error_in_words(error: float) -> str:
    """An error to three digits, or "diverged" where it is a thousand or more, or no number."""
    return f"{error:.3g}" if error < 1e3 else "diverged"
