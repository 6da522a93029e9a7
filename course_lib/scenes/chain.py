"""The chain of inner steps, and the meta-gradient's way back along it, as a scene."""

from course_lib.scenes.scene import Arrows, Panel, Rect, Scene, Text

MIDDLES = (9, 33, 57, 81)  # of the boxes of φ₀, …, φ₃
HALF = 6.5  # of a box's width
TOP, BOTTOM = 46, 15  # heights of the two rows
NUMBERS = "₀₁₂₃"


def box(x: float, y: float, text: str, color: str) -> list:
    """A box around (x, y) with words in it."""
    return [
        Rect(x - HALF, x + HALF, y - 6, y + 6, color=color, fill=0.12, border=1.5),
        Text(x, y, text, color=color, size=14, align="center", bold=True),
    ]


def chain() -> Scene:
    """Three inner steps from θ to φ₃, and below them v, carried back from ∇Lq(φ₃) to θ."""
    marks = [
        Text(45, 60, "forwards: φₖ₊₁ = φₖ − α∇L(φₖ)", "adapted", 14, "center"),
        Text(45, 2, "backwards: vₖ = (I − αHₖ) vₖ₊₁", "query", 14, "center"),
    ]
    for k, (x, number) in enumerate(zip(MIDDLES, NUMBERS, strict=True)):
        point = "θ = φ₀" if k == 0 else f"φ{number}"
        marks += box(x, TOP, point, "theta" if k == 0 else "adapted")
        vector = "v₃ = ∇Lq(φ₃)" if k == 3 else f"v{number}"
        marks += box(x, BOTTOM, vector if k else "v₀ = ∇θ Lq(φ₃)", "query" if k else "theta")
    for x, number in zip(MIDDLES, NUMBERS[:-1], strict=False):
        start, end = x + HALF + 1, x + 24 - HALF - 1
        marks += [
            Arrows([start], [TOP], [end - start], [0], "adapted"),
            Arrows([end], [BOTTOM], [start - end], [0], "query"),
            Text(x + 12, (TOP + BOTTOM) / 2, f"I − αH{number}", "ink", 15, "center", True),
        ]
    turn = MIDDLES[-1]
    marks.append(Arrows([turn], [TOP - 7], [0], [BOTTOM - TOP + 14], "query"))
    return Scene(
        rows=[[Panel(marks, (0, 90), (-2, 64), frame=False)]],
        heights=(260,),
        alt=(
            "Upper row, from left to right: θ = φ₀, φ₁, φ₂, φ₃, an arrow for each inner step. "
            "Under the arrows the steps' factors I − αH₀, I − αH₁, I − αH₂. Lower row, from right "
            "to left: v₃, the query gradient at φ₃, is multiplied by the last factor first, and "
            "ends as v₀, the meta-gradient at θ."
        ),
    )
