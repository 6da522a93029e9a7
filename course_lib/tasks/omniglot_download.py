"""Omniglot from its authors' repository: two archives, checked, read and kept as one small file.

Nothing is unpacked to disk: pictures are read out of the archives by their exact names, so an
archive with other names in it can write nowhere. An interrupted download goes on where it stopped.
"""

import hashlib
import io
import re
import urllib.error
import urllib.request
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8
from PIL import Image, UnidentifiedImageError
from tqdm import tqdm

from course_lib.tasks.characters import NUM_DRAWERS, SIDE, cache_folder, pack

BASE = "https://raw.githubusercontent.com/brendenlake/omniglot/master/python"
FULL_SIDE = 105
LARGEST = 20_000  # bytes of one picture, unpacked: the real ones have some 200
CHUNK = 1 << 16
NAME = re.compile(r"images_\w+/([^/\\]+)/character(\d\d)/(\d{4})_(\d\d)\.png")


class Archive(NamedTuple):
    """One of the two archives: its name, its MD5 sum, and how many characters it holds."""

    name: str
    md5: str
    characters: int


# The sums are those that torchvision checks; 964 characters of 30 alphabets, 659 of 20.
ARCHIVES = (
    Archive("images_background", "68d2efa1b9178cc56df9314c21c6e718", 964),
    Archive("images_evaluation", "6b91aef0f799c5bb55b94e3f2daec811", 659),
)


class DownloadProblem(RuntimeError):
    """A download that failed, with what to do about it in one sentence."""


def cached_file() -> Path:
    """Where the converted pictures are kept."""
    return cache_folder() / "omniglot_28_4bit.npz"


def download(
    *, base: str = BASE, archives: tuple[Archive, ...] = ARCHIVES, timeout: float = 30.0
) -> Path:
    """The file with all pictures, downloaded and converted if it is not there yet.

    Keeps the archives until both are converted, so a second call downloads nothing twice.
    Errors: DownloadProblem, which says what to do; what has arrived is kept.
    """
    target, folder = cached_file(), cache_folder()
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{archive.name}.zip" for archive in archives]
    for archive, path in zip(archives, paths, strict=True):
        if not path.exists():
            fetch(f"{base}/{archive.name}.zip", path, md5=archive.md5, timeout=timeout)
    arrays = read_archives(paths, [archive.characters for archive in archives])
    draft = target.with_suffix(".part")
    with draft.open("wb") as file:
        np.savez_compressed(file, **arrays)
    draft.replace(target)
    for path in paths:
        path.unlink()
    return target


def fetch(url: str, path: Path, *, md5: str, timeout: float) -> None:
    """Write what `url` serves to `path`, once its MD5 sum is right; resume from `path`.part.

    Errors: DownloadProblem. A part with a wrong sum is deleted, any other part is kept.
    """
    part = path.with_name(path.name + ".part")
    again = "Call the same command again: it goes on where it stopped."
    try:
        missing = _receive(url, part, path.name, timeout)
    except urllib.error.HTTPError as problem:
        raise DownloadProblem(
            f"{url} answers {problem.code} ({problem.reason}): the file may have moved. "
            "Try later, or put Omniglot's file where COURSE_DATA points."
        ) from problem
    except TimeoutError as problem:
        raise DownloadProblem(f"{url} has sent nothing for {timeout:g} s. {again}") from problem
    except OSError as problem:
        reason = getattr(problem, "reason", problem)
        raise DownloadProblem(f"{url} cannot be reached ({reason}). {again}") from problem
    if missing > 0:
        raise DownloadProblem(f"The connection ended {missing} bytes early. {again}")
    found = hashlib.md5(part.read_bytes(), usedforsecurity=False).hexdigest()
    if found != md5:
        part.unlink()
        raise DownloadProblem(
            f"{path.name} arrived damaged (MD5 {found}, not {md5}) and was deleted. "
            "Call the same command again to fetch it anew."
        )
    part.replace(path)


def _receive(url: str, part: Path, title: str, timeout: float) -> int:
    """Append to `part` what it lacks of `url`; how many announced bytes have not come."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        answer = urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as problem:
        if problem.code == 416 and have:  # nothing is left to send
            return 0
        raise
    with answer:
        if answer.status != 206:  # a server that always starts at the beginning
            have = 0
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length else None
        look = {"total": total, "initial": have, "desc": title, "unit": "B", "unit_scale": True}
        with part.open("ab" if have else "wb") as file, tqdm(**look, leave=False) as bar:
            while chunk := answer.read1(CHUNK):  # what is there: a stall loses nothing
                file.write(chunk)
                bar.update(len(chunk))
    return total - part.stat().st_size if total is not None else 0


def read_archives(paths: list[Path], characters: list[int]) -> dict[str, np.ndarray]:
    """The arrays that `omniglot.load` reads, from the two archives.

    Errors: DownloadProblem for an archive that is broken or holds something else.
    """
    found, background = {}, set()
    for i, (path, count) in enumerate(zip(paths, characters, strict=True)):
        part = _read(path, count)
        found |= part
        background |= set(part) if i == 0 else set()
    ids = sorted(found)  # the archives number their characters together
    alphabets = [found[i][0] for i in ids]
    names = list(dict.fromkeys(alphabets))
    pictures = [drawings[d] for _, drawings in map(found.get, ids) for d in sorted(drawings)]
    return {
        "images": pack(np.stack(pictures)),
        "char_id": np.array(ids, np.int16),
        "alphabet": np.array([names.index(name) for name in alphabets], np.uint8),
        "alphabet_names": np.array(names),
        "is_background": np.array([i in background for i in ids]),
    }


def _read(path: Path, count: int) -> dict[int, tuple[str, dict[int, np.ndarray]]]:
    """character number → (alphabet, drawer → picture) of one archive."""
    found: dict[int, tuple[str, dict[int, np.ndarray]]] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                match = NAME.fullmatch(member.filename)
                if not match:
                    continue  # folders; anything else is never read
                if member.file_size > LARGEST:
                    raise ValueError(f"{member.filename} has {member.file_size} bytes")
                alphabet, _, character, drawer = match.groups()
                picture = small(archive.read(member))
                found.setdefault(int(character), (alphabet, {}))[1][int(drawer)] = picture
    except (zipfile.BadZipFile, zlib.error, UnidentifiedImageError, ValueError, OSError) as problem:
        raise DownloadProblem(
            f"{path.name} cannot be read ({problem}). Delete it and call the same command again."
        ) from problem
    whole = all(len(drawings) == NUM_DRAWERS for _, drawings in found.values())
    if len(found) != count or not whole:
        raise DownloadProblem(
            f"{path.name} holds {len(found)} characters where {count} of {NUM_DRAWERS} drawings "
            "were expected. Delete it and call the same command again."
        )
    return found


def small(png: bytes) -> UInt8[np.ndarray, "28 28"]:
    """One picture of an archive at 28×28, 255 = ink.

    The files are 1-bit with 1 = paper. Pillow resizes 1-bit pictures by nearest neighbour whatever
    filter is asked for: so grey first, then the filter.
    Errors: ValueError for a picture of another size.
    """
    with Image.open(io.BytesIO(png)) as opened:
        if opened.size != (FULL_SIDE, FULL_SIDE):
            raise ValueError(f"a picture of {opened.size} pixels")
        grey = opened.convert("L").point(lambda value: 255 - value)
        return np.asarray(grey.resize((SIDE, SIDE), Image.Resampling.LANCZOS))
