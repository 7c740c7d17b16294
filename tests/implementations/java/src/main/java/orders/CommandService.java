package orders;

import java.util.List;

/**
 * Accepts commands. What it answers rests on published events only: the event of a command is published
 * before it is acknowledged, again when it is retried (the first attempt may have died in between), and the
 * last event is published again before a refusal that rests on it.
 */
record CommandService(EventStore store, EventBus bus) {
    private static final int ATTEMPTS = 5;

    /**
     * Returns the command's event, stored and published; an earlier attempt is known by its event id. Throws
     * Rejection; any other exception leaves open whether the event is stored.
     */
    Event accept(Command command, String eventId) {
        Event event = record(command, eventId);
        bus.publish(event);
        return event;
    }

    private Event record(Command command, String eventId) {
        for (int attempt = 0; ; attempt++) {
            List<Event> history = store.load(command.orderId());
            Event earlier = find(history, eventId);
            if (earlier != null) {
                return sameCommand(earlier, command);
            }
            if (attempt == ATTEMPTS) {
                throw new Rejection.LostRace();
            }
            decide(history, command);
            Event event = new Event(eventId, history.size() + 1, command);
            if (store.append(event)) {
                return event;
            }
        }
    }

    private void decide(List<Event> history, Command command) {
        Order order = null;
        for (Event event : history) {
            order = Order.after(order, event);
        }
        try {
            Order.decide(order, command);
        } catch (Rejection refusal) {
            if (!history.isEmpty()) {
                bus.publish(history.get(history.size() - 1));
            }
            throw refusal;
        }
    }

    private static Event find(List<Event> history, String eventId) {
        return history.stream().filter(event -> event.eventId().equals(eventId)).findFirst().orElse(null);
    }

    private static Event sameCommand(Event earlier, Command command) {
        if (!earlier.command().equals(command)) {
            throw new Rejection(422, "the Idempotency-Key was used before, with another command");
        }
        return earlier;
    }
}
