package orders;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map.Entry;

/** Reads requests of API Gateway and writes its replies. */
final class Gateway {
    private static final int LARGEST_BODY = 64 * 1024; // EventBridge takes entries of 256 kB

    private Gateway() {}

    /** Returns the body as the client sent it. */
    static String body(JsonNode request) {
        String body = request.path("body").asText("");
        if (request.path("isBase64Encoded").asBoolean()) {
            body = decoded(body);
        }
        if (body.getBytes(StandardCharsets.UTF_8).length > LARGEST_BODY) {
            throw new Rejection(413, "the body is too large");
        }
        return body;
    }

    /** Returns a header by its name in any case, or null. */
    static String header(JsonNode request, String name) {
        for (Entry<String, JsonNode> header : request.path("headers").properties()) {
            if (header.getKey().equalsIgnoreCase(name)) {
                return header.getValue().asText();
            }
        }
        return null;
    }

    static ObjectNode reply(int status, JsonNode body) {
        ObjectNode reply = Json.object().put("statusCode", status).put("body", Json.text(body));
        reply.putObject("headers").put("Content-Type", "application/json");
        return reply;
    }

    static ObjectNode message(int status, String text) {
        return reply(status, Json.object().put("message", text));
    }

    /** The reply to what went wrong on our side, which is none of the client's business. */
    static ObjectNode unavailable() {
        return message(503, "not available at the moment, please send it again");
    }

    private static String decoded(String body) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(body));
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (IllegalArgumentException | CharacterCodingException e) {
            throw Rejection.invalid("the body is not UTF-8 in base64");
        }
    }
}
