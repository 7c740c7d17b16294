"""The options of the command line and of the pytest plugin, and the marker of a suite's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.explore.profiles import PROFILES

if TYPE_CHECKING:
    import pytest

STAGES = ("moto", "ministack", "localstack", "aws", "http")
MARK = "requirement"
CARRIED = "cqrs"
"""The attribute of a test report that carries a verdict, also between processes."""
OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("stage", {"default": "moto", "choices": STAGES, "help": "where the implementation runs"}),
    ("contract", {"default": "orders", "help": "the contract's name"}),
    ("template", {"default": None, "help": "the implementation's SAM or CloudFormation template"}),
    ("profile", {"default": "quick", "choices": tuple(PROFILES), "help": "how much is tried"}),
    ("requirement", {"action": "append", "default": [], "help": "judge only this requirement"}),
    ("seed", {"type": int, "default": None, "help": "repeat the run that had this seed"}),
    ("strict", {"action": "store_true", "help": "a violated SHOULD fails the run"}),
    ("report-json", {"default": None, "help": "write the report to this file"}),
    ("counterexamples", {"default": None, "metavar": "FOLDER",
                         "help": "where a counterexample is kept as a file "
                                 "(.cqrs-conformance/counterexamples)"}),
    ("quiet-pytest", {"action": "store_true", "help": "lines per requirement, for the command"}),
)
WHOM_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("account", {"action": "append", "default": [], "metavar": "ID",
                 "help": "an AWS account that may be acted in"}),
    ("aws-profile", {"default": None, "metavar": "NAME",
                     "help": "act as this profile of the AWS configuration"}),
    ("role", {"default": None, "metavar": "ARN",
              "help": "the role (or user) that the credentials have to be"}),
)
"""As whom to act on AWS; the command cleanup has them as well."""
AWS_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("stack-name", {"default": None, "metavar": "NAME", "help": "judge this stack on AWS"}),
    ("deploy", {"action": "store_true", "help": "judge a stack of the run's own on AWS"}),
    *WHOM_OPTIONS,
    ("max-requests", {"type": int, "default": None, "metavar": "N",
                      "help": "send no more than that to AWS (50000)"}),
    ("max-minutes", {"type": float, "default": None, "metavar": "N",
                     "help": "send nothing to AWS after that (60)"}),
)
REMOTE_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("base-url", {"default": None, "metavar": "URL", "help": "what stands before the routes"}),
    ("endpoint-url", {"default": None, "metavar": "URL",
                      "help": "where the services of an emulator answer"}),
    ("functions", {"default": "deployed", "choices": ("deployed", "hosted"),
                   "help": "hosted: functions run here, only the services are the stage's"}),
    ("localstack-image", {"default": "localstack/localstack:4.14.0", "metavar": "IMAGE",
                          "help": "started where no LocalStack runs"}),
    *AWS_OPTIONS,
    ("header", {"action": "append", "default": [], "metavar": "NAME:VALUE",
                "help": "send this header along; also from CQRS_HEADERS, one a line"}),
    ("api-key", {"default": None, "metavar": "KEY", "help": "x-api-key; also from CQRS_API_KEY"}),
    ("sigv4", {"default": None, "metavar": "SERVICE",
               "help": "sign with the ambient AWS credentials, for execute-api, say"}),
    ("region", {"default": None, "help": "the region of the stage aws, and to sign for"}),
    ("bearer-command", {"default": None, "metavar": "CMD",
                        "help": "prints a bearer token; run again when that is refused"}),
    ("ca-bundle", {"default": None, "metavar": "FILE", "help": "certificates to trust, as PEM"}),
    ("rate", {"type": float, "default": None, "metavar": "N", "help": "requests a second"}),
    ("concurrency", {"type": int, "default": None, "metavar": "N",
                     "help": "requests at once (16; 4 to an emulator)"}),
    ("request-seconds", {"type": float, "default": 35.0, "metavar": "N",
                         "help": "how long a response may take"}),
    ("settle-seconds", {"type": float, "default": 30.0, "metavar": "N",
                        "help": "how long views may take to converge"}),
    ("replays", {"type": int, "default": 5, "metavar": "N",
                 "help": "how often a failure is played again"}),
)
"""Options of stages that are reached over the network; the command has them as well."""
TELLING = ("contract", "template", "requirement", "report_json", "quiet_pytest", "base_url")
"""Options that say that a suite is meant, so that mistakes in them are told at once."""


def requirement_id(item: pytest.Item) -> str | None:
    """The requirement that a test judges, if it is one of a suite."""
    mark = item.get_closest_marker(MARK)
    return str(mark.args[0]) if mark and mark.args else None
