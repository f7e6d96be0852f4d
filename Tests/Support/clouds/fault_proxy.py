"""Stands before a server of blobs, and lets a part of the requests go wrong: fault_proxy.py TARGET SEED PERCENT.

Prints one line of JSON with its endpoint; when standard input ends, one more with how often each fault happened. The faults are
those that a service in a cloud shows now and then:

    error        500, without doing what was asked
    busy         503 with Retry-After, without doing what was asked
    reset        the connection is reset in the middle of the request
    cut          the answer ends in the middle of its body, or before it
    stall        nothing moves any more, until the client gives up
    lost         what was asked is done, and the answer is lost
    late-error   what was asked is done, and the answer is 500
    damaged      the bytes of a block change on the way
"""

import asyncio
import collections
import contextlib
import json
import random
import struct
import socket
import sys
from urllib.parse import urlsplit

FAULTS = ["error", "busy", "reset", "cut", "stall", "lost", "late-error", "damaged"]
PIECE = 1 << 16


class Proxy:
    def __init__(self, target: str, seed: int, percent: float) -> None:
        where = urlsplit(target)
        self.host, self.port = where.hostname, where.port
        self.chance, self.percent = random.Random(seed), percent
        self.counts: collections.Counter = collections.Counter()
        self.deck: list[str] = []

    def fault(self, has_body: bool) -> str | None:
        """The fault of a request, if it has one. Each kind comes once before any comes again."""
        self.counts["requests"] += 1
        if self.chance.random() * 100 >= self.percent:
            return None
        if not any(has_body or fault != "damaged" for fault in self.deck):
            more = FAULTS.copy()
            self.chance.shuffle(more)
            self.deck += more
        fault = next(fault for fault in self.deck if has_body or fault != "damaged")
        self.deck.remove(fault)
        self.counts[fault] += 1
        return fault

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self.exchange(reader, writer):
                pass
        writer.close()

    async def exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; False if the connection is over."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = content_length(head)
        fault = self.fault(length > 0)
        if fault == "reset":
            await reader.readexactly(min(length, PIECE) // 2)
            return reset(writer)
        body = bytearray(await reader.readexactly(length))
        if fault == "stall":
            # Until the client has had enough.
            await reader.read(1)
            return reset(writer)
        if fault in ("error", "busy"):
            line = "503 Slow Down\r\nRetry-After: 1" if fault == "busy" else "500 Internal Server Error"
            writer.write(f"HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
            return True
        if fault == "damaged":
            body[len(body) // 2] ^= 1
        answer_head, answer = await self.forward(head, bytes(body))
        if fault == "lost":
            return reset(writer)
        if fault == "late-error":
            writer.write(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return True
        if fault == "cut":
            writer.write(answer_head + answer[: len(answer) // 2] if answer else answer_head[:-10])
            await writer.drain()
            return reset(writer)
        writer.write(answer_head + answer)
        await writer.drain()
        return True

    async def forward(self, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        reader, writer = await asyncio.open_connection(self.host, self.port, limit=1 << 20)
        try:
            # The signed field Host is the proxy's; the server compares what it was sent, not where it is.
            writer.write(head + body)
            await writer.drain()
            while True:
                answer = await reader.readuntil(b"\r\n\r\n")
                if not answer.startswith(b"HTTP/1.1 100"):
                    break
            if head.startswith(b"HEAD") or answer.split(b" ", 2)[1] in (b"204", b"304"):
                return answer, b""
            if b"\r\ntransfer-encoding: chunked" in answer.lower():
                return answer, await chunks(reader)
            return answer, await reader.readexactly(content_length(answer))
        finally:
            writer.close()


async def chunks(reader: asyncio.StreamReader) -> bytes:
    """A chunked body, as it came."""
    body = b""
    while True:
        line = await reader.readuntil(b"\r\n")
        body += line
        size = int(line.split(b";")[0], 16)
        body += await reader.readexactly(size + 2)
        if size == 0:
            return body


def content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def reset(writer: asyncio.StreamWriter) -> bool:
    """Ends a connection in a way that the other side takes for a fault."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return False


async def main() -> None:
    target, seed, percent = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    proxy = Proxy(target, seed, percent)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, limit=1 << 20)
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"endpoint": f"http://127.0.0.1:{port}"}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)
    print(json.dumps(proxy.counts), flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
