"""Destinations of functions: the places their results go to after asynchronous invocations.

Source: Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations";
CloudFormation reference, AWS::Lambda::EventInvokeConfig DestinationConfig.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.template.describe.feeds import Destination
from harness.template.describe.functions import INVOKE_CONFIG
from harness.template.describe.messaging import read_bus
from harness.template.read.resources import Resources, mapping

DEFAULT_BUS = "default"


def read_destinations(resources: Resources) -> tuple[Destination, ...]:
    """The destinations of successful invocations that are of the template, or a bus."""
    return tuple(found for _, properties in resources.of(INVOKE_CONFIG)
                 for found in _of(properties, resources))


def _of(properties: Mapping[str, Any], resources: Resources) -> Iterator[Destination]:
    function = resources.function(properties.get("FunctionName"))
    success = mapping(mapping(properties.get("DestinationConfig")).get("OnSuccess"))
    value = success.get("Destination")
    if function is None or value is None:
        return
    queue, topic, other = resources.queue(value), resources.topic(value), resources.function(value)
    if queue is not None:
        yield Destination(function, "queue", queue)
    elif topic is not None:
        yield Destination(function, "topic", topic)
    elif resources.bus(value) is not None or "event-bus/" in str(value):
        yield Destination(function, "bus", read_bus(value, resources) or DEFAULT_BUS)
    elif other is not None:
        yield Destination(function, "function", other)


def with_destinations(
    uses: Mapping[str, frozenset[str]], found: tuple[Destination, ...]
) -> Mapping[str, frozenset[str]]:
    """The resources that each function may use, those that its results go to among them."""
    more: dict[str, frozenset[str]] = dict(uses)
    for each in found:
        more[each.function] = more.get(each.function, frozenset()) | {each.target}
    return more
