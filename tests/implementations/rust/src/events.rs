//! Events in S3, one object each, written once: `{order}/{version}.json`.
//!
//! Versions are zero-padded, so that keys sort by them; no id holds a slash, so no order sees the
//! events of another.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;

use crate::cloud::unavailable;
use crate::orders::{Event, Failure};

pub struct EventStore {
    pub client: Client,
    pub bucket: String,
}

impl EventStore {
    /// All events of an order, first to last.
    pub async fn load(&self, order_id: &str) -> Result<Vec<Event>, Failure> {
        let mut events = Vec::new();
        let mut pages = self.client.list_objects_v2()
            .bucket(&self.bucket)
            .prefix(format!("{order_id}/"))
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            for _ in page.map_err(unavailable)?.contents() {
                events.push(self.get(order_id, events.len() as u64 + 1).await?);
            }
        }
        Ok(events)
    }

    pub async fn get(&self, order_id: &str, version: u64) -> Result<Event, Failure> {
        let object = self.client.get_object()
            .bucket(&self.bucket)
            .key(key(order_id, version))
            .send().await.map_err(unavailable)?;
        let text = object.body.collect().await.map_err(unavailable)?.into_bytes();
        let stored = serde_json::from_slice(&text).map_err(unavailable)?;
        Event::from_value(&stored).map_err(unavailable) // it is no fault of the command at hand
    }

    /// False if the version is taken, possibly by an attempt of our own whose response was lost.
    pub async fn append(&self, event: &Event) -> Result<bool, Failure> {
        let text = serde_json::to_vec(event).map_err(unavailable)?;
        let put = self.client.put_object()
            .bucket(&self.bucket)
            .key(key(&event.command.order_id, event.version))
            .content_type("application/json")
            .if_none_match("*")
            .body(text.into())
            .send().await;
        match put {
            Ok(_) => Ok(true),
            Err(error) => match error.code() {
                Some("PreconditionFailed" | "ConditionalRequestConflict") => Ok(false),
                _ => Err(unavailable(error)),
            },
        }
    }
}

fn key(order_id: &str, version: u64) -> String {
    format!("{order_id}/{version:010}.json")
}
