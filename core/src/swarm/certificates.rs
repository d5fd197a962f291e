//! Another root certificate: how the nodes change over to it.
//!
//! Upstream: `ca/reconciler.go`, `ca/server.go`, `ca/renewer.go`. Every three seconds the leader
//! asks some of the nodes whose certificate is not of the new root to get another one. When no node
//! is left, the new root is the root, the tokens are others, and every node hears of it. A node
//! that is away holds the whole up.
//!
//! The leader looks again only when it can find something new, at the moments at which it would
//! look anyway.
//!
//! Left out: the certificate that signs the new root by the old one, and requests that fail.

use std::convert::Infallible;

use super::Swarm;
use crate::ids::NodeId;
use crate::kernel::Event;
use crate::model::{Node, Root};
use crate::store::{Change, Delta};
use crate::time::{MILLISECOND, SECOND};

/// How often the leader looks (`rootReconciliationInterval`).
const CHECK_NS: u64 = 3 * SECOND;
/// So many nodes are asked at once (`IssuanceStateRotateMaxBatchSize`).
const BATCH_COUNT: usize = 30;
/// The pause of a node before it asks.
const REQUEST_NS: u64 = 500 * MILLISECOND;

impl Swarm {
    /// Sees to what changes mean for the change of roots.
    pub(super) fn watch_certificates(&mut self, changes: &[Change]) {
        for change in changes {
            let is_news = match change {
                Change::Cluster(Delta::Updated { old, new }) => {
                    let root = |root: Option<Root>| root.map(|root| root.number);
                    let rotation = new.root_ca.rotation;
                    if old.root_ca != new.root_ca {
                        self.set_signer();
                    }
                    if rotation.is_some() && root(rotation) != root(old.root_ca.rotation) {
                        self.look_at_certificates(0);
                    }
                    false
                }
                Change::Node(Delta::Updated { old, new }) => old.certificate != new.certificate,
                Change::Node(Delta::Deleted(_)) => true,
                _ => false,
            };
            if is_news && let Some(root) = self.kernel.store.cluster().root_ca.rotation {
                let elapsed_ns = self.kernel.now.since(root.created_at);
                self.look_at_certificates(CHECK_NS - elapsed_ns % CHECK_NS);
            }
        }
    }

    fn look_at_certificates(&mut self, delay_ns: u64) {
        let at = self.kernel.now + delay_ns;
        if self.certificate_check.is_none_or(|timer| timer.at() > at) {
            if let Some(timer) = self.certificate_check.take() {
                self.kernel.queue.cancel(timer);
            }
            let timer = self.kernel.after(delay_ns, Event::CheckCertificates);
            self.certificate_check = Some(timer);
        }
    }

    /// A new leader looks at once.
    pub(super) fn take_over_certificates(&mut self) {
        self.certificate_check = None;
        if self.kernel.store.cluster().root_ca.rotation.is_some() {
            self.look_at_certificates(0);
        }
    }

    /// The leader looks which nodes have a certificate of the new root.
    pub(super) fn check_certificates(&mut self) {
        self.certificate_check = None;
        let store = &self.kernel.store;
        let Some(root) = store.cluster().root_ca.rotation else {
            return;
        };
        let is_behind = |node: &Node| node.certificate.issuer != root.number;
        if !store.nodes().any(|node| is_behind(node)) {
            return self.finish_rotation(root);
        }
        let open = store
            .nodes()
            .filter(|node| is_behind(node) && !node.certificate.is_rotating);
        let asked: Vec<NodeId> = open.map(|node| node.id).take(BATCH_COUNT).collect();
        let now = self.kernel.now;
        let mut batch = self.kernel.store.batch(now);
        for &node in &asked {
            batch.update(|tx| {
                tx.update_node(node, |node| node.certificate.is_rotating = true);
            });
        }
        batch.commit();
        for node in asked {
            self.ask_for_certificate(node);
        }
    }

    /// A node that is to have another certificate hears of it in its session.
    pub(super) fn ask_for_certificate(&mut self, node: NodeId) {
        let known = self.kernel.store.node(node);
        if known.is_some_and(|node| node.certificate.is_rotating) && self.has_session(node) {
            self.kernel
                .after(REQUEST_NS, Event::NewCertificate { node });
        }
    }

    fn finish_rotation(&mut self, root: Root) {
        let now = self.kernel.now;
        let Ok(()) = self.kernel.store.update(now, |tx| {
            tx.update_cluster(|cluster| {
                cluster.root_ca.root = root;
                cluster.root_ca.rotation = None;
                cluster.join_tokens.worker = cluster.make_secret();
                cluster.join_tokens.manager = cluster.make_secret();
            });
            Ok::<_, Infallible>(())
        });
        let nodes: Vec<NodeId> = self.kernel.store.nodes().map(|node| node.id).collect();
        for node in nodes {
            self.tell_root(node);
        }
    }

    /// A node hears in its session which root it is to trust.
    pub(super) fn tell_root(&mut self, node: NodeId) {
        let number = self.kernel.store.cluster().root_ca.root.number;
        let known = self.kernel.store.node(node);
        if known.is_some_and(|node| node.certificate.trusts != number) && self.has_session(node) {
            self.kernel.after(0, Event::NewCertificate { node });
        }
    }

    /// A node has a certificate of the root that signs now, if it asked for one, and trusts the root.
    pub(super) fn take_certificate(&mut self, node: NodeId) {
        if !self.can_act() || !self.has_session(node) {
            return;
        }
        let now = self.kernel.now;
        let known = self.kernel.store.node(node);
        if known.is_some_and(|node| node.certificate.is_rotating) {
            self.signed_at.insert(node, now);
        }
        let roots = self.kernel.store.cluster().root_ca;
        let Ok(()) = self.kernel.store.update(now, |tx| {
            let before = tx.store().node(node).map(|node| node.certificate);
            let after = before.map(|mut certificate| {
                if certificate.is_rotating {
                    certificate.issuer = roots.signing().number;
                    certificate.is_rotating = false;
                }
                certificate.trusts = roots.root.number;
                certificate
            });
            if let Some(after) = after.filter(|_| before != after) {
                tx.update_node(node, |node| node.certificate = after);
            }
            Ok::<_, Infallible>(())
        });
    }
}
