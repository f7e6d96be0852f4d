"""The same client for programs without asyncio."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import os
import ssl as tls
import threading
import weakref
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterable
from types import TracebackType
from typing import Any, TypeVar

from . import client as asynchronous
from ._proto import models
from ._proto._blocking_calls import BlockingCalls
from .address import Address
from .download import DownloadedPackage
from .errors import PackagingError, UnavailableError
from .health import Health
from .importing import ImportedBook
from .tokens import TokenSource

_Result = TypeVar("_Result")


class _Worker:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="khipu-packaging", daemon=True)
        self.thread.start()

    @property
    def is_here(self) -> bool:
        """Whether the caller runs in this very thread, which would wait for itself."""
        return threading.current_thread() is self.thread

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


class Client(BlockingCalls):
    """As `khipu_packaging.Client`, with methods that wait. May be used from any number of threads.

    The work is done by an event loop in a thread of its own, which the first call starts and `close` ends. A process
    that was forked starts its own, so a client may be made before a server forks its workers.
    """

    _client: asynchronous.Client

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
        self._client = asynchronous.Client(
            address,
            tenant=tenant,
            token=token,
            token_file=token_file,
            ca_file=ca_file,
            certificate=certificate,
            key=key,
            ssl=ssl,
            timeout=timeout,
            connect_timeout=connect_timeout,
        )
        self._worker: _Worker | None = None
        # Guards `_worker` and `_closed`. It is held while a call is handed to the worker, so that no call is handed to
        # a worker that is being stopped and would never do it. Reentrant, because a dropped generator may be finalised
        # anywhere, also while the lock is held.
        self._handing = threading.RLock()
        self._closed = False
        _clients.add(self)

    def __repr__(self) -> str:
        return repr(self._client)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection and ends the thread. Calls under way in other threads fail, and all later calls."""
        with self._handing:
            worker = self._worker
            if worker is not None and worker.is_here:
                raise RuntimeError("the client cannot be closed in what it calls back")
            self._closed, self._worker = True, None
        if worker is None:
            return
        asyncio.run_coroutine_threadsafe(self._shut_down(), worker.loop).result()
        worker.stop()

    async def _shut_down(self) -> None:
        await self._client.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.get_running_loop().shutdown_asyncgens()
        # Ends the threads that read and write files for the loop.
        await asyncio.get_running_loop().shutdown_default_executor()

    def _hand_over(self, call: Coroutine[Any, Any, _Result]) -> concurrent.futures.Future[_Result]:
        with self._handing:
            if self._closed:
                raise UnavailableError("the client is closed")
            if self._worker is None:
                self._worker = _Worker()
            if self._worker.is_here:
                raise RuntimeError("the client cannot be called in what it calls back")
            return asyncio.run_coroutine_threadsafe(call, self._worker.loop)

    def _run(self, call: Coroutine[Any, Any, _Result]) -> _Result:
        try:
            future = self._hand_over(call)
        except BaseException:
            call.close()
            raise
        try:
            return future.result()
        except concurrent.futures.CancelledError:
            raise UnavailableError("the client was closed") from None
        except BaseException:
            # An interrupted script must not leave its call running.
            future.cancel()
            raise

    def _iterate(self, items: AsyncGenerator[_Result, None]) -> Generator[_Result, None, None]:
        async def following() -> tuple[_Result] | None:
            async for item in items:
                return (item,)
            return None

        async def close() -> None:
            await items.aclose()

        try:
            while (found := self._run(following())) is not None:
                yield found[0]
        finally:
            # A dropped iterator is finalised in the thread that dropped the last reference, which may be any thread.
            with self._handing:
                worker = self._worker
                closing = asyncio.run_coroutine_threadsafe(close(), worker.loop) if worker is not None else None
            if closing is not None and worker is not None and not worker.is_here:
                with contextlib.suppress(concurrent.futures.CancelledError):
                    closing.result()

    def watch(
        self,
        job_id: str = "",
        *,
        batch_id: str = "",
        after_sequence: int = 0,
        patience: float = 120,
        on_interruption: Callable[[UnavailableError], None] | None = None,
        on_resumption: Callable[[], None] | None = None,
    ) -> Generator[models.JobEvent, None, None]:
        """See `khipu_packaging.Client.watch`. What is called back is called in the client's own thread."""
        return self._iterate(
            self._client.watch(
                job_id,
                batch_id=batch_id,
                after_sequence=after_sequence,
                patience=patience,
                on_interruption=on_interruption,
                on_resumption=on_resumption,
            )
        )

    def watch_health(self, service: str = "") -> Generator[Health, None, None]:
        """See `khipu_packaging.Client.watch_health`."""
        return self._iterate(self._client.watch_health(service))

    def health(self, service: str = "", *, timeout: float | None = 10) -> Health:
        """See `khipu_packaging.Client.health`."""
        return self._run(self._client.health(service, timeout=timeout))

    def import_project(
        self,
        header: models.ImportHeader,
        chapters: Iterable[tuple[models.ImportChapter, Iterable[models.ImportSegment]]],
        *,
        timeout: float | None = None,
    ) -> models.ImportProjectReply:
        """See `khipu_packaging.Client.import_project`."""
        return self._run(self._client.import_project(header, chapters, timeout=timeout))

    def missing_audio(self, reply: models.ImportProjectReply) -> list[str]:
        """See `khipu_packaging.Client.missing_audio`."""
        return self._run(self._client.missing_audio(reply))

    def import_book(
        self, path: str | os.PathLike[str], *, slug: str = "", replace: bool = False, uploads_at_once: int = 16
    ) -> ImportedBook:
        """See `khipu_packaging.Client.import_book`."""
        call = self._client.import_book(path, slug=slug, replace=replace, uploads_at_once=uploads_at_once)
        return self._run(call)

    def put_audio(
        self,
        project: str,
        path: str | os.PathLike[str],
        *,
        sha256: str = "",
        provenance: str = "",
        timeout: float | None = None,
    ) -> models.PutAudioReply:
        """See `khipu_packaging.Client.put_audio`."""
        call = self._client.put_audio(project, path, sha256=sha256, provenance=provenance, timeout=timeout)
        return self._run(call)

    def put_cover(
        self, project: str, path: str | os.PathLike[str], *, sha256: str = "", timeout: float | None = None
    ) -> models.PutCoverReply:
        """See `khipu_packaging.Client.put_cover`."""
        return self._run(self._client.put_cover(project, path, sha256=sha256, timeout=timeout))

    def inspect(
        self, path: str | os.PathLike[str], platform_id: str, *, timeout: float | None = None
    ) -> models.ValidationReport:
        """See `khipu_packaging.Client.inspect`."""
        return self._run(self._client.inspect(path, platform_id, timeout=timeout))

    def download(
        self,
        package_id: str,
        path: str | os.PathLike[str],
        *,
        patience: float = 60,
        on_interruption: Callable[[PackagingError], None] | None = None,
        on_resumption: Callable[[], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> DownloadedPackage:
        """See `khipu_packaging.Client.download`. What is called back is called in the client's own thread."""
        return self._run(
            self._client.download(
                package_id,
                path,
                patience=patience,
                on_interruption=on_interruption,
                on_resumption=on_resumption,
                progress=progress,
            )
        )


_clients: weakref.WeakSet[Client] = weakref.WeakSet()


def _leave_the_parents_threads() -> None:
    for client in _clients:
        client._worker, client._handing = None, threading.RLock()


os.register_at_fork(after_in_child=_leave_the_parents_threads)
