// Package readmodel keeps the orders as they are shown, one row each, in DynamoDB.
package readmodel

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"orders/internal/orders"
)

// ErrStale says that the row is no longer at the version that was read.
var ErrStale = errors.New("the row has changed")

// Row is an order after its first Version events. A deleted order keeps its row, without the order:
// it tells late events that they are late.
type Row struct {
	ID      string        `dynamodbav:"id"`
	Version int           `dynamodbav:"version"`
	Order   *orders.Order `dynamodbav:"order,omitempty"`
}

// Table is the table of rows.
type Table struct {
	Client *dynamodb.Client
	Name   string
}

// Get returns the latest row of an order, at version 0 if there is none yet.
func (t Table) Get(ctx context.Context, orderID string) (Row, error) {
	row := Row{ID: orderID}
	found, err := t.Client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName:      &t.Name,
		Key:            map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: orderID}},
		ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return row, err
	}
	return row, attributevalue.UnmarshalMap(found.Item, &row)
}

// Put replaces the row that is at version seen (0: there is none), or fails with ErrStale.
func (t Table) Put(ctx context.Context, row Row, seen int) error {
	condition := expression.Name("version").Equal(expression.Value(seen))
	if seen == 0 {
		condition = expression.Name("id").AttributeNotExists()
	}
	e, err := expression.NewBuilder().WithCondition(condition).Build()
	if err != nil {
		return err
	}
	item, err := attributevalue.MarshalMap(row)
	if err != nil {
		return err
	}
	_, err = t.Client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:                 &t.Name,
		Item:                      item,
		ConditionExpression:       e.Condition(),
		ExpressionAttributeNames:  e.Names(),
		ExpressionAttributeValues: e.Values(),
	})
	var failed *types.ConditionalCheckFailedException
	if errors.As(err, &failed) {
		return ErrStale
	}
	return err
}
