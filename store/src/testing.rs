//! All collections on the embedded engine, for tests.

use rusqlite::Connection;
use voxora_data_api::contract::{Action, Answer};
use voxora_data_api::embedded::Engine;
use voxora_data_api::{DataApi, DataApiError};
use voxora_domain::sql::object_database;

use crate::collections::COLLECTIONS;

/// One engine a collection.
pub struct Engines(Vec<Engine<Connection>>);

impl Engines {
    pub fn new() -> Self {
        let open = |schema| Engine::open(object_database().unwrap(), schema, || 0).unwrap();
        Self(COLLECTIONS.iter().map(|collection| open(collection.schema)).collect())
    }
}

impl DataApi for Engines {
    async fn run(&self, action: Action) -> Result<Answer, DataApiError> {
        let place = COLLECTIONS.iter().position(|collection| collection.name() == action.collection);
        self.0[place.unwrap()].run(action)
    }
}
