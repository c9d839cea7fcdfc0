//! All collections on the embedded engine, for tests.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

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

/// The same for a request among others: before each action on the document store it waits for its turn.
pub struct Turns<'a>(pub &'a Engines);

impl DataApi for Turns<'_> {
    async fn run(&self, action: Action) -> Result<Answer, DataApiError> {
        let mut has_waited = false;
        std::future::poll_fn(|_| {
            let turn = if has_waited { Poll::Ready(()) } else { Poll::Pending };
            has_waited = true;
            turn
        })
        .await;
        self.0.run(action).await
    }
}

/// Such a request.
pub type Turn<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Lets a request take its next step: to its first action, from one to the next, or to its end. Not to be asked of one that
/// has ended.
pub fn step<T>(request: &mut Turn<'_, T>) -> Option<T> {
    match request.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(ended) => Some(ended),
        Poll::Pending => None,
    }
}

/// Lets it go all the way.
pub fn run<T>(request: &mut Turn<'_, T>) -> T {
    loop {
        if let Some(ended) = step(request) {
            return ended;
        }
    }
}
