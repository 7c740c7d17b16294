package orders;

/** The types of commands, and of the events that record them; named as in JSON. */
enum EventType {
    OrderCreated,
    OrderUpdated,
    OrderDeleted
}
