"""An Omniglot-like set without a download: letters of DejaVu Sans, "handwritten" by 20 drawers
(notebooks 00 and 06).

A drawer has a slant, a size, a width and a pen; every drawing is turned, shifted and bent a little
anew. Each character has random numbers of its own, so a few characters can be drawn alone and look
as they do in the full set.
"""

import hashlib
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional as F

from course_lib.ground import files, settings
from course_lib.tasks.characters import (
    NUM_DRAWERS,
    SIDE,
    SPLITS,
    CharacterSet,
    as_tensor,
    cache_folder,
    pack,
    unpack,
)
from course_lib.tasks.glyph_shapes import (
    BOX,
    alphabets,
    distance,
    font_path,
    outline,
    skeleton,
)
from course_lib.tasks.glyph_shapes import SIDE as SOURCE_SIDE

SEED, VERSION = 2021, 1
SIZE = 17.5  # pixels: the longer side of a character before a drawer changes it
PEN = 0.8  # pixels: half the width of a stroke, on average
MIN_INK = 10.0  # pixels' worth of ink that every drawing must have
CHUNK = 64  # characters drawn at a time
META_VAL = ("Arabic", "Arabic joined")
META_TEST = (
    "Armenian",
    "Georgian Asomtavruli",
    "Georgian Mkhedruli",
    "Georgian Nuskhuri",
    "Hebrew",
    "Lao",
    "N'Ko",
    "Ogham",
    "Tifinagh",
)
LICENCE = (
    "Drawn from the letters of DejaVu Sans (© Bitstream Inc. and Tavmjong Bah; Bitstream Vera "
    "and Arev font licences)."
)


def split_of(alphabet: str) -> int:
    """The split of an alphabet, as index into `SPLITS`: whole alphabets are held out.

    So no letter of the meta-test set has a sister with another accent in the meta-train set.
    """
    return 2 if alphabet in META_TEST else 1 if alphabet in META_VAL else 0


def _drawers() -> Float[Tensor, "20 5"]:
    """Each drawer's habits: slant, log size, log width/height, tilt (radians), pen radius (px)."""
    rng = np.random.default_rng([SEED, 0])
    spread = np.array([0.16, 0.10, 0.12, 0.06, 0.12])
    habits = rng.uniform(-1.7, 1.7, (NUM_DRAWERS, 5)) * spread
    return torch.from_numpy(habits + np.array([0, 0, 0, 0, PEN])).float()


def _noise(chars: Sequence[str]) -> Float[Tensor, "chars 20 57"]:
    """Standard normal numbers for every drawing, from a seed per character."""
    rows = [np.random.default_rng([SEED, ord(c)]).standard_normal((NUM_DRAWERS, 57)) for c in chars]
    return torch.from_numpy(np.stack(rows)).float()


def _bend(knots: Float[Tensor, "chars 20 2 5 5"]) -> Float[Tensor, "chars 20 28 28 2"]:
    """A smooth displacement field through 5×5 random knots (bicubic)."""
    eye = torch.eye(5).reshape(1, 5, 5, 1)
    weights = F.interpolate(eye, (SIDE, 1), mode="bicubic", align_corners=True)[0, :, :, 0]
    return torch.einsum("cdkij,iy,jx->cdyxk", knots, weights, weights)


def draw(chars: Sequence[str]) -> UInt8[np.ndarray, "chars 20 28 28"]:
    """20 drawings of each character, 255 = ink, in 16 grey levels.

    Every pixel looks up where it came from: the bent, shifted, turned and slanted grid reads the
    distance to the character's skeleton, and what lies within the pen's radius is ink.
    """
    far = distance(skeleton(np.stack([outline(c) for c in chars])))
    habits, noise = _drawers(), _noise(chars)
    slant = habits[:, 0] + 0.06 * noise[..., 0]
    size = (habits[:, 1] + 0.06 * noise[..., 1]).exp() * SIZE / BOX  # px per source px
    width = (habits[:, 2] + 0.06 * noise[..., 2]).exp()
    tilt = habits[:, 3] + 0.08 * noise[..., 3]
    pen = (habits[:, 4] + 0.05 * noise[..., 4]).clamp(min=0.6)[..., None, None]

    axis = torch.arange(SIDE) - (SIDE - 1) / 2
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    straight = torch.stack([x, y], -1)
    shift = 1.3 * noise[..., None, None, 5:7]
    bent = straight + 0.85 * _bend(noise[..., 7:57].unflatten(-1, (2, 5, 5))) + shift

    def ink(grid: Tensor) -> Tensor:
        """Ink in [0, 1] where `grid` [chars, 20, 28, 28, 2] holds each pixel's origin."""
        cos, sin = tilt.cos()[..., None, None], tilt.sin()[..., None, None]
        u, v = cos * grid[..., 0] + sin * grid[..., 1], cos * grid[..., 1] - sin * grid[..., 0]
        u = (u + slant[..., None, None] * v) / width.sqrt()[..., None, None]
        v = v * width.sqrt()[..., None, None]
        source = torch.stack([u, v], -1) / size[..., None, None, None] * (2 / SOURCE_SIDE)
        field = far[:, None].expand(-1, NUM_DRAWERS, -1, -1).flatten(0, 1)[:, None]
        found = F.grid_sample(
            field, source.flatten(0, 1), padding_mode="border", align_corners=False
        ).reshape(source.shape[:-1])
        return (pen - found * size[..., None, None] + 0.5).clamp(0, 1)

    image = ink(bent)
    thin = image.sum((-2, -1)) < MIN_INK
    if thin.any():  # bent out of the picture: draw it straight
        image = torch.where(thin[..., None, None], ink(straight.expand_as(bent)), image)
    return unpack(pack((image * 255).round().to(torch.uint8).numpy()))


def few(num_characters: int, gen: torch.Generator, *, split: str = "meta-test") -> CharacterSet:
    """`num_characters` characters of one split, drawn by chance, within a fraction of a second.

    The same pictures as in the full set, without drawing or reading that.
    Errors: ValueError for an unknown split or more characters than it holds.
    """
    if split not in SPLITS:
        raise ValueError(f"There is no split {split!r}: choose one of {', '.join(SPLITS)}.")
    names = [a for a in sorted(alphabets()) if split_of(a) == SPLITS.index(split)]
    pool = [(c, a) for a in names for c in alphabets()[a]]
    if not 1 <= num_characters <= len(pool):
        raise ValueError(f"{num_characters} characters: choose 1 to {len(pool)}, what {split} has.")
    chosen = [pool[i] for i in torch.randperm(len(pool), generator=gen)[:num_characters].tolist()]
    return _assemble(chosen, draw([c for c, _ in chosen]))


def _assemble(labelled: list[tuple[str, str]], images: np.ndarray) -> CharacterSet:
    """The character set of (character, alphabet) pairs and their pictures."""
    names = tuple(sorted(alphabets()))
    alphabet = as_tensor([names.index(a) for _, a in labelled])
    split = as_tensor([split_of(a) for _, a in labelled])
    return CharacterSet("glyphs", LICENCE, torch.from_numpy(images), alphabet, names, split)


def load(*, progress: bool = True) -> CharacterSet:
    """All glyphs; drawn at first use (some seconds), then read from `characters.cache_folder()`.

    A cache that is damaged or of another font is noticed by its checksum, mentioned, and drawn
    again; where no cache can be written, that is said and the glyphs are returned all the same.
    """
    labelled = [(c, a) for a in sorted(alphabets()) for c in alphabets()[a]]
    try:
        path = cache_folder() / f"glyphs-v{VERSION}.npz"
        there = path.is_file()
    except (OSError, settings.Unusable) as problem:
        print(f"The glyphs can't be kept ({problem}): they will be drawn anew each time.")
        return _assemble(labelled, _draw_all([c for c, _ in labelled], progress))
    images = _read(path, len(labelled)) if there else None
    if images is None:
        if there:
            print("The cached glyphs are damaged, or of another font: they are drawn again.")
        images = _draw_all([c for c, _ in labelled], progress)
        try:
            _write(path, images)
        except OSError as problem:
            print(f"The glyphs can't be kept ({problem}): they will be drawn anew each time.")
    return _assemble(labelled, images)


def _draw_all(chars: list[str], progress: bool) -> UInt8[np.ndarray, "chars 20 28 28"]:
    from tqdm import tqdm

    parts = []
    with tqdm(total=len(chars), desc="Drawing glyphs", unit="char", disable=not progress) as bar:
        for start in range(0, len(chars), CHUNK):
            parts.append(draw(chars[start : start + CHUNK]))
            bar.update(len(parts[-1]))
    return np.concatenate(parts)


def _digest(packed: np.ndarray) -> str:
    """A checksum of the pictures, of their order, of the recipe and of the font."""
    order = "".join(alphabets()[a] for a in sorted(alphabets()))
    recipe = f"{VERSION} {SEED} {order}".encode() + font_path().read_bytes()
    return hashlib.sha256(recipe + packed.tobytes()).hexdigest()


def _write(path: Path, images: np.ndarray) -> None:
    """Write the cache under another name first, so that an interrupt leaves no half file."""
    packed = pack(images)
    with files.whole(path) as draft:
        np.savez_compressed(draft, images=packed, digest=np.array(_digest(packed)))


def _read(path: Path, count: int) -> UInt8[np.ndarray, "chars 20 28 28"] | None:
    """The cached pictures, or None where the file is not what `_write` wrote."""
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            packed, digest = file["images"], str(file["digest"])
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error):
        return None
    whole = packed.shape == (count, NUM_DRAWERS, SIDE, SIDE // 2) and digest == _digest(packed)
    return unpack(packed) if whole else None


if __name__ == "__main__":
    characters = load()
    print(f"{len(characters.images)} characters of {len(alphabets())} alphabets are in the cache.")
