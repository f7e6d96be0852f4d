"""What a client meets in a service that runs for months."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import errno
import gc
import hashlib
import pickle
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import Peer, Server

import khipu_packaging.client
from khipu_packaging import BookError, Client, read_book
from khipu_packaging._connection import Call, Connection, _within
from khipu_packaging._failures import advice, why
from khipu_packaging._frames import MAX_BODY, Frame, FrameType
from khipu_packaging._machine import _LAST_STREAM, Shape
from khipu_packaging._proto.grpc.health.v1 import health_pb2
from khipu_packaging._proto.khipu.packaging.v1 import packaging_pb2 as pb
from khipu_packaging._proto.ttrpc import envelope_pb2
from khipu_packaging.address import Address
from khipu_packaging.errors import (
    BadRequest,
    DeadlineExceededError,
    FieldViolation,
    InvalidArgumentError,
    UnavailableError,
)

RESPONSE, DATA = FrameType.RESPONSE, FrameType.DATA


def job(id: str = "j1") -> bytes:
    return envelope_pb2.Response(payload=pb.Job(id=id).SerializeToString()).SerializeToString()


async def answer(peer: Peer) -> None:
    """Answers every request, with the job that the name of its connection's server says."""
    while True:
        frame = await peer.read()
        peer.send(frame.stream, RESPONSE, 0, job())


async def nothing(peer: Peer) -> None:
    await peer.until_gone()


async def test_the_loop_is_the_one_that_the_tests_name_says(request: pytest.FixtureRequest) -> None:
    module = type(asyncio.get_running_loop()).__module__
    assert module.startswith("uvloop" if "uvloop" in request.node.name else "asyncio")


# Cancelling.


class NoTransport:
    """Keeps what is written, and is asked for nothing else."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def abort(self) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        raise AssertionError("a transport that is gone was used")


@pytest.mark.parametrize("timeout", [None, 60.0])
async def test_a_cancellation_that_comes_with_the_answer_is_not_lost(timeout: float | None) -> None:
    connection = Connection()
    connection.connection_made(NoTransport())  # type: ignore[arg-type]
    task = asyncio.ensure_future(connection.unary("s.S", "M", b"", timeout=timeout))
    await asyncio.sleep(0)
    connection.data_received(Frame(1, RESPONSE).encode())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not connection._calls


async def test_after_its_deadline_a_call_neither_sends_nor_hears() -> None:
    connection, transport = Connection(), NoTransport()
    connection.connection_made(transport)  # type: ignore[arg-type]
    call = connection.start(Shape.CLIENT_STREAM, "s.S", "M", timeout=0)
    await asyncio.sleep(0.01)
    connection.data_received(Frame(1, RESPONSE).encode())
    assert not await call.send(b"late") and len(transport.written) == 1
    with pytest.raises(DeadlineExceededError):
        await call.reply()


async def test_what_came_before_a_connection_was_lost_is_still_read() -> None:
    connection = Connection()
    connection.connection_made(NoTransport())  # type: ignore[arg-type]
    call = connection.start(Shape.SERVER_STREAM, "s.S", "M")
    for _ in range(3):
        connection.data_received(Frame(1, DATA, 0, bytes(MAX_BODY)).encode())
    assert not connection._reading
    connection.connection_lost(None)
    assert [len(await call.receive() or b"") for _ in range(3)] == [MAX_BODY] * 3
    with pytest.raises(UnavailableError):
        await call.receive()


async def test_a_connection_that_is_made_as_its_caller_is_cancelled_is_closed() -> None:
    connection = Connection()
    made = asyncio.get_running_loop().create_future()

    async def opening() -> tuple[None, Connection]:
        await made
        return None, connection

    task = asyncio.ensure_future(_within(60, opening()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    made.set_result(None)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)
    assert not connection.is_open


async def test_connecting_that_is_given_up_has_ended_when_its_caller_goes_on() -> None:
    has_ended = False

    async def opening() -> tuple[None, Connection]:
        nonlocal has_ended
        try:
            await asyncio.Event().wait()
        finally:
            # As a socket is given back: in a later turn of the loop.
            await asyncio.sleep(0)
            has_ended = True
        raise AssertionError

    with pytest.raises(asyncio.TimeoutError):
        await _within(0, opening())
    assert has_ended


async def test_one_callers_cancellation_leaves_the_connecting_of_the_others(short_folder: Path) -> None:
    may_go_on = asyncio.Event()

    async def behaviour(peer: Peer) -> None:
        await may_go_on.wait()
        await answer(peer)

    async with Server(short_folder, behaviour) as server:
        client = Client(server.address, token="t")
        first, second = (asyncio.ensure_future(client.get_job("j1")) for _ in range(2))
        while server.connections == 0:
            await asyncio.sleep(0.01)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        may_go_on.set()
        assert (await second).id == "j1" and server.connections == 1
        await client.close()


# Connecting.


async def test_first_calls_at_the_same_time_open_one_connection(short_folder: Path) -> None:
    async with Server(short_folder, answer) as server:
        async with Client(server.address, token="t") as client:
            await asyncio.gather(*(client.get_job("j1") for _ in range(50)))
        assert server.connections == 1


async def test_callers_who_wait_for_a_daemon_that_does_not_answer_wait_together() -> None:
    async with Server(None, nothing) as server:
        client = Client(server.address, ssl=ssl.create_default_context(), connect_timeout=0.2)
        results = await asyncio.gather(*(client.get_job("j1") for _ in range(50)), return_exceptions=True)
        assert [type(result) for result in results] == [UnavailableError] * 50
        # Those who waited in turn would have come one by one.
        assert server.connections <= 1


@pytest.mark.parametrize(
    ("address", "why", "hint"),
    [
        ("tcp://127.0.0.1:{port}", "connection refused", "Nobody listens at this port"),
        ("unix:{folder}/left.sock", "connection refused", "The daemon that made this socket has ended"),
        ("unix:{folder}/none.sock", "no such file or directory", "Start the daemon with"),
        ("unix:{folder}/file", "connection refused", "There is no socket at this path"),
        ("unix:{folder}/file/none.sock", "not a directory", "The path leads nowhere"),
    ],
)
async def test_a_daemon_that_is_not_there_is_told_with_its_address_and_why(
    address: str, why: str, hint: str, short_folder: Path
) -> None:
    (short_folder / "file").touch()
    with socket.socket() as free, socket.socket(socket.AF_UNIX) as left:
        # Bound, so that nobody else gets the port meanwhile; and nobody listens.
        free.bind(("127.0.0.1", 0))
        left.bind(f"{short_folder}/left.sock")
        address = address.format(port=free.getsockname()[1], folder=short_folder)
        with pytest.raises(UnavailableError) as error:
            await Client(address).get_job("j1")
    assert str(error.value) == f'could not reach the daemon at "{address}": {why}'
    assert error.value.hint.startswith(hint)


def test_who_may_not_connect_is_not_told_to_start_the_daemon() -> None:
    # Asked of the function, because root may connect to every socket.
    for denied in (errno.EACCES, errno.EPERM):
        hint = advice(Address.parse("unix:/run/packagingd.sock"), OSError(denied, ""))
        assert hint == "Only the daemon's own user and root may connect."


async def test_a_socket_path_that_is_too_long_is_refused_with_its_length() -> None:
    with pytest.raises(InvalidArgumentError) as error:
        await Client("unix:/tmp/" + "x" * 103).get_job("j1")
    assert str(error.value).endswith(" has 108 bytes, and the system allows 107")
    assert error.value.hint == "Choose a shorter path, for example in a shorter state folder."


def test_what_the_resolver_and_tls_say_is_not_taken_for_a_number_of_the_system() -> None:
    assert why(socket.gaierror(socket.EAI_NONAME, "Name or service not known")) == "name or service not known"
    assert why(ssl.SSLError(1, "certificate verify failed")) == "certificate verify failed"


async def test_the_deadline_of_a_call_includes_its_connecting() -> None:
    async with Server(None, nothing) as server:
        client = Client(server.address, ssl=ssl.create_default_context(), connect_timeout=60)
        with pytest.raises(DeadlineExceededError, match="could not reach the daemon"):
            await client.get_job("j1", timeout=0.1)
        # Closing ends the connecting as well, and who waits for it.
        waiting = asyncio.ensure_future(client.get_job("j1"))
        await asyncio.sleep(0)
        await client.close()
        with pytest.raises(UnavailableError, match="was closed"):
            await waiting


async def test_a_client_goes_on_after_it_was_closed(short_folder: Path) -> None:
    async with Server(short_folder, answer) as server:
        client = Client(server.address)
        for _ in range(2):
            assert (await client.get_job("j1")).id == "j1"
            connection = client._shared
            await client.close()
            # The socket is given back by then: a program may end its loop.
            assert connection and connection._gone.is_set()
            await client.close()
        assert server.connections == 2


@pytest.mark.parametrize("turns", range(12))
async def test_a_call_after_closing_has_a_connection_of_its_own(turns: int, short_folder: Path) -> None:
    """In whatever state of its connecting the call before it was."""
    async with Server(short_folder, answer) as server:
        client = Client(server.address, token="t")
        before = asyncio.ensure_future(client.get_job("j1"))
        for _ in range(turns):
            await asyncio.sleep(0)
        await client.close()
        assert client._shared is None and client._opening is None
        after = await client.get_job("j1")
        assert after.id == "j1"
        with contextlib.suppress(UnavailableError):
            assert await before == after
        await client.close()


async def test_the_kernel_looks_after_a_connection_that_is_silent() -> None:
    async with Server(None, nothing) as server:
        connection = await Connection.open(Address.parse(server.address))
        peer = connection._transport.get_extra_info("socket")  # type: ignore[union-attr]
        assert peer.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60
        connection.close()
        await connection.wait_closed()


# Losing the connection while nothing happens.


async def test_a_connection_lost_while_idle_is_opened_again(short_folder: Path) -> None:
    async def behaviour(peer: Peer) -> None:
        frame = await peer.read()
        peer.send(frame.stream, RESPONSE, 0, job())
        await peer.writer.drain()

    async with Server(short_folder, behaviour) as server:
        client = Client(server.address)
        for expected in (1, 2, 3):
            assert (await client.get_job("j1")).id == "j1"
            assert server.connections == expected
            await asyncio.sleep(0.05)
        await client.close()


def forgetful(methods: list[str]) -> Callable[[Peer], Any]:
    """A server whose connections answer one request and break at the next."""

    async def behaviour(peer: Peer) -> None:
        for number in range(2):
            frame = await peer.read()
            methods.append(envelope_pb2.Request.FromString(frame.body).method)
            if number == 0:
                peer.send(frame.stream, RESPONSE, 0, job())
        peer.reset()

    return behaviour


async def test_a_call_that_reads_is_made_again_when_the_idle_connection_was_dead(short_folder: Path) -> None:
    methods: list[str] = []
    async with Server(short_folder, forgetful(methods)) as server:
        client = Client(server.address)
        for id in ("j1", "j2", "j3"):
            assert (await client.get_job(id)).id == "j1"
        assert server.connections == 3 and methods == ["GetJob"] * 5
        await client.close()


async def test_a_call_that_changes_something_is_made_once(short_folder: Path) -> None:
    methods: list[str] = []
    async with Server(short_folder, forgetful(methods)) as server:
        client = Client(server.address)
        await client.get_job("j1")
        with pytest.raises(UnavailableError):
            await client.create_all("tide")
        assert server.connections == 1 and methods == ["GetJob", "CreateAll"]
        await client.close()


async def test_a_watch_that_hears_nothing_outlives_any_number_of_interruptions(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An encoder may be silent for long, and the daemon be restarted twice meanwhile: each time counts for itself."""
    monkeypatch.setattr(khipu_packaging.client, "_SETTLED_SECONDS", 0.1)

    async def behaviour(peer: Peer) -> None:
        frame = await peer.read()
        if server.connections < 5:
            await asyncio.sleep(0.15)
            peer.reset()
            return
        peer.send(frame.stream, DATA, 0, pb.JobEvent(sequence=8).SerializeToString())
        peer.end(frame.stream)
        await peer.until_gone()

    interruptions: list[UnavailableError] = []
    async with Server(short_folder, behaviour) as server:
        story = Client(server.address).watch(
            "j1", after_sequence=7, patience=0.2, on_interruption=interruptions.append
        )
        assert [event.sequence async for event in story] == [8]
    assert len(interruptions) == 4


async def test_a_watch_tells_that_the_daemon_is_back_though_no_event_comes(short_folder: Path) -> None:
    """A job may wait for hours. A daemon that lost its database is not back."""
    told: list[str] = []
    back = asyncio.Event()

    def resumed() -> None:
        told.append("back")
        back.set()

    async def behaviour(peer: Peer) -> None:
        watch = await peer.read()
        if server.connections == 1:
            peer.reset()
            return
        await peer.read()
        away = server.connections == 2
        reply = health_pb2.HealthCheckResponse(status="SERVING")
        if away:
            reply = health_pb2.HealthCheckResponse(status="NOT_SERVING", reason="DATABASE_UNAVAILABLE")
        body = envelope_pb2.Response(payload=reply.SerializeToString()).SerializeToString()
        peer.send(watch.stream + 2, RESPONSE, 0, body)
        if away:
            # The answer must be there before the connection is not.
            await peer.writer.drain()
            await asyncio.sleep(0.1)
            peer.reset()
            return
        await back.wait()
        peer.send(watch.stream, DATA, 0, pb.JobEvent(sequence=8).SerializeToString())
        peer.end(watch.stream)
        await peer.until_gone()

    async with Server(short_folder, behaviour) as server:
        story = Client(server.address).watch(
            "j1", on_interruption=lambda error: told.append("lost"), on_resumption=resumed
        )
        assert [event.sequence async for event in story] == [8]
    assert told == ["lost", "back"] and server.connections == 3


async def test_a_watch_tells_that_earlier_events_were_removed_and_goes_on_after_the_present_state(
    short_folder: Path,
) -> None:
    asked: list[int] = []

    async def behaviour(peer: Peer) -> None:
        frame = await peer.read()
        payload = envelope_pb2.Request.FromString(frame.body).payload
        asked.append(pb.WatchJobRequest.FromString(payload).after_sequence)
        if server.connections == 1:
            for sequence in (40, 45):
                event = pb.JobEvent(sequence=sequence, status=pb.JOB_STATUS_PROCESSING, compacted=True)
                peer.send(frame.stream, DATA, 0, event.SerializeToString())
            peer.reset()
            return
        peer.send(frame.stream, DATA, 0, pb.JobEvent(sequence=46).SerializeToString())
        peer.end(frame.stream)
        await peer.until_gone()

    async with Server(short_folder, behaviour) as server:
        story = [event async for event in Client(server.address).watch(batch_id="b1")]
    assert [(event.sequence, event.compacted) for event in story] == [(40, True), (45, True), (46, False)]
    assert asked == [0, 45]


async def test_a_watch_with_a_token_outlives_a_daemon_that_takes_connections_and_does_not_answer(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authenticated = 0
    give = Call.ends_within

    def ends_within(call: Call, seconds: float | None) -> None:
        nonlocal authenticated
        authenticated += call._method == "Authenticate"
        # The time of the second connection is up at once, and no other's, however slow the machine is.
        give(call, 0 if call._method == "Authenticate" and authenticated == 2 else seconds)

    monkeypatch.setattr(Call, "ends_within", ends_within)

    async def behaviour(peer: Peer) -> None:
        number = server.connections
        frame = await peer.read()
        if number == 2:
            await peer.until_gone()
            return
        peer.send(frame.stream, RESPONSE)
        frame = await peer.read()
        peer.send(frame.stream, DATA, 0, pb.JobEvent(sequence=number).SerializeToString())
        if number == 3:
            peer.end(frame.stream)
            await peer.until_gone()

    async with Server(short_folder, behaviour) as server:
        story = Client(server.address, token="t").watch("j1")
        assert [event.sequence async for event in story] == [1, 3]


async def test_a_download_from_a_server_that_stands_still_goes_on_with_another_connection(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, asked = bytes(range(200)), []
    stands_still = False
    give = Call.ends_within

    def ends_within(call: Call, seconds: float | None) -> None:
        # The time of the call that stands still is up at once, and no other's, however slow the machine is.
        nonlocal stands_still
        give(call, 0 if stands_still else seconds)
        stands_still = False

    monkeypatch.setattr(Call, "ends_within", ends_within)

    async def behaviour(peer: Peer) -> None:
        frame = await peer.read()
        request = pb.DownloadRequest.FromString(envelope_pb2.Request.FromString(frame.body).payload)
        asked.append(request.offset)
        end = 120 if len(asked) == 1 else 200
        chunk = pb.DownloadChunk(offset=request.offset, data=content[request.offset : end], total_size=200)
        peer.send(frame.stream, DATA, 0, chunk.SerializeToString())
        if end == 200:
            last = pb.DownloadChunk(offset=200, sha256=hashlib.sha256(content).hexdigest())
            peer.send(frame.stream, DATA, 0, last.SerializeToString())
            peer.end(frame.stream)
        await peer.until_gone()

    def progress(there: int, of: int) -> None:
        nonlocal stands_still
        stands_still = there == 120

    async with Server(short_folder, behaviour) as server:
        found = await Client(server.address).download("p1", short_folder / "out", progress=progress)
    assert found.path.read_bytes() == content and asked == [0, 120]


async def test_two_downloads_of_a_package_do_not_write_into_each_other(short_folder: Path) -> None:
    content, arrived, both = bytes(range(200)), 0, asyncio.Event()

    async def behaviour(peer: Peer) -> None:
        nonlocal arrived
        frame = await peer.read()
        for at in (0, 100):
            chunk = pb.DownloadChunk(offset=at, data=content[at : at + 100], total_size=200)
            peer.send(frame.stream, DATA, 0, chunk.SerializeToString())
            arrived += 1
            if arrived >= 2:
                both.set()
            # Both are in the middle at the same time.
            await both.wait()
        last = pb.DownloadChunk(offset=200, sha256=hashlib.sha256(content).hexdigest())
        peer.send(frame.stream, DATA, 0, last.SerializeToString())
        peer.end(frame.stream)
        await peer.until_gone()

    async with Server(short_folder, behaviour) as server:
        client = Client(server.address)
        names = [short_folder / "a", short_folder / "b"]
        found = await asyncio.gather(*(client.download("p1", name) for name in names))
    assert [item.path.read_bytes() for item in found] == [content] * 2
    assert {item.name for item in short_folder.iterdir()} - {"peer.sock"} == {"a", "b"}


# Loops, processes, long lives.


def test_a_client_is_at_home_in_the_loop_that_runs(short_folder: Path) -> None:
    async def use(closes: bool) -> int:
        async with Server(short_folder, answer) as server:
            for _ in range(2):
                assert (await client.get_job("j1")).id == "j1"
            connections = server.connections
        Path(f"{short_folder}/peer.sock").unlink(missing_ok=True)
        if closes:
            await client.close()
        return connections

    client = Client(f"unix:{short_folder}/peer.sock")
    # The third loop begins after one that ended without a word.
    for closes in (True, False, True):
        assert asyncio.run(use(closes)) == 1


async def test_a_client_in_two_loops_at_once_is_an_error_of_the_program(short_folder: Path) -> None:
    async with Server(short_folder, answer) as server:
        async with Client(server.address) as client:

            def elsewhere() -> None:
                asyncio.run(asyncio.wait_for(client.get_job("j1"), 10))

            with pytest.raises(RuntimeError, match="another event loop"):
                await asyncio.to_thread(elsewhere)
            assert (await client.get_job("j1")).id == "j1"


async def test_a_connection_that_has_used_all_its_streams_is_replaced_and_ends_with_its_last_call(
    short_folder: Path,
) -> None:
    may_answer = asyncio.Event()

    async def behaviour(peer: Peer) -> None:
        while True:
            frame = await peer.read()
            if server.connections == 1:
                await may_answer.wait()
            peer.send(frame.stream, RESPONSE, 0, job(str(frame.stream)))

    async with Server(short_folder, behaviour) as server:
        async with Client(server.address) as client:
            old = client._shared
            assert old is not None
            old._machine._next = _LAST_STREAM
            last = asyncio.ensure_future(client.get_job("j1"))
            await asyncio.sleep(0)
            assert (await client.get_job("j2")).id == "1" and server.connections == 2
            assert old.is_open
            may_answer.set()
            assert (await last).id == str(_LAST_STREAM)
            assert not old.is_open


async def test_calls_that_are_over_leave_nothing_behind(short_folder: Path) -> None:
    async with Server(short_folder, answer) as server:
        async with Client(server.address) as client:
            for _ in range(3):
                await asyncio.gather(*(client.get_job("j1", timeout=1000) for _ in range(100)))
            assert client._shared is not None
            assert not client._shared._calls and not client._shared._machine._streams
            timers = getattr(asyncio.get_running_loop(), "_scheduled", [])
            assert all(timer.cancelled() or timer.when() < time.monotonic() + 500 for timer in timers)


# Errors.


def test_errors_travel_between_processes_whole(tmp_path: Path) -> None:
    error = InvalidArgumentError("no", (BadRequest((FieldViolation("a.b", "is empty"),)),), hint="Fill it.")
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is InvalidArgumentError and str(twin) == "no"
        assert twin.field_violations == error.field_violations and twin.hint == "Fill it."
    with pytest.raises(BookError) as found:
        read_book(tmp_path)
    again = pickle.loads(pickle.dumps(found.value))
    assert str(again) == str(found.value) and again.problems == found.value.problems


def test_errors_are_those_that_python_programs_catch_already() -> None:
    assert issubclass(DeadlineExceededError, TimeoutError) and issubclass(UnavailableError, ConnectionError)


@pytest.mark.parametrize("leaves_early", [True, False])
async def test_what_is_watched_has_its_connection_until_it_is_left(leaves_early: bool, short_folder: Path) -> None:
    gone = asyncio.Event()

    async def behaviour(peer: Peer) -> None:
        frame = await peer.read()
        peer.send(frame.stream, DATA, 0, pb.JobEvent(sequence=1).SerializeToString())
        if not leaves_early:
            peer.end(frame.stream)
        await peer.until_gone()
        gone.set()

    async with Server(short_folder, behaviour) as server:
        for story in (Client(server.address).watch("j1"), Client(server.address).watch_health()):
            gone.clear()
            async with contextlib.aclosing(story):
                async for _ in story:
                    if leaves_early:
                        break
            await gone.wait()


async def test_a_watch_that_is_forgotten_lets_go_of_its_connection(short_folder: Path) -> None:
    gone = asyncio.Event()

    async def behaviour(peer: Peer) -> None:
        frame = await peer.read()
        peer.send(frame.stream, DATA, 0, pb.JobEvent(sequence=1).SerializeToString())
        await peer.until_gone()
        gone.set()

    async with Server(short_folder, behaviour) as server:
        async for _ in Client(server.address).watch("j1"):
            break
        gc.collect()
        await gone.wait()
