//! Generic resources: is there enough, what is taken, what comes back.
//!
//! Upstream: `api/genericresource/{validate,resource_management,helpers}.go`. A node lists numbers
//! of things (`ssd=4`) or things with names (`gpu=UUID-1`); a task asks for an amount of a kind.

use crate::model::{GenericRequest, GenericResource};

/// Whether a request could be met. Each request is looked at on its own.
pub fn has_enough(available: &[GenericResource], request: &GenericRequest) -> bool {
    match available
        .iter()
        .find(|resource| resource.kind() == request.kind)
    {
        None => false,
        Some(GenericResource::Discrete { value, .. }) => request.value <= *value,
        Some(GenericResource::Named { .. }) => request.value <= amount(available, &request.kind),
    }
}

/// How much of a kind is there: the value of a number, the count of names.
pub fn amount(available: &[GenericResource], kind: &str) -> i64 {
    let of_kind = available.iter().filter(|resource| resource.kind() == kind);
    of_kind
        .map(|resource| match resource {
            GenericResource::Discrete { value, .. } => *value,
            GenericResource::Named { .. } => 1,
        })
        .sum()
}

/// Takes what is requested out of what is available, and says what was taken. If any kind is
/// absent nothing is taken at all.
pub fn claim(
    available: &mut Vec<GenericResource>,
    requests: &[GenericRequest],
) -> Vec<GenericResource> {
    let mut taken = Vec::new();
    for request in requests {
        let mut is_present = false;
        let mut named = 0;
        for resource in available
            .iter()
            .filter(|resource| resource.kind() == request.kind)
        {
            is_present = true;
            match resource {
                GenericResource::Discrete { kind, value } => {
                    if *value >= request.value && request.value != 0 {
                        let (kind, value) = (kind.clone(), request.value);
                        taken.push(GenericResource::Discrete { kind, value });
                    }
                    break;
                }
                GenericResource::Named { .. } => {
                    taken.push(resource.clone());
                    named += 1;
                    // An amount of 0 is never reached: such a request takes every name.
                    if named == request.value {
                        break;
                    }
                }
            }
        }
        if !is_present {
            return Vec::new();
        }
    }
    consume(available, &taken);
    taken
}

/// Removes what a task holds from what is available.
pub fn consume(available: &mut Vec<GenericResource>, taken: &[GenericResource]) {
    for gone in taken {
        match gone {
            GenericResource::Discrete {
                kind: gone_kind,
                value: gone_value,
            } => {
                let found = available.iter_mut().find_map(|resource| match resource {
                    GenericResource::Discrete { kind, value } if kind == gone_kind => Some(value),
                    _ => None,
                });
                if let Some(value) = found {
                    *value -= gone_value;
                }
                available.retain(|resource| match resource {
                    GenericResource::Discrete { kind, value } => kind != gone_kind || *value > 0,
                    GenericResource::Named { .. } => true,
                });
            }
            GenericResource::Named { .. } => available.retain(|resource| resource != gone),
        }
    }
}

/// Gives back what a task held, then makes what is available fit the node's description again.
pub fn reclaim(
    available: &mut Vec<GenericResource>,
    described: &[GenericResource],
    taken: Vec<GenericResource>,
) {
    for back in taken {
        match &back {
            GenericResource::Discrete {
                kind: back_kind,
                value: back_value,
            } => {
                match available
                    .iter_mut()
                    .find(|resource| resource.kind() == back_kind)
                {
                    Some(GenericResource::Discrete { value, .. }) => *value += back_value,
                    Some(GenericResource::Named { .. }) => {}
                    None => available.push(back),
                }
            }
            GenericResource::Named { .. } => available.push(back),
        }
    }
    sanitize(available, described);
}

/// Upstream: `sanitize`. What the node no longer describes is dropped; where it describes less, or
/// in another form, its description wins and is appended.
fn sanitize(available: &mut Vec<GenericResource>, described: &[GenericResource]) {
    let of_kind = |kind: &str| -> Vec<&GenericResource> {
        described
            .iter()
            .filter(|resource| resource.kind() == kind)
            .collect()
    };
    let mut kept = Vec::new();
    let mut appended: Vec<GenericResource> = Vec::new();
    for resource in available.drain(..) {
        let described = of_kind(resource.kind());
        match (&resource, described.first()) {
            (_, None) => {}
            (
                GenericResource::Discrete { value, .. },
                Some(GenericResource::Discrete { value: most, .. }),
            ) if value <= most => kept.push(resource),
            (GenericResource::Named { .. }, Some(GenericResource::Named { .. })) => {
                if described.contains(&&resource) {
                    kept.push(resource);
                }
            }
            _ => {
                if !appended.iter().any(|other| other.kind() == resource.kind()) {
                    appended.extend(described.into_iter().cloned());
                }
            }
        }
    }
    kept.append(&mut appended);
    *available = kept;
}
