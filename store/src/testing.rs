//! All collections on the embedded engine, for tests.

use rusqlite::Connection;
use voxora_data_api::contract::{Action, Answer};
use voxora_data_api::embedded::Engine;
use voxora_data_api::{DataApi, DataApiError};
use voxora_domain::sql::object_database;

use crate::collections::COLLECTIONS;

/// One engine a collection.
pub struct Engines(Vec<(&'static str, Engine<Connection>)>);

impl Engines {
    pub fn new() -> Self {
        Self::of(&COLLECTIONS.map(|collection| collection.name()))
    }

    /// Those of some collections, where a test makes very many.
    pub fn of(names: &[&str]) -> Self {
        let wanted = COLLECTIONS.into_iter().filter(|collection| names.contains(&collection.name()));
        let open = |schema| Engine::open(object_database().unwrap(), schema, || 0).unwrap();
        Self(wanted.map(|collection| (collection.name(), open(collection.schema))).collect())
    }
}

impl DataApi for Engines {
    async fn run(&self, action: Action) -> Result<Answer, DataApiError> {
        let engine = self.0.iter().find(|(name, _)| *name == action.collection);
        engine.unwrap().1.run(action)
    }
}
