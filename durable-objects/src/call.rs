//! How an object is called: one JSON request, one JSON answer, types on both ends.
//!
//! Each object's module has its request and answer enums and, beside them, the functions that its callers use, so that
//! caller and callee cannot drift apart. A stub may be broken after an exception, so each call makes its own.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use voxora_domain::access::Principal;
use wasm_bindgen::{JsCast, JsValue};
use worker::{Env, Headers, Method, Request, RequestInit, Response};

use crate::time::{now, within};

/// How long a call may take that needs nobody but the object.
const PATIENCE: Duration = Duration::from_secs(10);
/// Who asks for a socket (the last version wrote an actor here, and reads one out of a principal), and after which `seq`.
const PRINCIPAL: &str = "x-voxora-actor";
const AFTER: &str = "x-voxora-after";

/// An object could not be reached, or did not answer as it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("object {binding}: {cause}")]
pub struct CallError {
    /// The binding of the object's namespace.
    pub binding: &'static str,
    /// What went wrong, for the log.
    pub cause: String,
}

/// What a JavaScript exception says.
pub(crate) fn js_message(error: &JsValue) -> String {
    error
        .dyn_ref::<js_sys::Error>()
        .map_or_else(|| format!("{error:?}"), |error| String::from(error.message()))
}

/// Sends `request` to the object called `name` and reads its answer.
pub(crate) async fn post<Q: Serialize, A: DeserializeOwned>(
    env: &Env,
    binding: &'static str,
    name: &str,
    request: &Q,
) -> Result<A, CallError> {
    post_to(env, binding, name, "", request).await
}

/// The same for an object that takes several kinds of requests, by their path.
pub(crate) async fn post_to<Q: Serialize, A: DeserializeOwned>(
    env: &Env,
    binding: &'static str,
    name: &str,
    path: &'static str,
    request: &Q,
) -> Result<A, CallError> {
    let failed = |cause: String| CallError { binding, cause };
    let body = serde_json::to_string(request).map_err(|error| failed(error.to_string()))?;
    let answer = async {
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_body(Some(JsValue::from_str(&body)));
        let request = Request::new_with_init(&format!("https://object/{path}"), &init)?;
        let stub = env.durable_object(binding)?.get_by_name(name)?;
        stub.fetch_with_request(request).await?.text().await
    };
    let answer = answer.await.map_err(|error| failed(error.to_string()))?;
    serde_json::from_str(&answer).map_err(|error| failed(format!("{error} in its answer")))
}

/// Gives up a call to an object that takes too long: it may be hanging.
pub(crate) async fn in_time<A>(
    binding: &'static str,
    call: impl Future<Output = Result<A, CallError>>,
) -> Result<A, CallError> {
    let late = || CallError { binding, cause: format!("no answer within {} s", PATIENCE.as_secs()) };
    within(PATIENCE, call).await.unwrap_or_else(|| Err(late()))
}

/// Asks the object called `name` for a socket for somebody. The answer is its 101, or the refusal it wrote as JSON.
pub(crate) async fn upgrade<R: DeserializeOwned>(
    env: &Env,
    binding: &'static str,
    name: &str,
    principal: &Principal,
    after: Option<u64>,
) -> Result<Result<Response, R>, CallError> {
    let failed = |cause: String| CallError { binding, cause };
    let answer = async {
        let headers = Headers::new();
        headers.set("Upgrade", "websocket")?;
        // Not in the address, which the platform logs. A header holds no letter beyond ASCII, a name may.
        headers.set(PRINCIPAL, &write_principal(principal)?)?;
        if let Some(after) = after {
            headers.set(AFTER, &after.to_string())?;
        }
        let mut init = RequestInit::new();
        init.with_headers(headers);
        let request = Request::new_with_init("https://object/socket", &init)?;
        let stub = env.durable_object(binding)?.get_by_name(name)?;
        stub.fetch_with_request(request).await
    };
    let mut answer = answer.await.map_err(|error| failed(error.to_string()))?;
    if answer.status_code() == 101 {
        return Ok(Ok(answer));
    }
    let body = answer.text().await.map_err(|error| failed(error.to_string()))?;
    serde_json::from_str(&body).map(Err).map_err(|error| failed(format!("{error} in its refusal")))
}

/// Reads what [`upgrade`] asks with.
pub(crate) fn read_upgrade(request: &Request) -> worker::Result<(Principal, Option<u64>)> {
    let headers = request.headers();
    let principal = read_principal(&headers.get(PRINCIPAL)?.unwrap_or_default())
        .map_err(worker::Error::RustError)?
        .lasting_from(now());
    Ok((principal, headers.get(AFTER)?.and_then(|after| after.parse().ok())))
}

pub(crate) fn write_principal(principal: &Principal) -> serde_json::Result<String> {
    Ok(BASE64_STANDARD.encode(serde_json::to_string(principal)?))
}

pub(crate) fn read_principal(header: &str) -> Result<Principal, String> {
    let json = BASE64_STANDARD.decode(header).map_err(|error| error.to_string())?;
    serde_json::from_slice(&json).map_err(|error| error.to_string())
}

/// Answers a call.
pub(crate) fn answer<A: Serialize>(answer: &A) -> worker::Result<Response> {
    Response::from_json(answer)
}
