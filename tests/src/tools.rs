//! Other tools, fetched once per machine.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use crate::provision;

/// The uv that the mechanism was measured with.
const UV: &str = "0.13.9";

/// The program `uv`.
pub fn uv() -> PathBuf {
    static UV_PATH: OnceLock<PathBuf> = OnceLock::new();
    UV_PATH.get_or_init(|| install("uv", UV)).clone()
}

fn install(project: &str, version: &str) -> PathBuf {
    let directory = provision::shared().join("tools");
    let directory = directory.join(format!("{project}-{version}"));
    let program = directory.join("bin").join(project);
    provision::exclusively("tools", || {
        if !program.is_file() {
            fs::create_dir_all(&directory).expect("the target directory is writable");
            let requirement = format!("{project}=={version}");
            let installed = provision::install_into(&requirement, &directory);
            installed.unwrap_or_else(|why| panic!("{requirement}: {why}"));
        }
    });
    program
}
