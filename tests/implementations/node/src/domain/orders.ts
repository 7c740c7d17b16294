import { alreadyExists, notFound } from "../rejection";
import { parseCommand, type Command } from "./commands";

/** A command that was accepted, as the order's `version`-th event. */
export type OrderEvent = Command & { eventId: string; version: number };

/** What a query shows, and all that decisions need to know. */
export interface Order {
  orderId: string;
  customer: string;
  createdAt: string;
  updatedAt?: string;
}

/** Throws a rejection if the rules refuse the command now. */
export function decide(order: Order | undefined, command: Command): void {
  if (command.type === "OrderCreated") {
    if (order) throw alreadyExists();
  } else if (!order) {
    throw notFound();
  }
}

export function evolve(order: Order | undefined, event: Command): Order | undefined {
  switch (event.type) {
    case "OrderCreated": {
      const { orderId, customer, createdAt } = event;
      return { orderId, customer, createdAt };
    }
    case "OrderUpdated": {
      if (!order) throw new Error("an update of an order that does not exist");
      const { updatedAt, customer = order.customer } = event;
      return { ...order, customer, updatedAt };
    }
    case "OrderDeleted":
      return undefined;
  }
}

export const fold = (events: readonly OrderEvent[], start?: Order) =>
  events.reduce<Order | undefined>(evolve, start);

/** Reads an event as strictly as the front door reads commands; throws if it is none. */
export function parseEvent(input: unknown): OrderEvent {
  if (typeof input !== "object" || input === null) throw new Error("an event must be an object");
  const { eventId, version, ...members } = input as Record<string, unknown>;
  if (typeof eventId !== "string" || eventId === "") throw new Error("an event must have an eventId");
  if (!Number.isSafeInteger(version) || (version as number) < 1) throw new Error("an event must have a version");
  return { ...parseCommand(members), eventId, version: version as number };
}
