"""Faults of the shop's baskets."""

from __future__ import annotations

from tests.miniatures.building import Change
from tests.systems.building import fault

BASKETS, PROJECTION, QUERIES = "app/baskets.py", "app/projection.py", "app/queries.py"

BROKEN = (
    fault("takes_any_product", "An item is taken whose product is not there.",
          Change(BASKETS, "if not whole or product not in shop[\"stock\"]:", "if not whole:"),
          fails="API-06", may_fail="API-13 PRJ-01 QRY-03 CMD-02"),
    fault("puts_into_ordered", "An item is put into a basket that is ordered.",
          Change(BASKETS, 'if items[-1]["type"] == "BasketOrdered":',
                 'if items[-1]["type"] == kind == "BasketOrdered":'),
          fails="API-07", may_fail="CMD-02 CMD-04 PRJ-01 CMD-01"),
    fault("is_never_full", "An item is put into a basket that has the most it may have.",
          Change(BASKETS, '(kind == "ItemPut" and len(lines) == MOST) or ', ""),
          fails="API-07", may_fail="CMD-02 CMD-04 PRJ-01 CMD-01"),
    fault("shows_one_price", "Each line shows the price of the first product.",
          Change(QUERIES, "PRODUCT#{line['productId']}",
                 "PRODUCT#{found['lines'][0]['productId']}"),
          fails="PRJ-01", may_fail="API-02 QRY-03"),
    fault("drops_second_of_product", "A second line of the same product is not shown.",
          Change(PROJECTION,
                 'lines = [item["data"] for item in items if item["type"] == "ItemPut"]',
                 'lines = list({item["data"]["productId"]: item["data"] for item in items\n'
                 '                  if item["type"] == "ItemPut"}.values())'),
          fails="PRJ-01", may_fail="API-02 QRY-03"),
)
