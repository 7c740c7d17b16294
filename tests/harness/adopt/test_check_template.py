"""``check-template`` shows the parts of a system, and each mistake in its three files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from shutil import copytree, ignore_patterns
from textwrap import dedent

import pytest

from tests.harness.adopt.commands import (
    REFERENCE,
    SYSTEMS,
    Ended,
    change,
    system,
    with_its_files,
)

Run = Callable[..., Ended]


@pytest.fixture
def run(cqrs: Run) -> Run:
    """Runs the command."""
    return partial(cqrs, "check-template")


def with_a_cache(folder: Path) -> Path:
    """A system whose query uses a cache."""
    change(folder / "template.yaml", "Handler: queries.get_ticket\n",
           "Handler: queries.get_ticket\n"
           "      Environment: {Variables: {CACHE: !GetAtt Cache.RedisEndpoint.Address}}\n")
    change(folder / "template.yaml", "\nResources:\n",
           "\nResources:\n"
           "  Cache: {Type: AWS::ElastiCache::CacheCluster, Properties: {Engine: redis}}\n")
    return folder


class TestFine:
    @pytest.mark.parametrize("name", ["tickets", "stock", "club"])
    def test_systems(self, run: Run, name: str) -> None:
        """A system with its contract and dialect has no mistake."""
        ended = run(*with_its_files(SYSTEMS / name))
        assert (ended.code, "No mistake found." in ended.out, ended.error) == (0, True, "")

    def test_reference(self, run: Run) -> None:
        """The reference implementation needs no option; its parts are shown."""
        ended = run(REFERENCE)
        lines = [" ".join(line.split()) for line in ended.out.splitlines()]
        assert ended.code == 0
        assert "POST /orders -> CommandFunction commands" in lines
        assert ("ProjectionFunction projection python3.13 lambdas.projection.handler "
                "reference_impl") in " ".join(ended.out.split())
        assert "bucket EventBucket" in lines

    def test_speakers(self, run: Run) -> None:
        """A route is shown with the commands that the dialect sends there."""
        ended = run(*with_its_files(SYSTEMS / "club"))
        line = next(line for line in ended.out.splitlines() if "POST /rpc" in line)
        assert line.split()[3:] == ["RpcFunction", "MemberJoined,", "PointsEarned,", "MemberLeft"]

    def test_not_judged(self, run: Run) -> None:
        """Requirements that the dialect leaves out are listed with the line that is missing."""
        ended = run(*with_its_files(SYSTEMS / "tickets"))
        assert ('CMD-06, CMD-07: skipped: needs "$key" in every command\'s headers, query or body '
                "in the dialect") in ended.out


class TestElsewhere:
    def test_other_view(self, run: Run, tmp_path: Path) -> None:
        """A view that only another contract asks for is told."""
        folder = system("tickets", tmp_path)
        text = (folder / "dialect.toml").read_text("utf-8")
        query = '\n[queries.history]\nroute = "GET /v1/tickets/{id}"\n'
        (folder / "dialect.toml").write_text(text + query, "utf-8")
        ended = run(*with_its_files(folder))
        told = 'no requirement judges the view of [queries.history]: run a contract with query'
        assert (ended.code, told in ended.out) == (0, True)

    def test_other_events(self, run: Run, tmp_path: Path) -> None:
        """Another table of events, of which a stream tells as well, is told."""
        folder = system("lockers", tmp_path)
        template = folder / "stream.yaml"
        table = template.read_text("utf-8").partition("  EventsTable:\n")[2].partition("\n\n")[0]
        change(template, "      Events:\n        Stored:\n", """\
      Events:
        Others:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt OthersTable.StreamArn
            StartingPosition: LATEST
        Stored:
""")
        change(template, "  EventsTable:\n", f"  OthersTable:\n{table}\n\n  EventsTable:\n")
        ended = run(str(template), *with_its_files(folder)[1:])
        told = "[events] names EventsTable, so no requirement judges the events in OthersTable"
        assert (ended.code, told in ended.out) == (0, True)


class TestMistakes:
    @pytest.mark.parametrize(("file", "old", "new", "expected"), [
        ("dialect.toml", 'route = "POST /v1/tickets"', 'route = "POST /tickets"',
         "commands.TicketOpened.route in dialect {folder}/dialect.toml: expected a route"),
        ("dialect.toml", '"EventsTable"', '"Events"', "events.table in dialect"),
        ("template.yaml", "Runtime: python3.13", "Runtime: cobol85",
         "function OpenTicketFunction: expected a runtime of nodejs, python, provided, java, got "
         "cobol85;"),
        ("template.yaml", "CodeUri: app", "CodeUri: nowhere",
         "function OpenTicketFunction: expected its code at {folder}/nowhere, got nothing there"),
        ("template.yaml", "commands.open_ticket", "comands.open_ticket",
         "function OpenTicketFunction: expected comands.py in its code {folder}/app"),
        ("template.yaml", "BUS: !Ref Bus", "BUS: !Ref Buss",
         "template {folder}/template.yaml, Globals: expected a reference to something that is "
         "there, got Buss; did you mean Bus?"),
    ])
    def test_found(
        self, run: Run, tmp_path: Path, file: str, old: str, new: str, expected: str
    ) -> None:
        """Each mistake is exit 2, and one sentence that names its place."""
        folder = system("tickets", tmp_path)
        change(folder / file, old, new)
        ended = run(*with_its_files(folder))
        wanted = expected.format(folder=folder)
        assert ended.code == 2
        assert [m for m in ended.mistakes if m.startswith(wanted)], ended.out

    def test_all_at_once(self, run: Run, tmp_path: Path) -> None:
        """One mistake hides no other."""
        folder = system("tickets", tmp_path)
        change(folder / "dialect.toml", '"POST /v1/tickets"', '"POST /tickets"')
        change(folder / "dialect.toml", '"DELETE /v1/tickets/{id}"', '"DELETE /tickets/{id}"')
        ended = run(*with_its_files(folder))
        assert [m.split()[0] for m in ended.mistakes] == [
            "commands.TicketOpened.route", "commands.TicketClosed.route"]

    def test_stream(self, run: Run, tmp_path: Path) -> None:
        """A projection that gets windows of a stream is refused by name, as a run does."""
        folder = system("tickets", tmp_path)
        change(folder / "template.yaml", dedent("""\
            Type: EventBridgeRule
                      Properties:
                        EventBusName: !Ref Bus
                        Pattern:
                          source: [tickets]"""), dedent("""\
            Type: Kinesis
                      Properties:
                        Stream: !GetAtt Shards.Arn
                        TumblingWindowInSeconds: 30
                        StartingPosition: LATEST"""))
        change(folder / "template.yaml", "Resources:\n", """\
Resources:
  Shards:
    Type: AWS::Kinesis::Stream
    Properties: {ShardCount: 1}
""")
        change(folder / "dialect.toml", "server_ids",
               'projection = "ProjectionFunction"\nserver_ids')
        ended = run(*with_its_files(folder))
        assert ended.code == 2
        told = "ProjectionFunction, started by the stream of Shards in tumbling windows"
        assert told in ended.mistakes[0]

    def test_other_store(self, run: Run, tmp_path: Path) -> None:
        """A function that uses a store that is not imitated is named."""
        folder = with_a_cache(system("tickets", tmp_path))
        ended = run(*with_its_files(folder))
        assert ended.mistakes == [
            "function GetTicketFunction: it uses Cache, AWS::ElastiCache::CacheCluster, which the "
            "embedded stage does not imitate; judge the deployed stack, for example with --stage "
            "aws"]

    def test_other_store_in_a_run(self, tmp_path: Path) -> None:
        """A run on the embedded stage says so too, before anything is judged."""
        folder = with_a_cache(system("tickets", tmp_path))
        path, *options = with_its_files(folder)
        done = subprocess.run(
            [sys.executable, "-m", "cqrs_conformance", "run", "--template", path, *options],
            capture_output=True, text=True, check=False)
        assert (done.returncode, "it uses Cache, AWS::ElastiCache" in done.stderr) == (2, True)

    def test_template_of_another_contract(self, run: Run) -> None:
        """Without a contract the message says which was taken, and how to write one."""
        ended = run(SYSTEMS / "tickets")
        assert ended.code == 2
        assert "The contract is orders, the default." in ended.out
        assert "cqrs-conformance adopt --template" in ended.out

    def test_no_template(self, run: Run, tmp_path: Path) -> None:
        """A file that is not there is a usage error."""
        ended = run(tmp_path / "none.yaml")
        assert (ended.code, ended.out, ended.error[:6]) == (2, "", "ERROR:")

    def test_handler_in_typescript(self, run: Run, tmp_path: Path) -> None:
        """Source that has to be built first is named."""
        (tmp_path / "src").mkdir()
        (tmp_path / "src" / "app.ts").write_text("export const handler = 1;\n", "utf-8")
        (tmp_path / "template.yaml").write_text(dedent("""\
            Resources:
              F:
                Type: AWS::Lambda::Function
                Properties: {Runtime: nodejs22.x, Handler: app.handler, Code: src}
            """), "utf-8")
        ended = run(tmp_path)
        assert any("build it first" in mistake for mistake in ended.mistakes), ended.out

    def test_handler_in_another_folder(self, run: Run, tmp_path: Path) -> None:
        """A file of the handler's name that lies elsewhere in the code is named."""
        (tmp_path / "src" / "lib").mkdir(parents=True)
        for name in ("app.js", "app.ts", "lib/app.js"):
            (tmp_path / "src" / name).write_text("exports.handler = 1;\n", "utf-8")
        (tmp_path / "template.yaml").write_text(dedent("""\
            Resources:
              F:
                Type: AWS::Lambda::Function
                Properties: {Runtime: nodejs22.x, Handler: src/app.handler, Code: src}
            """), "utf-8")
        ended = run(tmp_path)
        assert any("got no such file (but app.js);" in each for each in ended.mistakes), ended.out


class TestRoleWithoutRoute:
    SETTINGS = '[tool.cqrs-conformance]\ncommand = "CommandFunction"\nquery = "QueryFunction"\n'

    def without_route(self, folder: Path) -> Path:
        """The reference implementation, whose command function is named, and has another path."""
        copy = copytree(REFERENCE, folder / "copy", ignore=ignore_patterns("__pycache__"))
        (copy / "pyproject.toml").write_text(self.SETTINGS, "utf-8")
        change(copy / "template.yaml", "Path: /orders\n", "Path: /purchases\n")
        return copy / "template.yaml"

    def test_check(self, run: Run, tmp_path: Path) -> None:
        """A role that settings name, without a route, is a mistake."""
        ended = run(self.without_route(tmp_path))
        assert ended.code == 2
        assert "expected a route POST /orders" in ended.mistakes[0]

    def test_run(self, tmp_path: Path) -> None:
        """A run says so too: it neither answers 404 itself nor blames the system."""
        done = subprocess.run(
            [sys.executable, "-m", "cqrs_conformance", "run", "--profile", "smoke",
             "--template", str(self.without_route(tmp_path))],
            capture_output=True, text=True, check=False)
        assert (done.returncode, "expected a route POST /orders" in done.stderr) == (2, True)
