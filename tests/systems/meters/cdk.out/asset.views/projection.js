// The projection: a meter is folded anew for each of its events.
const { DynamoDBClient } = require("@aws-sdk/client-dynamodb");
const { DynamoDBDocumentClient, PutCommand, QueryCommand } = require("@aws-sdk/lib-dynamodb");

const db = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const { READINGS_TABLE, METERS_TABLE } = process.env;

exports.handler = async (event) => {
  const meter = event.detail?.meter;
  if (typeof meter !== "string" || meter === "") return;
  const events = await load(meter);
  if (events.length === 0) return;
  const view = events.reduce(evolve, { meter, events: events.length });
  try {
    await db.send(new PutCommand({
      TableName: METERS_TABLE, Item: view,
      ConditionExpression: "attribute_not_exists(meter) OR events < :events",
      ExpressionAttributeValues: { ":events": view.events },
    }));
  } catch (error) {
    if (error.name !== "ConditionalCheckFailedException") throw error;
  }
};

function evolve(view, { what, data }) {
  if (what === "installed") return { ...view, place: data.place, value: 0 };
  if (what === "read") return { ...view, value: data.value };
  return { ...view, removed: true };
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
