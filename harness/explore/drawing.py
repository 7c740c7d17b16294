"""Drawing scenarios with Hypothesis, so that a seed means the same everywhere."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st

from harness.core import scenario_json
from harness.core.scenario import Scenario
from harness.seams.hypothesis import without_local_constants


def drawn(strategy: st.SearchStrategy[Scenario], examples: int, seed_value: int) -> list[Scenario]:
    """So many scenarios, each once, in the order in which they are drawn."""
    found: dict[str, Scenario] = {}
    each_drawn(lambda scenario: _keep(found, scenario), strategy, examples, seed_value)
    return list(found.values())


def _keep(found: dict[str, Scenario], scenario: Scenario) -> None:
    found.setdefault(scenario_json.to_text(scenario), scenario)


def each_drawn(
    example: Callable[[Scenario], None],
    strategy: st.SearchStrategy[Scenario],
    examples: int,
    seed_value: int,
) -> None:
    """Draw scenarios, each for an example; shrinking is ours (module ``shrink``).

    An error in an example ends the drawing as it was raised: Hypothesis would try the example
    again, and call an error that a process makes only once flaky.

    Raises:
        SeamMoved: the installed Hypothesis would give seeds another meaning.
    """
    configured = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
    )
    raised: list[Exception] = []

    def once(scenario: Scenario) -> None:
        if raised:
            raise raised[0]
        try:
            example(scenario)
        except Exception as error:
            raised.append(error)
            raise

    test: Callable[[], None] = seed(seed_value)(configured(given(strategy)(once)))

    try:
        with without_local_constants():
            test()
    except Exception:
        if raised:
            raise raised[0] from None
        raise
