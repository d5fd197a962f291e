//! The core for browsers: built, bound to JavaScript, and played beside the native one.
//!
//! What a scenario does may not depend on the machine, so both have to come to the same
//! fingerprint. That the model reads no clock and draws no ambient randomness is seen on the
//! module itself: WebAssembly can only reach what it imports, and the list of its imports is
//! checked.

mod native;
mod toolchain;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;
use wasm_bindgen_cli_support::Bindgen;

use crate::process;

pub use toolchain::Toolchain;

/// The name of the module, as cargo makes it from the name of the crate.
const MODULE: &str = "swarmlab_wasm";
/// The crates that would let entropy or a clock in.
const UNWELCOME: [&str; 5] = ["getrandom", "instant", "web-time", "js-sys", "web-sys"];
/// What the glue of wasm-bindgen imports: throwing, making an `Error`, reading and making texts (the
/// casts), and its table of values.
const IMPORTS: [&str; 6] = [
    "__wbg_Error_",
    "__wbg___wbindgen_string_get_",
    "__wbg___wbindgen_throw_",
    "__wbindgen_cast_",
    "__wbindgen_generic_",
    "__wbindgen_init_externref_table",
];

/// A built module with its glue for node.
#[derive(Clone, Debug)]
pub struct Package {
    directory: PathBuf,
    /// Its size in bytes.
    pub raw_bytes: u64,
    /// Its size as it goes over the wire.
    pub gzip_bytes: u64,
}

/// How a scenario went.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Played {
    /// To its end.
    Ended {
        /// The fingerprint of the whole run.
        fingerprint: String,
        /// What people see of it.
        timeline: String,
    },
    /// Not at all.
    Refused(String),
}

#[derive(Deserialize)]
struct Answer {
    imports: Vec<String>,
    played: BTreeMap<String, Played>,
}

/// Says which node there is, or that there is none.
pub fn node_version() -> anyhow::Result<String> {
    process::version(&mut process::program("node"))?.context(
        "node is missing: it runs the WebAssembly tests. Any version from 18 on will do \
         (`apt-get install nodejs`, or https://nodejs.org)",
    )
}

/// Builds the module and the glue.
pub fn build(toolchain: Toolchain) -> anyhow::Result<Package> {
    check_dependencies()?;
    let built = toolchain.build(MODULE)?;
    let directory = process::target_dir().join("wasm-node");
    write_glue(Bindgen::new().nodejs(true)?, &built, &directory)?;
    let bytes = std::fs::read(directory.join(format!("{MODULE}_bg.wasm")))?;
    Ok(Package {
        directory,
        raw_bytes: bytes.len() as u64,
        gzip_bytes: gzip_bytes(&bytes)?,
    })
}

/// Builds the module and the glue for pages into a directory. Says how large the module is as it
/// goes over the wire.
pub fn build_for_pages(toolchain: Toolchain, directory: &Path) -> anyhow::Result<u64> {
    check_dependencies()?;
    let built = toolchain.build(MODULE)?;
    write_glue(Bindgen::new().web(true)?, &built, directory)?;
    gzip_bytes(&std::fs::read(directory.join(format!("{MODULE}_bg.wasm")))?)
}

fn write_glue(bindgen: &mut Bindgen, built: &Path, directory: &Path) -> anyhow::Result<()> {
    bindgen.input_path(built).typescript(true);
    bindgen
        .remove_name_section(true)
        .remove_producers_section(true);
    bindgen.generate(directory)
}

/// The size of bytes as they go over the wire.
pub fn gzip_bytes(bytes: &[u8]) -> anyhow::Result<u64> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes)?;
    Ok(gzip.finish()?.len() as u64)
}

fn check_dependencies() -> anyhow::Result<()> {
    let tree = process::run(process::cargo().args([
        "tree",
        "--package=swarmlab-wasm",
        "--edges=normal",
        "--target=wasm32-unknown-unknown",
        "--prefix=none",
    ]))?;
    let mut crates = tree.lines().filter_map(|line| line.split(' ').next());
    if let Some(found) = crates.find(|name| UNWELCOME.contains(name)) {
        anyhow::bail!("{found} has come into the core for browsers: cargo tree -i {found}");
    }
    Ok(())
}

impl Package {
    /// Plays texts in WebAssembly, under node, and checks what the module imports.
    fn play(&self, texts: &BTreeMap<String, String>) -> anyhow::Result<BTreeMap<String, Played>> {
        let input = self.directory.join("scenarios.json");
        std::fs::write(&input, serde_json::to_vec(texts)?)?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/wasm/play.cjs");
        let mut node = process::program("node");
        node.arg(script).arg(&self.directory).arg(&input);
        let printed = process::run(&mut node)?;
        let answer: Answer = serde_json::from_str(&printed).context(printed)?;
        let is_known = |name: &&String| !IMPORTS.iter().any(|known| name.starts_with(known));
        if let Some(name) = answer.imports.iter().find(is_known) {
            anyhow::bail!("the module imports {name}: where does it come from?");
        }
        Ok(answer.played)
    }

    /// Plays every scenario natively and in WebAssembly. Says how many there were, or which one
    /// differs.
    pub fn compare(&self) -> anyhow::Result<usize> {
        let mut texts = scenarios()?;
        anyhow::ensure!(!texts.is_empty(), "there are no scenarios");
        // What is refused is refused in the same words.
        texts.insert("(a typing error)".to_owned(), "clutser: 1\n".to_owned());
        let wasm = self.play(&texts)?;
        for (name, text) in &texts {
            let native = native::play(text);
            let wasm = wasm.get(name).context("a scenario was not played")?;
            anyhow::ensure!(
                *wasm == native,
                "{name} differs\nnative: {native:#?}\nwasm: {wasm:#?}"
            );
        }
        Ok(texts.len())
    }
}

/// The scenarios of the project, by name of the file.
fn scenarios() -> anyhow::Result<BTreeMap<String, String>> {
    let mut texts = BTreeMap::new();
    for entry in std::fs::read_dir(process::root().join("scenarios"))? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            let name = path.strip_prefix(process::root()).unwrap_or(&path);
            let name = name.to_string_lossy().into_owned();
            texts.insert(name, std::fs::read_to_string(&path)?);
        }
    }
    Ok(texts)
}
