//! The settings of the swarm: update (`manager/controlapi/cluster.go`).
//!
//! A new root certificate is made when the number that asks for one is another than the one that has
//! been answered (`manager/controlapi/ca_rotation.go`). Left out: certificates of one's own, and
//! other authorities.

use super::error::{Code, ControlError};
use crate::kernel::Kernel;
use crate::model::{ClusterSpec, Version};
use crate::time::HOUR;

/// The shortest life of a certificate (`ca/certificates.go` MinNodeCertExpiration).
const CERTIFICATE_EXPIRY_MIN_NS: u64 = HOUR;

/// Which secrets an update of the settings replaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the secrets")]
pub struct Rotation {
    pub worker_token: bool,
    pub manager_token: bool,
    pub manager_unlock_key: bool,
}

/// Gives the swarm other settings, if the version that the client has seen is the last one.
pub fn update_cluster(
    kernel: &mut Kernel,
    seen: Version,
    spec: ClusterSpec,
    rotation: Rotation,
) -> Result<(), ControlError> {
    let expiry_ns = spec.ca_config.node_cert_expiry_ns;
    // Zero is nothing at all: what is there stays.
    let is_short = u64::try_from(expiry_ns).is_ok_and(|ns| ns < CERTIFICATE_EXPIRY_MIN_NS);
    if expiry_ns < 0 || is_short && expiry_ns != 0 {
        let message = "minimum certificate expiry time is: 1h0m0s";
        return Err(ControlError::invalid(message));
    }
    if spec.dispatcher.heartbeat_period_ns < 0 {
        let message = "heartbeat time period cannot be a negative duration";
        return Err(ControlError::invalid(message));
    }
    let current = kernel.store.cluster();
    if spec.annotations.name != current.spec.annotations.name {
        let message = "modification of cluster name is not allowed";
        return Err(ControlError::invalid(message));
    }
    if seen != current.meta.version {
        return Err(ControlError::new(Code::Unknown, "update out of sequence"));
    }
    let now = kernel.now;
    kernel.store.update(now, |tx| {
        tx.update_cluster(|cluster| {
            if spec.ca_config.force_rotate != cluster.root_ca.last_forced_rotation {
                cluster.root_ca.last_forced_rotation = spec.ca_config.force_rotate;
                cluster.root_ca.rotation = Some(cluster.root_ca.make_root(now));
            }
            if rotation.worker_token {
                cluster.join_tokens.worker = cluster.make_secret();
            }
            if rotation.manager_token {
                cluster.join_tokens.manager = cluster.make_secret();
            }
            let is_locked = spec.encryption_config.auto_lock_managers;
            cluster.unlock_key = match cluster.unlock_key {
                Some(key) if is_locked && !rotation.manager_unlock_key => Some(key),
                _ if is_locked => Some(cluster.make_secret()),
                _ => None,
            };
            cluster.spec = spec;
        });
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Settings;

    fn updated(kernel: &mut Kernel, edit: impl FnOnce(&mut ClusterSpec)) -> String {
        let cluster = kernel.store.cluster();
        let (seen, mut spec) = (cluster.meta.version, cluster.spec.clone());
        edit(&mut spec);
        update_cluster(kernel, seen, spec, Rotation::default())
            .map_or_else(|error| error.to_string(), |()| "done".to_owned())
    }

    #[test]
    fn settings_are_checked_as_upstream_does() {
        let mut kernel = Kernel::new(Settings::default());
        let expiry =
            |ns: i64| move |spec: &mut ClusterSpec| spec.ca_config.node_cert_expiry_ns = ns;
        let too_short = "rpc error: code = InvalidArgument desc = minimum certificate expiry time \
                         is: 1h0m0s";
        assert_eq!(updated(&mut kernel, expiry(-1)), too_short);
        assert_eq!(updated(&mut kernel, expiry(3_599_999_999_999)), too_short);
        assert_eq!(updated(&mut kernel, expiry(3_600_000_000_000)), "done");
        assert_eq!(
            updated(&mut kernel, |spec| spec.dispatcher.heartbeat_period_ns = -1),
            "rpc error: code = InvalidArgument desc = heartbeat time period cannot be a negative \
             duration"
        );
        assert_eq!(
            updated(&mut kernel, |spec| spec.dispatcher.heartbeat_period_ns = 0),
            "done"
        );
        let spec = kernel.store.cluster().spec.clone();
        let stale = update_cluster(&mut kernel, Version::default(), spec, Rotation::default());
        assert_eq!(
            stale.expect_err("a stale version").message,
            "update out of sequence"
        );
    }

    #[test]
    fn the_unlock_key_lives_as_long_as_the_lock() {
        let mut kernel = Kernel::new(Settings::default());
        let lock = |locked| {
            move |spec: &mut ClusterSpec| spec.encryption_config.auto_lock_managers = locked
        };
        assert_eq!(kernel.store.cluster().unlock_key, None);
        updated(&mut kernel, lock(true));
        let first = kernel.store.cluster().unlock_key;
        assert!(first.is_some());
        updated(&mut kernel, lock(true));
        assert_eq!(kernel.store.cluster().unlock_key, first);
        updated(&mut kernel, lock(false));
        assert_eq!(kernel.store.cluster().unlock_key, None);
        updated(&mut kernel, lock(true));
        assert_ne!(kernel.store.cluster().unlock_key, first);
    }
}
