import { accept } from "./accept";
import { eventBridge, s3, setting } from "./aws/clients";
import { EventStore } from "./aws/event-store";
import { Publisher } from "./aws/publisher";
import { parseCommand } from "./domain/commands";
import { failure, idempotencyKey, json, jsonBody, type Reply, type Request } from "./http";

const dependencies = {
  store: new EventStore(s3(), setting("EVENT_BUCKET")),
  publisher: new Publisher(eventBridge(), setting("EVENT_BUS"), setting("EVENT_SOURCE")),
};

/** POST /orders */
export async function handler(request: Request): Promise<Reply> {
  try {
    const command = parseCommand(jsonBody(request));
    const { orderId, version, eventId } = await accept(command, idempotencyKey(request), dependencies);
    return json(201, { orderId, version, eventId });
  } catch (error) {
    return failure(error);
  }
}
