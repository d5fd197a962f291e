//! `docker stack deploy`: what the stack files say is made true, step by step.
//!
//! Upstream: docker/cli `cli/command/stack/swarm/{deploy,deploy_composefile}.go`. Nothing is taken
//! back when a later step fails. Where the client walks over a Go map, this goes by name.

use std::sync::Arc;

use super::super::data_object::look_up_references;
use super::super::service::registry_notice;
use super::super::wait::Wait;
use super::super::{Execution, find, join, network, refuse_without_manager};
use super::{refused, services_of};
use crate::control::{self, DataObject};
use crate::docker::Outcome;
use crate::docker::network::NetworkCreate;
use crate::docker::stack::StackDeploy;
use crate::ids::{NodeId, ServiceId};
use crate::kernel::Kernel;
use crate::model::{Config, IpamConfig, NetworkSpec, Secret};
use crate::stack::{
    self, LABEL_IMAGE, Purpose, StackConfig, StackError, StackFile, StackNetwork, StackService,
    scoped,
};

const NO_MANAGER: &str = "this node is not a swarm manager. Use \"docker swarm init\" or \"docker \
                          swarm join\" to connect this node to swarm and try again";
const DETACHED: &str = "Since --detach=false was not specified, tasks will be created in the \
                        background.\nIn a future release, --detach=false will become the default.";

/// `docker stack deploy`
pub(super) fn deploy(kernel: &mut Kernel, at: NodeId, command: &StackDeploy) -> Execution {
    let config = match stack::load(&kernel.client, &command.files, Purpose::Deploy) {
        Ok(config) => config,
        Err(error) => return refused(&error).into(),
    };
    let mut printed = Outcome {
        stderr: config.warnings.clone(),
        ..Outcome::default()
    };
    let resolve = command.resolve_image.as_str();
    if !matches!(resolve, "always" | "changed" | "never") {
        let message = format!("Invalid option {resolve} for flag --resolve-image");
        return join([printed, Outcome::refused(message)]).into();
    }
    if command.detach.is_none() {
        printed.stderr += DETACHED;
        printed.stderr.push('\n');
    }
    if refuse_without_manager(kernel, at).is_some() {
        return join([printed, Outcome::refused(NO_MANAGER)]).into();
    }
    let mut deployment = Deployment {
        kernel,
        at,
        stack: &command.stack,
        resolve,
        printed,
    };
    match deployment.all(&config, command.prune) {
        Ok(services) if command.detach == Some(false) => {
            let ids = &deployment.kernel.ids;
            let waits = services
                .into_iter()
                .map(|id| Wait::new(id, ids.text(id), command.quiet).naming_its_service())
                .collect();
            Execution::Waits(deployment.printed, waits)
        }
        Ok(_) => deployment.printed.into(),
        Err(refusal) => join([deployment.printed, refusal]).into(),
    }
}

/// A deployment on its way.
struct Deployment<'k> {
    kernel: &'k mut Kernel,
    at: NodeId,
    stack: &'k str,
    /// When a registry is asked for the digests of images.
    resolve: &'k str,
    printed: Outcome,
}

impl Deployment<'_> {
    fn say(&mut self, line: &str) {
        self.printed.stdout += line;
        self.printed.stdout.push('\n');
    }

    /// Everything in docker's order; gives the services that were created or updated.
    fn all(&mut self, config: &StackConfig, prune: bool) -> Result<Vec<ServiceId>, Outcome> {
        if prune {
            self.prune(config)?;
        }
        let networks = stack::networks(self.stack, config);
        for name in &networks.external {
            self.external_network(name)?;
        }
        for network in &networks.own {
            self.network(network)?;
        }
        let secrets = stack::files(self.stack, &config.secrets);
        self.data::<Secret>(&secrets)?;
        let configs = stack::files(self.stack, &config.configs);
        self.data::<Config>(&configs)?;
        let mut services = Vec::new();
        for service in &config.services {
            let mut converted =
                stack::service(self.stack, service, config).map_err(|error| refused(&error))?;
            look_up_references(self.kernel, &mut converted.spec).map_err(|refusal| {
                let why = refusal.stderr.trim_end();
                let message = format!("service {}: {why}", service.name);
                refused(&StackError::at(service.span, message).in_file(&service.file))
            })?;
            services.push(converted);
        }
        services
            .into_iter()
            .map(|service| self.service(service))
            .collect()
    }

    fn prune(&mut self, config: &StackConfig) -> Result<(), Outcome> {
        let is_in_files = |name: &str| {
            let mut services = config.services.iter();
            services.any(|service| scoped(self.stack, &service.name) == name)
        };
        let gone: Vec<_> = services_of(self.kernel, self.stack)
            .into_iter()
            .filter(|service| !is_in_files(service.name()))
            .collect();
        for service in gone {
            self.say(&format!("Removing service {}", service.name()));
            control::remove_service(self.kernel, service.id)
                .map_err(|error| Outcome::refused_by_daemon(error.to_string()))?;
        }
        Ok(())
    }

    /// Names of networks that every node has are not looked up.
    fn external_network(&self, name: &str) -> Result<(), Outcome> {
        if ["bridge", "default", "host", "nat", "none"].contains(&name) {
            return Ok(());
        }
        if find::network(self.kernel, name).is_ok() {
            return Ok(());
        }
        Err(Outcome::refused(if name == "docker_gwbridge" {
            format!(
                "network {name:?} is declared as external, but it is not in the right scope: \
                 \"local\" instead of \"swarm\""
            )
        } else {
            format!(
                "network {name:?} is declared as external, but could not be found. You need to \
                 create a swarm-scoped network before the stack is deployed"
            )
        }))
    }

    /// Networks that are there already are left as they are.
    fn network(&mut self, network: &StackNetwork) -> Result<(), Outcome> {
        let name = &network.annotations.name;
        let mut all = self.kernel.store.networks();
        if all.any(|other| {
            other.name() == name && super::belongs(&other.spec.annotations.labels, self.stack)
        }) {
            return Ok(());
        }
        drop(all);
        self.say(&format!("Creating network {name}"));
        let subnets = network.subnets.iter().map(|subnet| IpamConfig {
            subnet: subnet.clone(),
            ..IpamConfig::default()
        });
        let command = NetworkCreate {
            spec: NetworkSpec {
                annotations: network.annotations.clone(),
                driver_name: network.driver.clone(),
                driver_options: network.driver_opts.clone(),
                ipam: subnets.collect(),
                internal: network.internal,
                attachable: network.attachable,
                ingress: false,
            },
            scope: String::new(),
        };
        let created = network::create(self.kernel, self.at, &command);
        if created.exit_code == 0 {
            return Ok(());
        }
        let why = created.stderr.trim_end();
        Err(Outcome::refused(format!(
            "failed to create network {name}: {why}"
        )))
    }

    /// Secrets or configs. Those that are there are sent once more, which the manager refuses if
    /// they hold something else.
    fn data<T: DataObject>(&mut self, files: &[StackFile]) -> Result<(), Outcome> {
        let word = T::WORD;
        let mut objects = Vec::new();
        for file in files {
            let name = &file.annotations.name;
            if !file.driver.is_empty() {
                return Err(Outcome::refused(format!(
                    "{word} {name}: a {word} that a driver provides is not simulated yet"
                )));
            }
            let content = self
                .kernel
                .client
                .read(&file.file)
                .map_err(Outcome::refused)?;
            let data = Arc::from(content.as_bytes());
            objects.push(T::new(
                file.annotations.clone(),
                data,
                file.template_driver.clone(),
            ));
        }
        for object in objects {
            let name = object.annotations().name.clone();
            let present = T::all(&self.kernel.store);
            let present = present
                .filter(|other| other.annotations().name == name)
                .map(|other| (other.id(), other.meta().version))
                .next();
            let (what, done) = match present {
                Some((id, seen)) => {
                    let (annotations, data) = (object.annotations(), object.data());
                    let done = control::update_data::<T>(self.kernel, id, seen, annotations, data);
                    ("update", done)
                }
                None => {
                    self.say(&format!("Creating {word} {name}"));
                    let done = control::create_data(self.kernel, object).map(|_| ());
                    ("create", done)
                }
            };
            done.map_err(|error| {
                Outcome::refused(format!(
                    "failed to {what} {word} {name}: Error response from daemon: {error}"
                ))
            })?;
        }
        Ok(())
    }

    fn service(&mut self, service: StackService) -> Result<ServiceId, Outcome> {
        let StackService {
            mut spec, refusal, ..
        } = service;
        let name = spec.annotations.name.clone();
        let known = services_of(self.kernel, self.stack);
        let known = known.into_iter().find(|other| other.name() == name);
        let what = match &known {
            Some(service) => {
                let id = self.kernel.ids.text(service.id);
                self.say(&format!("Updating service {name} (id: {id})"));
                "update"
            }
            None => {
                self.say(&format!("Creating service {name}"));
                "create"
            }
        };
        let failed =
            |why: &str| Outcome::refused(format!("failed to {what} service {name}: {why}"));
        if let Some(why) = refusal {
            return Err(failed(&format!("Error response from daemon: {why}")));
        }
        let task = Arc::make_mut(&mut spec.task);
        network::resolve(self.kernel, &mut task.networks)
            .map_err(|refusal| failed(refusal.stderr.trim_end()))?;
        // What the registry says is printed of updates, and passed over of new services.
        let image = task.container.image.clone();
        let asks = known.as_ref().is_some_and(|service| {
            let before = service.spec.annotations.labels.get(LABEL_IMAGE);
            match self.resolve {
                "always" => true,
                "changed" => before != Some(&image),
                _ => false,
            }
        });
        let done = match &known {
            Some(service) => {
                task.force_update = service.spec.task.force_update;
                let (id, seen) = (service.id, service.meta.version);
                control::update_service(self.kernel, id, seen, spec).map(|()| id)
            }
            None => control::create_service(self.kernel, spec),
        };
        let done = done.map_err(|error| failed(&format!("Error response from daemon: {error}")))?;
        self.printed.stderr += &registry_notice(self.kernel, &image, !asks);
        Ok(done)
    }
}
