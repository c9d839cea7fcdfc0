//! How an object is called: one JSON request, one JSON answer, types on both ends.
//!
//! Each object's module has its request and answer enums and, beside them, the functions that its callers use, so that
//! caller and callee cannot drift apart.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use js_sys::Promise;
use serde::Serialize;
use serde::de::DeserializeOwned;
use voxora_domain::access::Principal;
use voxora_domain::json;
use wasm_bindgen::prelude::*;
use worker::wasm_bindgen_futures::JsFuture;
use worker::{Env, Request, Response};

use crate::time::{now, within};

#[wasm_bindgen(module = "/src/call.js")]
extern "C" {
    fn ask(env: &JsValue, binding: &str, name: &str, url: &str, accept: &str, body: &str) -> Promise;

    #[wasm_bindgen(js_name = upgrade)]
    fn ask_for_socket(env: &JsValue, binding: &str, name: &str, headers: &str) -> Promise;
}

#[wasm_bindgen]
extern "C" {
    /// What `ask` gives.
    type Answered;

    #[wasm_bindgen(method, getter)]
    fn status(this: &Answered) -> u16;

    #[wasm_bindgen(method, getter)]
    fn text(this: &Answered) -> String;
}

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
    let url = format!("https://object/{path}");
    let (_, answer) = exchange(env, binding, name, &url, "*/*", &body).await.map_err(failed)?;
    json::from_text(&answer).map_err(|error| failed(format!("{error} in its answer")))
}

/// Sends a body to the object called `name`; gives the status and text of its answer, or what the platform says.
pub(crate) async fn exchange(
    env: &Env,
    binding: &str,
    name: &str,
    url: &str,
    accept: &str,
    body: &str,
) -> Result<(u16, String), String> {
    let answered = JsFuture::from(ask(env.as_ref(), binding, name, url, accept, body)).await;
    let answered: Answered = answered.map_err(|error| js_message(&error))?.unchecked_into();
    Ok((answered.status(), answered.text()))
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
    // Not in the address, which the platform logs. A header holds no letter beyond ASCII, a name may.
    let principal = write_principal(principal).map_err(|error| failed(error.to_string()))?;
    let after = after.map(|after| (AFTER, after.to_string()));
    let headers: BTreeMap<_, _> = [(PRINCIPAL, principal)].into_iter().chain(after).collect();
    let headers = serde_json::to_string(&headers).map_err(|error| failed(error.to_string()))?;
    let answer = JsFuture::from(ask_for_socket(env.as_ref(), binding, name, &headers)).await;
    match answer.map_err(|error| failed(js_message(&error)))?.dyn_into::<web_sys::Response>() {
        Ok(accepted) => Ok(Ok(accepted.into())),
        Err(refusal) => json::from_text(&refusal.as_string().unwrap_or_default())
            .map(Err)
            .map_err(|error| failed(format!("{error} in its refusal"))),
    }
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
    json::from_bytes(&json).map_err(|error| error.to_string())
}

/// Reads what an object is asked.
pub(crate) fn read<T: DeserializeOwned>(request: &str) -> worker::Result<T> {
    json::from_text(request).map_err(|misfit| worker::Error::RustError(misfit.to_string()))
}

/// Answers a call.
pub(crate) fn answer<A: Serialize>(answer: &A) -> worker::Result<Response> {
    Response::from_json(answer)
}
