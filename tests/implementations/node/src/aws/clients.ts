import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { S3Client } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

/** One slow call must not outlast the function: the caller would get no reply of ours. */
const options = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
};

export const s3 = () => new S3Client(options);
export const eventBridge = () => new EventBridgeClient(options);
export const dynamo = () => DynamoDBDocumentClient.from(new DynamoDBClient(options));

/** The named environment variable, which the template sets. */
export function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`set the environment variable ${name}`);
  return value;
}
