//! Mounts of a service in the short form, `[source:]target[:options]`
//! (docker/cli `cli/compose/loader/volume.go`), and where their sources lie.

use super::decode::Context;
use super::types::VolumeEntry;
use super::value::Node;
use crate::client::absolute;

/// Reads a mount in either form.
pub(super) fn read(node: &Node) -> Result<VolumeEntry, String> {
    if let Some(text) = node.text() {
        return short(text);
    }
    let bind = node.get("bind");
    let volume = node.get("volume");
    let tmpfs = node.get("tmpfs");
    Ok(VolumeEntry {
        kind: node.text_of("type"),
        source: node.text_of("source"),
        target: node.text_of("target"),
        read_only: node.bool_of("read_only").unwrap_or_default(),
        propagation: bind.map(|bind| bind.text_of("propagation")),
        no_copy: volume.map(|volume| volume.bool_of("nocopy").unwrap_or_default()),
        tmpfs_size_bytes: tmpfs.map(|tmpfs| tmpfs.int_of("size").unwrap_or_default()),
    })
}

fn short(spec: &str) -> Result<VolumeEntry, String> {
    const PROPAGATIONS: [&str; 6] = [
        "rprivate", "private", "rshared", "shared", "rslave", "slave",
    ];
    let mut entry = VolumeEntry {
        kind: "volume".to_owned(),
        ..VolumeEntry::default()
    };
    if spec.is_empty() {
        return Err("invalid empty volume spec".to_owned());
    }
    if spec.len() <= 2 {
        spec.clone_into(&mut entry.target);
        return Ok(entry);
    }
    let sections = sections(spec);
    let last = sections.len() - 1;
    for (index, section) in sections.into_iter().enumerate() {
        let why = if section.is_empty() {
            "empty section between colons"
        } else if entry.source.is_empty() && index == last {
            entry.target = section;
            continue;
        } else if entry.source.is_empty() {
            entry.source = section;
            continue;
        } else if entry.target.is_empty() {
            entry.target = section;
            continue;
        } else if index < last {
            "too many colons"
        } else {
            for option in section.split(',') {
                match option {
                    "ro" => entry.read_only = true,
                    "rw" => entry.read_only = false,
                    "nocopy" => entry.no_copy = Some(true),
                    option if PROPAGATIONS.contains(&option) => {
                        entry.propagation = Some(option.to_owned());
                    }
                    // What is not known is passed over.
                    _ => {}
                }
            }
            continue;
        };
        return Err(format!("invalid spec: {spec}: {why}"));
    }
    if is_path(&entry.source) {
        "bind".clone_into(&mut entry.kind);
    }
    Ok(entry)
}

/// The parts between colons. A colon after a single letter belongs to a drive of Windows, which
/// makes a one-letter volume part of its target.
fn sections(spec: &str) -> Vec<String> {
    let mut sections = vec![String::new()];
    for c in spec.chars() {
        if let Some(section) = sections.last_mut() {
            let mut chars = section.chars();
            let is_drive =
                matches!((chars.next(), chars.next()), (Some(c), None) if c.is_alphabetic());
            if c != ':' || is_drive {
                section.push(c);
                continue;
            }
        }
        sections.push(String::new());
    }
    sections
}

fn is_path(source: &str) -> bool {
    if source.starts_with(['.', '/', '~']) || source.starts_with("\\\\") {
        return true;
    }
    let mut chars = source.chars();
    matches!((chars.next(), chars.next()), (Some(drive), Some(':')) if drive.is_alphabetic())
}

/// Makes the source of a bind mount a name from the root.
pub(super) fn resolve(
    mut entry: VolumeEntry,
    context: &Context<'_>,
) -> Result<VolumeEntry, String> {
    if entry.kind != "bind" {
        return Ok(entry);
    }
    if entry.source.is_empty() {
        let why = "invalid mount config for type \"bind\": field Source must not be empty";
        return Err(why.to_owned());
    }
    if let Some(rest) = entry.source.strip_prefix('~')
        && let Some(home) = context.client.variable("HOME")
    {
        entry.source = format!("{home}{rest}");
    }
    let is_windows = entry
        .source
        .get(1..3)
        .is_some_and(|part| part == ":\\" || part == ":/")
        || entry.source.starts_with("\\\\");
    if !entry.source.starts_with('/') && !is_windows {
        entry.source = absolute(context.directory, &entry.source);
    }
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_are_read_as_docker_reads_them() {
        for (spec, want) in [
            ("/data", "volume  /data"),
            ("data:/data", "volume data /data"),
            ("./conf:/conf:ro", "bind ./conf /conf ro"),
            ("~/x:/y:rw,rslave", "bind ~/x /y rslave"),
            ("data:/data:nocopy,strange", "volume data /data nocopy"),
            // The one-letter volume that docker takes for a drive.
            ("v:/x", "volume  v:/x"),
            ("c:\\a:/b", "bind c:\\a /b"),
            ("a", "volume  a"),
            (
                "data::/x",
                "invalid spec: data::/x: empty section between colons",
            ),
            (
                "data:/x:ro:z",
                "invalid spec: data:/x:ro:z: too many colons",
            ),
        ] {
            let got = short(spec).map_or_else(
                |why| why,
                |entry| {
                    let mut text = format!("{} {} {}", entry.kind, entry.source, entry.target);
                    if entry.read_only {
                        text.push_str(" ro");
                    }
                    if let Some(propagation) = entry.propagation {
                        text = format!("{text} {propagation}");
                    }
                    if entry.no_copy == Some(true) {
                        text.push_str(" nocopy");
                    }
                    text
                },
            );
            assert_eq!(got, want, "{spec}");
        }
    }
}
