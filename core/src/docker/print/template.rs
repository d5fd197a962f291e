//! The part of Go's templates that people type after `--format`.
//!
//! Upstream: `text/template`, docker/cli `templates/templates.go`. Understood are fields
//! (`{{.Name}}`, `{{.Spec.Labels}}`, `{{.}}`), pipes, and the functions `json`, `lower`,
//! `upper`, `title`, `len`, `index` with constants and `join`. Left out: everything with blocks
//! (`if`, `range`, `with`), variables and comparisons; they are refused by name.

use serde_json::Value;

use super::ordered::Object;

/// A template that has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Action(Vec<Call>),
}

/// One stage of a pipe: a function (none for a plain operand) and what stands after it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Call {
    function: Option<Function>,
    operands: Vec<Operand>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Json,
    Lower,
    Upper,
    Title,
    Len,
    Index,
    Join,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Operand {
    /// A path, and the byte of the template at which it stands.
    Field(Vec<String>, usize),
    Constant(Value),
}

impl Template {
    /// Reads a template. `\t` and `\n` stand for the characters. The error is docker's.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.replace("\\t", "\t").replace("\\n", "\n");
        let mut parts = Vec::new();
        let mut rest = text.as_str();
        while let Some(open) = rest.find("{{") {
            if open > 0 {
                parts.push(Part::Text(rest[..open].to_owned()));
            }
            let inside = &rest[open + 2..];
            let Some(close) = inside.find("}}") else {
                return Err(parse_error("unclosed action"));
            };
            let at = text.len() - inside.len();
            parts.push(Part::Action(parse_pipe(&inside[..close], at)?));
            rest = &inside[close + 2..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// Fills the template in. `type_name` is what Go calls the value, for the error about a
    /// field that does not exist.
    pub fn execute(&self, value: &Value, type_name: &str) -> Result<String, String> {
        self.fill(value, None, type_name)
    }

    /// The same for an object whose fields have an order: `json` keeps it.
    pub fn execute_on(&self, object: &Object, type_name: &str) -> Result<String, String> {
        let value = serde_json::to_value(object).expect("an object is JSON");
        self.fill(&value, Some(object), type_name)
    }

    fn fill(
        &self,
        value: &Value,
        ordered: Option<&Object>,
        type_name: &str,
    ) -> Result<String, String> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(literal) => text += literal,
                Part::Action(pipe) => {
                    let mut result: Option<Value> = None;
                    for call in pipe {
                        result = Some(match call.ordered_json(ordered) {
                            Some(json) => Value::from(json),
                            None => call.run(value, type_name, result)?,
                        });
                    }
                    text += &shown(&result.unwrap_or(Value::Null));
                }
            }
        }
        Ok(text)
    }
}

fn parse_error(what: &str) -> String {
    format!("template parsing error: template: :1: {what}")
}

fn parse_pipe(text: &str, at: usize) -> Result<Vec<Call>, String> {
    let text = text.strip_prefix("- ").unwrap_or(text);
    let text = text.strip_suffix(" -").unwrap_or(text);
    if text.trim().is_empty() {
        return Err(parse_error("missing value for command"));
    }
    let mut calls = Vec::new();
    let mut at = at;
    for stage in text.split('|') {
        calls.push(parse_call(stage, at)?);
        at += stage.len() + 1;
    }
    Ok(calls)
}

fn parse_call(stage: &str, at: usize) -> Result<Call, String> {
    let mut function = None;
    let mut operands = Vec::new();
    let mut rest = stage.trim_start();
    while !rest.is_empty() {
        let place = at + stage.len() - rest.len();
        let end = match rest.strip_prefix('"') {
            Some(quoted) => {
                quoted
                    .find('"')
                    .ok_or_else(|| parse_error("unterminated quoted string"))?
                    + 2
            }
            None => rest.find(char::is_whitespace).unwrap_or(rest.len()),
        };
        let word = &rest[..end];
        if let Some(path) = word.strip_prefix('.') {
            let path = path.split('.').filter(|name| !name.is_empty());
            operands.push(Operand::Field(path.map(str::to_owned).collect(), place));
        } else if word.starts_with('"') {
            operands.push(Operand::Constant(Value::from(&word[1..word.len() - 1])));
        } else if let Ok(number) = word.parse::<i64>() {
            operands.push(Operand::Constant(Value::from(number)));
        } else if function.is_none() && operands.is_empty() {
            function = Some(Function::parse(word)?);
        } else {
            return Err(parse_error(&format!("function \"{word}\" not defined")));
        }
        rest = rest[end..].trim_start();
    }
    Ok(Call { function, operands })
}

impl Function {
    fn parse(word: &str) -> Result<Self, String> {
        Ok(match word {
            "json" => Self::Json,
            "lower" => Self::Lower,
            "upper" => Self::Upper,
            "title" => Self::Title,
            "len" => Self::Len,
            "index" => Self::Index,
            "join" => Self::Join,
            "if" | "else" | "end" | "range" | "with" | "define" | "template" | "block" => {
                return Err(parse_error(&format!(
                    "{{{{{word}}}}} is not understood here"
                )));
            }
            _ => return Err(parse_error(&format!("function \"{word}\" not defined"))),
        })
    }
}

impl Call {
    /// What `json .A.B` prints of an object with an order.
    fn ordered_json(&self, root: Option<&Object>) -> Option<String> {
        match &self.operands[..] {
            [Operand::Field(path, _)] if self.function == Some(Function::Json) => root?.json(path),
            _ => None,
        }
    }

    fn run(&self, root: &Value, type_name: &str, piped: Option<Value>) -> Result<Value, String> {
        let mut values = Vec::new();
        for operand in &self.operands {
            values.push(match operand {
                Operand::Constant(value) => value.clone(),
                Operand::Field(path, place) => field(root, type_name, path, *place)?,
            });
        }
        values.extend(piped);
        let mut values = values.into_iter();
        let first = values.next().unwrap_or(Value::Null);
        Ok(match self.function {
            None => first,
            Some(Function::Json) => Value::from(first.to_string()),
            Some(Function::Lower) => Value::from(shown(&first).to_lowercase()),
            Some(Function::Upper) => Value::from(shown(&first).to_uppercase()),
            Some(Function::Title) => Value::from(super::capitalised(&shown(&first))),
            Some(Function::Len) => Value::from(match &first {
                Value::Array(items) => items.len(),
                Value::Object(fields) => fields.len(),
                other => shown(other).len(),
            }),
            Some(Function::Index) => values.fold(first, |value, key| {
                let found = match &key {
                    Value::Number(number) => number
                        .as_u64()
                        .and_then(|index| usize::try_from(index).ok())
                        .and_then(|index| value.get(index)),
                    key => key.as_str().and_then(|key| value.get(key)),
                };
                found.cloned().unwrap_or(Value::from(""))
            }),
            Some(Function::Join) => {
                let separator = values.next().map(|value| shown(&value)).unwrap_or_default();
                let items: Vec<String> =
                    first.as_array().into_iter().flatten().map(shown).collect();
                Value::from(items.join(&separator))
            }
        })
    }
}

fn field(root: &Value, type_name: &str, path: &[String], place: usize) -> Result<Value, String> {
    let mut value = root;
    for name in path {
        value = value.get(name).ok_or_else(|| {
            format!(
                "template parsing error: template: :1:{place}: executing \"\" at <.{}>: can't \
                 evaluate field {name} in type {type_name}",
                path.join(".")
            )
        })?;
    }
    Ok(value.clone())
}

/// A value as Go prints it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "<no value>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(key, value)| format!("{key}:{}", shown(value)))
                .collect();
            format!("map[{}]", fields.join(" "))
        }
        other => other.to_string(),
    }
}
