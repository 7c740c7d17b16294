import { PutEventsCommand, type EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { OrderEvent } from "../domain/orders";

export class Publisher {
  constructor(
    private readonly eventBridge: EventBridgeClient,
    private readonly bus: string,
    private readonly source: string,
  ) {}

  /** Resolves only when the bus has taken the event: PutEvents answers 200 even if it has not. */
  async publish(event: OrderEvent): Promise<void> {
    const entry = {
      EventBusName: this.bus,
      Source: this.source,
      DetailType: event.type,
      Detail: JSON.stringify(event),
    };
    const { FailedEntryCount, Entries } = await this.eventBridge.send(new PutEventsCommand({ Entries: [entry] }));
    if (FailedEntryCount) throw new Error(`not published: ${Entries?.[0]?.ErrorCode}`);
  }
}
