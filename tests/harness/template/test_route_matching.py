"""Requests find their route as they do in API Gateway."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.template import (
    Route,
    Template,
    named,
    route,
)


def with_routes(*keys: str, api: Any = "http") -> Template:
    """A template with these routes, each leading to a target of its own key."""
    found = tuple(
        Route(key.split(" ")[0], key.split(" ")[1], "2.0", key, "function", api, "Api")
        for key in keys
    )
    return Template(Path("t"), (), found, (), (), (), (), (), {})


SEGMENTS = st.text(min_size=1, max_size=8)
LITERALS = st.text("abcxyz-._~%/ é", min_size=1, max_size=6)


class TestMatching:
    """Requests find their route as they do in API Gateway."""

    @pytest.mark.parametrize(
        ("method", "path", "expected"),
        [
            ("GET", "/orders/1", ("GET /orders/{id}", {"id": "1"})),
            ("get", "/orders/a%2Fb%20c?x=1", ("GET /orders/{id}", {"id": "a/b c"})),
            ("GET", "/orders/new", ("GET /orders/new", {})),
            ("GET", "/orders/a/b", ("ANY /{proxy+}", {"proxy": "orders/a/b"})),
            ("DELETE", "/orders/1", ("ANY /{proxy+}", {"proxy": "orders/1"})),
            ("GET", "/", ("GET /", {})),
            ("GET", "/orders/", ("ANY /{proxy+}", {"proxy": "orders/"})),
            ("GET", "/a//b", ("ANY /{proxy+}", {"proxy": "a//b"})),
            ("POST", "/", ("ANY $default", {"proxy": ""})),
        ],
    )
    def test_most_specific_route_wins(
        self, method: str, path: str, expected: tuple[str, dict[str, str]]
    ) -> None:
        """Literal before variable, greedy after both, ``$default`` last."""
        keys = ("ANY $default", "ANY /{proxy+}", "GET /orders/{id}", "GET /orders/new", "GET /")
        found = route(with_routes(*keys), method, path)
        assert found is not None
        assert (found[0].target, found[1]) == expected

    def test_named(self) -> None:
        """A path may name the API, or the function whose URL it belongs to."""
        own = [Route("ANY", "$default", "2.0", target, "function", "http", f"{target}Url", own=True)
               for target in ("Write", "Read")]
        template = replace(with_routes("GET /orders/{id}"), routes=(
            *with_routes("GET /orders/{id}").routes, *own))
        found = [route(template, "GET", f"{place}/orders/a") for place in (
            "", "//Api", "//Read", "//WriteUrl")]
        assert [f[0].target for f in found if f] == [
            "GET /orders/{id}", "GET /orders/{id}", "Read", "Write"]
        assert named(template, "//Read/orders/a") == ("Read", "/orders/a")

    def test_raw(self) -> None:
        """A REST API hands path parameters over as the client sent them."""
        keys = ("GET /orders/{id}", "GET /files/{proxy+}")
        found = [route(with_routes(*keys, api="rest"), "GET", path)
                 for path in ("/orders/a%40b%2Fc", "/files/a%20b/c/")]
        assert [f[1] for f in found if f] == [{"id": "a%40b%2Fc"}, {"proxy": "a%20b/c"}]

    def test_slashes(self) -> None:
        """A REST API takes slashes at the beginning of a path for one."""
        found = route(with_routes("GET /orders/{id}", api="rest"), "GET", "//orders/a")
        assert found is not None
        assert found[1] == {"id": "a"}

    @pytest.mark.parametrize("path", ["/orders/", "/orders//", "/orders/a/", "//x", "/orders", "/"])
    def test_an_empty_part_matches_nothing(self, path: str) -> None:
        """A variable needs at least one character."""
        assert route(with_routes("GET /orders/{id}"), "GET", path) is None

    def test_a_rest_resource_hides_the_greedy_one(self) -> None:
        """A REST API chooses the resource before the method."""
        template = with_routes("GET /orders/{id}", "ANY /{proxy+}", api="rest")
        assert route(template, "DELETE", "/orders/1") is None

    def test_the_method_goes_before_any(self) -> None:
        """On one path, a route for the method wins over one for all."""
        found = route(with_routes("ANY /orders", "POST /orders"), "POST", "/orders")
        assert found is not None
        assert found[0].method == "POST"

    @given(st.lists(st.tuples(LITERALS, SEGMENTS), min_size=1, max_size=4), st.booleans())
    def test_parameters_come_back(self, parts: list[tuple[str, str]], greedy: bool) -> None:
        """A percent-encoded part of a path comes back as path parameter."""
        names = [
            f"{{p{i}{'+' if greedy and i == len(parts) - 1 else ''}}}" for i in range(len(parts))
        ]
        literals = [quote(literal, safe="") for literal, _ in parts]
        plain = [literal.replace("/", "-") for literal, _ in parts]
        pattern = "".join(f"/{a}/{b}" for a, b in zip(plain, names, strict=True))
        encoded = [quote(value, safe="", errors="replace") for _, value in parts]
        path = "".join(
            f"/{a.replace('%2F', '-')}/{b}" for a, b in zip(literals, encoded, strict=True)
        )
        expected = {
            f"p{i}": value.encode("utf-8", "replace").decode() for i, (_, value) in enumerate(parts)
        }
        found = route(
            replace(with_routes(), routes=(Route("GET", pattern, "1.0", "F", "function", "http"),)),
            "GET",
            path,
        )
        assert found is not None
        assert found[1] == expected
