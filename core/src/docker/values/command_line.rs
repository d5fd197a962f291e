//! A command line in one word, for `--args` and `--entrypoint` (`google/shlex`).

/// The words of the line.
pub(super) fn split(text: &str) -> Result<Vec<String>, String> {
    const IN_QUOTES: &str = "EOF found when expecting closing quote";
    const AFTER_ESCAPE: &str = "EOF found after escape character";
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '#' if word.is_none() => {
                chars.by_ref().find(|&c| c == '\n');
            }
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next().ok_or(IN_QUOTES)? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next().ok_or(IN_QUOTES)? {
                        '"' => break,
                        '\\' => word.push(chars.next().ok_or(AFTER_ESCAPE)?),
                        c => word.push(c),
                    }
                }
            }
            '\\' => {
                let escaped = chars.next().ok_or(AFTER_ESCAPE)?;
                word.get_or_insert_default().push(escaped);
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}
