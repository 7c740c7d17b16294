import { invalid } from "../rejection";
import { isCustomer, isDateTime, isOrderId } from "./formats";

export type Command =
  | { type: "OrderCreated"; orderId: string; customer: string; createdAt: string }
  | { type: "OrderUpdated"; orderId: string; updatedAt: string; customer?: string }
  | { type: "OrderDeleted"; orderId: string };

/**
 * Reads a command. Only the members named here are taken over, in this order, whatever else the
 * object has: two commands are the same if their JSON is.
 */
export function parseCommand(input: Record<string, unknown>): Command {
  const member = own(input);
  const type = member("type");
  const orderId = expect(member("orderId"), isOrderId, "orderId: 1 to 128 of A-Z a-z 0-9 . _ -, a letter or digit first");
  switch (type) {
    case "OrderCreated":
      return {
        type,
        orderId,
        customer: customer(member("customer")),
        createdAt: dateTime(member("createdAt"), "createdAt"),
      };
    case "OrderUpdated": {
      const updatedAt = dateTime(member("updatedAt"), "updatedAt");
      const given = member("customer");
      return given === undefined
        ? { type, orderId, updatedAt }
        : { type, orderId, updatedAt, customer: customer(given) };
    }
    case "OrderDeleted":
      return { type, orderId };
    default:
      throw invalid("type: expected OrderCreated, OrderUpdated or OrderDeleted");
  }
}

export const isSameCommand = (a: Command, b: Command) =>
  JSON.stringify(parseCommand(a)) === JSON.stringify(parseCommand(b));

/** Members of the object itself, never of its prototype. */
const own = (input: Record<string, unknown>) => (name: string) =>
  Object.hasOwn(input, name) ? input[name] : undefined;

const customer = (value: unknown) =>
  expect(value, isCustomer, "customer: expected 1 to 1000 characters, none of them a control character");

const dateTime = (value: unknown, name: string) =>
  expect(value, isDateTime, `${name}: expected an RFC 3339 date-time`);

function expect<T>(value: unknown, holds: (value: unknown) => value is T, otherwise: string): T {
  if (!holds(value)) throw invalid(otherwise);
  return value;
}
