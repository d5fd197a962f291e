//! `docker service scale` (docker/cli `cli/command/service/scale.go`).

use crate::docker::Outcome;
use crate::docker::flags::Matches;
use crate::docker::values::parse_uint;
use crate::model::{ServiceMode, ServiceSpec};

/// Services to scale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceScale {
    /// Each service as it was typed, and its new number, or what is wrong with that number. The
    /// others are scaled even so, and the errors are printed at the end.
    pub services: Vec<(String, Result<u64, String>)>,
    /// Do not wait until the services have converged.
    pub detach: bool,
}

impl ServiceScale {
    pub(super) fn read(matches: &Matches) -> Result<Self, Outcome> {
        let mut services = Vec::new();
        for specifier in &matches.args {
            let (service, number) = specifier
                .split_once('=')
                .filter(|(service, number)| !service.is_empty() && !number.is_empty())
                .ok_or_else(|| invalid_specifier(specifier))?;
            let number = parse_uint(number, 10)
                .map_err(|reason| format!("{service}: invalid replicas value {number}: {reason}"));
            services.push((service.to_owned(), number));
        }
        Ok(Self {
            services,
            detach: matches.flag("detach"),
        })
    }
}

fn invalid_specifier(specifier: &str) -> Outcome {
    Outcome::refused(format!(
        "invalid scale specifier '{specifier}'.\n\
         See 'docker service scale --help'.\n\
         \n\
         Usage:  docker service scale SERVICE=REPLICAS [SERVICE=REPLICAS...]\n\
         \n\
         Scale one or multiple replicated services"
    ))
}

/// The spec with another number of replicas or completions; the error is a reason that the
/// client puts after the name of the service.
pub fn scaled(current: &ServiceSpec, count: u64) -> Result<ServiceSpec, String> {
    let mut spec = current.clone();
    match &mut spec.mode {
        ServiceMode::Replicated { replicas } => *replicas = count,
        ServiceMode::ReplicatedJob {
            total_completions, ..
        } => *total_completions = count,
        ServiceMode::Global | ServiceMode::GlobalJob => {
            return Err("scale can only be used with replicated or replicated-job mode".to_owned());
        }
    }
    Ok(spec)
}
