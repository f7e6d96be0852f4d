"""Certificates for tests, made by openssl when the first test needs them."""

from __future__ import annotations

import atexit
import functools
import shutil
import ssl
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class Certificates:
    """Of two authorities that do not know each other."""

    folder: Path
    ca: Path
    other_ca: Path
    server: Pair
    """For localhost, 127.0.0.1 and ::1."""
    elsewhere: Pair
    """For another machine's name."""
    expired: Pair
    client: Pair
    foreign_client: Pair
    """Of the other authority."""

    def serving(self, pair: Pair | None = None, *, asks: bool = False) -> ssl.SSLContext:
        """What a server has; with `asks` it takes only callers with a certificate of its authority."""
        pair = pair or self.server
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(pair.certificate, pair.key)
        if asks:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.ca)
        return context

    def calling(self) -> ssl.SSLContext:
        """What a client has that trusts the authority."""
        return ssl.create_default_context(cafile=str(self.ca))


@functools.cache
def certificates() -> Certificates:
    folder = Path(tempfile.mkdtemp(prefix="khipu-tls-", dir="/tmp"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)

    def openssl(*arguments: str | Path) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]

    def authority(name: str) -> Path:
        ca = folder / f"{name}.pem"
        usage: list[str | Path] = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
        files: list[str | Path] = ["-keyout", folder / f"{name}.key", "-out", ca]
        openssl("req", "-x509", *new_key, "-days", "30", "-subj", f"/CN={name}", *usage, *files)
        return ca

    def pair(name: str, ca: Path, extensions: str, *, days: int = 30) -> Pair:
        made = Pair(folder / f"{name}.pem", folder / f"{name}.key")
        request, extra = folder / f"{name}.csr", folder / f"{name}.cnf"
        extra.write_text(extensions)
        openssl("req", "-new", *new_key, "-subj", f"/CN={name}", "-keyout", made.key, "-out", request)
        signing: list[str | Path] = ["-CA", ca, "-CAkey", ca.with_suffix(".key"), "-CAcreateserial", "-extfile", extra]
        openssl("x509", "-req", "-in", request, *signing, "-days", str(days), "-out", made.certificate)
        return made

    ca, other = authority("authority"), authority("other-authority")
    here = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\nextendedKeyUsage=serverAuth\n"
    return Certificates(
        folder=folder,
        ca=ca,
        other_ca=other,
        server=pair("server", ca, here),
        elsewhere=pair("elsewhere", ca, "subjectAltName=DNS:books.example\n"),
        # openssl x509 takes days before today, so that the certificate has ended when it is made.
        expired=pair("expired", ca, here, days=-1),
        client=pair("client", ca, "extendedKeyUsage=clientAuth\n"),
        foreign_client=pair("foreign-client", other, "extendedKeyUsage=clientAuth\n"),
    )
