//! Certificates that end: a node that is away for longer than its certificate holds cannot come
//! back.
//!
//! Upstream: `ca/renewer.go`, `ca/certificates.go`, `node/node.go` loadSecurityConfig. A node that
//! reaches the managers renews its certificate in time; which one it had when it was last in touch
//! is known to [`crate::ca`]. It matters when the node wants to come back.
//!
//! A new life of certificates counts for those that are signed by a manager that has become leader
//! since, or after a change of roots.
//!
//! Left out: a node whose certificate ends while its engine runs is treated as if the engine had
//! been started again.

use super::Swarm;
use crate::ids::NodeId;
use crate::kernel::What;
use crate::model::CaConfig;
use crate::time::HOUR;

impl Swarm {
    /// The signer takes the life of certificates from the settings.
    pub(super) fn set_signer(&mut self) {
        let wanted = self
            .kernel
            .store
            .cluster()
            .spec
            .ca_config
            .node_cert_expiry_ns;
        let life_ns = u64::try_from(wanted).ok().filter(|&ns| ns >= HOUR);
        let default = CaConfig::default().node_cert_expiry_ns;
        let life_ns = life_ns.or_else(|| u64::try_from(default).ok());
        self.signer.set(self.kernel.now, life_ns.unwrap_or(HOUR));
    }

    /// Whether the certificate of a node that is away has ended.
    pub(super) fn has_expired(&mut self, node: NodeId) -> bool {
        if self.kernel.expired.contains_key(&node) {
            return true;
        }
        let (Some(since), Some(known)) = (self.away_since(node), self.kernel.store.node(node))
        else {
            return false;
        };
        let (seed, now) = (self.kernel.settings.seed, self.kernel.now);
        let signed_at = self.signed_at.get(&node).copied();
        let signed_at = signed_at.unwrap_or(known.meta.created_at);
        let until = self.signer.valid_until(seed, node, signed_at, since);
        if until > now {
            return false;
        }
        let name = known.hostname();
        let text = format!("the certificate of {name} has ended while it was away");
        let fault = What::Fault { text, lost: None };
        self.kernel.trace.record(now, fault);
        self.kernel.expired.insert(node, until);
        true
    }

    /// The network has changed: nodes that were away may come back, if they still can.
    pub(super) fn look_for_expired(&mut self) {
        for node in self.away() {
            if self.has_expired(node) {
                let (raft, mut around) = self.kernel.raft_mut();
                raft.crash(node, &mut around);
            }
        }
    }
}
