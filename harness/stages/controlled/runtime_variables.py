"""The variables of a function's environment, as Lambda sets them.

Source: AWS Lambda Developer Guide, "Defined runtime environment variables".
"""

from __future__ import annotations

import hashlib
import os
from typing import Any

from harness.aws.calls import REGION

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
}
OF_THE_RUNTIME = {
    "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
    "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
    "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
    "_AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1",
    "_AWS_XRAY_DAEMON_PORT": "2000",
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
    "SHLVL": "0",
}
"""Variables that every runtime has ("Defined runtime environment variables"; LD_LIBRARY_PATH and
the X-Ray ones as functions print them). No daemon for X-Ray listens here."""


def runtime_variables(configuration: dict[str, Any]) -> dict[str, str]:
    """The variables Lambda sets ("Defined runtime environment variables") and the template's."""
    name = configuration["FunctionName"]
    logging = configuration.get("LoggingConfig") or {}
    stream = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    return {
        **OF_THE_RUNTIME,
        "PATH": os.environ.get("PATH", ""),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration.get("MemorySize", 128)),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": logging.get("LogGroup") or f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"2026/01/01/[$LATEST]{stream}",
        **CREDENTIALS,
        **configuration.get("Environment", {}).get("Variables", {}),
    }
