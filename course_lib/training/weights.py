"""Weights in safetensors files, each with a checksum inside: what is damaged never loads silently.

The checksum is kept among the file's notes and covers all that the file holds: every tensor with
its name, type and shape, and the other notes.
"""

import hashlib
import json
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from course_lib.ground import files
from course_lib.ground.paths import CHECKPOINTS

Weights = dict[str, Tensor]
SUM = "sha256"  # the note that holds the checksum


def checksum(tensors: Weights, notes: dict[str, str]) -> str:
    """The SHA-256 sum of everything in a file but the sum itself."""
    found = hashlib.sha256()
    rest = sorted((key, text) for key, text in notes.items() if key != SUM)
    heads = [(name, str(p.dtype), list(p.shape)) for name, p in sorted(tensors.items())]
    found.update(json.dumps([rest, heads]).encode())
    for _, p in sorted(tensors.items()):
        found.update(p.contiguous().flatten().view(torch.uint8).numpy())
    return found.hexdigest()


def write_safetensors(path: Path, tensors: Weights, notes: dict[str, str]) -> None:
    """Write tensors and notes with their checksum, whole or not at all.

    Errors: OSError where the disk can't be written; then `path` is what it was.
    """
    tensors = {name: p.detach().cpu().contiguous() for name, p in tensors.items()}
    notes = {**notes, SUM: checksum(tensors, notes)}
    files.write(path, safetensors.torch.save(tensors, notes))


def read_safetensors(path: Path) -> tuple[Weights, dict[str, str]]:
    """Tensors (by name) and notes of a safetensors file, on the CPU; its checksum has been checked.

    Errors: FileNotFoundError if absent; ValueError, saying what to do, if damaged; OSError where it
    can't be read.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: restore it with git, or train it anew.")
    try:
        content = path.read_bytes()
        tensors = safetensors.torch.load(content)
        head = int.from_bytes(content[:8], "little")  # how long the JSON is that follows
        notes = json.loads(content[8 : 8 + head]).get("__metadata__", {})
    except (SafetensorError, ValueError, KeyError, RuntimeError) as problem:
        raise ValueError(damaged(path, problem)) from problem
    if SUM in notes and notes[SUM] != checksum(tensors, notes):
        raise ValueError(damaged(path, "its checksum is wrong"))
    return dict(sorted(tensors.items())), notes  # as read, their order differs from time to time


def damaged(path: Path, why: object) -> str:
    """What is said of a file that is not what was written."""
    return f"{path} is damaged ({why}): delete it and train anew, or restore it with git."


def place(name: str, folder: Path | None = None) -> Path:
    """Where a checkpoint lies: in `folder`, or among the shipped ones."""
    return (folder or CHECKPOINTS) / f"{name}.safetensors"


def save_checkpoint(name: str, theta: Weights, *, made: dict, folder: Path | None = None) -> Path:
    """Write θ to `checkpoints/NAME.safetensors`; `made` (see results.provenance) goes inside.

    Errors: ValueError where θ is not finite; OSError where the disk can't be written.
    """
    bad = not_finite(theta)
    if bad:
        raise ValueError(f"{name} is not saved: {bad}. Take a smaller step size and train anew.")
    path = place(name, folder)
    notes = {"name": name, "made": json.dumps(made, ensure_ascii=False)}
    write_safetensors(path, theta, notes)
    return path


def load_checkpoint(name: str, *, folder: Path | None = None, device=None) -> tuple[Weights, dict]:
    """θ of a shipped checkpoint on `device`, and how it was made.

    Errors: FileNotFoundError naming those that exist; ValueError for a file that is damaged, has
    another name inside, or has no checksum.
    """
    path = place(name, folder)
    if not path.exists():
        have = ", ".join(sorted(p.stem for p in path.parent.glob("*.safetensors"))) or "none"
        raise FileNotFoundError(
            f"There is no checkpoint {name!r} (there are: {have}). "
            f"Train it with: python -m course_lib train {name}"
        )
    theta, notes = read_safetensors(path)
    if SUM not in notes:
        raise ValueError(
            f"{path} has no checksum: it is damaged or older than the checksums. Restore it with "
            f"git, or, if you trust it, call course_lib.training.weights.seal({name!r})."
        )
    if notes.get("name") != name:
        raise ValueError(f"{path} holds the checkpoint {notes.get('name')!r}: rename it.")
    return {k: v.to(device) for k, v in theta.items()}, json.loads(notes["made"])


def seal(name: str, *, folder: Path | None = None) -> Path:
    """Give a checkpoint that has no checksum its own; weights and provenance stay as they are."""
    path = place(name, folder)
    theta, notes = read_safetensors(path)
    write_safetensors(path, theta, {**notes, "name": name})
    return path


def not_finite(theta: Weights) -> str:
    """The first tensors of θ that hold a NaN or an infinity, as "w holds nan"; "" where none do."""
    bad = [name for name, p in theta.items() if not torch.isfinite(p).all()]
    return f"{', '.join(bad[:3])} {'hold' if len(bad) > 1 else 'holds'} NaN or inf" if bad else ""
