"""The vocabulary that all rooms share: types without behaviour of their own.

Look here for a contract (``contract``, ``commands``, ``requirements``), a scenario and its JSON
(``scenario``, ``scenario_json``), a history and its JSON (``history``, ``history_json``), the
oracle's results (``ledger``, ``violation``, ``verdict``), the Protocols of a stage (``stage``),
kinds of faults (``faults``), JSON values, HTTP messages, clocks and errors.
"""
