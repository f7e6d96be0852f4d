"""The frames of ttrpc 1.2, as bytes and back. No I/O."""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterator
from dataclasses import dataclass

HEADER = struct.Struct(">IIBB")
MAX_BODY = 4 * 1024 * 1024


class FrameType(enum.IntEnum):
    REQUEST = 1
    RESPONSE = 2
    DATA = 3


class Flag:
    REMOTE_CLOSED = 0x01
    REMOTE_OPEN = 0x02
    NO_DATA = 0x04


@dataclass(frozen=True)
class Frame:
    """One frame. `type` may be any byte; the reader skips types that it does not know."""

    stream: int
    type: int
    flags: int = 0
    body: bytes = b""
    oversized: bool = False
    """The body was longer than a body may be, and was skipped."""

    def encode(self) -> bytes:
        return HEADER.pack(len(self.body), self.stream, self.type, self.flags) + self.body


class FrameDecoder:
    """Cuts what arrives into frames. Holds one unfinished frame at most: 4 MiB and a header."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._skipping = 0

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Takes the next bytes of the connection and gives the frames that they complete."""
        if self._skipping:
            skipped = min(self._skipping, len(data))
            self._skipping -= skipped
            data = data[skipped:]
        self._buffer += data
        position = 0
        try:
            while len(self._buffer) - position >= HEADER.size:
                length, stream, kind, flags = HEADER.unpack_from(self._buffer, position)
                if length > MAX_BODY:
                    there = min(length, len(self._buffer) - position - HEADER.size)
                    position += HEADER.size + there
                    self._skipping = length - there
                    yield Frame(stream, kind, flags, oversized=True)
                    continue
                end = position + HEADER.size + length
                if len(self._buffer) < end:
                    return
                body = bytes(self._buffer[position + HEADER.size : end])
                position = end
                yield Frame(stream, kind, flags, body)
        finally:
            del self._buffer[:position]
