"""Where a client looks for a daemon when nobody says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from khipu_packaging import address
from khipu_packaging.address import Address


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A user's own socket and the machine's, neither of which is there."""
    own, system = tmp_path / "state/packagingd/packagingd.sock", tmp_path / "system.sock"
    own.parent.mkdir(parents=True)
    monkeypatch.setattr(address, "SYSTEM_SOCKET", str(system))
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    return own, system


def default(own: Path) -> str | None:
    return Address.default({"XDG_STATE_HOME": str(own.parents[1])}).path


def test_a_users_own_socket_comes_first(places: tuple[Path, Path]) -> None:
    own, system = places
    assert default(own) == str(own)
    own.touch()
    system.touch()
    assert default(own) == str(own)


def test_the_machines_socket_is_used_where_there_is_no_other(places: tuple[Path, Path]) -> None:
    own, system = places
    system.touch()
    assert default(own) == str(system)


def test_root_uses_the_machines_socket(places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    own, system = places
    own.touch()
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert default(own) == str(system)
