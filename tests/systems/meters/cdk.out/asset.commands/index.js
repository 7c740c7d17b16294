// Commands on meters: POST /meters, POST /meters/{meter}/readings, DELETE /meters/{meter}.
const { randomUUID } = require("node:crypto");
const { DynamoDBClient } = require("@aws-sdk/client-dynamodb");
const { DynamoDBDocumentClient, PutCommand, QueryCommand, UpdateCommand } =
  require("@aws-sdk/lib-dynamodb");
const { EventBridgeClient, PutEventsCommand } = require("@aws-sdk/client-eventbridge");

const db = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const bridge = new EventBridgeClient({});
const { READINGS_TABLE, BUS } = process.env;
const METER = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const ATTEMPTS = 4;

class Invalid extends Error {}

exports.handler = async (event) => {
  let command;
  try {
    command = understood(event);
  } catch (error) {
    if (error instanceof Invalid) return reply(400, { error: error.message });
    throw error;
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const answer = await attempted(command);
    if (answer) return answer;
  }
  return reply(409, { error: "others are changing the meter, try again" });
};

// One attempt; nothing if another command came first.
async function attempted({ meter, what, data }) {
  const events = await load(meter);
  for (const event of events) if (!event.sent) await publish(event);
  const found = events.reduce(evolve, undefined);
  const refusal = refused(found, what, data);
  if (refusal) return reply(refusal.status, { error: refusal.error });
  const event = { meter, position: events.length, id: randomUUID(), what, data, sent: false };
  try {
    await db.send(new PutCommand({
      TableName: READINGS_TABLE, Item: event, ConditionExpression: "attribute_not_exists(meter)",
    }));
  } catch (error) {
    if (error.name !== "ConditionalCheckFailedException") throw error;
    // The SDK repeats a put whose response is lost: then the event that is there is this one.
    const there = await load(meter);
    if (!there.some(({ id }) => id === event.id)) return undefined;
  }
  await publish(event);
  return reply(what === "installed" ? 201 : 200, { meter });
}

function refused(found, what, data) {
  if (what === "installed") return found ? { status: 409, error: "it is there" } : undefined;
  if (!found || found.removed) return { status: 404, error: "there is none" };
  if (what === "read" && data.value < found.value) {
    return { status: 409, error: "a meter does not run backwards" };
  }
  return undefined;
}

function evolve(found, { what, data }) {
  if (what === "installed") return { place: data.place, value: 0 };
  if (what === "read") return { ...found, value: data.value };
  return { ...found, removed: true };
}

async function load(meter) {
  const events = [];
  let ExclusiveStartKey;
  do {
    const page = await db.send(new QueryCommand({
      TableName: READINGS_TABLE, ConsistentRead: true, ExclusiveStartKey,
      KeyConditionExpression: "meter = :meter", ExpressionAttributeValues: { ":meter": meter },
    }));
    events.push(...page.Items);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return events;
}

async function publish(event) {
  const { meter, position, id, what, data } = event;
  const answer = await bridge.send(new PutEventsCommand({
    Entries: [{
      Source: "meters", DetailType: what, EventBusName: BUS,
      Detail: JSON.stringify({ meter, position, id, data }),
    }],
  }));
  if (answer.FailedEntryCount) throw new Error("the bus has not taken the event");
  await db.send(new UpdateCommand({
    TableName: READINGS_TABLE, Key: { meter, position }, UpdateExpression: "SET sent = :yes",
    ExpressionAttributeValues: { ":yes": true },
  }));
}

function understood(event) {
  const meter = event.pathParameters?.meter;
  if (event.routeKey === "DELETE /meters/{meter}") {
    return { meter: valid(meter), what: "removed", data: {} };
  }
  const body = parsed(event);
  if (event.routeKey === "POST /meters") {
    return { meter: valid(body.meter), what: "installed", data: { place: text(body.place) } };
  }
  if (!Number.isInteger(body.value) || body.value < 1 || body.value > 1000000) {
    throw new Invalid("value: expected a whole number");
  }
  return { meter: valid(meter), what: "read", data: { value: body.value } };
}

function parsed({ body, isBase64Encoded }) {
  let found;
  try {
    found = JSON.parse(isBase64Encoded ? Buffer.from(body, "base64").toString() : body);
  } catch {
    throw new Invalid("expected JSON");
  }
  if (typeof found !== "object" || found === null || Array.isArray(found)) {
    throw new Invalid("expected an object");
  }
  return found;
}

function valid(meter) {
  if (typeof meter !== "string" || !METER.test(meter)) throw new Invalid("meter: expected an id");
  return meter;
}

function text(value) {
  const fits = typeof value === "string" && value.isWellFormed() && [...value].length <= 100;
  if (!fits || value === "" || /[\u0000-\u001f]/.test(value)) {
    throw new Invalid("place: expected a text");
  }
  return value;
}

function reply(statusCode, body) {
  return {
    statusCode, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
}
