"""Faults of the tanks."""

from __future__ import annotations

from tests.miniatures.building import Change
from tests.systems.building import fault

INTAKE, WORKER = "app/intake.py", "app/worker.py"

BROKEN = (
    fault("takes_a_refused_one", "A refused command whose message comes again is taken after all.",
          Change(WORKER, 'if job is None or job["state"] != "PENDING":', "if job is None:"),
          fails="RLY-01", may_fail="RLY-02 CMD-02"),
    fault("ends_before_it_stores", "A job is done before its event is stored.",
          Change(WORKER, '    finish(order["job"], "DONE")\n', ""),
          Change(WORKER, "        decide(fold(history), order)\n",
                 "        decide(fold(history), order)\n"
                 '        finish(order["job"], "DONE")\n'),
          fails="RLY-02", may_fail="CMD-01 CMD-05 RLY-01 PRJ-01"),
    fault("forgets_failed_entries", "What a batch of messages has not taken is marked as sent.",
          Change(WORKER, 'taken = {int(each["Id"]) for each in told.get("Successful", ())}',
                 "taken = set(range(len(some)))"),
          Change(WORKER, 'if told.get("Failed"):', "if False:"),
          fails="RLY-03", may_fail="RLY-02 PRJ-01"),
    fault("swallows_failures", "A command whose worker met an error is taken for handled.",
          Change(WORKER, 'failed.append({"itemIdentifier": record["messageId"]})', "pass"),
          fails="RLY-02", may_fail="RLY-03 RLY-04 CMD-10 CMD-12"),
    fault("ends_at_a_failure", "Messages behind one that failed are neither handled nor reported.",
          Change(WORKER, 'failed.append({"itemIdentifier": record["messageId"]})',
                 'failed.append({"itemIdentifier": record["messageId"]})\n            break'),
          fails="RLY-04", may_fail="RLY-02"),
)
