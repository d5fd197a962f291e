//! Variables in a stack file: every text value, and the few places at which what comes out is
//! read as a number or a switch.
//!
//! Upstream: docker/cli `cli/compose/interpolation/interpolation.go`,
//! `cli/compose/loader/interpolate.go`.

use super::error::StackError;
use super::template::substitute;
use super::value::{Data, Node};

/// What a text is read as once variables have changed it.
#[derive(Clone, Copy)]
enum Cast {
    Int,
    Float,
    Bool,
}

/// Where that happens. A star is any key, `[]` an item of a list.
const CASTS: &[(&str, Cast)] = &[
    ("services.*.configs.[].mode", Cast::Int),
    ("services.*.secrets.[].mode", Cast::Int),
    ("services.*.healthcheck.retries", Cast::Int),
    ("services.*.healthcheck.disable", Cast::Bool),
    ("services.*.deploy.replicas", Cast::Int),
    ("services.*.deploy.update_config.parallelism", Cast::Int),
    (
        "services.*.deploy.update_config.max_failure_ratio",
        Cast::Float,
    ),
    ("services.*.deploy.rollback_config.parallelism", Cast::Int),
    (
        "services.*.deploy.rollback_config.max_failure_ratio",
        Cast::Float,
    ),
    ("services.*.deploy.restart_policy.max_attempts", Cast::Int),
    (
        "services.*.deploy.placement.max_replicas_per_node",
        Cast::Int,
    ),
    ("services.*.ports.[].target", Cast::Int),
    ("services.*.ports.[].published", Cast::Int),
    ("services.*.ulimits.*", Cast::Int),
    ("services.*.ulimits.*.hard", Cast::Int),
    ("services.*.ulimits.*.soft", Cast::Int),
    ("services.*.privileged", Cast::Bool),
    ("services.*.read_only", Cast::Bool),
    ("services.*.stdin_open", Cast::Bool),
    ("services.*.tty", Cast::Bool),
    ("services.*.volumes.[].read_only", Cast::Bool),
    ("services.*.volumes.[].volume.nocopy", Cast::Bool),
    ("services.*.oom_score_adj", Cast::Int),
    ("networks.*.external", Cast::Bool),
    ("networks.*.internal", Cast::Bool),
    ("networks.*.attachable", Cast::Bool),
    ("volumes.*.external", Cast::Bool),
    ("secrets.*.external", Cast::Bool),
    ("configs.*.external", Cast::Bool),
];

/// Puts variables in.
pub(super) fn interpolate<'v>(
    root: &mut Node,
    variable: &impl Fn(&str) -> Option<&'v str>,
) -> Result<(), StackError> {
    walk(root, &mut Vec::new(), variable)
}

fn walk<'v>(
    node: &mut Node,
    path: &mut Vec<String>,
    variable: &impl Fn(&str) -> Option<&'v str>,
) -> Result<(), StackError> {
    let span = node.span;
    match &mut node.data {
        Data::Text(text) => {
            if !text.contains('$') {
                return Ok(());
            }
            let changed = substitute(text, variable).map_err(|wrong| {
                let message = format!(
                    "invalid interpolation format for {}: {wrong:?}; you may need to escape any \
                     $ with another $",
                    path.join(".")
                );
                StackError::at(span, message)
            })?;
            if changed == *text {
                return Ok(());
            }
            node.data = cast(path, changed).map_err(|why| {
                let message = format!(
                    "error while interpolating {}: failed to cast to expected type: {why}",
                    path.join(".")
                );
                StackError::at(span, message)
            })?;
        }
        Data::List(items) => {
            path.push("[]".to_owned());
            for item in items {
                walk(item, path, variable)?;
            }
            path.pop();
        }
        Data::Map(entries) => {
            for entry in entries {
                path.push(entry.key.clone());
                walk(&mut entry.value, path, variable)?;
                path.pop();
            }
        }
        Data::Null | Data::Bool(_) | Data::Int(_) | Data::Float(_) => {}
    }
    Ok(())
}

fn cast(path: &[String], text: String) -> Result<Data, String> {
    let is_here = |pattern: &str| {
        let parts: Vec<&str> = pattern.split('.').collect();
        parts.len() == path.len()
            && parts
                .iter()
                .zip(path)
                .all(|(part, own)| *part == "*" || part == own)
    };
    let Some((_, cast)) = CASTS.iter().find(|(pattern, _)| is_here(pattern)) else {
        return Ok(Data::Text(text));
    };
    match cast {
        Cast::Int => {
            let digits = text.strip_prefix('+').unwrap_or(&text);
            digits
                .parse()
                .map(Data::Int)
                .map_err(|_| format!("strconv.Atoi: parsing {text:?}: invalid syntax"))
        }
        Cast::Float => match text.parse::<f64>() {
            Ok(number) if !text.is_empty() => Ok(Data::Float(number)),
            _ => Err(format!(
                "strconv.ParseFloat: parsing {text:?}: invalid syntax"
            )),
        },
        Cast::Bool => match text.to_lowercase().as_str() {
            "true" | "y" | "yes" | "on" => Ok(Data::Bool(true)),
            "false" | "n" | "no" | "off" => Ok(Data::Bool(false)),
            _ => Err(format!("invalid boolean: {text}")),
        },
    }
}
