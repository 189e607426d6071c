# SPDX-License-Identifier: EUPL-1.2
"""The standard streams where they are closed, cannot write a character, or nobody reads them."""

import io
import os
import sys
from typing import IO, Final

_MODES: Final = {"stdin": "r", "stdout": "w", "stderr": "w"}


def open_closed_streams() -> None:
    """Have each standard stream that was closed (``>&-``) lead nowhere.

    Else it is None, and the next file that is opened has its number, so that errors of a child
    process are written into that.
    """
    for name, mode in _MODES.items():
        if getattr(sys, name) is None:
            number = os.open(os.devnull, os.O_RDWR)  # the lowest that is free: its own
            os.set_inheritable(number, True)
            setattr(sys, name, os.fdopen(number, mode))


def escape_what_cannot_be_written() -> None:
    r"""Have standard output write ``\xf6`` where its encoding has no such character.

    It may have few in an odd locale, and none for a file name that is no UTF-8.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def drop(stream: IO[str]) -> None:
    """Have what is written to a stream from now on, and what waits in it, lead nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
