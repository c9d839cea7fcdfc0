//! The hand-written cases, asked of every engine.

use voxora_conformance::{Embedded, Endpoint, Engine, cases, run};

fn conforms(endpoint: &mut dyn Endpoint, engine: Engine) {
    let cases = cases();
    let failures = run(endpoint, engine, &cases).unwrap();
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
