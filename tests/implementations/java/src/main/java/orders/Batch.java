package orders;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Handles batches of SQS messages. */
final class Batch {
    private static final Logger LOG = LoggerFactory.getLogger(Batch.class);

    private Batch() {}

    static boolean is(JsonNode payload) {
        return payload.path("Records").isArray();
    }

    /** Handles every message; those that failed are reported, to be delivered again. */
    static ObjectNode each(JsonNode payload, Consumer<JsonNode> handle) {
        ObjectNode response = Json.object();
        ArrayNode failures = response.putArray("batchItemFailures");
        for (JsonNode message : payload.path("Records")) {
            String id = message.path("messageId").asText();
            try {
                handle.accept(message);
            } catch (RuntimeException e) {
                LOG.error("message {} failed", id, e);
                failures.addObject().put("itemIdentifier", id);
            }
        }
        return response;
    }
}
