//! The contract: `docs/openapi.json`, OpenAPI 3.1, made from the route table, the wire types and a description of each route.
//!
//! Only tests have this module, so it costs the Worker no byte: a test writes the document (`cargo xtask openapi`) and
//! the same test fails when the committed one is stale, when a route has no description, or a description no route.
//!
//! **A new resource** says what its routes are for in its own file in `routes/`, below its handlers:
//!
//! ```ignore
//! #[cfg(test)]
//! pub fn contract() -> crate::openapi::Resource {
//!     use crate::openapi::prelude::*;
//!
//!     Resource::new("Tags", "Words that the team puts on conversations.").route(
//!         Operation::new("tags.create", "Make a tag")
//!             .takes::<CreateTagRequest>(json!({ "name": "billing" }))
//!             .gives::<Tag>(201, "The tag.", json!({ "id": TAG, "name": "billing" }))
//!             .refuses(&[DuplicateKey]),
//!     )
//! }
//! ```
//!
//! and is named in `routes::contract`. The rest follows: schemas and their descriptions from the types (`JsonSchema` derived behind the
//! feature `schema` of `voxora-domain`; limits by `#[schemars(length(…))]`), who may ask from the table, and the problems that
//! every route of its shape can have (a body: `malformed_body`, …). A query is a struct that derives `JsonSchema` in tests.
//!
//! Examples are carried out on the built Worker (`tests/suites/contract.rs`). What cannot be the same in every deployment
//! (ids, secrets) stands in them as one of [`example::STAND_INS`], for which that test puts what its own deployment has.

mod document;
pub mod example;
mod markdown;
mod operation;
mod schema;
mod typescript;

use std::{env, fs, path::Path};

pub use operation::Resource;

/// What a route's file says `use` of, to describe its routes.
pub mod prelude {
    pub use serde_json::json;
    pub use voxora_domain::wire::ProblemCode::*;
    pub use voxora_domain::wire::*;

    pub use super::example;
    pub use super::operation::{Cookie, Operation, Resource};
}

use crate::routes;

/// Fails when a committed file is not what table, descriptions and types say; `cargo xtask openapi` writes them.
#[test]
fn the_contract_is_that_of_the_routes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (rows, resources) = (routes::table(), routes::contract());
    let guide = fs::read_to_string(folder.join("docs/API.md")).unwrap();
    let made = [
        ("docs/openapi.json", document::document(rows, &resources)),
        ("docs/API.md", markdown::with_table(&guide, rows, &resources)),
        ("domain/bindings/api.ts", typescript::api(rows, &resources)),
    ];
    for (file, content) in made {
        let path = folder.join(file);
        if env::var_os("VOXORA_WRITE_OPENAPI").is_some() {
            fs::write(&path, &content).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == content, "{file} is out of date; run `cargo xtask openapi`");
    }
}
