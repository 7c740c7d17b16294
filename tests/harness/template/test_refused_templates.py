"""A template that cannot be read is refused in one sentence."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.template import (
    NotATemplate,
    ParameterInvalid,
    TemplateError,
    TemplateNotFound,
    TemplateUnreadable,
    TranslationFailed,
    load,
)
from tests.harness.template.example_templates import FUNCTION, SAM_HTTP, Load, resources

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
DOUBLING: Any = "x"
for _ in range(40):
    DOUBLING = {"Fn::Sub": ["${A}${A}", {"A": DOUBLING}]}
CONDITIONS = {f"C{i}": {"Fn::And": [{"Condition": f"C{i + 1}"}] * 2} for i in range(60)}
SAM_FUNCTION = "Resources: {F: {Type: AWS::Serverless::Function, Properties: "


class TestMistakes:
    """Each mistake gives one sentence."""

    @pytest.mark.parametrize(
        ("content", "error", "message"),
        [
            ("", NotATemplate, "an empty file"),
            ("- a", NotATemplate, "a list"),
            ("just text", NotATemplate, "a str"),
            ("a: 1", NotATemplate, "expected a section Resources, got none"),
            ("Resources: {}", NotATemplate, "an empty one"),
            ("Resources: [1]", NotATemplate, "a list in its place"),
            ("Resources: {A: 1}", NotATemplate, "resource A"),
            ("a: [", TemplateUnreadable, "line"),
            ("a:\n\t- b", TemplateUnreadable, "no tabs"),
            ('{"a": 1, "a": 2}', TemplateUnreadable, "'a' twice"),
            ('{"Resources": {]', TemplateUnreadable, "(line 1)"),
            ("a: 1\n---\nb: 2", TemplateUnreadable, "document"),
            ("a: !!python/object:os.system x", TemplateUnreadable, "constructor"),
            ("a: !!binary eA==", TemplateUnreadable, "bytes"),
            ("a: &a [*a]", TemplateUnreadable, "alias to itself"),
            (BOMB, TemplateUnreadable, "aliases that expand"),
            ("[" * 100_000, TemplateUnreadable, "too deep"),
            ("- " * 100_000, TemplateUnreadable, "nesting deeper"),
            ("a: " + "9" * 100_000, TemplateUnreadable, "digits"),
            ("a: " + "x" * 1_000_001, TemplateUnreadable, "a larger file"),
            (
                {"Resources": {"F": FUNCTION, "B": {"Type": "x", "P": DOUBLING}}},
                NotATemplate,
                "texts",
            ),
            (
                {
                    "Conditions": {"C": {"Fn::Not": [{"Condition": "C"}]}},
                    "Resources": {"B": {"Type": "x", "Condition": "C"}},
                },
                NotATemplate,
                "depends on itself",
            ),
            (f"{SAM_FUNCTION}{{Runtime: python3.12, CodeUri: [1]}}}}}}", TranslationFailed, "[F]"),
            (f"{SAM_FUNCTION}[1]}}}}", TranslationFailed, "F"),
        ],
    )
    def test_content(
        self,
        given_template: Load,
        content: str | dict[str, Any],
        error: type[TemplateError],
        message: str,
    ) -> None:
        """Content that is no template is refused, without a hang."""
        with pytest.raises(error) as caught:
            given_template(content)
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_conditions_do_not_multiply(self, given_template: Load) -> None:
        """Conditions that name each other twice are decided once each."""
        bucket = {"Type": "AWS::S3::Bucket", "Condition": "C0"}
        document = {"Conditions": {**CONDITIONS, "C60": {"Fn::Equals": [1, 1]}}}
        assert given_template({**document, **resources(B=bucket)}).buckets == ("B",)

    def test_a_binary_file(self, tmp_path: Path) -> None:
        """Bytes that are no text are refused."""
        (tmp_path / "t.yaml").write_bytes(b"\x89PNG\xff\xfe\x00")
        with pytest.raises(TemplateUnreadable, match="not UTF-8"):
            load(tmp_path / "t.yaml")

    @pytest.mark.parametrize(
        ("asked", "there", "message"),
        [
            ("templat.yml", "template.yaml", "did you mean template.yaml?"),
            ("x.json", "template.yml", "did you mean template.yml?"),
            ("x.json", "notes.txt", "no such file"),
            ("no/folder/x", "notes.txt", "does not exist either"),
            (".", "stack.json", "stack.json?"),
            ("a\0b", "notes.txt", "no such file"),
            ("a" * 5000, "notes.txt", "too long"),
        ],
    )
    def test_no_such_file(self, tmp_path: Path, asked: str, there: str, message: str) -> None:
        """A missing file is named, with the one that was probably meant."""
        (tmp_path / there).write_text("")
        with pytest.raises(TemplateNotFound) as caught:
            load(tmp_path / asked)
        assert message in str(caught.value)

    @pytest.mark.parametrize("name", ["template.yaml", "template.yml", "template.json"])
    def test_a_folder(self, tmp_path: Path, name: str) -> None:
        """A folder stands for the template in it."""
        (tmp_path / name).write_text(json.dumps(resources()))
        assert load(tmp_path).path == tmp_path / name

    def test_parameters(self, given_template: Load) -> None:
        """A parameter without a value, and a value without a parameter, are named."""
        document = {"Parameters": {"Vpc": {"Type": "String"}}, **resources()}
        with pytest.raises(ParameterInvalid, match=r'parameter Vpc: .*such as Vpc = "\.\.\."'):
            given_template(document)
        with pytest.raises(ParameterInvalid, match="did you mean Vpc"):
            given_template(document, Vpx="1")

    def test_fields(self, given_template: Load) -> None:
        """The sentence is also there as data."""
        with pytest.raises(NotATemplate) as caught:
            given_template("a: 1")
        error = caught.value
        assert (error.expected, error.got) == ("a section Resources", "none")

    def test_no_region_and_no_profile(
        self, given_template: Load, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Translation asks neither AWS nor its configuration."""
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
        monkeypatch.setenv("AWS_PROFILE", "does-not-exist")
        assert given_template(SAM_HTTP).routes


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["Ref", "F", ".", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Ref", "Fn::Sub", "Fn::If", "Fn::GetAtt", "x"]), inner)
    ),
    max_leaves=6,
)
PLACES = [
    "AWS::Lambda::Function Code Handler Timeout Layers Environment FunctionName",
    "AWS::Serverless::Function CodeUri Handler Events Runtime Policies",
    "AWS::ApiGateway::RestApi Body BodyS3Location",
    "AWS::ApiGateway::Method RestApiId ResourceId HttpMethod Integration",
    "AWS::ApiGateway::Resource PathPart ParentId",
    "AWS::ApiGatewayV2::Route RouteKey Target ApiId",
    "AWS::Events::Rule EventPattern EventBusName Targets State",
    "AWS::Lambda::EventSourceMapping EventSourceArn FunctionName BatchSize FunctionResponseTypes",
    "AWS::SQS::Queue QueueName FifoQueue",
    "AWS::DynamoDB::GlobalTable GlobalSecondaryIndexes",
]


@st.composite
def odd_templates(draw: st.DrawFn) -> dict[str, Any]:
    """A template with a nonsensical value in each place that is read."""
    entries = {}
    for number, place in enumerate(draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3))):
        type_, *keys = place.split()
        properties = {key: draw(JSON) for key in keys if draw(st.booleans())}
        entries[f"R{number}"] = {"Type": type_, "Properties": draw(st.just(properties) | JSON)}
    sections = {name: draw(JSON) for name in ("Parameters", "Conditions", "Globals", "Mappings")}
    chosen = {name: value for name, value in sections.items() if draw(st.booleans())}
    return {**chosen, **resources(**entries)}


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(document=odd_templates())
def test_nothing_but_template_errors(given_template: Load, document: dict[str, Any]) -> None:
    """Any template is read, or refused in one sentence."""
    with suppress(TemplateError):
        json.dumps(given_template(document).body)
