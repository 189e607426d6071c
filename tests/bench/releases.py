# SPDX-License-Identifier: EUPL-1.2
"""Releases to measure: the one of this checkout, and ones so many times as large.

They are made in a folder of their own, with a copy of the files they were made from, so that a
server takes them as current and nothing else that happens in the checkout changes what is measured.
"""

import hashlib
import io
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from guidance_graph.build.files import point, sha256
from guidance_graph.build.inputs import FOLDERS
from guidance_graph.build.pipeline import build
from guidance_graph.build.release import (
    NAME,
    Release,
    current_release,
    is_current,
    open_release,
    program,
)
from guidance_graph.terms.errors import ReleaseError
from guidance_graph.terms.settings import Settings
from tests.bench.template import Template, copies, with_union

#: While a store is written, the old and the new form of its files are on the disk.
_ROOM: Final = 4
_UNSTABLE: Final = frozenset(("LOCK", "LOG", "IDENTITY"))
#: A server reads the N-Quads of a small release into memory; past this many there are none.
_DUMPED: Final = 5_000_000
_MANIFEST: Final = "manifest.json"
_DUMP: Final = f"dumps/{NAME}.nq"


class NoRoomError(Exception):
    """The disk cannot hold a store of this size."""


@dataclass(frozen=True)
class Graph:
    """A release that a server can be started on.

    Attributes:
        scale: how many times as large as the release of the checkout it was asked to be.
        quads: how many quads it has; those of the union are not counted again.
        release: its folder.
        settings: root and releases, as the server is to have them.
    """

    scale: int
    quads: int
    release: Release
    settings: Settings


def base_graph(work: Path, checkout: Settings) -> Graph:
    """Return the release of a checkout, built if it is not current there.

    Args:
        work: a folder to put it in; what is there already is used if it is the same.
        checkout: where the files, and maybe a release of them, are.
    """
    root = work / "root"
    shutil.rmtree(root, ignore_errors=True)
    for folder in (*FOLDERS, "queries"):
        shutil.copytree(checkout.root / folder, root / folder)
    settings = Settings(root=root, releases=work / "releases-1")
    if not is_current(settings):
        shutil.rmtree(settings.releases, ignore_errors=True)
        if is_current(Settings(root=root, releases=checkout.releases)):
            _copy(current_release(checkout), settings.releases)
        else:
            build(settings)
    release = current_release(settings)
    return Graph(1, sum(each["triples"] for each in _graphs(release).values()), release, settings)


def _copy(release: Release, releases: Path) -> None:
    shutil.copytree(release.path, releases / release.path.name)
    point(releases / "current", release.path.name)


def _graphs(release: Release) -> dict[str, Any]:
    return dict(release.manifest["graphs"])


def grown_graph(base: Graph, scale: int, work: Path) -> Graph:
    """Return a release so many times as large as another, with more countries of the same form.

    The same base and scale give the same quads. It is not validated, and has no dumps but the
    N-Quads, where they are few enough for a server to take into memory.

    Args:
        base: the release as it is.
        scale: how many times as large.
        work: a folder to put it in; one that is there already is used if it is the same.

    Raises:
        NoRoomError: the disk is too small.
        ValueError: the release has no country.
    """
    if scale == 1:
        return base
    settings = Settings(root=base.settings.root, releases=work / f"releases-{scale}")
    lines = (base.release.path / _DUMP).read_text("utf-8").splitlines()
    template = Template.of(lines)
    numbers = copies(len(lines), template.quads, scale)
    quads = len(lines) + template.quads * len(numbers)
    digest = hashlib.sha256(f"{base.release.digest} {template.copy(1)!r} {scale}".encode())
    path = settings.releases / digest.hexdigest()[:12]
    try:
        open_release(path)
    except ReleaseError:
        _make_room(base, scale, work)
        shutil.rmtree(settings.releases, ignore_errors=True)
        _write_store(path / "store", with_union(lines), template, numbers)
        if quads <= _DUMPED:
            _write_dump(path / _DUMP, lines, template, numbers)
    _write_manifest(path, base, template, numbers, digest.hexdigest())
    point(settings.releases / "current", path.name)
    return Graph(scale, quads, current_release(settings), settings)


def _make_room(base: Graph, scale: int, work: Path) -> None:
    size = sum(file.stat().st_size for file in base.release.store_path.iterdir())
    needed, free = int(size * scale * _ROOM), shutil.disk_usage(work).free
    if needed > free:
        raise NoRoomError(
            f"{scale:,} times as large needs about {needed >> 30:,} GiB of disk while it is"
            f" written; {free >> 30:,} GiB are free"
        )


def _write_store(folder: Path, base: bytes, template: Template, numbers: range) -> None:
    """Load the base and its copies, and leave the store in the form a build leaves it in."""
    folder.mkdir(parents=True)
    store = ox.Store(str(folder))
    store.bulk_load(
        io.BufferedReader(_Stream(base, template, numbers), 1 << 20),
        format=ox.RdfFormat.N_QUADS,
        lenient=True,
    )
    store.optimize()
    store.flush()


def _write_dump(path: Path, lines: Sequence[str], template: Template, numbers: range) -> None:
    path.parent.mkdir()
    with path.open("wb") as file:
        file.write("".join(f"{line}\n" for line in lines).encode())
        for number in numbers:
            file.writelines(template.copy(number).splitlines(keepends=True)[::2])


class _Stream(io.RawIOBase):
    """The N-Quads of the base and of its copies, made as they are read."""

    def __init__(self, base: bytes, template: Template, numbers: range) -> None:
        self._parts: Iterator[bytes] = (template.copy(number) for number in numbers)
        self._rest = memoryview(base)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer; 0 where there is nothing more."""
        if not self._rest:
            self._rest = memoryview(next(self._parts, b""))
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def _write_manifest(
    path: Path, base: Graph, template: Template, numbers: range, digest: str
) -> None:
    """Write what a server needs to know; by the program as it is, so that it is not built anew."""
    graphs = _graphs(base.release)
    for number in numbers:
        graphs |= {
            template.renamed(name, number): graph for name, graph in _graphs(base.release).items()
        }
    grown = {
        "digest": digest,
        "identifier": f"sha256:{digest}",
        "graphs": graphs,
        "triples": base.release.manifest["triples"] + template.triples * len(numbers),
        "program": program(),
        "files": {
            file.relative_to(path).as_posix(): {"bytes": file.stat().st_size}
            | ({"sha256": sha256(file)} if file == path / _DUMP else {})
            for file in sorted(path.rglob("*"))
            if file.is_file() and file.name not in _UNSTABLE and file.name != _MANIFEST
        },
    }
    (path / _MANIFEST).write_text(json.dumps({**base.release.manifest, **grown}))
