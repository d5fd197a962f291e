//! What pages are given: pictures, reasons, moments.

use swarmlab_core::console::{Ahead, Console};
use swarmlab_core::model::TaskState;
use swarmlab_core::report::{reasons, view};
use swarmlab_core::scenario::Scenario;
use swarmlab_core::time::SimTime;

const SCENARIO: &str = "
title: A page
cluster:
  managers: [{name: m1, availability: drain}]
  workers:
    - {name: w1}
    - {name: w2}
    - {name: w3, joined: false}
steps:
  - {at: 1s, run: docker service create -d --name web --replicas 3 -p 8080:80 app}
  - {at: 2s, run: docker service create -d --name big --reserve-memory 100GB app}
  - {at: 9s, crash: w1}
";

fn console() -> Console {
    let (scenario, _) = Scenario::parse(SCENARIO).expect("the scenario is right");
    Console::new(scenario).expect("and can be played")
}

fn picture(console: &Console) -> view::View {
    view::view(console.simulation(), console.script())
}

#[test]
fn a_picture_shows_what_there_is() {
    let mut console = console();
    console.stand_at(SimTime::from_secs(8));
    let before = picture(&console);
    assert_eq!(before.title.as_deref(), Some("A page"));
    assert_eq!(before.machines, ["w3"]);
    let nodes: Vec<_> = before.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(nodes, ["m1", "w1", "w2"]);
    assert_eq!(before.nodes[0].availability, "drain");
    let web = &before.services[0];
    assert_eq!((web.running, web.replicas), (3, Some(3)));
    assert_eq!(web.ports, ["8080→80/tcp"]);
    let big = &before.services[1];
    assert_eq!((big.running, big.wanted), (0, 1));
    assert!(before.nodes[1].is_up);

    console.stand_at(SimTime::from_secs(10));
    let after = picture(&console);
    let crashed = &after.nodes[1];
    // The managers do not know yet.
    assert_eq!((crashed.is_up, crashed.state.as_str()), (false, "ready"));
}

#[test]
fn tasks_are_rows_of_numbers() {
    let mut console = console();
    console.stand_at(SimTime::from_secs(8));
    let rows = view::task_rows(&console.simulation().swarm().kernel.store);
    let rows: Vec<&[u32]> = rows.chunks(view::TASK_ROW_LENGTH as usize).collect();
    assert_eq!(rows.len(), 4);
    let running = TaskState::ALL
        .iter()
        .position(|&state| state == TaskState::Running);
    for row in &rows[..3] {
        assert_eq!((row[1], row[4] as usize), (1, running.unwrap_or_default()));
        assert!(row[2] > 1, "the manager takes no tasks");
        assert_eq!(row[7], 0);
    }
    let waiting = rows[3];
    assert_eq!((waiting[1], waiting[2], waiting[7]), (2, 0, 1));
}

#[test]
fn a_reason_has_words() {
    let mut console = console();
    console.stand_at(SimTime::from_secs(8));
    let simulation = console.simulation();
    let find = |name| simulation.find_task(name).expect("it exists").task;
    let why = |name| reasons::of(simulation, find(name)).expect("it was decided");
    let placed = why("web.1");
    assert!(placed.node.is_some());
    assert_eq!(placed.at_ns, 1_050_000_000);
    assert_eq!(placed.ranking.iter().filter(|one| one.is_chosen).count(), 1);
    let pending = why("big.1");
    assert_eq!(pending.node, None);
    assert!(
        pending.verdict.starts_with("no suitable node"),
        "{}",
        pending.verdict
    );
    assert!(!pending.remedies.is_empty());
    assert_eq!(pending.matrix.len(), 3);
    for node in &pending.matrix {
        assert_eq!(node.failed.len(), pending.filters.len());
        assert!(node.failed.iter().any(|failed| !failed.is_empty()));
    }
    let closely = view::task(simulation, find("big.1")).expect("it exists");
    assert_eq!(
        (closely.name.as_str(), closely.state.as_str()),
        ("big.1", "pending")
    );
    assert_eq!(closely.node, None);
    assert!(!closely.err.is_empty());
}

#[test]
fn looking_ahead_changes_nothing() {
    let mut console = console();
    console.stand_at(SimTime::from_secs(5));
    let here = console.fingerprint();
    assert_eq!(
        console.look_ahead(SimTime::from_secs(6), u64::MAX),
        Ahead::Limit
    );
    let mut pieces = 0;
    while console.look_ahead(SimTime::from_secs(600), 3) == Ahead::More {
        pieces += 1;
    }
    assert!(pieces > 3);
    let end = console.simulation().moment().time;
    let last = console.fingerprint();
    console.stand_at(SimTime::from_secs(5));
    assert_eq!(console.fingerprint(), here);
    console.stand_at(end);
    assert_eq!(console.fingerprint(), last);
    assert_eq!(console.undo_counts(), (0, 0));

    // A line goes on from the moment that is looked at.
    console.stand_at(SimTime::from_secs(5));
    console.type_line("docker service rm big");
    assert_eq!(console.undo_counts(), (1, 0));
    assert_eq!(picture(&console).services.len(), 1);
    console.type_line("undo");
    assert_eq!(console.undo_counts(), (0, 1));
    assert_eq!(console.fingerprint(), here);
}
