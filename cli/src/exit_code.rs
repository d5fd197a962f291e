//! How the program ends: part of its interface.

/// The exit codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum ExitCode {
    /// All went well.
    #[default]
    Ok = 0,
    /// An expectation does not hold.
    Expectation = 1,
    /// The arguments, a file or a scenario are not right. (Also what clap ends with.)
    Input = 2,
    /// A plan would change something, where that was asked.
    Changes = 102,
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        match code {
            // What other programs of this kind end with.
            ExitCode::Changes => Self::from(2),
            code => Self::from(code as u8),
        }
    }
}
