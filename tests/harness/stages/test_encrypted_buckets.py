"""A function needs rights on the key that encrypts the objects of a bucket."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.history import Called, Queried, Sent
from harness.core.scenario import Scenario, Send
from harness.play.runner import play
from harness.stages.embedded.stage import MotoStage
from harness.template import load
from scenarios.domains.orders import CONTRACT
from tests.miniatures.building import TEMPLATE, Change, Miniature, build

KEY = """  EventKey:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub "arn:aws:iam::${AWS::AccountId}:root"}
            Action: kms:*
            Resource: "*"

"""
SCENARIO = Scenario(tuple(
    Send(f'{{"type": "{type}", "orderId": "~a", {more}}}', key)
    for type, more, key in (
        ("OrderCreated", '"customer": "Ada", "createdAt": "2026-01-01T00:00:00Z"', "one"),
        ("OrderUpdated", '"customer": "Eve", "updatedAt": "2026-01-01T00:00:00Z"', "two"))))


def encrypting(actions: str) -> Miniature:
    """The reference implementation, whose command function may use the bucket's key so far."""
    bus = "              Action: events:PutEvents\n              Resource: !GetAtt EventBus.Arn\n"
    right = (f"            - Effect: Allow\n              Action: [{actions}]\n"
             "              Resource: !GetAtt EventKey.Arn\n")
    read = 'Action: s3:GetObject\n              Resource: !Sub "${EventBucket.Arn}/*"\n'
    return Miniature("encrypting", "", (
        Change(TEMPLATE, "  # The only source of truth", f"{KEY}  # The only source of truth"),
        Change(TEMPLATE, "SSEAlgorithm: AES256",
               "SSEAlgorithm: aws:kms\n              KMSMasterKeyID: !GetAtt EventKey.Arn"),
        Change(TEMPLATE, bus, bus + (right if actions else "")),
        Change(TEMPLATE, read, read + right.replace(actions, "kms:Decrypt") if actions else read),
    ), frozenset())


@pytest.mark.parametrize(("actions", "denied", "statuses"), [
    ("kms:GenerateDataKey, kms:Decrypt", set(), [200, 200]),
    ("kms:*", set(), [200, 200]),
    ("kms:GenerateDataKey", {"kms:Decrypt"}, [200, 503]),
    ("kms:Decrypt", {"kms:GenerateDataKey"}, [503, 404]),
    ("", {"kms:GenerateDataKey"}, [503, 404]),
])
def test_rights_on_the_key(
    actions: str, denied: set[str], statuses: list[int], tmp_path: Path
) -> None:
    """To put an object takes kms:GenerateDataKey, to get it kms:Decrypt."""
    with MotoStage(load(build(encrypting(actions), tmp_path)), CONTRACT.path) as stage:
        history = play(SCENARIO, stage, CONTRACT)
    lacked = {each.denied.split(" on ")[0] for each in history.of(Called) if each.denied}
    assert lacked == denied
    assert [each.response.status for each in history.of(Sent)] == statuses
    shown = [each.response.status for each in history.of(Queried)]
    assert shown == [200 if statuses[0] == 200 else 404]
