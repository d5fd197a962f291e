//! The tests of the real scheduler, re-created as scenarios: same cluster, same events, same
//! outcome. Each test is named after its model in `manager/scheduler`, `manager/constraint` or
//! `api/genericresource` of SwarmKit.

mod constraint;
mod filters;
mod flow;
mod generic;
mod nodeinfo;
mod spread;
mod support;
mod topology;
mod volumes;
