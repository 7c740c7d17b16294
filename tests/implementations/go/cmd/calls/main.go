// Calls is no part of the system: it calls every service of AWS once, for a test of the harness.
package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	entries "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"orders/internal/cloud"
	"orders/internal/gateway"
)

func main() {
	config := cloud.Config()
	lambda.Start(func(ctx context.Context) (events.APIGatewayProxyResponse, error) {
		for _, call := range calls(config) {
			if err := call(ctx); err != nil {
				return gateway.Message(http.StatusInternalServerError, err.Error())
			}
		}
		return gateway.Message(http.StatusOK, "done")
	})
}

func calls(config aws.Config) []func(context.Context) error {
	buckets, hosts := s3.NewFromConfig(config), s3.NewFromConfig(config, byHost)
	return []func(context.Context) error{
		func(ctx context.Context) error { return put(ctx, buckets, "by path") },
		func(ctx context.Context) error { return put(ctx, hosts, "by host") },
		func(ctx context.Context) error {
			_, err := dynamodb.NewFromConfig(config).PutItem(ctx, &dynamodb.PutItemInput{
				TableName: setting("TABLE"),
				Item:      map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "called"}},
			})
			return err
		},
		func(ctx context.Context) error {
			_, err := eventbridge.NewFromConfig(config).PutEvents(ctx, &eventbridge.PutEventsInput{
				Entries: []entries.PutEventsRequestEntry{{
					EventBusName: setting("BUS"), Source: aws.String("calls"),
					DetailType: aws.String("Called"), Detail: aws.String("{}"),
				}},
			})
			return err
		},
		func(ctx context.Context) error {
			_, err := sqs.NewFromConfig(config).SendMessage(ctx, &sqs.SendMessageInput{
				QueueUrl: setting("QUEUE"), MessageBody: aws.String("called"),
			})
			return err
		},
	}
}

func put(ctx context.Context, client *s3.Client, key string) error {
	_, err := client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: setting("BUCKET"), Key: &key, Body: strings.NewReader("called"),
	})
	return err
}

// byHost names the bucket in the host, as AWS wants it, wherever that host really is.
func byHost(o *s3.Options) {
	o.BaseEndpoint = aws.String("http://s3.us-east-1.amazonaws.com")
	o.HTTPClient = &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, os.Getenv("AWS_LAMBDA_RUNTIME_API"))
		},
	}}
}

func setting(name string) *string { return aws.String(cloud.Setting(name)) }
