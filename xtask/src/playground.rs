//! `cargo xtask playground`: the page for browsers.
//!
//! The core is built for wasm32 into `wasm/pkg`, with its glue; Vite makes static files of it and
//! of `wasm/playground`, which any web server can hand out from any path. npm is called without
//! the scripts of packages.

use std::io::Write as _;
use std::path::{Path, PathBuf};
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
    npm_with(arguments, &[])
}

fn npm_with(arguments: &[&str], environment: &[(&str, &str)]) -> anyhow::Result<String> {
    let mut npm = process::program("npm");
    npm.envs(environment.iter().copied());
    process::run(npm.current_dir(directory()).args(arguments))
        .context("the page is built by node and npm")
}

/// What the page may weigh as it goes over the wire: the core, and all that comes before the first
/// picture. It is more than it should be (450 KiB for the core is the aim), and must not grow.
const CORE_GZIP_BYTES_MAX: u64 = 775 * 1024;
const FIRST_GZIP_BYTES_MAX: u64 = 830 * 1024;
/// Debian's browser, where Playwright's own cannot be fetched.
const CHROMIUM: &str = "/usr/bin/chromium";

/// Builds the page, weighs it and tries it out in a browser.
pub fn check(toolchain: Toolchain) -> anyhow::Result<String> {
    let core = build_core(toolchain)?;
    install()?;
    npm(&["run", "check"])?;
    npm(&["run", "unit"])?;
    npm(&["run", "build"])?;
    let first = core + first_bytes()?;
    let kib = |bytes: u64| bytes.div_ceil(1024);
    anyhow::ensure!(
        core <= CORE_GZIP_BYTES_MAX && first <= FIRST_GZIP_BYTES_MAX,
        "the page has grown: the core {} KiB, with all that comes first {} KiB",
        kib(core),
        kib(first)
    );
    if Path::new(CHROMIUM).exists() {
        npm_with(&["run", "e2e"], &[("CHROMIUM", CHROMIUM)])?;
    } else {
        let mut npx = process::program("npx");
        npx.current_dir(directory());
        process::run(npx.args(["playwright", "install", "chromium"]))
            .with_context(|| format!("the tests need {CHROMIUM} or Playwright's own browser"))?;
        npm(&["run", "e2e"])?;
    }
    Ok(format!("{} KiB before the first picture", kib(first)))
}

/// The size of what the page loads at once beside the core, with gzip.
fn first_bytes() -> anyhow::Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(directory().join("dist/assets"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_first = name.starts_with("index-") || name.starts_with("worker-");
        if is_first {
            sum += wasm::gzip_bytes(&std::fs::read(&path)?)?;
        }
    }
    anyhow::ensure!(sum > 0, "the page has no files");
    Ok(sum)
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
