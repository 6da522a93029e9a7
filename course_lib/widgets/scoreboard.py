"""The panel with running scores that the games W0 and W2 share (notebooks 00 and 01)."""

from collections.abc import Sequence

from course_lib.ground.stats import wilson
from course_lib.scenes.scene import Line, Panel, Points, Text


def scoreboard(
    players: Sequence[tuple[str, int, str]], answered: int, chance: float, bet: float | None = None
) -> Panel:
    """Each player's rate of right answers with Wilson's 95 % interval, and the rate by chance.

    `players` are (name, right answers, colour), the first one on top; `chance` is in 0…1. `bet`
    is what the first player had bet, in %.
    """
    top = len(players) - 1
    marks = [Line([100 * chance] * 2, [-0.6, top + 0.6], "muted", 2, True, "chance")]
    if bet is not None:
        marks.append(Points([bet], [top], players[0][2], 9, "ring", label="your bet"))
    for y, (name, right, color) in zip(range(top, -1, -1), players, strict=True):
        if answered:
            low, high = wilson(right, answered)
            marks.append(Line([100 * low, 100 * high], [y, y], color, 3))
            marks.append(Points([100 * right / answered], [y], color, 8))
        else:
            words = "your score will stand here" if name == "you" else f"the score of: {name}"
            marks.append(Text(53, y, words, "muted", 14))
    names = [(top - i, name) for i, (name, *_) in enumerate(players)]
    return Panel(
        marks,
        (-2, 102),
        (-0.6, top + 0.6),
        xlabel="right answers so far, in %, with 95 % interval",
        ylabel="who",
        yticks=names,
    )
