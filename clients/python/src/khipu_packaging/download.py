"""Downloads that resume. A file gets its name only when it is complete."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import math
import os
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ._login import Refusals
from ._machine import Shape
from ._uploads import PIECE_BYTES
from ._values import decode, pack
from .errors import (
    DataLossError,
    DeadlineExceededError,
    OutOfRangeError,
    PackagingError,
    UnauthenticatedError,
    UnavailableError,
)

if TYPE_CHECKING:
    from .client import Client


@dataclass(frozen=True)
class DownloadedPackage:
    """A package that was downloaded completely."""

    path: Path
    size_bytes: int
    sha256: str
    """In hexadecimal. The daemon stated it, and the file was checked against it."""
    resumed_from: int
    """How many of its bytes an earlier attempt had received; 0 if these were wrong and fetched again."""


class Told:
    """What the caller of a download is told."""

    def __init__(
        self,
        progress: Callable[[int, int], None] | None,
        on_interruption: Callable[[PackagingError], None] | None,
        on_resumption: Callable[[], None] | None,
    ) -> None:
        self._progress, self._on_interruption, self._on_resumption = progress, on_interruption, on_resumption
        self._is_lost = False

    def progress(self, received: int, total: int) -> None:
        if self._is_lost and self._on_resumption is not None:
            self._on_resumption()
        self._is_lost = False
        if self._progress is not None:
            self._progress(received, total)

    def lost(self, error: PackagingError) -> None:
        if not self._is_lost and self._on_interruption is not None:
            self._on_interruption(error)
        self._is_lost = True


class _Transfer:
    """A download into a file. It counts the received bytes and checks that they are right."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.start_over(keep=True)

    def start_over(self, *, keep: bool = False) -> None:
        self.offset, self.total, self.file_name, self.expected = 0, -1, "", ""
        self.digest = hashlib.sha256()
        self.file.seek(0)
        if keep:
            while data := self.file.read(PIECE_BYTES):
                self.digest.update(data)
                self.offset += len(data)
        else:
            self.file.truncate()

    def take(self, chunk: Any) -> None:
        if chunk.total_size > 0:
            self.total = chunk.total_size
        self.file_name = chunk.file_name or self.file_name
        self.expected = chunk.sha256.lower() or self.expected
        if not chunk.data:
            return
        if chunk.offset != self.offset:
            raise DataLossError(f"could not download: bytes {self.offset} through {chunk.offset} are missing")
        # More than was announced would fill the disk.
        if self.offset + len(chunk.data) > self.total:
            raise DataLossError(f"could not download: more came than the {self.total} bytes that were announced")
        self.file.write(chunk.data)
        self.digest.update(chunk.data)
        self.offset += len(chunk.data)

    def check(self, package_id: str) -> None:
        if self.total != self.offset:
            raise DataLossError(f'could not download package "{package_id}": {self.offset} of {self.total} bytes came')
        if not self.expected or self.digest.hexdigest() != self.expected:
            what = f'could not download package "{package_id}"'
            raise DataLossError(f"{what}: the bytes do not have the package's SHA-256")


async def download_package(
    client: Client, package_id: str, destination: Path, patience: float, told: Told
) -> DownloadedPackage:
    """See `Client.download`."""
    is_folder = destination.is_dir()
    folder = destination if is_folder else destination.parent
    file, part = await asyncio.to_thread(_open_part, _part(folder, package_id))
    with file:
        transfer = await asyncio.to_thread(_Transfer, file)
        resumed_from = transfer.offset
        try:
            try:
                await _receive(client, package_id, transfer, patience, told)
            except (DataLossError, OutOfRangeError):
                if not resumed_from:
                    raise
                # The bytes that an earlier attempt left may be wrong. Then everything is fetched once more.
                resumed_from = 0
                transfer.start_over()
                await _receive(client, package_id, transfer, patience, told)
            await asyncio.to_thread(_settle, file)
            path = folder / (_file_name(transfer.file_name) or package_id) if is_folder else destination
            part.replace(path)
        except BaseException as error:
            # Removes a file that a later attempt cannot use: one of wrong or no bytes, or of another name.
            if isinstance(error, DataLossError) or transfer.offset == 0 or part != _part(folder, package_id):
                part.unlink(missing_ok=True)
            raise
    return DownloadedPackage(path, transfer.offset, transfer.expected, resumed_from)


def _part(folder: Path, package_id: str) -> Path:
    """Where an attempt leaves its bytes. The id comes from outside, so it must not be able to name another folder."""
    return folder / f".{_file_name(package_id) or 'package'}.part"


def _open_part(part: Path) -> tuple[BinaryIO, Path]:
    """Opens and locks the file `part`, or a file of another name while another download has locked `part`."""
    usual = part
    while True:
        file = os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644), "r+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            part = usual.with_suffix(f".{secrets.token_hex(4)}.part")
            continue
        except OSError:
            # A file system without locks.
            return file, part
        # Another download may have given the file its name between our opening and locking it.
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), part.stat()):
                return file, part
        file.close()


async def _receive(client: Client, package_id: str, transfer: _Transfer, patience: float, told: Told) -> None:
    loop = asyncio.get_running_loop()
    last_byte, pause = loop.time(), 0.1
    refusals = Refusals(client._tokens)
    while True:
        before, opened_at = transfer.offset, math.inf
        try:
            connection = await client._open()
            opened_at = loop.time()
            try:
                request = pack(
                    "khipu.packaging.v1.DownloadRequest", {"package_id": package_id, "offset": transfer.offset}
                )
                call = connection.start(
                    Shape.SERVER_STREAM, "khipu.packaging.v1.Packaging", "Download", request, metadata=client._metadata
                )
                # A server that sends nothing for so long counts as lost.
                call.ends_within(patience)
                async for data in call:
                    chunk = decode("khipu.packaging.v1.DownloadChunk", data)
                    await asyncio.to_thread(transfer.take, chunk)
                    told.progress(transfer.offset, transfer.total)
                    call.ends_within(patience)
            finally:
                connection.close()
            transfer.check(package_id)
            return
        except UnauthenticatedError:
            if transfer.offset > before:
                refusals.worked()
            if not refusals.may_go_on(opened_at, loop.time()):
                raise
            continue
        except (UnavailableError, DeadlineExceededError) as error:
            now = loop.time()
            if transfer.offset > before:
                last_byte, pause = now, 0.1
            if transfer.offset == 0 or now - last_byte >= patience:
                raise
            told.lost(error)
        await asyncio.sleep(pause)
        pause = min(pause * 2, 5)


def _settle(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _file_name(name: str) -> str:
    """A name from outside, changed so that it can only name a file in our folder, and shows all of itself."""
    hidden = {"Cc", "Cf", "Zl", "Zp"}
    return "".join("-" if c == "/" or unicodedata.category(c) in hidden else c for c in name).lstrip(".")
