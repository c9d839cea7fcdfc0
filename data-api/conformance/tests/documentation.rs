//! `docs/CONFORMANCE.md` lists the differences that the cases know, no more and no fewer.
//!
//! `CONFORMANCE_WRITE=1 cargo test -p voxora-conformance --test documentation` writes the list anew.

use std::fs;
use std::path::Path;

use voxora_conformance::{Engine, cases, differences};

const BEGIN: &str = "<!-- What follows is written by data-api/conformance/tests/documentation.rs. -->\n";

#[test]
fn the_list_of_differences_is_that_of_the_cases() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/CONFORMANCE.md");
    let text = fs::read_to_string(&file).unwrap();
    let (by_hand, written) = text.split_once(BEGIN).expect("the file has the mark where the list begins");
    let cases = cases();
    let expected = format!(
        "\n## The embedded engine\n{}\n## DocumentDB\n{}",
        differences(&cases, Engine::Embedded),
        differences(&cases, Engine::DocumentDb)
    );
    if std::env::var_os("CONFORMANCE_WRITE").is_some() {
        fs::write(&file, format!("{by_hand}{BEGIN}{expected}")).unwrap();
    } else {
        assert!(
            written == expected,
            "docs/CONFORMANCE.md is not current: run this test with CONFORMANCE_WRITE=1"
        );
    }
}
