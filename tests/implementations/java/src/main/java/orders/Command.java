package orders;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;

/** A valid command; a member that its type does not have, or that was left out, is null. */
record Command(EventType type, String orderId, String customer, String createdAt, String updatedAt) {

    /** Reads a command; members that its type does not have are dropped. */
    static Command parse(JsonNode json) {
        Members members = new Members(json);
        EventType type = EventType.valueOf(members.required("type", Command::isType));
        String id = members.required("orderId", Members::isId);
        return switch (type) {
            case OrderCreated -> new Command(
                    type,
                    id,
                    members.required("customer", Members::isCustomer),
                    members.required("createdAt", Members::isDateTime),
                    null);
            case OrderUpdated -> new Command(
                    type,
                    id,
                    members.optional("customer", Members::isCustomer),
                    null,
                    members.required("updatedAt", Members::isDateTime));
            case OrderDeleted -> new Command(type, id, null, null, null);
        };
    }

    void writeTo(ObjectNode json) {
        json.put("type", type.name()).put("orderId", orderId);
        putUnlessNull(json, "customer", customer);
        putUnlessNull(json, "createdAt", createdAt);
        putUnlessNull(json, "updatedAt", updatedAt);
    }

    private static void putUnlessNull(ObjectNode json, String name, String value) {
        if (value != null) {
            json.put(name, value);
        }
    }

    private static boolean isType(String text) {
        return Arrays.stream(EventType.values()).anyMatch(type -> type.name().equals(text));
    }
}
