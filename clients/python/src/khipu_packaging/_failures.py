"""Why a connection could not be made or was lost, and what helps."""

from __future__ import annotations

import errno
import os
import socket
import ssl as tls
import stat

from .address import Address
from .errors import ErrorInfo, UnavailableError

# The reasons of all clients of ours.
UNTRUSTED, WRONG_HOST = "TLS_CERTIFICATE_UNTRUSTED", "TLS_WRONG_HOST"
EXPIRED, EARLY = "TLS_CERTIFICATE_EXPIRED", "TLS_CERTIFICATE_NOT_YET_VALID"
REFUSED, REQUIRED_OURS = "TLS_CERTIFICATE_REFUSED", "TLS_CERTIFICATE_REQUIRED"
ENDED, OLD_VERSION, NO_TLS = "TLS_HANDSHAKE_ENDED", "TLS_VERSION_REFUSED", "TLS_NOT_SPOKEN"
REQUIRED, FAILED = "TLS_REQUIRED", "TLS_FAILED"

_NAME_THE_FILE = "name the file with the certificates of its authority, with ca_file or PACKAGING_CA_FILE."


def unreachable(address: Address, error: OSError) -> UnavailableError:
    """The error of an attempt to connect that failed with `error`."""
    return UnavailableError(
        f'could not reach the daemon at "{address}": {why(error)}',
        _details(error),
        hint=advice(address, error),
    )


def lost(address: Address | None, error: Exception | None, *, plain_and_silent: bool = False) -> UnavailableError:
    """The error of a connection that ended, with `error` if there was one.

    One that was spoken to in plain and left without an answer may be to a server with TLS.
    """
    message = "the connection to the daemon was lost"
    if error is not None:
        message += f": {why(error) if isinstance(error, OSError) else str(error).lower()}"
    if address is not None and isinstance(error, tls.SSLError):
        return UnavailableError(message, _details(error), hint=advice(address, error))
    hint = f"If the daemon speaks TLS there: {_NAME_THE_FILE}" if plain_and_silent else ""
    return UnavailableError(message, hint=hint)


def speaks_tls(address: Address) -> UnavailableError:
    """The error of a plain connection that was answered with TLS."""
    return UnavailableError(
        f'could not reach the daemon at "{address}": it speaks TLS there, and was spoken to in plain',
        (ErrorInfo(REQUIRED, "packaging.khipu"),),
        hint=_NAME_THE_FILE[0].upper() + _NAME_THE_FILE[1:],
    )


def why(error: OSError) -> str:
    """The reason, in the words of the system or of OpenSSL."""
    if isinstance(error, tls.SSLCertVerificationError) and error.verify_message:
        return f"its certificate is not accepted: {error.verify_message.rstrip('.').lower()}"
    # Where the operating system says why, asyncio says "connect call failed" and the address. TLS and the resolver have
    # numbers of their own.
    if error.errno is not None and not isinstance(error, (tls.SSLError, socket.gaierror)):
        return os.strerror(error.errno).lower()
    if isinstance(error, tls.SSLError) and getattr(error, "reason", None):
        return f"TLS failed: {error.reason.replace('_', ' ').lower()}"
    # asyncio gives a handshake that the other end leaves no words.
    return (error.strerror or str(error)).lower() or "the connection was closed while TLS began"


def _details(error: OSError) -> tuple[ErrorInfo, ...]:
    return (ErrorInfo(_tls_reason(error), "packaging.khipu"),) if _is_of_tls(error) else ()


def _is_of_tls(error: OSError) -> bool:
    return isinstance(error, tls.SSLError) or not (error.errno or str(error))


def _tls_reason(error: OSError) -> str:
    if not isinstance(error, tls.SSLError):
        return ENDED
    if isinstance(error, tls.SSLCertVerificationError):
        return {62: WRONG_HOST, 64: WRONG_HOST, 9: EARLY, 10: EXPIRED}.get(error.verify_code, UNTRUSTED)
    reason = error.reason or ""
    # In TLS 1.3 the client has done its part before the daemon looks at its certificate, and says so in an alert.
    if "CERTIFICATE_REQUIRED" in reason:
        return REQUIRED_OURS
    if "ALERT" in reason and ("CERTIFICATE" in reason or "UNKNOWN_CA" in reason or "ACCESS_DENIED" in reason):
        return REFUSED
    if "PROTOCOL_VERSION" in reason or "UNSUPPORTED_PROTOCOL" in reason:
        return OLD_VERSION
    if "WRONG_VERSION_NUMBER" in reason or "RECORD_LAYER_FAILURE" in reason:
        return NO_TLS
    return ENDED if "EOF" in reason else FAILED


_OURS = (
    "The daemon takes only certificates of its own authority: name yours and its key, with certificate and key, or with "
    "PACKAGING_CERTIFICATE and PACKAGING_KEY."
)
_CLOCK = "See that this machine's clock is right; if it is, the daemon needs a new certificate."
_TLS_ADVICE = {
    UNTRUSTED: "Name the file with the certificates of the daemon's authority, with ca_file or PACKAGING_CA_FILE.",
    WRONG_HOST: "Call the daemon by a name or an address that its certificate has.",
    EXPIRED: _CLOCK,
    EARLY: _CLOCK,
    REFUSED: _OURS,
    REQUIRED_OURS: _OURS,
    OLD_VERSION: "The daemon speaks TLS 1.3: see what stands between.",
    NO_TLS: "See that host and port are right, and that the daemon listens there with TLS.",
    ENDED: "The daemon may be stopping, or something between ended the connection: try again.",
    FAILED: "See that the daemon speaks TLS 1.3 at this address, and that nothing between changes the bytes.",
}


def advice(address: Address, error: OSError) -> str:
    """What helps, by the cause."""
    if _is_of_tls(error):
        return _TLS_ADVICE[_tls_reason(error)]
    if address.path is None:
        if error.errno == errno.ECONNREFUSED:
            return "Nobody listens at this port: see that the daemon runs, and that host and port are right."
        return "See that host and port are right, and that the network lets the connection through."
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return "Only the daemon's own user and root may connect."
        case errno.ENOENT:
            return 'Start the daemon with "packagingd serve", or give the address at which it listens.'
        case errno.ECONNREFUSED if _is_socket(address.path):
            return 'The daemon that made this socket has ended: start it again with "packagingd serve".'
        case errno.ECONNREFUSED | errno.ENOTSOCK:
            return "There is no socket at this path: give the address at which the daemon listens."
        case errno.EPROTOTYPE:
            return "This socket belongs to another program: give the address at which the daemon listens."
        case errno.ENOTDIR | errno.ELOOP:
            return "The path leads nowhere: give the address at which the daemon listens."
        case errno.EAGAIN:
            return "More callers wait than the daemon has taken yet: try again."
    return "See that the daemon runs, and that this is the address at which it listens."


def _is_socket(path: str) -> bool:
    """Whether the file is a socket: connecting to any other file is refused in the same way."""
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except OSError:
        return False
