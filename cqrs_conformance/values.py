"""Forms of a command's members: texts, names, numbers and date-times.

Each function gives a ``Member``: a judgement of values, valid values that are often handled
wrongly, and values that an implementation must refuse.
"""

from scenarios.generators.values import date_time, name, number, text

__all__ = ["date_time", "name", "number", "text"]
