//! The function behind the event bus, directly or with a queue in between: it brings the read model
//! up to each event.

#![recursion_limit = "256"] // calls of the SDK are deep

use aws_sdk_dynamodb as dynamodb;
use aws_sdk_s3 as s3;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use orders::cloud::{config, setting, unavailable};
use orders::events::EventStore;
use orders::orders::{Event, Failure, evolve};
use orders::queue;
use orders::views::{Row, Views};
use serde_json::Value;

const ATTEMPTS: usize = 5;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = config().await;
    let projection = &Projection {
        source: setting("EVENT_SOURCE"),
        store: EventStore { client: s3::Client::new(&config), bucket: setting("EVENT_BUCKET") },
        views: Views { client: dynamodb::Client::new(&config), table: setting("TABLE_NAME") },
    };
    run(service_fn(async |event: LambdaEvent<Value>| projection.handle(&event.payload).await)).await
}

struct Projection {
    source: String,
    store: EventStore,
    views: Views,
}

impl Projection {
    /// Fails on what it cannot project, so that it is delivered again and at last set aside.
    async fn handle(&self, payload: &Value) -> Result<Value, Error> {
        if let Some(messages) = queue::messages(payload) {
            return Ok(queue::each(messages, |message| self.from_queue(message)).await);
        }
        match self.deliver(payload).await {
            Ok(()) => Ok(Value::Null),
            Err(failure) => Err(format!("{failure:?}").into()),
        }
    }

    async fn from_queue(&self, message: &Value) -> Result<(), Failure> {
        let text = message["body"].as_str().unwrap_or_default();
        let envelope = serde_json::from_str(text).map_err(unavailable)?;
        self.deliver(&envelope).await
    }

    async fn deliver(&self, envelope: &Value) -> Result<(), Failure> {
        let event = Event::from_value(&envelope["detail"])?;
        let named = envelope["detail-type"] == event.command.kind.name();
        if envelope["source"] != self.source.as_str() || !named {
            return Err(Failure::Invalid("the event is not for this function"));
        }
        self.project(&event).await
    }

    /// Fold the event into its row. Events come in any order and more than once, so the row's version
    /// decides: an event that it covers is done, and those missing before a later one are read from
    /// the store.
    async fn project(&self, event: &Event) -> Result<(), Failure> {
        let order_id = &event.command.order_id;
        for _ in 0..ATTEMPTS {
            let row = self.views.get(order_id).await?;
            let seen = row.version;
            if event.version <= seen {
                return Ok(());
            }
            let next = self.next(row, event).await?;
            if self.views.put(order_id, &next, seen).await? {
                return Ok(());
            }
        }
        Err(unavailable("other deliveries came first"))
    }

    async fn next(&self, mut row: Row, event: &Event) -> Result<Row, Failure> {
        for version in row.version + 1..event.version {
            row.order = evolve(row.order, &self.store.get(&event.command.order_id, version).await?);
        }
        Ok(Row { version: event.version, order: evolve(row.order, event) })
    }
}
