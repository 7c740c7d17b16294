// Package queue handles batches of SQS messages.
package queue

import (
	"encoding/json"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"
)

// Batch returns the messages when the payload is a batch of them.
func Batch(payload json.RawMessage) ([]events.SQSMessage, bool) {
	var batch events.SQSEvent
	err := json.Unmarshal(payload, &batch)
	return batch.Records, err == nil && batch.Records != nil
}

// Each handles every message; those that failed are reported, to be delivered again.
func Each(messages []events.SQSMessage, handle func(events.SQSMessage) error) events.SQSEventResponse {
	response := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for _, message := range messages {
		if err := handle(message); err != nil {
			slog.Error("message failed", "messageId", message.MessageId, "error", err)
			failure := events.SQSBatchItemFailure{ItemIdentifier: message.MessageId}
			response.BatchItemFailures = append(response.BatchItemFailures, failure)
		}
	}
	return response
}
