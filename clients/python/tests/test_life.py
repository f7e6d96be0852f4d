"""A daemon that dies under its callers, and one behind TLS."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
from pathlib import Path

import pytest
from support import TEST_SECONDS, Daemon, Wire, write_book
from test_daemon import PROJECTS, Raw

from khipu_packaging import Client, Health, HealthStatus
from khipu_packaging._frames import Flag
from khipu_packaging.errors import Code, UnavailableError, error_of
from khipu_packaging.models import JobStatus
from khipu_packaging.sync import Client as SyncClient


@pytest.mark.daemon
async def test_a_watch_outlives_its_daemon(tmp_path: Path) -> None:
    folder = write_book(tmp_path / "long", title="Long", seconds=60)
    daemon = Daemon()
    try:
        await asyncio.to_thread(daemon.start)
        client = Client(daemon.address)
        book = await client.import_book(folder)
        created = await client.create_all(book.slug, platform_ids=["google"])
        interruptions: list[UnavailableError] = []
        sequences: list[int] = []
        async for event in client.watch(batch_id=created.batch_id, on_interruption=interruptions.append):
            sequences.append(event.sequence)
            if len(sequences) == 1:
                daemon.kill()
                # Calls fail at once while nobody is there, and the same client goes on afterwards.
                with pytest.raises(UnavailableError):
                    await client.get_job(event.job_id)
                await asyncio.to_thread(daemon.start)
        assert event.status is JobStatus.COMPLETED and len(interruptions) == 1
        assert sequences == sorted(set(sequences)) and len(sequences) > 1
        assert (await client.get_job(event.job_id)).package_id == event.package_id
        await client.close()
    finally:
        daemon.remove()


@pytest.mark.daemon
async def test_a_daemon_that_stops_says_so_and_when_to_try_again() -> None:
    daemon = Daemon()
    try:
        await asyncio.to_thread(daemon.start)
        async with Raw.open(Wire(daemon, "unix")) as raw:
            # A call that is under way keeps its connection; watches of health end with the news.
            raw.request(1, PROJECTS, "ImportProject", Flag.REMOTE_OPEN)
            assert await raw.lives(3)
            states = Client(daemon.address).watch_health()
            assert await anext(states)
            assert daemon.process
            daemon.process.terminate()
            told = await anext(states)
            assert (told.status, told.reason) == (HealthStatus.NOT_SERVING, "SERVER_STOPPING")
            # The news is the last word.
            assert not told and not [state async for state in states]
            # A call that was on its way before the news may still be answered.
            for stream in range(5, 20_001, 2):
                raw.request(stream)
                status = (await raw.response(stream)).status
                if status.code:
                    break
            error = error_of(status)
            assert (error.code, error.reason) == (Code.UNAVAILABLE, "SERVER_STOPPING") and error.retry_after
        assert await asyncio.to_thread(daemon.process.wait, TEST_SECONDS) == 0
    finally:
        daemon.remove()


@pytest.mark.daemon
async def test_a_daemon_that_cannot_work_says_why_until_it_can_again() -> None:
    daemon = Daemon()
    uploads, away = daemon.folder / "state/blobs/uploads", daemon.folder / "away"
    serving = Health(status=HealthStatus.SERVING)
    try:
        await asyncio.to_thread(daemon.start)
        async with Client(daemon.address) as client, contextlib.aclosing(client.watch_health()) as states:
            assert await anext(states) == serving
            uploads.rename(away)
            # The daemon looks at its blobs four times a minute.
            found = await anext(states)
            assert (found.status, found.reason) == (HealthStatus.NOT_SERVING, "BLOB_STORE_UNAVAILABLE")
            assert not found and found.message == "the blob store is not available" and found.hint.endswith(".")
            assert await client.health() == found
            with SyncClient(daemon.address) as blocking:
                assert await asyncio.to_thread(blocking.health) == found
                assert await asyncio.to_thread(next, blocking.watch_health()) == found
            away.rename(uploads)
            assert await anext(states) == serving and await client.health() == serving
    finally:
        daemon.remove()


async def test_calls_go_through_tls(daemon: Daemon, short_folder: Path) -> None:
    key, certificate = short_folder / "key.pem", short_folder / "certificate.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *subject, *files],
        check=True,
        capture_output=True,
    )

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(str(daemon.socket))
        await asyncio.gather(pipe(reader, inner_writer), pipe(inner_reader, writer))

    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(certificate, key)
    server = await asyncio.start_server(relay, "localhost", 0, ssl=server_side)
    port = server.sockets[0].getsockname()[1]
    trusting = ssl.create_default_context(cafile=str(certificate))
    async with Client(f"tcp://localhost:{port}", ssl=trusting) as client:
        assert await client.health()
        assert (await client.list_rules()).platforms
    # A certificate that nobody vouches for is not taken.
    with pytest.raises(UnavailableError):
        await Client(f"tcp://localhost:{port}", ssl=ssl.create_default_context()).health()
    server.close()
