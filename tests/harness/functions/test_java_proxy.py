"""Old SDKs for Java reach the harness through a proxy; later ones need none."""

from __future__ import annotations

import struct
from hashlib import sha1
from pathlib import Path
from zipfile import ZipFile

import pytest

from harness.functions.processes import StartCommand, UnpackedFunction
from harness.functions.processes.java_proxy import (
    FIRST_VERSION,
    READS_ENDPOINT,
    SECOND_VERSION,
    proxy_options,
    trust_store,
)


def function(folder: Path) -> UnpackedFunction:
    return UnpackedFunction("f", "java17", "a.B::c", folder, folder)


def jar(folder: Path, *names: str) -> Path:
    place = folder / "code.jar"
    with ZipFile(place, "w") as archive:
        for name in names:
            archive.writestr(name, b"")
    return place


class TestProxy:
    @pytest.mark.parametrize(("names", "needed"), [
        ((FIRST_VERSION,), True), ((SECOND_VERSION,), True),
        ((SECOND_VERSION, READS_ENDPOINT), False), ((), False),
        ((FIRST_VERSION, SECOND_VERSION, READS_ENDPOINT), True),
    ])
    def test_needed(self, tmp_path: Path, names: tuple[str, ...], needed: bool) -> None:
        """Only an SDK that does not read AWS_ENDPOINT_URL gets a proxy."""
        assert bool(proxy_options(function(tmp_path), [jar(tmp_path, *names)])) is needed

    def test_over_several_places(self, tmp_path: Path) -> None:
        """An SDK may lie in the code and in .jar files beside it."""
        (tmp_path / FIRST_VERSION).parent.mkdir(parents=True)
        (tmp_path / FIRST_VERSION).touch()
        assert proxy_options(function(tmp_path), [tmp_path, jar(tmp_path)])

    def test_port(self, tmp_path: Path) -> None:
        """The options lead to the environment's own port, and leave loopback as it is."""
        options = proxy_options(function(tmp_path), [jar(tmp_path, FIRST_VERSION)])
        words = StartCommand(("java", "Main"), proxy=options).words(4711)
        assert (words[0], words[-1]) == ("java", "Main")
        assert {"-Dhttps.proxyPort=4711", "-Dhttp.proxyPort=4711",
                "-Dhttp.nonProxyHosts=localhost|127.*"} <= set(words)


def test_trust_store() -> None:
    """A trust store is a JKS file of version 2 with one certificate and its digest."""
    written = trust_store(b"certificate")
    content, digest = written[:-20], written[-20:]
    assert struct.unpack(">IIII", content[:16]) == (0xFEEDFEED, 2, 1, 2)
    assert content.endswith(struct.pack(">I", 11) + b"certificate")
    assert digest == sha1("changeit".encode("utf-16-be") + b"Mighty Aphrodite" + content).digest()
