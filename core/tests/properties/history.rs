//! Every moment of a run can be reached again, exactly.

use proptest::collection::vec;
use proptest::prelude::*;
use swarmlab_core::kernel::{Components, Fingerprint, History, Record, Settings, World};
use swarmlab_core::store::Store;
use swarmlab_core::strategies::{Driver, Plan, Step, plan};
use swarmlab_core::time::{MILLISECOND, SimTime};

use crate::{cases, settings};

/// A swarm to which the steps of plans are done from outside.
#[derive(Clone, Debug)]
struct Driven(Driver);

impl World for Driven {
    type Input = Step;
    type Record = Record;

    fn now(&self) -> SimTime {
        self.0.swarm.now()
    }

    fn next_at(&self) -> Option<SimTime> {
        self.0.swarm.next_at()
    }

    fn step(&mut self) -> bool {
        self.0.swarm.step()
    }

    fn wait_until(&mut self, moment: SimTime) {
        self.0.swarm.wait_until(moment);
    }

    fn apply(&mut self, step: Step) {
        self.0.apply(&step);
    }

    fn take_records(&mut self) -> Vec<Record> {
        self.0.swarm.take_records()
    }

    fn record_count(&self) -> u64 {
        self.0.swarm.record_count()
    }

    fn weight(&self) -> u64 {
        self.0.swarm.weight()
    }
}

/// Does the steps of a plan, and lets as much time pass as it says.
fn tell(run: &mut History<Driven>, steps: &[Step]) {
    for step in steps {
        match step {
            Step::Wait { duration_ms } => {
                run.run_until(run.moment().time + duration_ms * MILLISECOND);
            }
            step => run.apply(step.clone()),
        }
    }
}

fn begin(plan: &Plan, settings: Settings) -> History<Driven> {
    History::new(Driven(Driver::new(&plan.nodes, settings)))
}

/// The straight way, without a history: a world as it is right after each event, and as it is when
/// everything up to a moment has happened.
fn straight(plan: &Plan, settings: Settings, limit: SimTime) -> (Vec<Sight>, Sight) {
    let mut world = Driven(Driver::new(&plan.nodes, settings));
    let mut after_events = vec![sight(&world)];
    let run_until = |world: &mut Driven, until: SimTime, after_events: &mut Vec<Sight>| {
        while world.next_at().is_some_and(|at| at <= until) {
            world.step();
            after_events.push(sight(world));
        }
        world.wait_until(until);
    };
    for step in &plan.steps {
        match step {
            Step::Wait { duration_ms } => {
                let until = world.now() + duration_ms * MILLISECOND;
                run_until(&mut world, until.min(limit), &mut after_events);
                if until > limit {
                    break;
                }
            }
            step => world.apply(step.clone()),
        }
    }
    let now = world.now();
    run_until(&mut world, now, &mut after_events);
    (after_events, sight(&world))
}

/// Some plans are so long that not all copies on the way are kept.
fn long_plan() -> impl Strategy<Value = Plan> {
    let rounds = prop_oneof![9 => Just(1), 1 => Just(20)];
    (plan(), rounds).prop_map(|(mut plan, rounds)| {
        plan.steps = std::iter::repeat_n(plan.steps, rounds).flatten().collect();
        plan
    })
}

/// What can be seen of a world.
type Sight = (Fingerprint, SimTime, String);

fn sight(world: &Driven) -> Sight {
    let swarm = &world.0.swarm;
    let time = swarm.now();
    (swarm.fingerprint(), time, contents(&swarm.kernel.store))
}

/// All that can be seen of a moment.
fn state(run: &History<Driven>) -> (Fingerprint, SimTime, u64, usize, String) {
    let swarm = &run.world().0.swarm;
    let moment = run.moment();
    let records = run.records().len();
    (
        swarm.fingerprint(),
        moment.time,
        moment.events,
        records,
        contents(&swarm.kernel.store),
    )
}

fn contents(store: &Store) -> String {
    let (nodes, services) = (
        store.nodes().collect::<Vec<_>>(),
        store.services().collect::<Vec<_>>(),
    );
    format!(
        "{nodes:?} {services:?} {:?}",
        store.tasks().collect::<Vec<_>>()
    )
}

#[test]
fn seeking_by_events_takes_back_the_wait_after_them() {
    let plan = Plan {
        nodes: Vec::new(),
        steps: Vec::new(),
    };
    let mut run = begin(&plan, Settings::default());
    run.run_until(SimTime(7));
    assert!(run.seek_events(0));
    assert_eq!(run.moment().time, SimTime::ZERO);
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn seeking_back_and_forth_leads_to_the_same_moments(
        plan in long_plan(),
        settings in settings(Components::ALL),
        moments_ms in vec(0..100_000_u64, 1..6),
    ) {
        let mut run = begin(&plan, settings.clone());
        tell(&mut run, &plan.steps);
        run.run_until(run.moment().time);
        let end = run.moment();
        let there = state(&run);
        let inputs = run.inputs().len();
        // Also the very moments at which something was done.
        let mut moments: Vec<SimTime> = run.inputs().iter().map(|(at, _)| at.time).collect();
        moments.truncate(4);
        moments.extend(moments_ms.into_iter().map(|ms| SimTime(ms * MILLISECOND).min(end.time)));
        for moment in moments {
            run.seek(moment);
            let reached = state(&run);
            prop_assert_eq!(run.moment().time, moment);
            let (_, expected) = straight(&plan, settings.clone(), moment);
            prop_assert_eq!(sight(run.world()), expected);
            run.seek(SimTime::ZERO);
            run.seek(moment);
            prop_assert_eq!(state(&run), reached.clone());
            run.seek(end.time);
            prop_assert_eq!(state(&run), there.clone());
            prop_assert_eq!(run.inputs().len(), inputs);
            run.seek(moment);
            prop_assert_eq!(state(&run), reached);
        }
    }

    #[test]
    fn seeking_by_events_leads_to_the_same_moments(
        plan in plan(),
        settings in settings(Components::ALL),
        places in vec(any::<prop::sample::Index>(), 1..6),
    ) {
        let mut run = begin(&plan, settings.clone());
        tell(&mut run, &plan.steps);
        run.run_until(run.moment().time);
        let end = run.moment();
        let there = state(&run);
        let (after_events, _) = straight(&plan, settings, SimTime::MAX);
        prop_assert_eq!(after_events.len() as u64, end.events + 1);
        for place in places {
            let events = place.index(usize::try_from(end.events + 1).expect("few")) as u64;
            prop_assert!(run.seek_events(events));
            prop_assert_eq!(run.moment().events, events);
            let reached = state(&run);
            prop_assert_eq!(&sight(run.world()), &after_events[usize::try_from(events).expect("few")]);
            prop_assert!(run.seek_events(events));
            prop_assert_eq!(state(&run), reached.clone());
            prop_assert!(run.seek_events(0));
            prop_assert!(run.seek_events(events));
            prop_assert_eq!(state(&run), reached);
            run.seek(end.time);
            prop_assert_eq!(state(&run), there.clone());
        }
    }

    #[test]
    fn a_fork_goes_on_as_a_straight_run_would(
        plan in plan(),
        settings in settings(Components::ALL),
        place: prop::sample::Index,
    ) {
        let mut straight = begin(&plan, settings.clone());
        tell(&mut straight, &plan.steps);
        let cut = place.index(plan.steps.len() + 1);
        let mut trunk = begin(&plan, settings);
        tell(&mut trunk, &plan.steps[..cut]);
        let at_cut = state(&trunk);
        let mut fork = trunk.fork();
        // What the trunk does meanwhile is nothing to the fork, nor the other way round.
        trunk.apply(Step::Leave { node: 0 });
        trunk.run_until(trunk.moment().time + 1_000 * MILLISECOND);
        prop_assert_eq!(state(&fork), at_cut);
        tell(&mut fork, &plan.steps[cut..]);
        prop_assert_eq!(state(&fork), state(&straight));
    }

    #[test]
    fn doing_something_in_the_past_is_a_new_future(
        plan in plan(),
        settings in settings(Components::ALL),
        place: prop::sample::Index,
    ) {
        let step = Step::Scale { service: 0, replicas: 3 };
        let cut = place.index(plan.steps.len() + 1);
        let mut straight = begin(&plan, settings.clone());
        tell(&mut straight, &plan.steps[..cut]);
        // Stand right after everything that happens at this moment.
        straight.run_until(straight.moment().time);
        let moment = straight.moment().time;
        let mut run = straight.clone();
        let pause = Step::Wait { duration_ms: 1 };
        tell(&mut run, std::slice::from_ref(&pause));
        tell(&mut run, &plan.steps[cut..]);
        run.seek(moment);
        prop_assert_eq!(state(&run), state(&straight));
        for run in [&mut run, &mut straight] {
            run.apply(step.clone());
            run.run_until(moment + 10_000 * MILLISECOND);
        }
        prop_assert_eq!(state(&run), state(&straight));
    }
}
