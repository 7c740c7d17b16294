//! The rules, without AWS: which commands there are, when they are accepted, what they do.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const LONGEST_ID: usize = 128;
const LONGEST_NAME: usize = 1000;

/// Why a command is not accepted. `Unavailable` leaves open whether its event is stored.
#[derive(Debug)]
pub enum Failure {
    Invalid(&'static str),
    Exists,
    NotFound,
    KeyReused,
    LostRace,
    Unavailable(String),
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Kind {
    OrderCreated,
    OrderUpdated,
    OrderDeleted,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::OrderCreated => "OrderCreated",
            Kind::OrderUpdated => "OrderUpdated",
            Kind::OrderDeleted => "OrderDeleted",
        }
    }
}

/// A valid command; members that its type does not have are dropped.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Command {
    #[serde(rename = "type")]
    pub kind: Kind,
    pub order_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
}

impl Command {
    pub fn parse(text: &[u8]) -> Result<Command, Failure> {
        let members: Map<String, Value> =
            serde_json::from_slice(text).map_err(|_| Failure::Invalid("send a JSON object"))?;
        Command::from_members(&members)
    }

    fn from_members(members: &Map<String, Value>) -> Result<Command, Failure> {
        let kind = members.get("type").cloned().unwrap_or_default();
        let kind: Kind = serde_json::from_value(kind)
            .map_err(|_| Failure::Invalid("type is none of those there are"))?;
        let (created, updated) = (kind == Kind::OrderCreated, kind == Kind::OrderUpdated);
        let named = created || (updated && members.contains_key("customer"));
        Ok(Command {
            kind,
            order_id: member(members, "orderId", is_id)?,
            customer: named.then(|| member(members, "customer", is_customer)).transpose()?,
            created_at: created.then(|| member(members, "createdAt", is_date_time)).transpose()?,
            updated_at: updated.then(|| member(members, "updatedAt", is_date_time)).transpose()?,
        })
    }
}

fn member(
    members: &Map<String, Value>, name: &'static str, valid: fn(&str) -> bool,
) -> Result<String, Failure> {
    match members.get(name) {
        Some(Value::String(text)) if valid(text) => Ok(text.clone()),
        _ => Err(Failure::Invalid(match name {
            "orderId" => "orderId is missing or not as it should be",
            "customer" => "customer is missing or not as it should be",
            _ => "a date-time is missing or not as it should be",
        })),
    }
}

pub fn is_id(text: &str) -> bool {
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    let bytes = text.as_bytes();
    bytes.len() <= LONGEST_ID
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(inner)
}

fn is_customer(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.chars().count()) && !text.chars().any(|c| c < ' ')
}

fn is_date_time(text: &str) -> bool {
    text.as_bytes().get(10) == Some(&b'T') && OffsetDateTime::parse(text, &Rfc3339).is_ok()
}

/// Says that a command was accepted, as the order's first, second, third ... one.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    pub event_id: String,
    pub version: u64,
    #[serde(flatten)]
    pub command: Command,
}

impl Event {
    /// An event as it is stored and published.
    pub fn from_value(value: &Value) -> Result<Event, Failure> {
        let members = value.as_object().ok_or(Failure::Invalid("an event is an object"))?;
        let event_id = members.get("eventId").and_then(Value::as_str).unwrap_or_default();
        let version = members.get("version").and_then(Value::as_u64).unwrap_or_default();
        if event_id.is_empty() || version < 1 {
            return Err(Failure::Invalid("an event has an eventId and a version from 1"));
        }
        let command = Command::from_members(members)?;
        Ok(Event { event_id: event_id.to_owned(), version, command })
    }
}

/// An order as it is shown.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    pub order_id: String,
    pub customer: String,
    pub created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
}

/// Whether the command is allowed while the order is as it is.
pub fn decide(order: Option<&Order>, command: &Command) -> Result<(), Failure> {
    match (command.kind, order) {
        (Kind::OrderCreated, Some(_)) => Err(Failure::Exists),
        (Kind::OrderUpdated | Kind::OrderDeleted, None) => Err(Failure::NotFound),
        _ => Ok(()),
    }
}

/// The order as the event leaves it.
pub fn evolve(order: Option<Order>, event: &Event) -> Option<Order> {
    let command = event.command.clone();
    match command.kind {
        Kind::OrderCreated => Some(Order {
            order_id: command.order_id,
            customer: command.customer.unwrap_or_default(),
            created_at: command.created_at.unwrap_or_default(),
            updated_at: None,
        }),
        Kind::OrderUpdated => order.map(|before| Order {
            customer: command.customer.unwrap_or(before.customer),
            updated_at: command.updated_at,
            ..before
        }),
        Kind::OrderDeleted => None,
    }
}
