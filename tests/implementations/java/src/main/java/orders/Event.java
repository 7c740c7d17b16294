package orders;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Says that a command was accepted, as the order's first, second, third ... one. */
record Event(String eventId, int version, Command command) {

    /** Reads an event as it is stored and published; throws Rejection on anything else. */
    static Event parse(JsonNode json) {
        String eventId = new Members(json).required("eventId", text -> !text.isEmpty());
        JsonNode version = json.path("version");
        if (!version.isInt() || version.intValue() < 1) {
            throw Rejection.invalid("version is missing or not as it should be");
        }
        return new Event(eventId, version.intValue(), Command.parse(json));
    }

    String toJson() {
        ObjectNode json = Json.object().put("eventId", eventId).put("version", version);
        command.writeTo(json);
        return Json.text(json);
    }

    String orderId() {
        return command.orderId();
    }
}
