"""SQS as older SDKs ask it: forms become JSON, and answers in JSON become XML."""

import json
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, fromstring

import pytest

from harness.aws.sdk_requests import AwsRequest, read_request
from harness.aws.sqs_forms import as_xml, is_form, with_json
from harness.core.http import RawRequest, RawResponse

HOST = ("Host", "sqs.us-east-1.amazonaws.com")
QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/tasks"
ATTRIBUTE = {"MessageAttribute.1.Name": "kind", "MessageAttribute.1.Value.DataType": "String",
             "MessageAttribute.1.Value.StringValue": "x&y"}
WRITTEN = {"MessageAttributes": {"kind": {"DataType": "String", "StringValue": "x&y"}}}


def asked(form: dict[str, str], target: str = "/", **headers: str) -> AwsRequest:
    """A request that a process sends with that form."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return read_request(RawRequest(
        "POST", target, (HOST, *named), urlencode(form).encode()), "us-east-1")


def document(request: AwsRequest) -> object:
    """The JSON that a form stands for."""
    return json.loads(with_json(request).prepared.body)


def xml(operation: str, status: int, answer: object, **headers: str) -> Element:
    """An answer as the client of a form gets it, without the namespace."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    body = as_xml(operation, RawResponse(status, named, json.dumps(answer).encode())).body
    return fromstring(body.decode().partition(' xmlns="')[0]
                      + body.decode().partition('/2012-11-05/"')[2])


class TestRequests:
    def test_a_message(self) -> None:
        """Texts, numbers and attributes stand in a form of one level."""
        form = {"Action": "SendMessage", "QueueUrl": QUEUE, "MessageBody": "", "DelaySeconds": "5"}
        assert document(asked(form | ATTRIBUTE)) == {
            "QueueUrl": QUEUE, "MessageBody": "", "DelaySeconds": 5, **WRITTEN}

    def test_a_batch(self) -> None:
        """Entries are counted from one."""
        entries = {f"SendMessageBatchRequestEntry.{number}.{name}": value
                   for number, id in ((1, "a"), (2, "b"))
                   for name, value in {"Id": id, "MessageBody": id, **ATTRIBUTE}.items()}
        assert document(asked({"Action": "SendMessageBatch", "QueueUrl": QUEUE} | entries)) == {
            "QueueUrl": QUEUE, "Entries": [
                {"Id": id, "MessageBody": id, **WRITTEN} for id in ("a", "b")]}

    def test_names_of_attributes(self) -> None:
        """A list of names has the name of one."""
        form = {"Action": "GetQueueAttributes", "AttributeName.1": "QueueArn"}
        assert document(asked(form)) == {"AttributeNames": ["QueueArn"]}

    def test_the_queue_in_the_path(self) -> None:
        """Version 1 of the SDK for Java names the queue by the path alone."""
        form = {"Action": "SendMessage", "MessageBody": "x"}
        assert document(asked(form, "/123456789012/tasks")) == {
            "QueueUrl": QUEUE, "MessageBody": "x"}

    def test_goes_on_as_json(self) -> None:
        """The target names the operation, as a client of today's does."""
        sent = with_json(asked({"Action": "ListQueues"}, Content_Type="x")).prepared
        assert (sent.headers["X-Amz-Target"], sent.headers["Content-Type"]) == (
            "AmazonSQS.ListQueues", "application/x-amz-json-1.0")

    @pytest.mark.parametrize(("action", "headers"), [
        ("", {"X_Amz_Target": "AmazonSQS.SendMessage"}), ("Unheard", {})])
    def test_others(self, action: str, headers: dict[str, str]) -> None:
        """JSON, and an operation that SQS does not have, are no forms."""
        assert not is_form(asked({"Action": action}, **headers))


class TestAnswers:
    def test_a_result(self) -> None:
        """Members stand in the operation's result."""
        found = xml("SendMessage", 200, {"MessageId": "1", "MD5OfMessageBody": "<"})
        assert found.findtext("SendMessageResult/MessageId") == "1"
        assert found.findtext("SendMessageResult/MD5OfMessageBody") == "<"

    def test_a_batch(self) -> None:
        """Each entry stands for itself, done or failed."""
        found = xml("SendMessageBatch", 200, {
            "Successful": [{"Id": "a"}, {"Id": "b"}],
            "Failed": [{"Id": "c", "SenderFault": False, "Code": "x"}]})
        [result] = found.findall("SendMessageBatchResult")
        assert [(each.tag, each.findtext("Id")) for each in result] == [
            ("SendMessageBatchResultEntry", "a"), ("SendMessageBatchResultEntry", "b"),
            ("BatchResultErrorEntry", "c")]
        assert result.findtext("BatchResultErrorEntry/SenderFault") == "false"

    def test_a_map(self) -> None:
        """A map has an element for each name and its value."""
        found = xml("GetQueueAttributes", 200, {"Attributes": {"QueueArn": "arn"}})
        assert found.findtext("GetQueueAttributesResult/Attribute/Name") == "QueueArn"
        assert found.findtext("GetQueueAttributesResult/Attribute/Value") == "arn"

    def test_nothing(self) -> None:
        """An operation without a result has no such element."""
        assert [each.tag for each in xml("DeleteMessage", 200, {})] == ["ResponseMetadata"]

    @pytest.mark.parametrize(("status", "headers", "told"), [
        (403, {}, ("Sender", "AccessDenied")), (500, {}, ("Receiver", "AccessDenied")),
        (400, {"x_amzn_query_error": "AWS.SimpleQueueService.NonExistentQueue;Sender"},
         ("Sender", "AWS.SimpleQueueService.NonExistentQueue"))])
    def test_an_error(self, status: int, headers: dict[str, str], told: tuple[str, str]) -> None:
        """An error has a type, a code that may have another name in forms, and its message."""
        said = {"__type": "com.amazonaws.sqs#AccessDenied", "message": "no"}
        found = xml("SendMessage", status, said, **headers)
        assert (found.findtext("Error/Type"), found.findtext("Error/Code")) == told
        assert found.findtext("Error/Message") == "no"
