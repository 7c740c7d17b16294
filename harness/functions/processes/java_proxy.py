"""Options that lead the AWS calls of an old Java SDK to the harness, through a proxy.

The SDK reads AWS_ENDPOINT_URL from version 2.28.1 on; every older one, and all of version 1, calls
AWS's own hosts. All of them read the JVM's proxy properties, version 2 before 2.20 those of HTTP
for HTTPS too.

Sources: AWS SDK for Java 2.x, change log of 2.28.1; "Networking properties" of the JDK; the format
of JKS files, sun.security.provider.JavaKeyStore of OpenJDK.
"""

from __future__ import annotations

import struct
from hashlib import sha1
from pathlib import Path
from zipfile import ZipFile

from harness.functions.processes.start import UnpackedFunction
from harness.functions.processes.tls import authority

FIRST_VERSION = "com/amazonaws/AmazonWebServiceClient.class"
SECOND_VERSION = "software/amazon/awssdk/awscore/AwsRequest.class"
READS_ENDPOINT = "software/amazon/awssdk/awscore/endpoint/AwsClientEndpointProvider.class"
LOOPBACK = "localhost|127.*"
PASSWORD = "changeit"
MAGIC, VERSION, TRUSTED = 0xFEEDFEED, 2, 2
SALT = b"Mighty Aphrodite"


def proxy_options(function: UnpackedFunction, places: list[Path]) -> tuple[str, ...]:
    """The options for code at ``places``, with {port} in them; none if its SDK needs none."""
    found = [has_file(place, FIRST_VERSION, SECOND_VERSION, READS_ENDPOINT) for place in places]
    first, second, reads = (any(kinds) for kinds in zip(*found, strict=True))
    if not first and (reads or not second):
        return ()
    file = function.scratch / "trusted.jks"
    file.write_bytes(trust_store(authority().certificate()))
    proxies = (f"-D{scheme}.proxy{name}" for scheme in ("http", "https")
               for name in ("Host=127.0.0.1", "Port={port}"))
    return (*proxies, f"-Dhttp.nonProxyHosts={LOOPBACK}",
            f"-Djavax.net.ssl.trustStore={file}", f"-Djavax.net.ssl.trustStorePassword={PASSWORD}")


def has_file(place: Path, *names: str) -> tuple[bool, ...]:
    """Tell for each name whether a folder or .jar file has it."""
    if place.is_dir():
        return tuple((place / name).is_file() for name in names)
    with ZipFile(place) as archive:
        there = archive.NameToInfo
        return tuple(name in there for name in names)


def trust_store(certificate: bytes) -> bytes:
    """A JKS file that trusts one certificate, given in DER."""
    content = (struct.pack(">IIII", MAGIC, VERSION, 1, TRUSTED) + _text("authority")
               + struct.pack(">Q", 0) + _text("X.509")
               + struct.pack(">I", len(certificate)) + certificate)
    return content + sha1(PASSWORD.encode("utf-16-be") + SALT + content).digest()


def _text(value: str) -> bytes:
    encoded = value.encode("ascii")
    return struct.pack(">H", len(encoded)) + encoded
