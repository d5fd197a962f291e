//! Which texts are references of images (`distribution/reference`, the grammar of `reference.go`).

/// Whether a text is `[domain/]path[:tag][@digest]`.
pub(crate) fn is_reference(text: &str) -> bool {
    let (name, digest) = match text.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (text, None),
    };
    if digest.is_some_and(|digest| !is_digest(digest)) {
        return false;
    }
    // A colon after the last slash begins a tag; before it, it belongs to the port of the domain.
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) = match name[last..].split_once(':') {
        Some((_, tag)) => (&name[..name.len() - tag.len() - 1], Some(tag)),
        None => (name, None),
    };
    if tag.is_some_and(|tag| !is_tag(tag)) || name.len() > 255 {
        return false;
    }
    let mut parts = name.split('/');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let is_domain = !rest.is_empty()
        && (first == "localhost"
            || first.contains(['.', ':'])
            || first.bytes().any(|byte| byte.is_ascii_uppercase()));
    let first_is_right = if is_domain {
        is_host(first)
    } else {
        is_component(first)
    };
    first_is_right && rest.into_iter().all(is_component)
}

/// Runs of lower-case letters and digits, between them `.`, `_`, `__` or any number of `-`.
fn is_component(text: &str) -> bool {
    let mut run_before = false;
    let mut separator = String::new();
    for character in text.chars() {
        if character.is_ascii_lowercase() || character.is_ascii_digit() {
            let is_allowed = separator.is_empty()
                || matches!(separator.as_str(), "." | "_" | "__")
                || separator.bytes().all(|byte| byte == b'-');
            if !is_allowed {
                return false;
            }
            separator.clear();
            run_before = true;
        } else if run_before && matches!(character, '.' | '_' | '-') {
            separator.push(character);
        } else {
            return false;
        }
    }
    run_before && separator.is_empty()
}

fn is_host(text: &str) -> bool {
    let (host, port) = text.split_once(':').unwrap_or((text, "0"));
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    host.split('.').all(is_label) && !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())
}

fn is_tag(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = bytes.next();
    first.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && text.len() <= 128
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

fn is_digest(text: &str) -> bool {
    text.split_once(':').is_some_and(|(algorithm, hex)| {
        algorithm.starts_with(|c: char| c.is_ascii_alphabetic())
            && hex.len() >= 32
            && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::is_reference;

    #[test]
    fn references_are_told_from_other_texts() {
        for text in [
            "nginx",
            "nginx:1.27-alpine",
            "library/nginx",
            "dockersamples/visualizer:latest",
            "registry.example.com:5000/team/app:v1",
            "localhost/app",
            "a__b/c--d.e",
            "nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        ] {
            assert!(is_reference(text), "{text}");
        }
        for text in [
            "", "Nginx", "nginx:", ":1", "a//b", "-a", "a-", "a___b", "nginx:@", "a b",
        ] {
            assert!(!is_reference(text), "{text}");
        }
    }
}
