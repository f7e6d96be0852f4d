"""The calls that send a file: a header first, then the bytes in pieces."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from ._connection import Connection
from ._machine import Shape
from ._proto import models
from ._values import pack, unpack

_Result = TypeVar("_Result")
PIECE_BYTES = 256 * 1024
"""Bytes in one message: few enough that other calls of the connection are not held up."""


class Uploads:
    """The methods of `Client` that send files."""

    _metadata: dict[str, str]

    def _seconds(self, timeout: float | None) -> float:
        raise NotImplementedError

    async def _connection(self, seconds: float) -> Connection:
        raise NotImplementedError

    async def _logged_in(
        self,
        connection: Connection,
        call: Callable[[Connection], Awaitable[_Result]],
        may_repeat: Callable[[], bool] = lambda: True,
    ) -> _Result:
        raise NotImplementedError

    async def put_audio(
        self,
        project: str,
        path: str | os.PathLike[str],
        *,
        sha256: str = "",
        provenance: str = "",
        timeout: float | None = None,
    ) -> models.PutAudioReply:
        """Sends one segment's audio. Bytes that the daemon has already are not sent.

        Raises `InvalidArgumentError` with reason AUDIO_REFUSED if the bytes are not complete audio. If `sha256` is
        given, the file is not hashed here.
        """
        header = models.PutAudioHeader(
            project=project,
            sha256=sha256 or await asyncio.to_thread(sha256_of, Path(path)),
            size_bytes=Path(path).stat().st_size,
            provenance=provenance,
        )
        return await self._upload("Projects", "PutAudio", models.PutAudioReply, _items(header, path), timeout)

    async def put_cover(
        self, project: str, path: str | os.PathLike[str], *, sha256: str = "", timeout: float | None = None
    ) -> models.PutCoverReply:
        """Sends the cover.

        Raises `InvalidArgumentError` with reason COVER_REFUSED if it is not a picture that platforms accept.
        """
        header = models.PutCoverHeader(
            project=project,
            sha256=sha256 or await asyncio.to_thread(sha256_of, Path(path)),
            size_bytes=Path(path).stat().st_size,
        )
        return await self._upload("Projects", "PutCover", models.PutCoverReply, _items(header, path), timeout)

    async def inspect(
        self, path: str | os.PathLike[str], platform_id: str, *, timeout: float | None = None
    ) -> models.ValidationReport:
        """Judges a file by a platform's rules, as `validate` does a package. The daemon does not keep the file.

        Raises `ResourceExhaustedError` with reason INSPECTION_ROOM while the daemon has no room for the file.
        """
        header = models.InspectHeader(platform_id=platform_id, size_bytes=Path(path).stat().st_size)
        return await self._upload("Packaging", "Inspect", models.ValidationReport, _items(header, path), timeout)

    async def _upload(
        self,
        service: str,
        method: str,
        reply: type[_Result],
        items: Callable[[], AsyncGenerator[Mapping[str, Any], None]],
        timeout: float | None,
        may_repeat: Callable[[], bool] = lambda: True,
    ) -> _Result:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._seconds(timeout)

        async def send(connection: Connection) -> bytes:
            call = connection.start(
                Shape.CLIENT_STREAM,
                f"khipu.packaging.v1.{service}",
                method,
                timeout=until - loop.time(),
                metadata=self._metadata,
            )
            # An upload that ends early closes its file here: a generator that an exception holds would keep it open.
            async with call, contextlib.aclosing(items()) as pieces:
                async for item in pieces:
                    # The daemon may answer before all is sent, because it has the bytes or refuses them.
                    if not await call.send(pack(f"khipu.packaging.v1.{method}Request", item)):
                        break
                await call.close_send()
                return await call.reply()

        data = await self._logged_in(await self._connection(until - loop.time()), send, may_repeat)
        return unpack(reply, f"khipu.packaging.v1.{reply.__name__}", data)


def _items(
    header: object, path: str | os.PathLike[str]
) -> Callable[[], AsyncGenerator[Mapping[str, Any], None]]:
    """The messages of an upload, as often as it is sent."""

    async def items() -> AsyncGenerator[Mapping[str, Any], None]:
        yield {"header": header}
        with Path(path).open("rb") as file:
            while data := await asyncio.to_thread(file.read, PIECE_BYTES):
                yield {"data": data}

    return items


def sha256_of(path: Path) -> str:
    """The digest of a file, read piece by piece."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(PIECE_BYTES):
            digest.update(data)
    return digest.hexdigest()
