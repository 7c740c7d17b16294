"""The template: it deploys, it is locked up, and Lambda finds the code."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

import reference_impl

ROOT = Path(reference_impl.__file__).parent
TEMPLATE = ROOT / "template.yaml"
NOT_SIMULATED = (
    "AWS::ApiGateway::",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Permission",
    "AWS::SQS::QueuePolicy",
)

Template = dict[str, Any]


class ManagedPolicies:
    """The one policy that SAM itself adds, so that functions may log."""

    def load(self) -> dict[str, str]:
        """Return the policy's ARN by its name."""
        name = "AWSLambdaBasicExecutionRole"
        return {name: f"arn:aws:iam::aws:policy/service-role/{name}"}


@pytest.fixture(scope="module")
def translated() -> Template:
    """Return the template as CloudFormation gets it from SAM, with no code to upload."""
    template = yaml_parse(TEMPLATE.read_text())
    del template["Globals"]["Function"]["CodeUri"]
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["InlineCode"] = "handler = print"
    region, os.environ["AWS_DEFAULT_REGION"] = os.environ.get("AWS_DEFAULT_REGION"), "eu-west-1"
    try:
        return transform(template, {}, ManagedPolicies())
    finally:
        restore("AWS_DEFAULT_REGION", region)


def restore(name: str, value: str | None) -> None:
    """Set an environment variable back to what it was."""
    os.environ.pop(name) if value is None else os.environ.update({name: value})


@pytest.fixture
def outputs(translated: Template, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Return the outputs of the stack, created on a simulated AWS as far as that can be done."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    kinds = translated["Resources"].items()
    kept = {k: v for k, v in kinds if not v["Type"].startswith(NOT_SIMULATED)}
    shown = {k: v for k, v in translated["Outputs"].items() if k != "ApiUrl"}
    body = json.dumps({**translated, "Resources": kept, "Outputs": shown})
    with mock_aws():
        stacks = boto3.client("cloudformation", region_name="eu-west-1")
        stacks.create_stack(StackName="s", TemplateBody=body, Capabilities=["CAPABILITY_IAM"])
        (stack,) = stacks.describe_stacks()["Stacks"]
        yield {shown["OutputKey"]: shown["OutputValue"] for shown in stack["Outputs"]}


def statements(translated: Template) -> list[tuple[str, Any, Any]]:
    """Return role, action and resource of all that the functions may do."""
    return [
        (name, statement["Action"], statement["Resource"])
        for name, resource in translated["Resources"].items()
        if resource["Type"] == "AWS::IAM::Role"
        for policy in resource["Properties"].get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def actions(translated: Template, role: str) -> set[str]:
    """Return all actions that a role allows."""
    listed = [a if isinstance(a, list) else [a] for r, a, _ in statements(translated) if r == role]
    return {action for some in listed for action in some}


def test_lint() -> None:
    """cfn-lint finds nothing to say."""
    command = [sys.executable, "-m", "cfnlint", "--regions", "eu-west-1", "--", str(TEMPLATE)]
    assert subprocess.run(command, capture_output=True, text=True).stdout == ""


def test_functions_get_their_settings(outputs: dict[str, str]) -> None:
    """Each function's environment names the resources that the stack made."""
    functions = boto3.client("lambda", region_name="eu-west-1")
    name = outputs["ProjectionFunctionName"]
    settings = functions.get_function_configuration(FunctionName=name)["Environment"]
    assert settings["Variables"] == {
        "DOMAIN": "orders",
        "EVENT_BUCKET": outputs["EventBucketName"],
        "EVENT_SOURCE": "cqrs.orders",
        "TABLE_NAME": outputs["ReadModelTableName"],
    }


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (
            "CommandFunctionRole",
            {"s3:GetObject", "s3:PutObject", "s3:ListBucket", "events:PutEvents"},
        ),
        (
            "ProjectionFunctionRole",
            {"s3:GetObject", "dynamodb:GetItem", "dynamodb:PutItem", "sqs:SendMessage"},
        ),
        ("QueryFunctionRole", {"dynamodb:GetItem"}),
    ],
)
def test_least_privilege(translated: Template, role: str, allowed: set[str]) -> None:
    """A function may do what it does, and the projection's failures may be kept."""
    assert actions(translated, role) == allowed


def test_no_wildcards(translated: Template) -> None:
    """No statement is about all actions or all resources."""
    granted = [(action, resource) for _, action, resource in statements(translated)]
    assert not [pair for pair in granted if "*" in str(pair[0]) or pair[1] == "*"]


def test_code_imports_as_lambda_does() -> None:
    """From the code folder, a function without settings says in one sentence what it needs."""
    command = [sys.executable, "-c", "import lambdas.command"]
    done = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == (
        "lambdas.settings.SettingsError: "
        "set the environment variables EVENT_BUCKET, EVENT_BUS, EVENT_SOURCE"
    )


@pytest.mark.parametrize("name", ["command", "projection", "query"])
def test_handlers_exist(name: str) -> None:
    """Every handler that the template names is a module here."""
    assert f"lambdas.{name}.handler" in TEMPLATE.read_text()
    assert (ROOT / "lambdas" / f"{name}.py").is_file()


class TestAccounts:
    """The second template."""

    def test_same_but_for_the_domain(self) -> None:
        """It is the first one with the other domain's words."""
        types = "AccountOpened, MoneyDeposited, MoneyWithdrawn, AccountClosed"
        text = TEMPLATE.read_text().replace("OrderCreated, OrderUpdated, OrderDeleted", types)
        for orders, accounts in (("order", "account"), ("Order", "Account")):
            text = text.replace(orders, accounts)
        assert (ROOT / "template-accounts.yaml").read_text() == text
