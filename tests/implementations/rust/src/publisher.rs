//! The event bus.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;

use crate::cloud::unavailable;
use crate::orders::{Event, Failure};

pub struct Publisher {
    pub client: Client,
    pub bus: String,
    pub source: String,
}

impl Publisher {
    /// Put the event on the bus as it is stored. PutEvents answers 200 for what it did not take, too.
    pub async fn publish(&self, event: &Event) -> Result<(), Failure> {
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(&self.source)
            .detail_type(event.command.kind.name())
            .detail(serde_json::to_string(event).map_err(unavailable)?)
            .build();
        let answer = self.client.put_events().entries(entry).send().await.map_err(unavailable)?;
        match answer.failed_entry_count() {
            0 => Ok(()),
            _ => Err(unavailable(answer.entries())),
        }
    }
}
