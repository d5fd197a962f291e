//! Image references, as far as the client itself looks at them (`distribution/reference`).

/// The reference with `:latest` when it names neither a tag nor a digest. What is no reference at
/// all stays as it is, for the manager to refuse.
pub fn with_default_tag(image: &str) -> String {
    let name = image.rsplit('/').next().unwrap_or(image);
    let has_capitals = image
        .rsplit_once('/')
        .map_or(image, |(_, name)| name)
        .chars()
        .any(|c| c.is_ascii_uppercase());
    if image.is_empty() || name.contains([':', '@']) || has_capitals {
        return image.to_owned();
    }
    format!("{image}:latest")
}

#[cfg(test)]
mod tests {
    use super::with_default_tag;

    #[test]
    fn latest_is_added_where_nothing_is_said() {
        for (image, want) in [
            ("nginx", "nginx:latest"),
            ("nginx:1", "nginx:1"),
            ("registry:5000/nginx", "registry:5000/nginx:latest"),
            ("nginx@sha256:00", "nginx@sha256:00"),
            ("UPPER", "UPPER"),
            ("", ""),
        ] {
            assert_eq!(with_default_tag(image), want);
        }
    }
}
