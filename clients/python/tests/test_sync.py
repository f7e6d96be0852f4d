"""The client for programs without asyncio."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import gc
import inspect
import subprocess
import sys
import threading
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from support import REPOSITORY, TEST_SECONDS, Daemon

import khipu_packaging
from khipu_packaging import Health, HealthStatus
from khipu_packaging.errors import NotFoundError, UnavailableError
from khipu_packaging.models import Job, JobStatus
from khipu_packaging.sync import Client


def test_it_has_every_method_of_the_client_for_asyncio() -> None:
    def public(kind: type) -> dict[str, list[str]]:
        methods = inspect.getmembers(kind, inspect.isfunction)
        return {name: [*inspect.signature(item).parameters] for name, item in methods if not name.startswith("_")}

    assert public(Client) == public(khipu_packaging.Client)


def test_every_call_of_the_daemon_is_a_method() -> None:
    from khipu_packaging._proto.khipu.packaging.v1 import packaging_pb2, projects_pb2

    own = {"WatchJob": "watch"}
    for module in (packaging_pb2, projects_pb2):
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                name = "".join("_" + c.lower() if c.isupper() else c for c in method.name).lstrip("_")
                assert hasattr(khipu_packaging.Client, own.get(method.name, name)), method.name


def test_it_watches_and_downloads_and_fails_as_the_other_does(
    daemon: Daemon, finished_job: Job, short_folder: Path
) -> None:
    with Client(daemon.address) as client:
        assert [event.status for event in client.watch(finished_job.id)][-1] is JobStatus.COMPLETED
        # A watch that is left in the middle closes its connection and nothing else.
        for _ in client.watch(finished_job.id):
            break
        assert client.download(finished_job.package_id, short_folder / "out.zip").path.exists()
        with pytest.raises(NotFoundError):
            client.get_project("no-such-book")
    with pytest.raises(UnavailableError):
        client.health()


def test_threads_share_it(daemon: Daemon) -> None:
    answers: list[Health] = []
    with Client(daemon.address) as client:
        threads = [threading.Thread(target=lambda: answers.append(client.health())) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(TEST_SECONDS)
    assert answers == [Health(status=HealthStatus.SERVING)] * 8


def test_it_starts_its_thread_with_the_first_call(daemon: Daemon) -> None:
    before = set(threading.enumerate())
    client = Client(daemon.address)
    assert set(threading.enumerate()) <= before
    assert client.health()
    (own,) = set(threading.enumerate()) - before
    assert own.name == "khipu-packaging"
    client.close()
    client.close()
    assert set(threading.enumerate()) <= before


def test_the_threads_that_read_files_for_it_end_with_it(daemon: Daemon) -> None:
    before = set(threading.enumerate())
    with Client(daemon.address) as client:
        reads = threading.Event()

        def read() -> None:
            reads.set()
            time.sleep(0.3)

        client._hand_over(asyncio.to_thread(read))
        reads.wait(TEST_SECONDS)
    assert set(threading.enumerate()) <= before


def test_closing_it_fails_what_other_threads_wait_for(daemon: Daemon, finished_job: Job) -> None:
    client = Client(daemon.address)
    states = client.watch_health()
    assert next(states)
    failures: list[BaseException] = []

    def wait() -> None:
        try:
            next(states)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    worker = client._worker
    assert worker is not None
    while not asyncio.all_tasks(worker.loop):
        time.sleep(0.01)
    client.close()
    thread.join(TEST_SECONDS)
    assert [type(failure) for failure in failures] == [UnavailableError]


def test_a_call_that_meets_the_closing_is_not_forgotten(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(daemon.address)
    assert client.health()
    closing = threading.Thread(target=client.close)
    hand_over = asyncio.run_coroutine_threadsafe

    def slowly(call: Coroutine[Any, Any, Any], loop: asyncio.AbstractEventLoop) -> concurrent.futures.Future[Any]:
        if threading.current_thread() is not closing:
            closing.start()
            # Time enough for a closing that does not wait for us.
            closing.join(0.3)
        return hand_over(call, loop)

    monkeypatch.setattr(asyncio, "run_coroutine_threadsafe", slowly)
    # Answered or failed, as it comes; but not given to a loop that is no more.
    with contextlib.suppress(UnavailableError):
        client.health()
    closing.join(TEST_SECONDS)
    assert not closing.is_alive()


def test_what_it_calls_back_cannot_call_it(daemon: Daemon, finished_job: Job, short_folder: Path) -> None:
    with Client(daemon.address) as client:
        with pytest.raises(RuntimeError, match="in what it calls back"):
            client.download(finished_job.package_id, short_folder, progress=lambda *_: print(client.health()))
        with pytest.raises(RuntimeError, match="in what it calls back"):
            client.download(finished_job.package_id, short_folder, progress=lambda *_: client.close())
        assert client.health()


def test_a_watch_may_be_collected_in_the_clients_own_thread(daemon: Daemon, finished_job: Job) -> None:
    """The collector of garbage runs in whatever thread allocates."""
    with Client(daemon.address) as client:
        story = client.watch(finished_job.id)
        next(story)
        held = [story]
        held.append(held)  # type: ignore[arg-type]
        del story, held

        async def collect() -> None:
            gc.collect()

        worker = client._worker
        assert worker is not None
        asyncio.run_coroutine_threadsafe(collect(), worker.loop).result(TEST_SECONDS)
        assert client.health()


FORKING = """
import asyncio, os, sys
from khipu_packaging import Client
from khipu_packaging.sync import Client as SyncClient

blocking, used, own = SyncClient(), SyncClient(), Client()
assert used.health()

async def serves():
    return await own.health()

loop = asyncio.new_event_loop()
assert loop.run_until_complete(serves())
child = os.fork()
if child == 0:
    ok = blocking.health() and used.health() and asyncio.run(serves())
    used.close()
    os._exit(0 if ok else 1)
assert os.waitpid(child, 0)[1] == 0
# The child took nothing away.
assert used.health() and loop.run_until_complete(serves())
blocking.close(), used.close(), loop.run_until_complete(own.close())
print("done")
"""


def test_a_forked_process_has_connections_of_its_own(daemon: Daemon) -> None:
    """As servers do that load the program once and then fork their workers."""
    environment = {"PACKAGING_ADDRESS": daemon.address, "PYTHONPATH": str(REPOSITORY / "clients/python/src")}
    command = [sys.executable, "-c", FORKING]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TEST_SECONDS)
    assert ran.stdout == "done\n", ran.stderr
