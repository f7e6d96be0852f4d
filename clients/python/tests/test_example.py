"""The programs that people are shown, with a real daemon behind them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support import REPOSITORY, TEST_SECONDS, Daemon, write_book

CLIENT = REPOSITORY / "clients/python"


def environment(daemon: Daemon) -> dict[str, str]:
    return {**os.environ, "PACKAGING_ADDRESS": daemon.address, "PYTHONPATH": str(CLIENT / "src")}


@pytest.fixture
def web(daemon: Daemon, short_folder: Path) -> Iterator[httpx.Client]:
    """The relay, served as the platform serves it."""
    socket = short_folder / "relay.sock"
    options = ["--app-dir", str(CLIENT / "examples"), "--uds", str(socket)]
    command = [sys.executable, "-m", "uvicorn", "relay:app", *options]
    log = short_folder / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(command, env=environment(daemon), stdout=file, stderr=file)
    try:
        deadline = time.monotonic() + TEST_SECONDS
        while b"Uvicorn running" not in log.read_bytes():
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        transport = httpx.HTTPTransport(uds=str(socket))
        with httpx.Client(transport=transport, base_url="http://relay", timeout=TEST_SECONDS) as web:
            yield web
    finally:
        process.terminate()
        process.wait(TEST_SECONDS)


def test_the_relay_starts_packaging_and_tells_its_story(web: httpx.Client, project: str) -> None:
    headers = {"Idempotency-Key": "relay-1"}
    first = web.post(f"/projects/{project}/packages", json=["google"], headers=headers)
    second = web.post(f"/projects/{project}/packages", json=["google"], headers=headers)
    assert first.status_code == 202 and second.json() == first.json()
    story = web.get(first.json()["events"])
    assert story.headers["content-type"].startswith("text/event-stream")
    events = [dict(line.split(": ", 1) for line in item.splitlines()) for item in story.text.split("\n\n") if item]
    assert json.loads(events[-1]["data"])["status"] == "completed"
    rest = web.get(first.json()["events"], headers={"Last-Event-ID": events[-2]["id"]})
    assert rest.text.count("data: ") == 1 and rest.text.startswith(f"id: {events[-1]['id']}\n")
    assert web.get("/batches/no-such-batch/events").status_code in (400, 404)
    assert web.post("/projects/no-such-book/packages", json=["google"]).status_code == 404


def program_of_the_readme() -> str:
    (program,) = re.findall(r"```python\n(.*?)```", (REPOSITORY / "README.md").read_text(), re.DOTALL)
    return str(program)


def test_the_program_of_the_readme_packages_one_book_after_another(
    daemon: Daemon, project: str, book: Path, tmp_path: Path
) -> None:
    other = write_book(tmp_path / "other", title="Another Tide")
    for count, folder in enumerate([book, other, book], start=1):
        here = tmp_path / str(count)
        here.mkdir()
        ran = subprocess.run(
            [sys.executable, "-c", program_of_the_readme(), str(folder)],
            cwd=here,
            env=environment(daemon),
            capture_output=True,
            text=True,
            timeout=TEST_SECONDS,
        )
        assert ran.returncode == 0, ran.stderr
        (package,) = here.glob("*.zip")
        assert ran.stdout.splitlines()[-1] == f"{package.name}: {package.stat().st_size} bytes"


def test_the_program_of_the_readme_says_how_it_is_called() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", program_of_the_readme()],
        env={**os.environ, "PYTHONPATH": str(CLIENT / "src")},
        capture_output=True,
        text=True,
        timeout=TEST_SECONDS,
    )
    assert ran.returncode == 2 and ran.stderr.startswith("usage: ")
