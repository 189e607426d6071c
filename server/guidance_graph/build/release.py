# SPDX-License-Identifier: EUPL-1.2
"""Releases: complete, immutable folders, one of which is current.

::

    releases/
    ├── 1f0c2a9be7d4/           the first 12 digits of the digest of the dataset
    │   ├── store/              an Oxigraph store: every named graph, and their union as default
    │   ├── dumps/              guidance-graph.{jsonld,nq,trig,ttl} and tables/<class>.csv
    │   ├── validation.ttl      the report of SHACL
    │   └── manifest.json       what it holds, what it was made from, and by what
    └── current -> 1f0c2a9be7d4

A release is written beside its place, synchronised and renamed, and becomes current by one rename
of the link: whoever reads ``current`` sees the old release or the new one, whole.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from guidance_graph import __version__
from guidance_graph.build.files import locked, point, sha256, synchronise, synchronise_entries
from guidance_graph.build.inputs import input_hashes
from guidance_graph.terms.errors import ReleaseError
from guidance_graph.terms.namespaces import PREFIXES
from guidance_graph.terms.settings import Settings

if TYPE_CHECKING:  # a server that asks for the current release needs neither rdflib nor pySHACL
    from guidance_graph.build.oxigraph import CanonicalDataset

NAME: Final = "guidance-graph"
#: The file of a release that holds all of it, one quad to a line.
QUADS: Final = f"dumps/{NAME}.nq"
#: Raised by one when a release of before cannot be read any more.
LAYOUT: Final = 1
KEPT: Final = 3
_CURRENT: Final = "current"
_LOCK: Final = ".lock"
_NEW: Final = ".new-"
#: Files of the store that a reader of it may write.
_UNSTABLE: Final = frozenset(("LOCK", "LOG", "IDENTITY"))
_PATIENCE: Final = 120.0
_TOOLS: Final = ("owlrl", "pyoxigraph", "pyshacl", "rdflib", "reasonable")
_CODE: Final = Path(__file__).parents[1]


@dataclass(frozen=True)
class Release:
    """One release: its folder, the store in it, and what it says of itself."""

    path: Path
    manifest: Mapping[str, Any]

    @property
    def store_path(self) -> Path:
        """The folder of the Oxigraph store."""
        return self.path / "store"

    @property
    def dumps_path(self) -> Path:
        """The folder of the dumps."""
        return self.path / "dumps"

    @property
    def quads_path(self) -> Path:
        """The file of the N-Quads."""
        return self.path / QUADS

    @property
    def digest(self) -> str:
        """The SHA-256, in hex, of the dataset as canonical N-Quads."""
        return str(self.manifest["digest"])


def current_release(settings: Settings) -> Release:
    """The release that is to be served.

    Raises:
        ReleaseError: there is none, it is damaged, or another version made it.
    """
    link = settings.releases / _CURRENT
    if not link.is_symlink():
        raise ReleaseError(f"no release in {settings.releases}; make one: guidance-graph build")
    return open_release(link.resolve())


def open_release(path: Path) -> Release:
    """The release in a folder.

    Raises:
        ReleaseError: it is damaged, or another version made it.
    """
    advice = "build it anew: guidance-graph build"
    try:
        manifest = json.loads((path / "manifest.json").read_bytes())
        made_by = manifest["program"]["version"], manifest["layout"]
        sizes = {name: file["bytes"] for name, file in manifest["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReleaseError(f"{path} holds no manifest that can be read; {advice}") from error
    if made_by != (__version__, LAYOUT):
        raise ReleaseError(f"{path} was made by version {made_by[0]}, not {__version__}; {advice}")
    for name, size in sizes.items():
        file = path / name
        if not file.is_file() or file.stat().st_size != size:
            raise ReleaseError(f"{file} is missing or damaged; {advice}")
    return Release(path, manifest)


def is_current(settings: Settings) -> bool:
    """Whether the current release was made of the files as they are, by this program and tools.

    One that is held in memory is not, where its N-Quads are no more what they were.

    Raises:
        SourceError: there are no files to build from.
    """
    inputs = input_hashes(settings.root)
    try:
        release = current_release(settings)
    except ReleaseError:
        return False
    manifest = release.manifest
    if manifest["inputs"] != inputs or manifest["program"] != program():
        return False
    held = manifest["triples"] <= settings.memory_triples
    return not held or is_as_made(release, QUADS)


def program() -> dict[str, Any]:
    """What makes a release: the version, the code of the build, and the libraries."""
    modules = [*sorted((_CODE / "build").glob("*.py")), _CODE / "terms" / "namespaces.py"]
    code = {path.relative_to(_CODE).as_posix(): sha256(path) for path in modules}
    return {
        "version": __version__,
        "code": code,
        "tools": {tool: version(tool) for tool in _TOOLS},
    }


@dataclass(frozen=True)
class Contents:
    """What goes into a release."""

    identifier: str
    dataset: "CanonicalDataset"
    tables: Mapping[str, str]
    validation: str
    counts: Mapping[str, int]
    inputs: Mapping[str, str]


def refuse_unwritable(releases: Path) -> None:
    """Find out before the work of a build whether its release could be written.

    Raises:
        ReleaseError: the folder is none, or cannot be written or made.
    """
    there = next(path for path in (releases, *releases.parents) if os.path.lexists(path))
    try:
        str(releases).encode()
        with tempfile.TemporaryDirectory(dir=there, prefix=_NEW):
            pass
    except UnicodeEncodeError as error:
        raise ReleaseError(f"{releases} cannot be written: its name is not UTF-8") from error
    except OSError as error:
        raise ReleaseError(f"{releases} cannot be written: {error.strerror}") from error


def publish(contents: Contents, settings: Settings) -> Release:
    """Write a release and make it the current one.

    Raises:
        ReleaseError: the folder cannot be written, or another build does not come to its end.
    """
    releases = settings.releases
    try:
        releases.mkdir(parents=True, exist_ok=True)
        with locked(releases / _LOCK, _PATIENCE):
            _clean(releases)
            new = Path(tempfile.mkdtemp(dir=releases, prefix=_NEW))
            try:
                _write(contents, new)
                path = _place(new, contents.dataset.digest, releases)
            finally:
                shutil.rmtree(new, ignore_errors=True)
            point(releases / _CURRENT, path.name)
            synchronise_entries(releases)
            _prune(releases, path)
    except TimeoutError as error:
        raise ReleaseError(f"another build holds {releases / _LOCK} for too long") from error
    except OSError as error:
        raise ReleaseError(f"{releases} cannot be written: {error.strerror or error}") from error
    return open_release(path)


def _write(contents: Contents, folder: Path) -> None:
    """Fill the folder."""
    dumps = folder / "dumps"
    (dumps / "tables").mkdir(parents=True)
    contents.dataset.write_store(folder / "store")
    contents.dataset.write_dumps(dumps, NAME, PREFIXES)
    for name, table in contents.tables.items():
        (dumps / "tables" / f"{name}.csv").write_text(table, encoding="utf-8", newline="")
    (folder / "validation.ttl").write_text(contents.validation, encoding="utf-8")
    manifest = {
        "name": NAME,
        "layout": LAYOUT,
        "digest": contents.dataset.digest,
        "identifier": contents.identifier,
        "counts": dict(contents.counts),
        "graphs": {name: asdict(graph) for name, graph in contents.dataset.graphs.items()},
        "triples": sum(1 for _ in contents.dataset.triples()),
        "inputs": dict(contents.inputs),
        "program": program(),
        "files": {
            path.relative_to(folder).as_posix(): {
                "bytes": path.stat().st_size,
                "sha256": sha256(path),
            }
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name not in _UNSTABLE
        },
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")
    folder.chmod(0o755)
    synchronise(folder)


def _clean(releases: Path) -> None:
    """Remove what a build that was killed has left."""
    for folder in releases.glob(f"{_NEW}*"):
        shutil.rmtree(folder)
    for link in releases.glob(f".{_CURRENT}.*"):
        link.unlink()


def _place(new: Path, digest: str, releases: Path) -> Path:
    """Move a new release to where it belongs, unless the very same is there already.

    The same dataset made of files that differ in form, or by other tools, is another release and
    has a number after its digest: no release is ever changed.
    """
    made = _origin(new)
    for number in count(1):
        path = releases / (digest[:12] if number == 1 else f"{digest[:12]}-{number}")
        if not _is_whole(path):
            shutil.rmtree(path, ignore_errors=True)
            new.rename(path)
            return path
        if _origin(path) == made:
            os.utime(path / "manifest.json")
            return path
    raise AssertionError("count() has no end")


def _is_whole(path: Path) -> bool:
    """Whether a folder holds a release, each file of it with the bytes that it was made with."""
    try:
        release = open_release(path)
    except ReleaseError:
        return False
    return all(is_as_made(release, name) for name in release.manifest["files"])


def is_as_made(release: Release, name: str) -> bool:
    """Whether a file of a release has the bytes that it was made with."""
    made = release.manifest["files"][name]["sha256"]
    return bool(sha256(release.path / name) == made)


def _origin(path: Path) -> tuple[Any, Any]:
    manifest = json.loads((path / "manifest.json").read_bytes())
    return manifest["inputs"], manifest["program"]


def _prune(releases: Path, current: Path) -> None:
    """Remove all but the last few releases; one that a server still reads is among those."""
    made = {path.parent: path.stat().st_mtime_ns for path in releases.glob("*/manifest.json")}
    made.pop(releases / _CURRENT, None)
    made.pop(current, None)
    for path in sorted(made, key=lambda each: made[each], reverse=True)[KEPT - 1 :]:
        shutil.rmtree(path)
