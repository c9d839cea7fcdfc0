//! What came of writing documents.

/// What a place made of documents that it was given.
#[derive(Debug, Default)]
pub struct Written {
    /// How many it took.
    pub inserted: u64,
    /// How many it had already.
    pub present: u64,
    /// Those that it refused: `_id` and reason.
    pub refused: Vec<(String, String)>,
}

impl Written {
    /// Adds what came of further documents.
    pub fn add(&mut self, other: Self) {
        self.inserted += other.inserted;
        self.present += other.present;
        self.refused.extend(other.refused);
    }
}
