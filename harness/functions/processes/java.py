"""Starting Java functions with AWS's runtime interface client.

Source: github.com/aws/aws-lambda-java-libs, aws-lambda-java-runtime-interface-client. The client
gets the path of its native library. Otherwise it would unpack the library to one fixed place in
/tmp, which fails where environments start at the same time.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from zipfile import ZipFile

from harness.functions.invocation import HandlerError
from harness.functions.processes.java_proxy import has_file, proxy_options
from harness.functions.processes.start import StartCommand, StartupArchive, UnpackedFunction

PACKAGE = "com.amazonaws.services.lambda.runtime.api.client"
MAIN = f"{PACKAGE}.AWSLambda"
CLIENT = "com/amazonaws/aws-lambda-java-runtime-interface-client"
NEEDED = (CLIENT, "com/amazonaws/aws-lambda-java-core",
          "com/amazonaws/aws-lambda-java-serialization", "software/amazon/awssdk/utils-lite")
GET = "mvn dependency:get -Dartifact=com.amazonaws:aws-lambda-java-runtime-interface-client:2.9.0"
OPTIONS = ("-XX:+IgnoreUnrecognizedVMOptions", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
           "-Xshare:auto")
"""For short starts, as on Lambda ("Optimizing cold start performance", tiered compilation)."""


def start_command(function: UnpackedFunction) -> StartCommand:
    """The command that starts an environment of a Java function.

    Raises:
        HandlerError: there is no Java, or no interface client.
    """
    program = function.program("java", "install a Java runtime")
    code = _code(function)
    client = [] if any(map(_has_client, code)) else _client(function)
    native = _native(function, [*code, *client])
    return StartCommand((program, *OPTIONS, f"-D{PACKAGE}.runtimeapi.NativeClient.JNI={native}",
                  "-cp", os.pathsep.join(map(str, [*code, *client])), MAIN, function.handler),
                 archive=_archive(function) if all(place.is_file() for place in code) else None,
                 proxy=proxy_options(function, code))


def _archive(function: UnpackedFunction) -> StartupArchive:
    """The archive of loaded classes; loading and verifying them takes half of a start.

    Java archives classes of .jar files only.

    Source: the java command's manual page, "Application class data sharing", dynamic archives.
    """
    file = function.scratch / f"{function.name}.jsa"
    draft = file.with_suffix(".draft")
    return StartupArchive(file, draft, write_option=f"-XX:ArchiveClassesAtExit={draft}",
                   read_option=f"-XX:SharedArchiveFile={file}")


def _code(function: UnpackedFunction) -> list[Path]:
    places = [function.jar or function.folder, *_jars(function.folder / "lib")]
    return places + [jar for layer in function.layers for jar in _jars(layer / "java" / "lib")]


def _jars(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.jar"))


def _has_client(place: Path) -> bool:
    return all(has_file(place, MAIN.replace(".", "/") + ".class"))


def _client(function: UnpackedFunction) -> list[Path]:
    """The interface client and its dependencies, the newest in Maven's local repository."""
    repository = Path.home() / ".m2" / "repository"
    found = [_newest(repository / name) for name in NEEDED]
    jars = [jar for jar in found if jar is not None]
    if len(jars) < len(NEEDED):
        raise HandlerError(
            function.name, f"Java functions need the runtime interface client; run {GET}")
    return jars


def _newest(folder: Path) -> Path | None:
    jars = [jar for jar in folder.glob("*/*.jar") if jar.stem == f"{folder.name}-{jar.parent.name}"]
    return max(jars, default=None, key=lambda jar: _version(jar.parent.name))


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _native(function: UnpackedFunction, places: list[Path]) -> Path:
    """The path of the client's native library, unpacked once for the run."""
    machine = "aarch_64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    name = f"jni/libaws-lambda-jni.linux-{machine}.so"
    target = function.scratch / Path(name).name
    if not target.exists():
        content = next((c for c in (_content(place, name) for place in places) if c), None)
        if content is None or sys.platform != "linux":
            raise HandlerError(function.name, "the Java runtime interface client has no native "
                               f"library for {sys.platform} on {machine}; run on Linux")
        target.write_bytes(content)
    return target


def _content(place: Path, name: str) -> bytes | None:
    if place.is_dir():
        found = place / name
        return found.read_bytes() if found.is_file() else None
    with ZipFile(place) as archive:
        return archive.read(name) if name in archive.namelist() else None
