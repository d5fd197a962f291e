//! The flags that set up a swarm, shared by `init`, `update` and `ca` (docker/cli
//! `cli/command/swarm/opts.go`).

use crate::docker::flags::Matches;
use crate::docker::values::Value;
use crate::model::{ClusterSpec, ExternalCa};

/// Settings of a swarm, as far as they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SwarmSettings {
    /// How many tasks of a slot are kept.
    pub task_history_limit: Option<i64>,
    /// How often nodes have to be heard of.
    pub dispatcher_heartbeat_ns: Option<i64>,
    /// Snapshots that are kept beside the newest.
    pub max_snapshots: Option<u64>,
    /// Log entries between snapshots.
    pub snapshot_interval: Option<u64>,
    /// Whether managers start locked.
    pub autolock: Option<bool>,
    /// How long certificates hold.
    pub cert_expiry_ns: Option<i64>,
    /// Others that may sign.
    pub external_cas: Vec<ExternalCa>,
}

impl SwarmSettings {
    pub(super) fn read(matches: &Matches) -> Self {
        let external_cas = matches.all("external-ca").filter_map(|value| match value {
            Value::ExternalCa(ca) => Some(ca.clone()),
            _ => None,
        });
        Self {
            task_history_limit: matches.int("task-history-limit"),
            dispatcher_heartbeat_ns: matches.int("dispatcher-heartbeat"),
            max_snapshots: matches.uint("max-snapshots"),
            snapshot_interval: matches.uint("snapshot-interval"),
            autolock: matches.bool("autolock"),
            cert_expiry_ns: matches.int("cert-expiry"),
            external_cas: external_cas.collect(),
        }
    }

    /// Puts into a spec what was given.
    pub fn apply(&self, spec: &mut ClusterSpec) {
        fn set<T>(field: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *field = value;
            }
        }
        set(
            &mut spec.orchestration.task_history_retention_limit,
            self.task_history_limit,
        );
        set(
            &mut spec.dispatcher.heartbeat_period_ns,
            self.dispatcher_heartbeat_ns,
        );
        set(&mut spec.raft.keep_old_snapshots, self.max_snapshots);
        set(&mut spec.raft.snapshot_interval, self.snapshot_interval);
        set(
            &mut spec.encryption_config.auto_lock_managers,
            self.autolock,
        );
        set(&mut spec.ca_config.node_cert_expiry_ns, self.cert_expiry_ns);
        if !self.external_cas.is_empty() {
            spec.ca_config.external_cas.clone_from(&self.external_cas);
        }
    }
}
