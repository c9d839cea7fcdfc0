//! Requests to elsewhere: to an endpoint of the Data API, and to a provider of mail. In one crossing between WebAssembly and
//! JavaScript; and no redirect is followed, for whoever one names would get the key.

use js_sys::Promise;
use voxora_data_api::client::{Broken, Post, Posted};
use wasm_bindgen::prelude::*;
use worker::wasm_bindgen_futures::JsFuture;

use crate::call::js_message;

#[wasm_bindgen(module = "/src/fetch.js")]
extern "C" {
    #[wasm_bindgen(js_name = post)]
    fn begin(url: &str, headers: &str, body: &str, most: f64) -> Exchange;
}

#[wasm_bindgen]
extern "C" {
    /// What `post` gives.
    type Exchange;

    #[wasm_bindgen(method, getter)]
    fn answered(this: &Exchange) -> Promise;

    #[wasm_bindgen(method)]
    fn abort(this: &Exchange);

    /// What it comes to.
    type Fetched;

    #[wasm_bindgen(method, getter)]
    fn status(this: &Fetched) -> u16;

    #[wasm_bindgen(method, getter, js_name = retryAfter)]
    fn retry_after(this: &Fetched) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    fn body(this: &Fetched) -> Option<Vec<u8>>;
}

/// Gives the request up with the wait for it. One that has been answered is not touched by it.
struct UnderWay(Exchange);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Posts a text. Dropping it gives the request up.
///
/// # Errors
/// When nothing comes back.
pub async fn post(post: Post<'_>) -> Result<Posted, Broken> {
    let headers = post.headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into()));
    let headers = serde_json::Value::Object(headers.collect()).to_string();
    #[allow(clippy::cast_precision_loss)] // it is far below 2^53
    let under_way = UnderWay(begin(post.url, &headers, post.body, post.most as f64));
    let fetched = JsFuture::from(under_way.0.answered()).await;
    let fetched: Fetched = fetched.map_err(|error| Broken::Off(js_message(&error)))?.unchecked_into();
    let body = fetched.body().ok_or(Broken::TooLarge)?;
    Ok(Posted { status: fetched.status(), retry_after: fetched.retry_after(), body })
}
