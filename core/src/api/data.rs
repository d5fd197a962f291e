//! Configs and secrets.

use serde::{Deserialize, Serialize};

use crate::model::Labels;

/// A config: its name, and what it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct ConfigSpec {
    /// Its name.
    pub name: String,
    /// Its labels.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// What it holds, in base64; nothing if that is not known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub data: String,
}

/// A secret: its name. What it holds is never shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct SecretSpec {
    /// Its name.
    pub name: String,
    /// Its labels.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// What it holds, in base64; nothing if that is not known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub data: String,
}
