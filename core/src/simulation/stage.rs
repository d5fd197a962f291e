//! A swarm with a scenario that is played on it: steps, terminals, expectations.

mod faults;
mod held;

use std::fmt::Write as _;
use std::sync::Arc;

use super::expectations::{Expectations, Judgement};
use super::machines::{Machine, Machines, Place};
use super::{Input, setup};
use crate::agent::EngineEnd;
use crate::collections::BTreeMap;
use crate::docker::Outcome;
use crate::docker::run::{self, Execution, NOBODY, POLL_INTERVAL_NS, Wait, WaitStep};
use crate::ids::{NodeId, TaskId};
use crate::kernel::{Event, Kernel, Record, Timer, What, World};
use crate::model::{Task, TaskState, Version};
use crate::scenario::{Action, Scenario, Step};
use crate::swarm::Swarm;
use crate::time::SimTime;
use crate::traffic::Traffic;
use held::Held;

/// Terminals have so many columns; docker draws its bars on wider ones only.
const TERMINAL_COLUMNS: u16 = 100;

/// What the client says where no engine runs.
const NO_ENGINE: &str = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the \
                         docker daemon running?";

/// A swarm and what is played on it.
#[derive(Clone, Debug)]
pub struct Stage {
    pub(super) swarm: Swarm,
    steps: Arc<[Step]>,
    pub(super) machines: Machines,
    expectations: Expectations,
    terminals: BTreeMap<u32, Terminal>,
    /// Lines that wait for a manager.
    held: BTreeMap<u32, Held>,
    /// Lines whose writer was told that they failed, and that may still be carried out.
    lost_lines: BTreeMap<u32, (NodeId, String)>,
    /// How many lines have been typed.
    process_count: u32,
}

/// A line that has been typed and has not returned.
#[derive(Clone, Debug)]
struct Terminal {
    /// Where it stands.
    node: NodeId,
    started_at: SimTime,
    /// The services that it waits for, the present one first.
    waits: crate::collections::VecDeque<Wait>,
    /// What it has printed.
    printed: Outcome,
    /// How many bytes of its output are in the trace.
    told_bytes: usize,
    /// What it has seen of the store.
    seen: Version,
    /// When it looks again.
    alarm: Option<(SimTime, Timer)>,
    /// How it ends, if that is known already.
    ending: Option<Ending>,
}

/// The end of a line that is known before its time.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    /// When it comes.
    pub(super) at: SimTime,
    /// What is printed then.
    pub(super) outcome: Outcome,
    /// The machine that stops trying to join then.
    pub(super) gives_up: Option<Machine>,
}

/// How a line goes on after it has been typed.
#[derive(Clone, Debug)]
pub(super) enum Typed {
    /// As commands go.
    Runs(Execution),
    /// It only takes its time.
    EndsLater(Ending),
}

impl From<Outcome> for Typed {
    fn from(outcome: Outcome) -> Self {
        Self::Runs(outcome.into())
    }
}

impl Terminal {
    /// Has it look again at a moment, and not at the one before.
    fn look_again(
        &mut self,
        kernel: &mut Kernel,
        process: u32,
        at: Option<SimTime>,
        in_background: bool,
    ) {
        if let Some((_, timer)) = self.alarm.take() {
            kernel.queue.cancel(timer);
        }
        let event = Event::PollProcess { process };
        self.alarm = at.map(|at| {
            let timer = if in_background {
                kernel.queue.push_background(at, event)
            } else {
                kernel.queue.push(at, event)
            };
            (at, timer)
        });
    }
}

impl Stage {
    pub(super) fn new(mut swarm: Swarm, machines: Machines, scenario: &Scenario) -> Self {
        for (index, step) in scenario.steps.iter().enumerate() {
            let index = u32::try_from(index).expect("the number of steps is limited");
            swarm
                .kernel
                .queue
                .push(step.at, Event::ScenarioStep { index });
        }
        swarm.traffic = Traffic::new(&scenario.traffic, swarm.kernel.settings.seed);
        Self {
            swarm,
            steps: scenario.steps.clone().into(),
            machines,
            expectations: Expectations::new(&scenario.expectations),
            terminals: BTreeMap::new(),
            held: BTreeMap::new(),
            lost_lines: BTreeMap::new(),
            process_count: 0,
        }
    }

    /// The swarm.
    pub fn swarm(&self) -> &Swarm {
        &self.swarm
    }

    /// How the expectations stand.
    pub fn judgements(&self) -> &[Judgement] {
        self.expectations.judgements()
    }

    /// How many lines have been typed.
    pub(super) fn process_count(&self) -> u32 {
        self.process_count
    }

    /// Whether a line holds its terminal.
    pub(super) fn is_waiting(&self, process: u32) -> bool {
        self.terminals.contains_key(&process) || self.held.contains_key(&process)
    }

    /// The terminals whose lines have not returned, in order.
    pub(super) fn waiting(&self) -> impl Iterator<Item = u32> {
        let terminals = self.terminals.keys().chain(self.held.keys());
        terminals.copied()
    }

    /// What a terminal shows whose line has not returned.
    pub(super) fn screen(&self, process: u32) -> String {
        let Some(terminal) = self.terminals.get(&process) else {
            return String::new();
        };
        let mut text = terminal.printed.stdout.clone();
        text.push_str(&terminal.printed.stderr);
        if let Some(wait) = terminal.waits.front() {
            text.push_str(&wait.text(TERMINAL_COLUMNS));
        }
        text
    }

    /// The last moment at which the scenario has something in store.
    pub(super) fn last_moment(&self) -> SimTime {
        let last_step = self.steps.last().map_or(SimTime::ZERO, |step| step.at);
        let last = last_step.max(self.expectations.last_moment());
        last.max(self.swarm.traffic.ends_at())
    }

    /// Whether nothing is left to do or to judge. Events in the background may be waiting.
    pub(super) fn is_quiet(&self) -> bool {
        self.swarm.kernel.queue.is_quiet()
            && self.expectations.next_at().is_none()
            && self.swarm.traffic.next_at().is_none()
    }

    fn act(&mut self, action: &Action) {
        match action {
            Action::Run { on, line } => self.type_line(on, line),
            Action::Crash { node } => self.crash(node),
            Action::KillEngine { node } => self.end_engine(node, EngineEnd::Killed),
            Action::StopEngine { node } => self.end_engine(node, EngineEnd::Stopped),
            Action::Recover { node } => self.recover(node),
            Action::Join { node } => self.join(node),
            Action::Kill { task } => self.kill(task),
            Action::Freeze { node } => self.freeze(node),
            Action::Thaw { node } => self.thaw(node),
            Action::Partition { nodes, one_way } => self.partition(nodes, *one_way),
            Action::Slow {
                node,
                other,
                latency_ns,
            } => self.slow_down(node, other, *latency_ns),
            Action::Wipe { node } => self.wipe(node),
            Action::Heal => self.heal(),
            Action::Interrupt { node } => self.interrupt_at(node),
        }
    }

    /// Notes what is done to the world.
    fn note_fault(&mut self, text: String) {
        self.note_loss(text, None);
    }

    /// Notes what is done to the world and which node loses its power by it.
    fn note_loss(&mut self, text: String, lost: Option<NodeId>) {
        let now = self.swarm.kernel.now;
        let fault = What::Fault { text, lost };
        self.swarm.kernel.trace.record(now, fault);
    }

    fn join(&mut self, name: &str) {
        let Some(machine) = self.machines.find(name) else {
            return self.note_fault(format!("there is no machine called {name}"));
        };
        if self.machines.place(machine) != Place::Outside {
            return self.note_fault(format!("{name} belongs to the swarm already"));
        }
        if !self.swarm.can_act() {
            return self.note_fault(format!("{name} finds no leader: it cannot join"));
        }
        if self.swarm.kernel.store.node_count() == 0 {
            return self.note_fault(format!("there is no swarm that {name} could join"));
        }
        let node = setup::node(self.machines.setup(machine));
        self.add_node(machine, node);
    }

    fn kill(&mut self, name: &str) {
        let found = self.running_task(name);
        if found.is_some_and(|(node, task)| self.swarm.kill(node, task)) {
            self.note_fault(format!("the process of {name} is killed"));
        } else {
            self.note_fault(format!("no container of {name} runs: nothing to kill"));
        }
    }

    /// The newest running task of a slot (`web.1`) or of a global service on a node
    /// (`web.worker1`).
    fn running_task(&self, name: &str) -> Option<(NodeId, TaskId)> {
        let store = &self.swarm.kernel.store;
        let (service, place) = name.split_once('.')?;
        let service = store.service_by_name(service)?.id;
        let slot = place.parse().ok().filter(|slot| *slot != 0);
        let node = self.machines.node_by_name(place);
        let is_there = |task: &Task| match (slot, task.slot) {
            (_, 0) => task.node_id.is_some() && task.node_id == node,
            (slot, own) => slot == Some(own),
        };
        let tasks = store.tasks_of_service(service);
        let task = tasks
            .filter(|task| task.status.state == TaskState::Running && is_there(task))
            .max_by_key(|task| (task.is_wanted(), task.id))?;
        Some((task.node_id?, task.id))
    }

    /// Types a line in a new terminal at a node.
    fn type_line(&mut self, on: &str, line: &str) {
        let process = self.process_count;
        self.process_count += 1;
        let machine = self.machines.find(on);
        let node = machine.and_then(|machine| self.machines.node(machine));
        let now = self.swarm.kernel.now;
        let command = What::Command {
            process,
            node,
            host: node.is_none().then(|| on.to_owned()),
            line: line.to_owned(),
        };
        self.swarm.kernel.trace.record(now, command);
        let Some(machine) = machine else {
            let refusal = Outcome::refused(format!("there is no node called {on}"));
            return self.end(process, &refusal);
        };
        if node.is_some_and(|node| !self.swarm.is_up(node)) {
            let has_power = node.is_some_and(|node| self.swarm.has_power(node));
            let refusal = if has_power {
                Outcome::refused(NO_ENGINE)
            } else {
                Outcome::refused(format!("{on} is switched off"))
            };
            return self.end(process, &refusal);
        }
        let line = self.with_tokens(line);
        match node {
            // Managers answer when they can.
            Some(node) if !self.is_about_machines(node, &line) => {
                self.try_line(process, node, &line);
            }
            _ => {
                let typed = self.run_at(machine, &line);
                self.carry_on(process, node.unwrap_or(NOBODY), typed);
            }
        }
    }

    /// Runs a line that a manager can answer.
    fn run_line(&mut self, process: u32, node: NodeId, line: &str) {
        let execution = run::run_line(&mut self.swarm, node, line);
        self.carry_on(process, node, Typed::Runs(execution));
    }

    /// Goes on with a line that has been run.
    fn carry_on(&mut self, process: u32, node: NodeId, typed: Typed) {
        let now = self.swarm.kernel.now;
        self.swarm.settle();
        let (printed, waits, ending) = match typed {
            Typed::Runs(Execution::Ended(outcome)) => return self.end(process, &outcome),
            Typed::Runs(Execution::Then(printed, next)) => {
                let (printed, waits) = run::go_on(&mut self.swarm.kernel, node, printed, &next);
                self.swarm.settle();
                if waits.is_empty() {
                    return self.end(process, &printed);
                }
                (printed, waits, None)
            }
            Typed::Runs(Execution::Waits(printed, waits)) => (printed, waits, None),
            Typed::EndsLater(ending) => (Outcome::default(), Vec::new(), Some(ending)),
        };
        let mut terminal = Terminal {
            node,
            started_at: now,
            waits: waits.into(),
            printed,
            told_bytes: 0,
            seen: Version::default(),
            alarm: None,
            ending,
        };
        let ends_at = terminal.ending.as_ref().map(|ending| ending.at);
        terminal.look_again(&mut self.swarm.kernel, process, ends_at, false);
        self.terminals.insert(process, terminal);
        if ends_at.is_none() {
            self.poll(process);
        }
    }

    fn node_by_name(&self, name: &str) -> Option<NodeId> {
        self.machines.node_by_name(name)
    }

    /// The time of a line has come whose end was known.
    fn end_as_known(&mut self, process: u32, ending: &Ending) {
        self.terminals.remove(&process);
        if let Some(machine) = ending.gives_up
            && matches!(self.machines.place(machine), Place::Joining { .. })
        {
            self.machines.put(machine, Place::Outside);
        }
        self.end(process, &ending.outcome);
    }

    /// A terminal looks at its service.
    fn poll(&mut self, process: u32) {
        let Some(terminal) = self.terminals.get_mut(&process) else {
            return;
        };
        if let Some(ending) = terminal.ending.clone() {
            return self.end_as_known(process, &ending);
        }
        terminal.seen = self.swarm.kernel.store.version();
        while let Some(wait) = terminal.waits.front_mut() {
            let step = wait.poll(&mut self.swarm);
            let kernel = &mut self.swarm.kernel;
            terminal.printed.stdout.push_str(&wait.take_printed());
            match step {
                WaitStep::Again(at) => {
                    let at = at.map(|at| next_poll(terminal.started_at, at));
                    return terminal.look_again(kernel, process, at, false);
                }
                WaitStep::At(at) => return terminal.look_again(kernel, process, at, false),
                WaitStep::Answered(outcome) => {
                    terminal.printed.stdout.push_str(&outcome.stdout);
                    terminal.printed.stderr.push_str(&outcome.stderr);
                    let code = terminal.printed.exit_code.max(outcome.exit_code);
                    terminal.printed.exit_code = code;
                }
                WaitStep::Background(at) => {
                    terminal.look_again(kernel, process, at, true);
                    // What is followed is told as it comes.
                    let text = terminal.printed.stdout.get(terminal.told_bytes..);
                    if let Some(text) = text.filter(|text| !text.is_empty()) {
                        let output = What::Output {
                            process,
                            is_error: false,
                            text: text.to_owned(),
                        };
                        terminal.told_bytes = terminal.printed.stdout.len();
                        kernel.trace.record(kernel.now, output);
                    }
                    return;
                }
                WaitStep::Done => terminal
                    .printed
                    .stdout
                    .push_str(&wait.text(TERMINAL_COLUMNS)),
                WaitStep::Failed(error) => {
                    terminal
                        .printed
                        .stdout
                        .push_str(&wait.text(TERMINAL_COLUMNS));
                    let _ = writeln!(terminal.printed.stderr, "{error}");
                    terminal.printed.exit_code = 1;
                }
            }
            terminal.waits.pop_front();
        }
        if let Some(mut terminal) = self.terminals.remove(&process) {
            terminal.look_again(&mut self.swarm.kernel, process, None, false);
            terminal.printed.stdout.drain(..terminal.told_bytes);
            self.end(process, &terminal.printed);
        }
    }

    /// Ctrl-C at a node, where the newest line that waits was typed.
    fn interrupt_at(&mut self, name: &str) {
        let node = self.node_by_name(name);
        let mut terminals = self.terminals.iter().rev();
        let newest = terminals.find(|(_, terminal)| Some(terminal.node) == node);
        match newest.map(|(&process, _)| process) {
            Some(process) => self.interrupt(process),
            None => self.note_fault(format!("no line waits at {name}: nothing to interrupt")),
        }
    }

    /// Ctrl-C in a terminal: the present wait says what it has to say, the others are given up.
    fn interrupt(&mut self, process: u32) {
        let Some(mut terminal) = self.terminals.remove(&process) else {
            return;
        };
        terminal.look_again(&mut self.swarm.kernel, process, None, false);
        if let Some(wait) = terminal.waits.front_mut() {
            terminal.printed.exit_code = wait.interrupt();
            let text = wait.text(TERMINAL_COLUMNS);
            terminal.printed.stdout.push_str(&text);
        }
        terminal.printed.stdout.drain(..terminal.told_bytes);
        self.end(process, &terminal.printed);
    }

    /// A line returns.
    fn end(&mut self, process: u32, outcome: &Outcome) {
        let now = self.swarm.kernel.now;
        let trace = &mut self.swarm.kernel.trace;
        for (is_error, text) in [(false, &outcome.stdout), (true, &outcome.stderr)] {
            if !text.is_empty() {
                let text = text.clone();
                trace.record(
                    now,
                    What::Output {
                        process,
                        is_error,
                        text,
                    },
                );
            }
        }
        trace.record(
            now,
            What::Exit {
                process,
                code: i32::from(outcome.exit_code),
            },
        );
    }

    /// Terminals that wait look again at their next moment, if anything has changed.
    fn wake_terminals(&mut self) {
        let kernel = &mut self.swarm.kernel;
        let version = kernel.store.version();
        for (&process, terminal) in &mut self.terminals {
            if terminal.seen == version || terminal.ending.is_some() {
                continue;
            }
            terminal.seen = version;
            let at = next_poll(terminal.started_at, kernel.now + 1);
            if terminal.alarm.is_none_or(|(alarm_at, _)| at < alarm_at) {
                terminal.look_again(kernel, process, Some(at), false);
            }
        }
    }

    fn after_step(&mut self) {
        self.swarm.settle();
        self.poll_held();
        self.wake_terminals();
        self.expectations.watch(&mut self.swarm, &self.machines);
    }
}

/// The first of the client's moments that is not before `at`.
fn next_poll(started_at: SimTime, at: SimTime) -> SimTime {
    let elapsed_ns = at.since(started_at);
    started_at + elapsed_ns.div_ceil(POLL_INTERVAL_NS) * POLL_INTERVAL_NS
}

impl World for Stage {
    type Input = Input;
    type Record = Record;

    fn now(&self) -> SimTime {
        self.swarm.kernel.now
    }

    fn next_at(&self) -> Option<SimTime> {
        let event = self.swarm.kernel.queue.next_at();
        let traffic = self.swarm.traffic.next_at();
        let moments = [event, traffic, self.expectations.next_at()];
        moments.into_iter().flatten().min()
    }

    /// Expectations about a moment are judged after everything that happens at it; requests before
    /// a moment are played before it.
    fn step(&mut self) -> bool {
        let traffic_at = self.swarm.traffic.next_at();
        if let Some(at) = self.next_at() {
            self.swarm.play_traffic(at);
            if traffic_at == Some(at) {
                self.swarm.kernel.now = self.swarm.kernel.now.max(at);
                self.expectations
                    .watch_traffic(&mut self.swarm, &self.machines);
                return true;
            }
        }
        let event_at = self.swarm.kernel.queue.next_at();
        if let Some(at) = self.expectations.next_at()
            && event_at.is_none_or(|event_at| event_at > at)
        {
            self.swarm.kernel.now = self.swarm.kernel.now.max(at);
            self.expectations.judge(&mut self.swarm, &self.machines, at);
            return true;
        }
        let Some((at, event)) = self.swarm.kernel.queue.pop() else {
            return false;
        };
        self.swarm.kernel.now = at;
        if event.touches_containers() {
            self.swarm.traffic.note_change();
        }
        match event {
            Event::ScenarioStep { index } => {
                let steps = Arc::clone(&self.steps);
                if let Some(step) = steps.get(index as usize) {
                    self.act(&step.action);
                }
            }
            Event::PollProcess { process } => {
                if let Some(terminal) = self.terminals.get_mut(&process) {
                    terminal.alarm = None;
                    self.poll(process);
                }
            }
            event => self.swarm.process(event),
        }
        self.after_step();
        true
    }

    fn wait_until(&mut self, moment: SimTime) {
        self.swarm.play_traffic(moment);
        self.swarm.wait_until(moment);
    }

    fn apply(&mut self, input: Input) {
        self.swarm.traffic.note_change();
        match input {
            Input::Act(action) => {
                self.act(&action);
                self.after_step();
            }
            Input::Interrupt { process } => self.interrupt(process),
            Input::Finish => {
                self.swarm.finish_traffic();
                self.expectations.finish(&mut self.swarm, &self.machines);
            }
        }
    }

    fn take_records(&mut self) -> Vec<Record> {
        self.swarm.take_records()
    }

    fn record_count(&self) -> u64 {
        self.swarm.record_count()
    }

    fn weight(&self) -> u64 {
        self.swarm.weight()
    }
}
