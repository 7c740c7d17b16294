package orders;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Map;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sqs.SqsClient;

/** No part of the system: it calls every service of AWS once, for a test of the harness. */
public final class CallsHandler extends JsonHandler {
    static {
        System.setProperty("sun.net.http.allowRestrictedHeaders", "true"); // Host is one
    }

    @Override
    JsonNode handle(JsonNode request) {
        put(Aws.client(S3Client.builder()), "by path");
        put(byHost(), "by host");
        Aws.client(DynamoDbClient.builder()).putItem(r -> r.tableName(Aws.setting("TABLE"))
                .item(Map.of("id", AttributeValue.fromS("called"))));
        Aws.client(EventBridgeClient.builder()).putEvents(r -> r.entries(e -> e
                .eventBusName(Aws.setting("BUS")).source("calls").detailType("Called").detail("{}")));
        Aws.client(SqsClient.builder()).sendMessage(r -> r
                .queueUrl(Aws.setting("QUEUE")).messageBody("called"));
        return Gateway.message(200, "done");
    }

    private static void put(S3Client client, String key) {
        client.putObject(r -> r.bucket(Aws.setting("BUCKET")).key(key), RequestBody.fromString("called"));
    }

    /** Names the bucket in the host, as AWS wants it, wherever that host really is. */
    private static S3Client byHost() {
        return S3Client.builder()
                .httpClient(UrlConnectionHttpClient.create(CallsHandler::here))
                .region(Region.of(Aws.setting("AWS_REGION")))
                .endpointOverride(URI.create("http://s3.us-east-1.amazonaws.com"))
                .build();
    }

    private static HttpURLConnection here(URI uri) {
        URI place = URI.create("http://" + Aws.setting("AWS_LAMBDA_RUNTIME_API") + uri.getRawPath()
                + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery()));
        try {
            return (HttpURLConnection) place.toURL().openConnection();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
