"""The rivals that can play here, and ways to make the game harder for them (notebook 07).

A system plays with the weights that are shipped: its own best before those of equal minutes, and
those of the characters in play before those of the other set. What it plays with is said, since a
net that knows Omniglot alone has a harder time with glyphs.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from course_lib.few_shot import rival_recipes, rivals
from course_lib.few_shot.rivals.rival import Pair, Params, Rival
from course_lib.tasks import episodes
from course_lib.training import CHECKPOINTS

TURN = 30  # degrees
COARSE = 4  # pixels to a side of one block


class Player(NamedTuple):
    """A rival with its weights. `data` is what they learned from; "" where nothing is learned."""

    rival: Rival
    theta: Params
    data: str
    budget: str

    @property
    def name(self) -> str:
        """The system's name."""
        return self.rival.name


@lru_cache(maxsize=64)
def player(
    name: str, data: str = "glyphs", budgets: tuple[str, ...] = ("longer", "equal")
) -> Player | None:
    """The system with weights, of the first of `budgets` that is shipped; None where none is."""
    rival = rivals.find(name)
    if not rival_recipes.checkpoint_of(rival, data):
        return Player(rival, {}, "", "none")
    for learned_from in (data, *(d for d in rival_recipes.DATA if d != data)):
        for budget in budgets:
            which = {"longer": budget == "longer"}
            checkpoint = rival_recipes.checkpoint_of(rival, learned_from, **which)
            if (CHECKPOINTS / f"{checkpoint}.safetensors").exists():
                theta, _ = rival_recipes.load(rival, learned_from, **which)
                return Player(rival, theta, learned_from, budget)
    return None


def players(data: str = "glyphs", names: Sequence[str] | None = None) -> list[Player]:
    """All that can play, in the order of `names`."""
    found = (player(name, data) for name in names or rivals.all_rivals())
    return [one for one in found if one]


def turned(x: Float[Tensor, "*batch 1 side side"]) -> Tensor:
    """Turned by `TURN` degrees against the clock."""
    angle = math.radians(TURN)
    rows = [[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0]]
    flat = x.flatten(0, -4)
    grid = F.affine_grid(x.new_tensor(rows).expand(len(flat), 2, 3), flat.shape, False)
    return F.grid_sample(flat, grid, align_corners=False).clamp(0, 1).view_as(x)


def thick(x: Float[Tensor, "*batch 1 side side"]) -> Tensor:
    """Drawn by a pen one pixel thicker on each side."""
    return F.max_pool2d(x.flatten(0, -4), 3, 1, 1).view_as(x)


def coarse(x: Float[Tensor, "*batch 1 side side"]) -> Tensor:
    """Each block of `COARSE`² pixels in its mean grey."""
    small = F.avg_pool2d(x.flatten(0, -4), COARSE)
    return F.interpolate(small, scale_factor=COARSE).view_as(x)


SPOILS: dict[str, Callable[[Tensor], Tensor]] = {
    "as drawn": lambda x: x,
    "thick pen": thick,
    "coarse": coarse,
    f"turned {TURN}°": turned,
    "upside down": lambda x: x.rot90(2, (-2, -1)),
}


def right(
    one: Player, tasks: Sequence[tuple[Pair, Pair]], num_ways: int, spoil: str = "as drawn"
) -> Float[Tensor, " tasks"]:
    """The share of right answers in each task, 0…1. Only the queries are spoiled."""
    found = []
    for support, (xq, yq) in tasks:
        with torch.no_grad():
            said = one.rival.ask(one.theta, support, SPOILS[spoil](xq), num_ways).argmax(-1)
        found.append(episodes.accuracy(said, yq))
    return torch.cat(found)
