"""Faults of the guests."""

from __future__ import annotations

from tests.miniatures.building import Change
from tests.systems.building import fault

APP = "app/guests.py"

BROKEN = (
    fault("keeps_first_name", "A second name is not shown.",
          Change(APP, '"SET #name = :name"', '"SET #name = if_not_exists(#name, :name)"'),
          fails="PRJ-01", may_fail="API-02 CMD-04"),
    fault("stores_one_of_two", "The event of a name takes the place of the one before.",
          Change(APP, 'at = f"{datetime.now(UTC).isoformat()}-{uuid.uuid4()}"',
                 'at = happened["what"]["S"]'),
          fails="CMD-01 CMD-08", may_fail="CMD-04 CMD-05"),
    fault("event_per_millisecond", "Of two events of a guest in one millisecond one is lost.",
          Change(APP, 'at = f"{datetime.now(UTC).isoformat()}-{uuid.uuid4()}"',
                 'at = datetime.now(UTC).isoformat(timespec="milliseconds")'),
          fails="CMD-05", may_fail="CMD-01 CMD-04 CMD-08"),
    fault("shows_on_its_own", "A query makes the guest that it looks for.",
          Change(APP, '    item = found.get("Item")\n',
                 '    item = found.get("Item")\n    CLIENT.put_item(TableName=GUESTS, '
                 'Item=item or {"guestId": {"S": guest}})\n'),
          fails="QRY-01", may_fail="API-03"),
)
