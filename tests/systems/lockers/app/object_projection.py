"""The projection behind the notifications of the events bucket, which a topic carries."""

import json
from urllib.parse import unquote_plus

import object_store
import views


def handler(event, context):
    """Project the objects that were created."""
    for told in event["Records"]:
        for record in json.loads(told["Sns"]["Message"]).get("Records", []):
            if record["eventName"].startswith("ObjectCreated:"):
                place = record["s3"]
                key = unquote_plus(place["object"]["key"])
                views.project(object_store.read(place["bucket"]["name"], key))
