"""What one would write without the harness: a Hypothesis state machine over the same handlers.

It resets moto for every example, sends the orders contract's own commands, delivers each event once
and in order, and compares the views with a dictionary in the end. No faults, no store, no bus.
"""

from typing import Any

import boto3
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from moto import mock_aws

from benchmarks.bare import Handlers
from harness.contract import Contract, to_json
from harness.stages.deployment import REGION

IDS = st.sampled_from(("a", "b", "c"))


def run(handlers: Handlers, contract: Contract, *, examples: int, steps: int) -> tuple[int, int]:
    """Run the machine; gives how many commands it sent, in how many examples."""
    sent: list[int] = []
    bucket, table = handlers.environment["EVENT_BUCKET"], handlers.environment["TABLE_NAME"]
    bus = handlers.environment["EVENT_BUS"]
    session = boto3.Session("testing", "testing", region_name=REGION)
    members = {kind: _members(contract, kind) for kind in contract.types}

    class Orders(RuleBasedStateMachine):
        """Orders come, change and go; in the end every view is as the commands say."""

        def __init__(self) -> None:
            super().__init__()
            self._mock = mock_aws()
            self._mock.start()
            s3, dynamodb, events = map(session.client, ("s3", "dynamodb", "events"))
            s3.create_bucket(Bucket=bucket)
            dynamodb.create_table(
                TableName=table, BillingMode="PAY_PER_REQUEST",
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
            events.create_event_bus(Name=bus)
            self._states: dict[str, Any] = {}
            sent.append(0)

        def _send(self, kind: str, order_id: str, values: dict[str, Any]) -> None:
            command = {"type": kind, "orderId": order_id, **values}
            sent[-1] += 1
            if handlers.send(to_json(command)) == 200:
                state = self._states.get(order_id, contract.initial)
                self._states[order_id] = contract.evolve(state, command)

        @rule(order_id=IDS, values=members["OrderCreated"])
        def create(self, order_id: str, values: dict[str, Any]) -> None:
            self._send("OrderCreated", order_id, values)

        @rule(order_id=IDS, values=members["OrderUpdated"])
        def update(self, order_id: str, values: dict[str, Any]) -> None:
            self._send("OrderUpdated", order_id, values)

        @rule(order_id=IDS)
        def delete(self, order_id: str) -> None:
            self._send("OrderDeleted", order_id, {})

        def teardown(self) -> None:
            for order_id, state in self._states.items():
                assert handlers.view(order_id) == contract.view(state)
            self._mock.stop()

    configured = settings(
        max_examples=examples, stateful_step_count=steps, database=None, deadline=None,
        derandomize=True, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Orders, settings=configured)
    return sum(sent), len(sent)


def _members(contract: Contract, kind: str) -> st.SearchStrategy[dict[str, Any]]:
    valid = {name: member.valid for name, member in contract.types[kind].items()}
    optional = {n for n, member in contract.types[kind].items() if not member.required}
    return st.fixed_dictionaries(
        {name: values for name, values in valid.items() if name not in optional},
        optional={name: valid[name] for name in optional})
