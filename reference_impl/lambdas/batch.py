"""Queue batches: every record is handled, the failed ones are reported, the others acknowledged.

SQS delivers the reported records again (ReportBatchItemFailures). The processor keeps the outcome
of its batch, hence a new one for each.
"""

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord


def each_record(
    payload: Mapping[str, Any], handle: Callable[[SQSRecord], None], logger: Logger
) -> dict[str, Any]:
    """Handle every record of an SQS payload; one whose handling raises is logged and reported."""

    def handle_logged(record: SQSRecord) -> None:
        try:
            handle(record)
        except Exception:
            logger.exception("record failed", extra={"messageId": record.message_id})
            raise

    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    return dict(process_partial_response(dict(payload), handle_logged, processor))
