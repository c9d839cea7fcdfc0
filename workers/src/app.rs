//! What a handler has at hand.

use std::sync::Arc;

use http::HeaderMap;
use voxora_durable_objects::documents::Documents;
use worker::Env;

use crate::config::{Config, Misconfigured};
use crate::error::AppError;
use crate::limits::Limits;

/// One request's view of the deployment. Made anew for each: nothing of a request may outlive it.
#[derive(Clone)]
pub struct App {
    /// The bindings.
    pub env: Env,
    /// The request's id, for whoever is asked on its behalf.
    request_id: Arc<str>,
    config: Result<Arc<Config>, Misconfigured>,
}

impl App {
    pub fn new(env: Env, request_id: &str) -> Self {
        let config = Config::read(&env).map(Arc::new);
        Self { env, request_id: request_id.into(), config }
    }

    /// The configuration, or an answer that names what is missing.
    pub fn config(&self) -> Result<&Config, AppError> {
        self.config.as_deref().map_err(AppError::misconfigured)
    }

    /// The exact limits that a request with these headers is held to.
    pub fn limits(&self, headers: &HeaderMap) -> Result<Limits<'_>, AppError> {
        Ok(Limits::new(&self.env, self.config()?, headers))
    }

    /// The document store.
    pub fn documents(&self) -> Documents {
        Documents::new(self.env.clone()).with_request_id(&self.request_id)
    }
}
