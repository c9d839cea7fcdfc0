//! The hand-written cases, asked of every engine.
//!
//! The embedded engine is there natively. What has to be built or brought first is ignored here and run by
//! `cargo xtask test conformance`.

// A harness fails by panicking, with a message that says what was expected and what came.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use voxora_conformance::{Embedded, Endpoint, Engine, Gateway, Http, cases, run};
use voxora_store::collections::COLLECTIONS;
use voxora_tests::Server;

fn conforms(endpoint: &mut dyn Endpoint, engine: Engine) {
    let failures = run(endpoint, engine, &cases()).unwrap();
    for failure in &failures {
        eprintln!("{failure}\n");
    }
    assert!(
        failures.is_empty(),
        "{} rows were answered otherwise than they should be; see above",
        failures.len()
    );
}

#[test]
fn the_embedded_engine_natively() {
    conforms(&mut Embedded::default(), Engine::Embedded);
}

#[test]
#[ignore = "needs the built Worker"]
fn the_embedded_engine_in_workerd() {
    let server = Server::named("conformance").with_collections().start();
    conforms(&mut Http::new(&server.collections(), None), Engine::Embedded);
}

#[test]
#[ignore = "needs the gateway and a document store"]
fn the_gateway_on_a_real_store() {
    let gateway = Gateway::start().unwrap();
    for collection in COLLECTIONS {
        gateway.declare(collection.schema).unwrap();
    }
    conforms(&mut gateway.endpoint(), gateway.engine());
}
