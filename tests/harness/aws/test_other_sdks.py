"""A function in this process that calls AWS by another SDK than botocore is no verdict."""

import socket
from pathlib import Path

import pytest

from harness.core.errors import StageError
from tests.harness.playground import answer, playground, run

CALLING = """
    import asyncio, socket, threading, urllib.request
    address = "https://dynamodb.us-east-1.amazonaws.com/"
    async def find():
        await asyncio.get_running_loop().getaddrinfo("s3.us-east-1.amazonaws.com.cn", 443)
    try:
        {call}
    except OSError as error:
        answer = type(error).__name__
    """


@pytest.mark.parametrize(("call", "host"), [
    ("urllib.request.urlopen(address)", "dynamodb.us-east-1.amazonaws.com"),
    ("asyncio.run(find())", "s3.us-east-1.amazonaws.com.cn"),
])
def test_told_by_name(call: str, host: str, tmp_path: Path) -> None:
    """It does not get there, and what it answers then is not judged; what comes later is."""
    with playground(tmp_path) as stage:
        stage.start(fresh=False, always_cold=False)
        with pytest.raises(StageError, match=f"function Command: calls {host} by another SDK"):
            run(stage, CALLING.format(call=call))
        assert answer(stage, "answer = 'well'") == "well"


def test_others_are_reached(tmp_path: Path) -> None:
    """SDKs use the stage's address, and AWS's own address again after the stage."""
    before = socket.getaddrinfo
    with playground(tmp_path) as stage:
        stage.start(fresh=False, always_cold=False)
        code = "import socket\nanswer = socket.getaddrinfo('127.0.0.1', 80)[0][4][0]"
        assert answer(stage, code) == "127.0.0.1"
    assert socket.getaddrinfo is before
