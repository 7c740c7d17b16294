//! The SDK's settings, and what the template sets.

use std::env;
use std::fmt::Debug;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use crate::orders::Failure;

/// A caller waits, so retries are few and soon.
pub async fn config() -> SdkConfig {
    let client = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let retries = RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(50))
        .with_max_backoff(Duration::from_millis(200));
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(client)
        .retry_config(retries)
        .load()
        .await
}

/// An environment variable, without which the function cannot start.
pub fn setting(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("set the environment variable {name}"))
}

pub fn unavailable(error: impl Debug) -> Failure {
    Failure::Unavailable(format!("{error:?}"))
}
