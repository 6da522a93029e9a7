"""Where pip was told to look for packages, told to uv, which does not read pip's settings.

A school's mirror, a folder of wheels or a certificate is set up once, for pip.
"""

import ast
import os
import subprocess
from pathlib import Path

# What pip calls a setting, what uv calls it, and what stands between several values.
NAMES = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "no-index": ("UV_NO_INDEX", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "proxy": ("ALL_PROXY", " "),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
}


def as_uv(python: str, root: Path, env: dict[str, str]) -> dict[str, str]:
    """Environment variables for uv that say what pip's settings say; those already set stay.

    `python` is the one with pip; relative folders are meant from `root`.
    """
    said = subprocess.run(
        [python, "-m", "pip", "config", "list"], cwd=root, env=env, capture_output=True,
        stdin=subprocess.DEVNULL, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    found = {}
    for name, values in read(said.stdout, root).items():
        variable, between = NAMES[name]
        if variable not in os.environ:
            found[variable] = between.join(values)
    if "UV_INDEX" in found:  # as pip does: the best version of all indexes, not the first index's
        found.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return found


def read(listing: str, root: Path) -> dict[str, list[str]]:
    """The settings of `pip config list` by pip's name, several values as a list.

    A variable (`:env:`) beats a file's `[install]`, and that its `[global]`.
    """
    ranks = {"global": 0, "install": 1, ":env:": 2}
    best: dict[str, tuple[int, list[str]]] = {}
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        rank = ranks.get(section, -1)
        if name in NAMES and rank >= best.get(name, (0, []))[0] and value[:1] in "'\"":
            words = str(ast.literal_eval(value)).split()
            best[name] = rank, words
    settings = {name: words for name, (_, words) in best.items() if words}
    for name in ("find-links", "extra-index-url", "index-url"):
        if name in settings:
            settings[name] = [word for word in (_absolute(w, root) for w in settings[name]) if word]
    if settings.get("no-index", ["0"])[0].lower() in ("0", "false", "no", "off"):
        settings.pop("no-index", None)
    return {name: words for name, words in settings.items() if words}


def _absolute(word: str, root: Path) -> str | None:
    """An address as it is, a folder with its whole path, None for a folder that is not there."""
    path = Path(word.removeprefix("file://"))
    if "://" in word and not word.startswith("file://"):
        return word
    return str(root / path) if (root / path).exists() else None
