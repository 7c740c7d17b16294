"""A Hypothesis state machine over the same handlers, as one would write it without the harness.

It resets moto for every example, sends commands that the orders contract accepts, delivers each
event once and in order, and compares the views with a model's in the end. It makes no faults and
looks neither at the event store nor at the bus.
"""

from typing import Any

import boto3
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from moto import mock_aws

from benchmarks.bare import Handlers
from harness.core.commands import Accepted
from harness.core.contract import Contract
from harness.core.json_values import to_json
from harness.stages.controlled.provisioning import REGION

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

        @rule(order_id=IDS, choice=st.integers(0, 1), values=st.fixed_dictionaries(members))
        def command(self, order_id: str, choice: int, values: dict[str, Any]) -> None:
            state = self._states.get(order_id, contract.initial)
            commands = [{"type": kind, "orderId": order_id, **own} for kind, own in values.items()]
            legal = [c for c in commands if isinstance(contract.decide(state, c), Accepted)]
            chosen = legal[choice % len(legal)]
            assert handlers.send(to_json(chosen)) == 200
            self._states[order_id] = contract.evolve(state, chosen)
            sent[-1] += 1

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
