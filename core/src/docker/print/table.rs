//! A table with docker's settings of Go's tabwriter: columns at least ten wide, a gap of three.

use std::fmt::Write;

/// Lines of cells.
#[derive(Clone, Debug, Default)]
pub struct Table {
    lines: Vec<Vec<String>>,
}

impl Table {
    /// A table with a first line.
    pub fn new<T: Into<String>>(header: impl IntoIterator<Item = T>) -> Self {
        let mut table = Self::default();
        table.line(header);
        table
    }

    /// Adds a line.
    pub fn line<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.lines.push(cells.into_iter().map(Into::into).collect());
    }

    /// The text. The last cell of a line is not padded, an empty one neither.
    pub fn render(&self) -> String {
        const GAP: usize = 3;
        const WIDTH_MIN: usize = 10;
        let mut widths: Vec<usize> = Vec::new();
        for line in &self.lines {
            let padded = line.len().saturating_sub(1);
            widths.resize(widths.len().max(padded), WIDTH_MIN);
            for (width, cell) in widths.iter_mut().zip(&line[..padded]) {
                *width = (*width).max(cell.chars().count() + GAP);
            }
        }
        let mut text = String::new();
        for line in &self.lines {
            if let [cells @ .., last] = line.as_slice() {
                for (width, cell) in widths.iter().zip(cells) {
                    let _ = write!(text, "{cell:<width$}");
                }
                text += last;
            }
            text.push('\n');
        }
        text
    }
}
