//! A swarm at a moment, as a picture needs it: nodes and services as data with their words, and
//! tasks as rows of numbers, of which there can be many.
//!
//! What the core does not know is absent here: a picture invents nothing.

use serde::Serialize;

use crate::collections::{BTreeMap, BTreeSet};
use crate::docker::run::manager_status;
use crate::ids::{NodeId, TaskId};
use crate::kernel::Kernel;
use crate::model::{Node, PublishMode, Service, ServiceMode, Task, TaskState};
use crate::network::Network;
use crate::scenario::Scenario;
use crate::simulation::Simulation;
use crate::store::Store;
use crate::time::MILLISECOND;

/// A swarm at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct View {
    /// What the scenario is called.
    pub title: Option<String>,
    /// What it teaches.
    pub description: Option<String>,
    /// The nodes, in order of joining.
    pub nodes: Vec<NodeView>,
    /// Machines of the scenario that do not belong to the swarm, by name.
    pub machines: Vec<String>,
    /// The services, in order of creation.
    pub services: Vec<ServiceView>,
    /// Where the network is cut, by name of the cut.
    pub cuts: Vec<CutView>,
}

/// A cut through the network: what is sent from some nodes does not arrive at others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CutView {
    /// The numbers of the nodes on one side.
    pub from: Vec<u32>,
    /// Those on the other side; everybody else, if it is absent.
    pub to: Option<Vec<u32>>,
    /// Whether the other direction is cut, too.
    pub is_both_ways: bool,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NodeView {
    /// Its number, by which tasks refer to it.
    pub id: u32,
    /// Its hostname.
    pub name: String,
    /// `manager` or `worker`.
    pub role: String,
    /// What it is among the managers: `leader`, `reachable` or `unreachable`; absent of workers.
    pub manager: Option<String>,
    /// How it stands in raft; absent of those who are no member.
    pub raft: Option<RaftView>,
    /// `active`, `pause` or `drain`.
    pub availability: String,
    /// What the managers observe: `ready`, `down`, `unknown` or `disconnected`.
    pub state: String,
    /// Why it is in this state; often empty.
    pub message: String,
    /// Its address.
    pub address: String,
    /// Whether it has power, whatever the managers believe.
    pub is_up: bool,
    /// Whether its engine stands still without noticing it.
    pub is_frozen: bool,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// CPU in billionths of a core.
    pub cpu_nano: i64,
    /// What of it is not reserved.
    pub cpu_free_nano: i64,
    /// Memory.
    pub memory_bytes: i64,
    /// What of it is not reserved.
    pub memory_free_bytes: i64,
}

/// A manager in raft, as it sees the matter itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RaftView {
    /// `leader`, `follower`, `candidate (1/3)`, `down`, `locked`; with `(frozen)` if its process does not run.
    pub role: String,
    /// The latest term that it knows.
    pub term: u64,
    /// The end of its log.
    pub last_index: u64,
    /// Up to where it knows the log to be committed.
    pub commit: u64,
    /// Whom it voted for in this term.
    pub vote: Option<String>,
    /// Who leads, as far as it knows.
    pub leader: Option<String>,
    /// The other members that it believes to reach.
    pub reaches: Vec<String>,
}

/// The managers in raft, by the number of their node.
pub fn raft(kernel: &Kernel) -> BTreeMap<u32, RaftView> {
    let name = |node: NodeId| {
        let node = kernel.store.node(node);
        node.map_or("?", |node| node.hostname()).to_owned()
    };
    let standings = kernel.raft.standings(kernel.now).map(|standing| {
        let view = RaftView {
            role: standing.role,
            term: standing.term,
            last_index: standing.last_index,
            commit: standing.commit,
            vote: standing.vote.map(name),
            leader: standing.leader.map(name),
            reaches: standing.reaches.into_iter().map(name).collect(),
        };
        (standing.host.0, view)
    });
    standings.collect()
}

/// The managers in raft as a table.
pub fn raft_table(kernel: &Kernel) -> String {
    let name = |node: NodeId| {
        let node = kernel.store.node(node);
        node.map_or("?", |node| node.hostname()).to_owned()
    };
    kernel.raft.table(name, kernel.now)
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceView {
    /// Its number, by which tasks refer to it.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// `replicated`, `global`, `replicated job` or `global job`.
    pub mode: String,
    /// Its image, as it was asked for.
    pub image: String,
    /// How many tasks it should have; absent where that depends on the nodes.
    pub replicas: Option<u64>,
    /// How many of its tasks are wanted.
    pub wanted: u64,
    /// How many of those run.
    pub running: u64,
    /// How it is reached: `8081→80/tcp`.
    pub ports: Vec<String>,
    /// Where its tasks may run.
    pub constraints: Vec<String>,
    /// How its last update stands: `updating`, `paused`, ...; absent if there was none.
    pub update: Option<String>,
    /// The same in a sentence.
    pub update_message: String,
}

/// Numbers in a row of [`task_rows`].
pub const TASK_ROW_LENGTH: u32 = 8;

/// The swarm of a simulation. `scenario` names the machines that have not joined.
pub fn view(simulation: &Simulation, scenario: &Scenario) -> View {
    let store = &simulation.swarm().kernel.store;
    let mut raft = raft(&simulation.swarm().kernel);
    let nodes: Vec<NodeView> = store
        .nodes()
        .map(|node| of_node(simulation, node, raft.remove(&node.id.0)))
        .collect();
    let joined: BTreeSet<&str> = nodes.iter().map(|node| node.name.as_str()).collect();
    let machines = scenario.nodes.iter().map(|setup| &setup.name);
    let machines = machines.filter(|name| !joined.contains(name.as_str()));
    let machines: Vec<String> = machines.cloned().collect();
    View {
        title: scenario.title.clone(),
        description: scenario.description.clone(),
        machines,
        services: store.services().map(|one| of_service(store, one)).collect(),
        nodes,
        cuts: cuts(&simulation.swarm().kernel.network),
    }
}

fn cuts(network: &Network) -> Vec<CutView> {
    let numbers = |side: &BTreeSet<NodeId>| side.iter().map(|node| node.0).collect();
    let cuts = network.partitions().map(|(_, partition)| CutView {
        from: numbers(&partition.from),
        to: partition.to.as_ref().map(numbers),
        is_both_ways: partition.is_both_ways,
    });
    cuts.collect()
}

fn of_node(simulation: &Simulation, node: &Node, raft: Option<RaftView>) -> NodeView {
    let swarm = simulation.swarm();
    let resources = node
        .description
        .as_ref()
        .and_then(|one| one.resources.as_ref());
    let (cpu_nano, memory_bytes) = resources.map_or((0, 0), |all| (all.cpu_nano, all.memory_bytes));
    let scheduler = swarm.leader.scheduler.as_ref();
    let known = scheduler.and_then(|scheduler| scheduler.view().node(node.id));
    NodeView {
        id: node.id.0,
        name: node.hostname().to_owned(),
        role: node.role.to_string(),
        manager: manager_status(&swarm.kernel, node)
            .map(|status| status.as_str().to_ascii_lowercase()),
        raft,
        availability: node.spec.availability.to_string(),
        state: node.status.state.to_string(),
        message: node.status.message.to_string(),
        address: node.status.addr.clone(),
        is_up: swarm.is_up(node.id),
        is_frozen: swarm.is_frozen(node.id),
        labels: node.spec.annotations.labels.clone(),
        cpu_nano,
        cpu_free_nano: known.map_or(cpu_nano, |info| info.available_cpu_nano),
        memory_bytes,
        memory_free_bytes: known.map_or(memory_bytes, |info| info.available_memory_bytes),
    }
}

fn of_service(store: &Store, service: &Service) -> ServiceView {
    let (mut wanted, mut running) = (0, 0);
    for task in store.tasks_of_service(service.id) {
        if task.desired_state <= TaskState::Running {
            wanted += 1;
            running += u64::from(task.status.state == TaskState::Running);
        }
    }
    let ports = service.endpoint.iter().flat_map(|endpoint| &endpoint.ports);
    let ports = ports.map(|port| {
        let mode = match port.publish_mode {
            PublishMode::Host => " (host)",
            PublishMode::Ingress => "",
        };
        let (outside, inside) = (port.published_port, port.target_port);
        format!("{outside}→{inside}/{}{mode}", port.protocol)
    });
    let update = service.update_status.as_ref();
    ServiceView {
        id: service.id.0,
        name: service.name().to_owned(),
        mode: service.spec.mode.as_str().to_owned(),
        image: service.spec.task.container.image.clone(),
        replicas: match service.spec.mode {
            ServiceMode::Replicated { replicas } => Some(replicas),
            _ => None,
        },
        wanted,
        running,
        ports: ports.collect(),
        constraints: service.spec.task.placement.constraints.clone(),
        update: update.map(|status| status.state.to_string()),
        update_message: update.map_or_else(String::new, |status| status.message.to_string()),
    }
}

/// Every task as [`TASK_ROW_LENGTH`] numbers: its own, its service's plus 1, its node's plus 1 (0
/// where there is none), its slot, its state and the one that is wanted (places in
/// [`TaskState::ALL`]), when its state was observed in milliseconds, and 1 if something went wrong.
pub fn task_rows(store: &Store) -> Vec<u32> {
    let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let place = |state: TaskState| {
        let place = TaskState::ALL.iter().position(|&one| one == state);
        place.map_or(0, |place| number(place as u64))
    };
    let row = |task: &Task| {
        [
            task.id.0,
            task.service_id.map_or(0, |id| id.0 + 1),
            task.node_id.map_or(0, |id| id.0 + 1),
            number(task.slot),
            place(task.status.state),
            place(task.desired_state),
            number(task.status.timestamp.as_nanos() / MILLISECOND),
            u32::from(!task.status.err.is_empty()),
        ]
    };
    store.tasks().flat_map(|task| row(task)).collect()
}

/// A task, closely.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaskView {
    /// Its number.
    pub id: u32,
    /// Its id as people see it.
    pub id_text: String,
    /// What people call it: `web.3`.
    pub name: String,
    /// Its service.
    pub service: String,
    /// Its image.
    pub image: String,
    /// Its node, if it has one.
    pub node: Option<String>,
    /// How far it is.
    pub state: String,
    /// How far it should be.
    pub desired: String,
    /// What happened, in the reporter's words.
    pub message: String,
    /// What went wrong.
    pub err: String,
    /// The code that its process exited with, if it has ended.
    pub exit_code: Option<i32>,
    /// When it was created, in nanoseconds.
    pub created_at_ns: u64,
    /// When its state was observed, in nanoseconds.
    pub since_ns: u64,
    /// Who was in its place before, the newest first.
    pub before: Vec<Predecessor>,
}

/// A task that was in the same place of its service before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Predecessor {
    /// Its number.
    pub id: u32,
    /// Its node, if it had one.
    pub node: Option<String>,
    /// How far it came.
    pub state: String,
    /// What went wrong.
    pub err: String,
}

/// A task, if it is known at the present moment.
pub fn task(simulation: &Simulation, id: TaskId) -> Option<TaskView> {
    let kernel = &simulation.swarm().kernel;
    let store = &kernel.store;
    let task = store.task(id)?;
    let node = |id: Option<NodeId>| {
        let node = id.and_then(|id| store.node(id));
        node.map(|node| node.hostname().to_owned())
    };
    let service = task.service_id.and_then(|id| store.service(id));
    let own_node = task.node_id.and_then(|id| store.node(id));
    let name = task.name_in(service.map(|own| &**own), own_node.map(|own| &**own));
    let service = service.map_or("", |service| service.name());
    let others = task.service_id.into_iter();
    let others = others.flat_map(|id| store.tasks_of_slot(id, task.slot_key()));
    let mut before: Vec<Predecessor> = others
        .filter(|other| other.id < task.id)
        .map(|other| Predecessor {
            id: other.id.0,
            node: node(other.node_id),
            state: other.status.state.to_string(),
            err: other.status.err.to_string(),
        })
        .collect();
    before.reverse();
    let has_ended = task.status.state > TaskState::Running;
    let container = task.status.container.as_ref().filter(|_| has_ended);
    Some(TaskView {
        id: task.id.0,
        id_text: kernel.ids.text(task.id),
        name,
        service: service.to_owned(),
        image: task.spec.container.image.clone(),
        node: node(task.node_id),
        state: task.status.state.to_string(),
        desired: task.desired_state.to_string(),
        message: task.status.message.to_string(),
        err: task.status.err.to_string(),
        exit_code: container.map(|container| container.exit_code),
        created_at_ns: task.meta.created_at.as_nanos(),
        since_ns: task.status.timestamp.as_nanos(),
        before,
    })
}
