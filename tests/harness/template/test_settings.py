"""The settings override the template."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.template import (
    SettingsInvalid,
    commands_function,
    load,
    projection_functions,
    query_function,
)
from tests.harness.template.example_templates import SAM_HTTP, SAM_REST, Load, resources


class TestSettings:
    """The table of settings overrides the template."""

    def test_roles_and_parameters(self, given_template: Load, tmp_path: Path) -> None:
        """Named functions and parameters override the template."""
        (tmp_path / "pyproject.toml").write_text(
            "[tool.cqrs-conformance]\ncommand='Query'\nquery='Command'\nprojection='Command'\n"
            "[tool.cqrs-conformance.parameters]\nStage='prod'\nRetention=7"
        )
        found = given_template(SAM_REST)
        assert commands_function(found, "/x").logical_id == "Query"
        assert query_function(found, "/x").logical_id == "Command"
        assert [f.logical_id for f in projection_functions(found)] == ["Command"]
        assert (found.parameters["Stage"], found.parameters["Retention"]) == ("prod", "7")

    @pytest.mark.parametrize("text", ["command='F'", "[tool.cqrs-conformance]\ncommand='F'"])
    def test_own_file_in_a_folder_above(self, tmp_path: Path, text: str) -> None:
        """cqrs-conformance.toml takes the keys at the top level or in the table."""
        folder = tmp_path / "service" / "deep"
        folder.mkdir(parents=True)
        (tmp_path / "service" / "pyproject.toml").write_text("[project]\nname='x'")
        (tmp_path / "cqrs-conformance.toml").write_text(text)
        (folder / "template.json").write_text(json.dumps(resources()))
        assert load(folder).settings.command == "F"

    def test_not_beyond_the_repository(self, given_template: Load, tmp_path: Path) -> None:
        """The search ends at the repository's root."""
        (tmp_path / "cqrs-conformance.toml").write_text("command='F'")
        repository = tmp_path / "repository"
        (repository / ".git").mkdir(parents=True)
        (repository / "template.json").write_text(json.dumps(resources()))
        assert load(repository).settings.command is None

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("comand='F'", "did you mean command?"),
            ("unknown=1", "parameters, command, query, projection"),
            ("command=1", "command to be a function's logical id"),
            ("projection=[1]", "projection to be"),
            ("parameters=1", "parameters to be a table"),
            ("x=", "expected TOML"),
            ("tool.cqrs-conformance=1", "to be a table"),
        ],
    )
    def test_mistakes(self, given_template: Load, tmp_path: Path, text: str, message: str) -> None:
        """Unknown keys and wrong types are named, with the keys there are."""
        (tmp_path / "cqrs-conformance.toml").write_text(text)
        with pytest.raises(SettingsInvalid) as caught:
            given_template(resources())
        assert message in str(caught.value)

    @pytest.mark.parametrize(("file", "text"), [
        ("pyproject.toml", "[tool.cqrs_conformance]\ncommand='F'"),
        ("pyproject.toml", "[tool.CQRS-Conformance]\ncommand='F'"),
        ("cqrs_conformance.toml", "command='F'"),
    ])
    def test_a_misspelled_name(
        self, given_template: Load, tmp_path: Path, file: str, text: str
    ) -> None:
        """A table or file that only the spelling keeps from being read is told."""
        (tmp_path / file).write_text(text)
        with pytest.raises(SettingsInvalid, match="expected the name cqrs-conformance"):
            given_template(resources())

    def test_an_unknown_function(self, given_template: Load, tmp_path: Path) -> None:
        """A logical id that the template does not have is an error that lists those it has."""
        (tmp_path / "cqrs-conformance.toml").write_text("command='Comand'")
        with pytest.raises(SettingsInvalid, match=r"Command, Query.*did you mean Command\?"):
            commands_function(given_template(SAM_HTTP), "/orders")
