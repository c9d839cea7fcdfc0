//! The document store as the Worker and the rooms reach it.
//!
//! The deployment's variables decide who answers (`voxora_data_api::client::Settings` says which): an endpoint of
//! MongoDB's Data API over HTTP, or, where none is set, the embedded engine, one [`crate::collection::Collection`] object
//! per collection. A configuration that is incomplete answers every action with what is missing: nothing is written to a
//! store that nobody chose.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use voxora_data_api::client::{Breaker, Broken, Client, Post, Posted, Runtime, Settings};
use voxora_data_api::contract::{Action, ActionName, Answer, Namespace};
use voxora_data_api::ejson::Format;
use voxora_data_api::{DataApi, DataApiError};
use worker::Env;

use crate::call;
use crate::fetch;
use crate::time::{now, sleep};

/// How long a collection object may take; as long as the client gives an endpoint, with all its attempts.
const PATIENCE: Duration = Duration::from_secs(20);
/// The binding of the collection objects.
const BINDING: &str = "COLLECTION";

/// One for all requests and objects of an isolate: an endpoint that fails for one fails for all.
static BREAKER: OnceLock<Arc<Breaker>> = OnceLock::new();

/// The deployment's document store.
///
/// Made anew for each request and each turn of an object: what waits in it belongs to that.
pub struct Documents {
    env: Env,
    store: Store,
}

enum Store {
    Embedded,
    Remote(Box<Client<WorkerRuntime>>),
    Misconfigured(DataApiError),
}

impl Documents {
    /// The store that the deployment's variables choose.
    #[must_use]
    pub fn new(env: Env) -> Self {
        let store = match remote(&env) {
            Ok(None) => Store::Embedded,
            Ok(Some(client)) => Store::Remote(Box::new(client)),
            Err(error) => Store::Misconfigured(error),
        };
        Self { env, store }
    }

    /// The embedded store, whatever the variables choose: for moving documents from one store to another.
    #[must_use]
    pub const fn embedded_in(env: Env) -> Self {
        Self { env, store: Store::Embedded }
    }

    /// Whether the variables choose the embedded store.
    #[must_use]
    pub const fn is_embedded(&self) -> bool {
        matches!(self.store, Store::Embedded)
    }

    /// Does not hold earlier failures against the endpoint: an admin says that it works again.
    pub fn trust_again(&self) {
        if let Some(breaker) = BREAKER.get() {
            breaker.close();
        }
    }

    /// Sends this id with every request to an endpoint.
    #[must_use]
    pub fn with_request_id(self, id: &str) -> Self {
        match self.store {
            Store::Remote(client) => {
                Self { store: Store::Remote(Box::new(client.with_request_id(id))), ..self }
            }
            _ => self,
        }
    }

    /// Boxed, so that it is compiled here, once, and not for each crate that awaits it.
    fn carry_out(&self, action: Action) -> Pin<Box<dyn Future<Output = Result<Answer, DataApiError>> + '_>> {
        Box::pin(async move {
            match &self.store {
                Store::Embedded => self.embedded(action).await,
                Store::Remote(client) => client.run(action).await,
                Store::Misconfigured(error) => Err(error.clone()),
            }
        })
    }

    async fn embedded(&self, action: Action) -> Result<Answer, DataApiError> {
        let namespace = Namespace { data_source: "embedded".to_owned(), database: "voxora".to_owned() };
        let (name, body) = (action.name(), action.to_body(&namespace)?);
        let url = format!("https://collection/action/{}", name.as_str());
        let accept = Format::Relaxed.media_type();
        let answer =
            call::exchange(&self.env, BINDING, &action.collection, &url, accept, &body, Some(PATIENCE)).await;
        let (status, body) = answer.map_err(DataApiError::Unavailable)?;
        Answer::from_response(name, status, body.as_bytes())
    }
}

impl DataApi for Documents {
    async fn run(&self, action: Action) -> Result<Answer, DataApiError> {
        self.carry_out(action).await
    }
}

/// The number of the document store that the deployment's variables choose: the same for the same place, another for
/// another. `None` when they do not say clearly.
#[must_use]
pub fn store_number(env: &Env) -> Option<u64> {
    let Some(settings) = settings(env).ok()? else { return Some(1) };
    let Namespace { data_source, database } = settings.namespace();
    let place = [settings.action_url(ActionName::Find).as_str(), data_source, database].join("\n");
    // FNV-1a (Fowler, Noll, Vo), which is the same in every version; the 53 bits that a database carries.
    let hash = place.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    Some(hash >> 11)
}

/// What the deployment's variables say. Variables and secrets are both texts of the environment, and either may hold
/// either.
fn settings(env: &Env) -> Result<Option<Settings>, DataApiError> {
    Settings::read(|name| env.var(name).ok().map(|value| value.to_string()))
}

/// The client of the endpoint that the variables name, if they do.
fn remote(env: &Env) -> Result<Option<Client<WorkerRuntime>>, DataApiError> {
    let Some(settings) = settings(env)? else {
        return Ok(None);
    };
    Ok(Some(Client::new(settings, BREAKER.get_or_init(Arc::default).clone(), WorkerRuntime)))
}

/// Time, chance and the network in a Worker.
struct WorkerRuntime;

impl Runtime for WorkerRuntime {
    fn now(&self) -> i64 {
        now()
    }

    fn random(&self) -> f64 {
        js_sys::Math::random()
    }

    async fn sleep(&self, duration: Duration) {
        sleep(duration).await;
    }

    async fn post(&self, post: Post<'_>) -> Result<Posted, Broken> {
        fetch::post(post).await
    }
}
