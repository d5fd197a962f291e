//! Renderings of a run: functions of its state and its trace, without logic of their own.

pub mod availability;
pub mod json;
pub mod life;
pub mod reasons;
#[cfg(feature = "schema")]
mod schema;
pub mod timeline;
pub mod traffic;
pub mod view;
pub mod why;

#[cfg(feature = "schema")]
pub use schema::json_schema;
