"""Where a reader opens a notebook live: made from one setting, the repository's address.

It stands in pyproject.toml, so that nothing else has to be changed where the course is copied:

    [tool.course]
    repository = "https://github.com/OWNER/NAME"
    branch = "main"
    hub = "https://hub.example.org"    # a JupyterHub with nbgitpuller; "" where there is none
"""

import html
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

BINDER = "https://mybinder.org/v2"
PROVIDERS = {"github.com": "gh", "gitlab.com": "gl"}  # as Binder calls them


@dataclass(frozen=True)
class Address:
    """Where the course lies for all to see; `repository` is "" where it lies nowhere."""

    repository: str = ""
    branch: str = "main"
    hub: str = ""

    def __post_init__(self):
        for name in ("repository", "hub"):
            value = getattr(self, name)
            parts = urlsplit(value)
            if value and (parts.scheme not in ("http", "https") or not parts.netloc):
                raise ValueError(
                    f"{name} in pyproject.toml is {value!r}: give an address that begins with "
                    'https://, or "".'
                )

    @property
    def name(self) -> str:
        """The folder that a clone has."""
        return self.repository.rstrip("/").removesuffix(".git").rpartition("/")[2]

    def ways(self, path: str) -> dict[str, str]:
        """The addresses under which a notebook of the repository opens, by the words for them."""
        if not self.repository:
            return {}
        parts = urlsplit(self.repository.rstrip("/").removesuffix(".git"))
        place, found = parts.path.strip("/"), {}
        if parts.netloc == "github.com":
            where = f"{place}/blob/{quote(self.branch)}/{quote(path)}"
            found["Colab"] = f"https://colab.research.google.com/github/{where}"
        if provider := PROVIDERS.get(parts.netloc):
            project = place if provider == "gh" else quote(place, safe="")
            lab = urlencode({"labpath": path})
            found["Binder"] = f"{BINDER}/{provider}/{project}/{quote(self.branch, safe='')}?{lab}"
        if self.hub:
            pull = {
                "repo": self.repository, "branch": self.branch,
                "urlpath": f"lab/tree/{self.name}/{path}",
            }  # fmt: skip
            found["JupyterHub"] = (
                f"{self.hub.rstrip('/')}/hub/user-redirect/git-pull?{urlencode(pull)}"
            )
        return found


def address(root: Path) -> Address:
    """The course's address as pyproject.toml gives it.

    Errors: ValueError for a setting that there is not, or that is no address.
    """
    import tomllib  # Python 3.11, which Sphinx 9 needs too

    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    said = tomllib.loads(text).get("tool", {}).get("course", {})
    unknown = sorted(set(said) - set(Address.__dataclass_fields__))
    if unknown:
        raise ValueError(f"pyproject.toml sets tool.course.{unknown[0]}, which there is not.")
    return Address(**said)


def line(where: Address, path: str, up: str, more: dict[str, str]) -> str:
    """What stands under a notebook's title: the ways to open it, and what belongs to it.

    `path` is the notebook's place in the repository, `up` the way to the site's first folder,
    `more` has further links by their words.
    """
    ways = {f"Open in {name}": link for name, link in where.ways(path).items()}
    stored = {"Download the notebook": f"{up}downloads/{path}"}
    links = " ".join(
        f'<a href="{html.escape(link, quote=True)}"{" download" if words in stored else ""}>'
        f"{html.escape(words)}</a>"
        for words, link in {**ways, **stored, **more}.items()
    )
    how = f'<a href="{up}README.html#two-commands">set the course up</a>'
    still = "" if ways else f"<p>Nothing is computed on this page. To run it yourself, {how}.</p>"
    return f'<div class="course-open"><p class="course-links">{links}</p>{still}</div>'
