//! Renderings of a run: functions of its state and its trace, without logic of their own.

pub mod availability;
pub mod json;
pub mod life;
pub mod timeline;
pub mod why;
