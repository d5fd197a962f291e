//! What the swarm has from the beginning beside its nodes, in the form of the Docker API: so that
//! what `inspect` prints of a real swarm can be written down as it is.

use super::check::Checker;
use super::cluster::ClusterFile;
use crate::api;
use crate::diagnostic::{Code, Span};
use crate::yaml::NodeRef;

/// What the swarm has from the beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Existing {
    /// Its networks, beside that of the routing mesh.
    pub networks: Vec<Placed<api::Network>>,
    /// Its configs.
    pub configs: Vec<Placed<api::ConfigSpec>>,
    /// Its secrets.
    pub secrets: Vec<Placed<api::SecretSpec>>,
    /// Its services. They name networks, configs and secrets.
    pub services: Vec<Placed<api::ServiceSpec>>,
}

/// Something, and where it stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placed<T> {
    /// What it is.
    pub what: T,
    /// Where it stands.
    pub span: Span,
}

/// What the file means.
pub(super) fn lower(
    file: &ClusterFile,
    tree: Option<NodeRef<'_>>,
    checker: &mut Checker<'_>,
) -> Existing {
    let existing = Existing {
        networks: placed(&file.networks, tree, "networks"),
        configs: placed(&file.configs, tree, "configs"),
        secrets: placed(&file.secrets, tree, "secrets"),
        services: placed(&file.services, tree, "services"),
    };
    let configs = existing.configs.iter();
    let secrets = existing.secrets.iter();
    let data = configs
        .map(|one| (&one.what.data, one.span))
        .chain(secrets.map(|one| (&one.what.data, one.span)));
    for (data, span) in data {
        if api::from_base64(data).is_none() {
            let message = "`Data` is not base64";
            checker.error(Code::InvalidValue, span, message);
        }
    }
    existing
}

fn placed<T: Clone>(list: &[T], tree: Option<NodeRef<'_>>, key: &str) -> Vec<Placed<T>> {
    let trees = tree.and_then(|tree| tree.get(key));
    let spans = trees
        .into_iter()
        .flat_map(NodeRef::elements)
        .map(NodeRef::head_span);
    let spans = spans.chain(std::iter::repeat(Span::default()));
    list.iter()
        .zip(spans)
        .map(|(what, span)| Placed {
            what: what.clone(),
            span,
        })
        .collect()
}

/// The file that a person would write.
pub(super) fn raise(existing: &Existing, file: &mut ClusterFile) {
    file.networks = bare(&existing.networks);
    file.configs = bare(&existing.configs);
    file.secrets = bare(&existing.secrets);
    file.services = bare(&existing.services);
}

fn bare<T: Clone>(list: &[Placed<T>]) -> Vec<T> {
    list.iter().map(|one| one.what.clone()).collect()
}
