//! The stories of flags: what is typed, and what is done to the swarm.

/// Two runs that differ in one flag.
pub(super) struct Story {
    /// The flag as it is typed; it stands where the steps say `{}`.
    pub(super) flag: &'static str,
    /// The images, in the words of a scenario.
    pub(super) images: &'static str,
    /// When, and what: a docker line, or a fault.
    pub(super) steps: &'static [(u64, &'static str)],
}

const fn story(
    flag: &'static str,
    images: &'static str,
    steps: &'static [(u64, &'static str)],
) -> Story {
    Story {
        flag,
        images,
        steps,
    }
}

const NONE: &str = "";
/// The new version ends by itself.
const BAD: &str = "'app:2': {exits: {after: 2s, code: 1}}";
/// The version is never healthy.
const SICK: &str = "sick: {health: {never_passes: true}}";

const UPDATE: &str = "update -d --image app:2 web";
const BACK: &str = "rollback -d web";

/// An update and its rollback, in which the first new task after the rollback dies.
const ROLLBACK_THAT_FAILS: &[(u64, &str)] = &[
    (0, "create -d --name web --replicas 3 {} app:1"),
    (10, "update -d --update-parallelism 0 --image app:2 web"),
    (40, BACK),
    (45, "kill web.1"),
];

pub(super) const STORIES: &[Story] = &[
    // How an update goes on.
    story(
        "--update-parallelism 2",
        NONE,
        &[
            (0, "create -d --name web --replicas 4 {} app:1"),
            (10, UPDATE),
        ],
    ),
    story(
        "--update-delay 8s",
        NONE,
        &[
            (0, "create -d --name web --replicas 2 {} app:1"),
            (10, UPDATE),
        ],
    ),
    story(
        "--update-monitor 1s",
        BAD,
        &[
            (0, "create -d --name web --replicas 2 {} app:1"),
            (10, UPDATE),
        ],
    ),
    story(
        "--update-failure-action continue",
        BAD,
        &[
            (0, "create -d --name web --replicas 3 {} app:1"),
            (10, UPDATE),
        ],
    ),
    story(
        "--update-failure-action rollback",
        BAD,
        &[
            (0, "create -d --name web --replicas 3 {} app:1"),
            (10, UPDATE),
        ],
    ),
    story(
        "--update-max-failure-ratio 0.5",
        NONE,
        &[
            (0, "create -d --name web --replicas 3 {} app:1"),
            (10, UPDATE),
            (13, "kill web.1"),
        ],
    ),
    story(
        "--update-order start-first",
        NONE,
        &[
            (0, "create -d --name web --replicas 2 {} app:1"),
            (10, UPDATE),
        ],
    ),
    // How it is taken back.
    story(
        "--rollback-parallelism 0",
        NONE,
        &[
            (0, "create -d --name web --replicas 3 {} app:1"),
            (10, "update -d --update-parallelism 0 --image app:2 web"),
            (40, BACK),
        ],
    ),
    story(
        "--rollback-delay 8s",
        NONE,
        &[
            (0, "create -d --name web --replicas 2 {} app:1"),
            (10, "update -d --update-parallelism 0 --image app:2 web"),
            (40, BACK),
        ],
    ),
    story(
        "--rollback-monitor 1s",
        NONE,
        &[
            (0, "create -d --name web --replicas 1 {} app:1"),
            (10, "update -d --image app:2 web"),
            (40, BACK),
            (45, "kill web.1"),
        ],
    ),
    story(
        "--rollback-failure-action continue",
        NONE,
        ROLLBACK_THAT_FAILS,
    ),
    story(
        "--rollback-max-failure-ratio 0.5",
        NONE,
        ROLLBACK_THAT_FAILS,
    ),
    story(
        "--rollback-order start-first",
        NONE,
        &[
            (0, "create -d --name web --replicas 2 {} app:1"),
            (10, "update -d --update-parallelism 0 --image app:2 web"),
            (40, BACK),
        ],
    ),
    story(
        "--rollback",
        NONE,
        &[
            (0, "create -d --name web app:1"),
            (10, "update -d --image app:2 web"),
            (30, "update -d {} web"),
        ],
    ),
    story(
        "--force",
        NONE,
        &[(0, "create -d --name web app:1"), (10, "update -d {} web")],
    ),
    story(
        "--image app:2",
        NONE,
        &[(0, "create -d --name web app:1"), (10, "update -d {} web")],
    ),
    // What becomes of tasks that end.
    story(
        "--restart-condition none",
        NONE,
        &[(0, "create -d --name web {} app:1"), (10, "kill web.1")],
    ),
    story(
        "--restart-condition on-failure",
        "done: {exits: {after: 2s, code: 0}}",
        &[(0, "create -d --name web {} done")],
    ),
    story(
        "--restart-delay 1s",
        NONE,
        &[(0, "create -d --name web {} app:1"), (10, "kill web.1")],
    ),
    story(
        "--restart-max-attempts 1",
        "brief: {exits: {after: 2s, code: 1}}",
        &[(0, "create -d --name web {} brief")],
    ),
    story(
        "--restart-window 5s",
        "brief: {exits: {after: 4s, code: 1}}",
        &[(0, "create -d --name web --restart-max-attempts 1 {} brief")],
    ),
    // Health.
    story(
        "--health-cmd true",
        NONE,
        &[(0, "create -d --name web --health-interval 2s {} app:1")],
    ),
    story(
        "--health-interval 2s",
        "slow: {health: {passes_after: 5s}}",
        &[(0, "create -d --name web {} slow")],
    ),
    story(
        "--health-timeout 1s",
        "slow: {health: {passes_after: 1s, takes: 2s}}",
        &[(0, "create -d --name web --health-interval 1s {} slow")],
    ),
    story(
        "--health-retries 1",
        SICK,
        &[(0, "create -d --name web --health-interval 1s {} sick")],
    ),
    story(
        "--health-start-period 20s",
        "slow: {health: {passes_after: 12s}}",
        &[(0, "create -d --name web --health-interval 2s {} slow")],
    ),
    story(
        "--health-start-interval 1s",
        "slow: {health: {passes_after: 6s}}",
        &[(
            0,
            "create -d --name web --health-interval 30s --health-start-period 20s {} slow",
        )],
    ),
    story(
        "--no-healthcheck",
        SICK,
        &[(0, "create -d --name web {} sick")],
    ),
    // How a process is asked to end.
    story(
        "--stop-grace-period 3s",
        "deaf: {ignores_sigterm: true}",
        &[(0, "create -d --name web {} deaf"), (10, "rm web")],
    ),
    story(
        "--stop-signal SIGKILL",
        "deaf: {ignores_sigterm: true}",
        &[(0, "create -d --name web {} deaf"), (10, "rm web")],
    ),
    // How many, and where.
    story(
        "--replicas 3",
        NONE,
        &[(0, "create -d --name web {} app:1")],
    ),
    story(
        "--mode global",
        NONE,
        &[(0, "create -d --name web {} app:1")],
    ),
    story(
        "--mode replicated-job",
        "batch: {exits: {after: 2s, code: 0}}",
        &[(0, "create -d --name web {} batch")],
    ),
    story(
        "--mode global-job",
        "batch: {exits: {after: 2s, code: 0}}",
        &[(0, "create -d --name web {} batch")],
    ),
    story(
        "--max-concurrent 1",
        "batch: {exits: {after: 2s, code: 0}}",
        &[(
            0,
            "create -d --name web --mode replicated-job --replicas 2 {} batch",
        )],
    ),
    story(
        "--replicas-max-per-node 1",
        NONE,
        &[(0, "create -d --name web --replicas 4 {} app:1")],
    ),
    story(
        "--constraint node.hostname==w2",
        NONE,
        &[(0, "create -d --name web {} app:1")],
    ),
    story(
        "--constraint-add node.hostname!=w1",
        NONE,
        &[
            (0, "create -d --name web --replicas 3 app:1"),
            (10, "update -d {} web"),
        ],
    ),
    story(
        "--constraint-rm node.hostname==w9",
        NONE,
        &[
            (
                0,
                "create -d --name web --constraint node.hostname==w9 app:1",
            ),
            (10, "update -d {} web"),
        ],
    ),
    story(
        "--placement-pref spread=node.labels.zone",
        NONE,
        &[(0, "create -d --name web --replicas 6 {} app:1")],
    ),
    story(
        "--reserve-memory 40GiB",
        NONE,
        &[(0, "create -d --name web {} app:1")],
    ),
    story(
        "--reserve-cpu 40",
        NONE,
        &[(0, "create -d --name web {} app:1")],
    ),
    story(
        "--generic-resource gpu=1",
        NONE,
        &[(0, "create -d --name web {} app:1")],
    ),
    story(
        "--publish published=80,target=80,mode=host",
        NONE,
        &[(0, "create -d --name web --replicas 4 {} app:1")],
    ),
    // How long the client stays, and what it says.
    story(
        "--detach",
        NONE,
        &[
            (0, "create --quiet --name web app:1"),
            (20, "update {} --quiet --image app:2 web"),
        ],
    ),
    story("--quiet", NONE, &[(0, "create {} --name web app:1")]),
    story(
        "--no-resolve-image",
        "gone: {missing: true}",
        &[(0, "create -d --name web {} gone")],
    ),
];
