//! A recording played on the model, and what came of it in the recording's own types.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use swarmlab_core::ids::{NodeId, ServiceId, TaskId};
use swarmlab_core::kernel::{Choices, What};
use swarmlab_core::model::{
    Availability, Node, NodeRole, NodeState, Platform, Service, ServiceMode, Task, UpdateState,
};
use swarmlab_core::scenario::{Action, NodeSetup, Scenario};
use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::store::{Change, Delta};
use swarmlab_core::time::SimTime;

use super::choices::moment;
use super::picture::{Picture, Pictures};
use super::programs::images;
use super::recording::{
    NodeChange, RecordedTask, Recording, ServiceChange, Step, TaskChange, UpdateStatus,
};
use super::{join, losses, probes, shell};

/// The model may be so much later than the recording at what its machines do.
const PATIENCE_S: f64 = 6.0;
/// How often it is looked whether it is there.
const GLANCE_S: f64 = 0.1;
/// A line has its effect after this at the latest.
const CLIENT_S: f64 = 1.5;

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Played {
    /// The run itself.
    pub simulation: Simulation,
    /// What each step printed, if it typed a line.
    pub answers: Vec<Option<Answer>>,
    pub tasks: Vec<RecordedTask>,
    pub services: Vec<ServiceChange>,
    pub nodes: Vec<NodeChange>,
}

/// What a line printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Nothing while it has not returned.
    pub exit_code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// The cluster of a recording.
pub fn scenario(recording: &Recording) -> Scenario {
    let nodes = recording.nodes.iter().map(|node| NodeSetup {
        name: node.hostname.clone(),
        role: if node.role == "manager" {
            NodeRole::Manager
        } else {
            NodeRole::Worker
        },
        address: node.address.clone(),
        labels: node.labels.clone().into_iter().collect(),
        cpu_nano: node.cpu_nano,
        memory_bytes: node.memory_bytes,
        platform: Platform {
            os: node.os.clone(),
            architecture: node.arch.clone(),
        },
        availability: match node.availability.as_str() {
            "drain" => Availability::Drain,
            "pause" => Availability::Pause,
            _ => Availability::Active,
        },
        joined: true,
        ..NodeSetup::default()
    });
    let mut nodes: Vec<NodeSetup> = nodes.collect();
    if let Some(first) = nodes.first() {
        nodes.extend(join::machines(recording, first));
    }
    Scenario {
        seed: 1,
        nodes,
        images: images(),
        files: shell::files(recording),
        ..Scenario::default()
    }
}

/// Plays a recording that is followed: its lines are typed when they had their effect.
pub fn follow(recording: &Recording, choices: Choices) -> anyhow::Result<Played> {
    let mut simulation = simulation(recording, Some(choices))?;
    let mut processes = Vec::new();
    let mut last_at = 0.0_f64;
    for step in &recording.steps {
        last_at = last_at.max(effect_at(recording, step));
        simulation.run_until(moment(last_at));
        let step = with_victim(recording, step);
        processes.push(act(recording, &mut simulation, &step));
    }
    simulation.run_until(moment(recording.end.max(last_at)));
    Ok(read(simulation, processes))
}

/// Plays a recording with choices of the model's own. Before a line is typed at a settled swarm the
/// model may take its time to settle in the same way; what comes later is put off as much.
pub fn play_freely(recording: &Recording) -> anyhow::Result<(Played, Vec<Option<Pictures>>)> {
    let mut simulation = simulation(recording, None)?;
    let (mut processes, mut pictures) = (Vec::new(), Vec::new());
    let mut late = 0.0_f64;
    for step in &recording.steps {
        let t = step.t();
        let expected = Picture::recorded(recording, t);
        let at = moment(t + late);
        simulation.run_until(at);
        let mut seen = Picture::seen(simulation.swarm());
        if expected.is_settled() && !losses::is_uncertain(recording, t) {
            let mut waited = 0.0;
            // The next line is typed when the one before has returned.
            let is_busy = |simulation: &Simulation| match processes.last() {
                Some(Typed::Process(process)) => simulation.is_waiting(*process),
                _ => false,
            };
            while (is_busy(&simulation) || !seen.is_like(&expected)) && waited < PATIENCE_S {
                waited += GLANCE_S;
                simulation.run_until(moment(t + late + waited));
                seen = Picture::seen(simulation.swarm());
            }
            if seen.is_like(&expected) {
                late += waited;
            } else {
                simulation.seek(at);
                seen = Picture::seen(simulation.swarm());
            }
            pictures.push(Some(Pictures { expected, seen }));
        } else {
            pictures.push(None);
        }
        processes.push(act(recording, &mut simulation, step));
    }
    simulation.run_until(moment(recording.end + late));
    Ok((read(simulation, processes), pictures))
}

fn simulation(recording: &Recording, choices: Option<Choices>) -> anyhow::Result<Simulation> {
    let choices = choices.map(Arc::new);
    Simulation::following(&scenario(recording), Options::default(), choices)
        .map_err(|problems| anyhow::anyhow!("{problems:?}"))
}

/// A line that kills the container that happens to be the first of a list, with the one that it was.
fn with_victim<'s>(recording: &Recording, step: &'s Step) -> Cow<'s, Step> {
    const FIRST: &str = "docker ps -q | head -1";
    let mut step = Cow::Borrowed(step);
    let Step::Command { t, on, line, .. } = &*step else {
        return step;
    };
    let is_kill = line.starts_with("docker kill $(") && line.contains(FIRST);
    let victim = recording.tasks.iter().find(|task| {
        let mut changes = task.changes.iter();
        is_kill
            && changes.any(|change| {
                change.node == *on
                    && change.t > *t
                    && change.at < *t + 10.0
                    && change.exit_code == Some(137)
            })
    });
    if let Some(victim) = victim {
        let named = format!(
            "docker ps -q --filter name={}.{}. | head -1",
            victim.service,
            victim.place()
        );
        let named = line.replace(FIRST, &named);
        if let Step::Command { line, .. } = step.to_mut() {
            *line = named;
        }
    }
    step
}

/// Does what a step did.
fn act(recording: &Recording, simulation: &mut Simulation, step: &Step) -> Typed {
    match step {
        // What a container does when it is told so is read from what became of it.
        Step::Command { line, .. } if line.starts_with("docker exec ") => Typed::Answered(Answer {
            exit_code: Some(0),
            ..Answer::default()
        }),
        Step::Fault {
            fault,
            nodes,
            words,
            ..
        } if fault == "probe" => match (nodes.first(), probes::line(recording, words)) {
            (Some(on), Some(line)) => Typed::Process(simulation.type_line(on, &line)),
            _ => Typed::Nothing,
        },
        Step::Command {
            on,
            line,
            shell: true,
            ..
        } => shell::run(simulation, on, line),
        Step::Command { on, line, .. } => Typed::Process(simulation.type_line(on, line)),
        Step::Fault { fault, nodes, .. } => {
            for node in nodes {
                let node = node.clone();
                simulation.act(match fault.as_str() {
                    "power-off" => Action::Crash { node },
                    "daemon-kill" => Action::KillEngine { node },
                    "daemon-stop" => Action::StopEngine { node },
                    "link-down" => Action::Partition {
                        nodes: vec![node],
                        one_way: false,
                    },
                    "link-up" => Action::Heal,
                    _ => Action::Recover { node },
                });
            }
            Typed::Nothing
        }
    }
}

/// What became of a step.
#[derive(Debug)]
pub enum Typed {
    /// It typed nothing.
    Nothing,
    /// It typed a line in a terminal.
    Process(u32),
    /// It typed a line that has returned.
    Answered(Answer),
}

fn read(simulation: Simulation, typed: Vec<Typed>) -> Played {
    let mut reader = Reader::default();
    for record in simulation.records() {
        reader.take(record.at, &record.what);
    }
    let Reader {
        mut answers,
        tasks,
        services,
        nodes,
        ..
    } = reader;
    Played {
        simulation,
        answers: typed
            .into_iter()
            .map(|typed| match typed {
                Typed::Nothing => None,
                Typed::Process(process) => Some(answers.remove(&process).unwrap_or_default()),
                Typed::Answered(answer) => Some(answer),
            })
            .collect(),
        tasks,
        services,
        nodes,
    }
}

/// When a line reached the managers: a busy machine takes its time to start a client.
fn effect_at(recording: &Recording, step: &Step) -> f64 {
    let Step::Command {
        t,
        on,
        line,
        changes: true,
        exit_code,
        ..
    } = step
    else {
        return step.t();
    };
    if join::is_join(line) && *exit_code == 0 {
        // A machine that joins is a node as soon as it is ready.
        let mut changes = recording.node_changes.iter();
        let is_ready =
            |change: &&NodeChange| change.t >= *t && change.node == *on && change.state == "ready";
        return changes.find(is_ready).map_or(*t, |change| change.t);
    }
    let has_word = |word: &str| line.split([' ', '=']).any(|there| there == word);
    let is_near = |at: f64| (*t..*t + CLIENT_S).contains(&at);
    let services = recording.services.iter();
    let services = services.filter(|change| line.contains("service") && has_word(&change.service));
    let nodes = recording.node_changes.iter();
    let nodes = nodes.filter(|change| line.contains("node") && has_word(&change.node));
    let effects = services
        .map(|change| change.t)
        .chain(nodes.map(|change| change.t));
    effects
        .filter(|at| is_near(*at))
        .min_by(f64::total_cmp)
        .unwrap_or(*t)
}

impl Played {
    /// What a line that changes nothing would have printed a little later or earlier.
    pub fn look(&self, recording: &Recording, step: &Step, at: f64) -> Answer {
        let mut simulation = self.simulation.fork();
        simulation.seek(moment(at));
        match act(recording, &mut simulation, step) {
            Typed::Nothing => Answer::default(),
            Typed::Process(process) => answer_of(&simulation, process),
            Typed::Answered(answer) => answer,
        }
    }
}

/// What a line has printed that was typed just now.
pub(super) fn answer_of(simulation: &Simulation, process: u32) -> Answer {
    let mut reader = Reader::default();
    let records = simulation.records().iter().rev();
    let is_other = |what: &What| match what {
        What::Command { process: of, .. } => *of == process,
        _ => false,
    };
    let mut printed: Vec<_> = records
        .take_while(|record| !is_other(&record.what))
        .filter(|record| matches!(record.what, What::Output { .. } | What::Exit { .. }))
        .collect();
    printed.reverse();
    for record in printed {
        reader.take(record.at, &record.what);
    }
    reader.answers.remove(&process).unwrap_or_default()
}

/// Reads the records of a run.
#[derive(Default)]
struct Reader {
    answers: BTreeMap<u32, Answer>,
    tasks: Vec<RecordedTask>,
    indices: BTreeMap<TaskId, usize>,
    services: Vec<ServiceChange>,
    nodes: Vec<NodeChange>,
    hostnames: BTreeMap<NodeId, String>,
    names: BTreeMap<ServiceId, String>,
    versions: BTreeMap<ServiceId, Vec<u64>>,
}

#[expect(clippy::cast_precision_loss, reason = "recordings are short")]
fn seconds(at: SimTime) -> f64 {
    at.0 as f64 / 1e9
}

impl Reader {
    fn take(&mut self, at: SimTime, what: &What) {
        match what {
            What::Output {
                process,
                is_error,
                text,
            } => {
                let answer = self.answers.entry(*process).or_default();
                if *is_error {
                    answer.stderr.push_str(text);
                } else {
                    answer.stdout.push_str(text);
                }
            }
            What::Exit { process, code } => {
                self.answers.entry(*process).or_default().exit_code = Some(*code);
            }
            What::Change(Change::Task(delta)) => self.task(at, delta),
            What::Change(Change::Service(delta)) => self.service(at, delta),
            What::Change(Change::Node(delta)) => self.node(at, delta),
            _ => {}
        }
    }

    fn task(&mut self, at: SimTime, delta: &Delta<Task>) {
        let (task, is_new) = match delta {
            Delta::Created(task) => (task, true),
            Delta::Updated { new, .. } => (new, false),
            Delta::Deleted(task) => {
                if let Some(&index) = self.indices.get(&task.id) {
                    self.tasks[index].deleted = Some(seconds(at));
                }
                return;
            }
        };
        if is_new {
            self.indices.insert(task.id, self.tasks.len());
            let service = task.service_id.and_then(|id| self.names.get(&id));
            let versions = task.service_id.and_then(|id| self.versions.get(&id));
            let spec = versions.and_then(|versions| {
                let version = task.spec_version?.index;
                versions.iter().position(|&known| known == version)
            });
            self.tasks.push(RecordedTask {
                task: format!("T{}", self.tasks.len() + 1),
                service: service.cloned().unwrap_or_default(),
                slot: task.slot,
                image: task.spec.container.image.clone(),
                spec: spec.map_or(0, |spec| spec as u64 + 1),
                changes: Vec::new(),
                deleted: None,
            });
        }
        let node = task.node_id.and_then(|id| self.hostnames.get(&id));
        let change = TaskChange {
            t: seconds(at),
            v: None,
            node: node.cloned().unwrap_or_default(),
            desired: task.desired_state,
            state: task.status.state,
            message: task.status.message.to_string(),
            err: task.status.err.to_string(),
            at: seconds(task.status.timestamp),
            exit_code: task.status.container.as_ref().map(|c| c.exit_code),
        };
        if let Some(&index) = self.indices.get(&task.id) {
            self.tasks[index].changes.push(change);
        }
    }

    fn service(&mut self, at: SimTime, delta: &Delta<Service>) {
        let (service, action) = match delta {
            Delta::Created(service) => (service, "create"),
            Delta::Updated { new, .. } => (new, "update"),
            Delta::Deleted(service) => (service, "remove"),
        };
        let name = service.spec.annotations.name.clone();
        self.names.insert(service.id, name.clone());
        let versions = self.versions.entry(service.id).or_default();
        if !versions.contains(&service.spec_version.index) {
            versions.push(service.spec_version.index);
        }
        let (mode, replicas) = match &service.spec.mode {
            ServiceMode::Replicated { replicas } => ("replicated", Some(*replicas)),
            ServiceMode::Global => ("global", None),
            ServiceMode::ReplicatedJob { .. } => ("replicated-job", None),
            ServiceMode::GlobalJob => ("global-job", None),
        };
        let status = service.update_status.as_ref();
        self.services.push(ServiceChange {
            t: seconds(at),
            service: name,
            action: action.to_owned(),
            mode: mode.to_owned(),
            replicas,
            update_status: status.map(|status| UpdateStatus {
                state: state_word(status.state).to_owned(),
                message: status.message.to_string(),
            }),
        });
    }

    fn node(&mut self, at: SimTime, delta: &Delta<Node>) {
        let (node, action) = match delta {
            Delta::Created(node) => (node, "create"),
            Delta::Updated { new, .. } => (new, "update"),
            Delta::Deleted(node) => (node, "remove"),
        };
        self.hostnames.insert(node.id, node.hostname().to_owned());
        let role = |role: NodeRole| match role {
            NodeRole::Manager => "manager".to_owned(),
            NodeRole::Worker => "worker".to_owned(),
        };
        let availability = match node.spec.availability {
            Availability::Active => "active",
            Availability::Pause => "pause",
            Availability::Drain => "drain",
        };
        let state = match node.status.state {
            NodeState::Unknown => "unknown",
            NodeState::Down => "down",
            NodeState::Ready => "ready",
            NodeState::Disconnected => "disconnected",
        };
        self.nodes.push(NodeChange {
            t: seconds(at),
            node: node.hostname().to_owned(),
            nid: Some(format!("N{}", u64::from(node.id.0) + 1)),
            action: action.to_owned(),
            role: role(node.role),
            desired_role: role(node.spec.desired_role),
            availability: availability.to_owned(),
            state: state.to_owned(),
            message: node.status.message.to_string(),
            labels: node.spec.annotations.labels.clone().into_iter().collect(),
        });
    }
}

/// The word of a recording for the state of an update.
pub(super) fn state_word(state: UpdateState) -> &'static str {
    match state {
        UpdateState::Updating => "updating",
        UpdateState::Paused => "paused",
        UpdateState::Completed => "completed",
        UpdateState::RollbackStarted => "rollback_started",
        UpdateState::RollbackPaused => "rollback_paused",
        UpdateState::RollbackCompleted => "rollback_completed",
    }
}
