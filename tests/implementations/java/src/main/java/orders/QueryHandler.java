package orders;

import com.fasterxml.jackson.databind.JsonNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** The function behind GET /orders/{id}. */
public final class QueryHandler extends JsonHandler {
    private static final Logger LOG = LoggerFactory.getLogger(QueryHandler.class);

    private final ReadModel rows =
            new ReadModel(Aws.client(DynamoDbClient.builder()), Aws.setting("TABLE_NAME"));

    @Override
    JsonNode handle(JsonNode request) {
        try {
            String id = request.path("pathParameters").path("id").asText();
            Order order = Members.isId(id) ? rows.get(id).order() : null;
            return order == null ? Gateway.message(404, "not found") : Gateway.reply(200, order.toJson());
        } catch (RuntimeException e) {
            LOG.error("query failed", e);
            return Gateway.unavailable();
        }
    }
}
