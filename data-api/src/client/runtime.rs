//! Time, chance and the network, as the client needs them: a Worker takes them from JavaScript, a native program from tokio
//! and `reqwest`, a test from its own hands.

use std::future::Future;
use std::time::Duration;

/// Where the client gets time and chance from, and how it reaches the endpoint.
pub trait Runtime {
    /// Milliseconds since 1970.
    fn now(&self) -> i64;

    /// A number from 0 up to, not including, 1. It need not be secret.
    fn random(&self) -> f64;

    /// Comes back after this long.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()>;

    /// Posts a text. Redirects are not followed: whoever one names would get the key. A request whose future is dropped is
    /// given up.
    fn post(&self, post: Post<'_>) -> impl Future<Output = Result<Posted, Broken>>;
}

/// What is posted.
#[derive(Debug, Clone, Copy)]
pub struct Post<'a> {
    /// Where to.
    pub url: &'a str,
    /// Names in small letters; values that a header can carry.
    pub headers: &'a [(&'static str, String)],
    /// The text.
    pub body: &'a str,
    /// How long the answer may be, in bytes.
    pub most: usize,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Posted {
    /// The status.
    pub status: u16,
    /// The header `Retry-After`.
    pub retry_after: Option<String>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Why nothing came back; in words that show neither the address nor a header.
#[derive(Debug, Clone)]
pub enum Broken {
    /// No connection came about. JavaScript does not tell that from one that broke off.
    NotReached(String),
    /// It broke off.
    Off(String),
    /// The answer is too long.
    TooLarge,
}
