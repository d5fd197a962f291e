//! Every moment of a run can be reached again, and continued differently.
//!
//! A [`History`] drives a world event by event and keeps copies of it along the way. Seeking takes
//! the nearest copy before the moment and steps on from there, so undo, scrubbing and what-if are
//! one mechanism, and since a world is a pure function of its inputs, the way back is exact.
//! A fork shares the copies of the run that it leaves.

use std::sync::Arc;

use crate::time::SimTime;

/// Something that moves in steps.
pub trait World: Clone {
    /// What can be done to it from outside.
    type Input: Clone;
    /// What it reports about each step.
    type Record: Clone;

    /// The present moment.
    fn now(&self) -> SimTime;
    /// When the next event comes, if any.
    fn next_at(&self) -> Option<SimTime>;
    /// Processes the next event. False if there is none.
    fn step(&mut self) -> bool;
    /// Lets time pass up to a moment before which nothing happens.
    fn wait_until(&mut self, moment: SimTime);
    /// Does something to it, now.
    fn apply(&mut self, input: Self::Input);
    /// The records since the last call.
    fn take_records(&mut self) -> Vec<Self::Record>;
    /// How many records there have been from the beginning.
    fn record_count(&self) -> u64;
    /// How many objects a copy of the world has to copy, roughly.
    fn weight(&self) -> u64;
}

/// A moment of a run: so much time, and so many events processed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Simulated time.
    pub time: SimTime,
    /// How many events had been processed.
    pub events: u64,
}

/// The copies of the world that are kept at the most.
const SNAPSHOT_COUNT_MAX: usize = 128;
/// Events between two copies at first; doubled whenever the copies become too many.
const SNAPSHOT_INTERVAL_EVENTS: u64 = 32;
/// A copy of so many objects is worth the processing of one event.
const WEIGHT_PER_EVENT: u64 = 4;

/// A run with its past.
#[derive(Clone, Debug)]
pub struct History<W: World> {
    world: W,
    /// How many events have been processed up to the present moment.
    events: u64,
    /// How many of `inputs` have been applied up to the present moment.
    inputs_applied: usize,
    /// What was done from outside, and at which moment.
    inputs: Vec<(Moment, W::Input)>,
    /// Copies in ascending order; the first is the beginning.
    snapshots: Vec<Snapshot<W>>,
    interval_events: u64,
    /// Records of everything that has happened in this run, also of what lies ahead of the
    /// present moment after seeking back; without those that have been taken.
    records: Vec<W::Record>,
    /// How many records have been taken.
    taken: usize,
}

#[derive(Clone, Debug)]
struct Snapshot<W> {
    events: u64,
    inputs: usize,
    world: Arc<W>,
}

impl<W: World> History<W> {
    /// A run that begins with this world.
    pub fn new(mut world: W) -> Self {
        let records = world.take_records();
        let start = Snapshot {
            events: 0,
            inputs: 0,
            world: Arc::new(world.clone()),
        };
        Self {
            world,
            events: 0,
            inputs_applied: 0,
            inputs: Vec::new(),
            snapshots: vec![start],
            interval_events: SNAPSHOT_INTERVAL_EVENTS,
            records,
            taken: 0,
        }
    }

    /// A run that is not going to be looked back at: no copies are kept on the way, and seeking
    /// back starts at the beginning.
    pub fn straight(world: W) -> Self {
        Self {
            interval_events: u64::MAX,
            ..Self::new(world)
        }
    }

    /// The world as it is at the present moment.
    pub fn world(&self) -> &W {
        &self.world
    }

    /// The present moment.
    pub fn moment(&self) -> Moment {
        Moment {
            time: self.world.now(),
            events: self.events,
        }
    }

    /// What has been done from outside up to the present moment, and when.
    pub fn inputs(&self) -> &[(Moment, W::Input)] {
        &self.inputs[..self.inputs_applied]
    }

    /// The records from the beginning (or from the last that were taken) up to the present moment.
    pub fn records(&self) -> &[W::Record] {
        &self.records[..self.known_count().min(self.records.len())]
    }

    /// Hands over what [`Self::records`] shows. It is not kept, and does not come again.
    pub fn take_records(&mut self) -> Vec<W::Record> {
        let ahead = self
            .records
            .split_off(self.known_count().min(self.records.len()));
        let taken = std::mem::replace(&mut self.records, ahead);
        self.taken += taken.len();
        taken
    }

    /// How many of the records kept here belong to the past.
    fn known_count(&self) -> usize {
        let count = usize::try_from(self.world.record_count()).unwrap_or(usize::MAX);
        count.saturating_sub(self.taken)
    }

    /// Processes the next event. False if there is none.
    pub fn step(&mut self) -> bool {
        self.replay_inputs(SimTime::MAX);
        if !self.world.step() {
            return false;
        }
        self.events += 1;
        self.collect_records();
        let last = self.snapshots.last().map_or(0, |snapshot| snapshot.events);
        if self.events >= last.saturating_add(self.interval_events)
            && self.events >= last + self.world.weight() / WEIGHT_PER_EVENT
        {
            self.take_snapshot();
        }
        true
    }

    /// Processes everything up to a moment and stands there.
    pub fn run_until(&mut self, moment: SimTime) {
        loop {
            self.replay_inputs(moment);
            if self.world.next_at().is_none_or(|at| at > moment) {
                break;
            }
            self.step();
        }
        if self.world.now() < moment {
            self.world.wait_until(moment);
        }
    }

    /// Does something to the world, now. What lay ahead is forgotten: the run goes on from here.
    pub fn apply(&mut self, input: W::Input) {
        self.forget_ahead();
        self.inputs.push((self.moment(), input.clone()));
        self.world.apply(input);
        self.inputs_applied += 1;
        self.collect_records();
        if self.interval_events < u64::MAX {
            self.take_snapshot();
        }
    }

    /// Stands at a moment, earlier or later than the present one, after everything that happened
    /// up to it.
    pub fn seek(&mut self, moment: SimTime) {
        let found = self
            .snapshots
            .iter()
            .rposition(|copy| copy.world.now() <= moment)
            .unwrap_or(0);
        let copy = &self.snapshots[found];
        let is_ahead = (copy.events, copy.inputs) > (self.events, self.inputs_applied);
        if moment < self.world.now() || is_ahead {
            self.stand_at(found);
        }
        self.run_until(moment);
    }

    /// Stands right after so many events, before anything that was done or waited for after them,
    /// wherever it stood before. False if the run ends before.
    pub fn seek_events(&mut self, events: u64) -> bool {
        // A copy with just as many events may be one of a later moment.
        let found = self
            .snapshots
            .iter()
            .rposition(|copy| copy.events < events)
            .unwrap_or(0);
        if events <= self.events || self.snapshots[found].events > self.events {
            self.stand_at(found);
        }
        while self.events < events {
            if !self.step() {
                return false;
            }
        }
        true
    }

    /// A run with the same past that can go on differently. It shares the copies of this one.
    #[must_use]
    pub fn fork(&self) -> Self {
        let mut fork = self.clone();
        fork.forget_ahead();
        fork
    }

    fn stand_at(&mut self, index: usize) {
        let snapshot = &self.snapshots[index];
        self.world = W::clone(&snapshot.world);
        self.events = snapshot.events;
        self.inputs_applied = snapshot.inputs;
    }

    /// On the way through a past that is known: does again what was done between the last event
    /// and the next, as far as it was done up to `limit`.
    fn replay_inputs(&mut self, limit: SimTime) {
        while let Some((at, input)) = self.inputs.get(self.inputs_applied) {
            if at.events != self.events || at.time > limit {
                break;
            }
            if self.world.now() < at.time {
                self.world.wait_until(at.time);
            }
            self.world.apply(input.clone());
            self.inputs_applied += 1;
            self.collect_records();
        }
    }

    fn collect_records(&mut self) {
        let new = self.world.take_records();
        let total = usize::try_from(self.world.record_count()).unwrap_or(usize::MAX);
        let first = total - new.len();
        // While the run repeats itself its records are already here.
        let known = (self.taken + self.records.len()).saturating_sub(first);
        let known = known.min(new.len());
        self.records.extend(new.into_iter().skip(known));
    }

    fn take_snapshot(&mut self) {
        let snapshot = Snapshot {
            events: self.events,
            inputs: self.inputs_applied,
            world: Arc::new(self.world.clone()),
        };
        self.snapshots.push(snapshot);
        if self.snapshots.len() > SNAPSHOT_COUNT_MAX {
            self.interval_events = self.interval_events.saturating_mul(2);
            let mut index = 0;
            self.snapshots.retain(|_| {
                index += 1;
                index % 2 == 1
            });
        }
    }

    fn forget_ahead(&mut self) {
        let here = (self.events, self.inputs_applied);
        self.snapshots
            .retain(|snapshot| (snapshot.events, snapshot.inputs) <= here);
        self.inputs.truncate(self.inputs_applied);
        self.records.truncate(self.known_count());
    }
}
