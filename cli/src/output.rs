//! Standard output: buffered, and with colour only where it is wanted.

use std::io::{self, BufWriter, IsTerminal as _, Write};

use anstream::AutoStream;

use crate::args::Color;

/// Standard output. Whoever writes flushes when there is something to see.
pub(crate) fn stdout(color: Color) -> impl Write {
    BufWriter::new(AutoStream::new(io::stdout(), color.choice()))
}

/// Whether somebody watches standard output.
pub(crate) fn is_watched() -> bool {
    io::stdout().is_terminal()
}
