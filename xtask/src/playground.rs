//! `cargo xtask playground`: the page for browsers.
//!
//! The core is built for wasm32 into `wasm/pkg`, with its glue; Vite makes static files of it and
//! of `wasm/playground`, which any web server can hand out from any path. npm is called without
//! the scripts of packages.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::process;
use crate::wasm::{self, Toolchain};

/// Builds the page for browsers
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Serve it to this machine when it is built
    #[arg(long)]
    serve: bool,
    /// The port to serve it at
    #[arg(long, default_value_t = 4173, requires = "serve")]
    port: u16,
    /// Build only the core and its glue, for whoever works on the page with `npm run dev`
    #[arg(long, conflicts_with = "serve")]
    core_only: bool,
}

/// Where the page is written.
pub fn directory() -> PathBuf {
    process::root().join("wasm/playground")
}

/// Builds the core for the page. Says how large it is as it goes over the wire.
pub fn build_core(toolchain: Toolchain) -> anyhow::Result<u64> {
    wasm::build_for_pages(toolchain, &process::root().join("wasm/pkg"))
}

/// Installs the packages of the page, if they are not there.
pub fn install() -> anyhow::Result<()> {
    let lock = directory().join("package-lock.json");
    let stamp = directory().join("node_modules/.installed");
    let wanted = std::fs::read(&lock).with_context(|| lock.display().to_string())?;
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    npm(&["ci", "--ignore-scripts", "--no-audit", "--no-fund"])?;
    std::fs::write(stamp, wanted)?;
    Ok(())
}

/// Runs npm on the page.
pub fn npm(arguments: &[&str]) -> anyhow::Result<String> {
    let mut npm = process::program("npm");
    process::run(npm.current_dir(directory()).args(arguments))
        .context("the page is built by node and npm")
}

/// Builds the page, and serves it if that is wanted.
pub fn main(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    let gzip_bytes = build_core(Toolchain::set_up()?)?;
    let kib = gzip_bytes.div_ceil(1024);
    writeln!(out, "wasm/pkg: the core, {kib} KiB with gzip")?;
    if arguments.core_only {
        return Ok(ExitCode::SUCCESS);
    }
    install()?;
    npm(&["run", "build"])?;
    writeln!(out, "wasm/playground/dist: the page")?;
    if arguments.serve {
        let port = arguments.port.to_string();
        writeln!(out, "http://127.0.0.1:{port}/ (Ctrl-C ends)")?;
        out.flush()?;
        let mut npm = process::program("npm");
        npm.current_dir(directory());
        npm.args(["run", "preview", "--", "--strictPort", "--port", &port]);
        let status = npm.status().context("npm serves the page")?;
        anyhow::ensure!(status.success(), "serving the page: {status}");
    }
    Ok(ExitCode::SUCCESS)
}
