"""moto can create the part of a template that the harness needs."""

from __future__ import annotations

import json
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from harness.template import (
    Template,
)
from tests.harness.template.example_templates import (
    PLAIN,
    QUEUES,
    SAM_HTTP,
    SAM_REST,
    Load,
    resources,
)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An AWS of moto's, for one test."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield


def created(template: Template) -> dict[str, str]:
    """Physical ids by logical id, once moto has created the template's body."""
    client = boto3.client("cloudformation", "us-east-1")
    client.create_stack(StackName="stack", TemplateBody=json.dumps(template.body))
    found = client.describe_stack_resources(StackName="stack")["StackResources"]
    return {r["LogicalResourceId"]: r.get("PhysicalResourceId", "") for r in found}


@pytest.mark.usefixtures("aws")
class TestDeploying:
    """moto can create the body, which leaves out the resources that the harness replaces."""

    @pytest.mark.parametrize("content", [SAM_REST, SAM_HTTP, PLAIN, QUEUES])
    def test_everything_in_the_body_is_created(self, given_template: Load, content: str) -> None:
        """Moto creates the whole body, and no function of the template is missing."""
        found = given_template(content)
        names = set(created(found))
        assert names == set(found.body["Resources"])
        assert names.issuperset({f.logical_id for f in found.functions})

    def test_what_the_harness_does_itself_is_not_created(self, given_template: Load) -> None:
        """No API, permission, event source mapping or custom resource is in the body."""
        types = {r["Type"] for r in given_template(SAM_REST).body["Resources"].values()}
        assert not {t for t in types if "ApiGateway" in t or "Custom" in t or "Mapping" in t}
        assert "AWS::Lambda::Permission" not in types

    def test_environments_are_resolved(self, given_template: Load) -> None:
        """A function's environment has physical names, and texts for what does not exist."""
        names = created(given_template(SAM_REST))
        client = boto3.client("lambda", "us-east-1")
        found = client.get_function_configuration(FunctionName=names["Command"])
        assert found["Environment"]["Variables"] == {
            "BUCKET": "events-123456789012-dev",
            "TABLE": names["ReadModel"],
            "BUS": "orders-dev",
            "PORT": "8080",
            "FLAG": "true",
            "API": "https://ServerlessRestApi.execute-api.us-east-1.amazonaws.com/Prod/",
            "QUEUE": names["Inbox"],
            "NAMED": "/some/name",
            "HOST": "commandurl.invalid",
            "SHARED": "shared-value",
        }

    def test_rules_are_created_on_their_bus(self, given_template: Load) -> None:
        """A rule's pattern and targets are there, also on a bus from outside the template."""
        created(given_template(SAM_REST))
        client = boto3.client("events", "us-east-1")
        rule = client.list_rules(EventBusName="outside")["Rules"][0]
        found = client.list_targets_by_rule(Rule=rule["Name"], EventBusName="outside")
        assert (rule["EventPattern"], [t["Id"] for t in found["Targets"]]) == (
            '{"source": ["orders"]}',
            ["q", "f"],
        )


def test_buses_first(given_template: Load) -> None:
    """A rule may name its bus by an ARN, which says nothing of the order; buses come first."""
    arn = {"Fn::Sub": "arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/told"}
    found = given_template(resources(
        R={"Type": "AWS::Events::Rule",
           "Properties": {"EventBusName": arn, "EventPattern": {"source": ["s"]}}},
        B={"Type": "AWS::Events::EventBus", "Properties": {"Name": "told"}}))
    assert next(iter(found.body["Resources"])) == "B"
