"""Where the front door keeps its things, all of them below the folder of the course."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Places:
    """The paths of one copy of the course, whose folder is `root`."""

    root: Path = ROOT

    @property
    def venv(self) -> Path:
        """The environment that holds all that is installed."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The Python of that environment."""
        return self.venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def stamp(self) -> Path:
        """Written last: an environment without it is unfinished."""
        return self.venv / "course-setup.json"

    @property
    def course(self) -> Path:
        """The folder for what the course notes on this machine."""
        return self.root / ".course"

    @property
    def log(self) -> Path:
        """All that the installers said, this time."""
        return self.course / "install.log"

    @property
    def lock_file(self) -> Path:
        """Held by whoever is setting up."""
        return self.course / "setup.lock"

    @property
    def lock(self) -> Path:
        """The version of everything."""
        return self.root / "constraints.lock"

    @property
    def site_packages(self) -> Path:
        """Where the environment keeps its packages."""
        found = [*self.venv.glob("lib/python*/site-packages")]
        return found[0] if found else self.venv / "Lib" / "site-packages"
