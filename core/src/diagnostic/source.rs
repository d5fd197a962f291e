//! A text and its lines: from bytes to the lines and columns that people count.

use std::ops::Range;

use super::Span;

/// A text whose lines are known.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    text: &'a str,
    /// The first byte of every line.
    line_starts: Vec<u32>,
}

impl<'a> Source<'a> {
    /// Finds the lines of a text of less than 4 GiB.
    pub fn new(text: &'a str) -> Self {
        let starts = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
        let line_starts = std::iter::once(0)
            .chain(starts.map(|(at, _)| to_u32(at + 1)))
            .collect();
        Self { text, line_starts }
    }

    /// The text.
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// The place of a range of bytes. Ranges that do not fit the text are made to fit.
    pub fn span(&self, range: Range<usize>) -> Span {
        let start = self.text.floor_char_boundary(range.start);
        let end = self.text.floor_char_boundary(range.end.max(start));
        let line = self.line_starts.partition_point(|&at| at as usize <= start) - 1;
        let line_start = self.line_starts[line] as usize;
        let before = self.text[line_start..start].trim_start_matches('\u{feff}');
        Span {
            start: to_u32(start),
            end: to_u32(end),
            line: to_u32(line + 1),
            column: to_u32(before.chars().count() + 1),
        }
    }

    /// The line (from 1) without its end, and its first byte.
    pub(super) fn line(&self, line: u32) -> (&'a str, usize) {
        let index = (line.max(1) as usize - 1).min(self.line_starts.len() - 1);
        let mut start = self.line_starts[index] as usize;
        if self.text[start..].starts_with('\u{feff}') {
            start += '\u{feff}'.len_utf8();
        }
        let end = self.line_starts.get(index + 1);
        let end = end.map_or(self.text.len(), |&end| end as usize);
        (self.text[start..end].trim_end_matches(['\n', '\r']), start)
    }
}

fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
