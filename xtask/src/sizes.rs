//! `cargo xtask build`: the release, and its sizes as they go over the network, held against their budgets; whose code it
//! is, and what has changed since the last release.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::{Compression, write::GzEncoder};
use serde::{Deserialize, Serialize};

use crate::attribution::{self, Code, by_crate, by_resource};
use crate::setup::{self, Tools};
use crate::worker::{self, Profile};
use crate::{files, repository};

/// A part of the product whose size somebody waits for.
struct Part {
    name: String,
    /// In bytes, after compression.
    budget: u64,
    files: Vec<PathBuf>,
}

/// What is compared with the last release. All in bytes.
#[derive(Default, Serialize, Deserialize)]
struct Sizes {
    /// Parts of the product as they go over the network.
    gzipped: BTreeMap<String, u64>,
    /// The Worker's code by crate, see `attribution`.
    crates: Code,
    /// The Worker's code by resource.
    resources: Code,
}

/// The sizes of the last release.
const RECORD: &str = "xtask/sizes.json";
/// Crates with less code than this are summed up.
const SMALL: u64 = 10_000;
/// How many characters Vite adds to a file's name, after a hyphen.
const FINGERPRINT: usize = 8;
/// Any screen of the dashboard but the first.
const SCREEN: u64 = 25_000;

fn parts(build: &Path) -> Result<Vec<Part>> {
    let part = |name: &str, budget, files| Part { name: name.to_owned(), budget, files };
    let loader = build.join("public/widget.js");
    let panel = build.join("public/panel");
    let opened =
        files::list(&panel)?.into_iter().map(|file| panel.join(file)).chain([loader.clone()]).collect();
    let mut parts = vec![
        part("Worker", 1_000_000, vec![build.join("index.js"), build.join("index_bg.wasm")]),
        part("widget, at page load", 3_500, vec![loader]),
        part("widget, opened", 18_000, opened),
    ];
    let dashboard = build.join("public/dashboard");
    let page = dashboard.join("index.html");
    let html =
        String::from_utf8(files::read(&page)?).with_context(|| format!("{} is not text", page.display()))?;
    for (kind, budget) in [("js", 75_000), ("css", 15_000)] {
        let named: Vec<_> =
            named(&html, kind).map(|file| build.join("public").join(file.trim_start_matches('/'))).collect();
        if named.is_empty() {
            bail!("{} names no .{kind} file", page.display());
        }
        let name = if kind == "js" { "dashboard, first screen" } else { "dashboard, its style" };
        parts.push(part(name, budget, named));
    }
    let first: BTreeSet<_> = parts.iter().flat_map(|part| part.files.clone()).collect();
    let later = files::list(&dashboard)?.into_iter().map(|file| dashboard.join(file));
    let mut screens: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for file in later.filter(|file| !first.contains(file)) {
        if let Some(screen) = screen(&file) {
            screens.entry(format!("dashboard, {screen}")).or_default().push(file);
        }
    }
    parts.extend(screens.into_iter().map(|(name, files)| Part { name, budget: SCREEN, files }));
    Ok(parts)
}

/// Builds the release and checks it.
pub fn build_and_check(record: bool) -> Result<()> {
    let sizes = build_and_measure(&setup::tools()?)?;
    if record {
        let text = serde_json::to_string_pretty(&sizes)? + "\n";
        files::write_if_changed(&repository::path(RECORD), text.as_bytes())?;
    }
    Ok(())
}

/// The same with the tools at hand.
pub fn check(tools: &Tools) -> Result<()> {
    build_and_measure(tools).map(drop)
}

fn build_and_measure(tools: &Tools) -> Result<Sizes> {
    worker::build(tools, Profile::Release)?;
    let last: Sizes = serde_json::from_slice(&files::read(&repository::path(RECORD))?)
        .with_context(|| format!("{RECORD} is not what `cargo xtask build --record` writes"))?;
    let code = attribution::code(&files::read(&worker::compiled(Profile::Release)?)?)?;
    let mut sizes =
        Sizes { crates: by_crate(&code), resources: by_resource(&code), gzipped: BTreeMap::new() };

    let mut over = Vec::new();
    println!("\n{:<34}{:>12}{:>12}{:>12}", "gzipped", "size", "budget", "change");
    for part in parts(&repository::path("build"))? {
        let mut size = 0;
        for file in &part.files {
            size += compressed(&files::read(file)?)?;
        }
        let change = change(size, last.gzipped.get(&part.name));
        println!("{:<34}{:>12}{:>12}{change:>12}", part.name, kilobytes(size), kilobytes(part.budget));
        if size > part.budget {
            over.push(part.name.clone());
        }
        sizes.gzipped.insert(part.name, size);
    }
    print_code("the Worker's code, by crate", &sizes.crates, &last.crates, SMALL);
    print_code("by resource, in all layers", &sizes.resources, &last.resources, 0);
    println!(
        "(of the compiler, before wasm-opt and gzip: xtask/src/attribution.rs says what that is good for)"
    );
    if !over.is_empty() {
        bail!("over budget: {}", over.join("; "));
    }
    Ok(sizes)
}

fn print_code(what: &str, code: &Code, last: &Code, small: u64) {
    println!("\n{what:<46}{:>12}{:>12}", "", "");
    let mut sorted: Vec<_> = code.iter().filter(|(_, size)| **size >= small).collect();
    sorted.sort_by_key(|(_, size)| Reverse(**size));
    for (name, size) in sorted {
        println!("{name:<34}{:>12}{:>12}{:>12}", kilobytes(*size), "", change(*size, last.get(name)));
    }
    let rest = |code: &Code| code.values().filter(|size| **size < small).sum::<u64>();
    if rest(code) > 0 {
        println!(
            "{:<34}{:>12}{:>12}{:>12}",
            "smaller ones",
            kilobytes(rest(code)),
            "",
            change(rest(code), Some(&rest(last)))
        );
    }
}

/// The files of one kind that the page itself names; what is imported on demand comes later.
fn named<'html>(html: &'html str, kind: &'html str) -> impl Iterator<Item = &'html str> {
    html.split('"').filter(move |word| Path::new(word).extension().is_some_and(|extension| extension == kind))
}

/// What a script or style that is loaded on demand is for, without the fingerprint in its name.
fn screen(file: &Path) -> Option<&str> {
    let extension = file.extension()?;
    if extension != "js" && extension != "css" {
        return None;
    }
    let name = file.file_stem()?.to_str()?;
    let end = name.len().checked_sub(FINGERPRINT)?;
    name.get(..end)?.strip_suffix('-')
}

fn change(size: u64, last: Option<&u64>) -> String {
    match last {
        None => "new".to_owned(),
        Some(last) if size == *last => "-".to_owned(),
        Some(last) if size > *last => format!("+{}", kilobytes(size - last)),
        Some(last) => format!("-{}", kilobytes(last - size)),
    }
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
        let scripts: Vec<_> = named(html, "js").collect();
        assert_eq!(scripts, ["/dashboard/assets/index-1.js", "/dashboard/assets/shared-2.js"]);
        assert_eq!(named(html, "css").collect::<Vec<_>>(), ["/a.css"]);
    }

    #[test]
    fn a_screen_is_its_script_and_its_style() {
        assert_eq!(screen(Path::new("assets/tags-screen-Dk3_9-xy.js")), Some("tags-screen"));
        assert_eq!(screen(Path::new("assets/tags-screen-B1gT70aa.css")), Some("tags-screen"));
        assert_eq!(screen(Path::new("index.html")), None);
    }

    #[test]
    fn changes_have_a_sign() {
        assert_eq!(change(1_500, Some(&1_000)), "+0.5 kB");
        assert_eq!(change(1_000, Some(&1_500)), "-0.5 kB");
        assert_eq!(change(1_000, Some(&1_000)), "-");
        assert_eq!(change(1_000, None), "new");
    }

    #[test]
    fn sizes_are_rounded_up() {
        assert_eq!(kilobytes(3_500), "3.5 kB");
        assert_eq!(kilobytes(3_501), "3.6 kB");
    }
}
