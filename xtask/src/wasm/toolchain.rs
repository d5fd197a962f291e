//! The compiler for wasm32: the one that is there with one more target, or Debian's.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::process;

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm";
/// Debian's packages of a second toolchain, with the source of the standard library.
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm"];

/// Who compiles for wasm32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toolchain {
    /// The toolchain that compiles everything else.
    Ordinary,
    /// Debian's, where rustup cannot fetch the target. It lives in `/usr/bin` and builds the
    /// standard library from source.
    Debian,
}

impl Toolchain {
    /// Finds a toolchain, and installs what is missing.
    pub fn set_up() -> anyhow::Result<Self> {
        if has_target() {
            return Ok(Self::Ordinary);
        }
        let added = process::run(process::program("rustup").args(["target", "add", TARGET]));
        if has_target() {
            return Ok(Self::Ordinary);
        }
        let why = match added {
            Ok(_) => "it did not help".to_owned(),
            Err(error) => format!("{error:#}"),
        };
        set_up_debian().with_context(|| {
            format!("the target {TARGET} is missing; `rustup target add {TARGET}`: {why}")
        })?;
        Ok(Self::Debian)
    }

    /// Builds the module of this name; says where it is.
    pub(super) fn build(self, module: &str) -> anyhow::Result<PathBuf> {
        let target_dir = process::target_dir();
        let (mut cargo, target_dir) = match self {
            Self::Ordinary => (process::cargo(), target_dir),
            Self::Debian => {
                let mut cargo = process::program("/usr/bin/cargo");
                // The bootstrap switch belongs to this one command: the project is stable Rust.
                cargo.env("RUSTC", "/usr/bin/rustc");
                cargo.env("RUSTC_BOOTSTRAP", "1");
                let linker = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER";
                cargo.env(linker, "/usr/bin/rust-lld");
                cargo.arg("-Zbuild-std=std,panic_abort");
                // Two compilers in one directory would rebuild each other's work.
                (cargo, target_dir.join("wasm-debian"))
            }
        };
        cargo.args(["build", "--package=swarmlab-wasm", "--locked"]);
        cargo.args(["--target", TARGET, "--profile", PROFILE]);
        cargo.arg("--target-dir").arg(&target_dir);
        process::run(&mut cargo)?;
        let built = target_dir.join(TARGET).join(PROFILE);
        Ok(built.join(module).with_extension("wasm"))
    }
}

/// Whether the compiler has a standard library for the target.
fn has_target() -> bool {
    let named = std::env::var("RUSTC");
    let mut rustc = process::program(named.as_deref().unwrap_or("rustc"));
    let printed = process::run(rustc.args(["--print", "target-libdir", "--target", TARGET]));
    printed.is_ok_and(|directory| Path::new(directory.trim()).is_dir())
}

fn set_up_debian() -> anyhow::Result<()> {
    let is_there = ["/usr/bin/cargo", "/usr/bin/rustc", "/usr/bin/rust-lld"]
        .iter()
        .all(|file| Path::new(file).exists());
    if is_there {
        return Ok(());
    }
    let apt_get = || {
        let mut apt_get = process::program("apt-get");
        apt_get.env("DEBIAN_FRONTEND", "noninteractive");
        apt_get
    };
    process::run(apt_get().arg("update"))?;
    let options = ["install", "--yes", "--no-install-recommends"];
    process::run(apt_get().args(options).args(DEBIAN_PACKAGES))?;
    Ok(())
}
