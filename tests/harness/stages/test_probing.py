"""The probe decides if a stage is fit to judge by."""

from __future__ import annotations

import pytest

from harness.core.errors import StageError
from harness.core.http import NO_ANSWER, Request, Response
from harness.stages.deployed.probing import probe
from tests.harness.far_away import Orders, reply

PATH = "/orders"


class Fixed:
    """A front that gives these responses: to a query, to a command, and anywhere else."""

    address = "there"

    def __init__(self, *responses: Response) -> None:
        self._queried, self._posted, self._elsewhere = responses

    def send(self, request: Request) -> Response:
        if request.method == "GET":
            return self._queried
        return self._posted if request.path == PATH else self._elsewhere

    def close(self) -> None:
        """Nothing to close."""


def moved(status: int) -> Response:
    return Response(status, (("Location", "https://there/"),))


class TestProbe:
    def test_fit(self) -> None:
        """Orders as they ought to be are fit, and nothing of the probe is left in them."""
        orders = Orders()
        probe(orders, PATH)
        assert not orders._events

    @pytest.mark.parametrize(("responses", "message"), [
        ((NO_ANSWER,) * 3, "no response to any request"),
        ((reply(401), reply(400), reply(404)), "refuses this client: GET /orders/... gives 401"),
        ((reply(403),) * 3, "see --base-url and --contract, or give credentials by --header"),
        ((reply(502), reply(500), reply(404)), "fails at every request"),
        ((reply(503), NO_ANSWER, reply(404)), "fails at every request"),
        ((reply(429),) * 3, "see --rate and --concurrency"),
        ((moved(301), moved(308), moved(301)), "give that place as --base-url"),
        ((reply(404),) * 3, "POST /orders gives 404, as any unknown path does"),
        ((reply(404), reply(403), reply(403)), "POST /orders gives 403, as any unknown path does"),
    ])
    def test_unfit(self, responses: tuple[Response, ...], message: str) -> None:
        """A fault of the stage is an error with a remedy."""
        with pytest.raises(StageError) as error:
            probe(Fixed(*responses), PATH)
        assert message in str(error.value)

    @pytest.mark.parametrize("responses", [
        (reply(500), reply(400), reply(404)),
        (reply(404), reply(500), reply(404)),
        (reply(404), reply(404, {"message": "no such type"}), reply(404)),
        (reply(200), reply(200), reply(404)),
        (reply(404), reply(400), reply(400)),
    ])
    def test_faulty(self, responses: tuple[Response, ...]) -> None:
        """A fault that an implementation may have caused is no fault of the stage."""
        probe(Fixed(*responses), PATH)
