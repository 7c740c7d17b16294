package orders;

import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;

/** Publishes events as they are stored. */
record EventBus(EventBridgeClient client, String name, String source) {

    /** Returns when the bus has taken the event; PutEvents answers 200 when it has not, too. */
    void publish(Event event) {
        PutEventsRequestEntry entry = PutEventsRequestEntry.builder()
                .eventBusName(name)
                .source(source)
                .detailType(event.command().type().name())
                .detail(event.toJson())
                .build();
        PutEventsResponse response = client.putEvents(r -> r.entries(entry));
        if (response.failedEntryCount() > 0) {
            throw new IllegalStateException("not published: " + response.entries().get(0).errorCode());
        }
    }
}
