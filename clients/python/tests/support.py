"""What several tests use: a daemon, a book, a server that does as it is told."""

from __future__ import annotations

import asyncio
import math
import os
import re
import shutil
import ssl
import struct
import subprocess
import tempfile
import time
import wave
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from certificates import certificates

from khipu_packaging import Client
from khipu_packaging._connection import Connection
from khipu_packaging._frames import HEADER, Flag, Frame, FrameType
from khipu_packaging.address import Address
from khipu_packaging.errors import PackagingError
from khipu_packaging.sync import Client as SyncClient

REPOSITORY = Path(__file__).resolve().parents[3]
BINARIES = Path(os.environ.get("KHIPU_BIN") or REPOSITORY / ".build/release")
# No test waits longer than this for anything, whatever the peer does. Far above what any needs: a machine with other
# work makes all of them slow and none of them wrong.
TEST_SECONDS = 300
TRANSCRIPTS = REPOSITORY / "Tests/TTRPCTests/Resources/ttrpc-transcripts.json"


class Daemon:
    """A real `packagingd` on its private Postgres, in a folder of its own."""

    def __init__(self) -> None:
        # Postgres and the workers run as other users where the tests run as root, and must be able to come here.
        self.folder = Path(tempfile.mkdtemp(prefix="khipu-py-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.socket = self.folder / "packagingd.sock"
        self.address = f"unix:{self.socket}"
        self.process: subprocess.Popen[bytes] | None = None
        self._token = ""

    @property
    def tls_address(self) -> str:
        """Where it listens with TLS, as its log says."""
        found = re.findall(r" listening .*?(tcp://[0-9.]+:[0-9]+)", (self.folder / "log").read_text())
        return str(found[-1])

    def token(self) -> str:
        """A token for everything that the tenant `local` has. Skips the test if this `packagingd` makes none."""
        if not self._token:
            self._token = self.new_token("1h")
        return self._token

    def new_token(self, valid: str) -> str:
        """As `token`, for so long as `valid` says: "3s", "1h"."""
        options = ["--tenant", "local", "--scope", "read,package,admin", "--valid", valid]
        made = subprocess.run(
            [BINARIES / "packagingd", "token", "--state-dir", str(self.folder / "state"), *options],
            env={**os.environ, "PACKAGINGD_CONFIG": "/dev/null"},
            capture_output=True,
            text=True,
        )
        if made.returncode != 0 and "Unknown option" in made.stderr:
            pytest.skip("this packagingd makes no tokens")
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    def start(self) -> None:
        log = (self.folder / "log").open("ab")
        arguments = ["serve", "--state-dir", str(self.folder / "state"), "--listen", self.address, "--workers", "2"]
        pair = certificates().server
        arguments += ["--listen", "tcp://127.0.0.1:0", "--tls-certificate", str(pair.certificate)]
        arguments += ["--tls-key", str(pair.key)]
        # A daemon that is installed on this machine may have a configuration, which is none of the tests'.
        environment = {**os.environ, "PACKAGINGD_CONFIG": "/dev/null"}
        self.process = subprocess.Popen([BINARIES / "packagingd", *arguments], stdout=log, stderr=log, env=environment)
        log.close()
        deadline = time.monotonic() + TEST_SECONDS
        while time.monotonic() < deadline:
            ended = self.process.poll()
            assert ended is None, f"ended with {ended}: " + (self.folder / "log").read_text()
            try:
                with SyncClient(self.address, timeout=5) as client:
                    if client.health():
                        return
            except PackagingError:
                pass
            time.sleep(0.05)
        raise AssertionError("packagingd did not serve: " + (self.folder / "log").read_text())

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(TEST_SECONDS)

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        try:
            self.process.wait(TEST_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def remove(self) -> None:
        """Leaves nothing behind, whatever became of the test: a daemon that is stopped takes its Postgres with it."""
        if self.process is not None and self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Wire:
    """A way to a daemon: its Unix socket, or TLS."""

    def __init__(self, daemon: Daemon, kind: str) -> None:
        self.daemon, self.is_tls = daemon, kind == "tls"
        self._token = ""

    def needs_caller(self) -> None:
        """The test calls more than health, for which TLS needs a token. On the socket it is the local operator."""
        if self.is_tls:
            self._token = self.daemon.token()

    @property
    def metadata(self) -> list[tuple[str, str]]:
        """What each call brings."""
        return [("authorization", f"Bearer {self._token}")] if self._token else []

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if not self.is_tls:
            return await asyncio.open_unix_connection(str(self.daemon.socket))
        address = Address.parse(self.daemon.tls_address)
        return await asyncio.open_connection(address.host, address.port, ssl=certificates().calling())

    def client(self) -> Client:
        """A client on this way; `needs_caller` must have been said."""
        if not self.is_tls:
            return Client(self.daemon.address)
        return Client(self.daemon.tls_address, ca_file=certificates().ca, token=self._token or None)


def write_tone(path: Path, seconds: float = 0.5, hertz: int = 440) -> None:
    """A mono tone at -20 dB, 16 bit, 44,100 Hz."""
    count = int(44_100 * seconds)
    # A second of a tone of whole hertz goes on as it began.
    samples = (int(3276 * math.sin(2 * math.pi * hertz * n / 44_100)) for n in range(min(count, 44_100)))
    second = b"".join(struct.pack("<h", sample) for sample in samples)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 44_100, count, "NONE", ""))
        file.writeframes((second * math.ceil(seconds))[: 2 * count])


def write_book(folder: Path, *, title: str = "The Tide Tables", chapters: int = 2, seconds: float = 0.5) -> Path:
    """A small book with two segments in each chapter, each with a sound that no book of another title has."""
    base = 200 + zlib.crc32(title.encode()) % 4000
    (folder / "audio").mkdir(parents=True)
    shutil.copy(REPOSITORY / "compose/sample/cover.jpg", folder / "cover.jpg")
    lines = [f"title: {title}", "authors: [Ana Lindqvist]", "narrators: [Ruth Okafor]", "language: en"]
    lines += ["cover: cover.jpg", "chapters:"]
    for chapter in range(1, chapters + 1):
        lines += [f"  - title: Chapter {chapter}", "    segments:"]
        for segment in (1, 2):
            name = f"audio/{chapter}-{segment}.wav"
            write_tone(folder / name, seconds, base + 37 * chapter + 11 * segment)
            lines.append(f'      - {{text: "Sentence {segment} of {chapter}.", audio: {name}}}')
    (folder / "book.yaml").write_text("\n".join(lines) + "\n")
    return folder


class Peer:
    """The server's end of a connection, frame by frame."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def read(self) -> Frame:
        length, stream, kind, flags = HEADER.unpack(await self.reader.readexactly(HEADER.size))
        return Frame(stream, kind, flags, await self.reader.readexactly(length))

    def send(self, stream: int, kind: int, flags: int = 0, body: bytes = b"") -> None:
        self.writer.write(Frame(stream, kind, flags, body).encode())

    def end(self, stream: int) -> None:
        self.send(stream, FrameType.DATA, Flag.REMOTE_CLOSED | Flag.NO_DATA)

    def reset(self) -> None:
        self.writer.transport.abort()

    async def until_gone(self) -> None:
        try:
            while await self.reader.read(65536):
                pass
        except ConnectionError:
            pass


TRANSPORTS = ("unix", "tcp", "tls")


class Server:
    """A server whose every connection does what `behaviour` says.

    It listens on a Unix socket in `folder`, or where the test runs over TCP or TLS, there; without a folder on TCP. With
    `context` it speaks TLS.
    """

    transport = "unix"
    """How servers with a folder are reached in the test that runs; `conftest` sets it."""

    def __init__(
        self, folder: Path | None, behaviour: Callable[[Peer], Awaitable[None]], context: ssl.SSLContext | None = None
    ) -> None:
        self.folder = folder
        self.address = f"unix:{folder}/peer.sock"
        self.behaviour = behaviour
        self.context = context
        self.is_unix = folder is not None and self.transport == "unix" and context is None
        if folder is not None and self.transport == "tls" and context is None:
            self.context = certificates().serving()
        self.connections = 0
        self.tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Server:
        if self.is_unix:
            self.server = await asyncio.start_unix_server(self._serve, f"{self.folder}/peer.sock")
        else:
            self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.context)
            self.address = f"tcp://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        return self

    async def connect(self) -> Connection:
        """A connection without a client."""
        context = certificates().calling() if self.context is not None else None
        return await Connection.open(Address.parse(self.address), context)

    async def __aexit__(self, *_: object) -> None:
        self.server.close()
        # Connections on their way in arrive in the next turns of the loop.
        await asyncio.sleep(0.01)
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        # The transports say goodbye in the next turns of the loop.
        await asyncio.sleep(0.01)

    # Not a coroutine: the task is ours to end, and not the stream's.
    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.ensure_future(self._behave(reader, writer))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _behave(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.behaviour(Peer(reader, writer))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()
