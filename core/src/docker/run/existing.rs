//! What a scenario gives a swarm from the beginning, made as the engine makes what it is sent.

use std::sync::Arc;

use super::data_object::look_up_references;
use super::network;
use crate::api;
use crate::control;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Span};
use crate::docker::network::check_ranges;
use crate::kernel::Kernel;
use crate::model::{Annotations, Config, Secret};
use crate::scenario::Existing;

/// Makes all of it, or says what is refused.
pub(crate) fn create(kernel: &mut Kernel, existing: &Existing) -> Result<(), Diagnostics> {
    let mut problems = Diagnostics::new();
    let mut done = |span: Span, kind: &str, name: &str, result: Result<(), String>| {
        if let Err(why) = result {
            let message = format!("docker refuses the {kind} `{name}`: {why}");
            problems.push(Diagnostic::new(Code::InvalidValue, span, message));
        }
    };
    for placed in &existing.networks {
        let result = network(kernel, &placed.what);
        done(placed.span, "network", &placed.what.name, result);
    }
    for placed in &existing.configs {
        let config = &placed.what;
        let bytes = api::from_base64(&config.data).unwrap_or_default();
        let object = Config {
            id: crate::ids::ConfigId(0),
            meta: crate::model::Meta::default(),
            annotations: annotations(&config.name, &config.labels),
            data: bytes.into(),
            template_driver: String::new(),
        };
        let result = control::create_data_of_any_size(kernel, object);
        let result = result.map(|_| ()).map_err(|error| error.to_string());
        done(placed.span, "config", &config.name, result);
    }
    for placed in &existing.secrets {
        let secret = &placed.what;
        let bytes = api::from_base64(&secret.data).unwrap_or_default();
        let object = Secret {
            id: crate::ids::SecretId(0),
            meta: crate::model::Meta::default(),
            annotations: annotations(&secret.name, &secret.labels),
            data: bytes.into(),
            template_driver: String::new(),
        };
        let result = control::create_data_of_any_size(kernel, object);
        let result = result.map(|_| ()).map_err(|error| error.to_string());
        done(placed.span, "secret", &secret.name, result);
    }
    for placed in &existing.services {
        let result = service(kernel, &placed.what);
        done(placed.span, "service", &placed.what.name, result);
    }
    if problems.has_errors() {
        return Err(problems);
    }
    Ok(())
}

fn annotations(name: &str, labels: &crate::model::Labels) -> Annotations {
    Annotations {
        name: name.to_owned(),
        labels: labels.clone(),
    }
}

fn network(kernel: &mut Kernel, network: &api::Network) -> Result<(), String> {
    let spec = network.to_model();
    check_ranges(&spec.ipam)?;
    let created = control::create_network(kernel, spec);
    created.map(|_| ()).map_err(|error| error.to_string())
}

fn service(kernel: &mut Kernel, service: &api::ServiceSpec) -> Result<(), String> {
    let mut spec = service.to_model();
    let said = |refusal: crate::docker::Outcome| refusal.stderr.trim_end().to_owned();
    network::resolve(kernel, &mut Arc::make_mut(&mut spec.task).networks).map_err(said)?;
    look_up_references(kernel, &mut spec).map_err(said)?;
    let created = control::create_service(kernel, spec);
    created.map(|_| ()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Settings;
    use crate::model::{NetworkAttachmentConfig, NetworkSpec, OVERLAY, ServiceSpec};
    use crate::swarm::Swarm;

    /// No client sends such a spec; it once kept the allocator busy for ever.
    #[test]
    fn a_service_in_a_network_may_say_nothing_of_its_endpoint() {
        let mut swarm = Swarm::new(Settings::default());
        let network = NetworkSpec {
            annotations: annotations("n", &crate::model::Labels::new()),
            driver_name: OVERLAY.to_owned(),
            ..NetworkSpec::default()
        };
        let id = control::create_network(&mut swarm.kernel, network).expect("a network");
        swarm.settle();
        let mut spec = ServiceSpec {
            annotations: annotations("web", &crate::model::Labels::new()),
            ..ServiceSpec::default()
        };
        let task = Arc::make_mut(&mut spec.task);
        "a".clone_into(&mut task.container.image);
        task.networks = vec![NetworkAttachmentConfig {
            target: swarm.kernel.ids.text(id),
            ..NetworkAttachmentConfig::default()
        }];
        let id = control::create_service(&mut swarm.kernel, spec).expect("a service");
        swarm.settle();
        let service = swarm.kernel.store.service(id).expect("it is there");
        assert_eq!(service.endpoint, None);
        assert_eq!(swarm.kernel.store.tasks_of_service(id).count(), 1);
    }
}
