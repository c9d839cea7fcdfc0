//! What a handler takes of its request: each of its parameters is an extractor, which reads one thing of the [`Call`] and
//! refuses what does not fit, in the order of the parameters.
//!
//! Extractors have nothing to await, because the body was read before them. So a handler is compiled to its own story and a
//! plain call of each extractor; axum's handlers await theirs, and each had the state machines of all of its own in it
//! (`docs/ARCHITECTURE.md`, "The Worker's size").

use std::pin::Pin;

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, Uri};
use percent_encoding::percent_decode_str;
use voxora_domain::access::Principal;

use crate::app::App;
use crate::error::AppError;

/// A request that its row of the route table let through.
pub struct Call {
    pub app: App,
    /// Method, address, headers, and what the platform knows of whoever asks.
    pub parts: Parts,
    /// What stands in the places of the path that vary, as it came.
    pub places: Vec<String>,
    /// Who asks, where the row asks for a permission.
    pub principal: Option<Principal>,
    /// The body, or why it could not be read. A route that takes none does not look.
    pub body: Result<Bytes, AppError>,
}

impl Call {
    /// What stands in this place of the path, decoded; the row's path has as many.
    ///
    /// # Errors
    /// When it is not UTF-8.
    pub fn place(&self, index: usize) -> Result<String, AppError> {
        let place = self.places.get(index).map(String::as_str).unwrap_or_default();
        let decoded = percent_decode_str(place).decode_utf8();
        decoded
            .map(Into::into)
            .map_err(|_| AppError::invalid_request("The path must be UTF-8, percent-encoded."))
    }
}

/// Something that a handler takes of its request.
pub trait Extract: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// When the request has it not, or not as it should be.
    fn extract(call: &mut Call) -> Result<Self, AppError>;
}

impl Extract for App {
    fn extract(call: &mut Call) -> Result<Self, AppError> {
        Ok(call.app.clone())
    }
}

impl Extract for HeaderMap {
    fn extract(call: &mut Call) -> Result<Self, AppError> {
        Ok(call.parts.headers.clone())
    }
}

impl Extract for Uri {
    fn extract(call: &mut Call) -> Result<Self, AppError> {
        Ok(call.parts.uri.clone())
    }
}

impl Extract for Bytes {
    /// The body, whatever it is.
    fn extract(call: &mut Call) -> Result<Self, AppError> {
        call.body.clone()
    }
}

/// What becomes of a call.
pub type Answer = Pin<Box<dyn Future<Output = Response>>>;

/// A function that answers calls, whatever it takes: `T` are its parameters.
pub trait Handler<T>: Clone + Send + Sync + 'static {
    /// Answers a call.
    fn call(&self, call: Call) -> Answer;
}

macro_rules! handler {
    ($($parameter:ident),*) => {
        impl<F, A, R, $($parameter,)*> Handler<($($parameter,)*)> for F
        where
            F: Fn($($parameter),*) -> A + Clone + Send + Sync + 'static,
            A: Future<Output = R> + 'static,
            R: IntoResponse,
            $($parameter: Extract,)*
        {
            #[allow(non_snake_case, reason = "a value is called like its type")]
            #[allow(unused_mut, unused_variables, reason = "of a handler that takes nothing")]
            fn call(&self, mut call: Call) -> Answer {
                $(let $parameter = match $parameter::extract(&mut call) {
                    Ok(value) => value,
                    Err(refusal) => return refused(refusal),
                };)*
                let answer = self($($parameter),*);
                Box::pin(async { answer.await.into_response() })
            }
        }
    };
}

handler!();
handler!(P1);
handler!(P1, P2);
handler!(P1, P2, P3);
handler!(P1, P2, P3, P4);
handler!(P1, P2, P3, P4, P5);
handler!(P1, P2, P3, P4, P5, P6);
handler!(P1, P2, P3, P4, P5, P6, P7);

fn refused(refusal: AppError) -> Answer {
    Box::pin(std::future::ready(refusal.into_response()))
}
