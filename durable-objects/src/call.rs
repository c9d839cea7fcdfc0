//! How an object is called: one JSON request, one JSON answer, types on both ends.
//!
//! Each object's module has its request and answer enums and, beside them, the functions that its callers use, so that
//! caller and callee cannot drift apart.

use std::pin::{Pin, pin};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use js_sys::Promise;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
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
/// Who asks for a socket (the last version wrote an actor here, and reads one out of a principal), after which `seq`, and what they
/// could see until then.
const PRINCIPAL: &str = "x-voxora-actor";
const AFTER: &str = "x-voxora-after";
const SCOPE: &str = "x-voxora-scope";

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

/// An object as it is called.
pub(crate) struct Object<'a> {
    env: &'a Env,
    binding: &'static str,
    name: String,
}

/// What an object answers, as text. It is the same future for all that objects are asked.
type Sent<'a, A> = Pin<Box<dyn Future<Output = Result<A, CallError>> + 'a>>;

impl<'a> Object<'a> {
    /// The object of this name in a namespace.
    pub fn new(env: &'a Env, binding: &'static str, name: impl Into<String>) -> Self {
        Self { env, binding, name: name.into() }
    }

    /// Sends `request` and reads the answer.
    pub fn post<Q: Serialize, A: DeserializeOwned>(
        self,
        request: &Q,
    ) -> impl Future<Output = Result<A, CallError>> + use<'a, Q, A> {
        answered(self.binding, self.send("", serde_json::to_string(request), None))
    }

    /// Sends `request` and gives up an object that takes too long: it may be hanging. Where it takes several kinds of
    /// requests, `path` says which one it is. What it says when it could not do it is a cause for the log.
    pub fn ask<Q: Serialize, A: DeserializeOwned, E: DeserializeOwned + ToString>(
        self,
        path: &'static str,
        request: &Q,
    ) -> impl Future<Output = Result<A, CallError>> + use<'a, Q, A, E> {
        done::<A, E>(self.binding, self.send(path, serde_json::to_string(request), Some(PATIENCE)))
    }

    /// The same, where the caller makes something of what it says when it could not do it.
    pub fn try_to<Q: Serialize, A: DeserializeOwned>(
        self,
        request: &Q,
    ) -> impl Future<Output = Result<A, CallError>> + use<'a, Q, A> {
        answered(self.binding, self.send("", serde_json::to_string(request), Some(PATIENCE)))
    }

    fn send(
        self,
        path: &'static str,
        body: serde_json::Result<String>,
        patience: Option<Duration>,
    ) -> Sent<'a, String> {
        Box::pin(async move {
            let Self { env, binding, name } = self;
            let failed = |cause: String| CallError { binding, cause };
            let body = body.map_err(|error| failed(error.to_string()))?;
            let url = format!("https://object/{path}");
            let (_, answer) =
                exchange(env, binding, &name, &url, "*/*", &body, patience).await.map_err(failed)?;
            Ok(answer)
        })
    }

    /// Asks for a socket for somebody. The answer is the object's 101, or the refusal it wrote as JSON.
    pub async fn upgrade<R: DeserializeOwned>(
        self,
        principal: &Principal,
        after: Option<u64>,
        scope: Option<&str>,
    ) -> Result<Result<Response, R>, CallError> {
        let binding = self.binding;
        match self.send_upgrade(write_principal(principal), after, scope.map(str::to_owned)).await? {
            Ok(accepted) => Ok(Ok(accepted)),
            Err(refusal) => json::from_text(&refusal)
                .map(Err)
                .map_err(|error| CallError { binding, cause: format!("{error} in its refusal") }),
        }
    }

    fn send_upgrade(
        self,
        principal: serde_json::Result<String>,
        after: Option<u64>,
        scope: Option<String>,
    ) -> Sent<'a, Result<Response, String>> {
        Box::pin(async move {
            let Self { env, binding, name } = self;
            let failed = |cause: String| CallError { binding, cause };
            // Not in the address, which the platform logs. A header holds no letter beyond ASCII, a name may.
            let principal = principal.map_err(|error| failed(error.to_string()))?;
            let mut headers = Map::new();
            headers.insert(PRINCIPAL.to_owned(), principal.into());
            if let Some(after) = after {
                headers.insert(AFTER.to_owned(), after.to_string().into());
            }
            if let Some(scope) = scope {
                headers.insert(SCOPE.to_owned(), scope.into());
            }
            let headers = Value::Object(headers).to_string();
            let answer = JsFuture::from(ask_for_socket(env.as_ref(), binding, &name, &headers)).await;
            Ok(match answer.map_err(|error| failed(js_message(&error)))?.dyn_into::<web_sys::Response>() {
                Ok(accepted) => Ok(accepted.into()),
                Err(refusal) => Err(refusal.as_string().unwrap_or_default()),
            })
        })
    }
}

/// Reads an answer.
async fn answered<A: DeserializeOwned>(
    binding: &'static str,
    sent: Sent<'_, String>,
) -> Result<A, CallError> {
    let answer = sent.await?;
    json::from_text(&answer).map_err(|error| CallError { binding, cause: format!("{error} in its answer") })
}

/// Reads the answer of an object that may say why it could not do it.
async fn done<A: DeserializeOwned, E: DeserializeOwned + ToString>(
    binding: &'static str,
    sent: Sent<'_, String>,
) -> Result<A, CallError> {
    let answer: Result<A, E> = answered(binding, sent).await?;
    answer.map_err(|error| CallError { binding, cause: error.to_string() })
}

/// Sends a body to the object called `name`; gives the status and text of its answer, or what the platform says, or that there
/// was none in time.
pub(crate) async fn exchange(
    env: &Env,
    binding: &str,
    name: &str,
    url: &str,
    accept: &str,
    body: &str,
    patience: Option<Duration>,
) -> Result<(u16, String), String> {
    let answer = pin!(JsFuture::from(ask(env.as_ref(), binding, name, url, accept, body)));
    let answered = match patience {
        None => answer.await,
        Some(patience) => {
            let late = || format!("no answer within {} s", patience.as_secs());
            within(patience, answer).await.ok_or_else(late)?
        }
    };
    let answered: Answered = answered.map_err(|error| js_message(&error))?.unchecked_into();
    Ok((answered.status(), answered.text()))
}

/// Reads what [`Object::upgrade`] asks with.
pub(crate) fn read_upgrade(request: &Request) -> worker::Result<(Principal, Option<u64>, Option<String>)> {
    let headers = request.headers();
    let principal = read_principal(&headers.get(PRINCIPAL)?.unwrap_or_default())
        .map_err(worker::Error::RustError)?
        .lasting_from(now());
    Ok((principal, headers.get(AFTER)?.and_then(|after| after.parse().ok()), headers.get(SCOPE)?))
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
pub(crate) fn answer<A: Serialize, E: Serialize>(answer: Result<A, E>) -> worker::Result<Response> {
    match answer {
        Ok(answer) => respond(ok(&answer)?),
        Err(error) => respond(format!("{{\"Err\":{}}}", serde_json::to_string(&error)?)),
    }
}

/// What was done, in the words of a call's answer: as serde writes a `Result`. Written here so that what does not fail in ways
/// of its own is encoded by itself, whatever else might have been answered.
pub(crate) fn ok<A: Serialize>(answer: &A) -> serde_json::Result<String> {
    Ok(format!("{{\"Ok\":{}}}", serde_json::to_string(answer)?))
}

/// Answers with a JSON text.
pub(crate) fn respond(json: String) -> worker::Result<Response> {
    let response = Response::from_bytes(json.into_bytes())?;
    response.headers().set("content-type", "application/json")?;
    Ok(response)
}

/// Refuses a socket.
pub(crate) fn refuse<E: Serialize>(error: &E) -> worker::Result<Response> {
    respond(serde_json::to_string(error)?)
}
