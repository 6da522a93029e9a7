"""Your own score at the few-shot game (W0), in a small file on this machine. Nothing leaves it
(notebook 00).

The file is `.course/scores.json` beside the course, or what `COURSE_SCORES` names. A question
counts once: your first answer stays, so playing the same questions again does not help.
"""

import json
from pathlib import Path

from course_lib.ground import files, paths, settings
from course_lib.ground.stats import wilson

Answers = dict[str, dict[str, bool]]  # "5-way 1-shot" → which question → whether it was right


def path() -> Path:
    """Where the score is kept."""
    return settings.file("COURSE_SCORES", paths.KEPT / "scores.json")


def setting(num_ways: int, num_shots: int) -> str:
    """What an n-way k-shot game is called in the file: "5-way 1-shot"."""
    return f"{num_ways}-way {num_shots}-shot"


def read() -> Answers:
    """All answers so far, right (True) or wrong; empty when there is no file yet.

    Errors: ValueError for a file that does not hold answers.
    """
    if not path().is_file():
        return {}
    damaged = f"Your score file {path().name} is damaged: delete it and play again."
    answers = files.read_json(path(), damaged)
    games = answers.values() if isinstance(answers, dict) else [None]
    if not all(
        isinstance(game, dict) and set(map(type, game.values())) <= {bool} for game in games
    ):
        raise ValueError(damaged)
    return answers


def record(num_ways: int, num_shots: int, question: str, right: bool) -> None:
    """Keep the first answer to `question` of the n-way k-shot game.

    Errors: ValueError for a damaged file, OSError where the disk cannot be written.
    """
    with files.alone(path()):  # or the answers of two notebooks overwrite each other
        answers = read()
        game = answers.setdefault(setting(num_ways, num_shots), {})
        if question not in game:
            game[question] = right
            files.write(path(), json.dumps(answers, indent=1, sort_keys=True) + "\n")


def score(num_ways: int, num_shots: int) -> tuple[int, int]:
    """(right answers, all answers) in the n-way k-shot game so far; (0, 0) before the first."""
    game = read().get(setting(num_ways, num_shots), {})
    return sum(game.values()), len(game)


def summary() -> str:
    """Your score in each game that you have played, a line each; or how to begin.

    Errors: ValueError for a damaged file.
    """
    lines = []
    for game, answers in sorted(read().items()):
        right, answered = sum(answers.values()), len(answers)
        low, high = wilson(right, answered)
        interval = f"95 % interval {100 * low:.0f} to {100 * high:.0f} %"
        lines.append(f"{game}: {right} of {answered} right ({interval})")
    return "\n".join(lines) or "No answers yet: play W0, then run this cell again."
