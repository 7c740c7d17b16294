"""Dialects: how one system speaks a contract.

Canonical messages become the wire's, and replies and evidence become canonical ones.
"""

from harness.dialect.errors import DialectError
from harness.dialect.interpreter import Interpreter
from harness.dialect.model import Dialect
from harness.dialect.reading import default_dialect, load_dialect, read_dialect

__all__ = [
    "Dialect", "DialectError", "Interpreter", "default_dialect", "load_dialect", "read_dialect",
]
