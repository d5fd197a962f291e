//! `--format`, `--pretty` and `-q`: in which form a list or an object is printed
//! (docker/cli `cli/command/formatter/formatter.go`).

use std::fmt::Write;

use serde_json::{Map, Value};

use super::{Table, Template};
use crate::docker::Outcome;
use crate::docker::flags::Matches;

/// The form of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// The usual table.
    Table,
    /// A table with these columns.
    TableOf(Template),
    /// An object for each line.
    Json,
    /// This text for each line.
    Template(Template),
}

impl Format {
    /// What `--format` of a list says.
    pub fn of_list(matches: &Matches) -> Result<Self, Outcome> {
        let text = matches.text_or_empty("format");
        let template = |text: &str| Template::parse(text).map_err(Outcome::refused);
        Ok(match text.as_str() {
            "" | "table" => Self::Table,
            "json" => Self::Json,
            text => match text.strip_prefix("table ") {
                Some(columns) => Self::TableOf(template(columns.trim_matches(' '))?),
                None => Self::Template(template(text)?),
            },
        })
    }
}

/// The form of an object that is looked at closely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InspectFormat {
    /// An array of objects.
    Json,
    /// A text for people.
    Pretty,
    /// An object on a line.
    JsonLine,
    /// This text.
    Template(Template),
}

impl InspectFormat {
    /// What `--format` and `--pretty` say.
    pub fn read(matches: &Matches) -> Result<Self, Outcome> {
        if matches.flag("pretty") {
            return Ok(Self::Pretty);
        }
        Ok(match matches.text_or_empty("format").as_str() {
            "" => Self::Json,
            "pretty" => Self::Pretty,
            "json" => Self::JsonLine,
            text => Self::Template(Template::parse(text).map_err(Outcome::refused)?),
        })
    }
}

/// One line of a list.
pub trait Row {
    /// What Go calls it, for errors about fields.
    const TYPE_NAME: &'static str;
    /// Its fields and their headings.
    const HEADINGS: &'static [(&'static str, &'static str)];
    /// The fields of the usual table.
    const COLUMNS: &'static [&'static str];

    /// Every field under its name.
    fn fields(&self) -> Map<String, Value>;

    /// What stands in a cell of the usual table.
    fn cell(&self, field: &str) -> String {
        match self.fields().get(field) {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            None => String::new(),
        }
    }
}

/// Prints a list. `quiet` turns the usual table into a list of ids.
pub fn list<R: Row>(rows: &[R], format: &Format, quiet: bool) -> Result<String, Outcome> {
    let fill = |template: &Template, value: &Value| {
        template
            .execute(value, R::TYPE_NAME)
            .map_err(Outcome::refused)
    };
    let mut text = String::new();
    match format {
        Format::Table if quiet => {
            for row in rows {
                text += row
                    .fields()
                    .get("ID")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                text.push('\n');
            }
        }
        Format::Table => {
            let heading = |field: &&str| {
                R::HEADINGS
                    .iter()
                    .find(|(name, _)| name == field)
                    .map_or("", |(_, text)| *text)
            };
            let mut table = Table::new(R::COLUMNS.iter().map(heading));
            for row in rows {
                table.line(R::COLUMNS.iter().map(|field| row.cell(field)));
            }
            text = table.render();
        }
        Format::TableOf(template) => {
            let headings: Map<String, Value> = R::HEADINGS
                .iter()
                .map(|&(field, heading)| (field.to_owned(), Value::from(heading)))
                .collect();
            let mut table = Table::new(fill(template, &Value::Object(headings))?.split('\t'));
            for row in rows {
                table.line(fill(template, &Value::Object(row.fields()))?.split('\t'));
            }
            text = table.render();
        }
        Format::Json => {
            for row in rows {
                let _ = writeln!(text, "{}", Value::Object(row.fields()));
            }
        }
        Format::Template(template) => {
            for row in rows {
                text += &fill(template, &Value::Object(row.fields()))?;
                text.push('\n');
            }
        }
    }
    Ok(text)
}

/// Fields from pairs.
pub(super) fn object<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
