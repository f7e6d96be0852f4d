"""A server that misbehaves leaves no await hanging and no other call worse off."""

from __future__ import annotations

import asyncio
import hashlib
import math
import os
import ssl
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from support import Peer, Server

from khipu_packaging import Client
from khipu_packaging._connection import Call, Connection
from khipu_packaging._frames import Frame, FrameType
from khipu_packaging._machine import Shape
from khipu_packaging._proto.khipu.packaging.v1 import packaging_pb2 as pb
from khipu_packaging._proto.ttrpc import envelope_pb2
from khipu_packaging.address import Address
from khipu_packaging.errors import (
    DataLossError,
    DeadlineExceededError,
    InternalError,
    InvalidArgumentError,
    NotFoundError,
    UnauthenticatedError,
    UnavailableError,
    UnimplementedError,
)

Behaviour = Callable[[Peer], Awaitable[None]]
RESPONSE, DATA = FrameType.RESPONSE, FrameType.DATA


def job(id: str) -> bytes:
    return envelope_pb2.Response(payload=pb.Job(id=id).SerializeToString()).SerializeToString()


def failure(code: int) -> bytes:
    response = envelope_pb2.Response()
    response.status.code, response.status.message = code, "refused"
    return response.SerializeToString()


async def nothing(peer: Peer) -> None:
    await peer.until_gone()


async def half_header(peer: Peer) -> None:
    await peer.read()
    peer.writer.write(b"\x00\x00\x00")
    await peer.writer.drain()


async def half_body(peer: Peer) -> None:
    await peer.read()
    peer.writer.write(struct.pack(">IIBB", 100, 1, 2, 0) + b"only some")
    await peer.writer.drain()


async def reset(peer: Peer) -> None:
    await peer.read()
    peer.reset()


async def leave(peer: Peer) -> None:
    return


@pytest.mark.parametrize("behaviour", [half_header, half_body, reset, leave])
async def test_a_connection_that_breaks_fails_every_call_at_once(behaviour: Behaviour, short_folder: Path) -> None:
    async with Server(short_folder, behaviour) as server:
        client = Client(server.address, timeout=None)
        calls = [client.get_job("j1") for _ in range(5)]
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(result) for result in results] == [UnavailableError] * 5
        # A daemon that dies of a call is not given it again.
        assert server.connections == 1


@pytest.mark.parametrize("shape", list(Shape))
async def test_every_shape_of_call_ends_with_its_deadline(shape: Shape, short_folder: Path) -> None:
    async with Server(short_folder, nothing) as server:
        connection = await server.connect()
        with pytest.raises(DeadlineExceededError):
            await connection.start(shape, "s.S", "M", timeout=0.1).receive()
        connection.close()


async def test_half_a_frame_and_then_silence_ends_with_the_deadline(short_folder: Path) -> None:
    async def behaviour(peer: Peer) -> None:
        await peer.read()
        peer.writer.write(struct.pack(">IIBB", 100, 1, 2, 0) + b"only some")
        await peer.until_gone()

    async with Server(short_folder, behaviour) as server:
        async with Client(server.address) as client:
            with pytest.raises(DeadlineExceededError, match="GetJob took longer"):
                await client.get_job("j1", timeout=0.1)


async def test_an_upload_to_a_server_that_does_not_read_ends_with_its_deadline(short_folder: Path) -> None:
    gone = asyncio.Event()

    async def behaviour(peer: Peer) -> None:
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await gone.wait()

    file = short_folder / "big"
    file.write_bytes(bytes(8 * 1024 * 1024))
    async with Server(short_folder, behaviour) as server:
        async with Client(server.address) as client:
            with pytest.raises(DeadlineExceededError, match="PutAudio took longer"):
                await client.put_audio("p", file, timeout=0.3)
        gone.set()


async def test_closing_ends_a_writer_that_waits_for_room(short_folder: Path) -> None:
    gone = asyncio.Event()

    async def behaviour(peer: Peer) -> None:
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await gone.wait()

    file = short_folder / "big"
    file.write_bytes(bytes(8 * 1024 * 1024))
    async with Server(short_folder, behaviour) as server:
        client = Client(server.address, timeout=None)
        upload = asyncio.ensure_future(client.put_audio("p", file))
        while client._shared is None or client._shared._writable is None:
            await asyncio.sleep(0.01)
        assert not upload.done()
        await client.close()
        with pytest.raises(UnavailableError):
            await upload
        gone.set()


async def test_closing_fails_calls_on_their_way_at_once(short_folder: Path) -> None:
    async with Server(short_folder, nothing) as server:
        client = Client(server.address, timeout=None)
        await client.__aenter__()
        calls = [asyncio.ensure_future(client.get_job("j1")) for _ in range(3)]
        await asyncio.sleep(0)
        await client.close()
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(result) for result in results] == [UnavailableError] * 3


async def test_a_late_reply_disturbs_no_later_call(short_folder: Path) -> None:
    async def behaviour(peer: Peer) -> None:
        first, second = await peer.read(), await peer.read()
        peer.send(first.stream, RESPONSE, 0, job("late"))
        peer.send(second.stream, RESPONSE, 0, job("right"))
        await peer.until_gone()

    async with Server(short_folder, behaviour) as server:
        async with Client(server.address) as client:
            with pytest.raises(DeadlineExceededError):
                await client.get_job("j1", timeout=0.05)
            assert (await client.get_job("j2")).id == "right"


async def test_a_cancelled_call_leaves_nothing_behind(short_folder: Path) -> None:
    async with Server(short_folder, nothing) as server:
        client = Client(server.address)
        task = asyncio.ensure_future(client.get_job("j1"))
        while client._shared is None or not client._shared._calls:
            await asyncio.sleep(0.01)
        (call,) = client._shared._calls.values()
        assert call._timer is not None
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not client._shared._calls and not client._shared._machine._streams and call._timer is None
        await client.close()


@pytest.mark.parametrize("reads_on", [True, False])
async def test_an_answer_in_the_middle_of_an_upload_ends_the_upload(reads_on: bool, short_folder: Path) -> None:
    async def behaviour(peer: Peer) -> None:
        request = await peer.read()
        if not reads_on:
            peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
            # The client's buffer is full by then, and it waits for room that never comes.
            while client._shared is None or client._shared._writable is None:
                await asyncio.sleep(0.01)
        peer.send(request.stream, RESPONSE, 0, failure(3))
        await (peer.until_gone() if reads_on else asyncio.Event().wait())

    file = short_folder / "big"
    file.write_bytes(bytes(8 * 1024 * 1024))
    async with Server(short_folder, behaviour) as server:
        client = Client(server.address)
        with pytest.raises(InvalidArgumentError) as error:
            await client.put_audio("p", file)
        # Who keeps the error does not keep the file.
        assert error.tb and str(file) not in [os.path.realpath(item) for item in Path("/proc/self/fd").iterdir()]
        await client.close()


async def test_a_reply_that_cannot_be_read_is_an_internal_error(short_folder: Path) -> None:
    async def behaviour(peer: Peer) -> None:
        request = await peer.read()
        peer.send(request.stream, RESPONSE, 0, envelope_pb2.Response(payload=b"\xff").SerializeToString())
        await peer.until_gone()

    async with Server(short_folder, behaviour) as server:
        client = Client(server.address)
        with pytest.raises(InternalError):
            await client.get_job("j1")
        await client.close()


async def test_words_of_a_newer_daemon_are_unspecified_and_its_fields_skipped(short_folder: Path) -> None:
    async def behaviour(peer: Peer) -> None:
        request = await peer.read()
        payload = b"\x0a\x01j" + b"\x28\x63" + b"\xfa\x07\x01?"  # id, status 99, field 127
        peer.send(request.stream, RESPONSE, 0, envelope_pb2.Response(payload=payload).SerializeToString())
        await peer.until_gone()

    async with Server(short_folder, behaviour) as server:
        client = Client(server.address)
        job = await client.get_job("j1")
        assert (job.id, job.status.name) == ("j", "UNSPECIFIED")
        await client.close()


def tcp_buffers() -> int:
    """The most that the system keeps of one connection on its way through this machine."""
    return sum(int(Path(f"/proc/sys/net/ipv4/tcp_{side}mem").read_text().split()[2]) for side in "rw")


async def test_a_stream_that_nobody_reads_stops_the_connection_and_not_the_memory(short_folder: Path) -> None:
    sent = 0

    async def behaviour(peer: Peer) -> None:
        nonlocal sent
        request = await peer.read()
        while sent < 64 * 1024 * 1024:
            peer.send(request.stream, DATA, 0, bytes(1024 * 1024))
            await peer.writer.drain()
            sent += 1024 * 1024
        peer.end(request.stream)
        await peer.until_gone()

    async with Server(short_folder, behaviour) as server:
        connection = await server.connect()
        call = connection.start(Shape.SERVER_STREAM, "s.S", "M")
        while connection._reading:
            await asyncio.sleep(0.01)
        # What lies in the buffers on the way is little; those of TCP grow to what the system allows.
        await asyncio.sleep(0.3)
        assert sent < 16 * 1024 * 1024 + (0 if server.is_unix else tcp_buffers())
        assert connection._waiting_bytes < 16 * 1024 * 1024
        assert sum([len(message) async for message in call]) == 64 * 1024 * 1024
        connection.close()


async def test_a_watch_goes_on_after_the_last_event_when_its_connection_breaks(short_folder: Path) -> None:
    asked: list[int] = []

    async def behaviour(peer: Peer) -> None:
        frame = await peer.read()
        request = envelope_pb2.Request.FromString(frame.body)
        after = pb.WatchJobRequest.FromString(request.payload).after_sequence
        asked.append(after)
        # The event seen last comes once more, as it may from another daemon.
        for sequence in range(after, after + 3):
            peer.send(frame.stream, DATA, 0, pb.JobEvent(sequence=sequence).SerializeToString())
        await peer.writer.drain()
        if len(asked) == 3:
            peer.end(frame.stream)
            await peer.until_gone()
        else:
            await asyncio.sleep(0.05)
            peer.reset()

    interruptions: list[UnavailableError] = []
    async with Server(short_folder, behaviour) as server:
        client = Client(server.address)
        events = client.watch("j1", after_sequence=10, on_interruption=interruptions.append)
        found = [event.sequence async for event in events]
    assert found == [11, 12, 13, 14, 15, 16]
    assert asked == [10, 12, 14] and len(interruptions) == 2


async def test_a_watch_ends_when_its_patience_does(short_folder: Path) -> None:
    async def behaviour(peer: Peer) -> None:
        frame = await peer.read()
        if server.connections == 1:
            peer.send(frame.stream, DATA, 0, pb.JobEvent(sequence=1).SerializeToString())
            await peer.writer.drain()

    async with Server(short_folder, behaviour) as server:
        with pytest.raises(UnavailableError):
            async for _ in Client(server.address).watch("j1", patience=0.3):
                pass


async def test_a_watch_of_a_daemon_that_was_never_there_fails_at_once(short_folder: Path) -> None:
    with pytest.raises(UnavailableError, match="no such file"):
        async for _ in Client(f"unix:{short_folder}/none.sock").watch("j1", patience=math.inf):
            pass


async def test_a_watch_that_is_refused_is_not_tried_again(short_folder: Path) -> None:
    async def behaviour(peer: Peer) -> None:
        frame = await peer.read()
        peer.send(frame.stream, RESPONSE, 0, failure(5))
        await peer.until_gone()

    async with Server(short_folder, behaviour) as server:
        with pytest.raises(NotFoundError):
            async for _ in Client(server.address).watch("j1"):
                pass
        assert server.connections == 1


def downloads(content: bytes, asked: list[int], *, digest: str | None = None, break_first: bool = True) -> Behaviour:
    """Serves a package in pieces of 100 bytes; the first connection breaks in the middle."""

    async def behaviour(peer: Peer) -> None:
        frame = await peer.read()
        request = envelope_pb2.Request.FromString(frame.body)
        offset = pb.DownloadRequest.FromString(request.payload).offset
        asked.append(offset)
        if offset > len(content):
            peer.send(frame.stream, RESPONSE, 0, failure(11))
            await peer.until_gone()
            return
        for at in range(offset, len(content), 100):
            chunk = pb.DownloadChunk(offset=at, data=content[at : at + 100])
            if at == offset:
                chunk.total_size, chunk.file_name = len(content), "../evil.zip"
            peer.send(frame.stream, DATA, 0, chunk.SerializeToString())
            if break_first and len(asked) == 1 and at >= 500:
                await peer.writer.drain()
                await asyncio.sleep(0.05)
                peer.reset()
                return
        last = pb.DownloadChunk(offset=len(content), sha256=digest or hashlib.sha256(content).hexdigest())
        if offset == len(content):
            last.total_size = len(content)
        peer.send(frame.stream, DATA, 0, last.SerializeToString())
        peer.end(frame.stream)
        await peer.until_gone()

    return behaviour


CONTENT = bytes(index % 256 for index in range(1500))


async def test_a_download_goes_on_where_its_connection_broke(short_folder: Path) -> None:
    asked: list[int] = []
    told: list[str] = []
    async with Server(short_folder, downloads(CONTENT, asked)) as server:
        found = await Client(server.address).download(
            "p1",
            short_folder / "out.zip",
            on_interruption=lambda error: told.append("lost"),
            on_resumption=lambda: told.append("back"),
        )
    assert told == ["lost", "back"]
    assert (short_folder / "out.zip").read_bytes() == CONTENT
    assert asked == [0, 600] and found.size_bytes == 1500 and found.resumed_from == 0


async def test_a_download_takes_up_what_an_earlier_try_left(short_folder: Path) -> None:
    asked: list[int] = []
    (short_folder / ".p1.part").write_bytes(CONTENT[:700])
    async with Server(short_folder, downloads(CONTENT, asked, break_first=False)) as server:
        found = await Client(server.address).download("p1", short_folder / "out.zip")
    assert asked == [700] and found.resumed_from == 700
    assert (short_folder / "out.zip").read_bytes() == CONTENT and not (short_folder / ".p1.part").exists()


@pytest.mark.parametrize("left", [b"other bytes" * 20, b"x" * 5000])
async def test_a_download_starts_over_when_what_was_left_is_not_of_it(left: bytes, short_folder: Path) -> None:
    asked: list[int] = []
    (short_folder / ".p1.part").write_bytes(left)
    async with Server(short_folder, downloads(CONTENT, asked, break_first=False)) as server:
        await Client(server.address).download("p1", short_folder / "out.zip")
    assert asked == [len(left), 0] and (short_folder / "out.zip").read_bytes() == CONTENT


async def test_a_download_with_another_digest_gets_no_name(short_folder: Path) -> None:
    async with Server(short_folder, downloads(CONTENT, [], digest="00" * 32, break_first=False)) as server:
        with pytest.raises(DataLossError):
            await Client(server.address).download("p1", short_folder / "out.zip")
    assert not (short_folder / "out.zip").exists() and not (short_folder / ".p1.part").exists()


def scripted(*pieces: tuple[int, bytes]) -> Behaviour:
    """Sends these pieces at these offsets, and ends the stream without the digest."""

    async def behaviour(peer: Peer) -> None:
        frame = await peer.read()
        for offset, data in pieces:
            chunk = pb.DownloadChunk(offset=offset, data=data, total_size=len(CONTENT))
            peer.send(frame.stream, DATA, 0, chunk.SerializeToString())
        peer.end(frame.stream)
        await peer.until_gone()

    return behaviour


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        (scripted((0, CONTENT[:1000])), "1000 of 1500 bytes came"),
        (scripted((0, CONTENT[:100]), (200, CONTENT[200:])), "bytes 100 through 200 are missing"),
        (scripted((0, CONTENT)), "do not have the package's SHA-256"),
    ],
)
async def test_a_download_that_ends_without_being_whole_gets_no_name(
    behaviour: Behaviour, why: str, short_folder: Path
) -> None:
    async with Server(short_folder, behaviour) as server:
        with pytest.raises(DataLossError, match=why):
            await Client(server.address).download("p1", short_folder / "out.zip")
    assert {path.name for path in short_folder.iterdir()} <= {"peer.sock"}


async def test_a_download_has_its_patience_anew_with_each_piece(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float | None] = []
    give = Call.ends_within

    def ends_within(call: Call, seconds: float | None) -> None:
        given.append(seconds)
        give(call, seconds)

    monkeypatch.setattr(Call, "ends_within", ends_within)
    async with Server(short_folder, downloads(CONTENT, [], break_first=False)) as server:
        await Client(server.address).download("p1", short_folder / "out", patience=90)
    # The call begins without a limit; then come its start, fifteen pieces, and the digest.
    assert given == [None, *[90] * 17]


async def test_a_call_that_is_given_more_time_has_it(short_folder: Path) -> None:
    may_answer = asyncio.Event()

    async def behaviour(peer: Peer) -> None:
        frame = await peer.read()
        await may_answer.wait()
        peer.send(frame.stream, RESPONSE, 0, job("j1"))
        await peer.until_gone()

    async with Server(short_folder, behaviour) as server:
        connection = await server.connect()
        async with connection.start(Shape.UNARY, "s.S", "M", timeout=0) as call:
            call.ends_within(90)
            # Long enough for the first limit, which is over already.
            await asyncio.sleep(0.01)
            may_answer.set()
            assert await call.reply()
        connection.close()


async def test_a_download_that_brings_nothing_ends_with_its_patience(short_folder: Path) -> None:
    async with Server(short_folder, nothing) as server:
        with pytest.raises(DeadlineExceededError):
            await Client(server.address).download("p1", short_folder / "out", patience=0.3)


async def test_a_download_whose_daemon_does_not_come_back_keeps_what_came(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def behaviour(peer: Peer) -> None:
        frame = await peer.read()
        if server.connections == 1:
            chunk = pb.DownloadChunk(data=CONTENT[:700], total_size=1500)
            peer.send(frame.stream, DATA, 0, chunk.SerializeToString())
            await peer.writer.drain()

    # Calls that run out of time would be the machine's doing, and end otherwise.
    monkeypatch.setattr(Call, "ends_within", lambda *_: None)
    async with Server(short_folder, behaviour) as server:
        with pytest.raises(UnavailableError):
            await Client(server.address).download("p1", short_folder / "out", patience=0.5)
    assert (short_folder / ".p1.part").read_bytes() == CONTENT[:700] and not (short_folder / "out").exists()


async def test_a_download_from_a_daemon_that_is_not_there_fails_at_once(short_folder: Path) -> None:
    with pytest.raises(UnavailableError, match="no such file"):
        await Client(f"unix:{short_folder}/none.sock").download("p1", short_folder / "out", patience=math.inf)
    assert not list(short_folder.iterdir())


async def test_a_download_names_no_file_outside_its_folder(short_folder: Path) -> None:
    async with Server(short_folder, downloads(CONTENT, [], break_first=False)) as server:
        (short_folder / "into").mkdir()
        found = await Client(server.address).download("p1", short_folder / "into")
    assert found.path.parent == short_folder / "into" and found.path.name == "-evil.zip"


async def test_a_token_is_given_once_for_each_connection(short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    methods: list[tuple[str, bytes]] = []

    async def behaviour(peer: Peer) -> None:
        while True:
            frame = await peer.read()
            request = envelope_pb2.Request.FromString(frame.body)
            methods.append((request.method, request.payload))
            peer.send(frame.stream, RESPONSE)

    token = short_folder / "token"
    token.write_text("t0ken\n")
    monkeypatch.setenv("PACKAGING_TOKEN", "of-the-environment")
    async with Server(short_folder, behaviour) as server:
        client = Client(server.address, token_file=token)
        await client.get_job("j1")
        await client.get_job("j2")
        await client.close()
        token.write_text("renewed")
        await client.get_job("j3")
        await client.close()
        other = Client(server.address)
        await other.get_job("j4")
        await other.close()
    first = pb.AuthenticateRequest(token="t0ken").SerializeToString()
    assert methods[0] == ("Authenticate", first)
    assert [method for method, _ in methods] == ["Authenticate", "GetJob", "GetJob", *["Authenticate", "GetJob"] * 2]
    assert b"renewed" in methods[3][1] and b"of-the-environment" in methods[5][1]


@pytest.mark.parametrize(("code", "kind"), [(16, UnauthenticatedError), (12, UnimplementedError)])
async def test_a_token_that_is_not_taken_fails_the_call(code: int, kind: type[Exception], short_folder: Path) -> None:
    async def behaviour(peer: Peer) -> None:
        frame = await peer.read()
        peer.send(frame.stream, RESPONSE, 0, failure(code))
        await peer.until_gone()

    async with Server(short_folder, behaviour) as server:
        with pytest.raises(kind):
            await Client(server.address, token="t").get_job("j1")


async def test_a_server_that_accepts_and_never_speaks_tls_ends_the_connecting() -> None:
    async with Server(None, nothing) as server:
        client = Client(server.address, ssl=ssl.create_default_context(), connect_timeout=0.3)
        with pytest.raises(UnavailableError, match="nobody answered"):
            await client.get_job("j1")


async def test_a_reset_flood_of_unknown_frames_reaches_nobody(short_folder: Path) -> None:
    async def behaviour(peer: Peer) -> None:
        request = await peer.read()
        for kind in range(256):
            if kind not in (2, 3):
                peer.writer.write(Frame(request.stream, kind, kind, b"noise").encode())
        peer.send(request.stream, RESPONSE, 0, job("j1"))
        await peer.until_gone()

    async with Server(short_folder, behaviour) as server:
        client = Client(server.address)
        assert (await client.get_job("j1")).id == "j1"
        await client.close()


async def test_a_client_speaks_as_its_transport_says(short_folder: Path, request: pytest.FixtureRequest) -> None:
    async with Server(short_folder, nothing) as server:
        async with Client(server.address) as client:
            assert client._shared and client._shared.is_local
            assert client._shared.is_encrypted == ("tls" in request.node.name)
            assert client.address.path is None or "unix" in request.node.name
