package orders;

import orders.ReadModel.Row;

/**
 * Folds events into their rows. They come in any order and more than once, so the row's version decides: an
 * event that it covers is done, and those missing before a later one are read from the store.
 */
record Projector(EventStore store, ReadModel rows) {
    private static final int ATTEMPTS = 5;

    void project(Event event) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Row row = rows.get(event.orderId());
            if (event.version() <= row.version() || rows.replace(row.version(), after(row, event))) {
                return;
            }
        }
        throw new IllegalStateException(event + ": other deliveries came first");
    }

    private Row after(Row row, Event event) {
        Order order = row.order();
        for (int version = row.version() + 1; version < event.version(); version++) {
            order = Order.after(order, store.get(event.orderId(), version));
        }
        return new Row(row.id(), event.version(), Order.after(order, event));
    }
}
