//! Builds the static files: the widget, the demo shop, the dashboard, the API reference and what is at the root, into
//! `build/public/`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::files::{self, Fingerprint, Stamp};
use crate::setup::Tools;
use crate::{process, reference, repository, target};

/// Every browser that got an update since 2021 understands it; anything older would have to be sent several kB more.
const LANGUAGE: &str = "es2022";

/// The response headers of static files, written next to what they protect; Cloudflare reads one file for all.
const HEADERS: [&str; 4] =
    ["widget/_headers", "dashboard-static/_headers", "docs/reference/_headers", "workers/pages/_headers"];

/// What is at the root beside them.
const ROOT: [&str; 4] = ["404.html", "404.css", "favicon.ico", "robots.txt"];

/// Which file of the dashboard imports which, as Vite tells it.
pub const DASHBOARD_GRAPH: &str = "dashboard-static/dist/.vite/manifest.json";

/// Which file of the panel imports which, as esbuild tells it.
pub fn panel_graph() -> Result<PathBuf> {
    Ok(target::state()?.join("panel.json"))
}

/// Makes `build/public/` current. For developers the dashboard has the page of its components.
pub fn build(tools: &Tools, for_developers: bool) -> Result<()> {
    process::announce("Building the widget and the dashboard");
    let state = target::state()?;
    let staging = state.join("public");
    if staging.exists() {
        fs::remove_dir_all(&staging).with_context(|| format!("cannot remove {}", staging.display()))?;
    }
    build_widget(tools, &staging)?;
    build_dashboard(tools, &state, for_developers)?;
    reference::build(&staging.join("docs"))?;
    files::mirror(&repository::path("widget/demo"), &staging.join("demo"))?;
    let dashboard = staging.join("dashboard");
    files::mirror(&repository::path("dashboard-static/dist"), &dashboard)?;
    // What imports what is for `sizes`, not for browsers.
    fs::remove_dir_all(dashboard.join(".vite"))
        .with_context(|| format!("{DASHBOARD_GRAPH} is not where Vite writes it"))?;
    for file in ROOT {
        files::copy_if_changed(&repository::path("workers/pages").join(file), &staging.join(file))?;
    }
    let headers: Vec<_> =
        HEADERS.iter().map(|file| files::read(&repository::path(file))).collect::<Result<_>>()?;
    files::write_if_changed(&staging.join("_headers"), &headers.join(&b'\n'))?;
    files::mirror(&staging, &repository::path("build/public"))
}

fn build_widget(tools: &Tools, public: &Path) -> Result<()> {
    let bundle = |arguments: &[&str]| {
        process::run(
            process::command(&tools.javascript.esbuild)
                .args(["--bundle", "--minify", "--legal-comments=none"])
                .args(["--charset=utf8", "--log-level=warning"])
                .arg(format!("--target={LANGUAGE}"))
                .args(arguments),
        )
    };
    let to = |option: &str, path: &str| format!("--{option}={}", public.join(path).display());
    let style = target::state()?.join("loader.css");
    bundle(&["widget/loader/style.css", &format!("--outfile={}", style.display())])?;
    bundle(&[
        "widget/loader/loader.js",
        "--format=iife",
        &format!("--define:STYLE={}", as_literal(&files::read(&style)?)?),
        &to("outfile", "widget.js"),
    ])?;
    // What the panel imports on demand is a file of its own.
    bundle(&[
        "widget/panel/panel.js",
        "widget/panel/panel.css",
        "widget/panel/talk.css",
        "--format=esm",
        "--splitting",
        "--chunk-names=[name]-[hash]",
        &format!("--metafile={}", panel_graph()?.display()),
        &to("outdir", "panel"),
    ])?;
    let page = String::from_utf8(files::read(&repository::path("widget/panel/index.html"))?)
        .context("the panel's page is not text")?;
    let page = with_preloads(&page, &files::read(&panel_graph()?)?)?;
    files::write_if_changed(&public.join("panel/index.html"), page.as_bytes())
}

/// A style sheet as the text that a script has of it.
fn as_literal(style: &[u8]) -> Result<String> {
    let style = str::from_utf8(style).context("the loader's style is not text")?;
    Ok(Value::from(style.trim_end()).to_string())
}

/// The panel's page, from which the browser learns at once what else its script needs, and not a round trip later.
fn with_preloads(page: &str, metafile: &[u8]) -> Result<String> {
    let written: Value = serde_json::from_slice(metafile).context("esbuild's metafile is not JSON")?;
    let outputs =
        written.get("outputs").and_then(Value::as_object).context("esbuild's metafile has no outputs")?;
    let script = outputs.iter().find(|(path, _)| path.ends_with("/panel.js"));
    let imports =
        script.and_then(|(_, output)| output["imports"].as_array()).context("no panel was built")?;
    let links: Vec<_> = imports
        .iter()
        .filter(|import| import["kind"] == "import-statement")
        .filter_map(|import| import["path"].as_str()?.rsplit('/').next())
        .map(|file| format!("    <link rel=\"modulepreload\" href=\"{file}\">\n"))
        .collect();
    let links = links.concat();
    page.split_once("  </head>")
        .map(|(head, rest)| format!("{head}{links}  </head>{rest}"))
        .context("the panel's page has no head")
}

fn build_dashboard(tools: &Tools, state: &Path, for_developers: bool) -> Result<()> {
    let mode = if for_developers { "development" } else { "production" };
    let mut fingerprint = Fingerprint::new();
    fingerprint.add(mode.as_bytes());
    for source in ["dashboard-static", "widget/client", "domain/bindings", "package-lock.json"] {
        fingerprint.add_path(&repository::path(source))?;
    }
    let stamp = Stamp::new(state.join("dashboard.stamp"), fingerprint);
    if stamp.is_current() && repository::path(DASHBOARD_GRAPH).is_file() {
        return Ok(());
    }
    process::run(
        tools
            .javascript
            .command("vite")
            .args(["build", "--logLevel", "warn", "--mode", mode])
            .current_dir(repository::path("dashboard-static")),
    )?;
    stamp.set()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_sheet_is_one_text_to_a_script() {
        assert_eq!(as_literal(b"a::before{content:\"\"}\n").unwrap(), r#""a::before{content:\"\"}""#);
    }

    #[test]
    fn the_panels_page_names_what_its_script_imports_at_once() {
        let metafile = br#"{ "outputs": { "x/panel/panel.js": { "imports": [
            { "path": "x/panel/chunk-1.js", "kind": "import-statement" },
            { "path": "x/panel/talk-2.js", "kind": "dynamic-import" }] } } }"#;
        let page = with_preloads("<head>\n  </head>\n<body>", metafile).unwrap();
        assert_eq!(page, "<head>\n    <link rel=\"modulepreload\" href=\"chunk-1.js\">\n  </head>\n<body>");
    }
}
