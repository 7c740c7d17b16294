"""HTTPS as a process speaks it: certificates of an authority of our own, and TLS over bytes.

An SDK that does not read AWS_ENDPOINT_URL calls https://SERVICE.REGION.amazonaws.com. It is made to
do so through a proxy (RFC 9110, section 9.3.6, CONNECT), which is the environment's own address.
The authority lives as long as the harness, and its key never leaves the memory of this process.
"""

from __future__ import annotations

import datetime
import ssl
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

CHUNK = 256 * 1024
LASTING = datetime.timedelta(days=365)
"""On both sides of now: the clock of a process may be set."""


class Authority:
    """Signs the certificate of any host; a process that trusts it takes us for that host."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("cqrs-conformance")
        self._own = self._signed(self._name, self._key.public_key(), x509.BasicConstraints(True, 0))

    def certificate(self) -> bytes:
        """The authority's own certificate, in DER."""
        return self._own.public_bytes(Encoding.DER)

    def context(self, host: str) -> ssl.SSLContext:
        """The server's side of TLS for a host."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = x509.SubjectAlternativeName([x509.DNSName(host)])
        signed = self._signed(_name("host"), key.public_key(), alternatives)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.num_tickets = 0
        with TemporaryDirectory() as folder:
            file = Path(folder, "host.pem")
            file.touch(0o600)
            file.write_bytes(_pem(key) + signed.public_bytes(Encoding.PEM))
            context.load_cert_chain(file)
        return context

    def _signed(self, subject: x509.Name, key: ec.EllipticCurvePublicKey,
                extension: x509.ExtensionType) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        return (x509.CertificateBuilder().subject_name(subject).issuer_name(self._name)
                .public_key(key).serial_number(x509.random_serial_number())
                .not_valid_before(now - LASTING).not_valid_after(now + LASTING)
                .add_extension(extension, critical=False).sign(self._key, SHA256()))


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@cache
def authority() -> Authority:
    """The authority of this process."""
    return Authority()


@cache
def context_of(host: str) -> ssl.SSLContext:
    """The server's side of TLS for a host, signed by the authority of this process."""
    return authority().context(host)


class Tls:
    """The server's side of one TLS connection, without a socket."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._ready = False

    def decrypted(self, received: bytes) -> bytes | None:
        """The bytes that the client says; None: nothing whole has arrived, b"": it has ended.

        Raises:
            ssl.SSLError: the client does not speak TLS, or does not trust the authority.
        """
        if not received:
            return b""
        self._incoming.write(received)
        parts = []
        try:
            if not self._ready:
                self._tls.do_handshake()
                self._ready = True
            while part := self._tls.read(CHUNK):
                parts.append(part)
        except ssl.SSLWantReadError:
            return b"".join(parts) or None
        return b"".join(parts)

    def encrypted(self, sent: bytes = b"") -> bytes:
        """The bytes that are to be sent to the client so that it reads ``sent``."""
        if sent:
            self._tls.write(sent)
        return self._outgoing.read()
