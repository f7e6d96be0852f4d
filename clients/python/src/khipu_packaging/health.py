"""Whether a daemon serves, and if not, why."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from ._proto.grpc.health.v1 import health_pb2
from ._values import decode


class HealthStatus(enum.IntEnum):
    """The words of gRPC's health checking."""

    UNKNOWN = 0
    SERVING = 1
    NOT_SERVING = 2
    SERVICE_UNKNOWN = 3
    """Only from `watch_health`: the daemon does not have the service that was asked for."""


@dataclass(frozen=True, kw_only=True)
class Health:
    """What a daemon says of itself. True if it serves: `if await client.health()` asks just that."""

    status: HealthStatus
    reason: str = ""
    """Why it does not serve, for programs, such as DATABASE_UNAVAILABLE or SERVER_STOPPING; empty if it does."""
    message: str = ""
    """The same for people, in one line."""
    hint: str = ""
    """What to do about it, in sentences; empty where there is nothing to do but wait."""

    def __bool__(self) -> bool:
        return self.status is HealthStatus.SERVING


def health_of(data: bytes) -> Health:
    """What the bytes of a reply say. A word of a newer daemon is UNKNOWN."""
    reply: health_pb2.HealthCheckResponse = decode("grpc.health.v1.HealthCheckResponse", data)
    known = reply.status in HealthStatus._value2member_map_
    return Health(
        status=HealthStatus(reply.status) if known else HealthStatus.UNKNOWN,
        reason=reply.reason,
        message=reply.message,
        hint=reply.hint,
    )
