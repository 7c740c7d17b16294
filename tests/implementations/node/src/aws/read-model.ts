import { GetCommand, PutCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Order } from "../domain/orders";

/** The order after its first `version` events; without an order: none yet, or a tombstone. */
export interface Row {
  version: number;
  order?: Order | undefined;
}

/** The views in DynamoDB. A deleted order leaves its version, so that late events find it done. */
export class ReadModel {
  constructor(
    private readonly dynamo: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  async get(orderId: string): Promise<Row> {
    const { Item } = await this.dynamo.send(
      new GetCommand({ TableName: this.table, Key: { id: orderId }, ConsistentRead: true }),
    );
    return Item ? { version: Item.version, order: Item.order } : { version: 0 };
  }

  /** False if the row is no longer at the version that the writer has seen. */
  async replace(orderId: string, seen: number, { version, order }: Row): Promise<boolean> {
    const put = new PutCommand({
      TableName: this.table,
      Item: { id: orderId, version, ...(order && { order }) },
      ConditionExpression: seen === 0 ? "attribute_not_exists(id)" : "version = :seen",
      ...(seen > 0 && { ExpressionAttributeValues: { ":seen": seen } }),
    });
    try {
      await this.dynamo.send(put);
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === "ConditionalCheckFailedException") return false;
      throw error;
    }
  }
}
