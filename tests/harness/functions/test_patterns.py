"""Event patterns as EventBridge reads and matches them.

Rows name their source: the EventBridge User Guide ("guide": "Comparison operators", "Arrays",
"Event pattern syntax"), the README and tests of aws/event-ruler 2.0.1 ("ruler"), and LocalStack's
event_pattern_templates, whose answers are AWS's own ("AWS").
"""

import json
from contextlib import suppress
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.functions.events.pattern_wildcards import complexity, wildcard_tokens
from harness.functions.events.patterns import PatternInvalid, event_pattern, matches

PEOPLE = ('{"employees": [{"first": "John", "last": "Doe"}, {"first": "Anna", "last": "Smith"},'
          ' {"first": "Peter", "last": "Jones"}]}')
NESTED = '{"employees": [[{"first": "John"}, {"first": "Anna"}], [{"first": "Peter"}]]}'
IMAGE = '{"dynamodb": {"NewImage": {"homemade": {"N": "789"}}}}'

# (source, pattern, event, answer); both as JSON texts, since numbers and repeated names matter.
ANSWERS: list[tuple[str, str, str, bool]] = [
    # Values of fields.
    ("guide", '{"a": ["x", "y"]}', '{"a": "y", "b": 1}', True),
    ("guide", '{"a": ["x"], "b": [1]}', '{"a": "x"}', False),
    ("guide", '{"a": [""]}', '{"a": ""}', True),
    ("guide", '{"a": [null]}', '{"a": null}', True),
    ("AWS null_value_NEG", '{"a": [null]}', '{"a": "null"}', False),
    ("guide", '{"a": [null]}', '{"a": ""}', False),
    ("AWS boolean", '{"a": [false]}', '{"a": false}', True),
    ("ruler", '{"a": [false]}', '{"a": 0}', False),
    ("ruler", '{"a": [1]}', '{"a": true}', False),
    ("ruler", '{"a": ["true"]}', '{"a": true}', False),
    ("AWS number_comparison_float", '{"a": [300]}', '{"a": 300.0}', True),
    ("ruler", '{"a": [3.0e2]}', '{"a": 300}', True),
    ("ruler", '{"a": ["300"]}', '{"a": 300}', False),
    ("ruler", '{"a": [123456789012345678901]}', '{"a": 123456789012345678901}', True),
    ("ruler", '{"a": [123456789012345678901]}', '{"a": 123456789012345678902}', False),
    ("AWS key_case_sensitive_NEG", '{"A": ["x"]}', '{"a": "x"}', False),
    ("ruler", '{"a": [{"exactly": "x"}]}', '{"a": "x"}', True),
    # Names that are written twice: lists replace each other, objects are one.
    ("AWS complex_multi_key_event",
     '{"a": [{"prefix": "us-"}], "a": [{"anything-but": "us-east"}]}',
     '{"a": "eu-central-1"}', True),
    ("ruler", '{"a": {"b": [1]}, "a": {"c": [2]}}', '{"a": {"b": 1, "c": 3}}', False),
    # Dots join names.
    ("AWS dot_joining_event", '{"a": {"b": {"c": [1]}}}', '{"a": {"b.c": 1}}', True),
    ("AWS dot_joining_pattern", '{"a": {"b.c": [1]}}', '{"a": {"b": {"c": 1}}}', True),
    ("AWS dot_joining_pattern_NEG", '{"a": {"b.c": {"c": [1]}}}', '{"a": {"b": {"c": 1}}}', False),
    # Arrays.
    ("guide", '{"a": [1, 2]}', '{"a": [2, 3]}', True),
    ("AWS arrays_empty_null_NEG", '{"a": [null]}', '{"a": []}', False),
    ("ruler", '{"employees": {"first": ["Anna"]}}', PEOPLE, True),
    ("ruler", '{"employees": {"first": ["Anna"]}}', NESTED, True),
    ("ruler", '{"employees": {"first": ["Anna"], "last": ["Smith"]}}', PEOPLE, True),
    ("ruler", '{"employees": {"first": ["Anna"], "last": ["Jones"]}}', PEOPLE, False),
    ("ruler", '{"a": {"x": [1]}, "b": {"x": [2]}}', '{"a": [{"x": 1}], "b": [{}, {"x": 2}]}', True),
    ("ruler", '{"a": [1]}', '{"a": [[2], [1]]}', True),
    # Exists: leaves only, and within the elements that other fields have chosen.
    ("guide", '{"a": [{"exists": true}]}', '{"a": null}', True),
    ("guide", '{"a": [{"exists": true}]}', '{"a": {"b": 1}}', False),
    ("guide", '{"a": [{"exists": false}]}', '{"a": {"b": 1}}', True),
    ("AWS exists_list_empty_NEG", '{"a": [{"exists": true}]}', '{"a": []}', False),
    ("ruler", '{"a": [{"exists": false}]}', '{"a": []}', True),
    ("AWS list_within_dict", '{"a": {"id": [{"exists": true}]}}', '{"a": [{"k": 1}, {"id": 2}]}',
     True),
    ("AWS or-exists", '{"dynamodb": {"NewImage": {"homemade": {"S": '
     '[{"anything-but": ["roses"]}, {"exists": false}]}}}}', IMAGE, True),
    ("ruler", '{"a": {"id": [1], "z": [{"exists": false}]}}', '{"a": [{"id": 1}, {"z": 2}]}', True),
    ("ruler", '{"a": {"id": [1], "z": [{"exists": false}]}}', '{"a": [{"id": 1, "z": 2}]}', False),
    # Texts.
    ("guide", '{"a": [{"prefix": "2017-10-02"}]}', '{"a": "2017-10-02T18:43:48Z"}', True),
    ("ruler", '{"a": [{"prefix": "1"}]}', '{"a": 12}', False),
    ("AWS content_prefix_empty", '{"a": [{"prefix": ""}]}', '{"a": "x"}', True),
    ("guide", '{"a": [{"prefix": {"equals-ignore-case": "EventB"}}]}', '{"a": "EVENTB2"}', True),
    ("guide", '{"a": [{"suffix": ".png"}]}', '{"a": "x.png"}', True),
    ("guide", '{"a": [{"suffix": {"equals-ignore-case": ".png"}}]}', '{"a": "x.PNG"}', True),
    ("guide", '{"a": [{"equals-ignore-case": "alice"}]}', '{"a": "ALICE"}', True),
    ("AWS content_ignorecase_empty_NEG", '{"a": [{"equals-ignore-case": ""}]}', '{"a": "x"}',
     False),
    ("ruler", '{"a": [{"equals-ignore-case": "ß"}]}', '{"a": "SS"}', True),
    ("guide", '{"a": [{"wildcard": "dir/*.png"}]}', '{"a": "dir/a/b.png"}', True),
    ("guide", '{"a": [{"wildcard": "dir/*.png"}]}', '{"a": "dir/a.jpg"}', False),
    ("ruler", r'{"a": [{"wildcard": "a\\*b"}]}', '{"a": "a*b"}', True),
    ("ruler", r'{"a": [{"wildcard": "a\\*b"}]}', '{"a": "axb"}', False),
    ("ruler", r'{"a": [{"wildcard": "a\\\\*"}]}', r'{"a": "a\\x"}', True),
    ("AWS content_wildcard_empty_NEG", '{"a": [{"wildcard": ""}]}', '{"a": "x"}', False),
    ("AWS content_wildcard_repeating",
     '{"a": [{"wildcard": "/Users/*/dir/dir/dir/dir/dir/doc.txt"}]}',
     '{"a": "/Users/u/dir/dir/dir/dir/dir/doc.txt"}', True),
    # Anything but.
    ("guide", '{"a": [{"anything-but": "x"}]}', '{"a": "y"}', True),
    ("AWS content_anything_but_string_null", '{"a": [{"anything-but": "x"}]}', '{"a": null}', True),
    ("AWS content_anything_but_string_missing_NEG", '{"a": [{"anything-but": "x"}]}', "{}", False),
    ("guide", '{"a": [{"anything-but": [100, 200]}]}', '{"a": 200.0}', False),
    ("ruler", '{"a": [{"anything-but": [100, 200]}]}', '{"a": "200"}', True),
    ("ruler", '{"a": [{"anything-but": ["x", "y"]}]}', '{"a": ["x", "z"]}', True),
    ("guide", '{"a": [{"anything-but": {"prefix": "init"}}]}', '{"a": "initial"}', False),
    ("AWS content_anything_prefix_int_value", '{"a": [{"anything-but": {"prefix": "init"}}]}',
     '{"a": 123}', True),
    ("guide", '{"a": [{"anything-but": {"suffix": [".txt", ".rtf"]}}]}', '{"a": "x.rtf"}', False),
    ("guide", '{"a": [{"anything-but": {"equals-ignore-case": ["a", "b"]}}]}', '{"a": "B"}', False),
    ("guide", '{"a": [{"anything-but": {"wildcard": ["*/lib/*", "*/bin/*"]}}]}',
     '{"a": "x/bin/y"}', False),
    # Numbers.
    ("guide", '{"a": [{"numeric": [">", 0, "<=", 5]}]}', '{"a": 5}', True),
    ("guide", '{"a": [{"numeric": [">", 0, "<=", 5]}]}', '{"a": 0}', False),
    ("AWS numeric-int-float", '{"a": [{"numeric": [">", 100]}]}', '{"a": 101.0}', True),
    ("AWS numeric-string_NEG", '{"a": [{"numeric": [">", 100]}]}', '{"a": "101"}', False),
    ("AWS numeric-null_NEG", '{"a": [{"numeric": [">", 100]}]}', '{"a": null}', False),
    ("ruler", '{"a": [{"numeric": ["<", 10]}]}', '{"a": true}', False),
    ("ruler epocTimestampRangeTest", '{"a": [{"numeric": [">=", 1628958408000]}]}',
     '{"a": 1628958408000}', True),
    # Addresses.
    ("guide", '{"a": [{"cidr": "10.0.0.0/24"}]}', '{"a": "10.0.0.255"}', True),
    ("guide", '{"a": [{"cidr": "10.0.0.0/24"}]}', '{"a": "10.0.1.0"}', False),
    ("ruler", '{"a": [{"cidr": "10.0.0.77/24"}]}', '{"a": "10.0.0.1"}', True),
    ("AWS content_ip_address_v6", '{"a": [{"cidr": "2001:db8:1234:1a00::/64"}]}',
     '{"a": "2001:db8:1234:1a00::ff"}', True),
    ("AWS content_ip_address_bad_type_NEG", '{"a": [{"cidr": "10.0.0.0/24"}]}', '{"a": 123}',
     False),
    ("ruler testIpExactMatch", '{"a": ["0011:2233::"]}', '{"a": "11:2233:0::0"}', True),
    # Alternatives.
    ("guide", '{"$or": [{"a": [1]}, {"b": [2]}], "c": [3]}', '{"b": 2, "c": 3}', True),
    ("guide", '{"$or": [{"a": [1]}, {"b": [2]}], "c": [3]}', '{"b": 2}', False),
    ("ruler", '{"d": {"$or": [{"a": [1]}, {"$or": [{"b": [2]}, {"c": [3]}]}]}}', '{"d": {"c": 3}}',
     True),
    ("ruler testWithRuleOverride",
     '{"name": ["a", "b"], "$or": [{"name": [{"anything-but": "a"}]}, {"x": ["x"]}]}',
     '{"name": "c"}', True),
    ("AWS operator_multiple_list", '{"a": [{"exists": true}, {"prefix": "no"}]}', '{"a": "x"}',
     True),
]

REFUSED: list[tuple[str, str]] = [
    ("AWS", '["not", "a", "dict"]'),
    ("AWS", "{'bad': 'quotation'}"),
    ("ruler", "{}"),
    ("ruler", '{"a": {}}'),
    ("AWS int_nolist", '{"a": 42}'),
    ("AWS string_nolist", '{"a": "x"}'),
    ("AWS arrays_empty", '{"a": []}'),
    ("ruler", '{"a": [["x"]]}'),
    ("ruler", '{"a": [{}]}'),
    ("ruler", '{"a": [{"prefix": "x", "suffix": "y"}]}'),
    ("ruler", '{"a": [{"prefix": "x", "prefix": "y"}]}'),
    ("AWS operator_case_sensitive", '{"a": [{"EXISTS": true}]}'),
    ("issue", '{"a": [{"Prefix": "x"}]}'),
    ("AWS content_prefix_int", '{"a": [{"prefix": 123}]}'),
    ("AWS content_prefix_list", '{"a": [{"prefix": ["x"]}]}'),
    ("ruler", '{"a": [{"prefix": {"wildcard": "x"}}]}'),
    ("AWS content_suffix_list", '{"a": [{"suffix": ["x"]}]}'),
    ("AWS content_ignorecase", '{"a": [{"equals-ignore-case": ["x"]}]}'),
    ("ruler", '{"a": [{"exists": "true"}]}'),
    ("AWS content_wildcard_int", '{"a": [{"wildcard": 123}]}'),
    ("AWS content_wildcard_repeating_star", '{"a": [{"wildcard": "x**y"}]}'),
    ("ruler", r'{"a": [{"wildcard": "x\\y"}]}'),
    ("ruler", r'{"a": [{"wildcard": "x\\"}]}'),
    ("AWS content_wildcard_complex", '{"a": [{"wildcard": "*:*:*:*:*:event-bus/*"}]}'),
    ("AWS content_anything_but_string_null_type", '{"a": [{"anything-but": null}]}'),
    ("ruler", '{"a": [{"anything-but": []}]}'),
    ("ruler", '{"a": [{"anything-but": ["x", 1]}]}'),
    ("ruler", '{"a": [{"anything-but": true}]}'),
    ("AWS content_anything_prefix_empty", '{"a": [{"anything-but": {"prefix": ""}}]}'),
    ("AWS content_anything_prefix_list_type", '{"a": [{"anything-but": {"prefix": [123, "x"]}}]}'),
    ("AWS content_anything_suffix_ignorecase",
     '{"a": [{"anything-but": {"suffix": {"equals-ignore-case": "x"}}}]}'),
    ("ruler", '{"a": [{"anything-but": {"numeric": ["=", 1]}}]}'),
    ("AWS content_numeric", '{"a": [{"numeric": [">", 0, ">", 0]}]}'),
    ("AWS content_numeric_number", '{"a": [{"numeric": 10}]}'),
    ("AWS content_numeric_syntax", '{"a": [{"numeric": [">", 0, "<"]}]}'),
    ("ruler", '{"a": [{"numeric": [">", 5, "<", 5]}]}'),
    ("ruler", '{"a": [{"numeric": ["<", "5"]}]}'),
    ("ruler", '{"a": [{"numeric": ["<", 1e400]}]}'),
    ("ruler", '{"a": [{"numeric": ["<", NaN]}]}'),
    ("AWS content_ip_address", '{"a": [{"cidr": "bad-filter"}]}'),
    ("AWS content_ip_address_bad_ip", '{"a": [{"cidr": "xx.11.xx/8"}]}'),
    ("ruler", '{"a": [{"cidr": "10.0.0.1/32"}]}'),
    ("ruler", '{"a": [{"cidr": "::1/128"}]}'),
    ("ruler", '{"$or": [{"a": [1]}]}'),
    ("ruler", '{"$or": {"a": [1]}}'),
    ("ruler", '{"$or": [{"a": [1]}, "b"]}'),
    ("ruler", '{"$or": [{"a": [1]}, {"prefix": ["b"]}]}'),
    ("nesting", '{"a":' * 100_000),
]


class TestMatches:
    @pytest.mark.parametrize(("source", "pattern", "event", "answer"), ANSWERS)
    def test_answer(self, source: str, pattern: str, event: str, answer: bool) -> None:
        """A pattern matches the events that AWS says it matches."""
        assert matches(pattern, json.loads(event)) is answer

    def test_one_list_in_two_places(self) -> None:
        """A list that stands in an event twice is two arrays."""
        shared = [{"x": 1}, {"x": 2}]
        assert matches('{"a": {"x": [1]}, "b": {"x": [2]}}', {"a": shared, "b": shared})

    def test_many_elements(self) -> None:
        """Fields in two long arrays are matched without trying every pair of elements."""
        event = {name: [{"x": n, "y": n} for n in range(2_000)] for name in "ab"}
        one = '{"x": [{"exists": true}], "y": [-1]}'
        assert not matches(f'{{"a": {one}, "b": {one}}}', event)


class TestRefusals:
    @pytest.mark.parametrize(("source", "pattern"), REFUSED)
    def test_refused(self, source: str, pattern: str) -> None:
        """A pattern that AWS refuses is refused, whatever the event."""
        with pytest.raises(PatternInvalid):
            matches(pattern, {})

    def test_message(self) -> None:
        """The error names the field, the expectation, what was got and a remedy."""
        with pytest.raises(PatternInvalid) as caught:
            event_pattern('{"detail": {"state": [{"Prefix": "init"}]}}')
        error = caught.value
        assert (error.subject, error.got, error.remedy) == (
            "event pattern, detail.state", "'Prefix'", "correct the pattern")

    def test_too_many_alternatives(self) -> None:
        """Combinations of $or are limited, so that no pattern takes all memory."""
        pair = '{"$or": [%s, {"z": [1]}]}'
        pattern = '{"a": [1]}'
        for _ in range(30):
            pattern = '{"x": ' + pair % pattern + ', "y": ' + pair % '{"a": [1]}' + "}"
        with pytest.raises(PatternInvalid):
            event_pattern(pattern)


class TestComplexity:
    @pytest.mark.parametrize(("wildcards", "expected"), [
        (["*:*:*:*:*:event-bus/*"], 11),
        (["arn:aws:events:us-east-1:*:event-bus/*"], 3),
        (["/Users/*/dir/dir/dir/dir/dir/doc.txt"], 7),
        (["*/datasync/*.bif", "*/datasync/*.tif"], 8),
    ])
    def test_known(self, wildcards: list[str], expected: int) -> None:
        """The number is that of event-ruler's MachineComplexityEvaluator."""
        assert complexity([[wildcard_tokens(text)] for text in wildcards]) == expected

    def test_values_of_a_field_count_together(self) -> None:
        """Four wildcards may be too many where two are not (a rule that AWS refused)."""
        two = [{"wildcard": f"*/datasync/*.{end}"} for end in ("bif", "tif")]
        four = two + [{"wildcard": f"*/datasync/*.{end}"} for end in ("tiff", "svs")]
        event_pattern(json.dumps({"key": two}))
        with pytest.raises(PatternInvalid):
            event_pattern(json.dumps({"key": four}))


TEXTS = st.text("aAb*\\.é", max_size=5)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.floats(-3, 3), TEXTS)
EVENTS = st.dictionaries(st.sampled_from("abc"), st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=8), max_size=3)


def leaves(value: Any) -> list[Any]:
    """All leaves of lists in lists."""
    if isinstance(value, list):
        return [leaf for each in value for leaf in leaves(each)]
    return [] if isinstance(value, dict) else [value]


def ask(value: Any, event: dict[str, Any]) -> bool:
    """Ask whether field a of an event has a value."""
    return matches(json.dumps({"a": [value]}), event)


class TestProperties:
    @given(EVENTS)
    def test_exists_or_not(self, event: dict[str, Any]) -> None:
        """A field has a leaf or it has none."""
        has = bool(leaves(event.get("a", {})))
        assert (ask({"exists": True}, event), ask({"exists": False}, event)) == (has, not has)

    @given(EVENTS, st.one_of(st.none(), st.booleans(), st.integers(-3, 3), TEXTS))
    def test_exact(self, event: dict[str, Any], value: Any) -> None:
        """A plain value matches the leaves that are equal in JSON."""
        equal = [leaf for leaf in leaves(event.get("a", {})) if leaf == value
                 and isinstance(leaf, bool) == isinstance(value, bool)]
        assert ask(value, event) == bool(equal)

    @given(LEAVES, TEXTS)
    def test_anything_but_is_the_opposite(self, leaf: Any, text: str) -> None:
        """For a single leaf, anything-but matches what its operand does not."""
        assert ask({"anything-but": text}, {"a": leaf}) != ask(text, {"a": leaf})

    @given(LEAVES, TEXTS.filter(bool), st.sampled_from(["prefix", "suffix", "equals-ignore-case"]))
    def test_anything_but_like(self, leaf: Any, text: str, operator: str) -> None:
        """The same with the operators that anything-but takes."""
        event = {"a": leaf}
        assert ask({"anything-but": {operator: text}}, event) != ask({operator: text}, event)

    @given(TEXTS, TEXTS)
    def test_wildcard(self, start: str, end: str) -> None:
        """A wildcard between two escaped texts is a prefix and a suffix that do not overlap."""
        escaped = [text.replace("\\", r"\\").replace("*", r"\*") for text in (start, end)]
        assume(len(start) + len(end) < 8)
        for leaf in (start + end, start + "x*\n" + end, end + start):
            expected = (leaf.startswith(start) and leaf.endswith(end)
                        and len(leaf) >= len(start + end))
            assert ask({"wildcard": "*".join(escaped)}, {"a": leaf}) == expected

    @given(st.floats(-5e9, 5e9), st.floats(-5e9, 5e9))
    def test_numeric(self, bound: float, leaf: float) -> None:
        """Of less, equal and greater exactly one is true."""
        found = [ask({"numeric": [sign, bound]}, {"a": leaf}) for sign in ("<", "=", ">")]
        assert found == [leaf < bound, leaf == bound, leaf > bound]

    @given(EVENTS, st.lists(st.sampled_from(["a", "b", 1, None]), min_size=2, max_size=3))
    def test_or(self, event: dict[str, Any], values: list[Any]) -> None:
        """$or of one field is the list of its values."""
        alternatives = json.dumps({"$or": [{"a": [value]} for value in values]})
        assert matches(alternatives, event) == matches(json.dumps({"a": values}), event)

    @given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=4))
    def test_elements(self, pairs: list[tuple[int, int]]) -> None:
        """Two fields match an array only within one of its elements."""
        event = {"d": [{"x": x, "y": y} for x, y in pairs]}
        for x, y in product(range(3), range(3)):
            pattern = json.dumps({"d": {"x": [x], "y": [y]}})
            assert matches(pattern, event) == ((x, y) in pairs)

    @given(st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["a", "$or", "prefix", "anything-but", "numeric", "cidr", "wildcard"]),
        inner, max_size=2), max_leaves=10), EVENTS)
    def test_never_another_error(self, pattern: Any, event: dict[str, Any]) -> None:
        """Any JSON is a pattern, or is refused with PatternInvalid and nothing else."""
        with suppress(PatternInvalid):
            assert isinstance(matches(json.dumps(pattern), event), bool)
