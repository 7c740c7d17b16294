"""API-01 to API-13: what clients may rely on at the front door."""

from __future__ import annotations

import pytest

from harness.entry.conform import Conform


@pytest.mark.cqrs_requirement("API-01")
def test_valid_commands_are_accepted(conform: Conform) -> None:
    """Threat: a valid command is refused for what it contains, or answered with no object.

    Expectation: whatever the rules accept gets 2xx and a JSON object.
    """
    conform()


@pytest.mark.cqrs_requirement("API-02")
def test_views_are_exactly_the_contracts(conform: Conform) -> None:
    """Threat: the query drops, renames or re-encodes members, or sends another content type.

    Expectation: 200, application/json and the contract's view.
    """
    conform()


@pytest.mark.cqrs_requirement("API-03")
def test_unknown_ids_are_not_found(conform: Conform) -> None:
    """Threat: an id nobody ever used gives an empty view, a neighbour's or an error.

    Expectation: 404.
    """
    conform()


@pytest.mark.cqrs_requirement("API-04")
def test_bodies_that_are_no_object_are_refused(conform: Conform) -> None:
    """Threat: a body that is empty, no JSON or no object crashes the function or is stored.

    Expectation: 400, and nothing happens.
    """
    conform()


@pytest.mark.cqrs_requirement("API-05")
def test_unknown_types_are_refused(conform: Conform) -> None:
    """Threat: a type that the contract does not know falls through to some default.

    Expectation: 4xx, and nothing happens.
    """
    conform()


@pytest.mark.cqrs_requirement("API-06")
def test_bad_members_are_refused(conform: Conform) -> None:
    """Threat: a missing, ill-typed or out-of-range member is stored and breaks readers later.

    Expectation: 4xx, and nothing happens.
    """
    conform()


@pytest.mark.cqrs_requirement("API-07")
def test_what_the_rules_refuse_is_refused(conform: Conform) -> None:
    """Threat: a command on an aggregate in the wrong state is accepted, or answered with 5xx.

    Expectation: 4xx, and nothing happens.
    """
    conform()


@pytest.mark.cqrs_requirement("API-08")
def test_hostile_ids_reach_nothing(conform: Conform) -> None:
    """Threat: an id with separators, encodings or great length reaches another's data.

    Expectation: 4xx, never 5xx, and no other aggregate is touched.
    """
    conform()


@pytest.mark.cqrs_requirement("API-09")
def test_oversized_commands_are_refused_or_handled(conform: Conform) -> None:
    """Threat: a command too big for the bus is stored first and then lost.

    Expectation: refused before anything is stored, or handled in full.
    """
    conform()


@pytest.mark.cqrs_requirement("API-10")
def test_errors_disclose_nothing(conform: Conform) -> None:
    """Threat: an error reply carries exception text, a path or a resource's name.

    Expectation: no response of any kind does.
    """
    conform()


@pytest.mark.cqrs_requirement("API-11")
def test_base64_bodies_are_decoded(conform: Conform) -> None:
    """Threat: API Gateway passes a body base64-encoded and it is read as it stands.

    Expectation: it is read as what it encodes.
    """
    conform()


@pytest.mark.cqrs_requirement("API-12")
def test_unknown_members_go_nowhere(conform: Conform) -> None:
    """Threat: mass assignment, a client's own member ends in the view or sets version or id.

    Expectation: refused or dropped.
    """
    conform()


@pytest.mark.cqrs_requirement("API-13")
def test_no_server_errors(conform: Conform) -> None:
    """Threat: some order of valid commands and queries runs into an unhandled case.

    Expectation: without faults there is never a 5xx.
    """
    conform()
