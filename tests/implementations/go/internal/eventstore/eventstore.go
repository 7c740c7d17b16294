// Package eventstore keeps events in S3, one object each, written once: {order}/{version}.json.
//
// Versions are zero-padded, so that keys sort by them; no id holds a slash, so no order sees the
// events of another.
package eventstore

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"orders/internal/orders"
)

// ErrTaken says that the version is stored already, possibly by an attempt of our own whose
// response was lost.
var ErrTaken = errors.New("the version is taken")

// Store is an event bucket.
type Store struct {
	Client *s3.Client
	Bucket string
}

// Load returns all events of an order, first to last.
func (s Store) Load(ctx context.Context, orderID string) ([]orders.Event, error) {
	var events []orders.Event
	pages := s3.NewListObjectsV2Paginator(s.Client, &s3.ListObjectsV2Input{
		Bucket: &s.Bucket, Prefix: aws.String(orderID + "/"),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for range page.Contents {
			event, err := s.Get(ctx, orderID, len(events)+1)
			if err != nil {
				return nil, err
			}
			events = append(events, event)
		}
	}
	return events, nil
}

// Get returns one event of an order.
func (s Store) Get(ctx context.Context, orderID string, version int) (orders.Event, error) {
	object, err := s.Client.GetObject(ctx, &s3.GetObjectInput{
		Bucket: &s.Bucket, Key: key(orderID, version),
	})
	if err != nil {
		return orders.Event{}, err
	}
	defer object.Body.Close()
	text, err := io.ReadAll(object.Body)
	if err != nil {
		return orders.Event{}, err
	}
	event, err := orders.ParseEvent(text)
	if err != nil { // not wrapped: it is no fault of the command at hand
		return event, fmt.Errorf("stored event %s: %v", *key(orderID, version), err)
	}
	return event, nil
}

// Append stores an event whose version must be free, or fails with ErrTaken.
func (s Store) Append(ctx context.Context, event orders.Event) error {
	text, err := json.Marshal(event)
	if err != nil {
		return err
	}
	_, err = s.Client.PutObject(ctx, &s3.PutObjectInput{
		Bucket:      &s.Bucket,
		Key:         key(event.OrderID, event.Version),
		Body:        bytes.NewReader(text),
		ContentType: aws.String("application/json"),
		IfNoneMatch: aws.String("*"),
	})
	var refusal smithy.APIError
	if errors.As(err, &refusal) {
		switch refusal.ErrorCode() {
		case "PreconditionFailed", "ConditionalRequestConflict":
			return ErrTaken
		}
	}
	return err
}

func key(orderID string, version int) *string {
	return aws.String(fmt.Sprintf("%s/%010d.json", orderID, version))
}
