//! From an offset in the value of a scalar back to the place in the file.
//!
//! A docker line inside a scenario is parsed long after the YAML around it is gone. When it is
//! wrong, the mistake is known as an offset in the line; a [`ScalarPlace`] and the text of the file
//! turn that into a line and a column, whatever the quoting and the folding.

use crate::diagnostic::{Source, Span};

/// How a scalar is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScalarStyle {
    /// `text`
    #[default]
    Plain,
    /// `'text'`
    SingleQuoted,
    /// `"text"`
    DoubleQuoted,
    /// `|` and indented lines.
    Literal,
    /// `>` and indented lines that are joined.
    Folded,
}

/// Where a scalar is written, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScalarPlace {
    /// From the first to the last character, quotes included.
    pub span: Span,
    /// How it is written.
    pub style: ScalarStyle,
}

impl ScalarPlace {
    /// The place in the file of the bytes `start..end` of the scalar's value. Offsets beyond the
    /// value mean its end.
    pub fn locate(&self, source: &Source<'_>, start: usize, end: usize) -> Span {
        let text = source.text();
        let mut range = self.span.range();
        range.end = range.end.min(text.len());
        range.start = range.start.min(range.end);
        let Some(written) = text.get(range.clone()) else {
            return self.span;
        };
        let mut walk = Walk::new(written, self);
        walk.advance_to(start);
        walk.skip_silent();
        let first = walk.at;
        if end > start {
            walk.advance_to(end);
        }
        let last = if end > start { walk.at } else { first };
        source.span(range.start + first..range.start + last.max(first))
    }
}

/// Walks over a scalar as it is written and knows how much of its value has gone by.
struct Walk<'a> {
    written: &'a str,
    style: ScalarStyle,
    /// Byte of the written form after the last character of the value that went by.
    at: usize,
    /// Bytes of the value that went by.
    passed: usize,
    /// Where the content ends (before the closing quote).
    end: usize,
    /// The indentation of a block, which is not part of its value: its span begins after it.
    indent: usize,
}

impl<'a> Walk<'a> {
    fn new(written: &'a str, place: &ScalarPlace) -> Self {
        let quote = match place.style {
            ScalarStyle::SingleQuoted => Some('\''),
            ScalarStyle::DoubleQuoted => Some('"'),
            ScalarStyle::Plain | ScalarStyle::Literal | ScalarStyle::Folded => None,
        };
        // A tag or an anchor may stand before the quote.
        let at = quote
            .and_then(|quote| written.find(quote))
            .map_or(0, |at| at + 1);
        let end = match quote {
            Some(_) => written.len().saturating_sub(1).max(at),
            None => written.len(),
        };
        Self {
            written,
            style: place.style,
            at,
            passed: 0,
            end,
            indent: place.span.column.saturating_sub(1) as usize,
        }
    }

    fn advance_to(&mut self, offset: usize) {
        while self.passed < offset && self.at < self.end {
            let (width, value_bytes) = self.unit();
            self.at = (self.at + width).min(self.end);
            self.passed += value_bytes;
        }
    }

    /// Steps over what stands for nothing, such as an escaped line break.
    fn skip_silent(&mut self) {
        while self.at < self.end {
            match self.unit() {
                (width, 0) => self.at = (self.at + width).min(self.end),
                _ => break,
            }
        }
    }

    /// The bytes of the next unit of the written form, and the bytes of the value it stands for.
    fn unit(&self) -> (usize, usize) {
        let rest = &self.written[self.at..self.end];
        let Some(first) = rest.chars().next() else {
            return (1, 0);
        };
        match (self.style, first) {
            (ScalarStyle::SingleQuoted, '\'') => (2, 1),
            (ScalarStyle::DoubleQuoted, '\\') => escape(rest),
            (ScalarStyle::Literal, '\n' | '\r') => (line_break(rest, Some(self.indent)), 1),
            (_, ' ' | '\t' | '\n' | '\r') => {
                let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
                let breaks = rest[..blank].matches('\n').count();
                match breaks {
                    // Blanks inside of a line stand for themselves.
                    0 => (1, 1),
                    // One line break is folded into a space, further ones stay.
                    1 => (blank, 1),
                    more => (blank, more - 1),
                }
            }
            _ => (first.len_utf8(), first.len_utf8()),
        }
    }
}

/// A line break and at most `indent` blanks of the next line.
fn line_break(rest: &str, indent: Option<usize>) -> usize {
    let width = if rest.starts_with("\r\n") { 2 } else { 1 };
    let blanks = rest[width..]
        .bytes()
        .take_while(|&byte| byte == b' ')
        .count();
    width + indent.map_or(blanks, |indent| blanks.min(indent))
}

/// An escape of a double-quoted scalar and the bytes that it stands for.
fn escape(rest: &str) -> (usize, usize) {
    let hex = |digits: usize| {
        let code = rest.get(2..2 + digits);
        let code = code.and_then(|code| u32::from_str_radix(code, 16).ok());
        let bytes = code.and_then(char::from_u32).map_or(1, char::len_utf8);
        (2 + digits, bytes)
    };
    match rest[1..].chars().next() {
        Some('x') => hex(2),
        Some('u') => hex(4),
        Some('U') => hex(8),
        Some('\n' | '\r') => (1 + line_break(&rest[1..], None), 0),
        Some('N' | '_') => (2, 2),
        Some('L' | 'P') => (2, 3),
        Some(other) => (1 + other.len_utf8(), other.len_utf8()),
        None => (1, 0),
    }
}

#[cfg(test)]
mod tests {
    use crate::yaml::{Document, NodeRef};

    /// Finds `word` in the value of `a:` and says which characters of the file that is.
    fn check(text: &str, word: &str, want: (u32, u32)) {
        let document = Document::parse(text).expect("good YAML");
        let node = document.root().get("a").expect("a key");
        let value = node.text().expect("a scalar");
        let start = value.find(word).expect("the word");
        let place = node.scalar_place().expect("a scalar");
        let span = place.locate(document.source(), start, start + word.len());
        assert_eq!((span.line, span.column), want, "{text:?}");
        assert_eq!(&text[span.range()], word, "{text:?}");
    }

    #[test]
    fn words_are_found_in_every_style() {
        check("a: one two three\n", "two", (1, 8));
        check("a: 'it''s two three'\n", "two", (1, 11));
        check("a: \"\\u00e9\\n\\\"x\\\" two\"\n", "two", (1, 19));
        check("a: one\n  two\n  three\n", "three", (3, 3));
        check("a: |-\n  one\n    two\n  three\n", "two", (3, 5));
        check("a: |-\n  one\n    two\n  three\n", "three", (4, 3));
        check("a: >\n  one\n  two\n\n  three\n", "three", (5, 3));
        check("a: |\r\n  one\r\n  two\r\n", "two", (3, 3));
        check("a: &x !!str 'one two'\n", "two", (1, 18));
        check("a: é two\n", "two", (1, 6));
        check("a: \"one \\\n  two\"\n", "two", (2, 3));
    }

    #[test]
    fn offsets_beyond_the_value_mean_its_end() {
        let text = "a: 'one'\n";
        let document = Document::parse(text).expect("good YAML");
        let place = document.root().get("a").and_then(NodeRef::scalar_place);
        let span = place.expect("a scalar").locate(document.source(), 99, 200);
        assert_eq!(span.range(), 7..7);
    }
}
