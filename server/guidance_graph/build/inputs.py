# SPDX-License-Identifier: EUPL-1.2
"""Which files the dataset is made of, and their hashes; quick to ask, as ``serve`` does."""

from pathlib import Path
from typing import Final

from guidance_graph.build.files import files_below, sha256
from guidance_graph.terms.errors import SourceError

#: The folders below the root whose Turtle files make up the dataset.
FOLDERS: Final = ("ontology", "data")


def source_paths(root: Path) -> tuple[Path, ...]:
    """Every Turtle file below ``ontology/`` and ``data/``, sorted.

    Raises:
        SourceError: a folder is missing, cannot be read, or holds no Turtle file.
    """
    paths: list[Path] = []
    for folder in FOLDERS:
        try:
            found = files_below(root / folder, ".ttl")
        except (FileNotFoundError, NotADirectoryError):
            found = []
        except OSError as error:
            raise SourceError(Path(error.filename), f"cannot be read: {error.strerror}") from error
        if not found:
            raise SourceError(root / folder, "no Turtle file (*.ttl) here to build from")
        paths += found
    return tuple(paths)


def input_hashes(root: Path) -> dict[str, str]:
    """The SHA-256 of every file of the dataset, by its path from the root.

    Raises:
        SourceError: a folder is missing or empty, or a file cannot be read.
    """
    hashes = {}
    for path in source_paths(root):
        try:
            hashes[path.relative_to(root).as_posix()] = sha256(path)
        except OSError as error:
            raise SourceError(path, f"cannot be read: {error.strerror}") from error
    return hashes
