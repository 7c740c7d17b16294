// Projection is the function behind the event bus, directly or with a queue in between: it brings
// the read model up to each event.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"orders/internal/cloud"
	"orders/internal/eventstore"
	"orders/internal/orders"
	"orders/internal/queue"
	"orders/internal/readmodel"
)

const attempts = 5

type projection struct {
	source string
	store  eventstore.Store
	table  readmodel.Table
}

func main() {
	config := cloud.Config()
	p := projection{
		source: cloud.Setting("EVENT_SOURCE"),
		store:  eventstore.Store{Client: s3.NewFromConfig(config), Bucket: cloud.Setting("EVENT_BUCKET")},
		table:  readmodel.Table{Client: dynamodb.NewFromConfig(config), Name: cloud.Setting("TABLE_NAME")},
	}
	lambda.Start(p.handle)
}

// handle fails on what it cannot project, so that it is delivered again and at last set aside.
func (p projection) handle(ctx context.Context, payload json.RawMessage) (any, error) {
	if messages, ok := queue.Batch(payload); ok {
		return queue.Each(messages, func(m events.SQSMessage) error {
			return p.deliver(ctx, []byte(m.Body))
		}), nil
	}
	return nil, p.deliver(ctx, payload)
}

func (p projection) deliver(ctx context.Context, envelope []byte) error {
	var e events.EventBridgeEvent
	if err := json.Unmarshal(envelope, &e); err != nil {
		return err
	}
	event, err := orders.ParseEvent(e.Detail)
	if err != nil {
		return err
	}
	if e.Source != p.source || e.DetailType != event.Type {
		return fmt.Errorf("%s from %s is not for this function", e.DetailType, e.Source)
	}
	return p.project(ctx, event)
}

// project folds the event into its row. Events come in any order and more than once, so the row's
// version decides: an event that it covers is done, and those missing before a later one are read
// from the store.
func (p projection) project(ctx context.Context, event orders.Event) error {
	for range attempts {
		row, err := p.table.Get(ctx, event.OrderID)
		if err != nil || event.Version <= row.Version {
			return err
		}
		next, err := p.next(ctx, row, event)
		if err != nil {
			return err
		}
		if err := p.table.Put(ctx, next, row.Version); !errors.Is(err, readmodel.ErrStale) {
			return err
		}
	}
	return fmt.Errorf("order %s, version %d: other deliveries came first", event.OrderID, event.Version)
}

func (p projection) next(ctx context.Context, row readmodel.Row, event orders.Event) (readmodel.Row, error) {
	for row.Version < event.Version {
		following, err := event, error(nil)
		if row.Version+1 < event.Version {
			following, err = p.store.Get(ctx, event.OrderID, row.Version+1)
		}
		if err != nil {
			return row, err
		}
		if row.Order, err = row.Order.After(following); err != nil {
			return row, err
		}
		row.Version++
	}
	return row, nil
}
