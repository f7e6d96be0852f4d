"""Whether a connection is encrypted, whom it trusts, and with which certificate it introduces itself."""

from __future__ import annotations

import os
import ssl as tls
from collections.abc import Mapping
from typing import Any

from ._failures import why
from .address import Address
from .errors import InvalidArgumentError

CA_FILE_VARIABLE = "PACKAGING_CA_FILE"
CERTIFICATE_VARIABLE = "PACKAGING_CERTIFICATE"
KEY_VARIABLE = "PACKAGING_KEY"

_File = str | os.PathLike[str]


class Security:
    """How connections to one address are secured.

    A Unix socket has no TLS. TCP has: certificates are trusted that the authorities in `ca_file` signed, those of the
    system without one. Only a loopback address for which neither a CA file nor a certificate is named is spoken to in
    plain: that is what `packagingd serve --insecure-loopback` offers, and no authority signs for loopback.
    """

    def __init__(
        self,
        address: Address,
        *,
        ca_file: _File | None = None,
        certificate: _File | None = None,
        key: _File | None = None,
        context: tls.SSLContext | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        environment = os.environ if environment is None else environment
        named = ca_file is not None or certificate is not None or key is not None
        if context is not None and address.path is not None:
            raise InvalidArgumentError("a Unix socket has no TLS")
        if context is not None and named:
            raise InvalidArgumentError(
                "an ssl context was given together with files for TLS", hint="Load the files into the context instead."
            )
        self._given = context
        self._ca_file = ca_file or environment.get(CA_FILE_VARIABLE) or None
        if certificate is None and key is None:
            certificate = environment.get(CERTIFICATE_VARIABLE) or None
            key = environment.get(KEY_VARIABLE) or None
        if key is not None and certificate is None:
            raise InvalidArgumentError(
                f'the key "{os.fspath(key)}" was given without its certificate', hint="Name the certificate, too."
            )
        self._certificate, self._key = certificate, key
        is_named = self._ca_file is not None or self._certificate is not None
        self.is_encrypted = context is not None or (address.path is None and (is_named or not address.is_local))
        self._made: tuple[Any, tls.SSLContext] | None = None

    def context(self) -> tls.SSLContext | None:
        """The context for a new connection; None for a plain one. Files that have changed are read again.

        Raises `InvalidArgumentError` if a file cannot be used.
        """
        if not self.is_encrypted or self._given is not None:
            return self._given
        state = [_state(file) for file in (self._ca_file, self._certificate, self._key) if file is not None]
        if self._made is None or self._made[0] != state:
            self._made = (state, self._make())
        return self._made[1]

    def _make(self) -> tls.SSLContext:
        try:
            context = tls.create_default_context(cafile=self._ca_file)
        except OSError as error:
            raise _refusal("CA file", self._ca_file, error, "no PEM certificate is in it") from error
        context.minimum_version = tls.TLSVersion.TLSv1_3
        if self._certificate is not None:
            try:
                context.load_cert_chain(self._certificate, self._key, password=_no_password)
            except OSError as error:
                what = "certificate" if self._key is None else f'certificate with the key "{os.fspath(self._key)}"'
                wrong = "they are no PEM certificate and its PEM key"
                raise _refusal(what, self._certificate, error, wrong) from error
        return context


def _refusal(what: str, file: _File | None, error: OSError, wrong: str) -> InvalidArgumentError:
    reason = wrong if isinstance(error, tls.SSLError) else why(error)
    return InvalidArgumentError(f'could not use the {what} "{os.fspath(file or "")}": {reason}')


def _no_password() -> str:
    # Without this, OpenSSL would ask at the terminal.
    raise tls.SSLError("the key is encrypted")


def _state(file: _File) -> tuple[int, ...]:
    try:
        found = os.stat(file)
    except OSError:
        return ()
    return (found.st_mtime_ns, found.st_size, found.st_ino)
