"""A template deployed through CloudFormation, wherever that is: AWS or an emulator of it.

The stack is the run's own: its name is new, it carries a tag, and what is made beside it (a bucket
for the code) bears the stack's name. Removing it also removes what the template would retain,
since nothing but the run's own data is in it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from harness.core.clock import Clock, RealClock
from harness.core.errors import StageError
from harness.stages.deployed.cloud import Cloud
from harness.stages.deployed.taken_names import refuse_taken_names
from harness.template import Route, Template
from harness.template.deploy.packaging import package

TAG = "cqrs-conformance"
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
BODY_LIMIT = 51_200
"""Bytes of a template that is sent along; larger ones are read from S3 (CreateStack)."""
PAUSE = 0.25
QUEUE = "AWS::SQS::Queue"
BUCKET = "AWS::S3::Bucket"


def new_name() -> str:
    """A name for what a run makes; also the value of its tag."""
    return f"cqrs-{secrets.token_hex(4)}"


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack: ``physical`` and ``types`` by logical id, ``outputs`` by their key."""

    name: str
    physical: Mapping[str, str]
    types: Mapping[str, str]
    outputs: Mapping[str, str]

    def of(self, type_: str) -> tuple[str, ...]:
        """The logical ids of a resource type."""
        return tuple(name for name, found in self.types.items() if found == type_)

    def named(self, logical_ids: Iterable[str]) -> tuple[str, ...]:
        """The physical names of those resources that the stack has."""
        return tuple(self.physical[name] for name in logical_ids if name in self.physical)


def deploy(
    cloud: Cloud, template: Template, name: str, *, seconds: float, clock: Clock | None = None
) -> Stack:
    """Upload the template's code and create a stack of it; ``remove`` it also when this fails.

    Raises:
        StageError: the stack was refused, failed, or was not complete in time.
        TemplateError: its code is not where the template says.
        NameTaken: an emulator has a resource of a name that the template gives.
    """
    try:
        if cloud.endpoint is not None:
            refuse_taken_names(cloud, template, cloud.endpoint)
        _create_bucket(cloud, name)
        document = package(template, lambda content: _uploaded(cloud, name, content),
                            translate=cloud.endpoint is not None)
        _create(cloud, name, json.dumps(document), template.parameters)
        _await(cloud, name, seconds, clock or RealClock())
        return read(cloud, name)
    except (ClientError, BotoCoreError) as error:
        raise StageError(f"deploying {template.path}", str(error),
                         "see that the template can be deployed there") from error


def _create_bucket(cloud: Cloud, name: str) -> None:
    location = {"CreateBucketConfiguration": {"LocationConstraint": cloud.region}}
    cloud.client("s3").create_bucket(
        Bucket=name, **({} if cloud.region == "us-east-1" else location))
    cloud.client("s3").put_bucket_tagging(
        Bucket=name, Tagging={"TagSet": [{"Key": TAG, "Value": name}]})


def _uploaded(cloud: Cloud, bucket: str, content: bytes) -> tuple[str, str]:
    key = hashlib.sha256(content).hexdigest()
    cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=content)
    return bucket, key


def _create(cloud: Cloud, name: str, body: str, parameters: Mapping[str, str]) -> None:
    cloud.client("cloudformation").create_stack(
        StackName=name, Capabilities=CAPABILITIES, Tags=[{"Key": TAG, "Value": name}],
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        **_body(cloud, name, body))


def _body(cloud: Cloud, bucket: str, body: str) -> dict[str, str]:
    if len(body.encode()) <= BODY_LIMIT:
        return {"TemplateBody": body}
    _, key = _uploaded(cloud, bucket, body.encode())
    s3 = cloud.client("s3")
    return {"TemplateURL": f"{s3.meta.endpoint_url}/{bucket}/{key}"}


def _await(cloud: Cloud, name: str, seconds: float, clock: Clock) -> None:
    deadline = clock.now() + seconds
    while True:
        status = _status(cloud, name)
        if status == "CREATE_COMPLETE":
            return
        if not status.endswith("_IN_PROGRESS") or status.startswith("ROLLBACK"):
            raise StageError(f"stack {name}", f"{status}: {_reason(cloud, name)}",
                             "correct the template for this stage")
        if clock.now() >= deadline:
            raise StageError(f"stack {name}", f"still {status} after {seconds:g} s",
                             "look at its events, or give it more time")
        clock.wait(PAUSE)


def _status(cloud: Cloud, name: str) -> str:
    stacks = cloud.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    return str(stacks[0]["StackStatus"])


def _reason(cloud: Cloud, name: str) -> str:
    """Why the first resource failed, in CloudFormation's words."""
    pages = cloud.client("cloudformation").get_paginator("describe_stack_events")
    events = [e for page in pages.paginate(StackName=name) for e in page["StackEvents"]]
    failed = [e for e in reversed(events) if str(e.get("ResourceStatus")).endswith("_FAILED")]
    if not failed:
        return "no reason given"
    return f"{failed[0]['LogicalResourceId']}: {failed[0].get('ResourceStatusReason', '')}"


def read(cloud: Cloud, name: str) -> Stack:
    """The resources of a stack that exists."""
    client = cloud.client("cloudformation")
    pages = client.get_paginator("list_stack_resources").paginate(StackName=name)
    resources = [r for page in pages for r in page["StackResourceSummaries"]]
    outputs = client.describe_stacks(StackName=name)["Stacks"][0].get("Outputs", [])
    return Stack(
        name=name,
        physical={r["LogicalResourceId"]: r["PhysicalResourceId"] for r in resources
                  if r.get("PhysicalResourceId")},
        types={r["LogicalResourceId"]: r["ResourceType"] for r in resources},
        outputs={o["OutputKey"]: o["OutputValue"] for o in outputs},
    )


def remove(cloud: Cloud, name: str, *, seconds: float, clock: Clock | None = None) -> None:
    """Remove a stack that a run made, with its data and its code; or what there is of it.

    Raises:
        StageError: something of it is left; the reason says what.
    """
    try:
        buckets = (*_buckets(cloud, name), name)
        for bucket in buckets:
            _empty(cloud, bucket)
        cloud.client("cloudformation").delete_stack(StackName=name)
        _await_gone(cloud, name, seconds, clock or RealClock())
        for bucket in buckets:
            remove_bucket(cloud, bucket)
    except (ClientError, BotoCoreError) as error:
        raise StageError(f"removing stack {name}", str(error),
                         "remove it by hand: everything of it has that tag") from error


def _buckets(cloud: Cloud, name: str) -> tuple[str, ...]:
    """The buckets of a stack, none if there is no such stack."""
    try:
        stack = read(cloud, name)
    except ClientError:
        return ()
    return tuple(stack.physical[id] for id in stack.of(BUCKET) if id in stack.physical)


def _empty(cloud: Cloud, bucket: str) -> None:
    s3 = cloud.client("s3")
    try:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            for version in found:
                s3.delete_object(
                    Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
    except s3.exceptions.NoSuchBucket:
        return


def remove_bucket(cloud: Cloud, bucket: str) -> None:
    """Remove a bucket with all that is in it, if it is there."""
    _empty(cloud, bucket)
    s3 = cloud.client("s3")
    try:
        s3.delete_bucket(Bucket=bucket)
    except s3.exceptions.NoSuchBucket:
        return


def _await_gone(cloud: Cloud, name: str, seconds: float, clock: Clock) -> None:
    deadline = clock.now() + seconds
    while True:
        try:
            status = _status(cloud, name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            return  # "Stack with id ... does not exist"
        if status == "DELETE_COMPLETE":
            return
        if status == "DELETE_FAILED" or clock.now() >= deadline:
            raise StageError(f"stack {name}", f"{status}: {_reason(cloud, name)}",
                             "remove it by hand in the console")
        clock.wait(PAUSE)


def api_url(cloud: Cloud, stack: Stack, found: Route) -> str:
    """The URL that stands before a route of the stack's API Gateway.

    Emulators have no domain for each API; both have the path ``/_aws/execute-api``.

    Raises:
        StageError: the route's API is not in the stack, or has no stage.
    """
    if found.own:
        return str(cloud.client("lambda").get_function_url_config(
            FunctionName=stack.physical[found.target])["FunctionUrl"]).rstrip("/")
    api = stack.physical.get(found.gateway, "")
    name = _stage_name(cloud, api, rest=found.api == "rest") if api else None
    if name is None:
        raise StageError(f"stack {stack.name}", f"there is no deployed API with {found}",
                         "see that the template has one, with a stage")
    if cloud.endpoint is not None:
        return f"{cloud.endpoint}/_aws/execute-api/{api}/{name}"
    host = f"https://{api}.execute-api.{cloud.region}.amazonaws.com"
    return host if name == "$default" else f"{host}/{name}"


def _stage_name(cloud: Cloud, api: str, *, rest: bool) -> str | None:
    """The API's stage; not the second one, Stage, that SAM adds to REST APIs."""
    if rest:
        items = cloud.client("apigateway").get_stages(restApiId=api)["item"]
        names = [str(item["stageName"]) for item in items]
    else:
        items = cloud.client("apigatewayv2").get_stages(ApiId=api)["Items"]
        names = [str(item["StageName"]) for item in items]
    return next(iter(sorted(names, key=lambda name: name == "Stage")), None)
