"""Words of a figure that lie over one another: what a slide must not show."""

from itertools import combinations

import numpy as np
from matplotlib.figure import Figure

SLACK = 2.0  # pixels of the figure that two words may share in each direction


def lettered(figure: Figure) -> list[tuple[str, np.ndarray]]:
    """Each line of words that the figure draws, and its box: two opposite corners, in pixels."""
    renderer, found = figure.canvas.get_renderer(), []
    usual = renderer.draw_text

    def draw_text(gc, x, y, words, font, angle, ismath=False, mtext=None):
        """Note the words, whose base line begins at x, y from the upper left; then draw them."""
        width, height, descent = renderer.get_text_width_height_descent(words, font, ismath)
        corners = [(0, descent), (width, descent), (0, descent - height), (width, descent - height)]
        turn = np.deg2rad(angle)
        turned = [
            (x + a * np.cos(turn) + b * np.sin(turn), y - a * np.sin(turn) + b * np.cos(turn))
            for a, b in corners
        ]
        found.append((words, np.array([np.min(turned, 0), np.max(turned, 0)])))
        usual(gc, x, y, words, font, angle, ismath=ismath, mtext=mtext)

    renderer.draw_text = draw_text
    try:
        figure.draw(renderer)
    finally:
        del renderer.draw_text
    return [(words, box) for words, box in found if words.strip()]


def overlaps(figure: Figure) -> list[tuple[str, str]]:
    """The pairs of words in the figure that lie over one another."""
    found = []
    for (one, a), (other, b) in combinations(lettered(figure), 2):
        shared = np.minimum(a[1], b[1]) - np.maximum(a[0], b[0])
        if (shared > SLACK).all():
            found.append((one, other))
    return found
