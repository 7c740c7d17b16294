"""Conformance harness for serverless CQRS systems: machinery that knows no domain."""
