//! Requests for generic resources: `gpu=2` (`cli/command/service/generic_resource_opts.go`,
//! swarmkit `api/genericresource/parse.go`).

use super::number::unsigned;
use crate::collections::Order as _;
use crate::model::GenericRequest;

/// The form of one request.
pub(super) fn check(text: &str) -> Result<String, String> {
    if text.contains('=') {
        return Ok(text.to_owned());
    }
    Err(format!(
        "invalid generic-resource format `{text}` expected `name=value`"
    ))
}

/// What all requests of a line ask for together, in the order of their kinds.
pub fn generic_resources(requests: &[String]) -> Result<Vec<GenericRequest>, String> {
    const WHAT: &str = "invalid generic resource specification: could not parse GenericResource";
    let pairs: Vec<(&str, &str)> = requests
        .iter()
        .filter_map(|request| request.split_once('='))
        .collect();
    let mut found: Vec<GenericRequest> = Vec::new();
    for &(kind, value) in &pairs {
        let values: Vec<&str> = pairs
            .iter()
            .filter_map(|&(other, value)| (other == kind).then_some(value))
            .collect();
        let (negative, digits) = match value.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, value),
        };
        let amount = unsigned(digits, 10, i64::MAX.unsigned_abs());
        if values.len() > 1 {
            return Err(format!(
                "{WHAT}: mixed discrete and named resources in expression '{kind}=[{}]'",
                values.join(" ")
            ));
        }
        match amount {
            Ok(_) if negative => {
                return Err(format!("{WHAT}: cannot ask for negative resource {kind}"));
            }
            Ok(amount) => found.push(GenericRequest {
                kind: kind.to_owned(),
                value: i64::try_from(amount).expect("within the limit"),
            }),
            Err(_) => {
                return Err(format!(
                    "invalid generic-resource request `{kind}={value}`, Named Generic Resources \
                     is not supported for service create or update"
                ));
            }
        }
    }
    found.order_by(|a, b| a.kind.cmp(&b.kind));
    Ok(found)
}
