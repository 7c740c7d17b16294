// No part of the article's system: it calls every service of AWS once, for a test of the harness.
const AWS = require("aws-sdk");

const { BUCKET, TABLE, BUS, QUEUE } = process.env;

exports.handler = async () => {
  const object = { Bucket: BUCKET, Body: "called" };
  await new AWS.S3({ s3ForcePathStyle: true }).putObject({ ...object, Key: "by path" }).promise();
  await new AWS.S3().putObject({ ...object, Key: "by host" }).promise();
  await new AWS.DynamoDB().putItem({ TableName: TABLE, Item: { id: { S: "called" } } }).promise();
  const entry = { EventBusName: BUS, Source: "calls", DetailType: "Called", Detail: "{}" };
  await new AWS.EventBridge().putEvents({ Entries: [entry] }).promise();
  await new AWS.SQS().sendMessage({ QueueUrl: QUEUE, MessageBody: "called" }).promise();
  return { statusCode: 200, body: "{}" };
};
