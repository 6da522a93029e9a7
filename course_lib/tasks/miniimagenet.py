"""mini-ImageNet from your own folder of pictures, with the published split: 64, 16 and 20 classes.

The pictures are ImageNet's and may not be passed on, so the course brings none. What it needs is a
folder with the 60,000 pictures under the names of the split lists, and the three lists
`train.csv`, `val.csv` and `test.csv` beside them (columns filename, label).
"""

import csv
import gzip
import hashlib
from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image, UnidentifiedImageError
from torch import Tensor
from tqdm import tqdm

from course_lib.tasks.characters import SPLITS, cache_folder, data_folders

SIDE = 84
LISTS = dict(zip(SPLITS, ("train", "val", "test"), strict=True))
WHAT_TO_GET = (
    "mini-ImageNet is not on this machine. Get its 60,000 pictures (they are ImageNet's, so ask "
    "image-net.org for access) and the lists train.csv, val.csv and test.csv of Ravi & Larochelle "
    "2017 (repository twitter-research/meta-learning-lstm). Put the pictures into FOLDER/images, "
    "the lists into FOLDER, and call miniimagenet.load('meta-train', folder='FOLDER')."
)


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
        raise FileNotFoundError(WHAT_TO_GET)
    unpacked = gzip.open if found.suffix == ".gz" else open
    with unpacked(found, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"filename", "label"} <= rows[0].keys():
        raise ValueError(f"{found} is no split list: its columns must be filename and label.")
    classes: dict[str, list[str]] = {}
    for row in rows:
        classes.setdefault(row["label"], []).append(row["filename"])
    return classes


def load(
    split: str, *, folder: str | Path | None = None, progress: bool = True
) -> UInt8[Tensor, "classes pictures 3 84 84"]:
    """The pictures of one split, ready for `episodes.sample_episodes`: 0…255, RGB, 84×84.

    Looks for FOLDER/images/FILE, FOLDER/FILE and FOLDER/images/CLASS/FILE. The first call reads
    every picture and keeps one array; later calls read that. All classes of a split must have
    equally many pictures (600 in the published lists).
    Errors: FileNotFoundError that says what to get where; ValueError that names a broken picture.
    """
    folder = Path(folder) if folder else None
    classes = split_list(split, folder)
    if folder is None or not folder.is_dir():
        raise FileNotFoundError(WHAT_TO_GET)
    counts = {len(files) for files in classes.values()}
    if len(counts) != 1:
        raise ValueError(
            f"The classes of {split} differ in size ({sorted(counts)}): check the list."
        )
    key = hashlib.sha256(f"{folder.resolve()} {sorted(classes.items())}".encode()).hexdigest()[:12]
    cached = cache_folder() / f"miniimagenet_{LISTS[split]}_{key}.npy"
    if not cached.exists():
        shape = len(classes), counts.pop(), 3, SIDE, SIDE
        _convert(folder, classes, shape, cached, progress)
    return torch.from_numpy(np.load(cached))


def _convert(folder: Path, classes: dict, shape: tuple, cached: Path, progress: bool) -> None:
    """Write all pictures as one array, whole or not at all."""
    cached.parent.mkdir(parents=True, exist_ok=True)
    draft = cached.with_suffix(".part")
    files = [(label, name) for label, names in classes.items() for name in names]
    images = np.lib.format.open_memmap(draft, mode="w+", dtype=np.uint8, shape=shape)
    flat = images.reshape(-1, *shape[2:])
    bar = tqdm(files, desc="mini-ImageNet", disable=not progress, leave=False)
    for i, (label, name) in enumerate(bar):
        flat[i] = _picture(folder, label, name)
    images.flush()
    draft.replace(cached)


def _picture(folder: Path, label: str, name: str) -> UInt8[np.ndarray, "3 84 84"]:
    places = [folder / "images" / name, folder / name, folder / "images" / label / name]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise FileNotFoundError(f"{name} is not in {folder} nor in its images. {WHAT_TO_GET}")
    try:
        with Image.open(path) as opened:
            small = opened.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    except (UnidentifiedImageError, OSError) as problem:
        raise ValueError(f"{path} is no picture that can be read: copy it again.") from problem
    return np.asarray(small).transpose(2, 0, 1)
