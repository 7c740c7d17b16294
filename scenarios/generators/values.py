"""Values for command members: what every contract may use, valid and not.

Texts are drawn from where implementations break: trimming, normalisation, counting UTF-16
units for characters, markup, names that an object has by itself; numbers from where floats
are not exact. Where a standard leaves something open the judgement is MAY, and no verdict
hangs on it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache
from posixpath import normpath
from types import MappingProxyType
from typing import Any, Literal

from hypothesis import strategies as st

from harness.core.commands import Acceptance
from harness.core.contract import Member

ID_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
ID_LENGTH = 128
NAMESPACE_LENGTH = 6
"""A stage's namespace takes the place of ``~`` in an id and counts towards its length."""

RFC3339 = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)[Tt]"
    r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(\.\d+)?"
    r"([Zz]|[+-](?P<oh>\d\d):(?P<om>\d\d))",
    re.ASCII,
)
USUAL = re.compile(
    r"(?:19[7-9]\d|2\d{3})-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])"
    r"T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,8})?Z", re.ASCII)
"""Date-times that every reader of RFC 3339 takes, told by one look; an audit sees millions."""
RANGES = {"month": (1, 12), "day": (1, 31), "hour": (0, 23), "minute": (0, 59),
          "second": (0, 60), "oh": (0, 23), "om": (0, 59)}


def accepts_id(value: Any) -> Acceptance:
    """An id: ``[A-Za-z0-9][A-Za-z0-9._-]{0,127}``, ASCII only."""
    matches = isinstance(value, str) and ID_FORM.fullmatch(value) is not None
    return Acceptance.MUST if matches else Acceptance.MUST_NOT


def accepts_date_time(value: Any) -> Acceptance:
    """An RFC 3339 date-time; what readers of section 5.6 differ about may be refused."""
    if isinstance(value, str) and USUAL.fullmatch(value):
        return Acceptance.MUST
    found = RFC3339.fullmatch(value) if isinstance(value, str) else None
    if found is None or not _in_ranges(found):
        return Acceptance.MUST_NOT
    return Acceptance.MUST if _plain(found) else Acceptance.MAY


def _in_ranges(found: re.Match[str]) -> bool:
    return all(low <= int(found[name] or low) <= high for name, (low, high) in RANGES.items())


def _plain(found: re.Match[str]) -> bool:
    """No leap second, lower case, day past the 28th, far offset or year, nor -00:00."""
    text = found.group()
    usual = int(found["day"]) <= 28 and int(found["second"]) < 60 and text == text.upper()
    near = 1970 <= int(found["year"]) <= 2999 and int(found["oh"] or 0) <= 14
    return usual and near and not text.endswith("-00:00") and len(text) <= 35


UNFIT = re.compile("[\x00-\x1f\ud800-\udfff]")
"""C0 controls and lone surrogates."""


def accepts_text(longest: int) -> Any:
    """Text of 1 to ``longest`` characters without C0 controls and lone surrogates."""

    def accepts(value: Any) -> Acceptance:
        if not isinstance(value, str) or not 1 <= len(value) <= longest:
            return Acceptance.MUST_NOT
        return Acceptance.MUST_NOT if UNFIT.search(value) else Acceptance.MUST

    return accepts


NOT_TEXT: tuple[Any, ...] = (None, 5, 0, 1.5, True, False, [], {}, ["x"], {"x": "y"})

TRICKY_TEXTS = (
    "Ada", " ", "  Ada  ", "Ada\u00a0", "\u00e9", "e\u0301", "\u212b", "\ufb01",
    "\U0001f469\u200d\U0001f680", "\u7530\u4e2d", "\u0130stanbul", "null", "true", "0", "1e3",
    "NaN", "{}", "[]", "''; DROP TABLE x; --", "<b>&amp;</b>", "a\\nb", "\"quoted\"", "%20%00",
    "\u2028", "\ufeffbom", "\x7f", "\x85", "\u200b", "undefined", "${jndi}", "2020-01-01T00:00:00Z",
    "\uffff", "\U0010ffff", "+", "=1+1", "\\u0041", "\\\\a\\", "'it''s'", "~1~0", "&#65;",
)


SURROGATES: tuple[Literal["Cs"]] = ("Cs",)


def _text_of(longest: int) -> st.SearchStrategy[str]:
    any_character = st.characters(min_codepoint=32, exclude_categories=SURROGATES)
    limits = st.sampled_from(
        ["x" * longest, "\U0001f600" * longest, "\u00e9" * longest, "\u4e2d" * (longest - 1)]
    )
    return st.one_of(
        st.sampled_from(["Ada", "Bob", "Eve"]),
        st.sampled_from(TRICKY_TEXTS),
        st.just(_all_in_one(longest)),
        st.text(any_character, min_size=1, max_size=12),
        limits,
    )


def _all_in_one(longest: int) -> str:
    """The tricky texts as one, with a space before and after."""
    return f" {' '.join(TRICKY_TEXTS)} "[-longest:]


@cache
def text(longest: int, *, required: bool = True) -> Member:
    """A text member that comes back exactly as sent."""
    unfit = ["", "x" * (longest + 1), "\U0001f600" * (longest + 1), "a\x00b", "a\nb", "\t", "\x1f",
             "a\rb", "a\n", "a\vb", "\x1b[1m", "\ud800", "a\udfffb"]
    return Member(
        accepts_text(longest), _text_of(longest), st.sampled_from([*unfit, *NOT_TEXT]), required,
        (_all_in_one(longest), "\U0001f600" * longest, "x" * longest, " ", "x", "0", "null"),
    )


@cache
def date_time(*, required: bool = True) -> Member:
    """An RFC 3339 date-time that comes back exactly as sent."""
    unfit = ["", "yesterday", "2026-01-02", "2026-01-02T03:04:05", "2026-13-01T00:00:00Z",
             "2026-01-02T25:00:00Z", "2026-01-02T03:60:05Z", "20260102T030405Z", "1767225600",
             "2026-1-2T3:4:5Z", "2026-01-02T03:04:05Z\n", " 2026-01-02T03:04:05Z",
             "2026-01-02T03:04:05+0100", "Fri, 02 Jan 2026 03:04:05 GMT", "2026-W01-5T00:00:00Z",
             "2026-01-02T03:04Z", "2026-01-02T03:04:05+99:99", "2026-01-02T03:04:05Zulu",
             "2026-01-02T03:04:05.Z", "\u0662\u0660\u0662\u0666-01-02T03:04:05Z",
             "2026-01-02T03:04:0\uff15Z", "2026-00-02T03:04:05Z", "2026-01-00T03:04:05Z",
             "2026-01-32T03:04:05Z", "2026-01-02T24:00:00Z", "2026-01-02T03:04:61Z",
             "2026-01-02T03:04:05+24:00", "2026-01-02T03:04:05+0", "26-01-02T03:04:05Z"]
    tricky = ("2026-01-02T03:04:05.123456789+05:30", "2026-02-28T23:59:59-08:00",
               "2026-12-28T00:00:00.000Z", "1970-01-01T00:00:00Z", "2999-12-28T23:59:59Z",
               "2026-06-15T12:00:00+00:00", "2026-01-01T00:00:00.5+14:00")
    return Member(accepts_date_time, _date_times(), st.sampled_from([*unfit, *NOT_TEXT]), required,
                  tricky)


def _date_times() -> st.SearchStrategy[str]:
    fraction = st.sampled_from(["", "", ".5", ".123", ".123456", ".123456789", ".000"])
    offset = st.sampled_from(["Z", "Z", "+00:00", "+05:30", "-08:00", "+14:00"])
    return st.builds(
        "{:04d}-{:02d}-{:02d}T{:02d}:{:02d}:{:02d}{}{}".format,
        st.integers(2020, 2030), st.integers(1, 12), st.integers(1, 28),
        st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), fraction, offset,
    )


HOSTILE_IDS = (
    "", " ", ".", "..", "../~a", "~a/../~a", "~a/", "/~a", "\\~a", "~a%2F..%2F~a", "%2e%2e",
    "~a%00", "~a\n", "~a ", " ~a", "~a\x00", "__proto__", "-~a", ".~a", "_~a", "~a?x=1", "~a#b",
    "~a*", "~a,~a", "~a:1", "~a@b", "~a+b", "~a=b", "~a|b", "\u0661~a", "\uff41~a", "~\u00e9",
    "~a\u200b", "~\u0430", "x" * 129, "x" * 2048, "~" + "a" * 123, "<script>", "' OR 1=1",
    "${~a}", "$(id)", "~a;rm", "~a^b", "~a[b", "~a\u017f", "~\u212a", "~a\ud800",
)
QUERIED_IDS = tuple(id for id in HOSTILE_IDS if not id.endswith(("\n", "\ud800"))
                    and (id == "" or normpath(id).strip("/") != "~a"))
"""Those that a path may have. Routers by regular expression take ``a%0A`` for ``a``, since ``$``
matches before a line's end, and others ``a/``; that shows nobody more than ``a`` does. Half a pair
has no UTF-8."""
NOT_IDS: tuple[Any, ...] = (None, 5, 0, True, [], {}, ["~a"], {"S": "~a"}, 1.5)

ORDINARY_IDS = ("~a", "~b", "~c")
LOOKALIKE_IDS = (
    "~a", "~ab", "~a-", "~a.", "~a.b", "~A", "~a1", "~a10", "~a01", "~a-1", "~a_1",
    "~a.json", "~", "~a0000000001", "~aa", "~a__1", "~a--1", "x~a", "x-~a", "x.~a", "x_~a",
    *("~" + "l" * length + last for length in (31, 63, ID_LENGTH - NAMESPACE_LENGTH - 1)
      for last in "12"),
)
"""Prefixes or suffixes of each other; different by case, padding, separators, or a long end."""
COLLIDING_IDS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "crc32": ("kc29685295", "kc32060020"),
    "sha256, last": ("kaai8c", "kabnly"),
    "md5, last": ("kabfmj", "kabprj"),
    "String.hashCode": ("kaaaan", "kaaac0"),
    "sha256, first": ("kaa9fg", "kaclrn"),
    "md5, first": ("kabpxp", "kadcfl"),
    "adler32": ("kaaaca", "kaabab"),
    "fnv1a": ("kaytfs", "ka1rja"),
    "djb2": ("kaaaar", "kaaac0"),
    "sha1, first": ("kaa9tg", "kac3o4"),
    "sha1, last": ("kaav5x", "kabfe0"),
})
"""Pairs of ids that the usual hashes make one: 32 bits of them, or 8 of their hexadecimal digits,
and so any remainder by a power of two."""
LONG_ID = "~" + "l" * (ID_LENGTH - NAMESPACE_LENGTH)
OTHER_LONG_ID = LONG_ID[:-1] + "k"
"""It differs in what a shorter column cuts off."""
SPECIAL_IDS = (
    "constructor", "toString", "hasOwnProperty", "valueOf", "null", "undefined", "true", "0", "1",
    "01", "1e5", "NaN", "index.html", "events", "orders", "A", "a..b", "con", "L" * ID_LENGTH,
)


UNKNOWN_IDS = ("None", "nil", "false", "undefined.", "00", "10", "latest", "all", "new",
               "favicon.ico")
"""Valid ids that stand for something else where nothing is found, or where routes are made."""
ENDS = (".", "-", "_", "0", "1", "a", ".0", ".json", "-1", "_1", "..", "--", "s")
"""Endings that may be cut off an id as an extension, a suffix or a typing error."""
LONGEST_PREFIXES = (20, 24, 31, 32, 36, 63, 64)
"""Lengths of columns and texts that cut ids; the whole of a short id is cut everywhere."""


def neighbours(id: str) -> tuple[str, ...]:
    """Valid ids that are almost this one: cut, longer, in another case or with other separators."""
    shorter = [id[:length] for length in range(1, len(id))
               if len(id) < LONGEST_PREFIXES[0] or length in (*LONGEST_PREFIXES, len(id) - 1)]
    swapped = [id.replace(one, other) for one in "._-" for other in ("", ".", "_", "-")]
    cases = [id.swapcase(), id.lower(), id.upper()]
    ends = [*(id + end for end in ENDS), id[:-1] + "z", "0" + id, "x" + id, id + id]
    found = dict.fromkeys((*shorter, *swapped, *cases, *ends))
    return tuple(near for near in found if near != id and _is_id(near))


def _is_id(near: str) -> bool:
    """True if the text is an id after a namespace has replaced ``~``."""
    longest = near.replace("~", "n" * NAMESPACE_LENGTH)
    return accepts_id(longest) is Acceptance.MUST


def ids(others: str = "") -> Member:
    """The id of an aggregate. ``others``: a regular expression of further ids that may be taken."""
    hostile = st.sampled_from([*HOSTILE_IDS, *NOT_IDS])

    def accepts(value: Any) -> Acceptance:
        may = others and isinstance(value, str) and re.fullmatch(others, value, re.DOTALL)
        return Acceptance.MAY if may and accepts_id(value) is not Acceptance.MUST else (
            accepts_id(value))

    return Member(accepts if others else accepts_id, st.sampled_from(ORDINARY_IDS), hostile)


def accepts_number(low: Decimal, high: Decimal, decimals: int, *, beyond: bool = False) -> Any:
    """A JSON number from ``low`` to ``high`` that needs no more decimals than that.

    Its value counts, not how it is written; but zeros beyond the decimals may be refused, and
    so may a whole number that is written as a fraction or with an exponent. ``beyond``: so may a
    number above ``high``.
    """

    def accepts(value: Any) -> Acceptance:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return Acceptance.MUST_NOT
        if beyond and value > high:
            return Acceptance.MAY
        if not low <= value <= high or (Fraction(value) * 10**decimals).denominator > 1:
            return Acceptance.MUST_NOT
        exponent = int(Decimal(value).as_tuple().exponent)
        usual = exponent >= -decimals if decimals else exponent == 0
        return Acceptance.MUST if usual else Acceptance.MAY

    return accepts


NOT_NUMBERS: tuple[Any, ...] = (
    None, "5", "", "1,5", "0x10", "NaN", True, False, [], [5], {}, {"N": "5"}, float("nan"),
    float("inf"), float("-inf"), Decimal("1E+400"), Decimal("-1E+400"), 10**400,
)
TRICKY_NUMBERS = (
    "0.1", "0.2", "1", "10", "0.3", "0.7", "1.1", "2.2", "0.29", "0.57", "1.15", "4.35", "8.2",
    "1.50", "1.5", "19.99", "33.33", "100.00", "1E+2", "1000", "1234567.89", "9007199254740993",
)
"""Where floats go wrong (0.1 + 0.2, 0.29 * 100), and one number written in two ways."""


def number(
    low: str, high: str, *, decimals: int = 0, beyond: bool = False, required: bool = True
) -> Member:
    """A number member that is compared by value: 1.50 is 1.5, but "1.5" is none.

    ``beyond``: a number above ``high`` may be refused or taken, where no limit is promised.
    """
    least, most, unit = Decimal(low), Decimal(high), Decimal(1).scaleb(-decimals)
    accepts = accepts_number(least, most, decimals, beyond=beyond)
    tricky = [n for n in map(Decimal, TRICKY_NUMBERS) if accepts(n) is Acceptance.MUST]
    near = [0, -1, -most, least - unit, most + unit,
            unit / 10, least + unit / 10, 1 + unit / 10, 10 - unit / 2, most - unit / 10,
            1 + unit / 1000]
    unfit = st.sampled_from([n for n in near if accepts(n) is Acceptance.MUST_NOT])
    no_numbers = [n for n in NOT_NUMBERS if accepts(n) is Acceptance.MUST_NOT]
    strange = st.sampled_from([*map(str, tricky[:3]), *no_numbers])
    return Member(
        accepts,
        st.one_of(
            st.sampled_from([*tricky[:5], least]),
            st.sampled_from([*tricky, least, most, most - unit]),
            st.integers(int(least / unit), int(most / unit)).map(lambda n: n * unit),
        ),
        st.one_of(unfit, unfit, strange),
        required,
        tuple(dict.fromkeys((*tricky, least, most, most - unit))),
    )


NAMES = ("e1", "e2", "e10", "E1", "x", "0", "null", "a.b", "a-b_c", "constructor", "N" * ID_LENGTH)


@cache
def name(*, required: bool = True) -> Member:
    """A member of an id's form; it names something within an aggregate."""
    unfit = ["", " ", "-a", ".a", "_a", "a b", "a/b", "a\n", "\u00e9", "\uff41", "x" * 129, "a%2F"]
    return Member(
        accepts_id, st.sampled_from(NAMES), st.sampled_from([*unfit, *NOT_IDS]), required, NAMES
    )
