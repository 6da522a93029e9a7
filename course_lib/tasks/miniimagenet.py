"""mini-ImageNet from your own folder of pictures, with the published split: 64, 16 and 20 classes
(notebook 07).

The pictures are ImageNet's and may not be passed on, so the course brings none. What it needs is a
folder with the pictures, and the three split lists `train.csv`, `val.csv` and `test.csv` (columns
filename, label) beside them.
"""

import contextlib
import csv
import gzip
import hashlib
import os
import re
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from course_lib.ground import files
from course_lib.tasks.characters import SPLITS, cache_folder, data_folders
from course_lib.tasks.picture_files import decoded

SIDE = 84
READER = 2  # of the code that reads a picture: another number makes old arrays old
LISTS = dict(zip(SPLITS, ("train", "val", "test"), strict=True))
WHAT_TO_GET = (
    "Get the 60,000 pictures of mini-ImageNet (they are ImageNet's, so ask image-net.org for "
    "access) and the lists train.csv, val.csv and test.csv of Ravi & Larochelle 2017 (repository "
    "twitter-research/meta-learning-lstm). Put the pictures into FOLDER/images and the lists into "
    "FOLDER, which is the folder miniimagenet in the one that COURSE_DATA names; or, in Python, "
    "call miniimagenet.load('meta-train', folder='FOLDER')."
)


def find() -> Path | None:
    """The folder `miniimagenet` beside the other real data, or None where there is none."""
    return next((d for d in (f / "miniimagenet" for f in data_folders()) if d.is_dir()), None)


def split_list(split: str, folder: Path | None = None) -> dict[str, list[str]]:
    """class → its picture files, in the order of the published list of `split`.

    Errors: ValueError for another split or a list that is none; FileNotFoundError that says what
    to get where.
    """
    if split not in LISTS:
        raise ValueError(f"There is no split {split!r}: choose one of {', '.join(SPLITS)}.")
    name = LISTS[split]
    places = [folder / f"{name}.csv"] if folder else []
    places += [d / "miniimagenet_splits" / f"miniimagenet_{name}.csv.gz" for d in data_folders()]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise FileNotFoundError(f"There is no list {name}.csv on this machine. {WHAT_TO_GET}")
    unpacked = gzip.open if found.suffix == ".gz" else open
    try:
        with unpacked(found, "rt", encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeError, csv.Error, EOFError, zlib.error) as problem:
        raise ValueError(
            f"{found} can't be read as a list ({problem}): save it as CSV in UTF-8, with commas."
        ) from problem
    if not rows or not {"filename", "label"} <= rows[0].keys():
        raise ValueError(
            f"{found} is no split list: its columns must be filename and label, with a comma."
        )
    twice = [name for name, n in Counter(row["filename"] for row in rows).items() if n > 1]
    if twice:
        raise ValueError(
            f"{found} lists {twice[0]} twice: it could be learned from and asked about at once."
        )
    classes: dict[str, list[str]] = {}
    for row in rows:
        classes.setdefault(row["label"], []).append(row["filename"])
    return classes


def load(
    split: str, *, folder: str | Path | None = None, progress: bool = True
) -> UInt8[Tensor, "classes pictures 3 84 84"]:
    """The pictures of one split, ready for `episodes.sample_episodes`: 0…255, RGB, 84×84.

    Without `folder`, that of `find` is taken. `picture_files` says how the pictures may lie. The
    first call reads every picture and keeps one array (meta-train: 0.8 GB); later calls map that
    file into memory, as long as no picture and no list has been added, changed or taken away.
    All classes of a split must have equally many pictures (600 in the published lists).
    Errors: FileNotFoundError that says what to get where; ValueError that names a broken picture.
    """
    folder = Path(folder).expanduser() if folder else find()
    if folder is None or not folder.is_dir():
        place = f"{folder} is no folder" if folder else "mini-ImageNet is not on this machine"
        raise FileNotFoundError(f"{place}. {WHAT_TO_GET}")
    classes = split_list(split, folder)
    counts = {len(files) for files in classes.values()}
    if len(counts) != 1:
        raise ValueError(
            f"The classes of {split} differ in size ({sorted(counts)}): check the list."
        )
    cached = cache_folder() / f"miniimagenet_{LISTS[split]}_{_key(folder, split, classes)}.npy"
    shape = len(classes), counts.pop(), 3, SIDE, SIDE
    if not cached.exists():
        _convert(picture_files(folder, split, classes), shape, cached, progress)
    try:
        images = np.load(cached, mmap_mode="c")  # read where it lies; changes stay in memory
    except (EOFError, OSError, ValueError) as problem:
        raise ValueError(f"{cached} is damaged: delete it and call again.") from problem
    return torch.from_numpy(images)


def picture_files(folder: Path, split: str, classes: dict[str, list[str]]) -> list[Path]:
    """The file of every picture of the lists, class after class.

    `folder`, `folder`/images or `folder`/train (val, test) may hold the lists' file names, flat or
    in a folder per class, or ImageNet's own folder per class, n01532829/n01532829_4.JPEG. There,
    the last four digits of a list's name are the place among the class's pictures sorted by number,
    from 1; that is how public tools make mini-ImageNet (the authors' own are unchecked). A folder
    with just as many pictures as the list is taken as it is, sorted.
    Errors: FileNotFoundError that names the first missing picture.
    """
    roots = [folder / "images", folder, folder / LISTS[split]]
    files: list[Path] = []
    for label, names in classes.items():
        places = [place for root in roots for place in (root, root / label)]
        named = [next((p / n for p in places if (p / n).is_file()), None) for n in names]
        missing = [n for n, path in zip(names, named, strict=True) if path is None]
        if len(missing) == len(names):  # other names, then
            named, missing = _by_number([root / label for root in roots], names), names
        if named is None or None in named:
            raise FileNotFoundError(f"{missing[0]} is not in {folder}. {WHAT_TO_GET}")
        files += named
    return files


def _by_number(places: list[Path], names: list[str]) -> list[Path] | None:
    """ImageNet's pictures of one class that the list's names stand for, or None."""
    folder = next((place for place in places if place.is_dir()), None)
    numbered = {}
    for path in folder.iterdir() if folder else ():
        digits = re.search(r"(\d+)$", path.stem)
        if digits and path.is_file():
            numbered[int(digits[1]), path.name] = path
    paths = [numbered[key] for key in sorted(numbered)]
    if len(paths) == len(names):
        return paths
    ends = [re.search(r"(\d{4})$", Path(name).stem) for name in names]
    if not all(end and 1 <= int(end[1]) <= len(paths) for end in ends):
        return None
    return [paths[int(end[1]) - 1] for end in ends]


def _convert(pictures: list[Path], shape: tuple, cached: Path, progress: bool) -> None:
    """Write all pictures as one array, whole or not at all; older arrays of the split go."""
    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    with files.whole(cached) as draft, draft.open("wb") as out:
        np.lib.format.write_array_header_1_0(out, header)
        for path in tqdm(pictures, desc="mini-ImageNet", disable=not progress, leave=False):
            out.write(_picture(path).tobytes())
    place = cached.name.rpartition("_")[0]  # the split and the folder, without the state
    for old in cached.parent.glob(f"{place}_*.npy"):
        if old != cached:
            old.unlink(missing_ok=True)


def _picture(path: Path) -> UInt8[np.ndarray, "3 84 84"]:
    """One picture, squeezed to 84×84."""
    small = decoded(path, "RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    return np.asarray(small).transpose(2, 0, 1)


def _key(folder: Path, split: str, classes: dict[str, list[str]]) -> str:
    """What the pictures of a split are: 8 digits for the folder, 12 for its state and the list.

    The state is the size and the time of the last change of every file that the list could mean, so
    that one that is replaced is read anew.
    """
    found = []
    for place in _places(folder, split, classes):
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(place) as there:
            for entry in there:
                if entry.is_file() and not entry.name.endswith(".csv"):
                    about = entry.stat()
                    found.append((str(place), entry.name, about.st_size, about.st_mtime_ns))
    state = f"{READER} {list(classes.items())} {sorted(found)}"
    return "_".join(
        hashlib.sha256(text.encode()).hexdigest()[:digits]
        for text, digits in ((f"{folder.resolve()}", 8), (state, 12))
    )


def _places(folder: Path, split: str, classes: dict[str, list[str]]) -> list[Path]:
    """All folders in which pictures of the split may lie."""
    roots = [folder / "images", folder, folder / LISTS[split]]
    below = {Path(name).parent for names in classes.values() for name in names}
    inner = sorted({*map(Path, classes), *below, Path()}, key=str)
    return [root / place for root in roots for place in inner]
