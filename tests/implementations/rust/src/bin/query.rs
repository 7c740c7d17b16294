//! The function behind GET /orders/{id}.

#![recursion_limit = "256"] // calls of the SDK are deep

use aws_sdk_dynamodb as dynamodb;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use orders::cloud::{config, setting};
use orders::orders::{Failure, is_id};
use orders::views::Views;
use orders::gateway;
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let client = dynamodb::Client::new(&config().await);
    let views = &Views { client, table: setting("TABLE_NAME") };
    run(service_fn(async |event: LambdaEvent<Value>| {
        let id = event.payload["pathParameters"]["id"].as_str().unwrap_or_default();
        Ok::<_, Error>(show(views, id).await.unwrap_or_else(|failure| gateway::refusal(&failure)))
    })).await
}

async fn show(views: &Views, order_id: &str) -> Result<Value, Failure> {
    if !is_id(order_id) {
        return Err(Failure::NotFound);
    }
    let order = views.get(order_id).await?.order.ok_or(Failure::NotFound)?;
    Ok(gateway::reply(200, &json!(order)))
}
