//! Places that a rule does not hold for, each with its reason.

use std::collections::BTreeSet;

/// What breaks a rule and may, with the reason.
#[derive(Debug, Clone, Copy)]
pub struct Exception {
    /// Exactly what the rule finds.
    pub what: &'static str,
    /// Why it may stay, or what will end it.
    pub why: &'static str,
}

/// Compares what a rule has found with what is known. Both what is new and what is over fail: the list only ever shrinks.
#[track_caller]
pub fn expect(rule: &str, found: impl IntoIterator<Item = String>, known: &[Exception]) {
    let found: BTreeSet<String> = found.into_iter().collect();
    let allowed: BTreeSet<&str> = known.iter().map(|exception| exception.what).collect();
    let new: Vec<_> = found.iter().filter(|found| !allowed.contains(found.as_str())).collect();
    let over: Vec<_> = known.iter().filter(|exception| !found.contains(exception.what)).collect();
    assert!(new.is_empty(), "{rule}. These break it:\n{new:#?}");
    assert!(over.is_empty(), "{rule}. These exceptions are no longer needed, take them out:\n{over:#?}");
}
