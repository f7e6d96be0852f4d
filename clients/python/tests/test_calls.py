"""What the calls of the daemon do, seen from outside: effects, refusals, and whose things they are."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import uuid
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from support import Daemon, write_book, write_tone

from khipu_packaging import BookError, Client
from khipu_packaging.errors import (
    Code,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    ResourceExhaustedError,
    UnauthenticatedError,
)
from khipu_packaging.importing import origin_of
from khipu_packaging.models import (
    BookMetadata,
    ImportChapter,
    ImportHeader,
    ImportSegment,
    Job,
    JobStatus,
    Package,
    RegisteredAudio,
    StorageTier,
    Tenant,
)

LOCAL = "00000000-0000-4000-8000-000000000001"


def audio_of(daemon: Daemon, tenant: str = LOCAL) -> Path:
    """Where the daemon keeps a tenant's audio: the platform's own container."""
    return daemon.folder / f"state/blobs/containers/t-{tenant}-audio"


async def packaged(client: Client, project: str, platform: str = "google") -> Package:
    """A package that was just made."""
    created = await client.create_all(project, platform_ids=[platform])
    async for event in client.watch(batch_id=created.batch_id):
        pass
    assert event.status is JobStatus.COMPLETED, event.error_message
    packages = await client.list_packages(project, platform_id=platform)
    return next(item for item in packages.packages if item.id == event.package_id)


async def spoken(client: Client, slug: str, *texts: str) -> tuple[str, list[str]]:
    """A project of one chapter, and the ids of its segments."""
    header = ImportHeader(slug=slug, metadata=BookMetadata(title=slug.title(), authors=("A",), narrators=("N",)))
    reply = await client.import_project(header, [(ImportChapter(title="One"), [ImportSegment(text=x) for x in texts])])
    manifest = await client.get_manifest(reply.project_id)
    return reply.project_id, [segment.id for chapter in manifest.chapters for segment in chapter.segments]


# Jobs.


async def test_a_failed_job_is_queued_again_once_and_goes_on_with_its_story(daemon: Daemon, tmp_path: Path) -> None:
    folder = write_book(tmp_path / "book", title="Fails at first")
    digest = hashlib.sha256((folder / "audio/2-1.wav").read_bytes()).hexdigest()
    stored = audio_of(daemon) / "segments" / digest[:2] / digest
    async with Client(daemon.address) as client:
        book = await client.import_book(folder)
        shutil.move(stored, tmp_path / "away")
        created = await client.create_all(book.slug, platform_ids=["google"])
        async for event in client.watch(batch_id=created.batch_id):
            pass
        assert event.status is JobStatus.FAILED and "chapter 2 segment 1" in event.error_message
        shutil.copy(tmp_path / "away", stored)
        again = await client.retry_job(event.job_id)
        assert again.status is JobStatus.QUEUED and again.id == event.job_id
        story = [item async for item in client.watch(event.job_id, after_sequence=event.sequence)]
        assert story[-1].status is JobStatus.COMPLETED and story[-1].package_id
        assert {item.attempt for item in story[1:]} == {event.attempt + 1}
        with pytest.raises(FailedPreconditionError) as error:
            await client.retry_job(event.job_id)
    assert error.value.reason == "JOB_NOT_FAILED"


async def test_a_projects_jobs_are_listed_newest_first_page_by_page(daemon: Daemon, tmp_path: Path) -> None:
    folder = write_book(tmp_path / "book", title="Listed")
    async with Client(daemon.address) as client:
        book = await client.import_book(folder)
        created = await client.create_all(book.slug, platform_ids=["google", "spotify", "acx"])
        async for _ in client.watch(batch_id=created.batch_id):
            pass
        found: list[Job] = []
        token = ""
        while True:
            page = await client.list_jobs(book.slug, page_size=2, page_token=token)
            found += page.jobs
            if not (token := page.next_page_token):
                break
            assert len(page.jobs) == 2
        unknown = str(uuid.uuid4())
        with pytest.raises(NotFoundError, match=f'batch "{unknown}" does not exist'):
            await client.list_jobs(book.slug, batch_id=unknown)
    assert {job.id for job in found} == set(created.job_ids.values()) and len(found) == 3
    times = [job.created_at for job in found if job.created_at]
    assert times == sorted(times, reverse=True) and len(times) == 3


async def test_a_manifest_comes_in_pages_of_segments(daemon: Daemon, project: str) -> None:
    async with Client(daemon.address) as client:
        whole = await client.get_manifest(project)
        texts: list[str] = []
        token = ""
        while True:
            page = await client.get_manifest(project, page_size=1, page_token=token)
            texts += [segment.text for chapter in page.chapters for segment in chapter.segments]
            if not (token := page.next_page_token):
                break
    expected = [segment.text for chapter in whole.chapters for segment in chapter.segments]
    assert texts == expected == [f"Sentence {segment} of {chapter}." for chapter in (1, 2) for segment in (1, 2)]
    assert [chapter.number for chapter in whole.chapters] == [1, 2]


# Audio that lies there already.


async def test_registered_audio_is_measured_where_it_lies_and_refused_by_segment(daemon: Daemon) -> None:
    cache = audio_of(daemon) / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    write_tone(cache / "1.wav", 1)
    digest = hashlib.sha256((cache / "1.wav").read_bytes()).hexdigest()
    (cache / "2.wav").write_bytes(b"no audio")
    async with Client(daemon.address) as client:
        id, segments = await spoken(client, "registered", "One.", "Two.", "Three.", "Four.", "Five.")
        reply = await client.register_audio(
            id,
            audio=[
                RegisteredAudio(segment_id=segments[0], blob_path="cache/1.wav", sha256=digest, provenance="studio"),
                RegisteredAudio(segment_id=segments[1], blob_path="cache/2.wav"),
                RegisteredAudio(segment_id=segments[2], blob_path="../../../lock"),
                RegisteredAudio(segment_id=segments[3], blob_path="cache/1.wav", sha256="00" * 32),
                RegisteredAudio(segment_id=str(uuid.uuid4()), blob_path="cache/1.wav", provenance="studio"),
            ],
        )
        manifest = await client.get_manifest(id)
        with pytest.raises(InvalidArgumentError) as error:
            await client.register_audio(id, audio=[RegisteredAudio(segment_id="s", blob_path="cache/1.wav")])
        with pytest.raises(InvalidArgumentError, match="1,000"):
            await client.register_audio(id, audio=[RegisteredAudio(segment_id=segments[0])] * 1001)
    assert error.value.field_violations[0].field == "audio[0].segment_id"
    taken, *refused = reply.results
    assert taken.refusal == "" and taken.sha256 == digest
    assert taken.measurement and taken.measurement.samples == 44_100
    assert [item.segment_id for item in reply.results[:4]] == segments[:4] and all(item.refusal for item in refused)
    assert digest in refused[2].refusal
    first, *others = manifest.chapters[0].segments
    assert (first.audio_sha256, first.provenance, first.duration_seconds) == (digest, "studio", 1.0)
    assert not any(segment.audio_sha256 for segment in others)


# Packages.


async def test_a_link_is_refused_where_no_gateway_serves_it(daemon: Daemon, finished_job: Job) -> None:
    async with Client(daemon.address) as client:
        with pytest.raises(FailedPreconditionError) as error:
            await client.get_download_link(finished_job.package_id)
        with pytest.raises(NotFoundError):
            await client.get_download_link(str(uuid.uuid4()))
    assert error.value.reason == "NO_GATEWAY" and "Download" in error.value.hint


async def test_an_archived_package_is_kept_as_long_as_was_asked(daemon: Daemon, finished_job: Job) -> None:
    id = finished_job.package_id
    async with Client(daemon.address) as client:
        for days in (6, 91, -1):
            with pytest.raises(InvalidArgumentError) as error:
                await client.archive(id, retention_days=days)
            assert error.value.field_violations[0].field == "retention_days"
        for days, expected in ((7, 7), (90, 90), (0, 30)):
            now = datetime.now(timezone.utc)
            reply = await client.archive(id, retention_days=days)
            assert reply.package_id == id and reply.storage_tier is StorageTier.ARCHIVE and reply.expires_at
            assert abs(reply.expires_at - now - timedelta(days=expected)) < timedelta(minutes=5)
            assert str(expected) in reply.message
        packages = await client.list_packages(finished_job.project_id)
    (package,) = [item for item in packages.packages if item.id == id]
    assert package.storage_tier is StorageTier.ARCHIVE and package.archived_at
    assert package.expires_at == reply.expires_at


async def test_a_deleted_package_is_gone_and_its_bytes_are_counted(
    daemon: Daemon, tmp_path: Path, short_folder: Path
) -> None:
    async with Client(daemon.address) as client:
        book = await client.import_book(write_book(tmp_path / "book", title="Deleted package"))
        package = await packaged(client, book.slug)
        before = await client.list_packages(book.slug)
        reply = await client.delete_package(package.id)
        after = await client.list_packages(book.slug)
        for gone in (client.delete_package(package.id), client.archive(package.id), client.validate(package.id)):
            with pytest.raises(NotFoundError):
                await gone
        with pytest.raises(NotFoundError):
            await client.download(package.id, short_folder)
    assert [item.id for item in before.packages] == [package.id] and not after.packages
    assert reply.bytes_freed == package.file_size_bytes > 0
    assert not list(short_folder.iterdir())


async def test_a_file_from_elsewhere_is_judged_as_a_package_is(
    daemon: Daemon, finished_job: Job, short_folder: Path
) -> None:
    async with Client(daemon.address) as client:
        found = await client.download(finished_job.package_id, short_folder)
        own, foreign = await client.validate(finished_job.package_id), await client.inspect(found.path, "google")
        assert foreign == own and foreign.valid and foreign.specs and foreign.specs.sample_rate == 44_100
        # The same bytes are not what another platform takes, and half of them are nothing.
        assert not (await client.inspect(found.path, "apple")).valid
        (short_folder / "half").write_bytes(found.path.read_bytes()[: found.size_bytes // 2])
        assert not (await client.inspect(short_folder / "half", "google")).valid
        (short_folder / "empty").touch()
        for path, platform in ((short_folder / "empty", "google"), (found.path, "amazon")):
            with pytest.raises(InvalidArgumentError):
                await client.inspect(path, platform)


# Projects.


async def test_a_changed_sentence_loses_its_audio_until_it_has_new(daemon: Daemon, tmp_path: Path) -> None:
    folder = write_book(tmp_path / "book", title="To change")
    write_tone(folder / "new.wav", 0.25, 880)
    digest = hashlib.sha256((folder / "new.wav").read_bytes()).hexdigest()
    async with Client(daemon.address) as client:
        book = await client.import_book(folder)
        segment = (await client.get_manifest(book.slug)).chapters[0].segments[0]
        reply = await client.update_segment(book.slug, segment_id=segment.id, text="Another sentence.")
        after = await client.get_project(book.slug)
        assert after.segments_with_audio == 3 and after.revision == reply.revision
        changed = (await client.get_manifest(book.slug)).chapters[0].segments[0]
        assert (changed.id, changed.text, changed.audio_sha256) == (segment.id, "Another sentence.", "")

        named = await client.update_segment(book.slug, segment_id=segment.id, audio_sha256=digest)
        assert named.missing_audio and named.revision > reply.revision
        assert (await client.put_audio(book.slug, folder / "new.wav")).segments == 1
        found = (await client.get_manifest(book.slug)).chapters[0].segments[0]
        assert (found.text, found.audio_sha256) == ("Another sentence.", digest)
        assert found.duration_seconds == 0.25
        assert (await client.get_project(book.slug)).segments_with_audio == 4

        for unknown in (str(uuid.uuid4()), "no-segment"):
            with pytest.raises(NotFoundError):
                await client.update_segment(book.slug, segment_id=unknown, text="x")
        with pytest.raises(InvalidArgumentError):
            await client.update_segment(book.slug, segment_id=segment.id, audio_sha256="no digest")


async def test_a_deleted_project_takes_everything_with_it_and_leaves_its_name(
    daemon: Daemon, tmp_path: Path, short_folder: Path
) -> None:
    folder = write_book(tmp_path / "book", title="To delete")
    async with Client(daemon.address) as client:
        book = await client.import_book(folder)
        package = await packaged(client, book.slug)
        deleted = await client.delete_project(book.slug)
        assert deleted.packages_deleted == 1 and deleted.bytes_freed >= package.file_size_bytes
        for gone in (
            client.get_project(book.slug),
            client.get_project(book.project_id),
            client.get_job(package.job_id),
            client.list_packages(book.project_id),
            client.delete_project(book.project_id),
            client.delete_package(package.id),
        ):
            with pytest.raises(NotFoundError):
                await gone
        with pytest.raises(NotFoundError):
            await client.download(package.id, short_folder)
        slugs = [item.slug for item in (await client.list_projects(page_size=1000)).projects]
        assert book.slug not in slugs
        again = await client.import_book(folder)
        assert again.created and again.slug == book.slug and again.project_id != book.project_id
        assert again.is_whole


async def test_a_project_is_not_deleted_under_its_jobs(daemon: Daemon, tmp_path: Path) -> None:
    # Minutes of audio for every platform: the jobs live for seconds at least.
    folder = write_book(tmp_path / "book", title="Busy", seconds=120)
    async with Client(daemon.address) as client:
        book = await client.import_book(folder)
        created = await client.create_all(book.slug)
        # The daemon may be claiming the jobs just now.
        with pytest.raises(FailedPreconditionError) as error:
            await client.delete_project(book.slug)
        assert error.value.reason == "JOBS_LIVE"
        await client.cancel_job(batch_id=created.batch_id)
        async for _ in client.watch(batch_id=created.batch_id):
            pass
        await client.delete_project(book.slug)


# Tenants.


async def test_a_tenants_plan_is_put_and_listed_and_obeyed(daemon: Daemon, tmp_path: Path) -> None:
    name = f"plan-{uuid.uuid4().hex[:8]}"
    async with Client(daemon.address) as operator, Client(daemon.address, tenant=name) as client:
        with pytest.raises(NotFoundError):
            await client.list_projects()
        asked = Tenant(name=name, quota_bytes=10**9, default_retention_days=7, version_limit=1, jobs_per_hour=100)
        plan = await operator.put_tenant(asked)
        assert plan == replace(asked, id=plan.id)
        assert plan.id
        found = {}
        token = ""
        while True:
            page = await operator.list_tenants(page_size=1, page_token=token)
            found.update({tenant.name: tenant for tenant in page.tenants})
            if not (token := page.next_page_token):
                break
        assert found[name] == plan and "local" in found and list(found) == sorted(found)

        book = await client.import_book(write_book(tmp_path / "book", title="Planned"))
        packages = []
        for platform in ("google", "google"):
            packages.append(await packaged(client, book.slug, platform))
            # A second version needs something new in the book.
            segment = (await client.get_manifest(book.slug)).chapters[0].segments[0]
            await client.update_segment(book.slug, segment_id=segment.id, text=f"Now {len(packages)}.")
            write_tone(tmp_path / "new.wav", 0.5, 300)
            new = hashlib.sha256((tmp_path / "new.wav").read_bytes()).hexdigest()
            await client.update_segment(book.slug, segment_id=segment.id, audio_sha256=new)
            await client.put_audio(book.slug, tmp_path / "new.wav")
        kept = await client.archive(packages[0].id)
        assert kept.expires_at and kept.expires_at - datetime.now(timezone.utc) < timedelta(days=7, minutes=5)
        with pytest.raises(ResourceExhaustedError) as error:
            await client.archive(packages[1].id)
        assert error.value.reason == "VERSION_LIMIT"
        generous = replace(plan, drops_oldest_version=True)
        assert await operator.put_tenant(generous) == generous
        await client.archive(packages[1].id)
        left = await client.list_packages(book.slug)
        assert [item.id for item in left.packages] == [packages[1].id]
        with pytest.raises(InvalidArgumentError):
            await operator.put_tenant(replace(asked, name="Not a name"))


async def test_nothing_of_one_tenant_exists_for_another(
    daemon: Daemon, project: str, finished_job: Job, book: Path, tmp_path: Path
) -> None:
    name = f"other-{uuid.uuid4().hex[:8]}"
    async with Client(daemon.address) as operator:
        await operator.put_tenant(Tenant(name=name, default_retention_days=7, version_limit=1, jobs_per_hour=10))
        segment = (await operator.get_manifest(project)).chapters[0].segments[0].id
        before = await operator.get_project(project)
    package, job = finished_job.package_id, finished_job.id
    async with Client(daemon.address, tenant=name) as client:

        async def watched(job_id: str = "", batch_id: str = "") -> None:
            async for _ in client.watch(job_id, batch_id=batch_id):
                pass

        calls: list[Coroutine[Any, Any, Any]] = []
        for reference in (project, finished_job.project_id):
            calls += [
                client.get_project(reference),
                client.get_manifest(reference),
                client.check_readiness(reference),
                client.plan_packages(reference),
                client.create_all(reference),
                client.list_jobs(reference),
                client.list_packages(reference),
                client.update_segment(reference, segment_id=segment, text="Mine."),
                client.register_audio(reference, audio=[RegisteredAudio(segment_id=segment, blob_path="x")]),
                client.put_audio(reference, book / "audio/1-1.wav"),
                client.put_cover(reference, book / "cover.jpg"),
                client.delete_project(reference),
            ]
        calls += [
            client.get_job(job),
            client.retry_job(job),
            client.cancel_job(job_id=job),
            client.cancel_job(batch_id=finished_job.batch_id),
            watched(job_id=job),
            watched(batch_id=finished_job.batch_id),
            client.archive(package),
            client.validate(package),
            client.get_download_link(package),
            client.delete_package(package),
            client.download(package, tmp_path),
        ]
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(result) for result in results] == [NotFoundError] * len(calls)
        assert (await client.list_projects()).projects == ()
    async with Client(daemon.address) as operator:
        assert await operator.get_project(project) == before
        assert (await operator.get_job(job)).status is JobStatus.COMPLETED


# Who calls.


async def test_a_token_is_never_ignored(daemon: Daemon) -> None:
    """A token that is not valid is told so, and nothing is done in another's name, also for the daemon's own user."""
    with pytest.raises(UnauthenticatedError):
        await Client(daemon.address, token="t").list_projects()
    async with Client(daemon.address) as client:
        assert (await client.list_audit(page_size=1)).entries is not None
        with pytest.raises(UnauthenticatedError) as error:
            await client.authenticate("t")
        # A token that was refused leaves a connection on which nothing but health is answered.
        with pytest.raises(UnauthenticatedError):
            await client.list_projects()
        assert await client.health()
    assert error.value.code is Code.UNAUTHENTICATED and error.value.reason == "TOKEN_INVALID"


# Other books, and audio that is refused.


def test_the_origin_of_a_folder_is_that_of_packctl() -> None:
    # The tests of packctl have this digest, too.
    found = origin_of(Path("/books/Dune"), "m")
    assert found == "38df93905c1a05b81edffc0dc365227e8581c9579bd5674670f897bafc46ea72"


async def test_another_book_is_replaced_only_where_that_is_said(daemon: Daemon, tmp_path: Path) -> None:
    def rewritten(folder: Path) -> Path:
        write_book(folder, title="Equal titles", chapters=1)
        for number in (1, 2):
            write_tone(folder / f"audio/1-{number}.wav", 0.2, 700 + 50 * number)
        text = (folder / "book.yaml").read_text()
        (folder / "book.yaml").write_text(text.replace("Sentence", "Another sentence"))
        return folder

    first_folder = write_book(tmp_path / "one", title="Equal titles")
    other_folder = rewritten(tmp_path / "other")
    async with Client(daemon.address) as client:
        first = await client.import_book(first_folder)
        assert (first.slug, first.taken_slug) == ("equal-titles", "")
        other = await client.import_book(other_folder)
        assert other.created and (other.slug, other.taken_slug) == ("equal-titles-2", "equal-titles")
        again = await client.import_book(other_folder)
        assert not again.created and again.project_id == other.project_id
        with pytest.raises(FailedPreconditionError) as error:
            await client.import_book(other_folder, slug="equal-titles")
        assert error.value.reason == "SLUG_TAKEN"
        assert (await client.get_project("equal-titles")).total_chapters == 2
        replaced = await client.import_book(other_folder, slug="equal-titles", replace=True)
        assert not replaced.created and replaced.project_id == first.project_id
        assert (await client.get_project("equal-titles")).total_chapters == 1


async def test_a_refused_retake_leaves_the_segment_as_it_was(daemon: Daemon, tmp_path: Path) -> None:
    folder = write_book(tmp_path / "book", title="Retaken")
    async with Client(daemon.address) as client:
        book = await client.import_book(folder)
        before = await client.get_manifest(book.slug)
        (folder / "bad.wav").write_bytes(b"RIFF, and then nothing of the kind")
        digest = hashlib.sha256((folder / "bad.wav").read_bytes()).hexdigest()
        segment = before.chapters[0].segments[0]
        named = await client.update_segment(book.slug, segment_id=segment.id, text="New.", audio_sha256=digest)
        assert named.missing_audio and named.revision == (await client.get_project(book.slug)).revision
        with pytest.raises(InvalidArgumentError) as error:
            await client.put_audio(book.slug, folder / "bad.wav")
        assert error.value.info and error.value.info.metadata["segmentsKeeping"] == "1"
        assert (await client.get_manifest(book.slug)).chapters == before.chapters

        shutil.copy(folder / "bad.wav", folder / "audio/2-1.wav")
        again = await client.import_book(folder)
        assert not again.is_whole and again.segments_keeping_audio == 1
        assert (await client.get_manifest(book.slug)).chapters == before.chapters


async def test_what_only_the_daemon_finds_wrong_is_told_with_its_line(daemon: Daemon, tmp_path: Path) -> None:
    folder = write_book(tmp_path / "book", title="Odd bit rate")
    text = (folder / "book.yaml").read_text()
    (folder / "book.yaml").write_text(f"packaging: {{kobo: {{bitrate: 100k}}}}\n{text}")
    async with Client(daemon.address) as client:
        with pytest.raises(BookError) as error:
            await client.import_book(folder)
    (problem,) = error.value.problems
    assert str(problem).startswith("book.yaml:1: bitrate of packaging of kobo 100000 bit/s is none of 48k, ")
