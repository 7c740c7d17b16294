// GET /meters/{meter}
const { DynamoDBClient } = require("@aws-sdk/client-dynamodb");
const { DynamoDBDocumentClient, GetCommand } = require("@aws-sdk/lib-dynamodb");

const db = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const METER = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

exports.handler = async (event) => {
  const meter = event.pathParameters?.meter ?? "";
  const found = METER.test(meter) ? await read(meter) : undefined;
  if (!found || found.removed) return reply(404, { error: "there is none" });
  return reply(200, { meter, place: found.place, reading: { value: found.value } });
};

async function read(meter) {
  const { Item } = await db.send(new GetCommand({
    TableName: process.env.METERS_TABLE, Key: { meter }, ConsistentRead: true,
  }));
  return Item;
}

function reply(statusCode, body) {
  return {
    statusCode, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
}
