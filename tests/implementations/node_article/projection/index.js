const DynamoDB = require("aws-sdk/clients/dynamodb");

const documents = new DynamoDB.DocumentClient();

exports.handler = async (batch) => {
  const order = JSON.parse(batch.Records[0].body);
  const row = { TableName: process.env.TABLE_NAME, Key: { id: order.orderId } };

  let view;
  if (order.type === "OrderCreated") {
    view = { orderId: order.orderId, customer: order.customer, createdAt: order.createdAt };
  } else if (order.type === "OrderUpdated") {
    const stored = await documents.get(row).promise();
    if (!stored.Item) {
      throw new Error(`there is no order ${order.orderId}`);
    }
    view = {
      orderId: stored.Item.orderId,
      customer: stored.Item.customer,
      updatedAt: order.updatedAt,
    };
  } else if (order.type === "OrderDeleted") {
    await documents.delete(row).promise();
    return;
  } else {
    throw new Error(`${order.type} is not supported`);
  }

  // The article leaves the table's key out, and DynamoDB would refuse every item.
  const item = { id: order.orderId, ...view };
  await documents.put({ TableName: process.env.TABLE_NAME, Item: item }).promise();
};
