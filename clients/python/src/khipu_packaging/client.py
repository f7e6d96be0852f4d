"""The client of a packaging daemon, for asyncio."""

from __future__ import annotations

import asyncio
import math
import os
import ssl as tls
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from ._connection import Connection
from ._login import Login, Refusals
from ._machine import Shape
from ._proto import models
from ._proto._calls import Calls
from ._security import Security
from ._uploads import Uploads
from ._values import decode, pack, unpack
from .address import Address
from .download import DownloadedPackage, Told, download_package
from .errors import (
    CancelledCallError,
    DeadlineExceededError,
    InvalidArgumentError,
    PackagingError,
    UnauthenticatedError,
    UnavailableError,
)
from .health import Health, health_of
from .importing import ImportedBook, import_folder
from .tokens import Tokens, TokenSource

_Result = TypeVar("_Result")
_PACKAGING = "khipu.packaging.v1.Packaging"
_HEALTH = "grpc.health.v1.Health"
# Calls that change nothing, so that making one twice does no harm.
_READING = ("Check", "Get", "List", "Plan", "Validate")
# What keeps a daemon from answering a watch; it may hold jobs back for other reasons.
_HINDRANCES = ("DATABASE_UNAVAILABLE", "SERVER_STARTING", "SERVER_STOPPING")
# A watch whose connection lasted this long counts as working, even if no event came.
_SETTLED_SECONDS = 5.0

class Client(Calls, Uploads):
    """A client of the daemon at `address`; the environment's or the default socket's unless given.

    Calls may be made from any number of tasks of one event loop at once. They share a connection, which the first call
    opens, and the first call after it was lost; watching (also health) and downloading have connections of their own.
    A call that only reads, and finds that the shared connection was lost, is made once more on a new one. A process
    that was forked gets a connection of its own.

    Every method raises `PackagingError` for what the daemon or the way to it refuses, and `OSError` for local files.

    `tcp://` is TLS 1.3: certificates are trusted that the authorities in `ca_file` signed, those of the system without
    it. Only a loopback address for which neither a CA file nor a certificate is named is spoken to in plain.
    `certificate` and `key` are for daemons that ask for a certificate. All three are PEM files; without them
    PACKAGING_CA_FILE, PACKAGING_CERTIFICATE and PACKAGING_KEY count. Or `ssl` is a context of your own.

    `tenant` is for the daemon's own user on its Unix socket. `token` is a token or a source of tokens: a function or a
    coroutine function that returns the present one. `token_file` is a file that is read as a source. Without them
    PACKAGING_TOKEN and then PACKAGING_TOKEN_FILE count. A token is given once for each connection. One of a source is
    renewed before it ends, and replaced once where the daemon refuses it; then the call is made again, and a watch or a
    download goes on where it was. With a token that stays, that call fails with `UnauthenticatedError`.

    `timeout` is the limit of a call in seconds, connecting included, unless the call has one of its own.
    None here is no limit; for a single call, `math.inf` is no limit.
    """

    def __init__(
        self,
        address: str | Address | None = None,
        *,
        tenant: str | None = None,
        token: str | TokenSource | None = None,
        token_file: str | os.PathLike[str] | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        certificate: str | os.PathLike[str] | None = None,
        key: str | os.PathLike[str] | None = None,
        ssl: tls.SSLContext | None = None,
        timeout: float | None = 300,
        connect_timeout: float = 10,
    ) -> None:
        if address is None:
            address = Address.default()
        self.address = Address.parse(address) if isinstance(address, str) else address
        self._security = Security(self.address, ca_file=ca_file, certificate=certificate, key=key, context=ssl)
        self._metadata: dict[str, str] = {} if tenant is None else {"tenant": tenant}
        self._tokens = Tokens(token, token_file)
        self._timeout = timeout
        self._connect_timeout = connect_timeout
        self._shared: Connection | None = None
        self._opening: asyncio.Task[Connection] | None = None
        self._home: tuple[int, asyncio.AbstractEventLoop] | None = None

    def __repr__(self) -> str:
        return f"Client({str(self.address)!r})"

    async def __aenter__(self) -> Client:
        await self._connection(math.inf)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connection; calls under way fail with `UnavailableError`. A later call opens a new one."""
        self._come_home()
        opening, self._opening = self._opening, None
        shared, self._shared = self._shared, None
        if shared is not None:
            shared.close()
        if opening is not None:
            opening.cancel()
            await asyncio.wait({opening})
        if shared is not None:
            await shared.wait_closed()

    # Watching.

    async def watch(
        self,
        job_id: str = "",
        *,
        batch_id: str = "",
        after_sequence: int = 0,
        patience: float = 120,
        on_interruption: Callable[[UnavailableError], None] | None = None,
        on_resumption: Callable[[], None] | None = None,
    ) -> AsyncGenerator[models.JobEvent, None]:
        """Follows a job, or all jobs of a batch, to the end: what happened after `after_sequence`, then what happens.

        When the connection is lost, it is opened again, and the watch goes on after the last event, so that none is
        missed or given twice. It fails if the daemon cannot be reached at the first attempt, or later for `patience`
        seconds. `on_interruption` is called each time that the connection is lost, and `on_resumption` each time that
        it was opened again and the daemon answers. To leave before the end, close the generator (`async with
        contextlib.aclosing(client.watch(job)) as events`); this closes the connection.

        The daemon removes events some days after the end of their job. If such events were asked for, the first event
        of each job has `compacted` set and tells its present state.
        """
        if bool(job_id) == bool(batch_id):
            raise InvalidArgumentError("watch needs either a job_id or a batch_id")
        loop = asyncio.get_running_loop()
        target = {"job_id": job_id} if job_id else {"batch_id": batch_id}
        sequence, reached, interrupted = after_sequence, False, False
        lost_at: float | None = None
        pause = 0.1
        refusals = Refusals(self._tokens)
        while True:
            opened_at = math.inf
            resumption: _Resumption | None = None
            try:
                connection = await self._open()
                reached, opened_at = True, loop.time()
                try:
                    request = pack("khipu.packaging.v1.WatchJobRequest", {**target, "after_sequence": sequence})
                    call = connection.start(
                        Shape.SERVER_STREAM, _PACKAGING, "WatchJob", request, metadata=self._metadata
                    )
                    if interrupted and on_resumption is not None:
                        # The next event may be far away, so the daemon is asked whether it is well.
                        resumption = _Resumption(on_resumption, asyncio.ensure_future(self._is_answering(connection)))
                    async for data in call:
                        event = unpack(models.JobEvent, "khipu.packaging.v1.JobEvent", data)
                        lost_at, pause, interrupted = None, 0.1, False
                        refusals.worked()
                        if resumption is not None:
                            resumption.tell()
                        if event.sequence > sequence:
                            sequence = event.sequence
                            yield event
                    return
                finally:
                    connection.close()
                    if resumption is not None:
                        resumption.end()
            except UnauthenticatedError:
                if not refusals.may_go_on(opened_at, loop.time()):
                    raise
                continue
            except UnavailableError as error:
                now = loop.time()
                if error.reason.startswith("TLS_") and sequence == after_sequence:
                    raise
                if now - opened_at >= _SETTLED_SECONDS:
                    lost_at, pause, interrupted = None, 0.1, False
                if resumption is not None and resumption.was_told:
                    interrupted = False
                if not reached or (lost_at is not None and now - lost_at >= patience):
                    raise
                if lost_at is None:
                    lost_at = now
                if not interrupted:
                    interrupted = True
                    if on_interruption is not None:
                        on_interruption(error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5)

    async def _is_answering(self, connection: Connection) -> bool:
        """Whether the daemon answers, and does not say that it cannot answer a watch now."""
        request = pack("grpc.health.v1.HealthCheckRequest", {"service": ""})
        try:
            health = health_of(await connection.unary(_HEALTH, "Check", request, timeout=10, metadata={}))
        except (CancelledCallError, DeadlineExceededError, UnavailableError):
            return False
        except PackagingError:
            return True
        return bool(health) or health.reason not in _HINDRANCES

    # Books.

    async def import_project(
        self,
        header: models.ImportHeader,
        chapters: Iterable[tuple[models.ImportChapter, Iterable[models.ImportSegment]]],
        *,
        timeout: float | None = None,
    ) -> models.ImportProjectReply:
        """Makes or updates a project in one step. Audio and cover are only named, by their SHA-256.

        The files that the reply lists as missing are sent with `put_audio` and `put_cover`.
        """

        # What can be read only once cannot be sent again.
        may_repeat = not isinstance(chapters, Iterator)

        def items() -> Iterable[Mapping[str, Any]]:
            nonlocal may_repeat
            yield {"header": header}
            for chapter, segments in chapters:
                may_repeat = may_repeat and not isinstance(segments, Iterator)
                yield {"chapter": chapter}
                for segment in segments:
                    yield {"segment": segment}

        return await self._upload(
            "Projects",
            "ImportProject",
            models.ImportProjectReply,
            lambda: _asynchronous(items()),
            timeout,
            lambda: may_repeat,
        )

    async def missing_audio(self, reply: models.ImportProjectReply) -> list[str]:
        """The digests of all named audio that the daemon lacks: those in `reply`, and those that did not fit into it."""
        missing, token = list(reply.missing_audio), reply.missing_audio_next_page_token
        while token:
            page = await self.get_project(reply.project_id, missing_audio_page_token=token)
            missing += page.missing_audio
            # If a daemon returned the same token again, the loop would never end.
            token = "" if page.missing_audio_next_page_token == token else page.missing_audio_next_page_token
        return missing

    async def import_book(
        self, path: str | os.PathLike[str], *, slug: str = "", replace: bool = False, uploads_at_once: int = 16
    ) -> ImportedBook:
        """Imports the book folder `path` (its `book.yaml`) and sends the audio that the daemon does not have.

        The result names audio that the daemon refused; the rest of the book is imported all the same. Raises
        `BookError` with all that is wrong if the folder is not a book.

        Another book is not replaced, unless `replace` says so: where it has the name that the title gives, this one gets
        a name with a number (`taken_slug` of the result tells); where it has the name `slug`, this raises
        `PackagingError` with reason `SLUG_TAKEN`.
        """
        return await import_folder(self, Path(path), slug, replace, uploads_at_once)

    # Packages.

    async def download(
        self,
        package_id: str,
        path: str | os.PathLike[str],
        *,
        patience: float = 60,
        on_interruption: Callable[[PackagingError], None] | None = None,
        on_resumption: Callable[[], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> DownloadedPackage:
        """Downloads a package to `path`; in an existing folder, the file is named as the daemon proposes.

        The bytes go to a hidden file beside it, and bytes that an earlier attempt left there are not fetched again.
        Only a file whose size and SHA-256 are right gets the name; otherwise `DataLossError` is raised. `progress` is
        called with the number of bytes received and the total, `on_interruption` each time that the connection is lost,
        and `on_resumption` with the first bytes after that.
        """
        told = Told(progress, on_interruption, on_resumption)
        return await download_package(self, package_id, Path(path), patience, told)

    # Health.

    async def health(self, service: str = "", *, timeout: float | None = 10) -> Health:
        """Whether the daemon serves, and if not, why. The answer may be some seconds old.

        `service` is a service's full name, or empty for the whole daemon. Raises `NotFoundError` for a service that the
        daemon does not have, and `UnavailableError` if there is no daemon.
        """
        request = pack("grpc.health.v1.HealthCheckRequest", {"service": service})
        return health_of(await self._unary(_HEALTH, "Check", request, timeout))

    async def watch_health(self, service: str = "") -> AsyncGenerator[Health, None]:
        """Whether the daemon serves now, and every change of it.

        Ends when the daemon stops, after it has said so. Raises `UnavailableError` if the connection is lost otherwise.
        """
        connection = await self._open()
        try:
            request = pack("grpc.health.v1.HealthCheckRequest", {"service": service})
            async for data in connection.start(Shape.SERVER_STREAM, _HEALTH, "Watch", request, metadata=self._metadata):
                yield health_of(data)
        finally:
            connection.close()

    # What the calls are made with.

    async def _call(
        self,
        service: str,
        method: str,
        request: str,
        reply: type[_Result],
        timeout: float | None,
        fields: Mapping[str, Any],
    ) -> _Result:
        data = await self._unary(service, method, pack(request, fields), timeout)
        return unpack(reply, f"khipu.packaging.v1.{reply.__name__}", data)

    async def _unary(self, service: str, method: str, payload: bytes, timeout: float | None) -> bytes:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._seconds(timeout)
        was_there = self._shared

        async def call(connection: Connection) -> bytes:
            return await connection.unary(
                service, method, payload, timeout=until - loop.time(), metadata=self._metadata
            )

        def may_repeat() -> bool:
            # A token that ends while a call runs ends the call, which may have done its work. Only an order without an id
            # of its own does harm twice.
            return method != "CreateAll" or bool(decode("khipu.packaging.v1.CreateAllRequest", payload).request_id)

        connection = await self._connection(until - loop.time())
        try:
            return await self._logged_in(connection, call, may_repeat)
        except UnavailableError:
            # Only a connection that was there before the call can have been dead before it. A call for which the
            # connection was made is not repeated: if the call itself ended the daemon, it would end it twice.
            if connection is not was_there or not connection.was_lost or not method.startswith(_READING):
                raise
        return await self._logged_in(await self._connection(until - loop.time()), call, may_repeat)

    async def _logged_in(
        self,
        connection: Connection,
        call: Callable[[Connection], Awaitable[_Result]],
        may_repeat: Callable[[], bool] = lambda: True,
    ) -> _Result:
        """What `call` gives. If the daemon refuses the token, and the source has another one, it is called twice."""
        login = connection.login
        if login is None:
            return await call(connection)
        await login.before_call()
        turn = login.turn
        try:
            return await call(connection)
        except UnauthenticatedError:
            if not may_repeat() or not await login.renew(turn):
                raise
        return await call(connection)

    def _seconds(self, timeout: float | None) -> float:
        given = self._timeout if timeout is None else timeout
        return math.inf if given is None else given

    async def _connection(self, seconds: float) -> Connection:
        """The connection that calls share, if it is there within `seconds`."""
        self._come_home()
        if self._shared is not None and not self._shared.takes_calls:
            self._shared.retire()
            self._shared = None
        if self._shared is not None:
            return self._shared
        # All waiting calls share one attempt to connect; a call that gives up does not cancel it.
        if self._opening is None:
            self._opening = asyncio.ensure_future(self._open())
            self._opening.add_done_callback(self._opened)
        opening = self._opening
        await asyncio.wait({opening}, timeout=None if seconds == math.inf else max(seconds, 0))
        if not opening.done():
            raise DeadlineExceededError(f'could not reach the daemon at "{self.address}" in the time that was given')
        if opening.cancelled():
            raise UnavailableError("the connection was closed")
        return opening.result()

    def _opened(self, opening: asyncio.Task[Connection]) -> None:
        is_wanted = opening is self._opening
        if is_wanted:
            self._opening = None
        if opening.cancelled() or opening.exception() is not None:
            return
        if is_wanted:
            self._shared = opening.result()
        else:
            # The client was closed just when the connection was made.
            opening.result().close()

    def _come_home(self) -> None:
        """Leaves behind what belongs to an event loop that has ended, or to the process that this one is a fork of."""
        home = (os.getpid(), asyncio.get_running_loop())
        if self._home == home:
            return
        if self._home is not None and self._home[0] == home[0] and not self._home[1].is_closed():
            if self._opening is not None or (self._shared is not None and self._shared.is_open):
                raise RuntimeError("the client is connected in another event loop: make one client for each loop")
        self._home, self._shared, self._opening = home, None, None

    async def _open(self) -> Connection:
        """A connection of the caller's own, over which the daemon knows who calls."""
        token = await self._tokens.present()
        connection = await Connection.open(self.address, self._security.context(), timeout=self._connect_timeout)
        if token:
            try:
                # "localhost" is a name like any other to whoever configured this machine.
                if not connection.is_encrypted and not connection.is_local:
                    raise InvalidArgumentError(
                        "the token would be sent in the clear", hint="Name a CA file, so that the connection has TLS."
                    )
                await Login(connection, self._tokens, self._metadata, self._connect_timeout).begin(token)
            except BaseException:
                connection.close()
                raise
        return connection


class _Resumption:
    """Tells once that a lost connection works again: when the first event comes, or the daemon says that it is well."""

    def __init__(self, tell: Callable[[], None], asking: asyncio.Future[bool]) -> None:
        self._tell, self._asking, self.was_told = tell, asking, False
        asking.add_done_callback(self._asked)

    def _asked(self, asking: asyncio.Future[bool]) -> None:
        if not asking.cancelled() and asking.exception() is None and asking.result():
            self.tell()

    def tell(self) -> None:
        if not self.was_told:
            self.was_told = True
            self._tell()

    def end(self) -> None:
        self._asking.remove_done_callback(self._asked)
        self._asking.cancel()


async def _asynchronous(items: Iterable[Mapping[str, Any]]) -> AsyncGenerator[Mapping[str, Any], None]:
    for item in items:
        yield item
