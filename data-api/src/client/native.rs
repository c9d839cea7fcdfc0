//! What the client needs, of a native program: requests by `reqwest`, time by tokio.

use reqwest::Response;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};

use super::runtime::{Broken, Post, Posted};
use crate::DataApiError;

/// Sends requests, and follows no redirect.
#[derive(Debug, Clone)]
pub struct Http(reqwest::Client);

impl Http {
    /// With no connection yet.
    ///
    /// # Errors
    /// [`DataApiError::Misconfigured`] when TLS cannot be set up.
    pub fn new() -> Result<Self, DataApiError> {
        // One that is there already serves as well.
        #[cfg(feature = "tls")]
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        client.map(Self).map_err(|error| {
            let cause = error.without_url();
            DataApiError::Misconfigured(format!("the HTTP client cannot be set up: {cause}"))
        })
    }

    /// See [`super::Runtime::post`].
    ///
    /// # Errors
    /// When nothing comes back.
    pub async fn post(&self, post: Post<'_>) -> Result<Posted, Broken> {
        let mut headers = HeaderMap::new();
        for (name, value) in post.headers {
            if let Ok(mut value) = HeaderValue::from_str(value) {
                value.set_sensitive(true);
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        let request = self.0.post(post.url).headers(headers).body(post.body.to_owned());
        let response = request.send().await.map_err(broken)?;
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|wait| wait.to_str().ok());
        let (status, retry_after) = (response.status().as_u16(), retry_after.map(str::to_owned));
        Ok(Posted { status, retry_after, body: read(response, post.most).await? })
    }
}

/// Reads a body up to a limit.
async fn read(mut response: Response, most: usize) -> Result<Vec<u8>, Broken> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len().saturating_add(chunk.len()) > most {
            return Err(Broken::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A connection that did not come about or did not hold.
fn broken(error: reqwest::Error) -> Broken {
    let is_reached = !error.is_connect();
    // Without the address.
    let error = error.without_url();
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(deeper) = cause {
        message = format!("{message}: {deeper}");
        cause = deeper.source();
    }
    if is_reached { Broken::Off(message) } else { Broken::NotReached(message) }
}

/// A native program on tokio.
#[cfg(feature = "native-client")]
#[derive(Debug, Clone)]
pub struct Tokio(Http);

#[cfg(feature = "native-client")]
impl Tokio {
    /// With no connection yet.
    ///
    /// # Errors
    /// As of [`Http::new`].
    pub fn new() -> Result<Self, DataApiError> {
        Http::new().map(Self)
    }
}

#[cfg(feature = "native-client")]
impl super::Runtime for Tokio {
    #[allow(clippy::disallowed_methods, reason = "this is the native caller that the time is taken from")]
    fn now(&self) -> i64 {
        let since_1970 =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
    }

    fn random(&self) -> f64 {
        fastrand::f64()
    }

    async fn sleep(&self, duration: std::time::Duration) {
        tokio::time::sleep(duration).await;
    }

    async fn post(&self, post: Post<'_>) -> Result<Posted, Broken> {
        self.0.post(post).await
    }
}
