//! The reference of the scenario file, from its JSON Schema: a table of keys for every mapping, a
//! paragraph for every other kind of value.

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write as _;

use serde_json::Value;

const INTRODUCTION: &str = "\
# The scenario file

<!-- Written by `cargo xtask generate`. -->

A scenario is one YAML file: a cluster, what is done to it and what should be seen. Editors complete
and check it with `scenario.schema.json`. Keys that begin with `x-` are free for notes of your own,
at every place. What is wrong with a file is told with a code; `docs/diagnostics.md` explains them
all. Parts of the language that the simulator does not model yet are refused with E0021.
";
/// Where the schema keeps its definitions.
const DEFINITIONS: &str = "#/$defs/";

/// The page.
pub(super) fn text(schema: &Value) -> String {
    let mut page = Page {
        text: INTRODUCTION.to_owned(),
        waiting: VecDeque::new(),
        seen: BTreeSet::new(),
    };
    page.text.push_str("\n## The whole file\n");
    page.table(schema);
    while let Some(name) = page.waiting.pop_front() {
        let _ = writeln!(page.text, "\n## {name}");
        page.definition(&schema["$defs"][&name]);
    }
    page.text
}

struct Page {
    text: String,
    /// Definitions that have been named and not been written.
    waiting: VecDeque<String>,
    seen: BTreeSet<String>,
}

impl Page {
    fn definition(&mut self, schema: &Value) {
        let _ = writeln!(self.text, "\n{}", sentence(schema));
        if schema["properties"].is_object() {
            self.table(schema);
            return;
        }
        let kinds = ["oneOf", "anyOf"].map(|key| schema[key].as_array());
        for kind in kinds.into_iter().flatten().flatten() {
            let shape = self.shape(kind);
            let what = sentence(kind);
            let separator = if what.is_empty() { "" } else { ": " };
            let _ = write!(self.text, "\n- {shape}{separator}{what}");
        }
        if kinds.iter().any(Option::is_some) {
            self.text.push('\n');
        }
    }

    fn table(&mut self, schema: &Value) {
        self.text
            .push_str("\n| key | value | meaning |\n| --- | --- | --- |\n");
        let required = schema["required"].as_array();
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            let shape = self.shape(property).replace('|', "\\|");
            let mut meaning = sentence(property).replace('|', "\\|");
            if required.is_some_and(|keys| keys.iter().any(|one| one == key)) {
                meaning.push_str(" Required.");
            }
            if let Some(default) = property.get("default") {
                let _ = write!(meaning, " Default: `{default}`.");
            }
            let _ = writeln!(self.text, "| `{key}` | {shape} | {meaning} |");
        }
    }

    /// What kind of value it is, in a few words.
    fn shape(&mut self, schema: &Value) -> String {
        if let Some(name) = schema["$ref"].as_str() {
            return self.link(name.strip_prefix(DEFINITIONS).unwrap_or(name));
        }
        if let Some(word) = schema.get("const") {
            return code(word);
        }
        if let Some(words) = schema["enum"].as_array() {
            return words.iter().map(code).collect::<Vec<_>>().join(", ");
        }
        if let Some(kinds) = schema["anyOf"].as_array() {
            let kinds = kinds.iter().filter(|kind| kind["type"] != "null");
            let kinds: Vec<String> = kinds.map(|kind| self.shape(kind)).collect();
            return kinds.join(" or ");
        }
        let types = match &schema["type"] {
            Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect::<Vec<_>>(),
        };
        let types = types.into_iter().filter(|kind| *kind != "null");
        let types: Vec<String> = types.map(|kind| self.plain(kind, schema)).collect();
        types.join(" or ")
    }

    fn plain(&mut self, kind: &str, schema: &Value) -> String {
        match kind {
            "string" => "text".to_owned(),
            "boolean" => "`true` or `false`".to_owned(),
            "integer" => match (&schema["minimum"], &schema["maximum"]) {
                (Value::Number(min), Value::Number(max)) => format!("number from {min} to {max}"),
                _ => "number".to_owned(),
            },
            "array" => format!("list of {}", self.shape(&schema["items"])),
            "object" if schema["additionalProperties"].is_object() => {
                let values = self.shape(&schema["additionalProperties"]);
                format!("mapping of names to {values}")
            }
            other => other.to_owned(),
        }
    }

    fn link(&mut self, name: &str) -> String {
        if self.seen.insert(name.to_owned()) {
            self.waiting.push_back(name.to_owned());
        }
        format!("[{name}](#{})", name.to_lowercase())
    }
}

fn code(word: &Value) -> String {
    match word {
        Value::String(word) => format!("`{word}`"),
        other => format!("`{other}`"),
    }
}

/// The description in one line.
fn sentence(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
