"""The daemon's wire, tested by a peer that shares no code with it."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from support import TEST_SECONDS, Daemon, Peer, Wire, write_book, write_tone

from khipu_packaging import Client, Health, HealthStatus
from khipu_packaging._connection import Connection
from khipu_packaging._frames import HEADER, MAX_BODY, Flag, Frame, FrameType
from khipu_packaging._machine import Shape
from khipu_packaging._proto.khipu.packaging.v1 import packaging_pb2 as pb
from khipu_packaging._proto.khipu.packaging.v1 import projects_pb2 as projects
from khipu_packaging._proto.ttrpc import envelope_pb2
from khipu_packaging.address import Address
from khipu_packaging.errors import (
    AlreadyExistsError,
    Code,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    OutOfRangeError,
)
from khipu_packaging.models import (
    BookMetadata,
    ImportChapter,
    ImportHeader,
    ImportSegment,
    Job,
    JobStatus,
    PackagingSettings,
)

HEALTH, PACKAGING, PROJECTS = "grpc.health.v1.Health", "khipu.packaging.v1.Packaging", "khipu.packaging.v1.Projects"
REQUEST, RESPONSE, DATA = FrameType.REQUEST, FrameType.RESPONSE, FrameType.DATA


class Raw(Peer):
    """A connection that sends what no client would."""

    metadata: list[tuple[str, str]] = []

    @classmethod
    @asynccontextmanager
    async def open(cls, wire: Wire) -> AsyncIterator[Raw]:
        raw = cls(*await wire.open())
        raw.metadata = wire.metadata
        try:
            yield raw
        finally:
            raw.reset()

    def request(
        self, stream: int, service: str = HEALTH, method: str = "Check", flags: int = 0, **fields: Any
    ) -> None:
        request = envelope_pb2.Request(service=service, method=method, **fields)
        for key, value in self.metadata:
            request.metadata.add(key=key, value=value)
        self.send(stream, REQUEST, flags, request.SerializeToString())

    async def response(self, stream: int) -> envelope_pb2.Response:
        """The next frame, which must be the response of `stream`."""
        frame = await self.read()
        assert (frame.stream, frame.type, frame.flags) == (stream, RESPONSE, 0), frame
        return envelope_pb2.Response.FromString(frame.body)

    async def code(self, stream: int) -> int:
        return (await self.response(stream)).status.code

    async def lives(self, stream: int) -> bool:
        self.request(stream)
        return await self.code(stream) == 0


# The wire.


async def test_health_answers_and_other_services_are_not_found(wire: Wire) -> None:
    async with wire.client() as client:
        assert await client.health() == Health(status=HealthStatus.SERVING)
        assert await client.health(PACKAGING)
        with pytest.raises(NotFoundError):
            await client.health("no.such.Service")


async def test_health_is_watched_as_a_stream(wire: Wire) -> None:
    states = wire.client().watch_health()
    assert await states.__anext__()
    await states.aclose()
    (unknown,) = [state async for state in wire.client().watch_health("no.such.Service")]
    assert unknown.status is HealthStatus.SERVICE_UNKNOWN and not unknown


async def test_a_method_and_a_service_that_are_not_there_are_unimplemented(wire: Wire) -> None:
    wire.needs_caller()
    async with Raw.open(wire) as raw:
        raw.request(1, PACKAGING, "Fly")
        assert await raw.code(1) == Code.UNIMPLEMENTED
        raw.request(3, "no.such.Service")
        assert await raw.code(3) == Code.UNIMPLEMENTED


async def test_frames_cut_into_single_bytes_are_understood(wire: Wire) -> None:
    async with Raw.open(wire) as raw:
        body = envelope_pb2.Request(service=HEALTH, method="Check").SerializeToString()
        for byte in Frame(1, REQUEST, 0, body).encode():
            raw.writer.write(bytes([byte]))
            await raw.writer.drain()
            await asyncio.sleep(0)
        assert await raw.code(1) == 0


async def test_a_hundred_requests_in_one_write_are_all_answered(wire: Wire) -> None:
    async with Raw.open(wire) as raw:
        for stream in range(1, 201, 2):
            raw.request(stream)
        answers = [await raw.read() for _ in range(100)]
        assert {frame.stream for frame in answers} == set(range(1, 201, 2))
        assert {frame.type for frame in answers} == {RESPONSE}
        assert {envelope_pb2.Response.FromString(frame.body).status.code for frame in answers} == {0}


@pytest.mark.parametrize("stream", [0, 2, 4_294_967_294])
async def test_an_even_stream_is_refused_alone(wire: Wire, stream: int) -> None:
    async with Raw.open(wire) as raw:
        raw.request(stream)
        assert await raw.code(stream) == Code.INVALID_ARGUMENT
        assert await raw.lives(1)


async def test_a_stream_is_used_once(wire: Wire) -> None:
    async with Raw.open(wire) as raw:
        assert await raw.lives(1)
        raw.request(1)
        assert await raw.code(1) == Code.INVALID_ARGUMENT
        assert await raw.lives(3)


async def test_a_lower_stream_that_was_not_used_is_taken(wire: Wire) -> None:
    async with Raw.open(wire) as raw:
        assert await raw.lives(7)
        assert await raw.lives(3)


async def test_a_body_above_four_mebibytes_is_refused_at_its_header(wire: Wire) -> None:
    async with Raw.open(wire) as raw:
        raw.writer.write(HEADER.pack(MAX_BODY + 1, 1, REQUEST, 0))
        assert await raw.code(1) == Code.RESOURCE_EXHAUSTED
        for _ in range(4):
            raw.writer.write(bytes(1024 * 1024))
            await raw.writer.drain()
        raw.writer.write(b"\0")
        assert await raw.lives(3)


async def test_a_body_of_exactly_four_mebibytes_is_taken(wire: Wire) -> None:
    async with Raw.open(wire) as raw:
        head = envelope_pb2.Request(service=HEALTH, method="Check").SerializeToString()
        # A field that nobody knows fills it up: a byte of tag and four of length before its bytes.
        padding = MAX_BODY - len(head) - 5
        body = head + b"\x7a" + varint(padding) + bytes(padding)
        assert len(body) == MAX_BODY
        raw.send(1, REQUEST, 0, body)
        assert await raw.code(1) == 0


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


async def test_frames_of_other_types_are_dropped(wire: Wire) -> None:
    async with Raw.open(wire) as raw:
        for kind in (0, 2, 4, 9, 255):
            raw.send(1, kind, 0xFF, b"noise")
        assert await raw.lives(1)


async def test_a_request_that_is_no_envelope_is_refused_alone(wire: Wire) -> None:
    async with Raw.open(wire) as raw:
        raw.send(1, REQUEST, 0, b"\xff\xff\xff")
        assert await raw.code(1) == Code.INVALID_ARGUMENT
        assert await raw.lives(3)


async def test_a_payload_that_is_not_the_methods_message_is_an_internal_error(wire: Wire) -> None:
    wire.needs_caller()
    async with Raw.open(wire) as raw:
        raw.request(1, PACKAGING, "GetJob", payload=b"\x0a\xff\xff\xff\xff\x0f")
        assert await raw.code(1) == Code.INTERNAL
        assert await raw.lives(3)


@pytest.mark.parametrize("text", [b"\xff\xfe", b"a\0b"])
async def test_a_text_that_is_not_utf8_or_has_a_nul_is_refused(wire: Wire, text: bytes) -> None:
    wire.needs_caller()
    async with Raw.open(wire) as raw:
        raw.request(1, PACKAGING, "GetJob", payload=b"\x0a" + bytes([len(text)]) + text)
        status = (await raw.response(1)).status
        assert status.code == Code.INTERNAL and "job_id" in status.message
        assert await raw.lives(3)


async def test_data_on_a_stream_that_was_never_opened_is_refused_and_nothing_else(wire: Wire) -> None:
    async with Raw.open(wire) as raw:
        raw.request(1, HEALTH, "Watch", Flag.REMOTE_CLOSED)
        assert (await raw.read()).stream == 1
        raw.send(5, DATA, 0, b"x")
        assert await raw.code(5) == Code.INVALID_ARGUMENT
        assert await raw.lives(7)


async def test_data_on_a_stream_that_has_ended_is_dropped(wire: Wire) -> None:
    async with Raw.open(wire) as raw:
        assert await raw.lives(1)
        raw.send(1, DATA, 0, b"late")
        assert await raw.lives(3)


async def test_the_second_request_of_an_open_stream_ends_it(wire: Wire) -> None:
    async with Raw.open(wire) as raw:
        raw.request(1, HEALTH, "Watch", Flag.REMOTE_CLOSED)
        assert (await raw.read()).type == DATA
        raw.request(1, HEALTH, "Watch", Flag.REMOTE_CLOSED)
        assert await raw.code(1) == Code.INVALID_ARGUMENT
        assert await raw.lives(3)


@pytest.mark.parametrize("flags", [0, Flag.REMOTE_CLOSED])
async def test_a_method_is_what_it_is_whatever_the_flags_say(wire: Wire, flags: int) -> None:
    async with Raw.open(wire) as raw:
        raw.request(1, flags=flags)
        assert await raw.code(1) == 0
        raw.request(3, HEALTH, "Watch", flags)
        assert (await raw.read()).type == DATA


async def test_a_stream_has_its_deadline(wire: Wire) -> None:
    async with Raw.open(wire) as raw:
        raw.request(1, HEALTH, "Watch", Flag.REMOTE_CLOSED, timeout_nano=200_000_000)
        # On a slow machine the time is up before the first word.
        while (frame := await raw.read()).type == DATA:
            pass
        assert envelope_pb2.Response.FromString(frame.body).status.code == Code.DEADLINE_EXCEEDED


async def test_a_client_stream_that_brings_nothing_has_its_deadline(wire: Wire) -> None:
    wire.needs_caller()
    async with Raw.open(wire) as raw:
        raw.request(1, PROJECTS, "ImportProject", Flag.REMOTE_OPEN, timeout_nano=200_000_000)
        assert await raw.code(1) == Code.DEADLINE_EXCEEDED


async def test_a_connection_that_breaks_in_a_frame_harms_no_other(wire: Wire) -> None:
    async with Raw.open(wire) as other:
        assert await other.lives(1)
        for number, data in enumerate((b"\0\0", HEADER.pack(100, 1, REQUEST, 0) + b"half")):
            async with Raw.open(wire) as raw:
                raw.writer.write(data)
                await raw.writer.drain()
                raw.reset()
            assert await other.lives(3 + 2 * number)


async def test_a_connection_that_is_closed_in_one_direction_is_over(wire: Wire) -> None:
    if wire.is_tls:
        pytest.skip("asyncio closes TLS in both directions only")
    async with Raw.open(wire) as raw:
        raw.request(1, HEALTH, "Watch", Flag.REMOTE_CLOSED)
        assert (await raw.read()).type == DATA
        raw.writer.write_eof()
        assert await raw.reader.read() == b""


async def test_a_connection_has_1024_calls_at_once_and_refuses_the_next_alone(wire: Wire) -> None:
    async with Raw.open(wire) as raw:
        streams = range(1, 2048, 2)
        for stream in streams:
            raw.request(stream, HEALTH, "Watch", Flag.REMOTE_CLOSED)
        begun = [await raw.read() for _ in streams]
        assert {frame.type for frame in begun} == {DATA} and {frame.stream for frame in begun} == set(streams)
        raw.request(2049)
        status = (await raw.response(2049)).status
        assert status.code == Code.RESOURCE_EXHAUSTED
        assert [detail.type_url for detail in status.details] == ["type.googleapis.com/google.rpc.RetryInfo"]
        # One that ends makes room, once its handler has ended too.
        raw.request(1, HEALTH, "Watch", Flag.REMOTE_CLOSED)
        assert await raw.code(1) == Code.INVALID_ARGUMENT
        for stream in range(2051, 20_051, 2):
            if await raw.lives(stream):
                break
        else:
            pytest.fail("there is no room for another call")


async def test_the_first_of_two_tenants_in_the_metadata_counts(daemon: Daemon) -> None:
    async with Raw.open(Wire(daemon, "unix")) as raw:
        for stream, names in ((1, ("local", "nobody")), (3, ("nobody", "local"))):
            metadata = [envelope_pb2.KeyValue(key="tenant", value=name) for name in names]
            raw.request(stream, PROJECTS, "ListProjects", metadata=metadata)
        frames = [await raw.read() for _ in range(2)]
    answers = {frame.stream: envelope_pb2.Response.FromString(frame.body) for frame in frames}
    assert answers[1].status.code == 0
    assert answers[3].status.code == Code.NOT_FOUND and "nobody" in answers[3].status.message


async def test_a_field_of_a_newer_client_is_skipped(wire: Wire) -> None:
    wire.needs_caller()
    async with Raw.open(wire) as raw:
        raw.request(1, PACKAGING, "GetJob", payload=b"\x0a\x01j" + b"\xfa\x07\x01?")
        status = (await raw.response(1)).status
    assert status.code == Code.NOT_FOUND and '"j"' in status.message


@pytest.mark.parametrize(("field", "value"), [("page_size", -1), ("page_token", "made up")])
async def test_a_page_that_cannot_be_is_refused_by_its_field(daemon: Daemon, field: str, value: Any) -> None:
    async with Client(daemon.address) as client:
        with pytest.raises(InvalidArgumentError) as error:
            await client.list_projects(**{field: value})
    assert [violation.field for violation in error.value.field_violations] == [field]


async def test_a_client_stream_may_begin_in_its_request_and_end_in_its_last_message(wire: Wire) -> None:
    wire.needs_caller()
    async with Raw.open(wire) as raw:
        header = projects.ImportProjectRequest(header=projects.ImportHeader(slug="one-message"))
        header.header.metadata.title = "One message"
        chapter = projects.ImportProjectRequest(chapter=projects.ImportChapter(title="One"))
        segment = projects.ImportProjectRequest(segment=projects.ImportSegment(text="Hello."))
        raw.request(1, PROJECTS, "ImportProject", Flag.REMOTE_OPEN, payload=header.SerializeToString())
        raw.send(1, DATA, 0, chapter.SerializeToString())
        raw.send(1, DATA, Flag.REMOTE_CLOSED, segment.SerializeToString())
        frame = await raw.read()
        response = envelope_pb2.Response.FromString(frame.body)
        assert response.status.code == 0, response.status.message
        assert projects.ImportProjectReply.FromString(response.payload).segments == 1


async def test_an_import_without_a_header_is_refused(daemon: Daemon) -> None:
    connection = await Connection.open(Address.parse(daemon.address))
    async with connection.start(Shape.CLIENT_STREAM, PROJECTS, "ImportProject", timeout=TEST_SECONDS) as call:
        await call.close_send()
        with pytest.raises(InvalidArgumentError):
            await call.reply()
    connection.close()


# Books.


async def test_a_book_is_imported_once_and_audio_sent_once(daemon: Daemon, project: str, book: Path) -> None:
    async with Client(daemon.address) as client:
        again = await client.import_book(book)
        found = await client.get_project(project)
    assert (again.created, again.audio_sent, again.slug) == (False, 0, project)
    assert found.metadata == BookMetadata(
        title="The Tide Tables", authors=("Ana Lindqvist",), narrators=("Ruth Okafor",), language="en"
    )
    assert (found.total_chapters, found.total_segments, found.segments_with_audio) == (2, 4, 4)
    assert found.audio_seconds == pytest.approx(2.0) and found.created_at and found.created_at.tzinfo


async def test_audio_that_is_there_is_answered_before_its_bytes_are_sent(
    daemon: Daemon, project: str, book: Path
) -> None:
    connection = await Connection.open(Address.parse(daemon.address))
    data = (book / "audio/1-1.wav").read_bytes()
    header = projects.PutAudioHeader(project=project, sha256=hashlib.sha256(data).hexdigest(), size_bytes=len(data))
    async with connection.start(Shape.CLIENT_STREAM, PROJECTS, "PutAudio", timeout=TEST_SECONDS) as call:
        await call.send(projects.PutAudioRequest(header=header).SerializeToString())
        reply = projects.PutAudioReply.FromString(await call.reply())
        assert reply.already_there and call.has_ended
        assert not await call.send(projects.PutAudioRequest(data=data).SerializeToString())
    connection.close()


async def test_audio_that_is_not_whole_is_refused_with_its_place(daemon: Daemon, tmp_path: Path) -> None:
    folder = write_book(tmp_path / "cut", title="Cut short", seconds=0.25)
    (folder / "audio/2-1.wav").write_bytes(b"RIFF, and then nothing of the kind")
    async with Client(daemon.address) as client:
        imported = await client.import_book(folder)
        assert not imported.is_whole and imported.audio_sent == 3
        (refused,) = imported.refused_audio
        assert (refused.chapter, refused.segment, refused.file) == (2, 1, "audio/2-1.wav")
        with pytest.raises(InvalidArgumentError) as error:
            await client.put_audio(imported.project_id, folder / "audio/2-1.wav")
        assert error.value.reason == "AUDIO_REFUSED" and error.value.info
        assert error.value.info.domain == "packaging.khipu"


async def test_audio_with_another_digest_is_refused_and_given_to_nobody(daemon: Daemon, tmp_path: Path) -> None:
    write_tone(tmp_path / "tone.wav", 0.1)
    digest = "5a" * 32
    header = ImportHeader(slug="other-digest", metadata=BookMetadata(title="Other digest"))
    segment = ImportSegment(text="Hello.", audio_sha256=digest)
    async with Client(daemon.address) as client:
        reply = await client.import_project(header, [(ImportChapter(title="One"), [segment])])
        assert reply.missing_audio == (digest,)
        with pytest.raises(InvalidArgumentError) as error:
            await client.put_audio(reply.project_id, tmp_path / "tone.wav", sha256=digest)
        assert (await client.get_project(reply.project_id)).segments_with_audio == 0
    assert [violation.field for violation in error.value.field_violations] == ["header.sha256"]


async def test_wrong_fields_are_named_by_their_paths(daemon: Daemon) -> None:
    async with Client(daemon.address) as client:
        with pytest.raises(InvalidArgumentError) as error:
            await client.import_project(ImportHeader(metadata=BookMetadata(title="")), [])
    assert error.value.field_violations and error.value.code is Code.INVALID_ARGUMENT


async def test_lists_are_paged(daemon: Daemon, project: str) -> None:
    async with Client(daemon.address) as client:
        for number in range(3):
            header = ImportHeader(slug=f"page-{number}", metadata=BookMetadata(title=f"Page {number}"))
            await client.import_project(header, [(ImportChapter(title="One"), [ImportSegment(text="Hello.")])])
        found: list[str] = []
        token = ""
        while True:
            page = await client.list_projects(page_size=2, page_token=token)
            assert len(page.projects) <= 2
            found += [item.slug for item in page.projects]
            token = page.next_page_token
            if not token:
                break
    assert {"page-0", "page-1", "page-2", project} <= set(found) and len(found) == len(set(found))


# Packages.


async def test_readiness_tells_what_each_store_misses(daemon: Daemon, project: str) -> None:
    async with Client(daemon.address) as client:
        readiness = await client.check_readiness(project)
    platforms = {platform.id: platform for platform in readiness.platforms}
    assert set(platforms) == {"apple", "google", "spotify", "acx", "kobo"}
    assert readiness.completion_stats and readiness.completion_stats.percent_complete == 100
    assert platforms["google"].ready
    assert all(item.met for item in platforms["google"].requirements)
    requirement = {item.id: item for item in platforms["google"].requirements}["audio_samplerate"]
    assert isinstance(requirement.expected, float) and requirement.expected == requirement.actual


async def test_a_plan_foresees_the_package_to_the_byte(daemon: Daemon, project: str, finished_job: Job) -> None:
    async with Client(daemon.address) as client:
        (plan,) = (await client.plan_packages(project, platform_ids=["google"])).plans
        packages = (await client.list_packages(project, platform_id="google")).packages
    package = next(item for item in packages if item.id == finished_job.package_id)
    assert plan.package_format == package.format == "zip_mp3"
    assert plan.size_is_exact and plan.size_bytes == package.file_size_bytes


async def test_a_watch_tells_the_whole_story_and_goes_on_from_its_middle(daemon: Daemon, finished_job: Job) -> None:
    client = Client(daemon.address)
    story = [event async for event in client.watch(finished_job.id)]
    sequences = [event.sequence for event in story]
    assert sequences == sorted(set(sequences))
    assert story[-1].status is JobStatus.COMPLETED and story[-1].package_id == finished_job.package_id
    middle = sequences[len(sequences) // 2]
    rest = [event.sequence async for event in client.watch(finished_job.id, after_sequence=middle)]
    assert rest == [sequence for sequence in sequences if sequence > middle]


async def test_the_daemon_itself_leaves_out_what_a_watcher_has_seen(daemon: Daemon, finished_job: Job) -> None:
    """The client drops what comes twice, and would hide a daemon that begins at the beginning each time."""
    connection = await Connection.open(Address.parse(daemon.address))

    async def sequences(after: int) -> list[int]:
        request = pb.WatchJobRequest(batch_id=finished_job.batch_id, after_sequence=after).SerializeToString()
        async with connection.start(Shape.SERVER_STREAM, PACKAGING, "WatchJob", request, timeout=TEST_SECONDS) as call:
            return [pb.JobEvent.FromString(data).sequence async for data in call]

    story = await sequences(0)
    assert len(story) > 2 and story[-1] == finished_job.last_sequence
    for seen in story:
        assert await sequences(seen) == [sequence for sequence in story if sequence > seen]
    connection.close()


async def test_the_same_request_id_gives_the_same_jobs(daemon: Daemon, project: str) -> None:
    id = str(uuid.uuid4())
    async with Client(daemon.address) as client:
        first = await client.create_all(project, platform_ids=["spotify"], request_id=id)
        second = await client.create_all(project, platform_ids=["spotify"], request_id=id)
        with pytest.raises(AlreadyExistsError):
            await client.create_all(project, platform_ids=["google"], request_id=id)
        cancelled = await client.cancel_job(batch_id=first.batch_id)
    assert (first.existing, second.existing) == (False, True) and second.job_ids == first.job_ids
    assert [job.id for job in cancelled.jobs] in ([], list(first.job_ids.values()))


async def test_a_book_without_audio_is_refused_with_what_to_do(daemon: Daemon) -> None:
    settings = PackagingSettings(all_platforms=True)
    header = ImportHeader(slug="silent", metadata=BookMetadata(title="Silent"), settings=settings)
    async with Client(daemon.address) as client:
        reply = await client.import_project(header, [(ImportChapter(title="One"), [ImportSegment(text="Hello.")])])
        with pytest.raises(FailedPreconditionError) as error:
            await client.create_all(reply.project_id, platform_ids=["google"])
    assert error.value.reason and error.value.message


async def test_a_package_is_downloaded_whole_and_from_its_middle(
    daemon: Daemon, finished_job: Job, short_folder: Path
) -> None:
    client = Client(daemon.address)
    steps: list[tuple[int, int]] = []
    found = await client.download(finished_job.package_id, short_folder, progress=lambda *step: steps.append(step))
    data = found.path.read_bytes()
    assert hashlib.sha256(data).hexdigest() == found.sha256 and steps[-1] == (len(data), len(data))
    assert len(zipfile.ZipFile(found.path).namelist()) >= 2
    (short_folder / f".{finished_job.package_id}.part").write_bytes(data[:1000])
    again = await client.download(finished_job.package_id, short_folder / "again.zip")
    assert again.resumed_from == 1000 and (short_folder / "again.zip").read_bytes() == data


async def test_a_download_beyond_the_end_is_out_of_range(daemon: Daemon, finished_job: Job) -> None:
    connection = await Connection.open(Address.parse(daemon.address))
    request = pb.DownloadRequest(package_id=finished_job.package_id, offset=10**12).SerializeToString()
    with pytest.raises(OutOfRangeError):
        await connection.start(Shape.SERVER_STREAM, PACKAGING, "Download", request, timeout=TEST_SECONDS).receive()
    connection.close()


async def test_a_package_is_judged_by_its_stores_rules(daemon: Daemon, finished_job: Job) -> None:
    async with Client(daemon.address) as client:
        report = await client.validate(finished_job.package_id)
    assert report.valid and report.specs and report.specs.total_duration_seconds > 2


@pytest.mark.parametrize("job", ["", "no-such-job", "00000000-0000-0000-0000-000000000000"])
async def test_a_job_that_is_not_there_is_not_found(daemon: Daemon, job: str) -> None:
    async with Client(daemon.address) as client:
        with pytest.raises(NotFoundError, match=f'job "{job}" does not exist'):
            await client.get_job(job)
        if job:
            with pytest.raises(NotFoundError):
                async for _ in client.watch(job):
                    pass


async def test_rules_say_where_and_when_they_were_read(daemon: Daemon) -> None:
    async with Client(daemon.address) as client:
        rules = await client.list_rules(platform_id="acx")
    (platform,) = rules.platforms
    assert platform.platform_id == "acx" and platform.rules
    assert all(rule.source and rule.date for rule in platform.rules)
    assert all(isinstance(rule.value, (str, float, type(None))) for rule in platform.rules)
