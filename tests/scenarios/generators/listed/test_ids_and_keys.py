"""Listed ids and keys: similar ones meet, for both contracts."""



from harness.core.contract import Contract
from harness.core.json_values import parse_json
from harness.core.scenario import (
    Send,
)
from scenarios.generators.hostile import NEAR_KEYS
from scenarios.generators.listed import ids_and_keys
from tests.scenarios.decisions import BOTH, accepted


@BOTH
def test_reused_keys(contract: Contract) -> None:
    """Every type's command comes first, and its key with other commands, member by member."""
    scenarios = ids_and_keys.reused_keys(contract)
    assert len(scenarios) >= len(contract.types)
    for scenario in scenarios:
        keyed = [parse_json(s.body) for s in scenario.steps if isinstance(s, Send) and s.key]
        changed = {name for other in keyed for name in other.keys() | keyed[0].keys()
                   if other["type"] == keyed[0]["type"] and other.get(name) != keyed[0].get(name)}

        assert {other["type"] for other in keyed} == set(contract.types)
        assert changed == set(contract.types[keyed[0]["type"]])


@BOTH
def test_refused_with_keys(contract: Contract) -> None:
    """A refused command is sent twice with its key, and twice more when it would be accepted."""
    (scenario,) = [s for s in ids_and_keys.retries(contract)
                   if isinstance(s.steps[0], Send) and not accepted(contract, s)[0]]
    first, again, *_ = scenario.steps

    assert first == again
    assert scenario.steps.count(first) == 4


@BOTH
def test_many_keys(contract: Contract) -> None:
    """Similar keys are used on one aggregate, and so are more keys than a page has events."""
    used: dict[str, set[str]] = {}
    for scenario in ids_and_keys.retries(contract):
        for step in (s for s in scenario.steps if isinstance(s, Send) and s.key):
            used.setdefault(parse_json(step.body)[contract.id_member], set()).add(str(step.key))

    assert max(map(len, used.values())) == ids_and_keys.MANY_KEYS
    assert all(any(keys >= set(near) for keys in used.values()) for near in NEAR_KEYS)


@BOTH
def test_special_ids(contract: Contract) -> None:
    """Every special id has a command that the rules accept, in an empty system."""
    (scenario,) = ids_and_keys.special_ids(contract)
    sent = [parse_json(s.body)[contract.id_member] for s in scenario.steps if isinstance(s, Send)]

    assert scenario.fresh
    assert all(accepted(contract, scenario))
    assert sent == list(contract.special_ids)


@BOTH
def test_a_page(contract: Contract) -> None:
    """At last there are more aggregates than a page has, in a system without others."""
    *_, scenario = ids_and_keys.colliding_ids(contract)
    ids = {parse_json(s.body)[contract.id_member] for s in scenario.steps if isinstance(s, Send)}

    assert scenario.fresh
    assert all(accepted(contract, scenario))
    assert len(ids) > 100


@BOTH
def test_snapshots(contract: Contract) -> None:
    """Ids begin that read like some which have ten events already."""
    *_, scenario, _ = ids_and_keys.colliding_ids(contract)
    sent = [parse_json(s.body)[contract.id_member] for s in scenario.steps if isinstance(s, Send)]
    begun = sent.index("~a")

    assert all(accepted(contract, scenario))
    assert [sent[:begun].count(id) for id in ("~A", "~a-1")] == [10, 10]
    assert sent.count("~a") == 1
