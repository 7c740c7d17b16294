package orders;

import java.util.HashMap;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;

/** Keeps the orders as they are shown, one row each, in DynamoDB. */
record ReadModel(DynamoDbClient client, String table) {

    /** An order after its first events; a deleted one keeps its row, which tells late events that they are late. */
    record Row(String id, int version, Order order) {}

    /** Returns the latest row, at version 0 if there is none yet. */
    Row get(String id) {
        Map<String, AttributeValue> item = client.getItem(
                        r -> r.tableName(table).key(Map.of("id", text(id))).consistentRead(true))
                .item();
        if (item.isEmpty()) {
            return new Row(id, 0, null);
        }
        return new Row(id, Integer.parseInt(item.get("version").n()), order(id, item));
    }

    /** Puts the row in the place of the one at version seen; false says that another has come first. */
    boolean replace(int seen, Row row) {
        PutItemRequest.Builder put = PutItemRequest.builder().tableName(table).item(item(row));
        if (seen == 0) {
            put.conditionExpression("attribute_not_exists(id)");
        } else {
            put.conditionExpression("version = :seen").expressionAttributeValues(Map.of(":seen", number(seen)));
        }
        try {
            client.putItem(put.build());
            return true;
        } catch (ConditionalCheckFailedException e) {
            return false;
        }
    }

    private static Order order(String id, Map<String, AttributeValue> item) {
        if (!item.containsKey("createdAt")) {
            return null;
        }
        AttributeValue updatedAt = item.get("updatedAt");
        return new Order(
                id, item.get("customer").s(), item.get("createdAt").s(), updatedAt == null ? null : updatedAt.s());
    }

    private static Map<String, AttributeValue> item(Row row) {
        Map<String, AttributeValue> item = new HashMap<>();
        item.put("id", text(row.id()));
        item.put("version", number(row.version()));
        Order order = row.order();
        if (order != null) {
            item.put("customer", text(order.customer()));
            item.put("createdAt", text(order.createdAt()));
        }
        if (order != null && order.updatedAt() != null) {
            item.put("updatedAt", text(order.updatedAt()));
        }
        return item;
    }

    private static AttributeValue text(String value) {
        return AttributeValue.fromS(value);
    }

    private static AttributeValue number(int value) {
        return AttributeValue.fromN(Integer.toString(value));
    }
}
