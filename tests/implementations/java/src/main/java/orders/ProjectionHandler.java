package orders;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * The function behind the event bus, directly or with a queue in between. It throws at what it cannot
 * project, so that it is delivered again and at last set aside.
 */
public final class ProjectionHandler extends JsonHandler {
    private final String source = Aws.setting("EVENT_SOURCE");
    private final Projector projector = new Projector(
            new EventStore(Aws.client(S3Client.builder()), Aws.setting("EVENT_BUCKET")),
            new ReadModel(Aws.client(DynamoDbClient.builder()), Aws.setting("TABLE_NAME")));

    @Override
    JsonNode handle(JsonNode payload) {
        if (Batch.is(payload)) {
            return Batch.each(payload, message -> deliver(Json.object(message.path("body").asText())));
        }
        deliver(payload);
        return NullNode.instance;
    }

    private void deliver(JsonNode envelope) {
        Event event = Event.parse(envelope.path("detail"));
        boolean ours = envelope.path("source").asText().equals(source);
        if (!ours || !envelope.path("detail-type").asText().equals(event.command().type().name())) {
            throw new IllegalArgumentException("not for this function: " + envelope);
        }
        projector.project(event);
    }
}
