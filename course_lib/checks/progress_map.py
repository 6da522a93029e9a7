"""The picture of your progress: a row per notebook, a box per exercise."""

from course_lib.checks.exercise import Exercise
from course_lib.checks.notes import Notes, state
from course_lib.scenes.course_map import NOTEBOOKS
from course_lib.scenes.scene import Panel, Rect, Scene, Text

LOOK = {
    "solved": ("good", 0.25, "✓"),
    "attempted": ("pretrained", 0.2, "…"),
    "open": ("muted", 0.04, ""),
}


def scene(exercises: list[Exercise], notes: Notes) -> Scene:
    """All exercises: solved ones with a tick, attempted ones with dots, open ones empty."""
    numbers = sorted({exercise.notebook for exercise in exercises})
    states = {exercise.key: state(notes.get(exercise.key, {})) for exercise in exercises}
    marks = []
    for row, number in enumerate(numbers):
        y = len(numbers) - 1 - row
        marks.append(Text(-0.15, y, f"{number}  {NOTEBOOKS[number][0]}", "ink", 13, "right"))
        here = [exercise for exercise in exercises if exercise.notebook == number]
        for x, exercise in enumerate(here):
            color, fill, sign = LOOK[states[exercise.key]]
            if sign == "✓" and exercise.kind == "open":
                sign = "✎"
            marks.append(Rect(x + 0.04, x + 0.96, y - 0.4, y + 0.4, color, fill, 1.5))
            label = f"{exercise.key} {sign}".strip()
            marks.append(Text(x + 0.5, y, label, "ink" if sign else "muted", 13, "center"))
    counts = {name: list(states.values()).count(name) for name in LOOK}
    status = (
        f"{counts['solved']} of {len(exercises)} exercises solved, "
        f"{counts['attempted']} attempted (…), {counts['open']} open. "
        "What you have judged yourself has a pencil (✎)."
    )
    lists = [
        f"{name}: {', '.join(k for k, s in states.items() if s == name) or 'none'}" for name in LOOK
    ]
    most = max(sum(e.notebook == number for e in exercises) for number in numbers)
    reach = (-0.38 * most - 0.7, max(most, 5))
    panel = Panel(marks, reach, (-0.6, len(numbers) - 0.4), frame=False)
    alt = f"Your progress. {'; '.join(lists)}."
    return Scene([[panel]], alt, status, (max(60, 42 * len(numbers) + 10),))
