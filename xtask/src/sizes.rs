//! `cargo xtask build`: the release, and its sizes as they go over the network, held against their budgets.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::{Compression, write::GzEncoder};

use crate::setup::{self, Tools};
use crate::worker::{self, Profile};
use crate::{files, repository};

/// A part of the product whose size somebody waits for.
struct Part {
    name: &'static str,
    /// In bytes, after compression.
    budget: u64,
    files: Vec<PathBuf>,
}

fn parts(build: &Path) -> Result<[Part; 4]> {
    let loader = build.join("public/widget.js");
    let panel = build.join("public/panel");
    let opened =
        files::list(&panel)?.into_iter().map(|file| panel.join(file)).chain([loader.clone()]).collect();
    Ok([
        Part {
            name: "Worker",
            // docs/ARCHITECTURE.md says why it is not the 600 kB of the design.
            budget: 720_000,
            files: vec![build.join("index.js"), build.join("index_bg.wasm")],
        },
        Part { name: "widget, at page load", budget: 3_500, files: vec![loader] },
        Part { name: "widget, opened", budget: 18_000, files: opened },
        Part { name: "dashboard, first screen", budget: 75_000, files: first_screen(build)? },
    ])
}

/// Builds the release and checks it.
pub fn build_and_check() -> Result<()> {
    check(&setup::tools()?)
}

/// The same with the tools at hand.
pub fn check(tools: &Tools) -> Result<()> {
    worker::build(tools, Profile::Release)?;
    let mut over = Vec::new();
    println!("\n{:<26}{:>12}{:>12}", "gzipped", "size", "budget");
    for part in parts(&repository::path("build"))? {
        let mut size = 0;
        for file in part.files {
            size += compressed(&files::read(&file)?)?;
        }
        println!("{:<26}{:>12}{:>12}", part.name, kilobytes(size), kilobytes(part.budget));
        if size > part.budget {
            over.push(part.name);
        }
    }
    if !over.is_empty() {
        bail!("over budget: {}", over.join("; "));
    }
    Ok(())
}

/// The scripts that the page itself names; what is imported on demand comes later.
fn first_screen(build: &Path) -> Result<Vec<PathBuf>> {
    let page = build.join("public/dashboard/index.html");
    let html =
        String::from_utf8(files::read(&page)?).with_context(|| format!("{} is not text", page.display()))?;
    let scripts: Vec<_> = named_scripts(&html)
        .map(|script| build.join("public").join(script.trim_start_matches('/')))
        .collect();
    if scripts.is_empty() {
        bail!("{} names no script", page.display());
    }
    Ok(scripts)
}

fn named_scripts(html: &str) -> impl Iterator<Item = &str> {
    html.split('"').filter(|word| Path::new(word).extension().is_some_and(|extension| extension == "js"))
}

fn compressed(bytes: &[u8]) -> Result<u64> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len() as u64)
}

fn kilobytes(bytes: u64) -> String {
    // Rounded up, so that nothing over its budget looks as if it were within.
    let tenths = bytes.div_ceil(100);
    format!("{}.{} kB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_screen_is_the_script_and_what_it_preloads() {
        let html = r#"<script type="module" crossorigin src="/dashboard/assets/index-1.js"></script>
            <link rel="modulepreload" href="/dashboard/assets/shared-2.js"><link rel="stylesheet" href="/a.css">"#;
        let scripts: Vec<_> = named_scripts(html).collect();
        assert_eq!(scripts, ["/dashboard/assets/index-1.js", "/dashboard/assets/shared-2.js"]);
    }

    #[test]
    fn sizes_are_rounded_up() {
        assert_eq!(kilobytes(3_500), "3.5 kB");
        assert_eq!(kilobytes(3_501), "3.6 kB");
    }
}
