//! The rules of the house, each with the places that break it and are known to.
//!
//! An exception is a debt: whoever pays it takes it out of the list, and the test fails until they do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use voxora_architecture::{Call, Crate, Exception, Graph, circles, expect, imports, packages};

/// The product's crates, from the ground up: each may be built with those before it.
const LAYERS: [&str; 6] = [
    "voxora-domain",
    "voxora-data-api",
    "voxora-store",
    "voxora-durable-objects",
    "voxora-workers",
    "voxora-program",
];

/// Programs and tests around the product. They may use whatever they need; nobody is built with them but each other.
const AROUND: [&str; 8] = [
    "voxora-architecture",
    "voxora-bench",
    "voxora-conformance",
    "voxora-gateway",
    "voxora-hello-worker",
    "voxora-migrate",
    "voxora-tests",
    "xtask",
];

/// Folders of scripts, and of what each may import from; the folder itself is among them.
const SCRIPTS: [(&str, &[&str]); 4] = [
    ("widget/loader", &["widget/loader"]),
    ("widget/client", &["widget/client", "domain/bindings"]),
    ("widget/panel", &["widget/panel", "widget/client", "domain/bindings"]),
    ("dashboard-static/src", &["dashboard-static/src", "widget/client", "domain/bindings"]),
];

/// Where the edge's routes are.
const ROUTES: &str = "workers/src/routes/";

struct Source {
    imports: Graph,
    calls: Vec<Call>,
}

/// The product's own code: everything that is compiled into the Worker.
static PRODUCT: LazyLock<Source> = LazyLock::new(|| source(|name| LAYERS.contains(&name)));

fn source(wanted: impl Fn(&str) -> bool) -> Source {
    let mut source = Source { imports: Graph::new(), calls: Vec::new() };
    for package in packages().iter().filter(|package| wanted(&package.name)) {
        for root in &package.roots {
            let read = Crate::read(root);
            source.imports.extend(read.imports());
            source.calls.extend(read.calls);
        }
    }
    source
}

/// The product's files that call or name something, each once.
fn files_that_say(what: &str) -> BTreeSet<String> {
    PRODUCT.calls.iter().filter(|call| call.what == what).map(|call| call.file.clone()).collect()
}

#[test]
fn crates_are_built_with_lower_ones_only() {
    let place = |name: &str| LAYERS.iter().position(|layer| *layer == name);
    let mut upward = Vec::new();
    for package in packages() {
        let own = place(&package.name);
        assert!(
            own.is_some() || AROUND.contains(&package.name.as_str()),
            "{} has no place among the crates yet: give it one in this test and in docs/ARCHITECTURE.md",
            package.name
        );
        for used in &package.dependencies {
            let is_lower = match (own, place(used)) {
                (Some(own), Some(used)) => used < own,
                (None, _) => true,
                (Some(_), None) => false,
            };
            if !is_lower {
                upward.push(format!("{} → {used}", package.name));
            }
        }
    }
    expect("Imports between crates run downhill", upward, &[]);
}

#[test]
fn modules_of_a_crate_form_no_circle() {
    let found = circles(&source(|_| true).imports).into_iter().map(|files| files.join(" "));
    expect(
        "Modules of a crate do not import each other in circles",
        found,
        &[
            Exception {
                what: "data-api/src/embedded/aggregate/expression.rs data-api/src/embedded/aggregate/operators.rs",
                why: "an evaluator's honest recursion: an operator's operands are expressions",
            },
            Exception {
                what: "tests/src/documents.rs tests/src/server.rs",
                why: "a server is started with a document store, and a server is looked into as one; `Embedded` is to \
                      have a file of its own",
            },
        ],
    );
}

#[test]
fn scripts_form_no_circle() {
    let found = ["widget", "dashboard-static/src"].into_iter().flat_map(|folder| circles(&imports(folder)));
    expect("Scripts do not import each other in circles", found.map(|files| files.join(" ")), &[]);
}

#[test]
fn scripts_import_from_where_they_may() {
    let mut found = Vec::new();
    for (folder, allowed) in SCRIPTS {
        let is_in =
            |file: &str, folder: &str| file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        for (script, imported) in imports(folder) {
            let wrong = imported.iter().filter(|file| !allowed.iter().any(|folder| is_in(file, folder)));
            found.extend(wrong.map(|file| format!("{script} → {file}")));
        }
    }
    expect("The widget's client serves panel and dashboard, and knows neither", found, &[]);
}

#[test]
fn rights_are_decided_in_one_place() {
    let is_policy = |file: &String| {
        file.starts_with("domain/src/access")
            || ["workers/src/auth/caller.rs", "workers/src/auth/grants.rs"].contains(&file.as_str())
    };
    let found = files_that_say("forbidden").into_iter().filter(|file| !is_policy(file));
    expect(
        "Who may do what is decided in domain/src/access, by the layer of the route table and by nobody else (forbidden)",
        found,
        &[Exception {
            what: "workers/src/auth/origin.rs",
            why: "it refuses other sites, whoever asks: no right, but where the request comes from",
        }],
    );
}

#[test]
fn routes_leave_the_environment_to_the_app() {
    let found = files_that_say(".env").into_iter().filter(|file| file.starts_with(ROUTES));
    expect("A route asks the app for what it needs, and does not reach into the environment", found, &[]);
}

#[test]
fn routes_know_nothing_of_each_other() {
    let beside = ["/mod.rs", "/table.rs"];
    let is_route = |file: &str| file.starts_with(ROUTES) && !beside.iter().any(|end| file.ends_with(end));
    let mut found = Vec::new();
    for (route, imported) in PRODUCT.imports.iter().filter(|(file, _)| is_route(file)) {
        found.extend(imported.iter().filter(|file| is_route(file)).map(|file| format!("{route} → {file}")));
    }
    expect("What two routes share is in neither of them", found, &[]);
}

#[test]
fn collections_are_declared_in_the_store() {
    let found =
        files_that_say(": CollectionSchema").into_iter().filter(|file| !file.starts_with("store/src/"));
    expect(
        "What the product keeps is declared in store/, one file a collection; the engine below knows none of it",
        found,
        &[],
    );
}

#[test]
fn json_is_read_by_one_deserializer() {
    let readers = ["serde_json::from_str", "serde_json::from_slice", "serde_json::from_value"];
    let found = readers.into_iter().flat_map(files_that_say);
    expect(
        "JSON is read by domain::json: by another deserializer, a type's code is in the Worker twice",
        found,
        &[
            Exception {
                what: "data-api/src/client/mod.rs",
                why: "it asks whether a text is JSON, and reads no type",
            },
            Exception {
                what: "domain/src/json/parse.rs",
                why: "of a text it makes the value that domain::json reads",
            },
            Exception { what: "domain/src/sockets/frame.rs", why: "a room's hot path, and types of its own" },
            Exception {
                what: "durable-objects/src/sql.rs",
                why: "every object's hot path, and a type of its own",
            },
        ],
    );
}

#[test]
fn types_say_nothing_that_the_deserializer_does_not_understand() {
    let found = ["serde(alias)", "serde(deny_unknown_fields)"]
        .into_iter()
        .flat_map(|what| files_that_say(what).into_iter().map(move |file| format!("{file} {what}")));
    expect(
        "An older name stands in the field's one name, and who refuses unknown fields reads with json::exactly \
         (domain/src/json/mod.rs says why)",
        found,
        &[],
    );
}
