const DynamoDB = require("aws-sdk/clients/dynamodb");

const documents = new DynamoDB.DocumentClient();

exports.handler = async (request) => {
  const found = await documents
    .get({ TableName: process.env.TABLE_NAME, Key: { id: request.pathParameters.id } })
    .promise();

  if (!found.Item) {
    return { statusCode: 404 };
  }
  return {
    statusCode: 200,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(found.Item),
  };
};
