//! A line as a POSIX shell splits it into words: quotes, backslashes, comments, continuations.
//!
//! Upstream: the shell in which people type docker's commands (POSIX.1 2.2 and 2.3). Left out:
//! everything that a shell does beyond one plain command. Variables, globs and `~` stay as they
//! are written; pipes, redirections and lists are errors with a place.

use std::fmt;
use std::ops::Range;

/// One word of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// What it says, quotes removed.
    pub text: String,
    /// Which bytes of the line it was read from, quotes included.
    pub range: Range<usize>,
}

/// Why a line could not be split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordsError {
    /// In words.
    pub message: String,
    /// The byte of the line at which it went wrong.
    pub at: usize,
}

impl fmt::Display for WordsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for WordsError {}

/// Splits a line into its words. A comment (`#` at the beginning of a word) ends it.
pub fn split(line: &str) -> Result<Vec<Word>, WordsError> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && matches!(chars.peek(), Some((_, '\n'))) {
            chars.next();
            continue;
        }
        match c {
            ' ' | '\t' | '\n' | '\r' => {
                words.extend(word.take());
                continue;
            }
            '#' if word.is_none() => {
                while chars.next_if(|&(_, c)| c != '\n').is_some() {}
                continue;
            }
            '|' | '&' | ';' | '<' | '>' | '(' | ')' => {
                let message = format!(
                    "`{c}` is for a shell, and here is none: quote it to mean the character"
                );
                return Err(WordsError { message, at });
            }
            _ => {}
        }
        let word = word.get_or_insert_with(|| Word {
            text: String::new(),
            range: at..at,
        });
        match c {
            '\'' => single_quoted(&mut chars, &mut word.text, at)?,
            '"' => double_quoted(&mut chars, &mut word.text, at)?,
            // A backslash at the very end stands for itself.
            '\\' => word.text.push(chars.next().map_or('\\', |(_, c)| c)),
            c => word.text.push(c),
        }
        word.range.end = chars.peek().map_or(line.len(), |&(at, _)| at);
    }
    words.extend(word);
    Ok(words)
}

type Chars<'a> = std::iter::Peekable<std::str::CharIndices<'a>>;

fn single_quoted(chars: &mut Chars<'_>, text: &mut String, at: usize) -> Result<(), WordsError> {
    for (_, c) in chars {
        if c == '\'' {
            return Ok(());
        }
        text.push(c);
    }
    Err(unterminated('\'', at))
}

fn double_quoted(chars: &mut Chars<'_>, text: &mut String, at: usize) -> Result<(), WordsError> {
    while let Some((_, c)) = chars.next() {
        match c {
            '"' => return Ok(()),
            '\\' => match chars.next() {
                Some((_, '\n')) => {}
                Some((_, c @ ('"' | '\\' | '$' | '`'))) => text.push(c),
                Some((_, c)) => text.extend(['\\', c]),
                None => break,
            },
            c => text.push(c),
        }
    }
    Err(unterminated('"', at))
}

fn unterminated(quote: char, at: usize) -> WordsError {
    WordsError {
        message: format!("unterminated quote: the {quote} has no second one"),
        at,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(line: &str, expect: &Expect) {
        let text = match split(line) {
            Ok(words) => words.iter().fold(String::new(), |text, word| {
                format!("{text}{:?} {:?}\n", word.range, word.text)
            }),
            Err(error) => format!("{}: {error}\n", error.at),
        };
        expect.assert_eq(&text);
    }

    #[test]
    fn plain_words_and_comments() {
        check(
            "docker  node ls # all",
            &expect![[r#"
                0..6 "docker"
                8..12 "node"
                13..15 "ls"
            "#]],
        );
        check("  # nothing", &expect![""]);
        check(
            "a#b",
            &expect![[r#"
                0..3 "a#b"
            "#]],
        );
    }

    #[test]
    fn quotes_and_backslashes() {
        check(
            r#"a 'b "c' "d 'e\" \x" f\ g '' x"y"'z'"#,
            &expect![[r#"
                0..1 "a"
                2..8 "b \"c"
                9..20 "d 'e\" \\x"
                21..25 "f g"
                26..28 ""
                29..36 "xyz"
            "#]],
        );
        check(
            "service create \\\n  --name web",
            &expect![[r#"
                0..7 "service"
                8..14 "create"
                19..25 "--name"
                26..29 "web"
            "#]],
        );
    }

    #[test]
    fn errors_have_places() {
        check(
            "a 'b c",
            &expect![[r"
                2: unterminated quote: the ' has no second one
            "]],
        );
        check(
            "a b\"c",
            &expect![[r#"
                3: unterminated quote: the " has no second one
            "#]],
        );
        check(
            "docker ps | wc",
            &expect![[r"
                10: `|` is for a shell, and here is none: quote it to mean the character
            "]],
        );
    }
}
