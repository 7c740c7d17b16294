package orders;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.s3.S3Client;

/** The function behind POST /orders; it also takes commands from a queue. */
public final class CommandHandler extends JsonHandler {
    private static final Logger LOG = LoggerFactory.getLogger(CommandHandler.class);
    private static final Pattern KEY = Pattern.compile("[ -~]{1,64}");

    private final CommandService service = new CommandService(
            new EventStore(Aws.client(S3Client.builder()), Aws.setting("EVENT_BUCKET")),
            new EventBus(
                    Aws.client(EventBridgeClient.builder()), Aws.setting("EVENT_BUS"), Aws.setting("EVENT_SOURCE")));

    @Override
    JsonNode handle(JsonNode payload) {
        return Batch.is(payload) ? Batch.each(payload, this::fromQueue) : fromApi(payload);
    }

    private ObjectNode fromApi(JsonNode request) {
        try {
            Event event = accept(Gateway.body(request), key(request));
            return Gateway.reply(
                    200,
                    Json.object()
                            .put("eventId", event.eventId())
                            .put("orderId", event.orderId())
                            .put("version", event.version()));
        } catch (Rejection e) {
            return Gateway.message(e.status(), e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("command failed", e);
            return Gateway.unavailable();
        }
    }

    /** Throws only when another delivery may end otherwise. */
    private void fromQueue(JsonNode message) {
        try {
            accept(message.path("body").asText(), message.path("messageId").asText());
        } catch (Rejection.LostRace e) {
            throw e;
        } catch (Rejection e) {
            LOG.warn("command {} rejected: {}", message.path("messageId").asText(), e.getMessage());
        }
    }

    private Event accept(String body, String key) {
        Command command = Command.parse(Json.object(body));
        return service.accept(command, eventId(command.orderId(), key));
    }

    private static String key(JsonNode request) {
        String key = Gateway.header(request, "Idempotency-Key");
        if (key != null && !KEY.matcher(key).matches()) {
            throw Rejection.invalid("the Idempotency-Key is not 1 to 64 ASCII characters");
        }
        return key;
    }

    /** The same for every attempt of a command that has a key, and new for one without. */
    private static String eventId(String orderId, String key) {
        UUID id = key == null
                ? UUID.randomUUID()
                : UUID.nameUUIDFromBytes((orderId + "/" + key).getBytes(StandardCharsets.UTF_8));
        return id.toString();
    }
}
