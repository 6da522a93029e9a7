"""Omniglot, the real thing: 1,623 handwritten characters of 50 alphabets, 20 drawers each
(notebook 06).

Read from a file on this machine: where `COURSE_DATA` points, in `../shared/data`, or in the cache
that `python -m course_lib data omniglot` fills from the authors' archives.
"""

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int, UInt8

from course_lib.tasks.characters import (
    NUM_DRAWERS,
    SIDE,
    CharacterSet,
    as_tensor,
    cache_folder,
    data_folders,
    unpack,
)

FILE = Path("omniglot") / "omniglot_28_4bit.npz"
COMMAND = "python -m course_lib data omniglot"
LICENCE = (
    "Omniglot, © 2015 Brenden Lake, MIT licence. "
    "Lake, Salakhutdinov & Tenenbaum, Science 350 (2015) 1332–1338."
)
CHARACTERS, BACKGROUND = 1623, 964
FIRST_META_TEST = 1201  # in the archives' own numbering, which starts at 1
# What `load` reads: kind of number and shape. `image_char` and `drawer` say what each picture is.
PICTURES = (CHARACTERS * NUM_DRAWERS,)
ARRAYS = {
    "images": ("u", (*PICTURES, SIDE, SIDE // 2)),
    "image_char": ("iu", PICTURES),
    "drawer": ("iu", PICTURES),
    "alphabet_names": ("U", None),
    "char_id": ("iu", (CHARACTERS,)),
    "alphabet": ("iu", (CHARACTERS,)),
    "is_background": ("b", (CHARACTERS,)),
}
# All that a file which is no good archive of arrays can raise.
BROKEN = (
    EOFError, KeyError, MemoryError, NotImplementedError, OSError, RuntimeError, SyntaxError,
    TypeError, ValueError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
META_VAL = ("Armenian", "Bengali", "Early_Aramaic", "Hebrew", "Mkhedruli_(Georgian)")


def find() -> Path | None:
    """The file with the pictures, or None where there is none."""
    places = [folder / FILE for folder in data_folders()] + [cache_folder() / FILE.name]
    found = [place for place in places if place.is_file()]
    return found[0] if found else None


def vinyals_split(
    char_id: Int[np.ndarray, "chars"], alphabets: Sequence[str]
) -> UInt8[np.ndarray, "chars"]:
    """Vinyals' split as later code spread it: 0, 1, 2 for meta-train, meta-val, meta-test.

    The archives number all characters from 1 to 1,623. From 1,201 on they are for the meta-test;
    of the others, five alphabets are for meta-validation. `alphabets`: each character's.
    """
    parts = np.where(np.isin(np.array(alphabets), META_VAL), 1, 0)
    return np.where(char_id >= FIRST_META_TEST, 2, parts).astype(np.uint8)


def load(split: str = "vinyals") -> CharacterSet:
    """Omniglot at 28×28, 255 = ink, with one of two splits over its characters.

    "vinyals": 1,028 / 172 / 423 characters for meta-train, meta-val, meta-test (Vinyals et al.
    2016, unchecked). "background": the authors' 964 background characters for meta-training, their
    659 evaluation characters of other alphabets for the meta-test, and no meta-val.
    Errors: FileNotFoundError where the file is missing, ValueError where it is damaged or for
    another split.
    """
    if split not in ("vinyals", "background"):
        raise ValueError(f"There is no split {split!r} of Omniglot: choose vinyals or background.")
    path = find()
    if path is None:
        places = " or ".join(str(folder) for folder in data_folders())
        raise FileNotFoundError(
            f"Omniglot is not on this machine: fetch it with `{COMMAND}` (12 MB), or put {FILE} "
            f"into {places}, or set COURSE_DATA to the folder that holds it, or use the glyphs."
        )
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in ARRAYS}
    except BROKEN as problem:
        raise ValueError(f"{path} is damaged: delete it and fetch Omniglot again.") from problem
    wrong = _unfit(arrays)
    if wrong:
        raise ValueError(
            f"{path} is not Omniglot (its {wrong}): delete it and fetch Omniglot again."
        )
    images = unpack(arrays["images"].reshape(CHARACTERS, 20, 28, 14))
    names = tuple(str(name) for name in arrays["alphabet_names"])
    alphabet, background, char_id = (
        arrays[name] for name in ("alphabet", "is_background", "char_id")
    )
    if split == "background":
        parts = np.where(background, 0, 2)
    else:
        parts = vinyals_split(char_id, [names[i] for i in alphabet])
    tensors = torch.from_numpy(images), as_tensor(alphabet)
    return CharacterSet("omniglot", LICENCE, *tensors, names, as_tensor(parts))


def _unfit(arrays: dict[str, np.ndarray]) -> str:
    """What in a file's arrays cannot be Omniglot's: "" where all can."""
    for name, (kinds, shape) in ARRAYS.items():
        array = arrays[name]
        fits = array.ndim == 1 if shape is None else array.shape == shape
        if array.dtype.kind not in kinds or not fits:
            return f"{name} is {array.dtype} {list(array.shape)}"
    if arrays["images"].dtype != np.uint8:
        return f"images are {arrays['images'].dtype}"
    if not (arrays["alphabet"] >= 0).all() or arrays["alphabet"].max() >= len(
        arrays["alphabet_names"]
    ):
        return "alphabet points at none of alphabet_names"
    if not set(META_VAL) <= set(arrays["alphabet_names"].tolist()):
        return f"alphabet_names lack {META_VAL[0]} or others of the meta-validation"
    expected = {
        "char_id": np.arange(1, CHARACTERS + 1),
        "image_char": np.repeat(np.arange(CHARACTERS), NUM_DRAWERS),
        "drawer": np.tile(np.arange(1, NUM_DRAWERS + 1), CHARACTERS),
        "is_background": np.arange(CHARACTERS) < BACKGROUND,
    }
    wrong = [name for name, values in expected.items() if not (arrays[name] == values).all()]
    return f"{wrong[0]} is in another order" if wrong else ""
