//! Lines that change to which swarm a machine belongs: `docker swarm init`, `join`, `leave`.
//!
//! Upstream: moby `daemon/cluster/swarm.go`, `daemon/cluster/listen_addr.go`, SwarmKit
//! `ca/certificates.go` (how long a refused machine tries), `ca/server.go` (who may join). A node
//! is READY at once: the moments between its certificate and its first session are not modelled.
//!
//! Left out: a second swarm beside the first, other addresses than a machine's own, address pools,
//! the data path.

use super::machines::{Machine, Machines, Place};
use super::setup;
use super::stage::{Ending, Stage, Typed};
use super::unlock;
use crate::ca;
use crate::control::{self, Rotation};
use crate::docker::print;
use crate::docker::run::{self, Engine, Execution, MANAGER_PORT, Wait, WaitStep};
use crate::docker::swarm::{SwarmCommand, SwarmInit, SwarmJoin, SwarmLeave};
use crate::docker::{self, Command, Outcome};
use crate::ids::NodeId;
use crate::model::{Availability, Cluster, Labels, Node, NodeRole};
use crate::raft::{Process, Reachability};
use crate::scenario::NodeSetup;
use crate::swarm::Swarm;
use crate::time::{SECOND, SimTime};

const ALREADY: &str = "This node is already part of a swarm. Use \"docker swarm leave\" to leave \
                       this swarm and join another one.";
const NO_LEADER: &str = "rpc error: code = Unknown desc = The swarm does not have a leader. It's \
     possible that too few managers are online. Make sure more than half of the managers are \
     online.";
const NOT_PART: &str = "This node is not part of a swarm";
const TIMEOUT: &str = "Timeout was reached before node joined. The attempt to join the swarm will \
                       continue in the background. Use the \"docker info\" command to see the \
                       current swarm status of your node.";

/// A machine that is refused tries five times, with a pause of two seconds after each.
const REFUSED_AFTER_NS: u64 = 10 * SECOND;
/// After so long the client hears that it takes longer (`swarmConnectTimeout`).
const JOIN_TIMEOUT_NS: u64 = 20 * SECOND;
/// Five attempts without an answer, of five seconds and a pause of two each.
const NO_ANSWER_AFTER_NS: u64 = 35 * SECOND;

impl Stage {
    /// Runs a line at a machine.
    pub(super) fn run_at(&mut self, machine: Machine, line: &str) -> Typed {
        if let Some(key) = unlock::piped_key(line) {
            return self.unlock(machine, key).into();
        }
        match docker::parse_line(line) {
            Ok(Command::Swarm(SwarmCommand::Init(init))) => self.init(machine, &init).into(),
            Ok(Command::Swarm(SwarmCommand::Join(join))) => self.join_swarm(machine, &join),
            Ok(Command::Swarm(SwarmCommand::Leave(leave))) => self.leave(machine, leave).into(),
            Ok(Command::Swarm(SwarmCommand::Unlock)) => self.unlock(machine, "").into(),
            _ => {
                let engine = engine(&self.machines, machine, self.swarm.kernel.now);
                Typed::Runs(run::run_line_at_engine(&mut self.swarm, &engine, line))
            }
        }
    }

    /// Whether a line is for the engine of a node and not for the managers: it changes to which
    /// swarm the machine belongs, or the node is not in the swarm any more.
    pub(super) fn is_about_machines(&self, node: NodeId, line: &str) -> bool {
        self.swarm.kernel.store.node(node).is_none()
            || unlock::piped_key(line).is_some()
            || matches!(
                docker::parse_line(line),
                Ok(Command::Swarm(
                    SwarmCommand::Init(_)
                        | SwarmCommand::Join(_)
                        | SwarmCommand::Leave(_)
                        | SwarmCommand::Unlock
                ))
            )
    }

    /// The line with the secrets that it only names: `{token:worker}`, `{token:manager}`,
    /// `{token:worker:initial}` for those of the beginning, and `{unlock-key}`.
    pub(super) fn with_tokens(&self, line: &str) -> String {
        if !line.contains("{token:") && !line.contains("{unlock-key}") {
            return line.to_owned();
        }
        let seed = self.swarm.kernel.settings.seed;
        let mut line = line.to_owned();
        let current = self.swarm.kernel.store.cluster();
        for role in [NodeRole::Worker, NodeRole::Manager] {
            let first = ca::join_token(seed, &Cluster::default(), role);
            line = line.replace(&format!("{{token:{role}:initial}}"), &first);
            let token = ca::join_token(seed, current, role);
            line = line.replace(&format!("{{token:{role}}}"), &token);
        }
        if let Some(key) = current.unlock_key {
            line = line.replace("{unlock-key}", &ca::unlock_key(seed, key));
        }
        line
    }

    /// `docker swarm init`
    fn init(&mut self, machine: Machine, command: &SwarmInit) -> Outcome {
        if self.machines.place(machine) != Place::Outside && !command.force_new_cluster {
            return Outcome::refused_by_daemon(ALREADY);
        }
        let port = command.data_path_port;
        if port != 0 && !(1024..=49151).contains(&port) {
            return Outcome::refused_by_daemon(format!(
                "Datapath port number is not in valid range (1024-49151) : {port}"
            ));
        }
        if !command.address_pools.is_empty() || command.mask_length.is_some() {
            return not_yet("an address pool of one's own");
        }
        if port != 0 && port != 4789 {
            return not_yet("another data path port");
        }
        let address = self.machines.setup(machine).address.clone();
        if let Some(refusal) = other_address(
            &address,
            command.listen_addr.as_deref(),
            command.advertise_addr.as_deref(),
        ) {
            return refusal;
        }
        let node = match self.machines.place(machine) {
            Place::Outside if self.swarm.kernel.store.node_count() > 0 => {
                return not_yet("a second swarm beside the first");
            }
            Place::Outside => {
                let node = self.become_node(machine, NodeRole::Manager, command.availability);
                self.swarm.found_managers(&[node]);
                node
            }
            place => match self.force_new_cluster(place) {
                Ok(node) => node,
                Err(refusal) => return refusal,
            },
        };
        let kernel = &mut self.swarm.kernel;
        let cluster = kernel.store.cluster();
        let (seen, mut spec) = (cluster.meta.version, cluster.spec.clone());
        // Of the settings that a swarm has already, these two are not kept.
        spec.encryption_config.auto_lock_managers = false;
        spec.ca_config.force_rotate = 0;
        command.settings.apply(&mut spec);
        if spec != cluster.spec {
            let set = control::update_cluster(kernel, seen, spec, Rotation::default());
            self.swarm.settle();
            if let Err(error) = set {
                let message = format!("error updating cluster settings: {error}");
                return Outcome::refused_by_daemon(message);
            }
        }
        let kernel = &self.swarm.kernel;
        let (seed, cluster) = (kernel.settings.seed, kernel.store.cluster());
        let token = ca::join_token(seed, cluster, NodeRole::Worker);
        let join = print::join_command(
            NodeRole::Worker,
            &token,
            &format!("{address}:{MANAGER_PORT}"),
        );
        let key = cluster.unlock_key.map(|key| ca::unlock_key(seed, key));
        Outcome::printed(print::swarm_initialized(
            &kernel.ids.text(node),
            &join,
            key.as_deref(),
        ))
    }

    /// The manager of a machine goes on alone (`docker swarm init --force-new-cluster`): which node
    /// it is.
    fn force_new_cluster(&mut self, place: Place) -> Result<NodeId, Outcome> {
        let raft = &self.swarm.kernel.raft;
        let known = match place {
            Place::Member(node) => raft.member_on(node).map(|member| (node, member)),
            Place::Outside | Place::Joining { .. } => None,
        };
        let known = known.filter(|&(node, _)| raft.awaited_key(node).is_none());
        let Some((node, member)) = known else {
            return Err(Outcome::refused_by_daemon(run::NO_MANAGER));
        };
        if self.swarm.is_frozen(node) {
            return Err(not_yet("a new beginning of a frozen engine"));
        }
        let is_alone = raft
            .seats()
            .all(|(other, seat)| other == member || seat.process == Process::Gone);
        if !is_alone {
            return Err(not_yet(
                "a new cluster while other managers run, who would go on as a swarm of their own,",
            ));
        }
        if !raft.knows_all(member) {
            return Err(not_yet(
                "a new cluster of a manager that lacks what others have written while it was away",
            ));
        }
        self.swarm.begin_anew(node);
        Ok(node)
    }

    /// A machine becomes a node of the swarm. The first one brings the swarm into being.
    fn become_node(
        &mut self,
        machine: Machine,
        role: NodeRole,
        availability: Option<Availability>,
    ) -> NodeId {
        // Whoever types at a machine cannot give it labels; that is for managers to do.
        let setup = NodeSetup {
            role,
            labels: Labels::new(),
            availability: availability.unwrap_or_default(),
            ..self.machines.setup(machine).clone()
        };
        self.add_node(machine, setup::node(&setup))
    }

    /// Writes the node that a machine is from now on.
    pub(super) fn add_node(&mut self, machine: Machine, node: Node) -> NodeId {
        let is_first = self.swarm.kernel.store.node_count() == 0;
        let roots = self.swarm.kernel.store.cluster().root_ca;
        let mut node = node;
        node.certificate.issuer = roots.signing().number;
        node.certificate.trusts = roots.root.number;
        let node = self.swarm.write(|tx| {
            if is_first {
                setup::create_networks(tx);
            }
            tx.create_node(node)
        });
        if let Some(before) = self.machines.last_node(machine) {
            self.swarm.move_in(before, node);
        }
        self.machines.put(machine, Place::Member(node));
        node
    }

    /// `docker swarm join`
    fn join_swarm(&mut self, machine: Machine, command: &SwarmJoin) -> Typed {
        if self.machines.place(machine) != Place::Outside {
            return Outcome::refused_by_daemon(ALREADY).into();
        }
        let address = &self.machines.setup(machine).address;
        if let Some(refusal) = other_address(
            address,
            command.listen_addr.as_deref(),
            command.advertise_addr.as_deref(),
        ) {
            return refusal.into();
        }
        let digest = match command.token.as_str() {
            "" => None,
            token => match ca::digest_of_token(token) {
                Ok(digest) => Some(digest),
                Err(message) => return Outcome::refused_by_daemon(message).into(),
            },
        };
        match self.manager_at(&command.remote) {
            Remote::Manager => {}
            Remote::Refuses(address) => {
                let message = format!(
                    "rpc error: code = Unavailable desc = connection error: desc = \"transport: \
                     Error while dialing: dial tcp {address}: connect: connection refused\""
                );
                return self.refused_later(machine, message);
            }
            Remote::Silent => return self.no_answer(machine),
        }
        if !self.swarm.can_act() {
            return self.refused_later(machine, NO_LEADER.to_owned());
        }
        let (seed, cluster) = (
            self.swarm.kernel.settings.seed,
            self.swarm.kernel.store.cluster(),
        );
        if let Some(digest) = digest
            && digest != ca::root_digest(seed, cluster.root_ca.root)
        {
            let digits = ca::digest_hex(digest);
            let message = format!("remote CA does not match fingerprint. Expected: {digits}");
            return self.refused_later(machine, message);
        }
        match ca::role_of_token(seed, cluster, &command.token) {
            None => {
                let message = "rpc error: code = InvalidArgument desc = A valid join token is \
                               necessary to join this cluster";
                self.refused_later(machine, message.to_owned())
            }
            Some(role) => {
                self.become_node(machine, role, command.availability);
                Outcome::printed(format!("This node joined a swarm as a {role}.\n")).into()
            }
        }
    }

    /// Who is where a machine wants to join.
    fn manager_at(&self, remote: &str) -> Remote {
        let (host, port) = match remote.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() => (host, port.to_owned()),
            _ => (remote, MANAGER_PORT.to_string()),
        };
        let Some(machine) = self.machines.at_address(host) else {
            return Remote::Silent;
        };
        let node = self.machines.node(machine);
        if node.is_some_and(|node| !self.swarm.is_up(node)) {
            return Remote::Silent;
        }
        let node = node.and_then(|node| self.swarm.kernel.store.node(node));
        let is_manager = node.is_some_and(|node| node.role == NodeRole::Manager);
        if is_manager && port == MANAGER_PORT.to_string() {
            Remote::Manager
        } else {
            let address = &self.machines.setup(machine).address;
            Remote::Refuses(format!("{address}:{port}"))
        }
    }

    /// The engine tries in vain, and the line ends with the last refusal.
    fn refused_later(&mut self, machine: Machine, message: String) -> Typed {
        let at = self.swarm.kernel.now + REFUSED_AFTER_NS;
        self.machines
            .put(machine, Place::Joining { gives_up_at: at });
        Typed::EndsLater(Ending {
            at,
            outcome: Outcome::refused_by_daemon(message),
            gives_up: Some(machine),
        })
    }

    /// Nobody answers. The line ends before the engine gives up.
    fn no_answer(&mut self, machine: Machine) -> Typed {
        let now = self.swarm.kernel.now;
        let gives_up_at = now + NO_ANSWER_AFTER_NS;
        self.machines.put(machine, Place::Joining { gives_up_at });
        Typed::EndsLater(Ending {
            at: now + JOIN_TIMEOUT_NS,
            outcome: Outcome::refused_by_daemon(TIMEOUT),
            gives_up: None,
        })
    }

    /// `docker swarm leave`
    fn leave(&mut self, machine: Machine, command: SwarmLeave) -> Outcome {
        let left = || Outcome::printed("Node left the swarm.\n");
        let node = match self.machines.place(machine) {
            Place::Outside => return Outcome::refused_by_daemon(NOT_PART),
            Place::Joining { .. } => {
                self.machines.put(machine, Place::Outside);
                return left();
            }
            Place::Member(node) => node,
        };
        // What counts is whether a manager runs there: not so on a node that has just been promoted.
        let (raft, known) = (&self.swarm.kernel.raft, self.swarm.kernel.store.node(node));
        let is_manager = if raft.is_empty() {
            known.is_some_and(|node| node.role == NodeRole::Manager)
        } else {
            raft.member_on(node).is_some()
        };
        let is_manager = is_manager && !self.swarm.kernel.expired.contains_key(&node);
        if !command.force && raft.awaited_key(node).is_some() {
            return Outcome::refused_by_daemon(unlock::LEAVE_LOCKED);
        }
        if !command.force && is_manager {
            let managers = self.swarm.can_act().then(|| self.managers());
            return Outcome::refused_by_daemon(print::leave_warning(managers));
        }
        self.swarm.leave(node);
        self.give_up_place(machine);
        left()
    }

    /// A machine is no node any more.
    pub(super) fn give_up_place(&mut self, machine: Machine) {
        self.machines.put(machine, Place::Outside);
        // When nobody is left who has it, the swarm is gone.
        let managers = self.machines.members();
        let mut managers = managers.filter_map(|node| self.swarm.kernel.store.node(node));
        if !managers.any(|node| node.role == NodeRole::Manager) {
            self.swarm.erase();
        }
    }

    /// How many managers answer, and how many do not.
    fn managers(&self) -> (u64, u64) {
        let nodes = self.swarm.kernel.store.nodes();
        let managers = nodes.filter(|node| node.role == NodeRole::Manager);
        let kernel = &self.swarm.kernel;
        managers.fold((0, 0), |(reachable, unreachable), node| {
            let standing = kernel.raft.standing(node.id, kernel.now);
            match standing {
                Some((_, Reachability::Reachable)) => (reachable + 1, unreachable),
                _ => (reachable, unreachable + 1),
            }
        })
    }
}

/// What a line would print, for somebody who only looks. Nothing where there is no such machine.
pub(super) fn look_at(swarm: &Swarm, machines: &Machines, on: &str, line: &str) -> Option<Outcome> {
    let machine = machines.find(on)?;
    // On a copy: looking changes nothing, whatever the line does.
    let mut swarm = swarm.clone();
    let engine = engine(machines, machine, swarm.kernel.now);
    match run::run_line_at_engine(&mut swarm, &engine, line) {
        Execution::Ended(outcome) | Execution::Then(outcome, _) => Some(outcome),
        Execution::Waits(mut outcome, waits) => {
            for wait in waits {
                answer_at_once(&mut swarm, wait, &mut outcome);
            }
            Some(outcome)
        }
    }
}

/// What a line would say that only takes its time, if nothing else happened meanwhile.
fn answer_at_once(swarm: &mut Swarm, mut wait: Wait, outcome: &mut Outcome) {
    loop {
        match wait.poll(swarm) {
            WaitStep::At(Some(at)) if at > swarm.kernel.now => swarm.kernel.now = at,
            WaitStep::Answered(answer) => {
                outcome.stdout.push_str(&answer.stdout);
                outcome.stderr.push_str(&answer.stderr);
                outcome.exit_code = outcome.exit_code.max(answer.exit_code);
                return;
            }
            _ => return,
        }
    }
}

/// The engine of a machine, as the docker client meets it.
fn engine(machines: &Machines, machine: Machine, now: SimTime) -> Engine {
    let setup = machines.setup(machine);
    let description = setup::description(setup);
    match machines.place(machine) {
        Place::Member(node) => Engine::member(node, description, &setup.address),
        Place::Outside => Engine::outside(description),
        Place::Joining { gives_up_at } => {
            let error = (now >= gives_up_at).then(|| "context deadline exceeded".to_owned());
            Engine::joining(description, &setup.address, error)
        }
    }
}

/// Who is at an address.
enum Remote {
    /// A manager of the swarm.
    Manager,
    /// A machine on which nothing listens there.
    Refuses(String),
    /// Nobody.
    Silent,
}

fn not_yet(what: &str) -> Outcome {
    Outcome::refused(format!("{what} is not simulated yet"))
}

/// A refusal of addresses that are not the machine's own. Machines have one interface.
fn other_address(own: &str, listen: Option<&str>, advertise: Option<&str>) -> Option<Outcome> {
    let port = format!(":{MANAGER_PORT}");
    let host = |text: &str| text.strip_suffix(&port).unwrap_or(text).to_owned();
    let is_own = |text: &str| {
        let host = host(text);
        host == own || host == "eth0"
    };
    if let Some(advertise) = advertise.filter(|text| !is_own(text)) {
        return Some(not_yet(&format!(
            "another address than that of the machine ({own}), such as {advertise},"
        )));
    }
    let listens = |text: &&str| !is_own(text) && host(text) != "0.0.0.0";
    listen.filter(listens).map(|listen| {
        not_yet(&format!(
            "listening elsewhere than at the address of the machine ({own}), such as {listen},"
        ))
    })
}
