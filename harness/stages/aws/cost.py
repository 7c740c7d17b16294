"""The likely cost of a run, before it begins.

Prices are list prices of us-east-1 in US dollars, without free tiers, discounts and taxes. AWS's
own tables (https://aws.amazon.com/pricing/) are filled in by scripts, so each was looked up in a
text that quotes it: Lambda (x86; arm64 costs less) in AWS's whitepaper "How AWS Pricing Works",
DynamoDB (on demand, since it was halved in November 2024) in airbyte.com "Amazon DynamoDB Pricing"
(July 2025), API Gateway (REST) in awsforengineers.com "AWS API Gateway Pricing Explained" (May
2025), EventBridge (custom events) in cloudburn.io "Amazon EventBridge Pricing" (March 2026), S3
Standard in c3x.dev "S3 request fees explained", CloudWatch Logs in go-cloud.io "AWS API Gateway
Pricing" (2026). What one request uses is what the reference implementation was seen to use, rounded
up; other implementations differ by a small factor, which is why the sum is no more than an order
of magnitude.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PRICES: Mapping[str, float] = {
    "api": 3.50e-6,
    "invocation": 0.20e-6,
    "gb_second": 16.6667e-6,
    "s3_write_or_list": 5.0e-6,
    "s3_read": 0.4e-6,
    "event": 1.00e-6,
    "table_write": 0.625e-6,
    "table_read": 0.125e-6,
    "log_kb": 0.5e-6,
}
"""Dollars for one of each."""
COMMAND: Mapping[str, float] = {
    "api": 1, "invocation": 2, "gb_second": 0.1, "s3_write_or_list": 3, "s3_read": 8, "event": 1,
    "table_write": 1, "table_read": 2, "log_kb": 2,
}
"""A command and its projection: 512 MB for 100 ms each, and a history of a few events."""
READ: Mapping[str, float] = {
    "api": 1, "invocation": 1, "gb_second": 0.025, "table_read": 1, "log_kb": 1,
}
PLAY: Mapping[str, float] = {
    "s3_write_or_list": 4, "s3_read": 5, "table_read": 3, "event": 1, "invocation": 1,
}
"""The requests of the harness itself to stores and bus, as they were counted on a stack."""


@dataclass(frozen=True, slots=True)
class Planned:
    """The requests of a run, if nothing fails: a failure is played again some dozens of times."""

    plays: int
    commands: int
    reads: int

    @property
    def requests(self) -> int:
        """All of it, with the harness's own looks behind the door."""
        return self.commands + self.reads + sum(map(int, PLAY.values())) * self.plays

    @property
    def dollars(self) -> float:
        """The price of the requests."""
        return (self.commands * _price(COMMAND) + self.reads * _price(READ)
                + self.plays * _price(PLAY))

    def __str__(self) -> str:
        return (f"about {self.requests} requests ({self.commands} commands, {self.reads} reads) "
                f"in {self.plays} scenarios, for about ${max(self.dollars, 0.01):.2f} at list "
                "prices; more if something fails and is played again")


def _price(used: Mapping[str, float]) -> float:
    return sum(PRICES[what] * number for what, number in used.items())
