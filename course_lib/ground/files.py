"""Files that are whole or not there, and what is said of those that hold something else."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A draft to fill; it becomes `path` at the end, or goes where anything goes wrong.

    Each call has a draft of its own, so two processes that write the same file never meet, and
    whoever reads sees the old content or the new. Errors: OSError where the disk can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.stem}-", suffix=f".draft{path.suffix}"
    )
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        draft.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write(path: Path, content: str | bytes) -> None:
    """Make `content` the whole of `path`; text as UTF-8, with line ends as they are.

    Errors: OSError where the disk can't be written; then `path` is what it was.
    """
    with whole(path) as draft:
        draft.write_bytes(content if isinstance(content, bytes) else content.encode())


def read_json(path: Path, damaged: str) -> object:
    """What a JSON file holds.

    Errors: ValueError saying `damaged` for a file that holds no JSON; OSError where the disk can't
    be read.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as problem:  # no text, no JSON, or brackets without end
        raise ValueError(damaged) from problem


@contextmanager
def alone(path: Path, seconds: float = 10.0) -> Iterator[None]:
    """No other process is inside `alone(path)` now; what is held ends with the process.

    On a file system without locks it holds nobody back.
    Errors: TimeoutError, in a sentence, when another process has it for longer than `seconds`.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    try:
        lock.acquire(timeout=seconds)
    except Timeout as problem:
        raise TimeoutError(
            f"Another process is at work on {path.name}: wait for its end, then call again."
        ) from problem
    except NotImplementedError:
        pass
    try:
        yield
    finally:
        lock.release()


def _umask() -> int:
    """The rights that this process takes away from new files."""
    now = os.umask(0o022)
    os.umask(now)
    return now
