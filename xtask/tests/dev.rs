//! What `cargo xtask dev` does before anything else, seen on the program itself.

use std::error::Error;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

#[test]
fn a_port_that_is_taken_is_said_before_any_tool_is_looked_for() -> Result<(), Box<dyn Error>> {
    let taken = TcpListener::bind(("127.0.0.1", 0))?;
    let port = taken.local_addr()?.port().to_string();
    let folder = tempfile::tempdir()?;
    let [programs, home, repository] =
        ["programs", "home", "repository"].map(|name| folder.path().join(name));
    for path in [&programs, &home, &repository] {
        fs::create_dir(path)?;
    }
    // Whatever is started tells on itself.
    let told = folder.path().join("told");
    for program in ["cargo", "rustc", "rustup", "node", "npm", "git", "sh"] {
        let path = programs.join(program);
        fs::write(&path, format!("#!/bin/sh\necho {program} \"$@\" >> '{}'\nexit 1\n", told.display()))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    }

    let ended = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["dev", "--port", &port])
        .env_clear()
        .env("PATH", &programs)
        .env("CARGO", programs.join("cargo"))
        .env("HOME", &home)
        .env("CARGO_MANIFEST_DIR", repository.join("xtask"))
        .output()?;
    let said = String::from_utf8(ended.stderr)?;
    assert!(!ended.status.success());
    assert!(said.contains(&format!("port {port} is taken")) && said.contains("--port"), "{said}");
    assert!(!said.contains("==>"), "nothing is begun: {said}");
    assert_eq!(fs::read_to_string(&told).unwrap_or_default(), "", "nothing is started");
    for path in [&home, &repository] {
        assert_eq!(fs::read_dir(path)?.count(), 0, "nothing is written to {}", path.display());
    }
    Ok(())
}
