//! What is measured: our Worker and Express, each with the same team in it, and somebody who asks.

use std::cell::Cell;
use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use reqwest::header::{COOKIE, HeaderMap, HeaderValue, SET_COOKIE};
use reqwest::{Client, RequestBuilder};
use serde::Serialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use voxora_domain::wire::{AgentSession, Imported, LoginRequest};

use super::data::{Data, PASSWORD};
use crate::server::{Place, Server};
use crate::target::{self, SETUP_TOKEN};

/// Which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Ours, as it is deployed.
    Voxora,
    /// Express 5 over `SQLite`.
    Express,
}

impl Kind {
    /// What a table calls it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Voxora => "ours",
            Self::Express => "Express",
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// Signing in.
    LogIn,
    /// The first page of the people, 50 of 200.
    People,
    /// The first page of the open conversations, 30 of 250 among 5,000.
    Conversations,
    /// The settings.
    Settings,
}

impl Route {
    /// What a table calls it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::LogIn => "Log-in",
            Self::People => "List of people",
            Self::Conversations => "List of conversations",
            Self::Settings => "Settings",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::LogIn => "/api/v1/auth/login",
            Self::People => "/api/v1/users",
            Self::Conversations => "/api/v1/conversations?status=open",
            Self::Settings => "/api/v1/settings",
        }
    }
}

/// How many documents are imported at a time.
const BATCH: usize = 200;
/// How long a connection that is not in use is kept: shorter than either server does.
const KEPT: Duration = Duration::from_secs(2);

/// One of them, running.
pub struct Target {
    /// Which one.
    pub kind: Kind,
    /// Its processes.
    pub server: Server,
    http: Client,
    people: Vec<Person>,
    /// Whose turn it is to sign in.
    next: Cell<usize>,
    bearer: String,
    since: Instant,
}

/// Somebody who signs in.
struct Person {
    email: String,
    /// By which the account knows their device, where the server has that.
    device: Option<HeaderValue>,
}

impl Target {
    /// Starts it, fills it, and has everybody sign in once.
    pub async fn start(place: &Place, kind: Kind, data: &Data) -> Result<Self> {
        let http = Client::builder().pool_idle_timeout(KEPT).build()?;
        let server = match kind {
            Kind::Voxora => {
                let server = target::worker(place, &[])?;
                // A deployment that has nobody yet is opened by its backup.
                import(&http, &server, SETUP_TOKEN, "users", &data.people).await?;
                server
            }
            Kind::Express => {
                target::install_packages(&place.repository)?;
                let folder = TempDir::with_prefix_in("voxora-bench-", &place.storage)?;
                let file = folder.path().join("data.json");
                fs::write(&file, serde_json::to_string(data)?)?;
                Server::start(place, "express/server.mjs", json!({ "data": file }))?
            }
        };
        let people =
            data.people.iter().map(|user| Person { email: user.email.clone(), device: None }).collect();
        let (next, bearer, since) = (Cell::new(0), String::new(), Instant::now());
        let mut target = Self { kind, server, http, people, next, bearer, since };
        target.renew().await?;
        if kind == Kind::Voxora {
            let Self { http, server, bearer, .. } = &target;
            import(http, server, bearer, "conversations", &data.conversations).await?;
            import(http, server, bearer, "settings", std::slice::from_ref(&data.settings)).await?;
        }
        for index in 1..target.people.len() {
            target.sign_in(index).await?;
        }
        Ok(target)
    }

    /// Signs in again before the access token, which is good for a quarter of an hour, ends in the middle of a round.
    pub async fn renew(&mut self) -> Result<()> {
        if self.bearer.is_empty() || self.since.elapsed() > Duration::from_mins(5) {
            let session: AgentSession = serde_json::from_slice(&self.sign_in(0).await?)?;
            self.bearer = session.access_token;
            self.since = Instant::now();
        }
        Ok(())
    }

    /// Signs somebody in, and keeps by which the account knows the device from then on.
    async fn sign_in(&mut self, index: usize) -> Result<Vec<u8>> {
        let (headers, body) = answered(self.log_in(index)?).await?;
        let cookies = headers.get_all(SET_COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.filter_map(|cookie| cookie.split(';').next());
        let device = pairs.find(|pair| pair.contains("-device-"));
        if let Some(person) = self.people.get_mut(index) {
            person.device = device.map(HeaderValue::from_str).transpose()?;
        }
        Ok(body)
    }

    fn log_in(&self, index: usize) -> Result<RequestBuilder> {
        let person = self.people.get(index).context("there is such a person")?;
        let login = LoginRequest { email: person.email.clone(), password: PASSWORD.to_owned() };
        let request = self.http.post(self.url(Route::LogIn)).json(&login);
        Ok(match &person.device {
            Some(device) => request.header(COOKIE, device),
            None => request,
        })
    }

    fn url(&self, route: Route) -> String {
        format!("{}{}", self.server.origin, route.path())
    }

    /// Asks once, and gives the answer. Anything but a success is an error: what is refused is quick.
    pub async fn ask(&self, route: Route) -> Result<Vec<u8>> {
        let request = match route {
            Route::LogIn => {
                // One after the other, so that no account signs in twice at once.
                let index = self.next.get();
                self.next.set((index + 1) % self.people.len());
                self.log_in(index)?
            }
            _ => self.http.get(self.url(route)).bearer_auth(&self.bearer),
        };
        let (_, body) = answered(request).await.with_context(|| route.path())?;
        Ok(body)
    }

    /// What a route says here that all targets must say alike.
    pub async fn says(&self, route: Route) -> Result<Value> {
        self.next.set(0);
        let mut said = serde_json::from_slice(&self.ask(route).await?)?;
        leave_out_what_differs(&mut said);
        Ok(said)
    }
}

/// Tokens are each server's own, and when somebody signed in last is a matter of the run.
fn leave_out_what_differs(said: &mut Value) {
    match said {
        Value::Array(items) => items.iter_mut().for_each(leave_out_what_differs),
        Value::Object(fields) => {
            fields.retain(|name, _| !["accessToken", "lastSeenAt"].contains(&name.as_str()));
            fields.values_mut().for_each(leave_out_what_differs);
        }
        _ => {}
    }
}

async fn import<T: Serialize>(
    http: &Client,
    server: &Server,
    token: &str,
    collection: &str,
    documents: &[T],
) -> Result<()> {
    let url = format!("{}/api/v1/import/{collection}", server.origin);
    for batch in documents.chunks(BATCH) {
        let mut lines = String::new();
        for document in batch {
            writeln!(lines, "{}", serde_json::to_string(document)?)?;
        }
        let request = http.post(&url).bearer_auth(token).body(lines);
        let (_, body) = answered(request).await.with_context(|| format!("importing {collection}"))?;
        let Imported { inserted, .. } = serde_json::from_slice(&body)?;
        ensure!(
            usize::try_from(inserted)? == batch.len(),
            "{inserted} of {} {collection} are new",
            batch.len()
        );
    }
    Ok(())
}

async fn answered(request: RequestBuilder) -> Result<(HeaderMap, Vec<u8>)> {
    let mut answer = request.send().await?;
    let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
    let body = answer.bytes().await?.to_vec();
    if !status.is_success() {
        bail!("answered with {status}: {}", String::from_utf8_lossy(&body));
    }
    Ok((headers, body))
}
