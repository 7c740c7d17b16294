package orders;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** A function from JSON to JSON; public, because the runtime calls its method by reflection. */
public abstract class JsonHandler implements RequestStreamHandler {
    @Override
    public final void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
        Json.MAPPER.writeValue(output, handle(Json.MAPPER.readTree(input)));
    }

    abstract JsonNode handle(JsonNode payload);
}
