//! Orders: commands into events, events into views, views to clients.

pub mod cloud;
pub mod events;
pub mod gateway;
pub mod orders;
pub mod publisher;
pub mod queue;
pub mod views;
