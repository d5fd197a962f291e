//! Mounts: `type=volume,source=data,target=/data` (`cli/opts/mount.go`).
//!
//! Left out: recursive binds, modes of tmpfs, subpaths and consistency, whose form is checked.

use super::csv;
use super::number::{parse_bool, unsigned};
use crate::model::{Mount, MountType};

/// A mount, or what the engine says about a kind of mount that does not exist: that is no
/// mistake of form, so the client lets it pass.
pub type MountValue = Result<Mount, String>;

/// Reads a mount.
pub(super) fn parse(text: &str) -> Result<MountValue, String> {
    let mut mount = Mount::default();
    let mut kind = "volume".to_owned();
    let mut families: Vec<String> = Vec::new();
    for field in csv::fields(text)? {
        let (key, value) = match field.split_once('=') {
            Some((key, value)) => (key.to_lowercase(), value),
            None => match field.to_lowercase().as_str() {
                key @ ("readonly" | "ro" | "volume-nocopy" | "bind-nonrecursive") => {
                    (key.to_owned(), "true")
                }
                _ => return Err(format!("invalid field '{field}' must be a key=value pair")),
            },
        };
        let invalid = || format!("invalid value for {key}: {value}");
        match key.as_str() {
            "type" => kind = value.to_lowercase(),
            "source" | "src" => value.clone_into(&mut mount.source),
            "target" | "dst" | "destination" => value.clone_into(&mut mount.target),
            "readonly" | "ro" => mount.read_only = parse_bool(value).map_err(|_| invalid())?,
            "volume-driver" => value.clone_into(&mut mount.volume_driver),
            "volume-nocopy" => {
                mount.options.no_copy = parse_bool(value).map_err(|_| invalid())?;
            }
            "bind-nonrecursive" => {
                parse_bool(value).map_err(|_| invalid())?;
            }
            "bind-recursive" => match value {
                "enabled" | "disabled" | "writable" | "readonly" => {}
                _ => {
                    return Err(format!(
                        "{} (must be \"enabled\", \"disabled\", \"writable\", or \"readonly\")",
                        invalid()
                    ));
                }
            },
            "tmpfs-size" => {
                mount.options.tmpfs_size_bytes =
                    super::bytes::parse(value).map_err(|_| invalid())?;
            }
            "bind-propagation" => {
                mount.options.propagation = value.to_lowercase();
            }
            "volume-label" | "volume-opt" => {
                let (name, value) = value.split_once('=').unwrap_or((value, ""));
                let field = if key == "volume-label" {
                    &mut mount.options.volume_labels
                } else {
                    &mut mount.options.volume_driver_opts
                };
                field.insert(name.to_owned(), value.to_owned());
            }
            "tmpfs-mode" => {
                unsigned(value, 8, u64::from(u32::MAX)).map_err(|_| invalid())?;
            }
            "consistency" | "volume-subpath" | "image-subpath" => {}
            _ => return Err(format!("unexpected key '{key}' in '{field}'")),
        }
        families.extend(key.split_once('-').map(|(family, _)| family.to_owned()));
    }
    if mount.target.is_empty() {
        return Err("target is required".to_owned());
    }
    for family in ["volume", "bind", "image", "tmpfs"] {
        if kind != family && families.iter().any(|used| used == family) {
            return Err(format!(
                "cannot mix '{family}-*' options with mount type '{kind}'"
            ));
        }
    }
    Ok(match MountType::parse(&kind) {
        Some(kind) => Ok(Mount { kind, ..mount }),
        None => Err(format!("invalid MountType: {kind:?}")),
    })
}
