"""What glyphs and Omniglot share: characters of many alphabets, 20 drawings of each
(notebooks 00 and 06)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int, UInt8
from torch import Tensor

from course_lib.ground import paths, settings

SPLITS = ("meta-train", "meta-val", "meta-test")
NUM_DRAWERS, SIDE = 20, 28


@dataclass(frozen=True, eq=False)
class CharacterSet:
    """Characters of many alphabets, 20 drawings of each, with their split over *characters*.

    `images` [characters, 20, 28, 28]: 255 is ink, in 16 grey levels; `alphabet` [characters]: index
    into `alphabet_names`; `split` [characters]: index into `SPLITS`, so a character is in exactly
    one split; `name`: what results call the data; `licence`: whose pictures they are.
    """

    name: str
    licence: str
    images: UInt8[Tensor, "characters 20 28 28"]
    alphabet: Int[Tensor, "_"]
    alphabet_names: tuple[str, ...]
    split: Int[Tensor, "_"]

    def __post_init__(self) -> None:
        count = len(self.images)
        if tuple(self.images.shape[1:]) != (NUM_DRAWERS, SIDE, SIDE) or not (
            len(self.alphabet) == len(self.split) == count
        ):
            raise ValueError(
                f"A character set needs images [C, 20, 28, 28], alphabet [C] and split [C]; got "
                f"{tuple(self.images.shape)}, {len(self.alphabet)} and {len(self.split)}."
            )

    def indices(self, split: str) -> Int[Tensor, "chosen"]:
        """The characters of `split` ("meta-train", "meta-val" or "meta-test"), as indices."""
        if split not in SPLITS:
            raise ValueError(f"There is no split {split!r}: choose one of {', '.join(SPLITS)}.")
        return (self.split == SPLITS.index(split)).nonzero().squeeze(1)

    def images_in(self, split: str) -> UInt8[Tensor, "chosen 20 28 28"]:
        """The pictures of one split, ready for `episodes.sample_episode`."""
        return self.images[self.indices(split)]

    def alphabets_in(self, split: str) -> tuple[str, ...]:
        """The names of the alphabets that have a character in `split`."""
        present = self.alphabet[self.indices(split)].unique().tolist()
        return tuple(self.alphabet_names[i] for i in present)


def cache_folder() -> Path:
    """Where drawn data are kept: `COURSE_CACHE`, or `.course/cache` beside the course."""
    return settings.folder("COURSE_CACHE", paths.KEPT / "cache")


def data_folders() -> list[Path]:
    """Where real data are looked for: `COURSE_DATA`, else `../shared/data` beside the course.

    Errors: `settings.Unusable` where `COURSE_DATA` names no folder.
    """
    beside = paths.SHARED_DATA
    return [settings.folder("COURSE_DATA", beside, must_exist=True)]


def pack(images: UInt8[np.ndarray, "*rows"]) -> np.ndarray:
    """Two 16-level pixels in one byte: the last axis is halved. Values are rounded to 17·level."""
    level = (images.astype(np.uint16) + 8) // 17
    return (level[..., 0::2] << 4 | level[..., 1::2]).astype(np.uint8)


def unpack(packed: UInt8[np.ndarray, "*rows"]) -> np.ndarray:
    """The uint8 pictures, 0…255, that `pack` made `packed` from."""
    levels = np.stack([packed >> 4, packed & 15], axis=-1)
    return levels.reshape(*packed.shape[:-1], -1) * np.uint8(17)


def as_tensor(values) -> Tensor:
    """An int64 index tensor."""
    return torch.as_tensor(np.asarray(values).astype(np.int64))
