"""The projection that another function invokes."""

import views


def handler(envelope, context):
    """Project the event of an envelope; one that is none of ours changes nothing."""
    told = envelope.get("event") or {}
    if isinstance(told.get("locker"), str) and isinstance(told.get("seq"), int):
        views.project(told)
