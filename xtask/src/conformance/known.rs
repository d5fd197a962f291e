//! Known differences: where the model is not meant to do what the real one did, and why.
//!
//! A rule speaks of behaviour and never of a line's name, so that it holds for data that nobody has
//! seen yet. The code that compares a kind of vector decides whether a rule applies.

/// A difference that is meant to be there.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// What differs, in a few words.
    pub title: &'static str,
    /// Why it does, in terms of behaviour.
    pub reason: &'static str,
}

/// A recorded run breaks the filters themselves.
pub const FILTERS_OF_ANOTHER_TASK: Rule = Rule {
    title: "a run in which a filter answered for another task",
    reason: "The run contradicts its own input: a task stands on a node that a resource, plugin, \
        constraint, platform, host port or max replicas filter refuses (or more tasks than there is \
        room for), or a task waits although a node can take it. What explains it, though it has not \
        been reproduced: SwarmKit's filters keep the task that they are asked about in objects that \
        all schedulers of a process share. In a real manager there is one scheduler and nothing \
        comes of it; where several ran at once to record the vectors, a filter could compare a node \
        with the task of another one. No such run was seen in a step without one of these filters. \
        The model does not copy it. The rule applies only to recorded runs in which the \
        contradiction can be shown, node by node; every other run of the line, and the summary of \
        all runs, has to agree.",
};

/// A recorded run in which a node was passed over.
pub const NODE_PASSED_OVER: Rule = Rule {
    title: "a rare run in which a node was passed over",
    reason: "The same cause, seen from the other side: a filter that answers for another task \
        refuses a node that could have taken one more, and the rest of the group goes to the \
        others. Nothing stands where it may not, but the placement is less even than any decision \
        about ties can make it. The rule applies only to a step in which one of these filters took \
        part, only if such runs are at most a quarter of all runs of the line, and only if another \
        recorded run of the line agrees. Lines without such filters have to agree in every run.",
};

/// A summary that depends on which nodes chance chose before one of them was removed.
pub const GONE_WITH_ITS_NODE: Rule = Rule {
    title: "tasks that were gone with their node",
    reason: "Tasks on a removed node count in the summary of the branches, but no longer for the \
        scheduler. Which node a task was on when that node was removed is up to chance, and what \
        follows from it is only listed if some recorded run made that choice. Where the model's \
        choice by name left tasks on a node that was removed later, the summary may lack its \
        outcome. The rule applies only if every recorded run can be followed step by step, and \
        some seed takes the model through all steps in agreement with the summary.",
};

/// A service of many slots that shrinks while slots hold several tasks.
pub const UNSTABLE_SORT: Rule = Rule {
    title: "an unstable sort among slots with several tasks",
    reason: "SwarmKit sorts the slots of a service that shrinks with a sort that keeps the order of \
        equals up to 12 elements and loses it beyond. Slots with several tasks and slots without a \
        node are equals: which of them stay decides how many tasks are left, and an update then \
        repairs those that hold several. The model keeps the order of slot numbers. The rule \
        applies only to more than 12 slots of which one holds several tasks, and only if nothing \
        but the number of tasks a node differs.",
};

/// Engines before 25 have one log driver more.
pub const LOG_DRIVERS: Rule = Rule {
    title: "a log driver that engines no longer have",
    reason: "Engine 20.10 names the log driver logentries among its plugins. Later engines do not \
        have it, and the model builds a later one.",
};

/// The model has no certificates.
pub const CERTIFICATES: Rule = Rule {
    title: "the certificates of the swarm",
    reason: "`docker node inspect --pretty` ends with the root certificate of the swarm and its \
        issuer, and `docker swarm ca --rotate` has all certificates made anew, at which nothing else \
        changes. The model has no certificates: it prints nothing of them and refuses the line.",
};

/// What an engine does beside the swarm.
pub const CONTAINERS_OF_ONE_NODE: Rule = Rule {
    title: "containers that belong to no service",
    reason: "`docker run` starts a container that no manager knows of. The model has the containers \
        of services alone, and refuses the line. The recorded lines of this kind were refused, too, \
        by another text and with another exit code.",
};

/// A published port has two bindings on a machine with two address families.
pub const HOST_PORTS_TWICE: Rule = Rule {
    title: "ports of a node that are listed once for each address family",
    reason: "An engine with IPv6 binds a port that is published on the node for both address \
        families, and the client lists both, which look the same. The machines of the model have \
        IPv4 alone.",
};

/// How far an update is, printed to something that is not a terminal.
pub const PROGRESS: Rule = Rule {
    title: "the progress of an update, printed into a file",
    reason: "A client whose output is not a terminal prints another line whenever it looks how far \
        an update is, and as many as time allows. The model prints what a terminal shows in the \
        end. Also, client 20.10 does not name the service that has converged. What stands around the \
        progress, and when the line returns, is compared.",
};

/// What the programs in containers print.
pub const OUTPUT: Rule = Rule {
    title: "what containers print",
    reason: "The programs of the lab print the hostname of their container, and the lines of \
        several tasks come in any order. The model has no programs: what an image prints is said by \
        the scenario. That `docker service logs` succeeds is compared.",
};

/// What an engine says of itself.
pub const ENGINE: Rule = Rule {
    title: "what an engine says of itself",
    reason: "`docker info` tells of runtimes, storage and addresses of a real machine. The model \
        tells less of them. What it says of the swarm is compared, but for the address pool.",
};

/// Engine 20.10 forgets the tasks of a job that is removed.
pub const JOB_TASKS_STAY: Rule = Rule {
    title: "the tasks of a job that was removed",
    reason: "In Engine 20.10 the tasks of a removed job stay in the store and go on running. Later \
        SwarmKit removes them, and so does the model. What happens to them up to the removal has to \
        agree.",
};

/// What client and engine print that are newer than those of a recording.
pub const NEWER_CLIENT: Rule = Rule {
    title: "what another version of the client prints",
    reason: "Client 20.10 lists the orchestrator of a stack, which later ones do not, and its `docker \
        stack deploy` does not know `--detach`, of which later ones speak. Client 28 \
        tells after a failed `docker network rm` which status it exits with, and after a \
        wrong line how it is used. What is not there or not valid is named in other words by each \
        version. The model prints what \
        client 28 does.",
};

/// A manager that is demoted while it leads.
pub const DEMOTED_ENGINE: Rule = Rule {
    title: "an engine that has not noticed that its manager is gone",
    reason: "A manager that is demoted stops at once, and its engine goes on believing that it is \
        there until the agent has found another manager, in the recording for half a minute: until \
        then lines fail because nobody listens at the manager's socket. In the model the engine \
        knows at once, and refuses the line as that of a worker.",
};

/// Ports of the routing mesh.
pub const NO_IPVS: Rule = Rule {
    title: "published ports on machines without IPVS",
    reason: "The kernel of the recordings had no IPVS, so nobody answered at ports that are \
        published in the routing mesh. The model's machines have it.",
};

/// The place of a mistake.
pub const HINTS: Rule = Rule {
    title: "hints",
    reason: "Where docker refuses a line or a file, the model says so in docker's words, and adds a \
        line that begins with `hint:` where it knows more, such as the place in the file.",
};

/// Parts of a spec that say nothing.
pub const EMPTY_PARTS: Rule = Rule {
    title: "empty parts of a spec",
    reason: "In the JSON of a service whether a part is absent or empty depends on what the client \
        sent: `docker stack deploy` sends privileges without any, and resources without limits. The \
        model keeps what a spec says and not how it said it.",
};

/// A container whose network is removed under it.
pub const NETWORK_GONE: Rule = Rule {
    title: "a container that was stopped while its network was removed",
    reason: "An engine that stops the last container of a network removes the network, too. When \
        the network is removed at the same time, as by `docker stack rm`, one of the two finds it \
        gone, and a task that should have ended as SHUTDOWN now and then ends as FAILED with that \
        error. The model stops the container and knows nothing of the race. The rule applies only \
        to a task that was told to stop.",
};

/// Every rule.
pub const RULES: &[&Rule] = &[
    &LOG_DRIVERS,
    &CERTIFICATES,
    &CONTAINERS_OF_ONE_NODE,
    &HOST_PORTS_TWICE,
    &JOB_TASKS_STAY,
    &PROGRESS,
    &NEWER_CLIENT,
    &DEMOTED_ENGINE,
    &NO_IPVS,
    &HINTS,
    &EMPTY_PARTS,
    &NETWORK_GONE,
    &OUTPUT,
    &ENGINE,
    &FILTERS_OF_ANOTHER_TASK,
    &NODE_PASSED_OVER,
    &GONE_WITH_ITS_NODE,
    &UNSTABLE_SORT,
];
