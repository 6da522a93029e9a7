"""Builds learn2learn as it is published, and leaves out of its metadata what the course can't use.

Its metadata asks for gym, torchvision, gsutil and qpth. They bring 39 packages (convex solvers,
cloud clients), and one of them needs a numpy below 2, which ends at Python 3.12. The parts that the
course compares with need none of them. A build backend for pip and uv (PEP 517): it runs pip.
"""

import base64
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PUBLISHED = "learn2learn==0.2.0"
LEFT_OUT = ("gym", "torchvision", "gsutil", "qpth")
# Its C files were made by an old Cython; `build_ext` makes them anew (its issue 413).
ANEW = "--config-settings=--build-option=build_ext"


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Write the wheel into `wheel_directory` and return its name."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", folder]
        subprocess.run([*pip, ANEW, PUBLISHED], check=True)
        (built,) = Path(folder).glob("*.whl")
        write_lean(built, Path(wheel_directory) / built.name)
        return built.name


def write_lean(built, target):
    """Copy a wheel, with fewer requirements in its METADATA and its RECORD brought in step."""
    with zipfile.ZipFile(built) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        (metadata,) = (name for name in old.namelist() if name.endswith(".dist-info/METADATA"))
        record = metadata.replace("METADATA", "RECORD")
        content = lean(old.read(metadata).decode()).encode()
        for item in old.infolist():
            if item.filename == metadata:
                new.writestr(item, content)
            elif item.filename == record:
                lines = old.read(record).decode().splitlines()
                lines = [line for line in lines if not line.startswith(f"{metadata},")]
                digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode()
                entry = f"{metadata},sha256={digest.rstrip('=')},{len(content)}"
                new.writestr(item, "\n".join([*lines, entry, ""]))
            else:
                new.writestr(item, old.read(item))


def lean(metadata):
    """METADATA without the requirements that are left out."""
    unwanted = tuple(f"Requires-Dist: {name}" for name in LEFT_OUT)
    kept = [line for line in metadata.split("\n") if not line.startswith(unwanted)]
    return "\n".join(kept)
