//! The deployment's cache, which may forget anything: a KV namespace, by the binding `CACHE`.
//!
//! Not by the worker crate's, which reads and writes values of every kind, and carries what it takes to turn them into
//! JavaScript's.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use worker::Env;
use worker::wasm_bindgen_futures::JsFuture;

use crate::call::js_message;

#[wasm_bindgen(module = "/src/cache.js")]
extern "C" {
    #[wasm_bindgen(js_name = get)]
    fn js_get(env: &JsValue, key: &str) -> Promise;

    #[wasm_bindgen(js_name = put)]
    fn js_put(env: &JsValue, key: &str, text: &str, seconds: u32) -> Promise;

    #[wasm_bindgen(js_name = forget)]
    fn js_forget(env: &JsValue, key: &str) -> Promise;

    #[wasm_bindgen(js_name = list)]
    fn js_list(env: &JsValue, prefix: &str, most: u32) -> Promise;
}

/// The cache did not answer as it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cache: {0}")]
pub struct CacheError(String);

impl CacheError {
    /// What is kept cannot be read, or written.
    pub(crate) fn of(error: &impl ToString) -> Self {
        Self(error.to_string())
    }
}

/// The cache.
pub struct Cache<'a>(pub &'a Env);

impl Cache<'_> {
    /// The text under a key.
    ///
    /// # Errors
    /// When the cache fails.
    pub async fn get(&self, key: &str) -> Result<Option<String>, CacheError> {
        Ok(settled(js_get(self.0.as_ref(), key)).await?.as_string())
    }

    /// Keeps a text under a key for so many seconds.
    ///
    /// # Errors
    /// When the cache fails.
    pub async fn put(&self, key: &str, text: &str, seconds: u32) -> Result<(), CacheError> {
        settled(js_put(self.0.as_ref(), key, text, seconds)).await.map(drop)
    }

    /// Forgets what is kept under a key.
    ///
    /// # Errors
    /// When the cache fails.
    pub async fn forget(&self, key: &str) -> Result<(), CacheError> {
        settled(js_forget(self.0.as_ref(), key)).await.map(drop)
    }

    /// The first keys that begin so, up to so many. No key has a line end in it.
    ///
    /// # Errors
    /// When the cache fails.
    pub async fn list(&self, prefix: &str, most: u32) -> Result<Vec<String>, CacheError> {
        let keys = settled(js_list(self.0.as_ref(), prefix, most)).await?.as_string().unwrap_or_default();
        Ok(keys.lines().map(str::to_owned).collect())
    }
}

async fn settled(promise: Promise) -> Result<JsValue, CacheError> {
    JsFuture::from(promise).await.map_err(|error| CacheError(js_message(&error)))
}
