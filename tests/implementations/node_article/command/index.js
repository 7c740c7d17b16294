const S3 = require("aws-sdk/clients/s3");
const EventBridge = require("aws-sdk/clients/eventbridge");

const s3 = new S3();

exports.handler = async (batch) => {
  const message = batch.Records[0];
  const command = JSON.parse(message.body);

  await s3
    .putObject({
      Bucket: process.env.EVENT_BUCKET,
      Key: `${command.type}/${message.messageId}.json`,
      Body: message.body,
    })
    .promise();

  const eventBridge = new EventBridge();
  const entry = {
    Source: process.env.EVENT_SOURCE,
    DetailType: command.type,
    Detail: message.body,
  };
  await eventBridge.putEvents({ Entries: [entry] }).promise();

  return { statusCode: 200 };
};
