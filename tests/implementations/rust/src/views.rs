//! Orders as they are shown, one row each, in DynamoDB.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::cloud::unavailable;
use crate::orders::{Failure, Order};

type Item = HashMap<String, AttributeValue>;

/// An order after its first `version` events. A deleted order keeps its row, without the order: it
/// tells late events that they are late.
#[derive(Default)]
pub struct Row {
    pub version: u64,
    pub order: Option<Order>,
}

pub struct Views {
    pub client: Client,
    pub table: String,
}

impl Views {
    /// The latest row of an order, at version 0 if there is none yet.
    pub async fn get(&self, order_id: &str) -> Result<Row, Failure> {
        let found = self.client.get_item()
            .table_name(&self.table)
            .key("id", text(order_id))
            .consistent_read(true)
            .send().await.map_err(unavailable)?;
        found.item.map_or(Ok(Row::default()), |item| row(&item).ok_or_else(|| unavailable("a row")))
    }

    /// Replace the row that is at version `seen`; false if it is no longer.
    pub async fn put(&self, order_id: &str, row: &Row, seen: u64) -> Result<bool, Failure> {
        let put = self.client.put_item()
            .table_name(&self.table)
            .set_item(Some(item(order_id, row)))
            .condition_expression("attribute_not_exists(id) OR version = :seen")
            .expression_attribute_values(":seen", AttributeValue::N(seen.to_string()))
            .send().await;
        match put {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(false),
            Err(error) => Err(unavailable(error)),
        }
    }
}

fn item(order_id: &str, row: &Row) -> Item {
    let mut item = HashMap::from([
        ("id".to_owned(), text(order_id)),
        ("version".to_owned(), AttributeValue::N(row.version.to_string())),
    ]);
    if let Some(order) = &row.order {
        let mut shown = HashMap::from([
            ("orderId".to_owned(), text(&order.order_id)),
            ("customer".to_owned(), text(&order.customer)),
            ("createdAt".to_owned(), text(&order.created_at)),
        ]);
        if let Some(updated_at) = &order.updated_at {
            shown.insert("updatedAt".to_owned(), text(updated_at));
        }
        item.insert("order".to_owned(), AttributeValue::M(shown));
    }
    item
}

fn row(item: &Item) -> Option<Row> {
    let version = item.get("version")?.as_n().ok()?.parse().ok()?;
    let Some(AttributeValue::M(shown)) = item.get("order") else {
        return Some(Row { version, order: None });
    };
    let member = |name| shown.get(name)?.as_s().ok().cloned();
    let order = Order {
        order_id: member("orderId")?,
        customer: member("customer")?,
        created_at: member("createdAt")?,
        updated_at: member("updatedAt"),
    };
    Some(Row { version, order: Some(order) })
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}
