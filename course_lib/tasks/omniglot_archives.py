"""What is in Omniglot's two official archives, as the arrays that `omniglot.load` reads
(notebook 06).

Nothing is unpacked to disk: pictures are read out of the archives by their exact names, so an
archive with other names in it can write nowhere.
"""

import io
import re
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8
from PIL import Image, UnidentifiedImageError
from tqdm import tqdm

from course_lib.tasks.characters import NUM_DRAWERS, SIDE, pack
from course_lib.tasks.omniglot import vinyals_split

FULL_SIDE = 105
LARGEST = 20_000  # bytes of one picture, unpacked: the real ones have some 200
NAME = re.compile(r"images_\w+/([^/\\]+)/character(\d\d)/(\d{4})_(\d\d)\.png")
# All that a file which is no good archive can raise: zipfile's own errors (RuntimeError for a
# password, NotImplementedError for a strange compression), and Pillow's.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    SyntaxError,
    UnidentifiedImageError,
    ValueError,
    Image.DecompressionBombError,
)


class Character(NamedTuple):
    """One character: its alphabet, its number in it, and drawer (1…20) → picture [28, 28]."""

    alphabet: str
    own_number: int
    drawings: dict[int, np.ndarray]


def read_archives(paths: list[Path], characters: list[int]) -> dict[str, np.ndarray]:
    """All arrays of `omniglot_28_4bit.npz`; `paths` are the background and the evaluation archive.

    `images` [1623·20, 28, 14] as `characters.pack` makes them, sorted by character and drawer.
    `image_char`, `drawer`: of each picture. Per character: `char_id` (1…1623, the archives' own
    number), `alphabet` (index into `alphabet_names`), `char_in_alphabet`, `is_background`,
    `vinyals_split` (0, 1, 2: meta-train, meta-val, meta-test).
    Errors: ValueError for an archive that is broken or holds something else.
    """
    parts = [_read(path, count) for path, count in zip(paths, characters, strict=True)]
    found = parts[0] | parts[1]
    ids = sorted(found)  # the archives number their characters together
    if len(ids) != sum(characters):
        raise ValueError(f"{paths[0].name} and {paths[1].name} share characters")
    names = list(dict.fromkeys(found[i].alphabet for i in ids))
    drawers = range(1, NUM_DRAWERS + 1)
    return {
        "images": pack(np.stack([found[i].drawings[d] for i in ids for d in drawers])),
        "image_char": np.repeat(np.arange(len(ids), dtype=np.int16), NUM_DRAWERS),
        "drawer": np.tile(np.array(drawers, np.uint8), len(ids)),
        "alphabet_names": np.array(names),
        "char_id": np.array(ids, np.int16),
        "alphabet": np.array([names.index(found[i].alphabet) for i in ids], np.uint8),
        "char_in_alphabet": np.array([found[i].own_number for i in ids], np.uint8),
        "is_background": np.array([i in parts[0] for i in ids]),
        "vinyals_split": vinyals_split(np.array(ids), [found[i].alphabet for i in ids]),
    }


def _read(path: Path, count: int) -> dict[int, Character]:
    """character's number → character, of one archive."""
    found: dict[int, Character] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for member in tqdm(archive.infolist(), desc=f"reading {path.name}", leave=False):
                match = NAME.fullmatch(member.filename)
                if not match:
                    continue  # folders; anything else is never read
                if member.file_size > LARGEST:
                    raise ValueError(f"{member.filename} has {member.file_size} bytes")
                alphabet, own, number, drawer = match.groups()
                character = found.setdefault(int(number), Character(alphabet, int(own), {}))
                character.drawings[int(drawer)] = small(archive.read(member))
    except BROKEN as problem:
        raise ValueError(f"{path.name} cannot be read ({problem})") from problem
    wanted = set(range(1, NUM_DRAWERS + 1))
    if len(found) != count or any(set(c.drawings) != wanted for c in found.values()):
        raise ValueError(
            f"{path.name} holds {len(found)} characters where {count} of {NUM_DRAWERS} drawings "
            "were expected"
        )
    return found


def small(png: bytes) -> UInt8[np.ndarray, "28 28"]:
    """One picture of an archive at 28×28, 255 = ink.

    The files are 1-bit with 1 = paper. Pillow resizes 1-bit pictures by nearest neighbour whatever
    filter is asked for: so grey first, then the filter.
    Errors: ValueError for a picture of another size, before it is unpacked.
    """
    with Image.open(io.BytesIO(png)) as opened:
        if opened.size != (FULL_SIDE, FULL_SIDE):
            raise ValueError(f"a picture of {opened.size} pixels")
        grey = opened.convert("L").point(lambda value: 255 - value)
        return np.asarray(grey.resize((SIDE, SIDE), Image.Resampling.LANCZOS))
