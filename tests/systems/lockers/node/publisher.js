"use strict";
// The publisher behind the stream of the events table: stored events become records of shards.
const { KinesisClient, PutRecordsCommand } = require("@aws-sdk/client-kinesis");

const kinesis = new KinesisClient({});

const numberOf = (record) => record.dynamodb.SequenceNumber;

const failedAt = (record) => ({ batchItemFailures: [{ itemIdentifier: numberOf(record) }] });

function entry(record) {
  const image = record.dynamodb.NewImage;
  const told = { locker: image.locker.S, seq: Number(image.seq.N), kind: image.kind.S, data: plain(image.data) };
  return { Data: Buffer.from(JSON.stringify(told)), PartitionKey: told.locker };
}

// The data of an event: a map of texts.
function plain(data) {
  return Object.fromEntries(Object.entries(data.M).map(([name, value]) => [name, value.S]));
}

async function put(entries) {
  const answer = await kinesis.send(new PutRecordsCommand({ StreamName: process.env.STREAM, Records: entries }));
  if (answer.FailedRecordCount) throw new Error("the stream has not taken a record");
}

// One after the other: a record that the stream has not taken is not overtaken by the next one.
exports.handler = async (event) => {
  for (const record of event.Records) {
    try {
      await put([entry(record)]);
    } catch (error) {
      console.log("failed:", error);
      return failedAt(record);
    }
  }
  return { batchItemFailures: [] };
};
