//! `curl` at a machine: what it prints, and how long it waits.
//!
//! Upstream: curl `lib/connect.c`, `lib/multi.c` for its texts, linux `net/ipv4/tcp_timer.c` for how
//! often a connection is tried. Three different things happen where no answer comes: the machine says
//! that nobody listens (refused, at once), nobody says anything (the kernel tries again after 1, 3,
//! 7, ... seconds, until curl's time is over or its own), or the process goes away with the request.
//! A process works on a request as long as its image declares; else the answer is there at once.
//!
//! Left out: every option but those for silence and for time-outs, several addresses of one name.

use crate::collections::VecDeque;

use super::Execution;
use super::shell::served;
use super::wait::{Wait, WaitStep};
use crate::agent::image_of;
use crate::docker::Outcome;
use crate::ids::{NodeId, TaskId};
use crate::mesh::{self, Answer};
use crate::scenario::Duration;
use crate::swarm::Swarm;
use crate::time::{MILLISECOND, SECOND, SimTime};

/// When the kernel gives up a connection that nobody answers.
const KERNEL_TIMEOUT_NS: u64 = 133 * SECOND;
/// So often it tries again before (`tcp_syn_retries`).
const KNOCKS_MAX: u32 = 6;

/// A line of curl that goes on.
#[derive(Clone, Debug)]
pub(super) struct Curl {
    at: NodeId,
    /// What is still to be fetched, the present address first.
    urls: VecDeque<String>,
    options: Options,
    printed: Outcome,
    began_at: SimTime,
    state: State,
}

#[derive(Clone, Copy, Debug, Default)]
struct Options {
    /// After how long everything ends.
    max_ns: Option<u64>,
    /// After how long a connection is given up.
    connect_ns: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// A connection is tried, for the next time at this moment.
    Connects {
        knocks: u32,
        next_at: SimTime,
        /// Who did not answer.
        silent: Option<TaskId>,
    },
    /// A task works on the request until then.
    Works { task: TaskId, done_at: SimTime },
}

/// An address, in parts.
struct Url<'u> {
    host: &'u str,
    port: u32,
    path: &'u str,
}

/// Runs a line of curl.
pub(super) fn run(swarm: &mut Swarm, at: NodeId, arguments: &[&str]) -> Execution {
    let mut urls = VecDeque::new();
    let mut options = Options::default();
    let mut arguments = arguments.iter();
    while let Some(&argument) = arguments.next() {
        match argument {
            "-s" | "-sS" | "-S" | "--silent" | "--show-error" => {}
            "-m" | "--max-time" | "--connect-timeout" => {
                let value = arguments.next().copied().unwrap_or_default();
                let Some(ns) = seconds(value) else {
                    return Outcome::refused(format!(
                        "curl: option {argument}: expected a proper numerical parameter\n\
                         curl: try 'curl --help' or 'curl --manual' for more information"
                    ))
                    .with_exit_code(2)
                    .into();
                };
                if argument == "--connect-timeout" {
                    options.connect_ns = Some(ns);
                } else {
                    options.max_ns = Some(ns);
                }
            }
            option if option.starts_with('-') => {
                return Outcome::refused(format!("curl {option} is not simulated yet")).into();
            }
            url => urls.push_back(url.to_owned()),
        }
    }
    if urls.is_empty() {
        return Outcome::refused(
            "curl: (2) no URL specified\ncurl: try 'curl --help' or 'curl --manual' for more \
             information",
        )
        .with_exit_code(2)
        .into();
    }
    let now = swarm.kernel.now;
    let mut curl = Curl {
        at,
        urls,
        options,
        printed: Outcome::default(),
        began_at: now,
        state: State::first(now),
    };
    match curl.poll(swarm) {
        WaitStep::Answered(outcome) => outcome.into(),
        _ => Execution::Waits(Outcome::default(), vec![Wait::curl(curl)]),
    }
}

/// A number of seconds with decimals, in nanoseconds; 0 is for ever.
fn seconds(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = format!("{fraction:0<3}");
    let millis: u64 = format!("{whole}{}", fraction.get(..3)?).parse().ok()?;
    let ns = millis.checked_mul(MILLISECOND)?;
    Some(if ns == 0 { u64::MAX } else { ns })
}

impl State {
    fn first(now: SimTime) -> Self {
        Self::Connects {
            knocks: 0,
            next_at: now,
            silent: None,
        }
    }
}

fn failed(code: u8, text: &str) -> Outcome {
    Outcome::refused(format!("curl: ({code}) {text}")).with_exit_code(code)
}

impl<'u> Url<'u> {
    fn parse(url: &'u str) -> Result<Self, Outcome> {
        let rest = match url.split_once("://") {
            Some(("http", rest)) => rest,
            Some((scheme, _)) => {
                return Err(Outcome::refused(format!(
                    "curl of {scheme} addresses is not simulated yet"
                )));
            }
            None => url,
        };
        let (place, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, "/"),
        };
        let (host, port) = place.split_once(':').unwrap_or((place, "80"));
        let port = port.parse().ok().filter(|port: &u32| *port <= 65_535);
        let port = port.ok_or_else(|| {
            failed(
                3,
                "URL rejected: Port number was not a decimal number between 0 and 65535",
            )
        })?;
        Ok(Self { host, port, path })
    }
}

impl Curl {
    /// Goes on as far as it can.
    pub(super) fn poll(&mut self, swarm: &mut Swarm) -> WaitStep {
        while let Some(url) = self.urls.front().cloned() {
            let (printed, next_at) = match self.step(swarm, &url) {
                Ok(printed) => (printed, None),
                Err(next_at) => (Outcome::default(), Some(next_at)),
            };
            if let Some(at) = next_at {
                return WaitStep::At(Some(at));
            }
            self.printed.stdout.push_str(&printed.stdout);
            self.printed.stderr.push_str(&printed.stderr);
            // The last answer counts.
            self.printed.exit_code = printed.exit_code;
            self.urls.pop_front();
            self.began_at = swarm.kernel.now;
            self.state = State::first(self.began_at);
        }
        WaitStep::Answered(std::mem::take(&mut self.printed))
    }

    /// What comes of an address, or when to look again.
    fn step(&mut self, swarm: &mut Swarm, text: &str) -> Result<Outcome, SimTime> {
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(outcome) => return Ok(outcome),
        };
        let now = swarm.kernel.now;
        let max_ns = self.options.max_ns.unwrap_or(u64::MAX);
        let ends_at = self.began_at + max_ns;
        let elapsed_ms = now.since(self.began_at) / MILLISECOND;
        let (knocks, next_at, mut silent) = match self.state {
            State::Works { task, done_at } => {
                return works(swarm, &url, task, done_at, (self.began_at, ends_at));
            }
            State::Connects {
                knocks,
                next_at,
                silent,
            } => (knocks, next_at, silent),
        };
        let limit_ns = max_ns.min(self.options.connect_ns.unwrap_or(u64::MAX));
        let gives_up_at = self.began_at + limit_ns.min(KERNEL_TIMEOUT_NS);
        if now >= gives_up_at {
            return Ok(if limit_ns < KERNEL_TIMEOUT_NS {
                let text = format!("Connection timed out after {elapsed_ms} milliseconds");
                failed(28, &text)
            } else {
                failed(28, &no_connection(&url, elapsed_ms))
            });
        }
        if now < next_at {
            return Err(next_at.min(gives_up_at));
        }
        let answer = match find(swarm, self.at, url.host) {
            Ok(Some(to)) => mesh::knock(swarm, self.at, to, url.port, &mut silent),
            // Nobody has this address.
            Ok(None) => Answer::TimedOut,
            Err(()) => {
                let text = format!("Could not resolve host: {}", url.host);
                return Ok(failed(6, &text));
            }
        };
        match answer {
            Answer::Refused => Ok(failed(7, &no_connection(&url, elapsed_ms))),
            Answer::Served(task) => {
                let done_at = now + service_ns(swarm, task);
                self.state = State::Works { task, done_at };
                works(swarm, &url, task, done_at, (self.began_at, ends_at))
            }
            Answer::TimedOut => {
                let next_at = if knocks < KNOCKS_MAX {
                    now + (SECOND << knocks)
                } else {
                    gives_up_at
                };
                self.state = State::Connects {
                    knocks: knocks + 1,
                    next_at,
                    silent,
                };
                Err(next_at.min(gives_up_at))
            }
        }
    }
}

fn no_connection(url: &Url<'_>, after_ms: u64) -> String {
    let Url { host, port, .. } = url;
    format!(
        "Failed to connect to {host} port {port} after {after_ms} ms: Couldn't connect to server"
    )
}

/// The node that a name or an address means at a node; nothing if nobody has the address.
fn find(swarm: &Swarm, at: NodeId, host: &str) -> Result<Option<NodeId>, ()> {
    if matches!(host, "localhost" | "127.0.0.1") {
        return Ok(Some(at));
    }
    let mut nodes = swarm.kernel.store.nodes();
    let found = nodes.find(|node| node.hostname() == host || node.status.addr == host);
    match found {
        Some(node) => Ok(Some(node.id)),
        None if host.parse::<std::net::Ipv4Addr>().is_ok() => Ok(None),
        None => Err(()),
    }
}

/// How long a task works on a request.
fn service_ns(swarm: &Swarm, task: TaskId) -> u64 {
    let Some(task) = swarm.kernel.store.task(task) else {
        return 0;
    };
    let image = image_of(&swarm.kernel.settings, &task.spec);
    let node = task.node_id.and_then(|id| swarm.kernel.store.node(id));
    let time = image.and_then(|image| {
        let serving = &image.serving;
        let own = serving.service_time_on.get(node?.hostname()).copied();
        own.or(serving.service_time)
    });
    time.unwrap_or(Duration(0)).0
}

/// A task works on the request.
fn works(
    swarm: &Swarm,
    url: &Url<'_>,
    task: TaskId,
    done_at: SimTime,
    (began_at, ends_at): (SimTime, SimTime),
) -> Result<Outcome, SimTime> {
    let now = swarm.kernel.now;
    let stored = swarm.kernel.store.task(task);
    let image = stored.and_then(|task| image_of(&swarm.kernel.settings, &task.spec));
    let container = swarm.container(task);
    let reception = container.and_then(|it| it.reception(image.map(|image| &image.serving)));
    let cuts_at = reception.map_or(SimTime::ZERO, |it| it.cuts_at);
    let is_up = stored
        .and_then(|task| task.node_id)
        .is_some_and(|node| swarm.is_up(node));
    if now >= done_at && cuts_at >= done_at {
        return Ok(served(swarm, task, url.path));
    }
    if cuts_at <= now && is_up {
        return Ok(failed(52, "Empty reply from server"));
    }
    if now >= ends_at {
        let after_ms = now.since(began_at) / MILLISECOND;
        let text =
            format!("Operation timed out after {after_ms} milliseconds with 0 bytes received");
        return Ok(failed(28, &text));
    }
    if is_up {
        return Err(done_at.min(ends_at).min(cuts_at.max(now + 1)));
    }
    // Nobody says that the machine is gone: curl waits until its own time is over.
    Err(ends_at)
}
