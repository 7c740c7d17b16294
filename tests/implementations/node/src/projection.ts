import type { EventBridgeEvent } from "aws-lambda";
import { dynamo, s3, setting } from "./aws/clients";
import { EventStore } from "./aws/event-store";
import { ReadModel } from "./aws/read-model";
import { parseEvent } from "./domain/orders";
import { project } from "./project";

const source = setting("EVENT_SOURCE");
const dependencies = {
  store: new EventStore(s3(), setting("EVENT_BUCKET")),
  readModel: new ReadModel(dynamo(), setting("TABLE_NAME")),
};

/** What throws here is delivered again, and ends in the dead-letter queue; it holds up nothing. */
export async function handler(envelope: EventBridgeEvent<string, unknown>): Promise<void> {
  const event = parseEvent(envelope.detail);
  if (envelope.source !== source || envelope["detail-type"] !== event.type) {
    throw new Error(`not one of our events: ${envelope.source}, ${envelope["detail-type"]}`);
  }
  await project(event, dependencies);
}
