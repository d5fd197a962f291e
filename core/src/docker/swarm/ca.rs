//! `docker swarm ca` (docker/cli `cli/command/swarm/ca.go`).

use super::SwarmSettings;
use crate::docker::Outcome;
use crate::docker::flags::Matches;

/// A look at the root certificate, or another one in its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SwarmCa {
    /// Another one.
    pub rotate: bool,
    /// Return at once.
    pub detach: bool,
    /// Without progress.
    pub quiet: bool,
    /// The settings of the authority that change with it.
    pub settings: SwarmSettings,
    /// The flags that were given and need a rotation, in the order in which they are looked at.
    given: Vec<&'static str>,
}

impl SwarmCa {
    pub(super) fn read(matches: &Matches) -> Self {
        let given = ["ca-cert", "ca-key", "cert-expiry", "external-ca"];
        Self {
            rotate: matches.flag("rotate"),
            detach: matches.flag("detach"),
            quiet: matches.flag("quiet"),
            settings: SwarmSettings::read(matches),
            given: given
                .into_iter()
                .filter(|name| matches.changed(name))
                .collect(),
        }
    }

    /// What the client refuses by itself, after it has asked for the present state.
    pub fn check(&self) -> Result<(), Outcome> {
        let has = |name| self.given.contains(&name);
        if !self.rotate {
            return match self.given.first() {
                None => Ok(()),
                Some(flag) => Err(Outcome::refused(format!(
                    "`--{flag}` flag requires the `--rotate` flag to update the CA"
                ))),
            };
        }
        if has("external-ca") && !has("ca-cert") {
            return Err(Outcome::refused(
                "rotating to an external CA requires the `--ca-cert` flag to specify the external \
                 CA's cert - to add an external CA with the current root CA certificate, use the \
                 `update` command instead",
            ));
        }
        if has("ca-cert") && !has("external-ca") && !has("ca-key") {
            return Err(Outcome::refused(
                "the --ca-cert flag requires that a --ca-key flag and/or --external-ca flag be \
                 provided as well",
            ));
        }
        if has("ca-cert") || has("ca-key") {
            return Err(Outcome::refused(
                "docker swarm ca --rotate with certificates of one's own is not simulated yet",
            ));
        }
        Ok(())
    }
}
