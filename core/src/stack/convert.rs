//! From what stack files say to what the swarm is asked for: names, labels, specs.
//!
//! Upstream: docker/cli `cli/compose/convert`. Whatever the engine alone would refuse is kept
//! beside the spec and told when the service is created.
//!
//! Left out: credential specs in configs, mounts of images.

use std::sync::Arc;

use super::error::StackError;
use super::types::{
    FileObject, FileReferenceConfig, NetworkConfig, PortEntry, ResourceEntry, ServiceConfig,
    StackConfig, UpdateConfigEntry, VolumeEntry,
};
use crate::collections::{BTreeSet, Order as _};
use crate::docker::values::{parse_cpus, with_default_tag};
use crate::model::{
    Annotations, ContainerSpec, DnsConfig, Driver, EndpointMode, EndpointSpec, FailureAction,
    FileReference, HealthConfig, Labels, Mount, MountOptions, MountType, NetworkAttachmentConfig,
    Placement, PortConfig, PortProtocol, PublishMode, ResourceAmounts, ResourceRequirements,
    RestartCondition, RestartPolicy, RuntimeOptions, ServiceMode, ServiceSpec, TaskSpec, Ulimit,
    UpdateConfig, UpdateOrder,
};
use crate::time::parse_duration;

/// The label that says to which stack something belongs.
pub const LABEL_NAMESPACE: &str = "com.docker.stack.namespace";
/// The label that says which image a service was written with.
pub const LABEL_IMAGE: &str = "com.docker.stack.image";

/// The name of a part of a stack in the swarm.
pub fn scoped(stack: &str, name: &str) -> String {
    format!("{stack}_{name}")
}

fn with_stack_label(stack: &str, labels: &Labels) -> Labels {
    let mut labels = labels.clone();
    labels.insert(LABEL_NAMESPACE.to_owned(), stack.to_owned());
    labels
}

fn name_or_scoped(stack: &str, key: &str, name: &str) -> String {
    if name.is_empty() {
        scoped(stack, key)
    } else {
        name.to_owned()
    }
}

/// The network of services that name none.
const DEFAULT_NETWORK: &str = "default";

/// The networks that the services of a stack are on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackNetworks {
    /// Those that must be there, by their names in the swarm.
    pub external: Vec<String>,
    /// Those that belong to the stack, in order of their names in the file.
    pub own: Vec<StackNetwork>,
}

/// A network that belongs to a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackNetwork {
    /// Its name in the swarm and its labels.
    pub annotations: Annotations,
    /// Its driver.
    pub driver: String,
    /// Options of the driver.
    pub driver_opts: Labels,
    /// Its subnets.
    pub subnets: Vec<String>,
    /// Whether it leads nowhere else.
    pub internal: bool,
    /// Whether containers may attach themselves.
    pub attachable: bool,
}

/// The networks that the services use; others are not made.
pub fn networks(stack: &str, config: &StackConfig) -> StackNetworks {
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for service in &config.services {
        if service.networks.is_empty() {
            used.insert(DEFAULT_NETWORK);
        }
        used.extend(service.networks.keys().map(String::as_str));
    }
    let mut networks = StackNetworks::default();
    let nothing = NetworkConfig::default();
    for key in used {
        let network = config.networks.get(key).unwrap_or(&nothing);
        if network.external {
            networks.external.push(network.name.clone());
            continue;
        }
        let driver = if network.driver.is_empty() {
            "overlay"
        } else {
            &network.driver
        };
        networks.own.push(StackNetwork {
            annotations: Annotations {
                name: name_or_scoped(stack, key, &network.name),
                labels: with_stack_label(stack, &network.labels),
            },
            driver: driver.to_owned(),
            driver_opts: network.driver_opts.clone(),
            subnets: network.subnets.clone(),
            internal: network.internal,
            attachable: network.attachable,
        });
    }
    networks.external.order();
    networks
}

/// A secret or a config that belongs to a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackFile {
    /// Its name in the swarm and its labels.
    pub annotations: Annotations,
    /// The file that holds its content; empty for none.
    pub file: String,
    /// What provides it; empty for nothing.
    pub driver: String,
    /// What fills in the data; empty for nothing.
    pub template_driver: String,
}

/// The secrets or the configs that are the stack's own, in order of their names in the file.
pub fn files<'c>(
    stack: &'c str,
    objects: impl IntoIterator<Item = (&'c String, &'c FileObject)>,
) -> Vec<StackFile> {
    let own = objects.into_iter().filter(|(_, object)| !object.external);
    own.map(|(key, object)| StackFile {
        annotations: Annotations {
            name: name_or_scoped(stack, key, &object.name),
            labels: with_stack_label(stack, &object.labels),
        },
        file: object.file.clone(),
        driver: object.driver.clone(),
        template_driver: object.template_driver.clone(),
    })
    .collect()
}

/// A service as the swarm is asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackService {
    /// Its name in the file.
    pub key: String,
    /// What is wanted. Secrets, configs and networks are named and not looked up.
    pub spec: ServiceSpec,
    /// The image as it is written.
    pub image: String,
    /// What the engine says about words that it does not know.
    pub refusal: Option<String>,
}

/// A service of a stack.
pub fn service(
    stack: &str,
    service: &ServiceConfig,
    config: &StackConfig,
) -> Result<StackService, StackError> {
    let at_service = |why: String| {
        let message = format!("service {}: {why}", service.name);
        StackError::at(service.span, message).in_file(&service.file)
    };
    let mut refusal = None;
    let spec = spec(stack, service, config, &mut refusal).map_err(at_service)?;
    Ok(StackService {
        key: service.name.clone(),
        spec,
        image: service.image.clone(),
        refusal,
    })
}

fn spec(
    stack: &str,
    service: &ServiceConfig,
    config: &StackConfig,
    refusal: &mut Option<String>,
) -> Result<ServiceSpec, String> {
    let deploy = &service.deploy;
    // In this order docker looks for mistakes.
    let secrets = references("secret", stack, &service.secrets, &config.secrets)?;
    let configs = references("config", stack, &service.configs, &config.configs)?;
    let mode = mode(&deploy.mode, deploy.replicas)?;
    let mut mounts = Vec::new();
    for volume in &service.volumes {
        mounts.push(mount(stack, volume, config)?);
    }
    let limits = amounts(deploy.limits.as_ref())?;
    let reservations = amounts(deploy.reservations.as_ref())?;
    let restart = restart(service, refusal)?;
    let healthcheck = health(service)?;
    let networks = attachments(stack, service, config)?;
    let credential_spec = credential_spec(&service.credential_spec)?;
    let mut labels = with_stack_label(stack, &deploy.labels);
    labels.insert(LABEL_IMAGE.to_owned(), service.image.clone());
    let log_driver = service.logging.as_ref().map(|logging| {
        Arc::new(Driver {
            name: logging.driver.clone(),
            options: logging.options.clone(),
        })
    });
    let (capability_add, capability_drop) = capabilities(&service.cap_add, &service.cap_drop);
    let pids_limit = deploy.limits.as_ref().map_or(0, |limits| limits.pids);
    let container = ContainerSpec {
        image: with_default_tag(&service.image),
        command: service.entrypoint.clone(),
        args: service.command.clone(),
        hostname: service.hostname.clone(),
        env: environment(service),
        labels: with_stack_label(stack, &service.labels),
        mounts,
        stop_signal: service.stop_signal.clone(),
        stop_grace_period_ns: duration(service.stop_grace_period.as_deref()),
        healthcheck,
        runtime: RuntimeOptions {
            dir: service.working_dir.clone(),
            user: service.user.clone(),
            open_stdin: service.stdin_open,
            tty: service.tty,
            init: service.init,
            read_only: service.read_only,
            isolation: service.isolation.clone(),
            hosts: hosts(&service.extra_hosts),
            dns: DnsConfig {
                nameservers: service.dns.clone(),
                search: service.dns_search.clone(),
                options: Vec::new(),
            },
            secrets,
            configs,
            sysctls: service.sysctls.clone(),
            capability_add,
            capability_drop,
            ulimits: ulimits(service),
            pids_limit,
            oom_score_adj: service.oom_score_adj,
            credential_spec,
            ..RuntimeOptions::default()
        },
    };
    let task = TaskSpec {
        container,
        resources: ResourceRequirements {
            limits,
            reservations,
        },
        restart,
        placement: Placement {
            constraints: deploy.constraints.clone(),
            preferences: deploy.preferences.clone(),
            max_replicas: deploy.max_replicas,
            ..Placement::default()
        },
        networks,
        log_driver,
        ..TaskSpec::default()
    };
    Ok(ServiceSpec {
        annotations: Annotations {
            name: scoped(stack, &service.name),
            labels,
        },
        task: Arc::new(task),
        mode,
        update: update_config(deploy.update_config.as_ref(), refusal),
        rollback: update_config(deploy.rollback_config.as_ref(), refusal),
        endpoint: Some(Arc::new(endpoint(service, refusal))),
    })
}

/// Durations have been checked when the file was loaded.
fn duration(text: Option<&str>) -> Option<u64> {
    text.and_then(|text| parse_duration(text).ok())
}

fn references<'c>(
    word: &str,
    stack: &str,
    references: &[FileReferenceConfig],
    objects: &'c crate::collections::BTreeMap<String, FileObject>,
) -> Result<Vec<FileReference>, String> {
    let mut all = Vec::new();
    for reference in references {
        let key = &reference.source;
        let object: &'c FileObject = objects
            .get(key)
            .ok_or_else(|| format!("undefined {word} {key:?}"))?;
        let default = FileReference::default();
        let or = |text: &String, default: &str| {
            if text.is_empty() {
                default.to_owned()
            } else {
                text.clone()
            }
        };
        all.push(FileReference {
            id: None,
            source: name_or_scoped(stack, key, &object.name),
            target: or(&reference.target, key),
            uid: or(&reference.uid, &default.uid),
            gid: or(&reference.gid, &default.gid),
            mode: reference.mode.unwrap_or(default.mode),
        });
    }
    all.order_by(|a, b| a.source.cmp(&b.source));
    Ok(all)
}

fn mode(mode: &str, replicas: Option<u64>) -> Result<ServiceMode, String> {
    let count = replicas.unwrap_or(1);
    match mode {
        "global" | "global-job" if replicas.is_some() => {
            Err("replicas can only be used with replicated or replicated-job mode".to_owned())
        }
        "global" => Ok(ServiceMode::Global),
        "global-job" => Ok(ServiceMode::GlobalJob),
        "replicated-job" => Ok(ServiceMode::ReplicatedJob {
            max_concurrent: count,
            total_completions: count,
        }),
        "replicated" | "" => Ok(ServiceMode::Replicated { replicas: count }),
        _ => Err(format!("Unknown mode: {mode}")),
    }
}

fn mount(stack: &str, volume: &VolumeEntry, config: &StackConfig) -> Result<Mount, String> {
    let kind = match volume.kind.as_str() {
        "" => MountType::Volume,
        "image" => return Err("mounts of images are not simulated yet".to_owned()),
        word => MountType::parse(word)
            .ok_or("volume type must be volume, bind, tmpfs, npipe, or cluster")?,
    };
    let mut mount = Mount {
        kind,
        source: volume.source.clone(),
        target: volume.target.clone(),
        read_only: volume.read_only,
        ..Mount::default()
    };
    let is_bind = matches!(kind, MountType::Bind | MountType::Npipe);
    let blocks = [
        (
            "tmpfs",
            volume.tmpfs_size_bytes.is_some(),
            kind == MountType::Tmpfs,
        ),
        ("bind", volume.propagation.is_some(), is_bind),
        (
            "volume",
            volume.no_copy.is_some(),
            kind == MountType::Volume,
        ),
    ];
    let stray = blocks.into_iter().find(|(_, given, fits)| *given && !fits);
    let must_have_source = kind != MountType::Volume && kind != MountType::Tmpfs;
    if must_have_source && volume.source.is_empty() {
        return Err(format!("invalid {kind} source, source cannot be empty"));
    }
    if kind == MountType::Tmpfs && !volume.source.is_empty() {
        return Err("invalid tmpfs source, source must be empty".to_owned());
    }
    if let Some((block, ..)) = stray {
        return Err(format!("{block} options are incompatible with type {kind}"));
    }
    mount.options = MountOptions {
        propagation: volume.propagation.clone().unwrap_or_default(),
        no_copy: volume.no_copy.unwrap_or_default(),
        tmpfs_size_bytes: volume.tmpfs_size_bytes.unwrap_or_default(),
        ..MountOptions::default()
    };
    let is_group = kind == MountType::Cluster && volume.source.starts_with("group:");
    let is_named = matches!(kind, MountType::Volume | MountType::Cluster);
    if !is_named || is_group || volume.source.is_empty() {
        return Ok(mount);
    }
    let key = &volume.source;
    let described = config
        .volumes
        .get(key)
        .ok_or_else(|| format!("undefined volume {key:?}"))?;
    mount.source = name_or_scoped(stack, key, &described.name);
    if kind == MountType::Volume && !described.external {
        mount.options.volume_labels = with_stack_label(stack, &described.labels);
        mount.volume_driver.clone_from(&described.driver);
        mount
            .options
            .volume_driver_opts
            .clone_from(&described.driver_opts);
    }
    Ok(mount)
}

fn amounts(entry: Option<&ResourceEntry>) -> Result<ResourceAmounts, String> {
    let Some(entry) = entry else {
        return Ok(ResourceAmounts::default());
    };
    let cpu_nano = if entry.cpus.is_empty() {
        0
    } else {
        parse_cpus(&entry.cpus)?
    };
    Ok(ResourceAmounts {
        cpu_nano,
        memory_bytes: entry.memory_bytes,
        generic: entry.generic.clone(),
    })
}

/// `deploy.restart_policy`, else what `restart` says.
fn restart(
    service: &ServiceConfig,
    refusal: &mut Option<String>,
) -> Result<Option<RestartPolicy>, String> {
    let default = RestartPolicy::default();
    if let Some(policy) = &service.deploy.restart_policy {
        let condition = match policy.condition.as_str() {
            "" => Some(RestartCondition::Any),
            word => RestartCondition::parse(word),
        };
        if condition.is_none() {
            refusal.get_or_insert(format!("invalid RestartCondition: {:?}", policy.condition));
        }
        return Ok(Some(RestartPolicy {
            condition: condition.unwrap_or_default(),
            delay_ns: duration(policy.delay.as_deref()).unwrap_or(default.delay_ns),
            max_attempts: policy.max_attempts.unwrap_or_default(),
            window_ns: duration(policy.window.as_deref()).unwrap_or_default(),
        }));
    }
    let (word, count) = match service.restart.split_once(':') {
        Some((word, count)) => {
            let count = count
                .parse()
                .map_err(|_| "maximum retry count must be an integer".to_owned())?;
            (word, count)
        }
        None => (service.restart.as_str(), 0),
    };
    let condition = match word {
        "" | "no" => return Ok(None),
        "always" | "unless-stopped" => RestartCondition::Any,
        "on-failure" => RestartCondition::OnFailure,
        _ => return Err(format!("unknown restart policy: {}", service.restart)),
    };
    Ok(Some(RestartPolicy {
        condition,
        max_attempts: count,
        ..default
    }))
}

fn health(service: &ServiceConfig) -> Result<Option<HealthConfig>, String> {
    let Some(check) = &service.healthcheck else {
        return Ok(None);
    };
    if check.disable {
        if !check.test.is_empty() {
            return Err("test and disable can't be set at the same time".to_owned());
        }
        return Ok(Some(HealthConfig {
            test: vec!["NONE".to_owned()],
            ..HealthConfig::default()
        }));
    }
    let nanos = |text: &Option<String>| duration(text.as_deref()).unwrap_or_default();
    Ok(Some(HealthConfig {
        test: check.test.clone(),
        interval_ns: nanos(&check.interval),
        timeout_ns: nanos(&check.timeout),
        retries: check.retries.unwrap_or_default(),
        start_period_ns: nanos(&check.start_period),
        start_interval_ns: nanos(&check.start_interval),
    }))
}

fn attachments(
    stack: &str,
    service: &ServiceConfig,
    config: &StackConfig,
) -> Result<Vec<NetworkAttachmentConfig>, String> {
    let default = crate::collections::BTreeMap::from([(DEFAULT_NETWORK.to_owned(), None)]);
    let named = if service.networks.is_empty() {
        &default
    } else {
        &service.networks
    };
    let mut all = Vec::new();
    for (key, network) in named {
        let described = config.networks.get(key);
        if described.is_none() && key != DEFAULT_NETWORK {
            return Err(format!("undefined network {key:?}"));
        }
        let name = described.map_or("", |network| network.name.as_str());
        let target = name_or_scoped(stack, key, name);
        let network = network.clone().unwrap_or_default();
        let mut aliases = network.aliases;
        let is_predefined = ["default", "bridge", "host", "none", "nat"].contains(&target.as_str())
            || target.starts_with("container:");
        if !is_predefined {
            aliases.push(service.name.clone());
        }
        all.push(NetworkAttachmentConfig {
            target,
            aliases,
            driver_opts: network.driver_opts,
        });
    }
    all.order_by(|a, b| a.target.cmp(&b.target));
    Ok(all)
}

fn credential_spec(spec: &Labels) -> Result<String, String> {
    let given: Vec<(&str, &String)> = [
        ("Config", "config"),
        ("File", "file"),
        ("Registry", "registry"),
    ]
    .into_iter()
    .filter_map(|(word, key)| Some((word, spec.get(key).filter(|value| !value.is_empty())?)))
    .collect();
    match given.as_slice() {
        [] => Ok(String::new()),
        [("Config", _)] => Err("a credential spec in a config is not simulated yet".to_owned()),
        [(word, value)] => Ok(format!("{}://{value}", word.to_lowercase())),
        [(one, _), (other, _)] => Err(format!(
            "invalid credential spec: cannot specify both {one:?} and {other:?}"
        )),
        _ => Err(
            "invalid credential spec: cannot specify both \"Config\", \"File\", and \"Registry\""
                .to_owned(),
        ),
    }
}

/// Sorted, with `CAP_` in front; all of them is one word, and what is added is not dropped.
fn capabilities(add: &[String], drop: &[String]) -> (Vec<String>, Vec<String>) {
    const ALL: &str = "ALL";
    let normal = |names: &[String]| -> BTreeSet<String> {
        names
            .iter()
            .map(|name| match name.trim().to_uppercase() {
                upper if upper == ALL || upper.starts_with("CAP_") => upper,
                upper => format!("CAP_{upper}"),
            })
            .collect()
    };
    let one_for_all = |names: BTreeSet<String>| -> Vec<String> {
        if names.contains(ALL) {
            vec![ALL.to_owned()]
        } else {
            names.into_iter().collect()
        }
    };
    let (add, mut drop) = (normal(add), normal(drop));
    drop.retain(|name| !add.contains(name));
    (one_for_all(add), one_for_all(drop))
}

fn environment(service: &ServiceConfig) -> Vec<String> {
    let mut lines: Vec<String> = service
        .environment
        .iter()
        .map(|(name, value)| match value {
            Some(value) => format!("{name}={value}"),
            None => name.clone(),
        })
        .collect();
    lines.order();
    lines
}

/// `host:address` as lines of `/etc/hosts`.
fn hosts(lines: &[String]) -> Vec<String> {
    let split = lines.iter().filter_map(|line| line.split_once(':'));
    split
        .map(|(host, address)| format!("{address} {host}"))
        .collect()
}

fn ulimits(service: &ServiceConfig) -> Vec<Ulimit> {
    service
        .ulimits
        .iter()
        .map(|(name, limit)| {
            let (soft, hard) = match limit.single {
                0 => (limit.soft, limit.hard),
                single => (single, single),
            };
            Ulimit {
                name: name.clone(),
                soft,
                hard,
            }
        })
        .collect()
}

fn update_config(
    entry: Option<&UpdateConfigEntry>,
    refusal: &mut Option<String>,
) -> Option<UpdateConfig> {
    let entry = entry?;
    let default = UpdateConfig::default();
    let failure_action = match entry.failure_action.as_str() {
        "" => Some(FailureAction::default()),
        word => FailureAction::parse(word),
    };
    if failure_action.is_none() {
        let word = &entry.failure_action;
        refusal.get_or_insert(format!("unrecognized update failure action {word}"));
    }
    let or_default = |text: &str, default_ns: u64| match duration(Some(text)) {
        None | Some(0) => default_ns,
        Some(duration_ns) => duration_ns,
    };
    Some(UpdateConfig {
        parallelism: entry.parallelism.unwrap_or(1),
        delay_ns: or_default(&entry.delay, 0),
        failure_action: failure_action.unwrap_or_default(),
        monitor_ns: or_default(&entry.monitor, default.monitor_ns),
        max_failure_ratio: entry.max_failure_ratio,
        order: UpdateOrder::parse(&entry.order).unwrap_or_default(),
    })
}

fn endpoint(service: &ServiceConfig, refusal: &mut Option<String>) -> EndpointSpec {
    let word = service.deploy.endpoint_mode.to_lowercase();
    let mode = match word.as_str() {
        "" => Some(EndpointMode::Vip),
        word => EndpointMode::parse(word),
    };
    if mode.is_none() {
        refusal.get_or_insert(format!("invalid resolution mode: {word:?}"));
    }
    let port = |port: &PortEntry| PortConfig {
        // The engine takes words that it does not know for the usual ones.
        protocol: PortProtocol::parse(&port.protocol.to_lowercase()).unwrap_or_default(),
        target_port: port.target,
        published_port: port.published,
        publish_mode: PublishMode::parse(&port.mode.to_lowercase()).unwrap_or_default(),
    };
    let mut ports: Vec<PortConfig> = service.ports.iter().map(port).collect();
    ports.order_by_key(|port| port.published_port);
    EndpointSpec {
        mode: mode.unwrap_or_default(),
        ports,
    }
}
