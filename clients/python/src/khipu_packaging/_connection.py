"""One connection to a daemon: the state machine on an asyncio transport."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import socket
import ssl as tls
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from . import _failures
from ._machine import Ended, Event, Machine, Message, Shape
from .address import Address
from .errors import (
    DeadlineExceededError,
    InternalError,
    InvalidArgumentError,
    PackagingError,
    UnavailableError,
)

if TYPE_CHECKING:
    from ._login import Login

# The bytes of a socket's path that the system allows.
_LONGEST_PATH = 107
# When more bytes than this wait for their readers, the connection is not read until half of them are taken.
_MAX_WAITING_BYTES = 8 * 1024 * 1024
# A watch may be silent for hours, and a peer that is gone sends nothing: the kernel probes after a minute of silence,
# gives up after a minute without an answer, and waits two minutes for the acknowledgement of sent bytes. Not every
# system has all of these options.
_KEEP_ALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4, "TCP_USER_TIMEOUT": 120_000}


# How an alert of TLS begins: its type, and the first byte of every version.
_TLS_ALERT = b"\x15\x03"


class Call:
    """One call under way. Use it as an asynchronous context manager; leaving it abandons the call.

    Not for two tasks at once, except that one may send while another receives.
    """

    def __init__(self, connection: Connection, stream: int, method: str, timeout: float | None) -> None:
        self._connection = connection
        self._stream = stream
        self._method = method
        self._timer: asyncio.TimerHandle | None = None
        self._messages: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._ended = False
        self._error: PackagingError | None = None
        self.waiting_bytes = 0
        self.ends_within(timeout)

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
        """Sends a message. Returns False if the call takes no more messages; `receive` then tells how it ended."""
        data = self._connection._machine.send(self._stream, payload)
        if data is None:
            return False
        await self._connection._write(data, self)
        return not self._ended

    async def close_send(self) -> None:
        """Says that no more messages come."""
        data = self._connection._machine.close_send(self._stream)
        if data is not None:
            await self._connection._write(data, self)

    async def receive(self) -> bytes | None:
        """The next message; None at the end. Raises the error that the call ended with."""
        while not self._messages:
            if self._ended:
                if self._error is not None:
                    raise self._error
                return None
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
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

    def ends_within(self, seconds: float | None) -> None:
        """Replaces the time limit: the call ends `seconds` from now; None is no limit. The server is not told."""
        # One timer, and not asyncio.wait_for at each await: before Python 3.12 that loses a cancellation which comes
        # together with the answer.
        self._stop_timer()
        if seconds is not None and seconds < math.inf and not self._ended:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._expire)

    def _expire(self) -> None:
        self._connection._machine.abandon(self._stream)
        self._take(Ended(self._stream, DeadlineExceededError(f"{self._method} took longer than it was given")))
        self._connection._wake_writers()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _take(self, event: Event) -> None:
        if isinstance(event, Message):
            self._messages.append(event.payload)
            self.waiting_bytes += len(event.payload)
        else:
            self._ended, self._error = True, event.error
            self._stop_timer()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Connection(asyncio.Protocol):
    """A connection. When it is lost or closed, every call on it fails."""

    def __init__(self) -> None:
        self.address: Address | None = None
        self.login: Login | None = None
        """Who calls on this connection; None where the daemon was not told."""
        self._machine = Machine()
        self._calls: dict[int, Call] = {}
        self._transport: asyncio.Transport | None = None
        self._writable: asyncio.Future[None] | None = None
        self._waiting_bytes = 0
        self._reading = True
        self._heard = False
        self._retired = False
        self._closed = False
        self._lost: PackagingError | None = None
        self._gone = asyncio.Event()

    @classmethod
    async def open(cls, address: Address, ssl: tls.SSLContext | None = None, *, timeout: float = 10) -> Connection:
        """Connects; raises `UnavailableError` if nobody answers within `timeout` seconds."""
        # Event loops differ in what they make of a path that is too long: some cut it off.
        if address.path is not None and (size := len(os.fsencode(address.path))) > _LONGEST_PATH:
            raise InvalidArgumentError(
                f'socket path "{address.path}" has {size} bytes, and the system allows {_LONGEST_PATH}',
                hint="Choose a shorter path, for example in a shorter state folder.",
            )
        loop = asyncio.get_running_loop()
        try:
            if address.path is not None:
                connection = await _within(timeout, loop.create_unix_connection(cls, address.path))
            else:
                connection = await _within(timeout, loop.create_connection(cls, address.host, address.port, ssl=ssl))
                connection._keep_alive()
        except asyncio.TimeoutError:
            raise UnavailableError(f'could not reach the daemon at "{address}": nobody answered') from None
        except OSError as error:
            raise _failures.unreachable(address, error) from error
        connection.address = address
        return connection

    @property
    def is_open(self) -> bool:
        return self._lost is None

    @property
    def is_encrypted(self) -> bool:
        return self._transport is not None and self._transport.get_extra_info("sslcontext") is not None

    @property
    def is_local(self) -> bool:
        """Whether the other end is on this machine, as the system says, and not only by the name that was called."""
        peer: socket.socket | None = self._transport.get_extra_info("socket") if self._transport else None
        if peer is None or peer.family == socket.AF_UNIX:
            return peer is not None
        with contextlib.suppress(OSError):
            return Address(host=str(peer.getpeername()[0])).is_local
        return False

    @property
    def has_calls(self) -> bool:
        """Whether a call is under way."""
        return bool(self._calls)

    @property
    def was_lost(self) -> bool:
        """Whether it ended without having been closed here."""
        return self._lost is not None and not self._closed

    @property
    def takes_calls(self) -> bool:
        """Whether a call can begin: the connection is open and has streams left."""
        return self._lost is None and not self._machine.is_used_up

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
        if self._transport is None or self._lost is not None:
            raise _again(self._lost) if self._lost else UnavailableError("the connection to the daemon is not open")
        stream, data = self._machine.open(
            shape,
            service,
            method,
            payload,
            timeout_nano=0 if timeout in (None, math.inf) else max(1, int(min(timeout, 9e9) * 1e9)),
            metadata=(metadata or {}).items(),
        )
        call = Call(self, stream, method, timeout)
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
        self._closed = self._closed or self._lost is None
        self._fail(UnavailableError("the connection was closed"))
        if self._transport is not None:
            # Not close(), which would wait for a server that does not read.
            self._transport.abort()

    async def wait_closed(self) -> None:
        """Waits, after `close`, until the socket is closed."""
        await self._gone.wait()

    def retire(self) -> None:
        """Closes the connection as soon as no call is on it."""
        self._retired = True
        if not self._calls:
            self.close()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Loops such as uvloop's have classes of their own.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not self._heard:
            self._heard = True
            if data[:2] == _TLS_ALERT and not self.is_encrypted and self.address is not None:
                # A TLS server answers plain bytes with an alert, which would be taken for a frame.
                self._fail(_failures.speaks_tls(self.address))
                self.close()
                return
        for event in self._machine.receive(data):
            call = self._calls.get(event.stream)
            if call is None:
                continue
            if isinstance(event, Message):
                self._waiting_bytes += len(event.payload)
            call._take(event)
            # A writer of this call may wait for room; it must not wait longer, because the call has ended.
            if isinstance(event, Ended) and self._writable is not None and not self._writable.done():
                self._wake_writers()
        if self._reading and self._waiting_bytes > _MAX_WAITING_BYTES and self._transport is not None:
            self._reading = False
            self._transport.pause_reading()

    def connection_lost(self, error: Exception | None) -> None:
        is_plain = self.address is not None and self.address.path is None and not self.is_encrypted
        self._fail(_failures.lost(self.address, error, plain_and_silent=is_plain and not self._heard))
        if self._transport is not None:
            # Python 3.10 takes a TLS transport that nobody closed for a forgotten one, though its socket is gone.
            self._transport.abort()
        self._gone.set()

    def pause_writing(self) -> None:
        if self._writable is None:
            self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        self._wake_writers()
        self._writable = None

    # What calls call.

    async def _write(self, data: bytes, call: Call) -> None:
        if self._lost is None and self._transport is not None:
            self._transport.write(data)
        while self._writable is not None and self._lost is None and not call.has_ended:
            await asyncio.shield(self._writable)

    def _keep_alive(self) -> None:
        peer: socket.socket | None = self._transport.get_extra_info("socket") if self._transport else None
        if peer is None:
            return
        # The options fail on a connection that is already lost; its next read reports that.
        with contextlib.suppress(OSError):
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for name, value in _KEEP_ALIVE.items():
                if hasattr(socket, name):
                    peer.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

    def _wake_writers(self) -> None:
        writable = self._writable
        if writable is not None:
            # Writers whose call goes on wait for the new future.
            self._writable = asyncio.get_running_loop().create_future()
            if not writable.done():
                writable.set_result(None)

    def _was_read(self, count: int) -> None:
        self._waiting_bytes -= count
        if self._lost is not None or self._transport is None:
            # Messages that came before the end may still be read, but a transport that is gone must not be resumed.
            return
        if not self._reading and self._waiting_bytes <= _MAX_WAITING_BYTES // 2:
            self._reading = True
            self._transport.resume_reading()

    def _forget(self, stream: int) -> None:
        self._machine.abandon(stream)
        call = self._calls.pop(stream, None)
        if call is not None:
            call._stop_timer()
            if call.waiting_bytes:
                self._was_read(call.waiting_bytes)
        if self._retired and not self._calls:
            self.close()

    def _fail(self, error: PackagingError) -> None:
        if self._lost is not None:
            return
        self._lost = error
        if self.login is not None:
            self.login.end()
        for stream in self._machine.lost():
            if (call := self._calls.get(stream)) is not None:
                call._take(Ended(stream, _again(error)))
        self._wake_writers()
        self._writable = None


def _again(error: PackagingError) -> PackagingError:
    """The same error for one more caller: an exception that is raised twice would show the ways of both."""
    return type(error)(error.message, error.details, hint=error.hint)


async def _within(seconds: float, opening: Coroutine[Any, Any, tuple[Any, Connection]]) -> Connection:
    """The connection that `opening` makes; raises `asyncio.TimeoutError` if that takes longer.

    A connection that is made just when the caller is cancelled is closed, and the cancellation kept.
    """
    task = asyncio.ensure_future(opening)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if task.done():
            return task.result()[1]
        raise asyncio.TimeoutError
    except BaseException:
        task.cancel()
        task.add_done_callback(_close_unwanted)
        # The cancelled task closes its socket in the next turns of the loop, which the program may end after this.
        await asyncio.wait({task})
        raise


def _close_unwanted(task: asyncio.Task[tuple[Any, Connection]]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result()[1].close()
