package orders;

import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Keeps events in S3, one object each, written once: {order}/{version}.json. Versions are zero-padded, so
 * that keys sort by them; no id holds a slash, so no order sees the events of another.
 */
record EventStore(S3Client s3, String bucket) {

    /** Returns all events of the order, first to last. */
    List<Event> load(String orderId) {
        List<Event> events = new ArrayList<>();
        for (S3Object object : s3.listObjectsV2Paginator(r -> r.bucket(bucket).prefix(orderId + "/")).contents()) {
            Event event = read(object.key());
            if (event.version() != events.size() + 1) {
                throw new IllegalStateException("version " + (events.size() + 1) + " is not at " + object.key());
            }
            events.add(event);
        }
        return events;
    }

    Event get(String orderId, int version) {
        return read(key(orderId, version));
    }

    /** Stores the event; false says that its version is taken, possibly by an attempt of our own. */
    boolean append(Event event) {
        String key = key(event.orderId(), event.version());
        try {
            s3.putObject(
                    r -> r.bucket(bucket).key(key).contentType("application/json").ifNoneMatch("*"),
                    RequestBody.fromString(event.toJson()));
            return true;
        } catch (S3Exception e) {
            if (e.statusCode() == 412 || e.statusCode() == 409) {
                return false;
            }
            throw e;
        }
    }

    private Event read(String key) {
        String text = s3.getObjectAsBytes(r -> r.bucket(bucket).key(key)).asUtf8String();
        try {
            return Event.parse(Json.object(text));
        } catch (Rejection e) { // no fault of the command at hand
            throw new IllegalStateException("stored event " + key, e);
        }
    }

    private static String key(String orderId, int version) {
        return "%s/%010d.json".formatted(orderId, version);
    }
}
