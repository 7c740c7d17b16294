package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"orders/internal/orders"
)

type bus struct {
	client *eventbridge.Client
	name   string
	source string
}

// publish puts the event on the bus as it is stored. PutEvents answers 200 for entries that it did
// not take, too.
func (b bus) publish(ctx context.Context, event orders.Event) error {
	detail, err := json.Marshal(event)
	if err != nil {
		return err
	}
	out, err := b.client.PutEvents(ctx, &eventbridge.PutEventsInput{
		Entries: []types.PutEventsRequestEntry{{
			EventBusName: &b.name,
			Source:       &b.source,
			DetailType:   &event.Type,
			Detail:       aws.String(string(detail)),
		}},
	})
	if err == nil && out.FailedEntryCount > 0 {
		err = fmt.Errorf("not published: %s", aws.ToString(out.Entries[0].ErrorCode))
	}
	return err
}
