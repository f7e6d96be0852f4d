"""A real daemon's tokens end while a client watches and downloads over TLS, and the client goes on."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from certificates import certificates
from support import Daemon, write_book

from khipu_packaging import Client, PackagingError, TokenSource
from khipu_packaging._login import Login
from khipu_packaging.errors import UnauthenticatedError
from khipu_packaging.models import JobEvent, JobStatus

SECONDS = 3


class Source:
    """Makes tokens that are good for three seconds."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon, self.made = daemon, 0

    def __call__(self) -> str:
        self.made += 1
        return self.daemon.new_token(f"{SECONDS}s")


@asynccontextmanager
async def calling(daemon: Daemon, token: str | TokenSource) -> AsyncIterator[Client]:
    async with Client(daemon.tls_address, ca_file=certificates().ca, token=token) as client:
        yield client


@pytest.mark.parametrize("is_late", [False, True], ids=["early", "late"])
async def test_a_watch_loses_no_event_however_often_its_token_ends(
    daemon: Daemon, tmp_path: Path, is_late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_late:
        # Nothing is renewed in time, as where a client's clock is wrong: the daemon ends what runs.
        monkeypatch.setattr(Login, "_wait", lambda *_: None)
    source = Source(daemon)
    folder = write_book(tmp_path / "book", title=f"Renewed {'late' if is_late else 'early'}", seconds=60)
    interruptions: list[PackagingError] = []
    async with calling(daemon, source) as client, Client(daemon.address) as operator:
        book = await client.import_book(folder)
        created = await client.create_all(book.slug, platform_ids=["google", "apple"])
        found: list[JobEvent] = []
        async for event in client.watch(batch_id=created.batch_id, on_interruption=interruptions.append):
            found.append(event)
        # However fast the job was, its story is told until the token has ended some times.
        while source.made < 4:
            assert (await client.get_job(found[-1].job_id)).status is JobStatus.COMPLETED
            await asyncio.sleep(0.2)
        story = [event async for event in operator.watch(batch_id=created.batch_id)]
    assert [event.sequence for event in found] == [event.sequence for event in story]
    assert not interruptions


async def test_a_watch_with_a_token_that_stays_ends_with_it(daemon: Daemon, tmp_path: Path) -> None:
    folder = write_book(tmp_path / "book", title="Not renewed", seconds=1)
    async with Client(daemon.address) as operator:
        book = await operator.import_book(folder)
        created = await operator.create_all(book.slug, platform_ids=["google"])
        async for _ in operator.watch(batch_id=created.batch_id):
            pass
    async with calling(daemon, daemon.new_token(f"{SECONDS}s")) as client:
        with pytest.raises(UnauthenticatedError) as error:
            while True:
                await client.get_job(created.job_ids["google"])
                await asyncio.sleep(0.1)
    assert error.value.reason.startswith("TOKEN_")


async def test_a_download_and_an_upload_over_tls_are_whole(daemon: Daemon, tmp_path: Path) -> None:
    folder = write_book(tmp_path / "book", title="Over TLS")
    async with calling(daemon, Source(daemon)) as client:
        book = await client.import_book(folder)
        assert book.is_whole
        created = await client.create_all(book.slug, platform_ids=["google"])
        async for _ in client.watch(batch_id=created.batch_id):
            pass
        job = await client.get_job(created.job_ids["google"])
        found = await client.download(job.package_id, tmp_path)
    assert hashlib.sha256(found.path.read_bytes()).hexdigest() == found.sha256
