//! API Gateway's requests and replies.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::orders::Failure;

/// A request's body as the client sent it.
pub fn body(request: &Value) -> Result<Vec<u8>, Failure> {
    let text = request["body"].as_str().unwrap_or_default();
    if request["isBase64Encoded"] == true {
        return STANDARD.decode(text).map_err(|_| Failure::Invalid("the body is not base64"));
    }
    Ok(text.as_bytes().to_vec())
}

/// A header by its name in any case.
pub fn header<'a>(request: &'a Value, name: &str) -> Option<&'a str> {
    let sent = request["headers"].as_object()?;
    sent.iter().find(|(sent, _)| sent.eq_ignore_ascii_case(name))?.1.as_str()
}

/// A reply with a JSON body.
pub fn reply(status: u16, body: &Value) -> Value {
    json!({
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": body.to_string(),
    })
}

/// What a client is told of a failure; its inner cause is logged and is none of the client's business.
pub fn refusal(failure: &Failure) -> Value {
    let (status, message) = match failure {
        Failure::Invalid(why) => (400, *why),
        Failure::NotFound => (404, "the order does not exist"),
        Failure::Exists => (409, "the order exists already"),
        Failure::LostRace => (409, "other commands came first, please send it again"),
        Failure::KeyReused => (422, "the Idempotency-Key was used before, with another command"),
        Failure::Unavailable(cause) => {
            eprintln!("request failed: {cause}");
            (503, "not available at the moment, please send it again")
        }
    };
    reply(status, &json!({"message": message}))
}
