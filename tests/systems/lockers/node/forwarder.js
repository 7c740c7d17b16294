"use strict";
// The function behind the shards: it invokes the projection with each event, and does not wait for it.
const { LambdaClient, InvokeCommand } = require("@aws-sdk/client-lambda");

const lambda = new LambdaClient({});

async function forward(text) {
  await lambda.send(new InvokeCommand({
    FunctionName: process.env.PROJECTION, InvocationType: "Event",
    Payload: JSON.stringify({ form: 1, event: JSON.parse(text) }),
  }));
}

exports.handler = async (event) => {
  for (const record of event.Records) {
    try {
      await forward(Buffer.from(record.kinesis.data, "base64").toString("utf8"));
    } catch (error) {
      console.log("failed:", error);
      return { batchItemFailures: [{ itemIdentifier: record.kinesis.sequenceNumber }] };
    }
  }
  return { batchItemFailures: [] };
};
