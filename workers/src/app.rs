//! What a handler has at hand.

use std::sync::Arc;

use voxora_durable_objects::documents::Documents;
use worker::Env;

use crate::config::{Config, Misconfigured};
use crate::error::AppError;

/// One request's view of the deployment. Made anew for each: nothing of a request may outlive it.
#[derive(Clone)]
pub struct App {
    /// The bindings.
    pub env: Env,
    config: Result<Arc<Config>, Misconfigured>,
}

impl App {
    pub fn new(env: Env) -> Self {
        let config = Config::read(&env).map(Arc::new);
        Self { env, config }
    }

    /// The configuration, or an answer that names what is missing.
    pub fn config(&self) -> Result<&Config, AppError> {
        self.config.as_deref().map_err(AppError::misconfigured)
    }

    /// The document store.
    pub fn documents(&self) -> Documents {
        Documents(self.env.clone())
    }
}
