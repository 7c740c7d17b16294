"""The variables that a function finds, and its context."""

from __future__ import annotations

from harness.functions.invocation import LambdaContext
from harness.stages.controlled.runtime_variables import runtime_variables

EVERY_RUNTIME = {
    "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_XRAY_CONTEXT_MISSING",
    "AWS_XRAY_DAEMON_ADDRESS", "LAMBDA_RUNTIME_DIR", "LANG", "PATH", "SHLVL", "TZ",
    "_AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_PORT",
}
"""Of those in "Defined runtime environment variables"; the others are a runtime's own."""


def test_every_runtime() -> None:
    """Each variable that Lambda sets is there, and the template's own win."""
    made = runtime_variables({
        "FunctionName": "orders-command", "MemorySize": 256,
        "Environment": {"Variables": {"TABLE": "views", "LANG": "C"}}})
    assert made.keys() >= EVERY_RUNTIME
    assert (made["TABLE"], made["LANG"], made["AWS_LAMBDA_LOG_GROUP_NAME"]) == (
        "views", "C", "/aws/lambda/orders-command")


def test_log_stream() -> None:
    """The log stream's name has the form of Lambda's, and is the same in each run."""
    first, second = (runtime_variables({"FunctionName": "f"}) for _ in range(2))
    name = "AWS_LAMBDA_LOG_STREAM_NAME"
    assert first[name] == second[name]
    assert first[name].startswith("2026/01/01/[$LATEST]")


def test_context() -> None:
    """The memory is a text, as Python's runtime gives it, and there is an empty identity."""
    context = LambdaContext("f", "128", "id", "arn")
    assert (context.memory_limit_in_mb, context.identity.cognito_identity_id) == ("128", None)
