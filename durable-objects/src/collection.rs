//! The collection object: one MongoDB collection in the object's SQLite, behind the Data API contract.
//!
//! It takes `POST /action/<name>` as any Data API endpoint does, so that the embedded store and a remote one are spoken to
//! in the same words. The engine itself is `voxora_data_api::embedded`.

use std::cell::RefCell;

use voxora_data_api::DataApiError;
use voxora_data_api::contract::{Action, ActionName, Answer};
use voxora_data_api::ejson::Format;
use voxora_data_api::embedded::Engine;
use voxora_store::collections::schema;
use wasm_bindgen::prelude::*;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use crate::sql::ObjectSql;
use crate::time::now;

/// One collection. Its schema is the one declared under its name.
#[durable_object(fetch)]
pub struct Collection {
    state: State,
    engine: RefCell<Option<Engine<ObjectSql>>>,
}

impl DurableObject for Collection {
    fn new(state: State, _env: Env) -> Self {
        Self { state, engine: RefCell::new(None) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let path = request.path();
        let format = Format::from_accept(request.headers().get("accept")?.as_deref());
        let body = request.bytes().await?;
        let (status, format, body) = match self.run(&path, &body, format) {
            Ok((status, body)) => (status, format, body),
            Err(error) => (error.status(), Format::Plain, serde_json::to_string(&error.body())?),
        };
        let response = Response::ok(body)?.with_status(status);
        response.headers().set("content-type", format.media_type())?;
        Ok(response)
    }
}

impl Collection {
    fn run(&self, path: &str, body: &[u8], format: Format) -> Result<(u16, String), DataApiError> {
        let name: ActionName = path.trim_start_matches("/action/").parse()?;
        let (_, action) = Action::from_body(name, body)?;
        let answer = self.with_engine(action)?;
        Ok((answer.status(), answer.to_body(format)?))
    }

    fn with_engine(&self, action: Action) -> Result<Answer, DataApiError> {
        let mut engine = self.engine.borrow_mut();
        if engine.is_none() {
            let schema = schema(&action.collection).ok_or_else(|| {
                DataApiError::Invalid(format!(
                    "there is no collection '{}'",
                    action.collection.escape_debug()
                ))
            })?;
            *engine = Some(Engine::open(ObjectSql::of(&self.state), schema, now)?);
        }
        match engine.as_mut() {
            Some(engine) => engine.run(action),
            None => Err(DataApiError::Unavailable("the collection could not be opened".to_owned())),
        }
    }
}
