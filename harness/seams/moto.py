"""moto: its request hook, its stores, and work that it repeats for every call.

moto documents ``mock_aws`` and the services that it imitates. The harness also stands between
botocore and moto, reads what moto has stored, and corrects two answers.
"""

from __future__ import annotations

import json
import random
import string
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from harness.seams.cpython import module_of_caller
from harness.seams.seam import Seam

LIBRARY = "moto"
STUBBER = "moto.core.botocore_stubber:BotocoreStubber"
HOOK = Seam(LIBRARY, STUBBER, "__call__")
ANSWER = Seam(LIBRARY, STUBBER, "process_request")
BACKEND = Seam(LIBRARY, "moto.backends", "get_backend")
RANDOM = Seam(LIBRARY, "moto.moto_api._internal", "mock_random")
MANAGED_POLICIES = Seam(LIBRARY, "moto.iam.aws_managed_policies", "aws_managed_policies_data")
KEY_HASH = Seam(LIBRARY, "moto.dynamodb.models.dynamo_type:DynamoType", "__hash__")
KEY_ERROR = Seam(LIBRARY, "moto.dynamodb.exceptions", "ProvidedKeyDoesNotExist")
DYNAMODB_ERROR = Seam(LIBRARY, "moto.dynamodb.exceptions", "DynamodbException")
TRANSACTION = Seam(LIBRARY, "moto.dynamodb.responses:DynamoHandler", "transact_write_items")
CREATION = Seam(LIBRARY, "moto.cloudformation.parsing", "parse_and_create_resource")
"""Its variable ``logical_id`` names the resource that is being created."""
NEEDED = (HOOK, ANSWER, BACKEND, RANDOM, KEY_HASH, KEY_ERROR, DYNAMODB_ERROR, TRANSACTION)
"""The seams of every run; the policies are read only when a role names one."""

PURE_FUNCTIONS = (
    Seam(LIBRARY, "moto.core.responses", "method_names_from_class"),
    Seam(LIBRARY, "moto.core.utils", "create_loader"),
    Seam(LIBRARY, "moto.backends", "_import_backend"),
)
"""Functions whose results depend on their arguments alone: a loader's are the SDK's data."""
MEMBER = Seam(LIBRARY, "moto.core.serialize:ResponseSerializer", "get_value")
URLS = Seam(LIBRARY, "moto.core.base_backend:BaseBackend", "urls")
RANDOM_STRING = Seam(
    LIBRARY, "moto.moto_api._internal.moto_random:MotoRandom", "get_random_string")
ACCOUNT_OF_KEY = Seam(LIBRARY, "moto.iam.models", "get_account_id_from")
"""Looks through the keys of all accounts, of which the embedded stage has one."""
DEFAULT_ACCOUNT = Seam(LIBRARY, "moto.core", "DEFAULT_ACCOUNT_ID")
VISIT = Seam(LIBRARY, "moto.iam.models", "mark_account_as_visited")
"""Keeps when a key was last used, which nothing asks here."""
PATTERNS = Seam(LIBRARY, "moto.backend_index", "backend_url_patterns")
"""The patterns of all services in the order in which each request's address is tried on them."""
TEMPLATE = Seam(LIBRARY, "moto.cloudformation.models:Stack", "parse_template")
RESOURCE = Seam(LIBRARY, "moto.utilities.utils", "load_resource")
OFFERINGS = "resources/instance_type_offerings/"
"""A file for each region and kind of place, which moto reads when CloudFormation is imported."""
SPEEDUPS = (*PURE_FUNCTIONS, URLS, RANDOM_STRING, MEMBER, PATTERNS, TEMPLATE, ACCOUNT_OF_KEY,
            VISIT, RESOURCE)
OFTEN = ("s3", "dynamodb", "events", "sqs")
"""The services that are called most. No address of another service has their hosts' form."""

Perform = Callable[[], AWSResponse | None]
Handle = Callable[[str, AWSPreparedRequest, Perform], AWSResponse | None]
"""Takes the name of botocore's event, the request, and what moto would do with it."""
TOKEN_REUSED = "IdempotentParameterMismatchException"


@contextmanager
def requests_handled_by(handle: Handle) -> Iterator[None]:
    """Have ``handle`` answer the requests of every client while the context lasts.

    moto answers all of botocore's requests from one hook. aiobotocore awaits the answer, which
    moto does not give as a coroutine, so that its requests go on to the network.
    """
    original = HOOK.value()

    def handled(
        stubber: Any, event_name: str, request: AWSPreparedRequest, **named: Any
    ) -> AWSResponse | None:
        if module_of_caller().startswith("aiobotocore."):
            return None
        return handle(event_name, request, lambda: original(stubber, event_name, request, **named))

    with HOOK.replaced(handled):
        yield


def answer_to(request: AWSPreparedRequest) -> tuple[int, Mapping[str, Any], str | bytes] | None:
    """Status, headers and body of moto's answer; None if moto does not know the service."""
    found: tuple[int, Mapping[str, Any], str | bytes] | None = _answer()(request)
    return found


@cache
def _answer() -> Any:
    return getattr(ANSWER.owner()(), ANSWER.name)


def buckets(account: str) -> dict[str, Any]:
    """The buckets of an account, by name."""
    found: dict[str, Any] = BACKEND.value()("s3")[account]["aws"].buckets
    return found


def table(name: str, account: str, region: str) -> Any:
    """A DynamoDB table; None where there is none of that name."""
    return BACKEND.value()("dynamodb")[account][region].tables.get(name)


def remove_all_items(table: Any) -> None:
    """Empty a table."""
    table.items = defaultdict(dict)


def purge_queues(account: str, region: str) -> None:
    """Forget the messages in every queue."""
    for queue in BACKEND.value()("sqs")[account][region].queues.values():
        queue._messages = []  # purge_queue does it once a minute only
        queue._pending_messages = set()


def event_buses(account: str, region: str) -> dict[str, Any]:
    """The event buses, by name, with their rules."""
    found: dict[str, Any] = BACKEND.value()("events")[account][region].event_buses
    return found


def seed_names(seed: int) -> None:
    """Let the names that a template leaves open follow from a seed."""
    RANDOM.value().seed(seed)


def resource_that_failed(error: BaseException) -> str:
    """The logical id of the resource that CloudFormation was creating; empty if it is not known."""
    found, trace = "", error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_name == CREATION.name:
            found = str(trace.tb_frame.f_locals.get("logical_id", ""))
        trace = trace.tb_next
    return found


def managed_policy(name: str) -> Any:
    """The document of a policy that AWS manages; None if moto does not know it."""
    return json.loads(MANAGED_POLICIES.value()).get(name, {}).get("Document")


@contextmanager
def refusing_keys_of_wrong_type() -> Iterator[None]:
    """Refuse a key that is a list or a map as DynamoDB does; moto fails to look for it.

    Source: DynamoDB Developer Guide, "Error handling": ValidationException, the provided key
    element does not match the schema.
    """
    original, refused = KEY_HASH.value(), KEY_ERROR.value()

    def hashed(value: Any) -> int:
        try:
            return int(original(value))
        except TypeError:
            raise refused from None

    with KEY_HASH.replaced(hashed):
        yield


@contextmanager
def repeating_transactions(done: dict[str, Any]) -> Iterator[None]:
    """Answer a transaction whose token came before as DynamoDB does; moto would do it again.

    Source: DynamoDB API reference, TransactWriteItems, ClientRequestToken. An SDK gives each
    transaction a token, so that its own retry after a lost response meets no condition.
    ``done`` keeps the items and the answer of each token.
    """
    original, error = TRANSACTION.value(), DYNAMODB_ERROR.value()

    def once(handler: Any) -> Any:
        token, items = handler.body.get("ClientRequestToken"), handler.body["TransactItems"]
        if token not in done:
            answer = original(handler)
            done.update({token: (items, answer)} if token else {})
            return answer
        before, answer = done[token]
        if items != before:
            raise error(TOKEN_REUSED, "the token belongs to another transaction")
        return answer

    with TRANSACTION.replaced(once):
        yield


def urls_made_once() -> property:
    """Make ``BaseBackend.urls``, which builds the URL patterns of a service only once."""
    original: Any = URLS.value()
    known: dict[type[Any], Any] = {}

    def urls(backend: Any) -> Any:
        if type(backend) not in known:
            known[type(backend)] = original.fget(backend)
        return known[type(backend)]

    return property(urls)


def patterns_of_frequent_services_first() -> list[tuple[str, Any]]:
    """The patterns of addresses, those of the services that are called most in front."""
    patterns: list[tuple[str, Any]] = PATTERNS.value()
    return sorted(patterns, key=lambda each: each[0] not in OFTEN)


def one_account() -> Callable[[str], str]:
    """Make ``get_account_id_from``: every key is the one account's."""
    account: str = DEFAULT_ACCOUNT.value()
    return lambda access_key: account


def visit_nothing(**_: Any) -> None:
    """Keep nothing, in place of ``mark_account_as_visited``."""


def offerings_of(region: str) -> Callable[..., Any]:
    """Make ``load_resource``, which leaves the offerings of other regions unread."""
    original = RESOURCE.value()

    def load(*asked: str) -> Any:
        folder, _, name = asked[-1].rpartition("/")
        elsewhere = OFFERINGS in f"{folder}/" and name.partition(".")[0] != region
        return [] if elsewhere else original(*asked)

    return load


def json_before_yaml() -> staticmethod[[str], Any]:
    """Make ``Stack.parse_template``, which reads JSON as YAML, a hundred times as slowly."""
    original = TEMPLATE.value()

    def parsed(template: str) -> Any:
        try:
            return json.loads(template)
        except ValueError:
            return original(template)

    return staticmethod(parsed)


def members_looked_up_once() -> Callable[[Any, Any, str, Any], Any]:
    """Make ``ResponseSerializer.get_value``, which tries many names for each member of an answer.

    The names that a member of a dict may have depend on its shape alone.
    """
    original, known = MEMBER.value(), dict[tuple[type, str, int], tuple[Any, tuple[str, ...]]]()

    def names_of(serializer: Any, key: str, shape: Any) -> tuple[str, ...]:
        picker = serializer._value_picker
        at = type(picker), key, id(shape)
        if at not in known:
            asked = SimpleNamespace(obj={}, key=key, shape=shape)
            known[at] = shape, tuple(picker.get_possible_keys(asked))
        return known[at][1]

    def get_value(serializer: Any, value: Any, key: str, shape: Any) -> Any:
        if type(value) is not dict or serializer._value_picker.response_transformers:
            return original(serializer, value, key, shape)
        if key in value:
            return value[key]
        names = names_of(serializer, key, shape)
        return next((value[name] for name in names if name in value), None)

    return get_value


def random_string(
    chance: random.Random, length: int = 20, include_digits: bool = True, lower_case: bool = False
) -> str:
    """Draw all letters at once, where moto draws them one by one for each answer's id."""
    pool = string.ascii_letters + (string.digits if include_digits else "")
    text = "".join(chance.choices(pool, k=length))
    return text.lower() if lower_case else text
