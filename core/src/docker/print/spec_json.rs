//! A service spec in the form of the Docker API
//! (moby `api/types/swarm/{service,task,container}.go`).
//!
//! Left out: options of mounts, privileges.

use super::ordered::{Json, Object};
use crate::ids::IdTexts;
use crate::model::{
    ContainerSpec, EndpointSpec, FileReference, HealthConfig, Labels, Mount, Placement, PortConfig,
    ResourceRequirements, RestartPolicy, ServiceMode, ServiceSpec, TaskSpec, UpdateConfig,
};
use crate::time::SECOND;

/// The spec; with the defaults that hold where it is silent, or as it is.
pub fn service_spec_json(spec: &ServiceSpec, ids: &IdTexts, insert_defaults: bool) -> Object {
    let default = insert_defaults.then(UpdateConfig::default);
    let endpoint = spec.endpoint.as_deref().cloned();
    let endpoint = endpoint.or(insert_defaults.then(EndpointSpec::default));
    let mut object = Object::default()
        .with("Name", spec.annotations.name.as_str())
        .with("Labels", labels_json(&spec.annotations.labels))
        .with("TaskTemplate", task(&spec.task, ids, insert_defaults))
        .with("Mode", mode(spec.mode));
    for (name, config) in [
        ("UpdateConfig", spec.update),
        ("RollbackConfig", spec.rollback),
    ] {
        if let Some(config) = config.or(default) {
            object = object.with(name, update_config(&config));
        }
    }
    match endpoint {
        Some(endpoint) => object.with("EndpointSpec", endpoint_spec_json(&endpoint)),
        None => object,
    }
}

/// Labels.
pub(super) fn labels_json(labels: &Labels) -> Json {
    let fields = labels
        .iter()
        .map(|(key, value)| (key.clone(), value.as_str().into()));
    serde_json::Value::Object(fields.collect()).into()
}

fn mode(mode: ServiceMode) -> Object {
    let empty = Object::default();
    match mode {
        ServiceMode::Replicated { replicas } => {
            empty.with("Replicated", Object::default().with("Replicas", replicas))
        }
        ServiceMode::Global => empty.with("Global", Object::default()),
        ServiceMode::ReplicatedJob {
            max_concurrent,
            total_completions,
        } => empty.with(
            "ReplicatedJob",
            Object::default()
                .with("MaxConcurrent", max_concurrent)
                .with("TotalCompletions", total_completions),
        ),
        ServiceMode::GlobalJob => empty.with("GlobalJob", Object::default()),
    }
}

/// The wanted ports and the mode of an endpoint.
pub(super) fn endpoint_spec_json(endpoint: &EndpointSpec) -> Object {
    Object::default()
        .with("Mode", endpoint.mode.as_str())
        .with_some("Ports", ports_json(&endpoint.ports))
}

/// Published ports.
pub(super) fn ports_json(ports: &[PortConfig]) -> Json {
    let port = |port: &PortConfig| {
        Object::default()
            .with("Protocol", port.protocol.as_str())
            .with("TargetPort", port.target_port)
            .with_some("PublishedPort", port.published_port)
            .with("PublishMode", port.publish_mode.as_str())
    };
    ports.iter().map(port).collect()
}

fn update_config(config: &UpdateConfig) -> Object {
    // Go writes a whole number without a point.
    let ratio = config.max_failure_ratio.to_string();
    let ratio: serde_json::Value = serde_json::from_str(&ratio).expect("a finite number");
    Object::default()
        .with("Parallelism", config.parallelism)
        .with_some("Delay", config.delay_ns)
        .with("FailureAction", config.failure_action.as_str())
        .with_some("Monitor", config.monitor_ns)
        .with("MaxFailureRatio", ratio)
        .with("Order", config.order.as_str())
}

fn task(task: &TaskSpec, ids: &IdTexts, insert_defaults: bool) -> Object {
    let mut object = Object::default()
        .with(
            "ContainerSpec",
            container(&task.container, ids, insert_defaults),
        )
        .with(
            "Resources",
            resources(&task.resources, task.container.runtime.pids_limit),
        );
    if let Some(policy) = task
        .restart
        .or(insert_defaults.then(RestartPolicy::default))
    {
        let policy = Object::default()
            .with("Condition", policy.condition.as_str())
            .with("Delay", policy.delay_ns)
            .with("MaxAttempts", policy.max_attempts)
            .with_some("Window", policy.window_ns);
        object = object.with("RestartPolicy", policy);
    }
    object = object.with("Placement", placement(&task.placement));
    let networks: Json = task
        .networks
        .iter()
        .map(|network| {
            Object::default()
                .with("Target", network.target.as_str())
                .with_some("Aliases", network.aliases.clone())
                .with_some("DriverOpts", labels_json(&network.driver_opts))
        })
        .collect();
    object = object.with_some("Networks", networks);
    if let Some(driver) = &task.log_driver {
        let driver = Object::default()
            .with_some("Name", driver.name.as_str())
            .with_some("Options", labels_json(&driver.options));
        object = object.with("LogDriver", driver);
    }
    object
        .with("ForceUpdate", task.force_update)
        .with("Runtime", "container")
}

fn container(container: &ContainerSpec, ids: &IdTexts, insert_defaults: bool) -> Object {
    let runtime = &container.runtime;
    let grace = container
        .stop_grace_period_ns
        .or(insert_defaults.then_some(10 * SECOND));
    let isolation = if runtime.isolation.is_empty() {
        "default"
    } else {
        &runtime.isolation
    };
    let mut object = Object::default()
        .with("Image", container.image.as_str())
        .with_some("Labels", labels_json(&container.labels))
        .with_some("Command", container.command.clone())
        .with_some("Args", container.args.clone())
        .with_some("Hostname", container.hostname.as_str())
        .with_some("Env", container.env.clone())
        .with_some("Dir", runtime.dir.as_str())
        .with_some("User", runtime.user.as_str())
        .with_some("Groups", runtime.groups.clone());
    if let Some(init) = runtime.init {
        object = object.with("Init", init);
    }
    object = object
        .with_some("StopSignal", container.stop_signal.as_str())
        .with_some("TTY", runtime.tty)
        .with_some("OpenStdin", runtime.open_stdin)
        .with_some("ReadOnly", runtime.read_only)
        .with_some(
            "Mounts",
            container.mounts.iter().map(mount).collect::<Json>(),
        );
    if let Some(grace) = grace {
        object = object.with("StopGracePeriod", grace);
    }
    if let Some(health) = &container.healthcheck {
        object = object.with("Healthcheck", healthcheck(health));
    }
    let dns = Object::default()
        .with_some("Nameservers", runtime.dns.nameservers.clone())
        .with_some("Search", runtime.dns.search.clone())
        .with_some("Options", runtime.dns.options.clone());
    let ulimits: Json = runtime
        .ulimits
        .iter()
        .map(|ulimit| {
            Object::default()
                .with("Name", ulimit.name.as_str())
                .with("Hard", ulimit.hard)
                .with("Soft", ulimit.soft)
        })
        .collect();
    object
        .with_some("Hosts", runtime.hosts.clone())
        .with("DNSConfig", dns)
        .with_some(
            "Secrets",
            references(&runtime.secrets, ids, ["SecretID", "SecretName"]),
        )
        .with_some(
            "Configs",
            references(&runtime.configs, ids, ["ConfigID", "ConfigName"]),
        )
        .with("Isolation", isolation)
        .with_some("Sysctls", labels_json(&runtime.sysctls))
        .with_some("CapabilityAdd", runtime.capability_add.clone())
        .with_some("CapabilityDrop", runtime.capability_drop.clone())
        .with_some("Ulimits", ulimits)
        .with_some("OomScoreAdj", runtime.oom_score_adj)
}

fn mount(mount: &Mount) -> Object {
    let mut object = Object::default()
        .with("Type", mount.kind.as_str())
        .with_some("Source", mount.source.as_str())
        .with_some("Target", mount.target.as_str())
        .with_some("ReadOnly", mount.read_only);
    let options = &mount.options;
    if !options.propagation.is_empty() {
        let bind = Object::default().with("Propagation", options.propagation.as_str());
        object = object.with("BindOptions", bind);
    }
    let has_driver = !mount.volume_driver.is_empty() || !options.volume_driver_opts.is_empty();
    if has_driver || options.no_copy || !options.volume_labels.is_empty() {
        let mut volume = Object::default()
            .with_some("NoCopy", options.no_copy)
            .with_some("Labels", labels_json(&options.volume_labels));
        if has_driver {
            let driver = Object::default()
                .with_some("Name", mount.volume_driver.as_str())
                .with_some("Options", labels_json(&options.volume_driver_opts));
            volume = volume.with("DriverConfig", driver);
        }
        object = object.with("VolumeOptions", volume);
    }
    if options.tmpfs_size_bytes != 0 {
        let tmpfs = Object::default().with("SizeBytes", options.tmpfs_size_bytes);
        object = object.with("TmpfsOptions", tmpfs);
    }
    object
}

fn healthcheck(health: &HealthConfig) -> Object {
    Object::default()
        .with_some("Test", health.test.clone())
        .with_some("Interval", health.interval_ns)
        .with_some("Timeout", health.timeout_ns)
        .with_some("StartPeriod", health.start_period_ns)
        .with_some("StartInterval", health.start_interval_ns)
        .with_some("Retries", health.retries)
}

fn references(references: &[FileReference], ids: &IdTexts, [id, name]: [&'static str; 2]) -> Json {
    let reference = |reference: &FileReference| {
        let file = Object::default()
            .with("Name", reference.target.as_str())
            .with("UID", reference.uid.as_str())
            .with("GID", reference.gid.as_str())
            .with("Mode", reference.mode);
        let text = reference.id.map(|id| ids.text(id)).unwrap_or_default();
        Object::default()
            .with("File", file)
            .with_some(id, text)
            .with(name, reference.source.as_str())
    };
    references.iter().map(reference).collect()
}

fn resources(resources: &ResourceRequirements, pids: i64) -> Object {
    let generic: Json = resources
        .reservations
        .generic
        .iter()
        .map(|request| {
            let discrete = Object::default()
                .with("Kind", request.kind.as_str())
                .with("Value", request.value);
            Object::default().with("DiscreteResourceSpec", discrete)
        })
        .collect();
    let limits = Object::default()
        .with_some("NanoCPUs", resources.limits.cpu_nano)
        .with_some("MemoryBytes", resources.limits.memory_bytes)
        .with_some("Pids", pids);
    let reservations = Object::default()
        .with_some("NanoCPUs", resources.reservations.cpu_nano)
        .with_some("MemoryBytes", resources.reservations.memory_bytes)
        .with_some("GenericResources", generic);
    Object::default()
        .with("Limits", limits)
        .with("Reservations", reservations)
}

fn placement(placement: &Placement) -> Object {
    let preferences: Json = placement
        .preferences
        .iter()
        .map(|descriptor| {
            let spread = Object::default().with("SpreadDescriptor", descriptor.as_str());
            Object::default().with("Spread", spread)
        })
        .collect();
    let platforms: Json = placement
        .platforms
        .iter()
        .map(|platform| {
            Object::default()
                .with_some("Architecture", platform.architecture.as_str())
                .with_some("OS", platform.os.as_str())
        })
        .collect();
    Object::default()
        .with_some("Constraints", placement.constraints.clone())
        .with_some("Preferences", preferences)
        .with_some("MaxReplicas", placement.max_replicas)
        .with_some("Platforms", platforms)
}
