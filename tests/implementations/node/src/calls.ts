import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SQSClient, SendMessageCommand } from "@aws-sdk/client-sqs";
import { setting } from "./aws/clients";
import { json, type Reply } from "./http";

/** No part of the system: it calls every service of AWS once, for a test of the harness. */
export async function handler(): Promise<Reply> {
  await put(new S3Client({}), "by path");
  await put(new S3Client({ endpoint: "https://s3.us-east-1.amazonaws.com" }), "by host");
  const item = { TableName: setting("TABLE"), Item: { id: { S: "called" } } };
  await new DynamoDBClient({}).send(new PutItemCommand(item));
  const entry = { EventBusName: setting("BUS"), Source: "calls", DetailType: "Called", Detail: "{}" };
  await new EventBridgeClient({}).send(new PutEventsCommand({ Entries: [entry] }));
  const message = { QueueUrl: setting("QUEUE"), MessageBody: "called" };
  await new SQSClient({}).send(new SendMessageCommand(message));
  return json(200, { message: "done" });
}

const put = (client: S3Client, key: string) =>
  client.send(new PutObjectCommand({ Bucket: setting("BUCKET"), Key: key, Body: "called" }));
