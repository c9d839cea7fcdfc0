//! MongoDB documents over HTTP: the Data API contract, and the engine that keeps it without any MongoDB.
//!
//! Everything Voxora keeps for good is a document, reached through the ten actions of MongoDB's Data API. [`contract`]
//! is that API as types, [`ejson`] how its bodies are written, [`query`] builds filters, updates and sorts from typed
//! values only, [`schema`] is how collections and their indexes are declared, [`DataApi`] is what callers call. Behind it
//! stands either [`embedded`], which runs the actions on SQLite (in a Durable Object per collection, or natively over
//! rusqlite), or [`client`], which reaches any endpoint over HTTP. Whatever an engine does not support it refuses by name.
//! No collection of the product is known here.

mod api;
pub mod client;
pub mod contract;
pub mod date;
pub mod document;
pub mod ejson;
pub mod embedded;
mod error;
pub mod query;
#[cfg(test)]
mod samples;
pub mod schema;

pub use api::{Any, DataApi, Running};
pub use document::{from_document, from_documents, to_document};
pub use error::DataApiError;
