"""Omniglot, the real thing: 1,623 handwritten characters of 50 alphabets, 20 drawers each.

Only reads a file that is on this machine already (`COURSE_DATA`, or `../shared/data`).
"""

import zipfile
import zlib
from pathlib import Path

import numpy as np
import torch

from course_lib.tasks.characters import CharacterSet, as_tensor, data_folders, unpack

FILE = Path("omniglot") / "omniglot_28_4bit.npz"
LICENCE = (
    "Omniglot, © 2015 Brenden Lake, MIT licence. "
    "Lake, Salakhutdinov & Tenenbaum, Science 350 (2015) 1332–1338."
)


def find() -> Path | None:
    """The file with the pictures, or None where there is none."""
    found = [folder / FILE for folder in data_folders() if (folder / FILE).is_file()]
    return found[0] if found else None


def load() -> CharacterSet:
    """Omniglot at 28×28 with Vinyals' split: 1,028 / 172 / 423 characters.

    Errors: FileNotFoundError where the file is missing, ValueError where it is damaged.
    Source of the split: Vinyals et al. 2016 (unchecked), as spread by later code.
    """
    path = find()
    if path is None:
        places = " or ".join(str(folder) for folder in data_folders())
        raise FileNotFoundError(
            f"Omniglot is not on this machine: put {FILE} into {places}, or set COURSE_DATA to the "
            "folder that holds it, or use the glyphs."
        )
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            images = unpack(file["images"].reshape(1623, 20, 28, 14))
            names = tuple(str(name) for name in file["alphabet_names"])
            alphabet, split = as_tensor(file["alphabet"]), as_tensor(file["vinyals_split"])
    except (EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as problem:
        raise ValueError(f"{path} is damaged: fetch Omniglot again.") from problem
    return CharacterSet("omniglot", LICENCE, torch.from_numpy(images), alphabet, names, split)
