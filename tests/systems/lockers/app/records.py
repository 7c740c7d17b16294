"""Records of the events table's stream."""

from boto3.dynamodb.types import TypeDeserializer

DESERIALIZER = TypeDeserializer()


def is_event(record):
    """Tell if a record says that an event was stored; stored events do not change."""
    return record["eventName"] == "INSERT"


def event_of(record):
    """The stored event of a record."""
    image = record["dynamodb"]["NewImage"]
    return {name: DESERIALIZER.deserialize(value) for name, value in image.items()}


def number_of(record):
    """The number by which a record is reported."""
    return record["dynamodb"]["SequenceNumber"]
