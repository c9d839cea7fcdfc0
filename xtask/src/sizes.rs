//! `cargo xtask build`: the release, and its sizes as they go over the network, held against their budgets; whose code it
//! is, and what has changed since the last release.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::{Compression, write::GzEncoder};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::attribution::{self, Code, by_crate, by_resource};
use crate::setup::{self, Tools};
use crate::worker::{self, Profile};
use crate::{files, pages, repository};

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
/// Any part of the dashboard that is not needed for the first screen: script and style.
const SCREEN: u64 = 25_000;
/// Where the panel begins, and where the dashboard does.
const PANEL: &str = "panel.js";
const DASHBOARD: &str = "index.html";
/// The dashboard's screens, and the one that is shown first.
const SCREENS: &str = "src/screens/";
const FIRST: &str = "src/screens/inbox/inbox-screen.tsx";

fn parts(build: &Path) -> Result<Vec<Part>> {
    let part = |name: &str, budget, files| Part { name: name.to_owned(), budget, files };
    let loader = build.join("public/widget.js");
    let panel = build.join("public/panel");
    let all: Vec<_> =
        files::list(&panel)?.into_iter().map(|file| panel.join(file)).chain([loader.clone()]).collect();
    let at_once: BTreeSet<_> = Graph::of_panel(&files::read(&pages::panel_graph()?)?)?
        .with_all_it_needs(PANEL)?
        .into_iter()
        .map(|file| panel.join(file))
        .collect();
    // Everything but what is loaded on demand: scripts that nothing imports at once, styles that the page doesn't name.
    let page = files::read(&panel.join("index.html"))?;
    let page = String::from_utf8_lossy(&page);
    let is_named = |file: &Path| file.file_name().is_some_and(|name| page.contains(&*name.to_string_lossy()));
    let opened = all.iter().filter(|file| match file.extension().and_then(OsStr::to_str) {
        Some("js") => **file == loader || at_once.contains(*file),
        Some("css") => is_named(file),
        _ => true,
    });
    let mut parts = vec![
        part("Worker", 1_000_000, vec![build.join("index.js"), build.join("index_bg.wasm")]),
        part("widget, at page load", 3_500, vec![loader.clone()]),
        part("widget, opened", 18_000, opened.cloned().collect()),
        part("widget, all told", 30_000, all.clone()),
    ];
    let graph = Graph::of_dashboard(&files::read(&repository::path(pages::DASHBOARD_GRAPH))?)?;
    let dashboard = build.join("public/dashboard");
    let paths = |files: &BTreeSet<String>| files.iter().map(|file| dashboard.join(file)).collect::<Vec<_>>();
    let first = graph.first_screen()?;
    let (scripts, styles) = first.iter().cloned().partition(|file| is(Path::new(file), "js"));
    parts.push(part("dashboard, first screen", 75_000, paths(&scripts)));
    parts.push(part("dashboard, its style", 15_000, paths(&styles)));
    for (name, entry) in graph.later()? {
        let files: BTreeSet<_> = graph.with_all_it_needs(entry)?.difference(&first).cloned().collect();
        if !files.is_empty() {
            parts.push(Part { name: format!("dashboard, {name}"), budget: SCREEN, files: paths(&files) });
        }
    }
    Ok(parts)
}

/// Which file imports which: what is needed at once, and what only when it is asked for.
#[derive(Default)]
struct Graph(BTreeMap<String, Node>);

#[derive(Default)]
struct Node {
    /// The files that it comes as: its script and its styles.
    files: Vec<String>,
    /// What it imports at once.
    imports: Vec<String>,
    /// Its name, if something imports it on demand.
    on_demand: Option<String>,
}

impl Graph {
    /// The graph of the panel, from esbuild's list of what it wrote.
    fn of_panel(metafile: &[u8]) -> Result<Self> {
        let written: Value = serde_json::from_slice(metafile).context("esbuild's metafile is not JSON")?;
        let outputs = written.get("outputs").and_then(Value::as_object);
        let outputs = outputs.context("esbuild's metafile has no outputs")?;
        // Paths begin wherever the files are built; all are in the one folder.
        let name = |path: &str| path.rsplit_once('/').map_or(path, |(_, name)| name).to_owned();
        let node = |output: &Value| {
            let at_once = items(&output["imports"]).filter(|import| import["kind"] == "import-statement");
            at_once.filter_map(|import| import["path"].as_str()).map(name).collect()
        };
        Ok(Self(
            outputs
                .iter()
                .map(|(path, output)| {
                    let node = Node { files: vec![name(path)], imports: node(output), on_demand: None };
                    (name(path), node)
                })
                .collect(),
        ))
    }

    /// The graph of the dashboard, from Vite's manifest.
    fn of_dashboard(manifest: &[u8]) -> Result<Self> {
        let manifest: BTreeMap<String, Value> =
            serde_json::from_slice(manifest).context("Vite's manifest is not a JSON object")?;
        let texts =
            |value: &Value| items(value).filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
        Ok(Self(
            manifest
                .iter()
                .map(|(key, chunk)| {
                    let mut files = texts(&chunk["css"]);
                    files.extend(chunk["file"].as_str().map(str::to_owned));
                    files.retain(|file| is(Path::new(file), "js") || is(Path::new(file), "css"));
                    let named = chunk["name"].as_str().map(str::to_owned);
                    let on_demand = named.filter(|_| chunk["isDynamicEntry"] == true);
                    (key.clone(), Node { files, imports: texts(&chunk["imports"]), on_demand })
                })
                .collect(),
        ))
    }

    /// The files of something and of all that it imports at once.
    fn with_all_it_needs(&self, entry: &str) -> Result<BTreeSet<String>> {
        let (mut files, mut seen, mut waiting) = (BTreeSet::new(), BTreeSet::new(), vec![entry]);
        while let Some(key) = waiting.pop() {
            if seen.insert(key) {
                let node = self.0.get(key).with_context(|| format!("{key} was not built"))?;
                files.extend(node.files.iter().cloned());
                waiting.extend(node.imports.iter().map(String::as_str));
            }
        }
        Ok(files)
    }

    /// What the first screen needs: the page, and the inbox where that is imported on demand.
    fn first_screen(&self) -> Result<BTreeSet<String>> {
        let mut files = self.with_all_it_needs(DASHBOARD)?;
        if self.0.contains_key(FIRST) {
            files.extend(self.with_all_it_needs(FIRST)?);
        } else if self.0.keys().any(|key| key.starts_with(SCREENS)) {
            bail!(
                "the first screen, {FIRST}, is not among the screens: say in xtask/src/sizes.rs which it is"
            );
        }
        Ok(files)
    }

    /// What is imported on demand, by its name.
    fn later(&self) -> Result<Vec<(&str, &str)>> {
        let mut found: Vec<_> = self
            .0
            .iter()
            .filter_map(|(key, node)| Some((node.on_demand.as_deref()?, key.as_str())))
            .filter(|(_, key)| *key != FIRST)
            .collect();
        found.sort_unstable();
        let mut neighbours = found.iter().zip(found.iter().skip(1));
        if let Some(((name, _), _)) = neighbours.find(|(one, other)| one.0 == other.0) {
            bail!("two parts of the dashboard are called {name}: give one another file name");
        }
        Ok(found)
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn is(file: &Path, kind: &str) -> bool {
    file.extension().is_some_and(|extension| extension == kind)
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

    fn set(files: &[&str]) -> BTreeSet<String> {
        files.iter().map(|file| (*file).to_owned()).collect()
    }

    #[test]
    fn the_opened_panel_is_what_it_imports_at_once() {
        let metafile = br#"{ "outputs": {
            "x/panel/panel.js": { "imports": [
                { "path": "x/panel/shared-1.js", "kind": "import-statement" },
                { "path": "x/panel/later-2.js", "kind": "dynamic-import" }] },
            "x/panel/shared-1.js": { "imports": [] },
            "x/panel/later-2.js": { "imports": [{ "path": "x/panel/shared-1.js", "kind": "import-statement" }] } } }"#;
        let graph = Graph::of_panel(metafile).unwrap();
        assert_eq!(graph.with_all_it_needs(PANEL).unwrap(), set(&["panel.js", "shared-1.js"]));
        assert!(graph.with_all_it_needs("gone.js").is_err());
    }

    #[test]
    fn a_screen_is_what_it_needs_beyond_the_first() {
        let manifest = br#"{
            "index.html": { "file": "index.js", "name": "index", "isEntry": true, "css": ["index.css"], "imports": ["_base.js"],
                "dynamicImports": ["src/screens/inbox/inbox-screen.tsx", "src/screens/tags/tags-screen.tsx"] },
            "_base.js": { "file": "base.js", "name": "base" },
            "_table.js": { "file": "table.js", "name": "table", "css": ["table.css"] },
            "src/ui/icon.svg": { "file": "icon.svg" },
            "src/screens/inbox/inbox-screen.tsx": { "file": "inbox.js", "name": "inbox-screen", "isDynamicEntry": true,
                "imports": ["_base.js"] },
            "src/screens/tags/tags-screen.tsx": { "file": "tags.js", "name": "tags-screen", "isDynamicEntry": true,
                "imports": ["index.html", "_table.js"] } }"#;
        let graph = Graph::of_dashboard(manifest).unwrap();
        let first = graph.first_screen().unwrap();
        assert_eq!(first, set(&["index.js", "index.css", "base.js", "inbox.js"]));
        let [(name, entry)] = graph.later().unwrap()[..] else {
            panic!("one is imported on demand and not the first")
        };
        let all = graph.with_all_it_needs(entry).unwrap();
        let own: BTreeSet<_> = all.difference(&first).cloned().collect();
        assert_eq!((name, own), ("tags-screen", set(&["tags.js", "table.js", "table.css"])));
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
