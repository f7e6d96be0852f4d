"""The exceptions that calls raise."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from google.protobuf.message import DecodeError

from ._proto.google.rpc import error_details_pb2, status_pb2


class Code(enum.IntEnum):
    """gRPC's codes, which ttrpc shares."""

    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


@dataclass(frozen=True)
class ErrorInfo:
    """Which error it is, for programs, with facts about it."""

    reason: str
    domain: str
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FieldViolation:
    """A field of the request that is wrong, by its path, such as `chapters[3].segments[7].text`."""

    field: str
    description: str


@dataclass(frozen=True)
class BadRequest:
    """Every field of the request that is wrong."""

    field_violations: tuple[FieldViolation, ...]


@dataclass(frozen=True)
class RetryInfo:
    """The time after which the call may be repeated."""

    delay: timedelta


@dataclass(frozen=True)
class QuotaViolation:
    """A limit that is used up."""

    subject: str
    description: str


@dataclass(frozen=True)
class QuotaFailure:
    """Every limit that is used up."""

    violations: tuple[QuotaViolation, ...]


Detail = ErrorInfo | BadRequest | RetryInfo | QuotaFailure


class PackagingError(Exception):
    """A call that failed. Each code has a subclass; branch on it and on `reason`, never on the text."""

    code: Code = Code.UNKNOWN

    def __init__(self, message: str, details: tuple[Detail, ...] = (), *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        """One line for people."""
        self.details = details
        """Further facts from the daemon; kinds that this version does not know are left out."""
        self._hint = hint

    @property
    def info(self) -> ErrorInfo | None:
        """The daemon's name for the error, if it gave one."""
        return next((item for item in self.details if isinstance(item, ErrorInfo)), None)

    @property
    def reason(self) -> str:
        """The error's name in capitals, such as AUDIO_REFUSED; empty if it has none."""
        return self.info.reason if self.info else ""

    @property
    def hint(self) -> str:
        """What to do, as a sentence; empty if nothing is known."""
        return self._hint or (self.info.metadata.get("hint", "") if self.info else "")

    @property
    def field_violations(self) -> tuple[FieldViolation, ...]:
        """The fields of the request that are wrong."""
        return next((item.field_violations for item in self.details if isinstance(item, BadRequest)), ())

    @property
    def retry_after(self) -> timedelta | None:
        """The time after which the call may be repeated; None if the daemon named none."""
        return next((item.delay for item in self.details if isinstance(item, RetryInfo)), None)


class CancelledCallError(PackagingError):
    code = Code.CANCELLED


class UnknownError(PackagingError):
    code = Code.UNKNOWN


class InvalidArgumentError(PackagingError):
    code = Code.INVALID_ARGUMENT


class DeadlineExceededError(PackagingError, TimeoutError):
    code = Code.DEADLINE_EXCEEDED


class NotFoundError(PackagingError):
    code = Code.NOT_FOUND


class AlreadyExistsError(PackagingError):
    code = Code.ALREADY_EXISTS


class PermissionDeniedError(PackagingError):
    code = Code.PERMISSION_DENIED


class ResourceExhaustedError(PackagingError):
    code = Code.RESOURCE_EXHAUSTED


class FailedPreconditionError(PackagingError):
    code = Code.FAILED_PRECONDITION


class AbortedError(PackagingError):
    code = Code.ABORTED


class OutOfRangeError(PackagingError):
    code = Code.OUT_OF_RANGE


class UnimplementedError(PackagingError):
    code = Code.UNIMPLEMENTED


class InternalError(PackagingError):
    code = Code.INTERNAL


class UnavailableError(PackagingError, ConnectionError):
    code = Code.UNAVAILABLE


class DataLossError(PackagingError):
    code = Code.DATA_LOSS


class UnauthenticatedError(PackagingError):
    code = Code.UNAUTHENTICATED


_CLASSES: dict[int, type[PackagingError]] = {kind.code: kind for kind in PackagingError.__subclasses__()}


def error_of(status: status_pb2.Status) -> PackagingError:
    """The exception that says what `status` says. A code that is not known is UNKNOWN."""
    details = tuple(detail for item in status.details if (detail := _detail(item.type_url, item.value)))
    return _CLASSES.get(status.code, UnknownError)(status.message, details)


def _detail(type_url: str, value: bytes) -> Detail | None:
    try:
        match type_url.rpartition("/")[2]:
            case "google.rpc.ErrorInfo":
                info = error_details_pb2.ErrorInfo.FromString(value)
                return ErrorInfo(info.reason, info.domain, dict(info.metadata))
            case "google.rpc.BadRequest":
                bad = error_details_pb2.BadRequest.FromString(value)
                return BadRequest(tuple(FieldViolation(x.field, x.description) for x in bad.field_violations))
            case "google.rpc.RetryInfo":
                delay = error_details_pb2.RetryInfo.FromString(value).retry_delay
                return RetryInfo(timedelta(seconds=delay.seconds, microseconds=delay.nanos / 1000))
            case "google.rpc.QuotaFailure":
                quota = error_details_pb2.QuotaFailure.FromString(value)
                return QuotaFailure(tuple(QuotaViolation(x.subject, x.description) for x in quota.violations))
    except (DecodeError, OverflowError):
        # An error that cannot be read whole still has its code and its message.
        pass
    return None
