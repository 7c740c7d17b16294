"""Data is checked against the declarations of a dataclass."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest

from harness.core.shapes import matches_type, shape_error


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Pair:
    left: int
    right: tuple[str, ...] = ()


class TestFits:
    @pytest.mark.parametrize(("hint", "value"), [
        (int, 1), (float, 1), (float, 1.5), (str, ""), (bool, True), (Any, object()),
        (int | None, None), (str | int, 5), (tuple[int, ...], ()), (tuple[int, ...], (1, 2)),
        (tuple[int, str], (1, "x")), (Colour, Colour.RED), (Pair, Pair(1, ("x",))),
        (tuple[tuple[str, int], ...], (("a", 1),)),
    ])
    def test_fit(self, hint: Any, value: Any) -> None:
        """A value of the annotated type fits."""
        assert matches_type(hint, value)

    @pytest.mark.parametrize(("hint", "value"), [
        (int, True), (int, "1"), (int, 1.0), (str, None), (bool, 1), (float, True), (float, "1"),
        (int | None, "x"), (tuple[int, ...], [1]), (tuple[int, ...], ("x",)),
        (tuple[int, str], (1,)), (Colour, "red"), (Pair, Pair("x")),  # type: ignore[arg-type]  # the point
    ])
    def test_misfit(self, hint: Any, value: Any) -> None:
        """A value of another type does not, and true is no number."""
        assert not matches_type(hint, value)


class TestMisfit:
    def test_none(self) -> None:
        """An instance that holds what it declares has no misfit."""
        assert shape_error(Pair(1)) is None

    def test_names_the_field(self) -> None:
        """The first misfit is named with what was expected."""
        assert shape_error(Pair(1, ["x"])) == "right: expected a list, got ['x']"  # type: ignore[arg-type]  # the point
