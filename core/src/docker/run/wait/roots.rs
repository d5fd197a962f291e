//! A change of root certificates, as the client follows it (docker/cli
//! `cli/command/swarm/progress/root_rotation.go`).

use super::WaitStep;
use crate::ca;
use crate::docker::print::{Message, Screen};
use crate::kernel::Kernel;

/// A wait until all nodes have a certificate of the new root, and trust it.
#[derive(Clone, Debug)]
pub(super) struct RootRotation {
    quiet: bool,
    screen: Screen,
    is_done: bool,
    /// The root certificate that was seen last, and whether it is printed: at the end.
    root: String,
    is_printed: bool,
}

impl RootRotation {
    pub(super) fn new(quiet: bool) -> Self {
        Self {
            quiet,
            screen: Screen::default(),
            is_done: false,
            root: String::new(),
            is_printed: false,
        }
    }

    pub(super) fn text(&self, columns: u16) -> String {
        let mut text = String::new();
        if !self.quiet {
            text += &self.screen.terminal(columns);
            if self.is_printed {
                text += &self.root;
            }
        }
        text
    }

    /// The client stops to wait, and prints the root of the moment all the same.
    pub(super) fn interrupt(&mut self) {
        self.is_printed = true;
        if !self.is_done {
            self.screen.show(Message::in_background());
            self.screen.show(Message::where_to_look_for_roots());
        }
    }

    pub(super) fn poll(&mut self, kernel: &Kernel) -> WaitStep {
        let seed = kernel.settings.seed;
        let roots = kernel.store.cluster().root_ca;
        let digest = ca::root_digest(seed, roots.root);
        let total = kernel.store.node_count() as u64;
        let count = |test: &dyn Fn(u32, u32) -> bool| {
            let nodes = kernel.store.nodes();
            let nodes = nodes.filter(|node| {
                let certificate = node.certificate;
                test(certificate.issuer, certificate.trusts)
            });
            nodes.count() as u64
        };
        let signed = count(&|issuer, _| issuer == roots.signing().number);
        let is_over = signed == total && roots.rotation.is_none();
        let trusting = if is_over {
            count(&|_, trusts| trusts == roots.root.number)
        } else {
            0
        };
        self.screen
            .show(Message::root_digest(&ca::digest_hex(digest)));
        self.screen.show(Message::certificates(signed, total));
        self.screen.show(Message::trusted_roots(trusting, total));
        self.root = ca::root_certificate(seed, roots.root);
        if is_over && trusting == total {
            self.is_done = true;
            self.is_printed = true;
            return WaitStep::Done;
        }
        WaitStep::Again(None)
    }
}
