"""A client of nothing but Python's `ssl` and sockets: what it knows of the wire is written here, byte by byte."""

from __future__ import annotations

import socket
import ssl
import struct

import pytest
from certificates import certificates
from support import Daemon

from khipu_packaging.address import Address


def text(field: int, value: bytes) -> bytes:
    """A field of protobuf with the wire type "length-delimited"; short ones have a length of one byte."""
    assert len(value) < 128
    return bytes([field << 3 | 2, len(value)]) + value


def exactly(connection: ssl.SSLSocket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        assert more, "the daemon closed the connection"
        data += more
    return data


def connect(daemon: Daemon, context: ssl.SSLContext) -> ssl.SSLSocket:
    address = Address.parse(daemon.tls_address)
    plain = socket.create_connection((address.host, address.port), timeout=60)
    try:
        return context.wrap_socket(plain, server_hostname="localhost")
    except BaseException:
        plain.close()
        raise


def test_a_call_over_tls_needs_nothing_of_ours(daemon: Daemon) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certificates().ca)
    with connect(daemon, context) as connection:
        assert connection.version() == "TLSv1.3"
        # ttrpc.Request: 1 is the service, 2 the method.
        request = text(1, b"grpc.health.v1.Health") + text(2, b"Check")
        # Ten bytes of header: length, stream, type 1 (request), flags. It may come in pieces.
        frame = struct.pack(">IIBB", len(request), 1, 1, 0) + request
        for at in range(0, len(frame), 7):
            connection.sendall(frame[at : at + 7])
        length, stream, kind, flags = struct.unpack(">IIBB", exactly(connection, 10))
        assert (stream, kind, flags) == (1, 2, 0)
        # ttrpc.Response: 1 is the status, which is not there; 2 is the payload, whose field 1 is SERVING.
        assert exactly(connection, length) == text(2, b"\x08\x01")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2])
def test_older_versions_are_refused(daemon: Daemon, version: ssl.TLSVersion) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certificates().ca)
    context.maximum_version = version
    with pytest.raises(ssl.SSLError):
        connect(daemon, context)


def test_plain_bytes_are_refused_with_an_alert(daemon: Daemon) -> None:
    address = Address.parse(daemon.tls_address)
    with socket.create_connection((address.host, address.port), timeout=60) as plain:
        plain.sendall(struct.pack(">IIBB", 0, 1, 1, 0))
        answer = plain.recv(100)
    # A TLS alert, or only the end.
    assert answer == b"" or answer[:2] == b"\x15\x03"
