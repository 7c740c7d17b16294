"""The resources of an evaluated template, found by the texts that name them.

Templates name a function by its Arn, by an alias or version of it, inside the URI that
API Gateway calls, or by its literal name; queues and buses likewise. All of these are
texts here (see tokens.py), in which the resource is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from harness.template.read.tokens import references, texts

FUNCTION: Final = "AWS::Lambda::Function"
QUEUE: Final = "AWS::SQS::Queue"
BUS: Final = "AWS::Events::EventBus"
TOPIC: Final = "AWS::SNS::Topic"
KINESIS: Final = "AWS::Kinesis::Stream"
QUALIFIERS: Final = ("AWS::Lambda::Alias", "AWS::Lambda::Version")


@dataclass(frozen=True, slots=True)
class Resources:
    """The evaluated resources that would be created, by logical id."""

    by_id: Mapping[str, Mapping[str, Any]]

    def of(self, *types: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Logical id and properties of each resource of these types, in the template's order."""
        for logical_id, resource in self.by_id.items():
            if resource.get("Type") in types:
                yield logical_id, mapping(resource.get("Properties"))

    def ids(self, *types: str) -> tuple[str, ...]:
        """The logical ids of these types."""
        return tuple(logical_id for logical_id, _ in self.of(*types))

    def type(self, logical_id: str) -> str:
        """The type of that resource, empty if there is none."""
        return str(mapping(self.by_id.get(logical_id)).get("Type", ""))

    def properties(self, logical_id: str) -> dict[str, Any]:
        """The properties of that resource."""
        return mapping(mapping(self.by_id.get(logical_id)).get("Properties"))

    def function(self, value: Any, depth: int = 0) -> str | None:
        """The function that a value names, through aliases and versions."""
        for name in references(value):
            if self.type(name) == FUNCTION:
                return name
            if self.type(name) in QUALIFIERS and depth < 5:
                return self.function(self.properties(name).get("FunctionName"), depth + 1)
        return self._literally(value, FUNCTION, "FunctionName")

    def queue(self, value: Any) -> str | None:
        """The queue that a value names by ARN, URL, path or name."""
        return self._referred(value, QUEUE) or self._literally(value, QUEUE, "QueueName")

    def bus(self, value: Any) -> str | None:
        """The event bus that a value names."""
        return self._referred(value, BUS) or self._literally(value, BUS, "Name")

    def topic(self, value: Any) -> str | None:
        """The topic that a value names."""
        return self._referred(value, TOPIC) or self._literally(value, TOPIC, "TopicName")

    def stream(self, value: Any) -> str | None:
        """The Kinesis stream that a value names."""
        return self._referred(value, KINESIS) or self._literally(value, KINESIS, "Name")

    def _referred(self, value: Any, type_: str) -> str | None:
        return next((name for name in references(value) if self.type(name) == type_), None)

    def _literally(self, value: Any, type_: str, key: str) -> str | None:
        for logical_id, properties in self.of(type_):
            name = properties.get(key)
            if isinstance(name, str) and name and any(_names(name, t) for t in texts(value)):
                return logical_id
        return None


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def _names(name: str, text: str) -> bool:
    """Tell if the text is the name, or has it as a whole part of an ARN, URL or path."""
    return re.search(rf"(^|[:/]){re.escape(name)}($|[:/\s&\"'])", text) is not None
