// Command is the function behind POST /orders; it also takes commands from a queue.
package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"regexp"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"orders/internal/cloud"
	"orders/internal/eventstore"
	"orders/internal/gateway"
	"orders/internal/orders"
	"orders/internal/queue"
)

const largestBody = 64 << 10 // EventBridge takes entries of 256 kB

var keyForm = regexp.MustCompile(`^[ -~]{1,64}$`)

func main() {
	config := cloud.Config()
	s := service{
		store: eventstore.Store{Client: s3.NewFromConfig(config), Bucket: cloud.Setting("EVENT_BUCKET")},
		bus: bus{
			client: eventbridge.NewFromConfig(config),
			name:   cloud.Setting("EVENT_BUS"),
			source: cloud.Setting("EVENT_SOURCE"),
		},
	}
	lambda.Start(s.handle)
}

func (s service) handle(ctx context.Context, payload json.RawMessage) (any, error) {
	if messages, ok := queue.Batch(payload); ok {
		return queue.Each(messages, func(m events.SQSMessage) error { return s.fromQueue(ctx, m) }), nil
	}
	var request events.APIGatewayProxyRequest
	if err := json.Unmarshal(payload, &request); err != nil {
		return nil, err
	}
	return s.fromAPI(ctx, request)
}

func (s service) fromAPI(
	ctx context.Context, request events.APIGatewayProxyRequest,
) (events.APIGatewayProxyResponse, error) {
	body, err := gateway.Body(request)
	if err != nil {
		return gateway.Message(http.StatusBadRequest, "the body is not base64")
	}
	if len(body) > largestBody {
		return gateway.Message(http.StatusRequestEntityTooLarge, "the body is too large")
	}
	key, sent := gateway.Header(request, "Idempotency-Key")
	if sent && !keyForm.MatchString(key) {
		return gateway.Message(http.StatusBadRequest, "the Idempotency-Key is not 1 to 64 ASCII characters")
	}
	command, err := orders.Parse(body)
	if err != nil {
		return reply(err)
	}
	event, err := s.accept(ctx, command, eventID(command.OrderID, key))
	if err != nil {
		return reply(err)
	}
	return gateway.JSON(http.StatusOK, map[string]any{
		"eventId": event.EventID, "orderId": event.OrderID, "version": event.Version,
	})
}

// fromQueue fails only when another delivery may end otherwise.
func (s service) fromQueue(ctx context.Context, message events.SQSMessage) error {
	command, err := orders.Parse([]byte(message.Body))
	if err == nil {
		_, err = s.accept(ctx, command, eventID(command.OrderID, message.MessageId))
	}
	if status(err) == http.StatusServiceUnavailable || errors.Is(err, errLostRace) {
		return err
	}
	if err != nil {
		slog.Warn("command rejected", "messageId", message.MessageId, "reason", err)
	}
	return nil
}

func reply(err error) (events.APIGatewayProxyResponse, error) {
	if status(err) == http.StatusServiceUnavailable {
		return gateway.Unavailable(err)
	}
	return gateway.Message(status(err), err.Error())
}

func status(err error) int {
	switch {
	case err == nil:
		return http.StatusOK
	case errors.Is(err, orders.ErrInvalid):
		return http.StatusBadRequest
	case errors.Is(err, orders.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, orders.ErrExists), errors.Is(err, errLostRace):
		return http.StatusConflict
	case errors.Is(err, errKeyReused):
		return http.StatusUnprocessableEntity
	}
	return http.StatusServiceUnavailable
}

// eventID is the same for every attempt of a command that has a key, and new for one without.
func eventID(orderID, key string) string {
	if key == "" {
		return rand.Text()
	}
	sum := sha256.Sum256([]byte(orderID + "/" + key))
	return hex.EncodeToString(sum[:16])
}
