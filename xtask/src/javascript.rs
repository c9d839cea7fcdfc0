//! The JavaScript side's tools: what `package-lock.json` names, and among it a Node new enough for wrangler, so that
//! the machine's own Node may be older.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use crate::{process, repository};

/// The oldest Node that wrangler runs on.
const OLDEST_NODE: (u32, u32) = (22, 12);

/// Where the installed programs are.
pub struct JavaScriptTools {
    path: OsString,
    pub esbuild: PathBuf,
    pub wasm_opt: PathBuf,
}

/// Installs what is missing or of another version than `package-lock.json` says.
pub fn set_up() -> Result<JavaScriptTools> {
    if !is_installed()? {
        process::announce("Installing the JavaScript tools (npm ci)");
        // npm warns that the machine's Node is older than wrangler's; the one just being installed is not.
        process::run_quietly(process::command("npm").args(["ci", "--loglevel=error"]))
            .context("installing the JavaScript tools needs Node 20 or newer, with npm")?;
    }
    JavaScriptTools::find()
}

/// The tools as they are. wrangler itself is among them: what it calls must not replace them while it runs.
pub fn expect_set_up() -> Result<JavaScriptTools> {
    if !is_installed()? {
        bail!("node_modules is not what package-lock.json says: run `cargo xtask setup` first");
    }
    JavaScriptTools::find()
}

impl JavaScriptTools {
    fn find() -> Result<Self> {
        let programs = repository::path("node_modules/.bin");
        let inherited = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths(std::iter::once(programs.clone()).chain(env::split_paths(&inherited)))
            .context("the path of this repository holds a character that PATH cannot")?;
        let tools = Self { path, esbuild: native_esbuild()?, wasm_opt: programs.join("wasm-opt") };
        tools.check_node()?;
        Ok(tools)
    }

    /// A program from `node_modules`, or node itself, that finds the right Node and asks nothing.
    pub fn command(&self, program: &str) -> Command {
        let installed = repository::path("node_modules/.bin").join(program);
        let mut command =
            if installed.exists() { process::command(installed) } else { process::command(program) };
        self.prepare(&mut command);
        command
    }

    /// Lets any other program find the right Node.
    pub fn prepare(&self, command: &mut Command) {
        command
            .env("PATH", &self.path)
            .env("CI", "true")
            // Otherwise the local runtime asks Cloudflare where on Earth this machine is, at every start.
            .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
            .env("WRANGLER_HIDE_BANNER", "true")
            .env("WRANGLER_SEND_METRICS", "false")
            .env("WRANGLER_SEND_ERROR_REPORTS", "false");
    }

    fn check_node(&self) -> Result<()> {
        let version = process::output(self.command("node").arg("--version"))?;
        let (major, minor) = OLDEST_NODE;
        match parse_node_version(&version) {
            Some(found) if found >= OLDEST_NODE => Ok(()),
            _ => bail!(
                "wrangler needs Node {major}.{minor} or newer; there is no packaged one for this platform, and the one on the PATH is {}",
                version.trim()
            ),
        }
    }
}

/// worker-build starts esbuild by its path, outside of any folder with a Node: it must be the real program and not
/// the script that npm puts in front of it.
fn native_esbuild() -> Result<PathBuf> {
    let system = if cfg!(target_os = "macos") { "darwin" } else { env::consts::OS };
    let processor = match env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    let binary = repository::path(&format!("node_modules/@esbuild/{system}-{processor}/bin/esbuild"));
    if !binary.is_file() {
        bail!("npm installed no esbuild for {system}-{processor}: {} is missing", binary.display());
    }
    Ok(binary)
}

fn parse_node_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn is_installed() -> Result<bool> {
    let wanted = packages(&repository::path("package-lock.json"))?;
    // npm writes this one last, so a broken-off installation has none.
    let record = repository::path("node_modules/.package-lock.json");
    if !record.is_file() {
        return Ok(false);
    }
    Ok(fulfils(&packages(&record)?, &wanted))
}

fn packages(lock_file: &Path) -> Result<Map<String, Value>> {
    let text =
        fs::read_to_string(lock_file).with_context(|| format!("cannot read {}", lock_file.display()))?;
    let parsed: Value =
        serde_json::from_str(&text).with_context(|| format!("{} is not JSON", lock_file.display()))?;
    parsed
        .get("packages")
        .and_then(Value::as_object)
        .cloned()
        .with_context(|| format!("{} has no list of packages", lock_file.display()))
}

/// Whether everything wanted is there in its version. An optional package (one for another platform, for example) may
/// be missing, but must not be of another version.
fn fulfils(installed: &Map<String, Value>, wanted: &Map<String, Value>) -> bool {
    wanted
        .iter()
        // The entry without a name is this repository itself.
        .filter(|(name, _)| !name.is_empty())
        .all(|(name, package)| match installed.get(name) {
            Some(present) => present.get("integrity") == package.get("integrity"),
            None => ["optional", "devOptional"]
                .iter()
                .any(|key| package.get(*key).and_then(Value::as_bool) == Some(true)),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn an_installation_is_whole_when_every_needed_package_is_the_locked_one() {
        let wanted = map(&json!({
            "": { "name": "voxora" },
            "node_modules/a": { "integrity": "sha512-a" },
            "node_modules/for-another-platform": { "integrity": "sha512-b", "optional": true },
        }));
        let installed = map(&json!({ "node_modules/a": { "integrity": "sha512-a" } }));
        let outdated = map(&json!({ "node_modules/a": { "integrity": "sha512-older" } }));
        assert!(fulfils(&installed, &wanted));
        assert!(!fulfils(&outdated, &wanted));
        assert!(!fulfils(&Map::new(), &wanted));
    }

    #[test]
    fn node_versions_compare_as_numbers() {
        assert!(parse_node_version("v26.10.0\n") > Some(OLDEST_NODE));
        assert!(parse_node_version("v22.9.0") < Some(OLDEST_NODE));
        assert_eq!(parse_node_version("not a version"), None);
    }
}
