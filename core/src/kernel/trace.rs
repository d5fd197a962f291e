//! The trace: everything that happened, once, and its fingerprint.
//!
//! A record has a canonical encoding (little-endian integers, length-prefixed texts, a version
//! byte for the format), and the fingerprint is a hash over all of them. Two runs with the same
//! fingerprint did the same, on whatever machine. Views (timelines, charts, files) are functions
//! of the records.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::ids::{NodeId, ObjectId};
use crate::model::{Certificate, Labels, NetworkAttachment, Node, Service, Task};
use crate::store::{Change, Delta};
use crate::time::SimTime;
use crate::traffic::Interval;

/// Raised when the encoding changes: fingerprints of different formats cannot be compared.
const FORMAT_VERSION: u8 = 2;

/// Encoded bytes are hashed in pieces of about this size.
const BUFFER_BYTES: usize = 64 * 1024;

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Record {
    /// When.
    pub at: SimTime,
    /// What.
    pub what: What,
}

/// The kinds of things that happen.
#[derive(Clone, Debug)]
pub enum What {
    /// An object was written.
    Change(Change),
    /// Somebody typed a line at a node.
    Command {
        /// Which terminal: a number in order of commands.
        process: u32,
        /// Where; absent for a person outside of the swarm.
        node: Option<NodeId>,
        /// The machine, if it is no node.
        host: Option<String>,
        /// What.
        line: String,
    },
    /// A command printed something.
    Output {
        /// The command.
        process: u32,
        /// Whether it went to the error stream.
        is_error: bool,
        /// What.
        text: String,
    },
    /// A command ended.
    Exit {
        /// The command.
        process: u32,
        /// Its exit code.
        code: i32,
    },
    /// Something was done to the world: a crash, a repair.
    Fault {
        /// In the words of the scenario.
        text: String,
        /// The node that loses its power by it, with everything that runs there.
        lost: Option<NodeId>,
    },
    /// Something about who leads.
    Raft {
        /// The node of the manager.
        node: NodeId,
        /// The latest term that it knows.
        term: u64,
        /// What it does.
        step: RaftStep,
    },
    /// What became of the requests of a client within an interval.
    Traffic(Arc<Interval>),
    /// An expectation was judged.
    Expectation {
        /// Its number in the scenario.
        index: u32,
        /// Whether it holds.
        holds: bool,
        /// What was seen.
        seen: String,
    },
}

/// What a manager does about who leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RaftStep {
    /// It wants to become leader.
    Campaigns,
    /// It leads.
    Leads,
    /// It leads no longer.
    StepsDown,
}

/// A short text that names a trace: 16 hexadecimal digits of its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint(pub [u8; 8]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Writes the trace: hashes every record and hands it on.
#[derive(Clone)]
pub struct Trace {
    hasher: blake3::Hasher,
    buffer: Vec<u8>,
    count: u64,
    keep: bool,
    outbox: Vec<Record>,
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace")
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

impl Trace {
    /// An empty trace. With `keep`, records are collected for whoever calls
    /// [`Trace::take_records`]; without, they are only hashed.
    pub fn new(keep: bool) -> Self {
        let buffer = vec![FORMAT_VERSION];
        Self {
            hasher: blake3::Hasher::new(),
            buffer,
            count: 0,
            keep,
            outbox: Vec::new(),
        }
    }

    /// How many records there have been.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Writes a record.
    pub fn record(&mut self, at: SimTime, what: What) {
        self.encode(at, &what);
        if self.keep {
            self.outbox.push(Record { at, what });
        }
    }

    /// Writes the changes of a commit.
    pub(crate) fn record_changes(&mut self, at: SimTime, changes: &[Change]) {
        for change in changes {
            self.head(at, 0);
            encode_change(&mut Encoder(&mut self.buffer), change);
            self.flush_if_full();
        }
        if self.keep {
            let records = changes.iter().map(|change| Record {
                at,
                what: What::Change(change.clone()),
            });
            self.outbox.extend(records);
        }
    }

    /// The records since the last call.
    pub fn take_records(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.outbox)
    }

    /// The name of the trace so far.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hasher = self.hasher.clone();
        hasher.update(&self.buffer);
        let mut digits = [0; 8];
        digits.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        Fingerprint(digits)
    }

    fn head(&mut self, at: SimTime, kind: u8) {
        self.count += 1;
        let mut encoder = Encoder(&mut self.buffer);
        encoder.u64(at.0);
        encoder.u8(kind);
    }

    fn flush_if_full(&mut self) {
        if self.buffer.len() >= BUFFER_BYTES {
            self.hasher.update(&self.buffer);
            self.buffer.clear();
        }
    }

    fn encode(&mut self, at: SimTime, what: &What) {
        let kind = match what {
            What::Change(_) => 0,
            What::Command { .. } => 1,
            What::Output { .. } => 2,
            What::Exit { .. } => 3,
            What::Fault { .. } => 4,
            What::Expectation { .. } => 5,
            What::Raft { .. } => 6,
            What::Traffic(_) => 7,
        };
        self.head(at, kind);
        let mut encoder = Encoder(&mut self.buffer);
        match what {
            What::Change(change) => encode_change(&mut encoder, change),
            What::Command {
                process,
                node,
                host,
                line,
            } => {
                encoder.u32(*process);
                encoder.option_u32(node.map(|node| node.0));
                if let Some(host) = host {
                    encoder.text(host);
                }
                encoder.text(line);
            }
            What::Output {
                process,
                is_error,
                text,
            } => {
                encoder.u32(*process);
                encoder.u8(u8::from(*is_error));
                encoder.text(text);
            }
            What::Exit { process, code } => {
                encoder.u32(*process);
                encoder.u32(code.cast_unsigned());
            }
            // The text names the node.
            What::Fault { text, .. } => encoder.text(text),
            What::Raft { node, term, step } => {
                encoder.u32(node.0);
                encoder.u64(*term);
                encoder.u8(*step as u8);
            }
            What::Traffic(interval) => encode_interval(&mut encoder, interval),
            What::Expectation { index, holds, seen } => {
                encoder.u32(*index);
                encoder.u8(u8::from(*holds));
                encoder.text(seen);
            }
        }
        self.flush_if_full();
    }
}

/// Appends values in their canonical form.
struct Encoder<'b>(&'b mut Vec<u8>);

impl Encoder<'_> {
    #[inline]
    fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    #[inline]
    fn u32(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    #[inline]
    fn u64(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    #[inline]
    fn option_u32(&mut self, value: Option<u32>) {
        self.u32(value.unwrap_or(u32::MAX));
    }

    #[inline]
    fn text(&mut self, text: &str) {
        self.u32(u32::try_from(text.len()).unwrap_or(u32::MAX));
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Several numbers at once: their bytes are put together before they are appended, which is
    /// most of the work for the records of tasks.
    #[inline]
    fn numbers<const N: usize>(&mut self, numbers: [u64; N]) {
        let mut bytes = [[0; 8]; N];
        for (place, number) in bytes.iter_mut().zip(numbers) {
            *place = number.to_le_bytes();
        }
        self.0.extend_from_slice(bytes.as_flattened());
    }
}

fn encode_interval(encoder: &mut Encoder<'_>, interval: &Interval) {
    let counts = &interval.counts;
    encoder.u32(interval.client);
    encoder.numbers([
        interval.from_ns.0,
        counts.sent,
        counts.ok,
        counts.refused,
        counts.reset,
        counts.timed_out,
        counts.unresolved,
        counts.retried,
        interval.latencies.len() as u64,
        interval.tasks.len() as u64,
        interval.nodes.len() as u64,
    ]);
    for &(bucket, count) in &interval.latencies {
        encoder.numbers([u64::from(bucket), count]);
    }
    for &(task, node, count) in &interval.tasks {
        encoder.numbers([u64::from(task.0), u64::from(node.0), count]);
    }
    for &(node, count) in &interval.nodes {
        encoder.numbers([u64::from(node.0), count]);
    }
}

/// An object's change: kind, id, what happened, and the fields that people can see.
fn encode_change(encoder: &mut Encoder<'_>, change: &Change) {
    let (kind, id) = match change.object_id() {
        ObjectId::Cluster => (0, 0),
        ObjectId::Node(id) => (1, id.0),
        ObjectId::Service(id) => (2, id.0),
        ObjectId::Task(id) => (3, id.0),
        ObjectId::Network(id) => (4, id.0),
        ObjectId::Secret(id) => (5, id.0),
        ObjectId::Config(id) => (6, id.0),
        ObjectId::Volume(id) => (7, id.0),
    };
    encoder.u8(kind);
    encoder.u32(id);
    match change {
        Change::Task(delta) => encode_delta(encoder, delta, encode_task),
        Change::Node(delta) => encode_delta(encoder, delta, encode_node),
        Change::Service(delta) => encode_delta(encoder, delta, encode_service),
        Change::Cluster(delta) => encode_delta(encoder, delta, encode_as_json),
        Change::Network(delta) => encode_delta(encoder, delta, encode_as_json),
        Change::Secret(delta) => encode_delta(encoder, delta, encode_as_json),
        Change::Config(delta) => encode_delta(encoder, delta, encode_as_json),
        Change::Volume(delta) => encode_delta(encoder, delta, encode_as_json),
    }
}

fn encode_delta<T>(
    encoder: &mut Encoder<'_>,
    delta: &Delta<T>,
    encode: impl FnOnce(&mut Encoder<'_>, &T),
) {
    match delta {
        Delta::Created(object) => {
            encoder.u8(0);
            encode(encoder, object);
        }
        Delta::Updated { new, .. } => {
            encoder.u8(1);
            encode(encoder, new);
        }
        Delta::Deleted(_) => encoder.u8(2),
    }
}

fn encode_task(encoder: &mut Encoder<'_>, task: &Task) {
    let id = |id: Option<u32>| u64::from(id.unwrap_or(u32::MAX));
    let status = &task.status;
    let exit_code = status
        .container
        .as_ref()
        .map_or(0, |container| container.exit_code);
    encoder.numbers([
        id(task.service_id.map(|service| service.0)),
        task.slot,
        id(task.node_id.map(|node| node.0)),
        u64::from(status.state as u16) << 16 | u64::from(task.desired_state as u16),
        status.timestamp.0,
        task.spec_version.map_or(u64::MAX, |version| version.index),
        u64::from(exit_code.cast_unsigned()),
    ]);
    encoder.text(&status.message);
    encoder.text(&status.err);
    if let Some(iteration) = task.job_iteration {
        encoder.u64(iteration.0);
    }
    encode_attachments(encoder, &task.networks);
}

/// Networks and addresses in them.
fn encode_attachments(encoder: &mut Encoder<'_>, attachments: &[NetworkAttachment]) {
    for attachment in attachments {
        let address = attachment.address.map_or(0, |cidr| cidr.address.to_bits());
        encoder.u32(attachment.network.id.0);
        encoder.u32(address);
    }
}

fn encode_node(encoder: &mut Encoder<'_>, node: &Node) {
    let description = node.description.as_deref();
    let resources = description.and_then(|description| description.resources.as_ref());
    let platform = description.and_then(|description| description.platform.as_ref());
    let engine = description.and_then(|description| description.engine.as_ref());
    let bytes = [
        node.status.state as u8,
        node.spec.availability as u8,
        node.role as u8,
        node.spec.desired_role as u8,
        u8::from(description.is_some()),
        u8::from(resources.is_some()),
        u8::from(platform.is_some()),
        u8::from(engine.is_some()),
    ];
    let count = |length: usize| length as u64;
    encoder.numbers([
        u64::from_le_bytes(bytes),
        resources.map_or(0, |resources| resources.cpu_nano.cast_unsigned()),
        resources.map_or(0, |resources| resources.memory_bytes.cast_unsigned()),
        resources.map_or(0, |resources| count(resources.generic.len())),
        engine.map_or(0, |engine| count(engine.plugins.len())),
        description.map_or(0, |description| count(description.csi_info.len())),
    ]);
    encoder.text(&node.status.message);
    encoder.text(&node.status.addr);
    encoder.text(node.hostname());
    encode_labels(encoder, &node.spec.annotations.labels);
    if let Some(platform) = platform {
        encoder.text(&platform.os);
        encoder.text(&platform.architecture);
    }
    if let Some(engine) = engine {
        encoder.text(&engine.engine_version);
        encode_labels(encoder, &engine.labels);
        for plugin in &engine.plugins {
            encoder.text(&plugin.kind);
            encoder.text(&plugin.name);
        }
    }
    for resource in resources.iter().flat_map(|resources| &resources.generic) {
        encode_as_json(encoder, resource);
    }
    encode_attachments(encoder, &node.attachments);
    if node.certificate != Certificate::default() {
        let Certificate {
            issuer,
            trusts,
            is_rotating,
        } = node.certificate;
        encoder.u32(issuer);
        encoder.u32(trusts);
        encoder.u8(u8::from(is_rotating));
    }
    if let Some(description) = description.filter(|description| !description.csi_info.is_empty()) {
        encode_as_json(encoder, &description.csi_info);
    }
}

fn encode_labels(encoder: &mut Encoder<'_>, labels: &Labels) {
    encoder.u32(u32::try_from(labels.len()).unwrap_or(u32::MAX));
    for (key, value) in labels {
        encoder.text(key);
        encoder.text(value);
    }
}

fn encode_service(encoder: &mut Encoder<'_>, service: &Service) {
    encoder.u64(service.spec_version.index);
    encode_as_json(encoder, &service.spec);
    encode_as_json(encoder, &service.update_status);
    encode_as_json(encoder, &service.endpoint);
    if let Some(status) = service.job_status {
        encoder.numbers([status.iteration.0, status.last_execution.0]);
    }
}

/// Rare objects take the easy way: their JSON is canonical, since all maps are ordered.
fn encode_as_json<T: Serialize>(encoder: &mut Encoder<'_>, object: &T) {
    let json = serde_json::to_string(object).expect("objects of the model are plain data");
    encoder.text(&json);
}
