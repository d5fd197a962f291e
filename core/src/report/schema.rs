//! The JSON Schema of what pages are given, from the types that write it.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::{reasons, timeline, traffic, view};

/// The JSON Schema of every type that goes over to a page: its definitions, by name.
pub fn json_schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    generator.subschema_for::<view::View>();
    generator.subschema_for::<view::TaskView>();
    generator.subschema_for::<reasons::Why>();
    generator.subschema_for::<timeline::Line>();
    generator.subschema_for::<traffic::TrafficView>();
    let definitions = generator.take_definitions(true);
    let states = crate::model::TaskState::ALL.iter();
    let states: Vec<&str> = states.map(|state| state.as_str()).collect();
    json!({
        "definitions": definitions,
        "task_states": states,
        "task_row_length": view::TASK_ROW_LENGTH,
    })
}
