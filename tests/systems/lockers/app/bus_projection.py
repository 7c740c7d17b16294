"""The projection behind a rule of the bus."""

import views


def handler(event, context):
    """Project one event; one that is none of ours changes nothing."""
    detail = event.get("detail") or {}
    if isinstance(detail.get("locker"), str) and isinstance(detail.get("seq"), int):
        views.project({**detail, "kind": event.get("detail-type")})
