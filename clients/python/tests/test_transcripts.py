"""Sessions that were recorded between the Go implementation's own client and server, replayed against ours."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from support import TRANSCRIPTS, Peer, Server

from khipu_packaging._connection import Connection
from khipu_packaging._frames import HEADER, MAX_BODY, Frame, FrameType
from khipu_packaging._machine import Ended, Machine, Message, Shape
from khipu_packaging._proto.ttrpc import envelope_pb2
from khipu_packaging.address import Address
from khipu_packaging.errors import PackagingError, ResourceExhaustedError

SESSIONS = json.loads(TRANSCRIPTS.read_text())["sessions"]
# In this one the client refuses its first request by itself, which spends the stream all the same.
TOO_LARGE = "request-over-4-mib"
SHAPES = {
    "ServerStream": Shape.SERVER_STREAM,
    "ClientStream": Shape.CLIENT_STREAM,
    "Bidi": Shape.BIDI,
}


def data_of(frame: dict[str, Any]) -> bytes:
    if "hex" in frame:
        return bytes.fromhex(frame["hex"])
    rebuild = frame["body_rebuild"]
    pattern = bytes(index % 251 for index in range(rebuild["pattern_length"]))
    return bytes.fromhex(frame["header_hex"]) + bytes.fromhex(rebuild["prefix_hex"]) + pattern


def frame_of(data: bytes) -> Frame:
    _, stream, kind, flags = HEADER.unpack_from(data)
    return Frame(stream, kind, flags, data[HEADER.size :])


def shape_of(frame: Frame, request: envelope_pb2.Request) -> Shape:
    # An unknown method is known by how it was opened.
    return SHAPES.get(request.method, Shape.SERVER_STREAM if frame.flags & 1 else Shape.UNARY)


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session["name"])
def test_our_bytes_are_those_of_the_go_client_and_its_servers_answers_are_understood(session: dict[str, Any]) -> None:
    machine = Machine()
    if session["name"] == TOO_LARGE:
        with pytest.raises(ResourceExhaustedError):
            machine.open(Shape.UNARY, "s.S", "M", bytes(MAX_BODY))
    for item in session["frames"]:
        data = data_of(item)
        frame = frame_of(data)
        if item["from"] == "server":
            events = machine.receive(data)
            assert events, "a frame of the server was dropped"
            if frame.type == FrameType.DATA and not frame.flags & 4:
                assert events[0] == Message(frame.stream, frame.body)
            if frame.type == FrameType.RESPONSE:
                status = envelope_pb2.Response.FromString(frame.body).status
                ended = events[-1]
                assert isinstance(ended, Ended)
                assert (ended.error.code if ended.error else 0) == status.code
        elif frame.type == FrameType.REQUEST:
            request = envelope_pb2.Request.FromString(frame.body)
            stream, ours = machine.open(
                shape_of(frame, request),
                request.service,
                request.method,
                request.payload,
                timeout_nano=request.timeout_nano,
                metadata=[(pair.key, pair.value) for pair in request.metadata],
            )
            assert (stream, ours) == (frame.stream, data)
        elif frame.flags & 1:
            assert machine.close_send(frame.stream) == data
        else:
            assert machine.send(frame.stream, frame.body) == data


def whole(session: dict[str, Any]) -> bool:
    """Whether the session ran to its end; those of deadlines stand still on purpose."""
    return session["end"] == "clean" and not session["name"].startswith("deadline")


@pytest.mark.parametrize("session", [s for s in SESSIONS if whole(s)], ids=lambda session: session["name"])
async def test_calls_over_a_socket_give_what_the_go_server_sent(session: dict[str, Any], short_folder: Path) -> None:
    frames = [(item["from"], frame_of(data_of(item))) for item in session["frames"]]
    heard: dict[int, list[Frame]] = defaultdict(list)

    async def play(peer: Peer) -> None:
        for source, frame in frames:
            if source == "server":
                peer.send(frame.stream, frame.type, frame.flags, frame.body)
                continue
            # Order is meant within a stream; another stream's frame may come first.
            while not heard[frame.stream]:
                came = await peer.read()
                heard[came.stream].append(came)
            assert heard[frame.stream].pop(0).flags == frame.flags
        await peer.until_gone()

    async def call(connection: Connection, stream: int) -> None:
        own = [frame for source, frame in frames if frame.stream == stream and source == "client"]
        answers = [frame for source, frame in frames if frame.stream == stream and source == "server"]
        request = envelope_pb2.Request.FromString(own[0].body)
        shape = shape_of(own[0], request)
        expected = [frame.body for frame in answers if frame.type == FrameType.DATA and not frame.flags & 4]
        code = 0
        if answers[-1].type == FrameType.RESPONSE:
            response = envelope_pb2.Response.FromString(answers[-1].body)
            code = response.status.code
            if not code:
                expected.append(response.payload)
        async with connection.start(shape, request.service, request.method, request.payload) as call:
            for frame in own[1:]:
                if frame.flags & 1:
                    await call.close_send()
                else:
                    await call.send(frame.body)
            found, failure = [], 0
            try:
                async for message in call:
                    found.append(message)
            except PackagingError as error:
                failure = error.code
            assert (found, failure) == (expected, code)

    async with Server(short_folder, play) as server:
        connection = await server.connect()
        if session["name"] == TOO_LARGE:
            with pytest.raises(ResourceExhaustedError):
                connection.start(Shape.UNARY, "s.S", "M", bytes(MAX_BODY))
        streams = sorted({frame.stream for _, frame in frames})
        if session["name"].startswith("interleaved"):
            await asyncio.gather(*(call(connection, stream) for stream in streams))
        else:
            for stream in streams:
                await call(connection, stream)
        connection.close()
