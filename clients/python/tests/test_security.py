"""Connections are encrypted by one rule, trust who signed the daemon's certificate, and tell why they failed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from certificates import certificates
from support import Peer, Server

from khipu_packaging import Client
from khipu_packaging._connection import Connection
from khipu_packaging._frames import FrameType
from khipu_packaging._proto.khipu.packaging.v1 import packaging_pb2 as pb
from khipu_packaging._proto.ttrpc import envelope_pb2
from khipu_packaging._security import Security
from khipu_packaging.address import Address
from khipu_packaging.errors import InvalidArgumentError, UnavailableError


async def answer(peer: Peer) -> None:
    while True:
        frame = await peer.read()
        payload = pb.Job(id="j1").SerializeToString()
        peer.send(frame.stream, FrameType.RESPONSE, 0, envelope_pb2.Response(payload=payload).SerializeToString())


@contextlib.contextmanager
def alerting(context: ssl.SSLContext) -> Iterator[str]:
    """The address of a server that says why it refuses a handshake, which asyncio's does not."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as inner:
                    with contextlib.suppress(OSError):
                        inner.do_handshake()
                        inner.recv(1)
                    # Closing with bytes unread would reset the connection, and the alert could be lost.
                    with contextlib.suppress(OSError):
                        socket.socket.shutdown(inner, socket.SHUT_WR)
                        while socket.socket.recv(inner, 65536):
                            pass

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize(
    ("address", "files", "is_encrypted"),
    [
        ("unix:/run/d.sock", {}, False),
        ("unix:/run/d.sock", {"ca_file": "ca.pem"}, False),
        ("tcp://127.0.0.1:7000", {}, False),
        ("tcp://127.9.9.9:7000", {}, False),
        ("tcp://[::1]:7000", {}, False),
        ("tcp://localhost:7000", {}, False),
        ("tcp://LocalHost:7000", {}, False),
        ("tcp://127.0.0.1:7000", {"ca_file": "ca.pem"}, True),
        ("tcp://127.0.0.1:7000", {"certificate": "c.pem", "key": "k.pem"}, True),
        ("tcp://books.example:7000", {}, True),
        ("tcp://10.0.0.7:7000", {}, True),
        ("tcp://[fd00::7]:7000", {}, True),
        # Names of other machines, whatever they begin with.
        ("tcp://127.books.example:7000", {}, True),
        ("tcp://localhost.books.example:7000", {}, True),
        ("tcp://[::ffff:127.0.0.1]:7000", {}, True),
        ("tcp://127.1:7000", {}, True),
    ],
)
def test_everything_is_encrypted_but_unix_sockets_and_plain_loopback(
    address: str, files: dict[str, str], is_encrypted: bool
) -> None:
    ca, certificate, key = (files.get(name) for name in ("ca_file", "certificate", "key"))
    made = Security(Address.parse(address), ca_file=ca, certificate=certificate, key=key, environment={})
    assert made.is_encrypted is is_encrypted
    named = {f"PACKAGING_{name.upper()}": file for name, file in files.items()}
    assert Security(Address.parse(address), environment=named).is_encrypted is is_encrypted


def test_wrong_combinations_are_refused() -> None:
    context, there = ssl.create_default_context(), "tcp://localhost:7000"
    with pytest.raises(InvalidArgumentError, match="a Unix socket has no TLS"):
        Client("unix:/run/d.sock", ssl=context)
    with pytest.raises(InvalidArgumentError, match="together with files"):
        Client(there, ssl=context, ca_file="ca.pem")
    with pytest.raises(InvalidArgumentError, match='the key "k.pem" was given without its certificate'):
        Client(there, key="k.pem")


async def test_files_that_cannot_be_used_are_told_by_name(tmp_path: Path) -> None:
    made, empty, there = certificates(), tmp_path / "empty.pem", "tcp://127.0.0.1:1"
    empty.touch()
    for client, message in [
        (Client(there, ca_file=tmp_path / "none"), f'CA file "{tmp_path}/none": no such file or directory'),
        (Client(there, ca_file=empty), f'CA file "{empty}": no PEM certificate is in it'),
        (Client(there, ca_file=made.ca, certificate=empty), f'certificate "{empty}": they are no PEM certificate'),
        (
            Client(there, ca_file=made.ca, certificate=made.client.certificate, key=made.server.key),
            f'certificate with the key "{made.server.key}" "{made.client.certificate}": they are no PEM certificate',
        ),
    ]:
        with pytest.raises(InvalidArgumentError) as error:
            await client.get_job("j1")
        assert str(error.value).startswith(f"could not use the {message}")


async def test_certificates_are_checked_against_the_authority_and_the_name(short_folder: Path) -> None:
    made = certificates()
    async with Server(None, answer, made.serving()) as server:
        for host in ("127.0.0.1", "localhost"):
            address = server.address.replace("127.0.0.1", host)
            async with Client(address, ca_file=made.ca) as client:
                assert (await client.get_job("j1")).id == "j1"
                assert client._shared and client._shared._transport
                assert client._shared._transport.get_extra_info("ssl_object").version() == "TLSv1.3"


@pytest.mark.parametrize(
    ("serving", "ca", "reason", "why", "hint"),
    [
        ("server", "other_ca", "TLS_CERTIFICATE_UNTRUSTED", "unable to get", "Name the file with"),
        ("elsewhere", "ca", "TLS_WRONG_HOST", "ip address mismatch", "Call the daemon"),
        ("expired", "ca", "TLS_CERTIFICATE_EXPIRED", "certificate has expired", "See that this"),
    ],
)
async def test_a_certificate_that_is_not_accepted_is_told_with_what_helps(
    serving: str, ca: str, reason: str, why: str, hint: str
) -> None:
    made, unaccepted = certificates(), "its certificate is not accepted: "
    async with Server(None, answer, made.serving(getattr(made, serving))) as server:
        with pytest.raises(UnavailableError) as error:
            await Client(server.address, ca_file=getattr(made, ca)).get_job("j1")
        assert str(error.value).startswith(f'could not reach the daemon at "{server.address}": {unaccepted}{why}')
        assert error.value.reason == reason and error.value.hint.startswith(hint)


async def test_an_older_tls_is_not_spoken() -> None:
    made = certificates()
    context = made.serving()
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    with alerting(context) as address:
        with pytest.raises(UnavailableError, match="TLS failed: tlsv1 alert protocol version") as error:
            await Client(address, ca_file=made.ca).get_job("j1")
        assert error.value.reason == "TLS_VERSION_REFUSED" and "TLS 1.3" in error.value.hint
    async with Server(None, answer, context) as server:
        with pytest.raises(UnavailableError, match="the connection was closed while TLS began") as error:
            await Client(server.address, ca_file=made.ca).get_job("j1")
        assert error.value.reason == "TLS_HANDSHAKE_ENDED"


async def test_a_daemon_that_asks_for_a_certificate_gets_it(short_folder: Path) -> None:
    made = certificates()
    async with Server(None, answer, made.serving(asks=True)) as server:
        pair = made.client
        async with Client(
            server.address, ca_file=made.ca, certificate=pair.certificate, key=pair.key
        ) as client:
            assert await client.get_job("j1")
        both = short_folder / "both.pem"
        both.write_bytes(pair.certificate.read_bytes() + pair.key.read_bytes())
        async with Client(server.address, ca_file=made.ca, certificate=both) as client:
            assert await client.get_job("j1")


async def test_a_daemon_that_does_not_take_the_callers_certificate_is_told_as_that() -> None:
    made, foreign = certificates(), certificates().foreign_client
    with alerting(made.serving(asks=True)) as address:
        for reason, refused in (
            ("TLS_CERTIFICATE_REQUIRED", Client(address, ca_file=made.ca)),
            (
                "TLS_CERTIFICATE_REFUSED",
                Client(address, ca_file=made.ca, certificate=foreign.certificate, key=foreign.key),
            ),
        ):
            with pytest.raises(UnavailableError) as error:
                await refused.get_job("j1")
            assert error.value.reason == reason and "PACKAGING_CERTIFICATE" in error.value.hint
            # A watch does not try again what cannot do.
            with pytest.raises(UnavailableError, match="the connection to the daemon was lost: TLS failed"):
                async for _ in refused.watch("j1"):
                    pass
            await refused.close()


async def test_files_that_are_renewed_are_read_again(short_folder: Path) -> None:
    made, ca = certificates(), short_folder / "ca.pem"
    shutil.copy(made.other_ca, ca)
    async with Server(None, answer, made.serving()) as server:
        client = Client(server.address, ca_file=ca)
        with pytest.raises(UnavailableError):
            await client.get_job("j1")
        shutil.copy(made.ca, short_folder / "new")
        os.replace(short_folder / "new", ca)
        assert await client.get_job("j1")
        context = client._security.context()
        assert context is client._security.context()
        await client.close()


async def test_plain_bytes_to_a_server_with_tls_are_told_as_that() -> None:
    async def alert(peer: Peer) -> None:
        await peer.read()
        peer.writer.write(b"\x15\x03\x01\x00\x02\x02\x46")
        await peer.until_gone()

    async with Server(None, alert) as server:
        with pytest.raises(UnavailableError, match="it speaks TLS there") as error:
            await Client(server.address).get_job("j1")
        assert error.value.reason == "TLS_REQUIRED" and "PACKAGING_CA_FILE" in error.value.hint
    # Some servers only leave.
    with alerting(certificates().serving()) as address:
        with pytest.raises(UnavailableError) as error:
            await Client(address).get_job("j1")
        assert error.value.hint.startswith("If the daemon speaks TLS there: name the file")


async def test_a_token_is_not_sent_in_the_clear_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []

    async def listen(peer: Peer) -> None:
        heard.append(await peer.reader.read(100))

    # "localhost" that leads elsewhere, as some resolvers answer.
    monkeypatch.setattr(Connection, "is_local", False)
    async with Server(None, listen) as server:
        with pytest.raises(InvalidArgumentError, match="would be sent in the clear"):
            await Client(server.address.replace("127.0.0.1", "localhost"), token="t0ken").get_job("j1")
        while not heard:
            await asyncio.sleep(0.01)
    assert heard == [b""]


async def test_the_environment_names_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    made = certificates()
    monkeypatch.setenv("PACKAGING_CA_FILE", str(made.ca))
    monkeypatch.setenv("PACKAGING_CERTIFICATE", str(made.client.certificate))
    monkeypatch.setenv("PACKAGING_KEY", str(made.client.key))
    async with Server(None, answer, made.serving(asks=True)) as server:
        async with Client(server.address) as client:
            assert await client.get_job("j1")
