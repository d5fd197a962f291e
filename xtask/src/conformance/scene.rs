//! What all vectors of the scheduler have in common: a swarm of which only the scheduler runs.

use std::sync::Arc;

use swarmlab_core::ids::{NodeId, ServiceId, TaskId};
use swarmlab_core::kernel::{Components, Settings, Ties};
use swarmlab_core::model::{
    Annotations, Endpoint, Network, NetworkAttachment, NetworkSpec, Node, NodeDescription,
    NodeRole, NodeSpec, NodeState, PortConfig, PortProtocol, PublishMode, Service, ServiceSpec,
    Task, TaskSpec, TaskState, TaskStatus, Text, Version,
};
use swarmlab_core::time::SimTime;

/// What the allocator writes when a task becomes ready to be scheduled.
const MESSAGE_PENDING: Text = Text::constant("pending task scheduling");

/// The scheduler alone, with ties decided by name.
pub(super) fn settings() -> Settings {
    Settings {
        ties: Ties::ByName,
        components: Components::SCHEDULER,
        keep_records: false,
        ..Settings::default()
    }
}

/// A node with this description.
pub(super) fn node(spec: NodeSpec, state: NodeState, description: NodeDescription) -> Node {
    let mut node = Node::new(NodeRole::Worker);
    node.spec = spec;
    node.description = Some(Arc::new(description));
    node.status.state = state;
    node
}

/// A service of this name.
pub(super) fn service(name: &str, spec_version: u64) -> Service {
    let annotations = Annotations {
        name: name.to_owned(),
        ..Annotations::default()
    };
    let spec = ServiceSpec {
        annotations,
        ..ServiceSpec::default()
    };
    Service {
        spec_version: Version {
            index: spec_version,
        },
        ..Service::new(spec)
    }
}

/// A network as the allocator hands it to a task.
pub(super) fn attachment(driver: &str) -> NetworkAttachment {
    let network = Network {
        driver_state_name: driver.to_owned(),
        ..Network::new(NetworkSpec::default())
    };
    NetworkAttachment::new(Arc::new(network))
}

/// A published port.
pub(super) fn port(protocol: PortProtocol, port: u32, publish_mode: PublishMode) -> PortConfig {
    PortConfig {
        protocol,
        target_port: port,
        published_port: port,
        publish_mode,
    }
}

/// Everything that is equal in the tasks of one spec.
#[derive(Clone, Debug, Default)]
pub(super) struct Mould {
    pub(super) service: Option<ServiceId>,
    pub(super) version: Option<u64>,
    pub(super) spec: Arc<TaskSpec>,
    pub(super) networks: Vec<NetworkAttachment>,
    pub(super) endpoint: Option<Arc<Endpoint>>,
}

impl Mould {
    /// The ports of the tasks.
    pub(super) fn set_ports(&mut self, ports: Vec<PortConfig>) {
        self.endpoint = (!ports.is_empty()).then(|| {
            Arc::new(Endpoint {
                ports,
                ..Endpoint::default()
            })
        });
    }

    /// A task that waits to be scheduled, or to be confirmed where it is bound to a node.
    pub(super) fn pending(&self, slot: u64, node: Option<NodeId>, now: SimTime) -> Task {
        let mut task = Task::new(TaskId(0), Arc::clone(&self.spec));
        task.service_id = self.service;
        task.spec_version = self.version.map(|index| Version { index });
        task.slot = slot;
        task.node_id = node;
        task.networks.clone_from(&self.networks);
        task.endpoint.clone_from(&self.endpoint);
        task.status = TaskStatus {
            timestamp: now,
            state: TaskState::Pending,
            message: MESSAGE_PENDING,
            ..TaskStatus::default()
        };
        task
    }

    /// A task that is on a node in some state.
    pub(super) fn on_node(&self, node: NodeId, state: TaskState, desired: TaskState) -> Task {
        let mut task = self.pending(0, Some(node), SimTime::ZERO);
        task.status.state = state;
        task.desired_state = desired;
        task
    }
}
