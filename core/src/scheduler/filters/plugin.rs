//! A node's engine needs to have the volume, network and log plugins that a task uses.

use super::{Context, Evidence, Filter, Finding};
use crate::model::{MountType, Plugin, Task};

/// Upstream: `PluginFilter`.
#[derive(Clone, Debug)]
pub struct PluginFilter {
    volume_drivers: Vec<String>,
    network_drivers: Vec<String>,
    log_driver: Option<String>,
}

impl Filter for PluginFilter {
    fn compile(task: &Task) -> Option<Self> {
        let volume_drivers: Vec<String> = task
            .spec
            .container
            .mounts
            .iter()
            .filter(|mount| mount.kind == MountType::Volume)
            .map(|mount| mount.volume_driver.clone())
            .filter(|driver| !driver.is_empty() && driver != "local")
            .collect();
        let is_enabled = !volume_drivers.is_empty()
            || !task.networks.is_empty()
            || task.spec.log_driver.is_some();
        if !is_enabled {
            return None;
        }
        let network_drivers = task
            .networks
            .iter()
            .map(|attachment| attachment.network.driver_state_name.clone())
            .filter(|driver| !driver.is_empty())
            .collect();
        let log_driver = task
            .spec
            .log_driver
            .as_ref()
            .map(|driver| driver.name.clone())
            .filter(|name| !name.is_empty() && name != "none");
        Some(Self {
            volume_drivers,
            network_drivers,
            log_driver,
        })
    }

    fn check(&self, context: &Context<'_>, evidence: &mut impl Evidence) -> bool {
        fn check_all<E: Evidence>(
            filter: &PluginFilter,
            plugins: &[Plugin],
            evidence: &mut E,
        ) -> bool {
            let volumes = filter.volume_drivers.iter().map(|name| ("Volume", name));
            let networks = filter.network_drivers.iter().map(|name| ("Network", name));
            // An engine that names no log plugin at all is an old one: it is given the benefit of
            // the doubt.
            let names_log_plugins = plugins.iter().any(|plugin| plugin.kind == "Log");
            let logs = filter
                .log_driver
                .iter()
                .filter(|_| names_log_plugins)
                .map(|name| ("Log", name));
            let mut has_all = true;
            for (kind, name) in volumes.chain(networks).chain(logs) {
                if !has_plugin(plugins, kind, name) {
                    evidence.failed(|| Finding::Plugin {
                        plugin_type: kind.to_owned(),
                        name: name.clone(),
                    });
                    has_all = false;
                    if !E::WANTS_ALL {
                        break;
                    }
                }
            }
            has_all
        }
        let engine = context
            .info
            .node
            .description
            .as_ref()
            .and_then(|d| d.engine.as_ref());
        engine.is_none_or(|engine| check_all(self, &engine.plugins, evidence))
    }
}

/// A plugin is found by its name, to which the tag `latest` may be added.
fn has_plugin(plugins: &[Plugin], kind: &str, name: &str) -> bool {
    plugins.iter().any(|plugin| {
        plugin.kind == kind
            && (plugin.name == name
                || plugin
                    .name
                    .strip_suffix(":latest")
                    .is_some_and(|bare| bare == name))
    })
}
