"""Tokens are told, renewed and replaced, and what runs goes on."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import pytest
from certificates import certificates
from support import Peer, Server

from khipu_packaging import Client, PackagingError, token_from_file
from khipu_packaging._frames import Flag, Frame, FrameType
from khipu_packaging._proto.google.rpc import error_details_pb2
from khipu_packaging._proto.khipu.packaging.v1 import packaging_pb2 as pb
from khipu_packaging._proto.khipu.packaging.v1 import projects_pb2 as projects
from khipu_packaging._proto.ttrpc import envelope_pb2
from khipu_packaging.errors import InvalidArgumentError, UnauthenticatedError, UnavailableError
from khipu_packaging.models import ImportChapter, ImportHeader, ImportSegment
from khipu_packaging.sync import Client as SyncClient

RESPONSE, DATA = FrameType.RESPONSE, FrameType.DATA
CONTENT = bytes(index % 251 for index in range(3000))


def reply(message: pb.Job | pb.AuthenticateReply | projects.PutAudioReply | projects.ImportProjectReply) -> bytes:
    return envelope_pb2.Response(payload=message.SerializeToString()).SerializeToString()


def refusal(reason: str = "TOKEN_EXPIRED") -> bytes:
    response = envelope_pb2.Response()
    response.status.code, response.status.message = 16, "token is not valid"
    response.status.details.add().Pack(error_details_pb2.ErrorInfo(reason=reason, domain="packaging.khipu"))
    return response.SerializeToString()


class Guard:
    """A daemon that takes some tokens, each for as many calls or events as is said, and tells what came.

    A token that is used up is expired: calls with it are refused, and streams end so.
    """

    def __init__(self, tokens: dict[str, int], *, seconds: float | None = None) -> None:
        self.left = tokens
        self.seconds = seconds
        """After how long a token ends, as the daemon says."""
        self.logins: list[str] = []
        self.calls: list[str] = []
        self.asked: list[int] = []
        self.last = 10
        """The number of the last event of a watch."""

    async def serve(self, peer: Peer) -> None:
        token = ""
        while True:
            frame = await peer.read()
            if frame.type != FrameType.REQUEST:
                continue
            request = envelope_pb2.Request.FromString(frame.body)
            if request.method == "Authenticate":
                token = pb.AuthenticateRequest.FromString(request.payload).token
                self.logins.append(token)
                answer = pb.AuthenticateReply(tenant="local")
                if self.seconds is not None:
                    answer.expires_at.FromNanoseconds(int((time.time() + self.seconds) * 1e9))
                peer.send(frame.stream, RESPONSE, 0, reply(answer) if self.left.get(token, 0) > 0 else refusal())
                continue
            self.calls.append(request.method)
            if request.method == "WatchJob":
                await self.watch(peer, frame, request, token)
            elif request.method == "Download":
                await self.download(peer, frame, request, token)
            elif not self.spend(token):
                peer.send(frame.stream, RESPONSE, 0, refusal())
            elif request.method in ("PutAudio", "ImportProject"):
                await self.upload(peer, frame, request.method)
            else:
                peer.send(frame.stream, RESPONSE, 0, reply(pb.Job(id="j1")))

    def spend(self, token: str) -> bool:
        if self.left.get(token, 0) <= 0:
            return False
        self.left[token] -= 1
        return True

    async def watch(self, peer: Peer, frame: Frame, request: envelope_pb2.Request, token: str) -> None:
        after = pb.WatchJobRequest.FromString(request.payload).after_sequence
        self.asked.append(after)
        for sequence in range(after + 1, self.last + 1):
            if not self.spend(token):
                peer.send(frame.stream, RESPONSE, 0, refusal())
                return
            peer.send(frame.stream, DATA, 0, pb.JobEvent(sequence=sequence).SerializeToString())
        peer.end(frame.stream)

    async def download(self, peer: Peer, frame: Frame, request: envelope_pb2.Request, token: str) -> None:
        offset = pb.DownloadRequest.FromString(request.payload).offset
        self.asked.append(offset)
        for at in range(offset, len(CONTENT), 100):
            if not self.spend(token):
                peer.send(frame.stream, RESPONSE, 0, refusal())
                return
            chunk = pb.DownloadChunk(offset=at, data=CONTENT[at : at + 100], total_size=len(CONTENT))
            peer.send(frame.stream, DATA, 0, chunk.SerializeToString())
        last = pb.DownloadChunk(offset=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest())
        peer.send(frame.stream, DATA, 0, last.SerializeToString())
        peer.end(frame.stream)

    async def upload(self, peer: Peer, opening: Frame, method: str) -> None:
        while not (frame := await peer.read()).flags & Flag.REMOTE_CLOSED:
            if frame.stream != opening.stream:
                raise AssertionError("a frame of another call came in the middle of an upload")
        answer = projects.PutAudioReply(segments=1) if method == "PutAudio" else projects.ImportProjectReply(slug="s")
        peer.send(opening.stream, RESPONSE, 0, reply(answer))


class Source:
    """Gives one token after another; the last one stays."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        return self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]


async def test_a_call_that_is_refused_is_made_once_more_with_another_token(short_folder: Path) -> None:
    guard, source = Guard({"a": 2, "b": 9}), Source("a", "b")
    async with Server(short_folder, guard.serve) as server:
        async with Client(server.address, token=source) as client:
            for _ in range(3):
                assert (await client.get_job("j1")).id == "j1"
        assert server.connections == 1
    assert guard.logins == ["a", "b"] and guard.calls == ["GetJob"] * 4 and source.asked == 2


@pytest.mark.parametrize("request_id", ["", "order-1"])
async def test_an_order_is_repeated_only_with_an_id_of_its_own(request_id: str, short_folder: Path) -> None:
    guard = Guard({"a": 1, "b": 9})
    async with Server(short_folder, guard.serve) as server:
        async with Client(server.address, token=Source("a", "b")) as client:
            await client.get_job("j1")
            if request_id:
                await client.create_all("p1", request_id=request_id)
            else:
                # The daemon may have started it before the token ended.
                with pytest.raises(UnauthenticatedError):
                    await client.create_all("p1")
    assert guard.calls.count("CreateAll") == (2 if request_id else 1)


async def test_calls_that_are_refused_together_renew_once(short_folder: Path) -> None:
    guard, source = Guard({"a": 1, "b": 99}), Source("a", "b")
    async with Server(short_folder, guard.serve) as server:
        async with Client(server.address, token=source) as client:
            await client.get_job("j1")
            await asyncio.gather(*(client.get_job("j1") for _ in range(20)))
    assert guard.logins == ["a", "b"] and len(guard.calls) == 41


@pytest.mark.parametrize("name", ["function", "coroutine", "awaitable"])
async def test_a_source_may_be_any_function(name: str, short_folder: Path) -> None:
    async def later() -> str:
        await asyncio.sleep(0)
        return " t\n"

    sources: dict[str, Callable[[], str | Awaitable[str]]] = {
        "function": lambda: "t",
        "coroutine": later,
        "awaitable": lambda: later(),
    }
    guard = Guard({"t": 9})
    async with Server(short_folder, guard.serve) as server:
        async with Client(server.address, token=sources[name]) as client:
            assert await client.get_job("j1")
    assert guard.logins == ["t"]


async def test_a_token_that_stays_is_not_replaced(short_folder: Path) -> None:
    guard = Guard({"a": 1})
    async with Server(short_folder, guard.serve) as server:
        async with Client(server.address, token="a") as client:
            await client.get_job("j1")
            with pytest.raises(UnauthenticatedError) as error:
                await client.get_job("j1")
            assert error.value.reason == "TOKEN_EXPIRED"
            with pytest.raises(UnauthenticatedError):
                async for _ in client.watch("j1"):
                    pass
    assert guard.logins == ["a", "a"]


@pytest.mark.parametrize("second", ["a", "refused"])
async def test_a_source_without_a_good_token_is_not_asked_for_ever(second: str, short_folder: Path) -> None:
    guard = Guard({"a": 1})
    async with Server(short_folder, guard.serve) as server:
        source = Source("a", second)
        async with Client(server.address, token=source) as client:
            await client.get_job("j1")
            with pytest.raises(UnauthenticatedError):
                await client.get_job("j1")
            assert source.asked == 2
            with pytest.raises(UnauthenticatedError):
                async for _ in client.watch("j1"):
                    pass
            with pytest.raises(UnauthenticatedError):
                await client.download("p1", short_folder / "out")
        assert source.asked <= 6 and server.connections == 3


async def test_a_token_that_ended_on_the_way_is_replaced_while_connecting(short_folder: Path) -> None:
    guard = Guard({"b": 9})
    async with Server(short_folder, guard.serve) as server:
        async with Client(server.address, token=Source("a", "b")) as client:
            await client.get_job("j1")
        assert server.connections == 1
    assert guard.logins == ["a", "b"]


async def test_a_watch_goes_on_after_its_last_event_whenever_a_token_ends(short_folder: Path) -> None:
    guard = Guard({"a": 3, "b": 2, "c": 4, "d": 9})
    interruptions: list[PackagingError] = []
    async with Server(short_folder, guard.serve) as server:
        client = Client(server.address, token=Source("a", "b", "c", "d"))
        found = [event.sequence async for event in client.watch("j1", on_interruption=interruptions.append)]
    assert found == list(range(1, 11)) and guard.asked == [0, 3, 5, 9]
    # A renewal is not a lost connection.
    assert not interruptions and guard.logins == ["a", "b", "c", "d"]


async def test_a_watch_whose_fresh_tokens_are_taken_and_refused_at_once_ends(short_folder: Path) -> None:
    guard = Guard({f"t{number}": 1 for number in range(100)})
    guard.spend = lambda token: False  # type: ignore[method-assign]
    async with Server(short_folder, guard.serve) as server:
        source = Source(*(f"t{number}" for number in range(100)))
        with pytest.raises(UnauthenticatedError):
            async for _ in Client(server.address, token=source).watch("j1"):
                pass
        with pytest.raises(UnauthenticatedError):
            await Client(server.address, token=source).download("p1", short_folder / "out")
    assert len(guard.logins) == 4


async def test_a_download_goes_on_at_its_byte_whenever_a_token_ends(short_folder: Path) -> None:
    guard = Guard({"a": 7, "b": 12, "c": 99})
    async with Server(short_folder, guard.serve) as server:
        found = await Client(server.address, token=Source("a", "b", "c")).download("p1", short_folder / "out")
    assert guard.asked == [0, 700, 1900] and found.path.read_bytes() == CONTENT


async def test_an_upload_that_is_refused_is_sent_again_from_its_start(short_folder: Path) -> None:
    file = short_folder / "a.wav"
    file.write_bytes(bytes(1_000_000))
    guard = Guard({"a": 1, "b": 9})
    async with Server(short_folder, guard.serve) as server:
        async with Client(server.address, token=Source("a", "b")) as client:
            await client.get_job("j1")
            assert (await client.put_audio("p1", file)).segments == 1
    assert guard.calls == ["GetJob", "PutAudio", "PutAudio"]


@pytest.mark.parametrize("once", ["nothing", "chapters", "segments"])
async def test_an_import_is_sent_again_if_it_can_be_read_again(once: str, short_folder: Path) -> None:
    segments: Iterable[ImportSegment] = [ImportSegment(text="one")]
    chapters: Iterable[tuple[ImportChapter, Iterable[ImportSegment]]] = [
        (ImportChapter(title="One"), iter(segments) if once == "segments" else segments)
    ]
    guard = Guard({"a": 1, "b": 9})
    async with Server(short_folder, guard.serve) as server:
        async with Client(server.address, token=Source("a", "b")) as client:
            await client.get_job("j1")
            importing = client.import_project(ImportHeader(), iter(chapters) if once == "chapters" else chapters)
            if once == "nothing":
                assert (await importing).slug == "s"
            else:
                with pytest.raises(UnauthenticatedError):
                    await importing


async def test_a_token_is_renewed_before_it_ends_and_the_watch_does_not_notice(short_folder: Path) -> None:
    guard = Guard({"a": 99, "b": 99, "c": 99}, seconds=0.3)
    renewed = asyncio.Event()

    async def watch(peer: Peer, frame: Frame, request: envelope_pb2.Request, token: str) -> None:
        async def story() -> None:
            peer.send(frame.stream, DATA, 0, pb.JobEvent(sequence=1).SerializeToString())
            # The story goes on when the token that began it has been renewed twice.
            await renewed.wait()
            peer.send(frame.stream, DATA, 0, pb.JobEvent(sequence=2).SerializeToString())
            peer.end(frame.stream)

        stories.append(asyncio.ensure_future(story()))

    stories: list[asyncio.Task[None]] = []
    guard.watch = watch  # type: ignore[method-assign]

    class Renewing(Source):
        def __call__(self) -> str:
            if self.asked == 3:
                loop.call_soon_threadsafe(renewed.set)
            return super().__call__()

    loop = asyncio.get_running_loop()
    async with Server(short_folder, guard.serve) as server:
        client = Client(server.address, token=Renewing("a", "b", "c"))
        assert [event.sequence async for event in client.watch("j1")] == [1, 2]
        assert server.connections == 1
    assert guard.logins[:3] == ["a", "b", "c"]


async def test_a_token_that_ended_while_no_call_ran_is_renewed_before_the_next(short_folder: Path) -> None:
    guard = Guard({"a": 99, "b": 99}, seconds=0.2)
    source = Source("a", "b")
    async with Server(short_folder, guard.serve) as server:
        async with Client(server.address, token=source) as client:
            await client.get_job("j1")
            while client._shared is None or client._shared.login is None or not client._shared.login._is_due:
                await asyncio.sleep(0.01)
            # Nobody is asked for a token while nobody calls.
            assert source.asked == 1
            await client.get_job("j1")
        assert server.connections == 1
    assert guard.logins == ["a", "b"] and guard.calls == ["GetJob", "GetJob"]


async def test_a_file_that_another_program_renews_is_read_again(short_folder: Path) -> None:
    file = short_folder / "token"
    file.write_text("a\n")
    guard = Guard({"a": 2, "b": 9})
    async with Server(short_folder, guard.serve) as server:
        async with Client(server.address, token=token_from_file(file)) as client:
            await client.get_job("j1")
            await client.get_job("j1")
            file.write_text("b\n")
            await client.get_job("j1")
            # A file that is empty for a moment is no other token, and the refusal stays what it is.
            guard.left["b"] = 0
            file.write_text("")
            with pytest.raises(UnauthenticatedError):
                await client.get_job("j1")
        with pytest.raises(InvalidArgumentError, match="gave no token"):
            await Client(server.address, token_file=file).get_job("j1")
    assert guard.logins == ["a", "b"]


async def test_the_environment_names_a_token_or_its_file(short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (short_folder / "token").write_text("of-the-file")
    guard = Guard({"of-the-file": 9, "of-the-environment": 9})
    monkeypatch.setenv("PACKAGING_TOKEN_FILE", str(short_folder / "token"))
    async with Server(short_folder, guard.serve) as server:
        monkeypatch.setenv("PACKAGING_ADDRESS", server.address)
        async with Client() as client:
            await client.get_job("j1")
        monkeypatch.setenv("PACKAGING_TOKEN", "of-the-environment")
        async with Client() as client:
            await client.get_job("j1")
    assert guard.logins == ["of-the-file", "of-the-environment"]


async def test_the_synchronous_client_renews_as_well(short_folder: Path) -> None:
    guard = Guard({"a": 3, "b": 99})

    def work() -> list[int]:
        with SyncClient(server.address, token=Source("a", "b")) as client:
            return [event.sequence for event in client.watch("j1")]

    async with Server(short_folder, guard.serve) as server:
        assert await asyncio.to_thread(work) == list(range(1, 11))


def test_a_token_and_its_file_are_not_given_together() -> None:
    with pytest.raises(InvalidArgumentError, match="a token and a token file"):
        Client("unix:/tmp/none.sock", token="t", token_file="f")


async def test_a_token_is_told_to_nobody_when_tls_fails(short_folder: Path) -> None:
    heard: list[bytes] = []

    async def listen(peer: Peer) -> None:
        heard.append(await peer.reader.read(100))

    async with Server(None, listen) as server:
        with pytest.raises(UnavailableError):
            await Client(server.address, token="t0ken-of-mine", ca_file=certificates().ca).get_job("j1")
    assert heard and b"t0ken" not in heard[0]
