// Query is the function behind GET /orders/{id}.
package main

import (
	"context"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"orders/internal/cloud"
	"orders/internal/gateway"
	"orders/internal/orders"
	"orders/internal/readmodel"
)

func main() {
	table := readmodel.Table{
		Client: dynamodb.NewFromConfig(cloud.Config()), Name: cloud.Setting("TABLE_NAME"),
	}
	lambda.Start(func(
		ctx context.Context, request events.APIGatewayProxyRequest,
	) (events.APIGatewayProxyResponse, error) {
		return show(ctx, table, request.PathParameters["id"])
	})
}

func show(ctx context.Context, table readmodel.Table, orderID string) (events.APIGatewayProxyResponse, error) {
	var row readmodel.Row
	if orders.IsID(orderID) {
		var err error
		if row, err = table.Get(ctx, orderID); err != nil {
			return gateway.Unavailable(err)
		}
	}
	if row.Order == nil {
		return gateway.Message(http.StatusNotFound, "not found")
	}
	return gateway.JSON(http.StatusOK, row.Order)
}
