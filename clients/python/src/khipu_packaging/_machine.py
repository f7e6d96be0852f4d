"""The client's side of a ttrpc connection as a state machine: bytes in, events out. No I/O, no clock."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from ._frames import MAX_BODY, Flag, Frame, FrameDecoder, FrameType
from ._proto.ttrpc import envelope_pb2
from .errors import InternalError, PackagingError, ResourceExhaustedError, UnavailableError, error_of

_LAST_STREAM = 2**31 - 1


class Shape(enum.Enum):
    """Which sides send a stream of messages: (the client, the server)."""

    UNARY = (False, False)
    SERVER_STREAM = (False, True)
    CLIENT_STREAM = (True, False)
    BIDI = (True, True)

    @property
    def client_streams(self) -> bool:
        return self.value[0]

    @property
    def server_streams(self) -> bool:
        return self.value[1]


@dataclass(frozen=True)
class Message:
    """The server sent one message of a stream, or the reply of a call that has one."""

    stream: int
    payload: bytes


@dataclass(frozen=True)
class Ended:
    """The stream is over; nothing more comes on it."""

    stream: int
    error: PackagingError | None = None


Event = Message | Ended


@dataclass
class _Stream:
    shape: Shape
    sending: bool


class Machine:
    """Knows the open streams, what may be sent on them, and what a frame from the server means.

    A server may send anything. A frame that makes no sense for an open stream ends that stream with INTERNAL, one above
    4 MiB with RESOURCE_EXHAUSTED. A frame for a stream that is not open is dropped, because the server may have sent it
    before it learned of the end; so is a frame of an unknown type.
    """

    def __init__(self) -> None:
        self._decoder = FrameDecoder()
        self._streams: dict[int, _Stream] = {}
        self._next = 1

    @property
    def is_used_up(self) -> bool:
        """Whether the connection has no stream number left. Each number is used once."""
        return self._next > _LAST_STREAM

    def open(
        self,
        shape: Shape,
        service: str,
        method: str,
        payload: bytes = b"",
        *,
        timeout_nano: int = 0,
        metadata: Iterable[tuple[str, str]] = (),
    ) -> tuple[int, bytes]:
        """Begins a call; returns its stream and the bytes to send."""
        if self.is_used_up:
            raise UnavailableError("the connection has no stream left")
        request = envelope_pb2.Request(service=service, method=method, payload=payload, timeout_nano=timeout_nano)
        for key, value in metadata:
            request.metadata.add(key=key, value=value)
        flags = Flag.REMOTE_OPEN if shape.client_streams else Flag.REMOTE_CLOSED if shape.server_streams else 0
        stream = self._next
        self._next += 2
        body = _checked(request.SerializeToString())
        self._streams[stream] = _Stream(shape, sending=shape.client_streams)
        return stream, Frame(stream, FrameType.REQUEST, flags, body).encode()

    def send(self, stream: int, payload: bytes) -> bytes | None:
        """The bytes of one more message; None if the stream takes no more, because the server has ended it."""
        state = self._streams.get(stream)
        if state is None or not state.sending:
            return None
        return Frame(stream, FrameType.DATA, 0, _checked(payload)).encode()

    def close_send(self, stream: int) -> bytes | None:
        """The bytes that end sending; None if sending has ended, or the stream is not open."""
        state = self._streams.get(stream)
        if state is None or not state.sending:
            return None
        state.sending = False
        return Frame(stream, FrameType.DATA, Flag.REMOTE_CLOSED | Flag.NO_DATA).encode()

    def abandon(self, stream: int) -> None:
        """Forgets a stream; what still comes on it is dropped."""
        self._streams.pop(stream, None)

    def receive(self, data: bytes) -> list[Event]:
        """What the next bytes from the server mean."""
        events: list[Event] = []
        for frame in self._decoder.feed(data):
            state = self._streams.get(frame.stream)
            if state is None or frame.type not in (FrameType.RESPONSE, FrameType.DATA):
                continue
            if frame.oversized:
                self._end(events, frame.stream, ResourceExhaustedError("the daemon sent a message above 4 MiB"))
            elif frame.type == FrameType.RESPONSE:
                self._response(events, frame, state)
            else:
                self._data(events, frame, state)
        return events

    def lost(self) -> list[int]:
        """Ends every stream, because the connection is gone; returns them."""
        streams = list(self._streams)
        self._streams.clear()
        return streams

    def _response(self, events: list[Event], frame: Frame, state: _Stream) -> None:
        try:
            response = envelope_pb2.Response.FromString(frame.body)
        except DecodeError:
            self._end(events, frame.stream, InternalError("the daemon sent a response that cannot be read"))
            return
        if response.status.code:
            self._end(events, frame.stream, error_of(response.status))
            return
        if not state.shape.server_streams:
            events.append(Message(frame.stream, response.payload))
        self._end(events, frame.stream)

    def _data(self, events: list[Event], frame: Frame, state: _Stream) -> None:
        if not state.shape.server_streams:
            self._end(events, frame.stream, InternalError("the daemon sent a stream where it owes one reply"))
            return
        if not frame.flags & Flag.NO_DATA:
            events.append(Message(frame.stream, frame.body))
        if frame.flags & Flag.REMOTE_CLOSED:
            self._end(events, frame.stream)

    def _end(self, events: list[Event], stream: int, error: PackagingError | None = None) -> None:
        del self._streams[stream]
        events.append(Ended(stream, error))


def _checked(body: bytes) -> bytes:
    if len(body) > MAX_BODY:
        raise ResourceExhaustedError(f"a message of {len(body)} bytes is above the limit of 4 MiB")
    return body

