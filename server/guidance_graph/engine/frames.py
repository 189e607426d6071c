# SPDX-License-Identifier: EUPL-1.2
"""What a pool and its workers say to each other: frames of one kind byte, a length and a payload.

A worker that asks an engine elsewhere first reads one ``BACKEND``. Each writes ``READY`` once and
reads one request at a time; for each request it writes either one ``ERROR``, or ``DATA`` any number
of times and an ``END`` or an ``ERROR``. Payloads are JSON but for ``DATA``, which is the answer
itself.
"""

import json
import struct
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any, Final, Self

HEADER: Final = struct.Struct("!BI")


class Kind(IntEnum):
    """What a frame holds."""

    READY = 1
    REQUEST = 2
    DATA = 3
    END = 4
    ERROR = 5
    BACKEND = 6


@dataclass(frozen=True, slots=True)
class Frame:
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


@dataclass(frozen=True, slots=True)
class Request:
    """A query as a worker gets it: the text has its variables bound and asks for no service."""

    text: str
    format: str
    default_graphs: tuple[str, ...] | None
    named_graphs: tuple[str, ...] | None
    timeout: float
    size: int
    rows: int

    def frame(self) -> Frame:
        """Return the request as a frame."""
        return Frame.of(Kind.REQUEST, asdict(self))

    @classmethod
    def from_frame(cls, frame: Frame) -> Self:
        """Return the request that a frame holds."""
        return cls(**frame.content)
