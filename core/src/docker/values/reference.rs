//! Secrets and configs of a service: a name, or `source=key,target=/run/key,mode=0400`
//! (`cli/opts/swarmopts/{secret,config}.go`).

use super::csv;
use super::number::{failure, unsigned};
use crate::docker::flags::ReferenceKind;
use crate::model::FileReference;

/// Reads a reference.
pub(super) fn parse(kind: ReferenceKind, text: &str) -> Result<FileReference, String> {
    let mut reference = FileReference::default();
    let fields = csv::fields(text)?;
    if let [name] = fields.as_slice()
        && !name.contains('=')
    {
        name.clone_into(&mut reference.source);
        name.clone_into(&mut reference.target);
        return Ok(reference);
    }
    for field in &fields {
        let (key, value) = field
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| format!("invalid field '{field}' must be a key=value pair"))?;
        match key.to_lowercase().as_str() {
            "source" | "src" => value.clone_into(&mut reference.source),
            "target" => value.clone_into(&mut reference.target),
            "uid" => value.clone_into(&mut reference.uid),
            "gid" => value.clone_into(&mut reference.gid),
            "mode" => {
                let mode = unsigned(value, 0, u64::from(u32::MAX)).map_err(|reason| {
                    format!(
                        "invalid mode specified: {}",
                        failure("ParseUint", value, reason)
                    )
                })?;
                reference.mode = u32::try_from(mode).expect("within the limit");
            }
            key => {
                let what = match kind {
                    ReferenceKind::Secret => "secret",
                    ReferenceKind::Config => "config",
                };
                return Err(format!("invalid field in {what} request: {key}"));
            }
        }
    }
    if reference.source.is_empty() {
        return Err("source is required".to_owned());
    }
    if reference.target.is_empty() {
        reference.source.clone_into(&mut reference.target);
    }
    Ok(reference)
}
