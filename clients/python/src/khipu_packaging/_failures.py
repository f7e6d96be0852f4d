"""Why a connection could not be made or was lost, and what helps."""

from __future__ import annotations

import errno
import os
import socket
import ssl as tls
import stat

from .address import Address
from .errors import ErrorInfo, UnavailableError

UNTRUSTED, WRONG_NAME, EXPIRED = "TLS_UNTRUSTED", "TLS_WRONG_NAME", "TLS_EXPIRED"
CERTIFICATE_REFUSED, FAILED, SPOKEN = "TLS_CERTIFICATE_REFUSED", "TLS_FAILED", "TLS_SPOKEN"

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
    return UnavailableError(message, hint=f"If the daemon speaks TLS there: {_NAME_THE_FILE}" if plain_and_silent else "")


def speaks_tls(address: Address) -> UnavailableError:
    """The error of a plain connection that was answered with TLS."""
    return UnavailableError(
        f'could not reach the daemon at "{address}": it speaks TLS there, and was spoken to in plain',
        (ErrorInfo(SPOKEN, "packaging.khipu"),),
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
        return FAILED
    if isinstance(error, tls.SSLCertVerificationError):
        match error.verify_code:
            case 62 | 64:
                return WRONG_NAME
            case 9 | 10:
                return EXPIRED
        return UNTRUSTED
    # In TLS 1.3 the client has done its part before the daemon looks at its certificate.
    return CERTIFICATE_REFUSED if "ALERT" in (error.reason or "") and _is_of_certificate(error) else FAILED


def _is_of_certificate(error: tls.SSLError) -> bool:
    return "CERTIFICATE" in error.reason or "UNKNOWN_CA" in error.reason


_TLS_ADVICE = {
    UNTRUSTED: "Name the file with the certificates of the daemon's authority, with ca_file or PACKAGING_CA_FILE.",
    WRONG_NAME: "Call the daemon by a name that its certificate has.",
    EXPIRED: "See that this machine's clock is right; if it is, the daemon needs a new certificate.",
    CERTIFICATE_REFUSED: "The daemon takes only callers with a certificate of its authority: name yours and its key "
    "with certificate and key, or with PACKAGING_CERTIFICATE and PACKAGING_KEY.",
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
