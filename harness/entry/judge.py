"""The judge of a run: the contract, the implementation, and the campaign on its stage.

It knows nothing of pytest. The mistakes of a user show in ``check``, before anything runs.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.adopt.other_stores import users_of_other_stores
from harness.adopt.survey import unusable
from harness.core import contract_registry as registry
from harness.core.contract import Contract
from harness.core.errors import HarnessError, StageError, UserMistake
from harness.core.history import Role
from harness.core.verdict import Verdict
from harness.dialect import Dialect
from harness.dialect.words import OwnWords
from harness.entry import baseline, reports
from harness.entry.options import RunOptions
from harness.entry.selection import selected
from harness.entry.stage_options import (
    check_door,
    check_options,
    check_reachable,
    repeated,
    runs_template,
    settings_of,
)
from harness.entry.stage_setup import Opened, RunSetup
from harness.entry.stages import open_stage
from harness.explore.campaign import Campaign
from harness.explore.counterexample_files import DEFAULT_FOLDER, FileError, Origin, save
from harness.explore.counterexample_files import document as counterexample
from harness.explore.profiles import PROFILES
from harness.report.scenario_text import render_steps
from harness.report.terminal import render_counterexample
from harness.stages.deployed import settings
from harness.stages.deployed.cloud import aws_errors
from harness.stages.embedded.systems import dialect_of
from harness.stages.participants import Participants, participants
from harness.template import (
    Template,
    load,
    refuse_dead_ends,
    refuse_relays,
    refuse_unreached,
)


@dataclass(frozen=True, slots=True)
class Told:
    """The story of a failure, a sentence for each step, and the commands that show it again."""

    text: str
    steps: tuple[str, ...]
    commands: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The members of a report's counterexample."""
        return {"story": self.text.splitlines(), "steps": list(self.steps),
                "reproduce": list(self.commands)}


class Judge:
    """The contract, the implementation and the stage of one run, each found when first needed.

    ``tell`` shows the user a sentence right away.
    """

    def __init__(self, options: RunOptions, tell: Callable[[str], None]) -> None:
        self.options, self._tell = options, tell
        self._contract: Contract | None = None
        self._wanted: tuple[str, ...] = ()
        self.accepted: Mapping[str, str] = {}
        """The requirements whose failure a baseline accepts, with the reasons."""
        self._template: Template | None = None
        self._dialect: list[Dialect | None] = []
        self._opened: Opened | None = None
        self.failure: HarnessError | None = None
        """The error that the stage could not be opened with."""

    @property
    def contract(self) -> Contract:
        """The contract to judge by.

        Raises:
            ContractError: there is none of that name, or no such requirement in it.
            BaselineError: the baseline cannot be read.
        """
        if self._contract is None:
            found = registry.find_contract(self.options.contract)
            self._wanted = selected(found, self.options.requirement, self.options.exclude)
            given = self.options.baseline
            self.accepted = baseline.read(Path(given), found) if given else {}
            self._contract = found
        return self._contract

    @property
    def wanted(self) -> Sequence[str]:
        """The requirements that the user wants judged: those named, or all, but those excluded."""
        _ = self.contract
        return self._wanted

    @property
    def remote(self) -> bool:
        """Tell whether the implementation runs elsewhere; its template may be unknown then."""
        return self.options.stage != "moto"

    def template(self) -> Template | None:
        """Return the template of the implementation; None for a black box.

        Raises:
            TemplateError: it cannot be read.
            ContractError: none is given, and the contract comes with none.
        """
        given = self.options.template
        if self._template is None and (given or runs_template(self.options)):
            path = Path(given) if given else registry.reference_template(self.contract)
            self._template = load(path)
        return self._template

    def dialect(self) -> Dialect | None:
        """Return the dialect of the implementation; None for the default.

        Raises:
            DialectError, TemplateError: it cannot be used.
        """
        if not self._dialect:
            found = dialect_of(self.template(), self.contract, self.options.dialect)
            self._dialect.append(found)
        return self._dialect[0]

    def settings(self) -> settings.Settings:
        """Return the settings of a stage reached over the network.

        Raises:
            SettingsError: an option cannot be used.
        """
        return settings_of(self.options)

    def check(self, *, processes: bool) -> None:
        """Find a user's mistakes before anything runs; ``processes``: pytest starts workers.

        Raises:
            UserMistake: there is one.
        """
        template, dialect = self.template(), self.dialect()
        parts = None if template is None else participants(template, self.contract.path, dialect)
        if dialect is not None:
            check_reachable(dialect, self.options)
        self._check_stage(template, parts)
        if self.remote and processes:
            raise settings.SettingsError(
                "-n", "one process plays many scenarios at once there",
                "give --concurrency instead")
        reports.check(self.options)

    def _check_stage(self, template: Template | None, parts: Participants | None) -> None:
        check_options(self.options)
        hosted = self.options.functions == "hosted"
        if template is not None and parts is not None and (hosted or not self.remote):
            roles = parts.functions(Role.COMMAND), parts.functions(Role.PROJECTION)
            refuse_relays(template, self.contract.path, roles, imitates=not hosted)
            refuse_unreached(template, parts.roles)
            refuse_dead_ends(template, *roles)
            taking_part = [f for f in template.functions if f.logical_id in parts.roles]
            for problem in unusable(template, taking_part):
                raise UserMistake(problem)
        if template is not None and parts is not None and not self.remote:
            for problem in users_of_other_stores(template.path, tuple(parts.roles)):
                raise UserMistake(problem)
        if self.remote:
            self.settings()
            if parts is not None and not hosted:
                check_door(parts)

    def campaign(self, requirements: Sequence[str] = ()) -> Campaign:
        """Return the campaign of this process; the first call opens its stage.

        Raises:
            HarnessError: there is no stage to play on.
        """
        if self.failure is not None:
            raise self.failure
        if self._opened is None:
            self._opened = self._open(requirements)
        return self._opened.campaign

    def _open(self, requirements: Sequence[str]) -> Opened:
        try:
            setup = RunSetup(
                self.contract, self.template(), PROFILES[self.options.profile],
                self.options.set_seed, tuple(sorted(requirements)) or tuple(self.wanted),
                self._tell, dialect=self.dialect())
            for warning in setup.template.warnings if setup.template else ():
                self._tell(warning)
            return open_stage(setup, self.options)
        except HarnessError as error:
            self.failure = error
            raise

    def close(self) -> str | None:
        """End the stage; return what it could not remove, which does not change a verdict."""
        if self._opened is None:
            return None
        try:
            with aws_errors(f"--stage {self.options.stage}"):
                self._opened.close()
        except StageError as error:
            return str(error)
        return None

    def known_divergences(self) -> Sequence[dict[str, str]]:
        """Return the divergences of the stage that the run has taken into account."""
        return () if self._opened is None else self._opened.campaign.known_divergences()

    def implementation(self) -> str | None:
        """Return the implementation for a report: its template, or the stack that it is."""
        if self.options.stage == "aws" and self.options.stack_name:
            return f"stack {self.options.stack_name}"
        template = self.template()
        return None if template is None else str(template.path)

    def command(self, *requirement_ids: str) -> str:
        """Return the command line that shows a failure again."""
        given = self.options
        words = ["cqrs-conformance", "run", "--contract", given.contract]
        words += ["--template", given.template] if given.template else []
        words += ["--dialect", given.dialect] if given.dialect else []
        if self.remote:
            words += ["--stage", given.stage, *settings.shown(self.settings()), *repeated(given)]
        words += ["--profile", given.profile, "--requirement", *requirement_ids,
                  "--seed", str(given.set_seed)]
        return shlex.join([*words, *(["--strict"] if given.strict else []), "--no-known"])

    def told(self, found: Verdict, *requirement_ids: str) -> Told:
        """Save the counterexample of a violated requirement and return the requirement's story.

        ``requirement_ids``: those whose generators meet it in another run, if any do.
        """
        assert found.counterexample is not None
        dialect = self.dialect()
        again = (self.command(*requirement_ids),) if requirement_ids else ()
        commands = (*again, self._saved(found))
        words = None if dialect is None else OwnWords(dialect, self.contract)
        text = render_counterexample(
            self.contract, found.requirement, found.counterexample, *commands, words=words)
        steps = render_steps(self.contract, found.counterexample.scenario,
                             found.counterexample.history, words)
        return Told(text, tuple(steps), commands)

    def _saved(self, found: Verdict) -> str:
        """Return the command that plays the saved counterexample."""
        assert found.counterexample is not None
        given = self.options
        origin = Origin(given.contract, given.template, found.requirement.id, given.stage,
                        given.set_seed, given.dialect)
        folder = Path(given.counterexamples or DEFAULT_FOLDER)
        try:
            path = save(folder, counterexample(origin, found.counterexample))
        except FileError as error:
            return f"(not by a file: {error})"
        return shlex.join(["cqrs-conformance", "replay", str(path)])
