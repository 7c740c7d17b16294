package orders;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** An order as it is shown; null is one that does not exist. */
record Order(String orderId, String customer, String createdAt, String updatedAt) {

    /** Throws the refusal of a command that the order, as it is, does not allow. */
    static void decide(Order order, Command command) {
        boolean creates = command.type() == EventType.OrderCreated;
        if (creates && order != null) {
            throw new Rejection(409, "the order exists already");
        }
        if (!creates && order == null) {
            throw new Rejection(404, "the order does not exist");
        }
    }

    /** Returns the order as the event leaves it. */
    static Order after(Order order, Event event) {
        Command command = event.command();
        if ((order == null) != (command.type() == EventType.OrderCreated)) {
            throw new IllegalStateException(event + " cannot follow on " + order);
        }
        return switch (command.type()) {
            case OrderCreated -> new Order(command.orderId(), command.customer(), command.createdAt(), null);
            case OrderUpdated -> order.updated(command);
            case OrderDeleted -> null;
        };
    }

    private Order updated(Command command) {
        String next = command.customer() == null ? customer : command.customer();
        return new Order(orderId, next, createdAt, command.updatedAt());
    }

    ObjectNode toJson() {
        ObjectNode json =
                Json.object().put("orderId", orderId).put("customer", customer).put("createdAt", createdAt);
        return updatedAt == null ? json : json.put("updatedAt", updatedAt);
    }
}
