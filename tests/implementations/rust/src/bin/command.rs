//! The function behind POST /orders; it also takes commands from a queue.
//!
//! What it answers rests on published events only: the event of a command is published before it is
//! acknowledged, again when it is retried (the first attempt may have died in between), and the last
//! event is published again before a refusal that rests on it.

#![recursion_limit = "256"] // calls of the SDK are deep

use aws_sdk_eventbridge as eventbridge;
use aws_sdk_s3 as s3;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use orders::cloud::{config, setting};
use orders::events::EventStore;
use orders::orders::{Command, Event, Failure, decide, evolve};
use orders::publisher::Publisher;
use orders::{gateway, queue};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const ATTEMPTS: usize = 5;
/// Bytes; EventBridge takes entries of 256 kB.
const LARGEST_BODY: usize = 64 * 1024;
const LONGEST_KEY: usize = 64;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = config().await;
    let service = &Service {
        store: EventStore { client: s3::Client::new(&config), bucket: setting("EVENT_BUCKET") },
        publisher: Publisher {
            client: eventbridge::Client::new(&config),
            bus: setting("EVENT_BUS"),
            source: setting("EVENT_SOURCE"),
        },
    };
    run(service_fn(async |event: LambdaEvent<Value>| {
        Ok::<_, Error>(service.handle(&event.payload, &event.context.request_id).await)
    })).await
}

struct Service {
    store: EventStore,
    publisher: Publisher,
}

impl Service {
    async fn handle(&self, payload: &Value, request_id: &str) -> Value {
        if let Some(messages) = queue::messages(payload) {
            return queue::each(messages, |message| self.from_queue(message)).await;
        }
        match self.from_api(payload, request_id).await {
            Ok(event) => gateway::reply(200, &json!({
                "eventId": event.event_id,
                "orderId": event.command.order_id,
                "version": event.version,
            })),
            Err(failure) => gateway::refusal(&failure),
        }
    }

    async fn from_api(&self, request: &Value, request_id: &str) -> Result<Event, Failure> {
        let body = gateway::body(request)?;
        if body.len() > LARGEST_BODY {
            return Err(Failure::Invalid("the body is too large"));
        }
        let key = gateway::header(request, "Idempotency-Key");
        if key.is_some_and(|key| !is_key(key)) {
            return Err(Failure::Invalid("the Idempotency-Key is not 1 to 64 ASCII characters"));
        }
        let command = Command::parse(&body)?;
        let event_id = key.map_or(request_id.to_owned(), |key| event_id(&command, key));
        self.accept(command, &event_id).await
    }

    /// Fails only when another delivery may end otherwise.
    async fn from_queue(&self, message: &Value) -> Result<(), Failure> {
        let command = Command::parse(message["body"].as_str().unwrap_or_default().as_bytes());
        let key = message["messageId"].as_str().unwrap_or_default();
        let accepted = match command {
            Ok(command) => {
                let event_id = event_id(&command, key);
                self.accept(command, &event_id).await
            }
            Err(failure) => Err(failure),
        };
        match accepted {
            Err(failure @ (Failure::Unavailable(_) | Failure::LostRace)) => Err(failure),
            Err(failure) => {
                eprintln!("command {key} rejected: {failure:?}");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    async fn accept(&self, command: Command, event_id: &str) -> Result<Event, Failure> {
        let event = self.record(command, event_id).await?;
        self.publisher.publish(&event).await?;
        Ok(event)
    }

    /// Store the command's event; an earlier attempt is known by its event id.
    async fn record(&self, command: Command, event_id: &str) -> Result<Event, Failure> {
        for attempt in 0.. {
            let history = self.store.load(&command.order_id).await?;
            if let Some(earlier) = history.iter().find(|event| event.event_id == event_id) {
                let same = earlier.command == command;
                return if same { Ok(earlier.clone()) } else { Err(Failure::KeyReused) };
            }
            if attempt == ATTEMPTS {
                break;
            }
            self.check(&history, &command).await?;
            let version = history.len() as u64 + 1;
            let event = Event { event_id: event_id.to_owned(), version, command: command.clone() };
            if self.store.append(&event).await? {
                return Ok(event);
            }
        }
        Err(Failure::LostRace)
    }

    async fn check(&self, history: &[Event], command: &Command) -> Result<(), Failure> {
        let decided = decide(history.iter().fold(None, evolve).as_ref(), command);
        if let (Err(_), Some(last)) = (&decided, history.last()) {
            self.publisher.publish(last).await?;
        }
        decided
    }
}

fn is_key(text: &str) -> bool {
    (1..=LONGEST_KEY).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// The same for every attempt of a command that has a key.
fn event_id(command: &Command, key: &str) -> String {
    hex::encode(&Sha256::digest(format!("{}/{key}", command.order_id))[..16])
}
