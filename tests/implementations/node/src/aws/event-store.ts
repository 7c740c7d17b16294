import {
  GetObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from "@aws-sdk/client-s3";
import { parseEvent, type OrderEvent } from "../domain/orders";

/**
 * The events in S3, the only source of truth: one object per event, written once.
 *
 * Keys sort by version (zero-padded), and the slash, which no order id has, keeps orders apart.
 * An append demands that its key is free, so of two writers of one version only one succeeds.
 */
export class EventStore {
  constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
  ) {}

  /** All events of the order, in the order of their versions. */
  async load(orderId: string): Promise<OrderEvent[]> {
    const keys: string[] = [];
    const pages = paginateListObjectsV2({ client: this.s3 }, { Bucket: this.bucket, Prefix: `orders/${orderId}/` });
    for await (const page of pages) {
      for (const { Key } of page.Contents ?? []) if (Key) keys.push(Key);
    }
    const events: OrderEvent[] = [];
    for (const key of keys.sort()) events.push(await this.read(key));
    if (events.some((event, index) => event.version !== index + 1)) throw new Error("the history has a gap");
    return events;
  }

  /** The events after version `after`, up to and including `last`; each of them must be there. */
  async range(orderId: string, after: number, last: number): Promise<OrderEvent[]> {
    const events: OrderEvent[] = [];
    for (let version = after + 1; version <= last; version++) {
      events.push(await this.read(keyOf(orderId, version)));
    }
    return events;
  }

  /** False if the version is taken, possibly by this very event, when an earlier response got lost. */
  async append(event: OrderEvent): Promise<boolean> {
    const object = new PutObjectCommand({
      Bucket: this.bucket,
      Key: keyOf(event.orderId, event.version),
      Body: JSON.stringify(event),
      ContentType: "application/json",
      IfNoneMatch: "*",
    });
    try {
      await this.s3.send(object);
      return true;
    } catch (error) {
      if (error instanceof Error && LOST_RACE.has(error.name)) return false;
      throw error;
    }
  }

  private async read(key: string): Promise<OrderEvent> {
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
    if (!Body) throw new Error("an event without a body");
    return parseEvent(JSON.parse(await Body.transformToString()));
  }
}

/** 412: the key is taken. 409: another writer is at it right now. */
const LOST_RACE = new Set(["PreconditionFailed", "ConditionalRequestConflict"]);

const keyOf = (orderId: string, version: number) =>
  `orders/${orderId}/${String(version).padStart(10, "0")}.json`;
