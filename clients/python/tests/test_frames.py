import pytest

from khipu_packaging._frames import MAX_BODY, Frame, FrameDecoder
from khipu_packaging._machine import Ended, Machine, Message, Shape
from khipu_packaging._proto.ttrpc import envelope_pb2
from khipu_packaging.errors import (
    Code,
    InternalError,
    NotFoundError,
    ResourceExhaustedError,
    UnknownError,
)


def opened(shape: Shape) -> Machine:
    machine = Machine()
    machine.open(shape, "s.S", "M")
    return machine


def test_the_example_of_the_protocol_page_is_what_a_call_looks_like() -> None:
    _, data = Machine().open(Shape.UNARY, "khipu.packaging.v1.Packaging", "GetJob", bytes.fromhex("0a026a31"))
    assert data.hex() == (
        "0000002c" + "00000001" + "0100" + "0a1c" + b"khipu.packaging.v1.Packaging".hex() + "1206" + b"GetJob".hex()
        + "1a040a026a31"
    )


def test_frames_arrive_whole_however_they_are_cut() -> None:
    frames = [Frame(1, 2, 0, b"abc"), Frame(3, 3, 5), Frame(5, 3, 0, bytes(300))]
    data = b"".join(frame.encode() for frame in frames)
    for size in (1, 2, 9, 10, 11, len(data)):
        decoder = FrameDecoder()
        found = [frame for at in range(0, len(data), size) for frame in decoder.feed(data[at : at + size])]
        assert found == frames


def test_a_body_above_the_limit_is_skipped_and_not_kept() -> None:
    decoder = FrameDecoder()
    big = Frame(1, 2, 0, bytes(MAX_BODY + 1)).encode()
    found: list[Frame] = []
    for at in range(0, len(big), 65536):
        found += decoder.feed(big[at : at + 65536])
        assert len(decoder._buffer) <= 10
    found += decoder.feed(Frame(3, 2).encode())
    assert found == [Frame(1, 2, 0, oversized=True), Frame(3, 2)]


def test_a_reply_above_the_limit_fails_its_call_alone() -> None:
    machine = Machine()
    machine.open(Shape.UNARY, "s.S", "M")
    machine.open(Shape.UNARY, "s.S", "M")
    events = machine.receive(Frame(1, 2, 0, bytes(MAX_BODY + 1)).encode() + Frame(3, 2).encode())
    assert isinstance(events[0], Ended) and isinstance(events[0].error, ResourceExhaustedError)
    assert events[1:] == [Message(3, b""), Ended(3)]


def test_a_message_above_the_limit_is_refused_before_it_is_sent() -> None:
    machine = opened(Shape.CLIENT_STREAM)
    with pytest.raises(ResourceExhaustedError):
        machine.send(1, bytes(MAX_BODY + 1))
    assert machine.send(1, bytes(MAX_BODY)) is not None


def test_streams_are_odd_and_rise() -> None:
    machine = Machine()
    assert [machine.open(Shape.UNARY, "s.S", "M")[0] for _ in range(3)] == [1, 3, 5]


@pytest.mark.parametrize(("shape", "flags"), [("UNARY", 0), ("SERVER_STREAM", 1), ("CLIENT_STREAM", 2), ("BIDI", 2)])
def test_each_shape_opens_with_its_flags(shape: str, flags: int) -> None:
    assert Machine().open(Shape[shape], "s.S", "M")[1][9] == flags


def test_an_empty_message_is_a_message_and_no_data_is_none() -> None:
    machine = opened(Shape.SERVER_STREAM)
    assert machine.receive(Frame(1, 3, 0).encode()) == [Message(1, b"")]
    assert machine.receive(Frame(1, 3, 5).encode()) == [Ended(1)]


def test_a_last_message_may_close_the_stream() -> None:
    assert opened(Shape.BIDI).receive(Frame(1, 3, 1, b"x").encode()) == [Message(1, b"x"), Ended(1)]


def test_nothing_is_sent_on_a_stream_that_has_ended() -> None:
    machine = opened(Shape.CLIENT_STREAM)
    machine.receive(Frame(1, 2).encode())
    assert machine.send(1, b"x") is None and machine.close_send(1) is None


def test_a_stream_is_closed_once() -> None:
    machine = opened(Shape.BIDI)
    assert machine.close_send(1) is not None
    assert machine.close_send(1) is None and machine.send(1, b"x") is None


@pytest.mark.parametrize("shape", [Shape.UNARY, Shape.CLIENT_STREAM])
@pytest.mark.parametrize("flags", [0, 1, 5])
def test_a_stream_where_one_reply_is_owed_ends_the_call(shape: Shape, flags: int) -> None:
    (event,) = opened(shape).receive(Frame(1, 3, flags).encode())
    assert isinstance(event, Ended) and isinstance(event.error, InternalError)


def test_a_response_that_is_no_protobuf_ends_the_call() -> None:
    (event,) = opened(Shape.UNARY).receive(Frame(1, 2, 0, b"\xff\xff").encode())
    assert isinstance(event, Ended) and isinstance(event.error, InternalError)


def test_frames_of_no_meaning_are_dropped() -> None:
    machine = opened(Shape.UNARY)
    noise = [Frame(1, 9, 7, b"?"), Frame(1, 1), Frame(2, 2), Frame(0, 3), Frame(99, 3, 5)]
    assert machine.receive(b"".join(frame.encode() for frame in noise)) == []
    assert machine.receive(Frame(1, 2).encode()) == [Message(1, b""), Ended(1)]


def test_a_late_reply_to_a_call_that_was_given_up_is_dropped() -> None:
    machine = opened(Shape.UNARY)
    machine.abandon(1)
    assert machine.receive(Frame(1, 2).encode()) == []


def test_an_error_keeps_code_and_details_and_skips_what_is_unknown() -> None:
    response = envelope_pb2.Response()
    response.status.code, response.status.message = 5, "no such thing"
    response.status.details.add(type_url="type.example/unknown.Thing", value=b"\xff")
    response.status.details.add(type_url="type.googleapis.com/google.rpc.ErrorInfo", value=b"\xff")
    response.status.details.add(type_url="type.googleapis.com/google.rpc.ErrorInfo", value=b"\x0a\x01R\x12\x01d")
    response.status.details.add(type_url="type.googleapis.com/google.rpc.RetryInfo", value=b"\x0a\x02\x08\x03")
    (event,) = opened(Shape.UNARY).receive(Frame(1, 2, 0, response.SerializeToString()).encode())
    assert isinstance(event, Ended) and isinstance(event.error, NotFoundError)
    assert event.error.reason == "R" and event.error.retry_after is not None
    assert event.error.retry_after.total_seconds() == 3 and len(event.error.details) == 2


def test_a_code_that_is_not_known_is_unknown() -> None:
    body = envelope_pb2.Response()
    body.status.code = 77
    (event,) = opened(Shape.UNARY).receive(Frame(1, 2, 0, body.SerializeToString()).encode())
    assert isinstance(event, Ended) and isinstance(event.error, UnknownError) and event.error.code is Code.UNKNOWN
