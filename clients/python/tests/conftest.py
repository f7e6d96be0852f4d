from __future__ import annotations

import asyncio
import inspect
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from certificates import certificates
from support import TEST_SECONDS, TRANSPORTS, Daemon, Server, Wire, write_book

from khipu_packaging.models import Job
from khipu_packaging.sync import Client as SyncClient

UVLOOP: Any
try:
    import uvloop as UVLOOP
except ImportError:
    UVLOOP = None

# Tests of what the client does on its own run in both loops that services use.
IN_BOTH_LOOPS = ("test_peer", "test_security", "test_service", "test_tokens", "test_transcripts")
# What a peer can do on the wire is tested on every way that the wire has.
OVER_ALL_TRANSPORTS = ("test_peer", "test_transcripts")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__ in IN_BOTH_LOOPS and inspect.iscoroutinefunction(metafunc.function):
        missing = pytest.mark.skipif(UVLOOP is None, reason="uvloop is not installed")
        loops = [("asyncio", asyncio, ()), ("uvloop", UVLOOP, (missing,))]
        if metafunc.module.__name__ in OVER_ALL_TRANSPORTS and "short_folder" in metafunc.fixturenames:
            # TLS is of each loop's own making; plain TCP is what a Unix socket is in both.
            both = [
                pytest.param(library, kind, id=f"{name}-{kind}", marks=marks)
                for name, library, marks in loops
                for kind in TRANSPORTS
                if (name, kind) != ("uvloop", "tcp")
            ]
            metafunc.fixturenames.append("loop_library")
            metafunc.parametrize(("loop_library", "transport"), both, indirect=["transport"])
        else:
            metafunc.fixturenames.append("loop_library")
            metafunc.parametrize(
                "loop_library", [pytest.param(library, id=name, marks=marks) for name, library, marks in loops]
            )


@pytest.fixture(autouse=True)
def transport(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How the test's servers are reached. Its clients find the authority where every program does."""
    kind = getattr(request, "param", "unix")
    monkeypatch.setattr(Server, "transport", kind)
    if kind == "tls":
        monkeypatch.setenv("PACKAGING_CA_FILE", str(certificates().ca))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "daemon" in getattr(item, "fixturenames", ()):
            item.add_marker("daemon")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs asynchronous tests, so that no plugin is needed."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    parameters: dict[str, Any] = pyfuncitem.callspec.params if hasattr(pyfuncitem, "callspec") else {}
    loop = parameters.get("loop_library", asyncio).new_event_loop()
    # By hand what asyncio.Runner does, which came with Python 3.11.
    try:
        loop.run_until_complete(asyncio.wait_for(pyfuncitem.obj(**arguments), TEST_SECONDS))
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
    return True


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket's."""
    with tempfile.TemporaryDirectory(prefix="khipu-py-", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def daemon() -> Iterator[Daemon]:
    daemon = Daemon()
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.remove()


@pytest.fixture(params=["unix", "tls"])
def wire(request: pytest.FixtureRequest, daemon: Daemon) -> Wire:
    """A way to the daemon."""
    return Wire(daemon, request.param)


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_book(tmp_path_factory.mktemp("book") / "tide")


@pytest.fixture(scope="session")
def project(daemon: Daemon, book: Path) -> str:
    """The slug of a book that is imported whole."""
    with SyncClient(daemon.address) as client:
        imported = client.import_book(book)
    assert imported.is_whole and imported.audio_sent == 4
    return imported.slug


@pytest.fixture(scope="session")
def finished_job(daemon: Daemon, project: str) -> Job:
    """A job that has made a package for Google."""
    with SyncClient(daemon.address) as client:
        created = client.create_all(project, platform_ids=["google"])
        for _ in client.watch(batch_id=created.batch_id):
            pass
        job = client.get_job(created.job_ids["google"])
    assert job.package_id, job.error_message
    return job
