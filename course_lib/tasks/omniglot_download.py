"""Omniglot from its authors' repository: two archives, checked, read and kept as one small file
(notebook 06).

An interrupted download goes on where it stopped. What is kept is written whole or not at all.
"""

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from course_lib.ground import files, settings
from course_lib.tasks.characters import cache_folder
from course_lib.tasks.omniglot_archives import read_archives

BASE = "https://raw.githubusercontent.com/brendenlake/omniglot/master/python"
CHUNK = 1 << 16  # bytes
AGAIN = "Call the same command again: it goes on where it stopped."
ANEW = "and was deleted. Call the same command again to fetch it anew."


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
    """A download that failed, with what to do about it in a sentence."""


def cached_file() -> Path:
    """Where the converted pictures are kept."""
    return cache_folder() / "omniglot_28_4bit.npz"


def download(
    *, base: str = BASE, archives: tuple[Archive, ...] = ARCHIVES, timeout: float = 30.0
) -> Path:
    """The file with all pictures, downloaded and converted if it is not there yet.

    Keeps the archives until both are converted, so a second call downloads nothing twice.
    `timeout`: seconds without a byte after which the server is given up.
    Errors: DownloadProblem, which says what to do; what has arrived is kept.
    """
    try:
        target = cached_file()
        if target.exists():
            return target
        with files.alone(target, seconds=1):  # or two downloads write into one part
            return target if target.exists() else _download(target, base, archives, timeout)
    except TimeoutError as problem:
        raise DownloadProblem(str(problem)) from problem
    except (OSError, settings.Unusable) as problem:
        raise DownloadProblem(
            f"The cache cannot be written ({problem}). Make room, or name another folder "
            "in COURSE_CACHE, then call the same command again."
        ) from problem


def _download(target: Path, base: str, archives: tuple[Archive, ...], timeout: float) -> Path:
    """Fetches, converts and keeps the pictures. Errors: DownloadProblem, OSError of the disk."""
    paths = [target.with_name(f"{archive.name}.zip") for archive in archives]
    for archive, path in zip(archives, paths, strict=True):
        fetch(f"{base}/{archive.name}.zip", path, md5=archive.md5, timeout=timeout)
    try:
        arrays = read_archives(paths, [archive.characters for archive in archives])
    except ValueError as problem:
        for path in paths:
            path.unlink()
        raise DownloadProblem(f"Omniglot is not what it was: {problem} {ANEW}") from problem
    with files.whole(target) as draft:
        np.savez_compressed(draft, **arrays)
    for path in paths:
        path.unlink()
    return target


def fetch(url: str, path: Path, *, md5: str, timeout: float) -> None:
    """Make `path` what `url` serves, with the right MD5 sum; goes on from `path`.part.

    Errors: DownloadProblem. A part with a wrong sum is deleted, any other part is kept.
    """
    if path.exists() and _md5(path) == md5:
        return
    part = path.with_name(path.name + ".part")
    missing = _receive(url, part, path.name, timeout)
    if missing > 0:
        raise DownloadProblem(f"The connection ended {missing} bytes early. {AGAIN}")
    found = _md5(part)
    if found != md5:
        part.unlink()
        raise DownloadProblem(f"{path.name} arrived damaged (MD5 {found}, not {md5}) {ANEW}")
    part.replace(path)


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def _receive(url: str, part: Path, title: str, timeout: float) -> int:
    """Append to `part` what it lacks of `url`; how many announced bytes have not come."""
    have = part.stat().st_size if part.exists() else 0
    answer = _ask(url, have, timeout)
    if answer is None:
        return 0
    with answer:
        if answer.status != 206:  # a server that always starts at the beginning
            have = 0
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length else None
        look = {"total": total, "initial": have, "desc": title, "unit": "B", "unit_scale": True}
        with part.open("ab" if have else "wb") as file, tqdm(**look, leave=False) as bar:
            for chunk in _chunks(answer, url, timeout):
                file.write(chunk)
                bar.update(len(chunk))
    return total - part.stat().st_size if total is not None else 0


def _ask(url: str, have: int, timeout: float):
    """The server's answer to a wish for all bytes from `have` on; None where there are no more."""
    with _sentences(url, timeout):
        try:
            wish = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
            return urllib.request.urlopen(wish, timeout=timeout)
        except urllib.error.HTTPError as problem:
            if problem.code == 416 and have:
                problem.close()
                return None
            raise


def _chunks(answer, url: str, timeout: float) -> Iterator[bytes]:
    """The bytes of the answer as they come, so that a stall loses nothing that came before."""
    with _sentences(url, timeout):
        while chunk := answer.read1(CHUNK):
            yield chunk


@contextmanager
def _sentences(url: str, timeout: float) -> Iterator[None]:
    """What the network does wrong becomes a DownloadProblem that says what to do."""
    try:
        yield
    except urllib.error.HTTPError as problem:
        problem.close()  # it holds the connection
        raise DownloadProblem(
            f"{url} answers {problem.code} ({problem.reason}): the file may have moved. "
            "Try later, or put Omniglot's file where COURSE_DATA points."
        ) from problem
    except TimeoutError as problem:
        raise DownloadProblem(f"{url} has sent nothing for {timeout:g} s. {AGAIN}") from problem
    except http.client.HTTPException as problem:
        raise DownloadProblem(f"{url} broke off ({problem!r}). {AGAIN}") from problem
    except OSError as problem:
        reason = getattr(problem, "reason", problem)
        raise DownloadProblem(f"{url} cannot be reached ({reason}). {AGAIN}") from problem
    except ValueError as problem:
        raise DownloadProblem(f"{url} is no address ({problem}): try https://…") from problem
