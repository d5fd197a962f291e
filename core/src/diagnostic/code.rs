//! The catalogue of mistakes: one stable code and one explanation for each kind.

use std::fmt;

use serde::{Serialize, Serializer};

use super::Severity;

macro_rules! catalogue {
    ($($(#[doc = $title:literal])* $name:ident = $code:literal: $explanation:literal,)*) => {
        /// A kind of mistake. `E` codes are errors, `W` codes are warnings; a code never changes
        /// its meaning, and the code of a mistake that cannot be made any more is not used again.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = $title])* $name,)*
        }

        impl Code {
            /// Every code, in the order of the catalogue.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// `E0003`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The mistake in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => concat!($($title),*).trim_ascii(),)* }
            }

            /// The mistake in one paragraph: what it is, why it is one, how to get out of it.
            pub const fn explanation(self) -> &'static str {
                match self { $(Self::$name => $explanation,)* }
            }
        }
    };
}

catalogue! {
    /// The text is not YAML.
    Syntax = "E0001": "The file cannot be read as YAML, so nothing more can be said about it. The \
        usual reasons are a tab in the indentation (YAML wants spaces), a value that contains \
        `: ` or ` #` and is not quoted, and a bracket or a quote that is never closed.",
    /// A key is given twice.
    DuplicateKey = "E0002": "A mapping holds the same key twice. YAML tools differ in which of \
        them wins, so neither does here: remove one.",
    /// There is no such key.
    UnknownKey = "E0003": "A key that means nothing at this place: a typing error, or a key of \
        another place. Keys that begin with `x-` are free for notes of your own.",
    /// A key is missing.
    MissingKey = "E0004": "Something that has no sensible default was not given.",
    /// A value of another kind is needed.
    WrongKind = "E0005": "The value is not of the kind that its key takes: a list where a number \
        belongs, text where a mapping belongs. The message names both.",
    /// The word is not one of those possible.
    UnknownWord = "E0006": "The value must be one of a few words, and is none of them.",
    /// The value cannot be read.
    InvalidValue = "E0007": "The value is of the right kind but makes no sense: a duration \
        without a unit (`5` instead of `5s`), a size in an unknown unit, a negative amount.",
    /// A limit is exceeded.
    Limit = "E0008": "The file asks for more than the simulator promises to handle. The limits \
        exist so that a small text cannot fill the memory; the message names the one that was \
        met.",
    /// A feature of YAML that is not accepted.
    RefusedYaml = "E0009": "Valid YAML that has no meaning here: a second document, tags of an \
        application, keys that are not plain text, an alias inside of its own anchor, a merge key \
        `<<` over something that is not a mapping.",
    /// The file is empty.
    Empty = "E0010": "There is nothing in the file. The smallest scenario is `cluster: {managers: \
        1}`.",
    /// The version is not known.
    UnsupportedVersion = "E0011": "The file says that it is written in a version of the scenario \
        language that this program does not know. There is one version so far: `version: 1`.",
    /// A name is used twice.
    DuplicateName = "E0012": "Two nodes have the same name. Docker would allow it, but steps and \
        expectations name nodes, and could not say which one they mean.",
    /// There is no such node.
    UnknownNode = "E0013": "A step or an expectation names a node that the cluster does not have.",
    /// The cluster has no manager.
    NoManager = "E0014": "A swarm is founded by a manager; workers alone are not one. Give at \
        least one node `role: manager`, or start with machines that are `joined: false` and let \
        a step found the swarm.",
    /// A step does nothing, or several things.
    StepAction = "E0015": "A step does exactly one thing: it runs a docker line, or it is one \
        fault. Split it into several steps; they may have the same time.",
    /// The moment is not clear.
    UnclearMoment = "E0016": "A step takes `at` (since the beginning) or `after` (since the step \
        above), an expectation exactly one of `at`, `eventually` and `always`.",
    /// The keys do not go together.
    KeyConflict = "E0017": "Every one of these keys is known, but not beside the others: a \
        predicate of nodes in an expectation about a service, an address for several nodes at \
        once.",
    /// The expectation expects nothing.
    EmptyExpectation = "E0018": "An expectation names what it looks at (`service`, `node`, \
        `task`, `traffic` or `output_of`) and what should be seen there.",
    /// An address is used twice.
    DuplicateAddress = "E0019": "Two nodes have the same address and could not reach each other. \
        Leave the key out to have one handed out.",
    /// The limits mean nothing.
    EmptyRange = "E0020": "Nothing can lie between these limits, so the expectation could never \
        hold; or everything can, so it always would.",
    /// The simulator does not do this yet.
    NotSimulated = "E0021": "The file is right, but asks for something that the simulator does not \
        model yet. It is refused instead of passed over, so that no result rests on half of what \
        was asked for.",
    /// The line cannot be read.
    CommandLine = "E0022": "The line of a step cannot be split into words as a shell would: a quote \
        is never closed, or it ends in a backslash.",
    /// This is nothing that can be imported.
    NotInspected = "E0023": "`swarmlab import` reads the JSON that `docker node inspect`, `service \
        inspect`, `network inspect`, `config inspect`, `secret inspect` and `docker info --format \
        '{{json .}}'` print, one text or several, and needs at least the nodes. This is no JSON, or \
        an object that none of them prints.",
    /// The number of managers is even.
    EvenManagers = "W0001": "With an even number of managers the swarm survives no more failures \
        than with one less: 2 managers need both, 4 survive the loss of one, as 3 do. Real swarms \
        have 1, 3, 5 or 7.",
    /// The step is earlier than the one above it.
    StepOrder = "W0002": "Steps are done in order of time, whatever their order in the file. \
        Where the two differ, a reader is easily misled.",
    /// The run ends before this.
    AfterEnd = "W0003": "`until` ends the run before this moment: the step is never done, the \
        expectation never looked at as written.",
    /// The import leaves this out.
    LeftOut = "W0004": "Something that docker shows of the cluster has no counterpart in a \
        scenario, or could not be found, and is not in what was written. The message says what. If \
        it matters for what you want to rehearse, the result will be different from that of the \
        real cluster.",
}

impl Code {
    /// Errors refuse the text, warnings do not.
    pub const fn severity(self) -> Severity {
        match self.as_str().as_bytes() {
            [b'W', ..] => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// The code with this name, in any case: `E0003`, `e0003`.
    pub fn parse(text: &str) -> Option<Self> {
        let all = Self::ALL.iter().copied();
        all.into_iter()
            .find(|code| code.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_in_order() {
        let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(codes, sorted);
        for &code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), Some(code));
            assert!(!code.title().is_empty() && !code.explanation().contains("  "));
        }
    }
}
