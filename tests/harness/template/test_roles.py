"""The template's routes and rules give functions their roles."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.template import (
    RoleNotFound,
    commands_function,
    projection_functions,
    query_function,
)
from tests.harness.template.example_templates import QUEUES, SAM_HTTP, SAM_REST, Load


class TestRoles:
    """The functions that take commands, answer queries and project."""

    def test_from_routes_and_rules(self, given_template: Load) -> None:
        """POST leads to the command, GET to the query, rules to the projection."""
        found = given_template(SAM_REST)
        assert commands_function(found, "/orders").logical_id == "Command"
        assert query_function(found, "/orders").logical_id == "Query"
        assert [f.logical_id for f in projection_functions(found)] == ["Projection"]

    def test_through_queues(self, given_template: Load) -> None:
        """A queue behind the route, or behind the rule, leads to the function it feeds."""
        found = given_template(QUEUES)
        assert commands_function(found, "/orders").logical_id == "Command"
        assert [f.logical_id for f in projection_functions(found)] == ["Projection"]

    def test_errors_name_what_was_found(self, given_template: Load) -> None:
        """A missing role names the routes there are, and how to name the function."""
        found = given_template(SAM_HTTP)
        none = replace(found, routes=tuple(r for r in found.routes if r.path == "/orders"))
        with pytest.raises(RoleNotFound, match=r"behind POST /accounts, got .*/orders"):
            commands_function(none, "/accounts")
        with pytest.raises(RoleNotFound, match=r"behind GET /accounts/\{id\}"):
            query_function(none, "/accounts")
        with pytest.raises(RoleNotFound, match="got no rules at all"):
            projection_functions(none)

    def test_a_queue_that_feeds_nothing(self, given_template: Load) -> None:
        """A queue behind the route must feed a function."""
        found = replace(given_template(QUEUES), feeds=())
        with pytest.raises(RoleNotFound, match="fed by the queue Commands"):
            commands_function(found, "/orders")
        with pytest.raises(RoleNotFound, match="rules that reach none"):
            projection_functions(found)
