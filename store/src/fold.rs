//! Folding of texts that people type: what is one and the same to them is one text here, so that it can be looked for and
//! be unique.

/// The text without blanks around it, in Unicode's composed form (NFC), in lower case, with one kind of small sigma.
#[must_use]
pub fn fold(text: &str) -> String {
    nfc(&nfc(text.trim()).to_lowercase().replace('ς', "σ"))
}

/// A name, folded: runs of blanks within it count as one.
#[must_use]
pub fn name(text: &str) -> String {
    fold(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(not(target_arch = "wasm32"))]
fn nfc(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    text.nfc().collect()
}

#[cfg(target_arch = "wasm32")]
fn nfc(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { js_sys::JsString::from(text).normalize("NFC").into() }
}

#[cfg(test)]
mod tests {
    use super::{fold, name};

    #[test]
    fn spellings_of_one_name_are_one() {
        for (one, other) in [
            (" VIP ", "vip"),
            ("Late  delivery", "late delivery"),
            ("e\u{301}lan", "\u{c9}LAN"),
            ("ΝΊΚΟΣ", "νίκος"),
            ("a\u{a0}b", "A b"),
        ] {
            assert_eq!(name(one), name(other));
            assert_eq!(name(&name(one)), name(one));
        }
        assert_ne!(name("late delivery"), name("latedelivery"));
        assert_eq!(fold("a  b"), "a  b");
    }
}
