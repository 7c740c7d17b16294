//! Batches of SQS messages.

use serde_json::{Value, json};

use crate::orders::Failure;

/// The messages, if the payload is a batch of them.
pub fn messages(payload: &Value) -> Option<&Vec<Value>> {
    payload["Records"].as_array()
}

/// The messages that failed, to be delivered again, as Lambda wants to be told of them.
pub async fn each<'a, F>(messages: &'a [Value], handle: impl Fn(&'a Value) -> F) -> Value
where
    F: Future<Output = Result<(), Failure>>,
{
    let mut failed = Vec::new();
    for message in messages {
        if let Err(failure) = handle(message).await {
            eprintln!("message {} failed: {failure:?}", message["messageId"]);
            failed.push(json!({"itemIdentifier": message["messageId"]}));
        }
    }
    json!({"batchItemFailures": failed})
}
