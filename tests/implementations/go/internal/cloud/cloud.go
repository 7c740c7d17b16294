// Package cloud configures the AWS SDK, and reads what the template sets.
package cloud

import (
	"context"
	"log"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
)

// Config returns the SDK's configuration: a caller waits, so retries are few and soon.
func Config() aws.Config {
	retryer := func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = 3
			o.MaxBackoff = 200 * time.Millisecond
		})
	}
	c, err := config.LoadDefaultConfig(context.Background(), config.WithRetryer(retryer))
	if err != nil {
		log.Fatal(err)
	}
	return c
}

// Setting returns an environment variable, without which the function cannot start.
func Setting(name string) string {
	value := os.Getenv(name)
	if value == "" {
		log.Fatalf("set the environment variable %s", name)
	}
	return value
}
