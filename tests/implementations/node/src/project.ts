import type { EventStore } from "./aws/event-store";
import type { ReadModel } from "./aws/read-model";
import { fold, type OrderEvent } from "./domain/orders";

const ATTEMPTS = 5;

export interface Dependencies {
  store: EventStore;
  readModel: ReadModel;
}

/**
 * Brings the order's row to the event's version at least. Deliveries repeat and overtake each
 * other: what the row has is done, and what it lacks before this event is read from the store.
 */
export async function project(event: OrderEvent, { store, readModel }: Dependencies): Promise<void> {
  const { orderId, version } = event;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const row = await readModel.get(orderId);
    if (row.version >= version) return;
    const missing = await store.range(orderId, row.version, version - 1);
    const order = fold([...missing, event], row.order);
    if (await readModel.replace(orderId, row.version, { version, order })) return;
  }
  throw new Error("other deliveries were always faster");
}
