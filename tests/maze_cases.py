"""The shortest way through a maze of W16, as the keys that a reader would press."""

from course_lib.tasks import mazes
from course_lib.tasks.mazes import Mazes
from course_lib.widgets import w16_maze as w16

MOVE = {number: key for key, number in w16.KEYS.items()}


def way(size: int, maze: int) -> list[str]:
    """The keys of the shortest path, found by going downhill on the distances."""
    here = Mazes(*(part[maze : maze + 1] for part in w16.collection(size)))
    far, next_to = mazes.distances(here)[0].tolist(), mazes.neighbours(size).tolist()
    ways, cell, keys = mazes.open_ways(here.walls)[0].tolist(), int(here.start), []
    while far[cell]:
        move = next(m for m in range(4) if ways[cell][m] and far[next_to[cell][m]] < far[cell])
        cell = next_to[cell][move]
        keys.append(MOVE[move])
    return keys
