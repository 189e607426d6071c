# SPDX-License-Identifier: EUPL-1.2
"""Files and folders that are whole or not there: replace, synchronise, hash."""

import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def files_below(folder: Path, ending: str) -> list[Path]:
    """Every file below a folder whose name ends so, sorted.

    Raises:
        OSError: the folder, or one in it, cannot be read; ``Path.rglob`` would leave it out.
    """

    def refuse(error: OSError) -> None:
        raise error

    walk = os.walk(folder, onerror=refuse)
    return sorted(
        Path(parent, name) for parent, _, names in walk for name in names if name.endswith(ending)
    )


def replace_file(path: Path, content: bytes) -> None:
    """Put this content into the file, in one step and with the permissions that it has.

    Raises:
        OSError: it cannot be written; named is the file, and not the one that would replace it.
    """
    try:
        _replace(path, content)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _replace(path: Path, content: bytes) -> None:
    mode = path.stat().st_mode if path.exists() else 0o644
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as new:
        try:
            new.write(content)
            new.flush()
            os.fchmod(new.fileno(), mode & 0o777)
            os.fsync(new.fileno())
            Path(new.name).replace(path)
        except BaseException:
            Path(new.name).unlink(missing_ok=True)
            raise


def synchronise(folder: Path) -> None:
    """Have the disk hold everything below this folder, and the folders themselves."""
    for path in [*folder.rglob("*"), folder]:
        synchronise_entries(path)


def synchronise_entries(path: Path) -> None:
    """Have the disk hold a file, or the entries of a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def point(link: Path, target: str) -> None:
    """Have a symbolic link lead to another place, in one step."""
    new = link.with_name(f".{link.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(link)


@contextmanager
def locked(path: Path, patience: float) -> Iterator[None]:
    """Hold the lock file; a process that dies lets go of it.

    Raises:
        TimeoutError: another process held it for longer than ``patience`` seconds.
    """
    deadline = time.monotonic() + patience
    with path.open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{path} is locked") from error
                time.sleep(0.05)
        yield


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
