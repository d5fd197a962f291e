//! The words that the console knows beside `docker`, and what its help says of them.

/// A word of the console.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) name: &'static str,
    pub(super) usage: &'static str,
    pub(super) about: &'static str,
}

const fn word(name: &'static str, usage: &'static str, about: &'static str) -> Word {
    Word { name, usage, about }
}

/// All of them, in the order of the help.
pub(super) const WORDS: &[Word] = &[
    word(
        "docker",
        "docker ...",
        "a docker command, typed at the present node",
    ),
    word(
        "on",
        "on NODE",
        "type at another node; `@NODE docker ...` for one line",
    ),
    word(
        "tick",
        "tick [5s]",
        "let time pass, or process the next event",
    ),
    word(
        "run",
        "run until converged|quiet|30s",
        "go on until all services run, nothing is left, or a moment",
    ),
    word("goto", "goto 30s", "stand at a moment, earlier or later"),
    word(
        "undo",
        "undo",
        "back to before the last line that changed something",
    ),
    word("redo", "redo", "take an undo back"),
    word("status", "status", "services and nodes, a line each"),
    word(
        "tasks",
        "tasks",
        "the tasks that are wanted, and why they wait",
    ),
    word("events", "events", "what has happened and was not told yet"),
    word("timeline", "timeline", "everything that has happened"),
    word(
        "explain",
        "explain web.3 [at 30s]",
        "why a task is where it is, or nowhere",
    ),
    word(
        "raft",
        "raft",
        "the managers: role, term, log, vote, whom each reaches",
    ),
    word(
        "crash",
        "crash NODE|zone=a",
        "a node, or all with a label, loses its power",
    ),
    word(
        "kill-engine",
        "kill-engine NODE",
        "the engine of a node dies; its containers run on",
    ),
    word(
        "stop-engine",
        "stop-engine NODE",
        "the engine of a node stops, and its containers with it",
    ),
    word("recover", "recover NODE|zone=a", "what crashed comes back"),
    word(
        "freeze",
        "freeze NODE",
        "the engine of a node stops without noticing it",
    ),
    word("thaw", "thaw NODE", "a frozen engine goes on"),
    word(
        "partition",
        "partition NODE...",
        "nodes are cut off from all others",
    ),
    word(
        "mute",
        "mute NODE...",
        "what nodes send does not arrive anywhere else",
    ),
    word(
        "slow",
        "slow NODE NODE 300ms|usual",
        "a message between two nodes takes so long",
    ),
    word(
        "wipe",
        "wipe NODE",
        "a machine loses its disk and starts again with an empty one",
    ),
    word(
        "heal",
        "heal",
        "the network is whole again, and as fast as usual",
    ),
    word("join", "join NODE", "a machine becomes a node of the swarm"),
    word("kill", "kill web.1", "the container of a task dies"),
    word(
        "interrupt",
        "interrupt [NODE]",
        "Ctrl-C where a line of the scenario waits",
    ),
    word(
        "save",
        "save FILE",
        "write everything typed as a scenario; `save! FILE` overwrites",
    ),
    word("load", "load FILE", "begin anew with a scenario"),
    word(
        "seed",
        "seed [N]",
        "show the seed, or begin anew with another",
    ),
    word("help", "help [WORD]", "this list, or one word of it"),
    word("exit", "exit", "leave (also: quit)"),
    word("quit", "quit", "leave"),
];

/// The word with a name.
pub(super) fn find(name: &str) -> Option<&'static Word> {
    WORDS.iter().find(|word| word.name == name)
}

/// A row of the help.
pub(super) fn row(word: &Word) -> String {
    format!("  {:<30}  {}\n", word.usage, word.about)
}
