"""Where a daemon listens, as users say it."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import InvalidArgumentError

VARIABLE = "PACKAGING_ADDRESS"
"""The environment variable that names an address."""

SYSTEM_SOCKET = "/var/lib/packagingd/packagingd.sock"
"""The socket of the machine's daemon, which root starts, or a system package under a user of its own."""


@dataclass(frozen=True)
class Address:
    """A Unix socket's path, or a host and a port."""

    path: str | None = None
    host: str = ""
    port: int = 0

    @classmethod
    def parse(cls, text: str) -> Address:
        """Reads `unix:/path`, `tcp://host:port`, or a bare path, which has a slash in it."""
        if text.startswith("unix:") and len(text) > len("unix:"):
            return cls(path=text.removeprefix("unix:"))
        if text.startswith("tcp://"):
            host, colon, port = text.removeprefix("tcp://").rpartition(":")
            host = host.removeprefix("[").removesuffix("]")
            if host and colon and port.isascii() and port.isdigit() and 0 < int(port) < 65536:
                return cls(host=host, port=int(port))
        elif "/" in text and "://" not in text:
            return cls(path=text)
        raise InvalidArgumentError(
            f'address "{text}" is neither a path nor a host and port',
            hint="Write unix:/path/to/packagingd.sock, a path with a slash in it, or tcp://host:port.",
        )

    @classmethod
    def default(cls, environment: Mapping[str, str] | None = None) -> Address:
        """The address that the environment names; else the socket in the default state folder of this user, or the
        machine's, if that folder has none and the machine has a daemon."""
        environment = os.environ if environment is None else environment
        if chosen := environment.get(VARIABLE):
            return cls.parse(chosen)
        if os.getuid() == 0:
            return cls(path=SYSTEM_SOCKET)
        # By the specification of base directories, relative paths are ignored.
        state = environment.get("XDG_STATE_HOME", "")
        folder = state if state.startswith("/") else environment.get("HOME", "") + "/.local/state"
        own = folder + "/packagingd/packagingd.sock"
        return cls(path=SYSTEM_SOCKET if not _may_exist(own) and _may_exist(SYSTEM_SOCKET) else own)

    @property
    def is_local(self) -> bool:
        """Whether the bytes never leave this machine: a Unix socket, 127.0.0.0/8, ::1 or localhost.

        A name that only begins like a loopback address, such as 127.books.example, is another machine's.
        """
        if self.path is not None or self.host.lower() == "localhost":
            return True
        try:
            found = ipaddress.ip_address(self.host)
        except ValueError:
            return False
        return found.is_loopback and getattr(found, "ipv4_mapped", None) is None

    def __str__(self) -> str:
        if self.path is not None:
            return f"unix:{self.path}"
        return f"tcp://[{self.host}]:{self.port}" if ":" in self.host else f"tcp://{self.host}:{self.port}"


def _may_exist(path: str) -> bool:
    # In a folder that this process may not enter there may be a file; connecting shows whether there is.
    try:
        os.stat(path)
    except PermissionError:
        return True
    except OSError:
        return False
    return True
