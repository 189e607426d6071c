# SPDX-License-Identifier: EUPL-1.2
"""Deny this process every new socket, by a filter of its system calls (Linux, seccomp(2)).

The filter is a program of eight instructions in the kernel's own small language (linux/bpf.h); a
library for it would need one of the system's beside it, which is not everywhere.
"""

import ctypes
import errno
import platform
import struct
import sys
from dataclasses import dataclass
from typing import Final

_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22
_FILTER: Final = 2

#: Codes of instructions: load a word, jump if equal, jump if greater or equal, return.
_LOAD: Final = 0x20
_IF_EQUAL: Final = 0x15
_IF_AT_LEAST: Final = 0x35
_RETURN: Final = 0x06

#: Where a call's number and the architecture it is made for stand in what the filter sees.
_NUMBER: Final = 0
_ARCHITECTURE: Final = 4

_ALLOW: Final = 0x7FFF0000
_DENY: Final = 0x00050000 | errno.EACCES
#: From here on, numbers are those of another set of calls on the same processor (x32).
_OTHER_CALLS: Final = 0x40000000


@dataclass(frozen=True)
class _Calls:
    """The numbers of an architecture: its own, and those of the calls that give a new socket."""

    architecture: int
    socket: int
    io_uring_setup: int = 425


_CALLS: Final = {
    "x86_64": _Calls(0xC000003E, socket=41),
    "aarch64": _Calls(0xC00000B7, socket=198),
}


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def no_more_sockets() -> bool:
    """Deny this process, and the threads and processes it starts from now on, every new socket.

    What is open stays open. It must have one thread, for others would go on as they are.

    Returns:
        Whether the system can do that; else nothing has changed.
    """
    calls = _CALLS.get(platform.machine())
    if sys.platform != "linux" or calls is None:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    instructions = _instructions(calls)
    program = _Program(len(instructions) // 8, instructions)
    nothing = ctypes.c_ulong(0)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), nothing, nothing, nothing):
        return False
    done = libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_FILTER), ctypes.byref(program), nothing)
    return bool(done == 0)


def _instructions(calls: _Calls) -> bytes:
    """Return the filter; of each instruction its code, the jumps if so and if not, and a value."""
    program = (
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_IF_EQUAL, 0, 5, calls.architecture),
        (_LOAD, 0, 0, _NUMBER),
        (_IF_AT_LEAST, 3, 0, _OTHER_CALLS),
        (_IF_EQUAL, 2, 0, calls.socket),
        (_IF_EQUAL, 1, 0, calls.io_uring_setup),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
    )
    return b"".join(struct.pack("=HBBI", *each) for each in program)
