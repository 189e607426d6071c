# SPDX-License-Identifier: EUPL-1.2
"""The walls around a worker: what the operating system denies it, whatever its query says."""

import contextlib
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_STATM: Final = Path("/proc/self/statm")
_OPEN_FILES: Final = (Path("/proc/self/fd"), Path("/dev/fd"))

#: Seconds that the pool has to stop a query before the worker stops itself.
_GRACE: Final = 5.0


class AddressSpace:
    """The address space of this process; made before ``no_more_files``, and read after it too."""

    def __init__(self) -> None:
        self._statm = os.open(_STATM, os.O_RDONLY) if _STATM.exists() else None

    @property
    def size(self) -> int:
        """What is in use, or 0 where the system does not tell."""
        if self._statm is None:
            return 0
        return int(os.pread(self._statm, 64, 0).split()[0]) * resource.getpagesize()

    def allow(self, extra: int) -> None:
        """Deny this process more memory than it has now, but for some bytes.

        Linux holds to it; where a system has no such limit, the time limit is what remains.
        """
        most = self.size + extra
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def no_more_files(but: int = 0) -> None:
    """Deny this process files and sockets that it has not open now.

    Each free number below the highest in use is taken by a harmless file, and the limit set above
    it, so that there is no number left to open anything under.

    Args:
        but: files that it may open all the same.
    """
    folder = next(folder for folder in _OPEN_FILES if folder.exists())
    highest = max(int(entry.name) for entry in folder.iterdir())
    while (taken := os.open(os.devnull, os.O_RDONLY)) < highest:
        pass
    highest = max(highest, taken)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = highest + 1 + but
    if most != resource.RLIM_INFINITY:
        allowed = min(allowed, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))


@contextlib.contextmanager
def no_new_files() -> Iterator[None]:
    """Deny this process every new file and socket for the time of a ``with`` statement."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def no_longer_than(timeout: float) -> None:
    """Have the system end this process some time after its limit, should the pool be gone."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, timeout + _GRACE if timeout else 0)
