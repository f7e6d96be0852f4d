"""The programs that people are shown, with a real daemon behind them."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from support import REPOSITORY, Daemon

def test_the_relay_starts_packaging_and_tells_its_story(
    daemon: Daemon, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PACKAGING_ADDRESS", daemon.address)
    path = Path(__file__).parents[1] / "examples/relay.py"
    spec = importlib.util.spec_from_file_location("relay", path)
    assert spec and spec.loader
    relay = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "relay", relay)
    spec.loader.exec_module(relay)
    with TestClient(relay.app) as web:
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


def test_the_program_of_the_readme_packages_a_book(daemon: Daemon, project: str, book: Path, tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (REPOSITORY / "README.md").read_text(), re.DOTALL)
    source = str(REPOSITORY / "clients/python/src")
    environment = {**os.environ, "PACKAGING_ADDRESS": daemon.address, "PYTHONPATH": source}
    command = [sys.executable, "-c", program, str(book)]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=40)
    assert ran.returncode == 0, ran.stderr
    (package,) = tmp_path.glob("*.zip")
    assert ran.stdout.splitlines()[-1] == f"{package.name}: {package.stat().st_size} bytes"
