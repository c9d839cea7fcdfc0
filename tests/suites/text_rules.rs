//! What can be seen, and what is no text, is the same to the room and to a browser: for every character there is.

use std::path::Path;
use std::process::Command;

use voxora_domain::text::{clean, is_no_text, is_visible};

/// Prints a digit for each character: 1 for one that can be seen, 2 for one that is taken out.
const TELL: &str = "
    const { VISIBLE, NO_TEXT } = await import(process.argv[1]);
    let told = '';
    for (let code = 0; code < 0x110000; code += 1) {
        if (code < 0xd800 || code > 0xdfff) {
            const character = String.fromCodePoint(code);
            told += Number(VISIBLE.test(character)) + 2 * Number(character.replace(NO_TEXT, '') === '');
        }
    }
    process.stdout.write(told);
";

#[test]
fn a_browser_reads_every_character_as_the_room_does() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let rules = root.join("domain/bindings/text-rules.js");
    let node = Command::new(root.join("node_modules/.bin/node"))
        .args(["--input-type=module", "--eval", TELL])
        .arg(rules)
        .output();
    let node = node.unwrap();
    assert!(node.status.success(), "{}", String::from_utf8_lossy(&node.stderr));
    let digit = |character| b'0' + u8::from(is_visible(character)) + 2 * u8::from(is_no_text(character));
    let mut told = node.stdout.iter();
    for character in '\0'..=char::MAX {
        assert_eq!(told.next(), Some(&digit(character)), "U+{:04X}", u32::from(character));
        assert_eq!(clean(&character.to_string()).is_empty(), is_no_text(character));
    }
    assert_eq!(told.next(), None);
}
