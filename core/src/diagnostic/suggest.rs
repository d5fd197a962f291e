//! "Did you mean ...?": the nearest of the words that would have been right.

/// The candidate that somebody most likely meant by `word`, if one is near enough to be named.
/// Among equally near ones the first.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Long enough for any name; beyond it the distance would cost more than it tells.
    const LENGTH_MAX: usize = 64;
    if word.len() > LENGTH_MAX {
        return None;
    }
    let wanted = word.to_lowercase().replace('-', "_");
    let allowed = (wanted.chars().count() / 3).clamp(1, 4);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate.len() > LENGTH_MAX {
            continue;
        }
        let candidate_form = candidate.to_lowercase().replace('-', "_");
        let distance = strsim::osa_distance(&wanted, &candidate_form);
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// `a`, `b` or `c`: words to choose from, cut after a dozen.
pub fn quoted_list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN_MAX: usize = 16;
    let words: Vec<&str> = words.into_iter().collect();
    let shown: Vec<String> = words
        .iter()
        .take(SHOWN_MAX)
        .map(|word| format!("`{word}`"))
        .collect();
    match shown.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        _ if words.len() > SHOWN_MAX => {
            format!("{} and {} more", shown.join(", "), words.len() - SHOWN_MAX)
        }
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found() {
        let keys = ["managers", "workers", "nodes", "task_history_limit"];
        for (word, want) in [
            ("manager", Some("managers")),
            ("wokrers", Some("workers")),
            ("Nodes", Some("nodes")),
            ("task-history-limit", Some("task_history_limit")),
            ("volume", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, keys), want, "{word}");
        }
    }

    #[test]
    fn lists_read_as_sentences() {
        assert_eq!(quoted_list(["a"]), "`a`");
        assert_eq!(quoted_list(["a", "b", "c"]), "`a`, `b` or `c`");
        let many: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        assert!(quoted_list(many.iter().map(String::as_str)).ends_with("`15` and 4 more"));
    }
}
