//! Where the vectors come from: a directory with `oracle/*.jsonl[.gz]` and
//! `recordings.jsonl[.gz]`.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flate2::read::GzDecoder;
use serde::de::DeserializeOwned;

use super::recordings::Recording;

/// A directory of vectors and recordings.
#[derive(Clone, Debug)]
pub struct Source {
    directory: PathBuf,
}

impl Source {
    /// The data that the project carries with it.
    pub fn own() -> Self {
        Self::at(Path::new(env!("CARGO_MANIFEST_DIR")).join("data"))
    }

    /// The data in some directory.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        let directory = directory.into();
        Self { directory }
    }

    /// Reads a file of vectors, compressed or not; none if there is no such file.
    pub fn vectors<T: DeserializeOwned>(&self, name: &str) -> anyhow::Result<Vec<T>> {
        Self::read(&self.directory.join("oracle"), name)
    }

    /// All recordings, in order of name and run; none if there is no such file.
    pub fn recordings(&self) -> anyhow::Result<Vec<Recording>> {
        Self::read(&self.directory, "recordings")
    }

    /// Reads a file of lines, compressed or not; none if there is no such file.
    fn read<T: DeserializeOwned>(directory: &Path, name: &str) -> anyhow::Result<Vec<T>> {
        let plain = directory.join(format!("{name}.jsonl"));
        let packed = directory.join(format!("{name}.jsonl.gz"));
        let open = |path: &Path| File::open(path).with_context(|| path.display().to_string());
        if plain.exists() {
            parse(open(&plain)?, &plain)
        } else if packed.exists() {
            parse(GzDecoder::new(open(&packed)?), &packed)
        } else {
            Ok(Vec::new())
        }
    }
}

/// One value a line. A key that the type does not know is an error: it may carry meaning.
fn parse<T: DeserializeOwned>(content: impl Read, path: &Path) -> anyhow::Result<Vec<T>> {
    let mut vectors = Vec::new();
    for (index, line) in BufReader::new(content).lines().enumerate() {
        let place = || format!("{}:{}", path.display(), index + 1);
        let line = line.with_context(place)?;
        vectors.push(serde_json::from_str(&line).with_context(place)?);
    }
    Ok(vectors)
}
