# SPDX-License-Identifier: EUPL-1.2
"""What the server, its fork server and its workers say: a kind byte, a length and a payload.

A worker writes ``READY`` once and reads one request at a time; for each request it writes either
one ``ERROR``, or ``DATA`` any number of times and an ``END`` or an ``ERROR``. The fork server reads
one ``SOURCE``, writes ``READY``, and then ``FORKED`` and ``ENDED`` for its workers. Payloads are
JSON but for ``DATA``, which is the answer itself, and ``REQUEST``, which is read and written for
each query: what a worker says has to be read with care, and what it is told has not.
"""

import json
import marshal
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, BinaryIO, Final, NamedTuple, Protocol, Self

HEADER: Final = struct.Struct("!BI")
#: Bytes of an answer that are gathered before a frame of them is written.
CHUNK: Final = 1 << 15
#: An order to the fork server: what to do, and to which process.
ORDER: Final = struct.Struct("!BI")


class Order(IntEnum):
    """What the fork server is told."""

    FORK = 1
    KILL = 2


class Kind(IntEnum):
    """What a frame holds."""

    READY = 1
    REQUEST = 2
    DATA = 3
    END = 4
    ERROR = 5
    SOURCE = 6
    FORKED = 7
    ENDED = 8


class Frame(NamedTuple):
    """A kind and its payload."""

    kind: Kind
    payload: bytes = b""

    @classmethod
    def of(cls, kind: Kind, content: dict[str, Any]) -> Self:
        """Return a frame with content that JSON can hold."""
        return cls(kind, json.dumps(content).encode())

    @property
    def content(self) -> dict[str, Any]:
        """What the JSON of the payload holds."""
        content: dict[str, Any] = json.loads(self.payload)
        return content

    def __bytes__(self) -> bytes:
        """Return the frame as it is sent."""
        return HEADER.pack(self.kind, len(self.payload)) + self.payload


#: Each kind by its number; to call the enumeration takes several times as long.
KINDS: Final = {int(kind): kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class Request:
    """A query as a worker gets it: the text has its variables bound.

    Attributes:
        checked: whether it is known to ask for no service; else the worker has to look.
    """

    text: str
    format: str
    default_graphs: tuple[str, ...] | None
    named_graphs: tuple[str, ...] | None
    timeout: float
    size: int
    rows: int
    checked: bool = False

    def frame(self) -> Frame:
        """Return the request as a frame."""
        values = [getattr(self, name) for name in self.__slots__]
        return Frame(Kind.REQUEST, marshal.dumps(values))

    @classmethod
    def from_frame(cls, frame: Frame) -> Self:
        """Return the request that a frame holds."""
        return cls(*marshal.loads(frame.payload))  # noqa: S302 (it comes from the server)


def read_frame(source: BinaryIO) -> Frame | None:
    """Return the next frame, or None where there will be none."""
    header = source.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    kind, length = HEADER.unpack(header)
    return Frame(KINDS[kind], source.read(length))


class Sink(Protocol):
    """A file that may take less than it is given."""

    def write(self, content: memoryview, /) -> int | None:
        """Take some bytes; return how many."""
        ...


def write_frames(target: Sink, *frames: Frame) -> None:
    """Write frames whole and together, to a file that may take less at a time."""
    rest = memoryview(b"".join(map(bytes, frames)))
    while rest:
        rest = rest[target.write(rest) or 0 :]
