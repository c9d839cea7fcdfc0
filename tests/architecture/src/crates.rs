//! The crates of the workspace, as Cargo knows them.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// A crate of the workspace.
#[derive(Debug)]
pub struct Package {
    /// Its name in `Cargo.toml`.
    pub name: String,
    /// The crates of the workspace that it is built with; those that only its tests use are left out.
    pub dependencies: Vec<String>,
    /// The first file of each library, program, bench and example of it.
    pub roots: Vec<PathBuf>,
}

/// All crates of the workspace.
#[must_use]
pub fn packages() -> Vec<Package> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(crate::root())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("`cargo metadata` answers in JSON");
    list(&metadata["packages"]).iter().map(package).collect()
}

fn package(package: &Value) -> Package {
    let dependencies = list(&package["dependencies"]);
    let own = dependencies
        .iter()
        .filter(|dependency| dependency["path"].is_string() && dependency["kind"] != "dev");
    let targets = list(&package["targets"]);
    let code = targets.iter().filter(|target| !list(&target["kind"]).contains(&"test".into()));
    Package {
        name: text(&package["name"]),
        dependencies: own.map(|dependency| text(&dependency["name"])).collect(),
        roots: code.map(|target| text(&target["src_path"]).into()).collect(),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("`cargo metadata` has a list here")
}

fn text(value: &Value) -> String {
    value.as_str().expect("`cargo metadata` has a text here").to_owned()
}
