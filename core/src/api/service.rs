//! Services without their tasks.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::is_default;
use super::task::TaskSpec;
use crate::model;
use crate::model::{
    Annotations, EndpointMode, FailureAction, Labels, PortConfig, PortProtocol, PublishMode,
    ServiceMode, UpdateOrder,
};

/// A service as it is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct ServiceSpec {
    /// Its name.
    pub name: String,
    /// Its labels.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// What each of its tasks is.
    pub task_template: TaskSpec,
    /// How many tasks it has.
    pub mode: Mode,
    /// How it is updated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_config: Option<UpdateConfig>,
    /// How an update is taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollback_config: Option<UpdateConfig>,
    /// How it is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_spec: Option<EndpointSpec>,
}

/// How many tasks there are: one of these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Mode {
    /// A number of tasks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicated: Option<Replicated>,
    /// One on each node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub global: Option<Nothing>,
    /// A number of tasks that end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicated_job: Option<ReplicatedJob>,
    /// One that ends on each node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub global_job: Option<Nothing>,
}

/// A mapping without keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A number of tasks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Replicated {
    /// How many.
    pub replicas: u64,
}

impl Default for Replicated {
    fn default() -> Self {
        Self { replicas: 1 }
    }
}

/// A number of tasks that end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct ReplicatedJob {
    /// How many at a time.
    pub max_concurrent: u64,
    /// How many altogether; as many as at a time if it does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_completions: Option<u64>,
}

impl Default for ReplicatedJob {
    fn default() -> Self {
        Self {
            max_concurrent: 1,
            total_completions: None,
        }
    }
}

impl Mode {
    fn to_model(&self) -> ServiceMode {
        if self.global.is_some() {
            ServiceMode::Global
        } else if self.global_job.is_some() {
            ServiceMode::GlobalJob
        } else if let Some(job) = &self.replicated_job {
            ServiceMode::ReplicatedJob {
                max_concurrent: job.max_concurrent,
                total_completions: job.total_completions.unwrap_or(job.max_concurrent),
            }
        } else {
            let replicated = self.replicated.clone().unwrap_or_default();
            ServiceMode::Replicated {
                replicas: replicated.replicas,
            }
        }
    }
}

/// A share of tasks that may fail.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ratio(pub f32);

// It is finite and never computed.
impl Eq for Ratio {}

impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f32(self.0)
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Ratio;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Ratio, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Ratio, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Ratio, E> {
                match text.parse::<f32>() {
                    Ok(ratio) if ratio.is_finite() => Ok(Ratio(ratio)),
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// How tasks are replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct UpdateConfig {
    /// How many at a time; 0 is all at once.
    pub parallelism: u64,
    /// How long to wait between them, in nanoseconds.
    #[serde(skip_serializing_if = "is_default")]
    pub delay: u64,
    /// What becomes of an update that fails.
    pub failure_action: FailureAction,
    /// How long a new task is watched, in nanoseconds.
    pub monitor: u64,
    /// The share of tasks that may fail.
    pub max_failure_ratio: Ratio,
    /// Which of the old and the new task is first.
    pub order: UpdateOrder,
}

impl Default for UpdateConfig {
    fn default() -> Self {
        let default = model::UpdateConfig::default();
        Self {
            parallelism: default.parallelism,
            delay: default.delay_ns,
            failure_action: default.failure_action,
            monitor: default.monitor_ns,
            max_failure_ratio: Ratio(default.max_failure_ratio),
            order: default.order,
        }
    }
}

impl UpdateConfig {
    fn to_model(&self) -> model::UpdateConfig {
        model::UpdateConfig {
            parallelism: self.parallelism,
            delay_ns: self.delay,
            failure_action: self.failure_action,
            monitor_ns: self.monitor,
            max_failure_ratio: self.max_failure_ratio.0,
            order: self.order,
        }
    }
}

/// How a service is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct EndpointSpec {
    /// By one address or by those of its tasks.
    pub mode: EndpointMode,
    /// The ports that it publishes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<Port>,
}

/// A published port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Port {
    /// A name, which means nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What is spoken there.
    pub protocol: PortProtocol,
    /// The port of the container.
    pub target_port: u32,
    /// The port of the nodes; 0 for any that is free.
    #[serde(skip_serializing_if = "is_default")]
    pub published_port: u32,
    /// On all nodes, or on those that have a task.
    pub publish_mode: PublishMode,
}

impl ServiceSpec {
    /// What the swarm is asked for. Networks, secrets and configs are under their names.
    pub fn to_model(&self) -> model::ServiceSpec {
        // One that is not written is by address, as that of a service without words about it.
        let endpoint = self.endpoint_spec.clone().unwrap_or_default();
        let endpoint = {
            let ports = endpoint.ports.iter().map(|port| PortConfig {
                protocol: port.protocol,
                target_port: port.target_port,
                published_port: port.published_port,
                publish_mode: port.publish_mode,
            });
            model::EndpointSpec {
                mode: endpoint.mode,
                ports: ports.collect(),
            }
        };
        model::ServiceSpec {
            annotations: Annotations {
                name: self.name.clone(),
                labels: self.labels.clone(),
            },
            task: Arc::new(self.task_template.to_model()),
            mode: self.mode.to_model(),
            update: self.update_config.as_ref().map(UpdateConfig::to_model),
            rollback: self.rollback_config.as_ref().map(UpdateConfig::to_model),
            endpoint: Some(Arc::new(endpoint)),
        }
    }
}
