"""One connection to a daemon: the state machine on an asyncio transport."""

from __future__ import annotations

import asyncio
import socket
import ssl as tls
from collections import deque
from collections.abc import AsyncIterator, Mapping
from types import TracebackType

from ._machine import Ended, Event, Machine, Message, Shape
from .address import Address
from .errors import DeadlineExceededError, InternalError, PackagingError, UnavailableError

# What may wait for a reader before the connection is read no further.
_MAX_WAITING_BYTES = 8 * 1024 * 1024


class Call:
    """One call on its way. Use as an asynchronous context manager; leaving it gives the call up.

    Not for two tasks at once, except that one may send while another receives.
    """

    def __init__(self, connection: Connection, stream: int, method: str, deadline: float | None) -> None:
        self._connection = connection
        self._stream = stream
        self._method = method
        self._deadline = deadline
        self._messages: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._ended = False
        self._error: PackagingError | None = None
        self.waiting_bytes = 0

    async def __aenter__(self) -> Call:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._connection._forget(self._stream)

    @property
    def has_ended(self) -> bool:
        """Whether the server has ended the call."""
        return self._ended

    async def send(self, payload: bytes) -> bool:
        """Sends a message; returns False if the server takes no more, whose answer is then there to receive."""
        data = self._connection._machine.send(self._stream, payload)
        if data is None:
            return False
        await self._within_deadline(self._connection._write(data, self))
        return not self._ended

    async def close_send(self) -> None:
        """Says that no more messages come."""
        data = self._connection._machine.close_send(self._stream)
        if data is not None:
            await self._within_deadline(self._connection._write(data, self))

    async def receive(self) -> bytes | None:
        """The next message; None at the end. Raises the error that the call ended with."""
        while not self._messages:
            if self._ended:
                if self._error is not None:
                    raise self._error
                return None
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._within_deadline(self._waiter)
            finally:
                self._waiter = None
        message = self._messages.popleft()
        self.waiting_bytes -= len(message)
        self._connection._was_read(len(message))
        return message

    async def reply(self) -> bytes:
        """The one reply of a call that has one."""
        message = await self.receive()
        if message is None:
            raise InternalError(f"{self._method} ended without a reply")
        return message

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (message := await self.receive()) is not None:
            yield message

    async def _within_deadline(self, work: asyncio.Future[None]) -> None:
        if self._deadline is None:
            await work
            return
        left = self._deadline - asyncio.get_running_loop().time()
        try:
            await asyncio.wait_for(work, max(left, 0))
        except asyncio.TimeoutError:
            raise DeadlineExceededError(f"{self._method} took longer than it was given") from None

    def _take(self, event: Event) -> None:
        if isinstance(event, Message):
            self._messages.append(event.payload)
            self.waiting_bytes += len(event.payload)
        else:
            self._ended, self._error = True, event.error
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Connection(asyncio.Protocol):
    """A connection, open until it is lost or closed; then every call on it has failed."""

    def __init__(self) -> None:
        self._machine = Machine()
        self._calls: dict[int, Call] = {}
        self._transport: asyncio.Transport | None = None
        self._writable: asyncio.Future[None] | None = None
        self._waiting_bytes = 0
        self._reading = True
        self._lost: PackagingError | None = None

    @classmethod
    async def open(cls, address: Address, ssl: tls.SSLContext | None = None, *, timeout: float = 10) -> Connection:
        """Connects; raises `UnavailableError` if nobody answers within `timeout` seconds."""
        loop = asyncio.get_running_loop()
        try:
            if address.path is not None:
                connecting = loop.create_unix_connection(cls, address.path)
                _, connection = await asyncio.wait_for(connecting, timeout)
            else:
                transport, connection = await asyncio.wait_for(
                    loop.create_connection(cls, address.host, address.port, ssl=ssl), timeout
                )
                peer: socket.socket = transport.get_extra_info("socket")
                # A watch may be silent for hours; the kernel finds out whether the other end is still there.
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        except asyncio.TimeoutError:
            raise UnavailableError(f'could not reach the daemon at "{address}": nobody answered') from None
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise UnavailableError(f'could not reach the daemon at "{address}": {why}') from error
        return connection

    @property
    def is_open(self) -> bool:
        return self._lost is None

    def start(
        self,
        shape: Shape,
        service: str,
        method: str,
        payload: bytes = b"",
        *,
        timeout: float | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Call:
        """Begins a call, which is over after `timeout` seconds whatever the server does."""
        if self._lost is not None or self._transport is None:
            raise UnavailableError("the connection to the daemon is closed")
        loop = asyncio.get_running_loop()
        stream, data = self._machine.open(
            shape,
            service,
            method,
            payload,
            timeout_nano=0 if timeout is None else max(1, int(min(timeout, 9e9) * 1e9)),
            metadata=(metadata or {}).items(),
        )
        call = Call(self, stream, method, None if timeout is None else loop.time() + timeout)
        self._calls[stream] = call
        self._transport.write(data)
        return call

    async def unary(
        self,
        service: str,
        method: str,
        payload: bytes,
        *,
        timeout: float | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> bytes:
        """Makes a call that has one request and one reply."""
        async with self.start(Shape.UNARY, service, method, payload, timeout=timeout, metadata=metadata) as call:
            return await call.reply()

    def close(self) -> None:
        """Closes the connection at once; every call on it fails."""
        self._fail(UnavailableError("the connection was closed"))
        if self._transport is not None:
            # Not close(), which would wait for a server that does not read.
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        for event in self._machine.receive(data):
            call = self._calls.get(event.stream)
            if call is None:
                continue
            if isinstance(event, Message):
                self._waiting_bytes += len(event.payload)
            call._take(event)
            # A writer that waits for room would wait for nothing now.
            if isinstance(event, Ended) and self._writable is not None and not self._writable.done():
                self._wake_writers()
        if self._reading and self._waiting_bytes > _MAX_WAITING_BYTES and self._transport is not None:
            self._reading = False
            self._transport.pause_reading()

    def connection_lost(self, error: Exception | None) -> None:
        why = f": {str(error).lower()}" if error else ""
        self._fail(UnavailableError(f"the connection to the daemon was lost{why}"))

    def pause_writing(self) -> None:
        if self._writable is None:
            self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        self._wake_writers()
        self._writable = None

    # What calls call.

    async def _wait_writable(self, call: Call) -> None:
        while self._writable is not None and self._lost is None and not call.has_ended:
            await asyncio.shield(self._writable)

    def _write(self, data: bytes, call: Call) -> asyncio.Future[None]:
        if self._lost is None and self._transport is not None:
            self._transport.write(data)
        return asyncio.ensure_future(self._wait_writable(call))

    def _wake_writers(self) -> None:
        writable = self._writable
        if writable is not None:
            # Those whose call goes on wait again, for the next time.
            self._writable = asyncio.get_running_loop().create_future()
            if not writable.done():
                writable.set_result(None)

    def _was_read(self, count: int) -> None:
        self._waiting_bytes -= count
        if not self._reading and self._waiting_bytes <= _MAX_WAITING_BYTES // 2 and self._transport is not None:
            self._reading = True
            self._transport.resume_reading()

    def _forget(self, stream: int) -> None:
        self._machine.abandon(stream)
        call = self._calls.pop(stream, None)
        if call is not None and call.waiting_bytes:
            self._was_read(call.waiting_bytes)

    def _fail(self, error: PackagingError) -> None:
        if self._lost is not None:
            return
        self._lost = error
        for stream in self._machine.lost():
            if (call := self._calls.get(stream)) is not None:
                call._take(Ended(stream, type(error)(error.message)))
        self._wake_writers()
        self._writable = None
