//! Time and chance, as the client needs them: a Worker takes them from JavaScript, a native program from tokio, a test
//! from its own hands.

use std::future::Future;
use std::time::Duration;

/// Where the client gets time and chance from.
pub trait Runtime {
    /// Milliseconds since 1970.
    fn now(&self) -> i64;

    /// A number from 0 up to, not including, 1. It need not be secret.
    fn random(&self) -> f64;

    /// Comes back after this long.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()>;
}

/// A native program on tokio.
#[cfg(feature = "native-client")]
#[derive(Debug, Clone, Copy, Default)]
pub struct Tokio;

#[cfg(feature = "native-client")]
impl Runtime for Tokio {
    #[allow(clippy::disallowed_methods, reason = "this is the native caller that the time is taken from")]
    fn now(&self) -> i64 {
        let since_1970 =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
    }

    fn random(&self) -> f64 {
        fastrand::f64()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
