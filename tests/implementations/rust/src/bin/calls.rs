//! No part of the system: it calls every service of AWS once, for a test of the harness.

#![recursion_limit = "256"] // calls of the SDK are deep

use std::net::{IpAddr, Ipv4Addr};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use orders::cloud::{config, setting};
use orders::gateway;
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = &config().await;
    run(service_fn(async |_: LambdaEvent<Value>| call(config).await)).await
}

async fn call(config: &SdkConfig) -> Result<Value, Error> {
    put(aws_sdk_s3::Client::new(config), "by path").await?;
    put(aws_sdk_s3::Client::from_conf(by_host(config)), "by host").await?;
    aws_sdk_dynamodb::Client::new(config).put_item()
        .table_name(setting("TABLE"))
        .item("id", AttributeValue::S("called".to_owned()))
        .send().await?;
    let entry = PutEventsRequestEntry::builder()
        .event_bus_name(setting("BUS"))
        .source("calls")
        .detail_type("Called")
        .detail("{}")
        .build();
    aws_sdk_eventbridge::Client::new(config).put_events().entries(entry).send().await?;
    aws_sdk_sqs::Client::new(config).send_message()
        .queue_url(setting("QUEUE"))
        .message_body("called")
        .send().await?;
    Ok(gateway::reply(200, &json!({"message": "done"})))
}

async fn put(client: aws_sdk_s3::Client, key: &str) -> Result<(), Error> {
    let body = ByteStream::from_static(b"called");
    client.put_object().bucket(setting("BUCKET")).key(key).body(body).send().await?;
    Ok(())
}

/// Names the bucket in the host, as AWS wants it, wherever that host really is.
fn by_host(config: &SdkConfig) -> aws_sdk_s3::Config {
    let address = setting("AWS_LAMBDA_RUNTIME_API");
    let port = address.rsplit(':').next().unwrap_or_default();
    let client = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_with_resolver(Here);
    Builder::from(config)
        .http_client(client)
        .endpoint_url(format!("http://s3.us-east-1.amazonaws.com:{port}"))
        .build()
}

#[derive(Clone, Debug)]
struct Here;

impl ResolveDns for Here {
    fn resolve_dns<'a>(&'a self, _: &'a str) -> DnsFuture<'a> {
        DnsFuture::ready(Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]))
    }
}
