"""The bilevel picture: where θ, the tasks and the two levels of learning meet, as a scene."""

from course_lib.scenes.scene import Arrows, Panel, Rect, Scene, Text

ROWS = ((43, "₁"), (26, "₂"), (9, "ₙ"))  # height of a task's row, its number


def box(x0: float, x1: float, y: float, text: str, color: str) -> list:
    """A box of height 10 around height y, with words in it."""
    return [
        Rect(x0, x1, y - 5, y + 5, color=color, fill=0.12, border=1.5),
        Text((x0 + x1) / 2, y, text, color=color, align="center", bold=True),
    ]


def task_row(y: float, number: str) -> list:
    """The inner level of one task: support → A_θ → φ → loss on the query set."""
    marks = [Text(19.5, y, f"T{number}", size=15, align="center", bold=True)]
    marks += box(23, 36, y, f"D{number}ᵗʳᵃⁱⁿ", "support")
    marks += box(42, 49, y, "A", "theta")
    marks.append(Text(46.3, y - 1.6, "θ", color="theta", size=10, align="center", bold=True))
    marks += box(55, 62, y, "φ", "adapted")
    marks += box(68, 82, y, f"L(M, D{number}ᵗᵉˢᵗ)", "query")
    marks.append(Arrows([36.5, 49.5, 62.5], [y] * 3, [5, 5, 5], [0] * 3, width=2))
    return marks


def bilevel() -> Scene:
    """Two loops: the inner one learns φ from one task, the outer one learns θ from many."""
    marks = [Rect(16, 84, 0.5, 53, color="adapted", fill=0.03, border=1)]
    marks.append(Text(17, 56, "inner level: one task at a time, θ fixed", color="adapted"))
    for y, number in ROWS:
        marks += task_row(y, number)
    marks += box(0.5, 9, 26, "θ", "theta")
    marks += box(91, 99.5, 26, "Σ L", "query")
    for y, _ in ROWS:
        marks.append(Arrows([82.5], [y], [8], [(26 - y) * 0.72], color="query", width=1.5))
    marks += [
        Arrows([9.5], [26], [6], [0], color="theta", width=2.5),
        Arrows([95], [32], [0], [32], color="theta", width=2.5),
        Arrows([94], [66], [-88], [0], color="theta", width=2.5),
        Arrows([5], [64], [0], [-32], color="theta", width=2.5),
        Text(50, 70, "outer level: f changes θ so that the sum falls", "theta", 14, "center", True),
    ]
    return Scene(
        rows=[[Panel(marks, (0, 100), (0, 73), frame=False)]],
        heights=(360,),
        alt=(
            "Two nested loops. Inside, each task's training data goes into the learner A_θ, which "
            "gives φ, whose loss is measured on the task's test data. Outside, f adds up these "
            "losses and changes θ, which goes back into every A_θ."
        ),
    )
