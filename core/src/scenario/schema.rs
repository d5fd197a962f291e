//! The JSON Schema of the scenario file, from the types that read it.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::{ScenarioFile, VERSION};
use crate::model::{Availability, NodeRole};

/// The JSON Schema (draft 2020-12) of the scenario file. Editors complete and check with it.
pub fn json_schema() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<ScenarioFile>();
    RecursiveTransform(polish).transform(&mut schema);
    schema.insert("title".to_owned(), json!("swarmlab scenario"));
    schema.to_value()
}

/// Keys for notes are free, a key without a value counts as not written, defaults of `null` and
/// formats of machine integers tell an author nothing.
fn polish(schema: &mut Schema) {
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        schema.insert("patternProperties".to_owned(), json!({"^x-": {}}));
    }
    if schema.get("default").is_some_and(is_empty) {
        schema.remove("default");
    }
    schema.remove("format");
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

pub(super) fn version(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"const": VERSION})
}

pub(super) fn role(_: &mut SchemaGenerator) -> Schema {
    let words: Vec<&str> = NodeRole::ALL.iter().map(|role| role.as_str()).collect();
    json_schema!({"enum": words})
}

pub(super) fn availability(_: &mut SchemaGenerator) -> Schema {
    let words: Vec<&str> = Availability::ALL.iter().map(|one| one.as_str()).collect();
    json_schema!({"enum": words})
}

/// Objects of the Docker API, whose keys are not described here.
pub(super) fn api_objects(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "array", "items": {"type": "object"}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_speaks_to_authors() {
        let schema = json_schema();
        let keys: Vec<&String> = schema["properties"]
            .as_object()
            .expect("keys")
            .keys()
            .collect();
        assert!(keys.len() > 10, "{keys:?}");
        let text = schema.to_string();
        // Every key of every struct has its comment.
        for (name, one) in schema["$defs"].as_object().expect("definitions") {
            for (key, property) in one["properties"].as_object().into_iter().flatten() {
                assert!(
                    property["description"].is_string(),
                    "{name}.{key} in {text}"
                );
            }
        }
        assert!(!text.contains("File"), "{text}");
    }
}
