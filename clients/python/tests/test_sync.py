"""The client for programs without asyncio, and a daemon that dies under it."""

from __future__ import annotations

import inspect
import threading
from pathlib import Path

import pytest
from support import Daemon

import khipu_packaging
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
    answers: list[bool] = []
    with Client(daemon.address) as client:
        threads = [threading.Thread(target=lambda: answers.append(client.health())) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert answers == [True] * 8
