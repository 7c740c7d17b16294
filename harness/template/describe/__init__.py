"""Describing an implementation: functions, routes, rules, roles."""
