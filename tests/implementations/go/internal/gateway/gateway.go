// Package gateway reads requests of API Gateway and writes its replies.
package gateway

import (
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// Body returns a request's body as the client sent it.
func Body(r events.APIGatewayProxyRequest) ([]byte, error) {
	if r.IsBase64Encoded {
		return base64.StdEncoding.DecodeString(r.Body)
	}
	return []byte(r.Body), nil
}

// Header returns a header by its name in any case, and whether it was sent.
func Header(r events.APIGatewayProxyRequest, name string) (string, bool) {
	for sent, value := range r.Headers {
		if strings.EqualFold(sent, name) {
			return value, true
		}
	}
	return "", false
}

// JSON is a reply with a JSON body.
func JSON(status int, body any) (events.APIGatewayProxyResponse, error) {
	text, err := json.Marshal(body)
	return events.APIGatewayProxyResponse{
		StatusCode: status,
		Headers:    map[string]string{"Content-Type": "application/json"},
		Body:       string(text),
	}, err
}

// Message is a reply that says one sentence.
func Message(status int, text string) (events.APIGatewayProxyResponse, error) {
	return JSON(status, map[string]string{"message": text})
}

// Unavailable logs the error, which is none of the client's business, and asks to try again.
func Unavailable(err error) (events.APIGatewayProxyResponse, error) {
	slog.Error("request failed", "error", err)
	return Message(http.StatusServiceUnavailable, "not available at the moment, please send it again")
}
