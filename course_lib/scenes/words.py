"""Words that depend on a number."""


def counted(number: int, thing: str) -> str:
    """A number of things: "1 inner step", "2 inner steps"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
