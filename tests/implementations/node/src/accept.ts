import { createHash, randomUUID } from "node:crypto";
import type { EventStore } from "./aws/event-store";
import type { Publisher } from "./aws/publisher";
import { isSameCommand, type Command } from "./domain/commands";
import { decide, fold, type OrderEvent } from "./domain/orders";
import { keyReused, overtaken } from "./rejection";

const ATTEMPTS = 5;

export interface Dependencies {
  store: EventStore;
  publisher: Publisher;
}

/**
 * Stores the command's event and publishes it, in this order. If either fails the outcome is open,
 * and sending the command again with the same key completes it: the event's id follows from the
 * key, so that a retry finds the event of its first attempt and only publishes it.
 */
export async function accept(command: Command, key: string | undefined, on: Dependencies): Promise<OrderEvent> {
  const event = await stored(command, eventIdFor(command, key), on);
  await on.publisher.publish(event);
  return event;
}

async function stored(command: Command, eventId: string, { store, publisher }: Dependencies): Promise<OrderEvent> {
  for (let attempt = 1; ; attempt++) {
    const history = await store.load(command.orderId);
    const earlier = history.find((event) => event.eventId === eventId);
    if (earlier) {
      if (!isSameCommand(earlier, command)) throw keyReused();
      return earlier;
    }
    if (attempt > ATTEMPTS) throw overtaken();
    await decideOn(history, command, publisher);
    const event: OrderEvent = { ...command, eventId, version: history.length + 1 };
    if (await store.append(event)) return event;
  }
}

/** A refusal rests on the last event, whose own command may have died before it was published. */
async function decideOn(history: OrderEvent[], command: Command, publisher: Publisher): Promise<void> {
  try {
    decide(fold(history), command);
  } catch (refusal) {
    const last = history.at(-1);
    if (last) await publisher.publish(last);
    throw refusal;
  }
}

/** No order id has a slash, so that no two pairs of an order and a key look alike. */
const eventIdFor = ({ orderId }: Command, key: string | undefined) =>
  key === undefined ? randomUUID() : createHash("sha256").update(`${orderId}/${key}`).digest("hex");
