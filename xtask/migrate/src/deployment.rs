//! A deployment's embedded store, reached over its routes for admins: `export` and `import`.

use std::cell::RefCell;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use reqwest::header::{COOKIE, RETRY_AFTER, SET_COOKIE};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use serde::Deserialize;
use serde_json::{Value, json};
use voxora_data_api::document::{self, Document};

use crate::lines::{lines, read_line};
use crate::written::Written;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_mins(1);
/// How often a request is tried that got no answer, or the answer to wait.
const ATTEMPTS: u32 = 8;
/// The longest pause between two of them.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Who signs in. The password came from the environment or from a prompt, never from the command line.
pub struct Admin {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
}

/// One deployment.
pub struct Deployment {
    http: reqwest::Client,
    origin: Url,
    admin: Admin,
    session: RefCell<Option<Session>>,
}

#[derive(Clone)]
struct Session {
    token: String,
    /// What ends it.
    cookie: String,
}

impl Deployment {
    /// # Errors
    /// When the address cannot be used.
    pub fn new(address: &str, admin: Admin) -> Result<Self> {
        let origin = Url::parse(address).with_context(|| {
            format!("--deployment must look like https://chat.example.com; it is {address}")
        })?;
        let this_machine = matches!(origin.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        ensure!(
            origin.scheme() == "https" || (origin.scheme() == "http" && this_machine),
            "--deployment must begin with https://: a password is sent there"
        );
        // One that is there already serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .build()?;
        Ok(Self { http, origin, admin, session: RefCell::new(None) })
    }

    /// Where it is.
    pub fn origin(&self) -> &str {
        self.origin.as_str().trim_end_matches('/')
    }

    /// See `Place::page`.
    pub async fn page(&self, collection: &str, after: Option<&str>) -> Result<Vec<Document>> {
        let what = format!("cannot export {collection}");
        let path = format!("api/v1/export/{collection}");
        let mut url = self.url(&path)?;
        if let Some(after) = after {
            url.query_pairs_mut().append_pair("after", after);
        }
        let response = self.as_admin(|http| http.get(url.clone())).await.context(what.clone())?;
        let body = succeeded(response).await.context(what.clone())?;
        let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| read_line(line).context(what.clone())).collect()
    }

    /// See `Place::insert`.
    pub async fn insert(&self, collection: &str, documents: &[Document]) -> Result<Written> {
        match self.import(collection, documents, false).await? {
            Ok(written) => return Ok(written),
            Err(reason) if documents.len() == 1 => return refused(documents, reason),
            Err(_) => {}
        }
        let mut written = Written::default();
        for document in documents {
            let one = std::slice::from_ref(document);
            written.add(match self.import(collection, one, false).await? {
                Ok(written) => written,
                Err(reason) => refused(one, reason)?,
            });
        }
        Ok(written)
    }

    /// See `Place::renew`.
    pub async fn renew(&self, collection: &str, source: &Document) -> Result<()> {
        match self.import(collection, std::slice::from_ref(source), true).await? {
            Ok(_) => Ok(()),
            Err(reason) => bail!("cannot renew {} of {collection}: {reason}", document::id(source)?),
        }
    }

    /// Imports some, or says why they are refused for good. With `renew` older versions of them are brought up to date.
    async fn import(
        &self,
        collection: &str,
        documents: &[Document],
        renew: bool,
    ) -> Result<std::result::Result<Written, String>> {
        let lines = lines(documents)?;
        let mut url = self.url(&format!("api/v1/import/{collection}"))?;
        if renew {
            url.set_query(Some("renew=true"));
        }
        let response = self.as_admin(|http| http.post(url.clone()).body(lines.clone())).await?;
        imported(response).await.with_context(|| format!("cannot import {collection}"))
    }

    /// Who signs in there.
    pub fn admin(&self) -> &str {
        &self.admin.email
    }

    /// Whether nobody has set it up yet.
    pub async fn has_nobody(&self) -> Result<bool> {
        #[derive(Deserialize)]
        struct Setup {
            required: bool,
        }
        let url = self.url("api/v1/setup")?;
        let response = self.patiently(|| self.http.get(url.clone())).await?;
        let setup: Setup = serde_json::from_slice(&succeeded(response).await?)?;
        Ok(setup.required)
    }

    /// Sets it up with users instead of a first admin, by its `SETUP_TOKEN`.
    pub async fn set_up(&self, token: &str, users: &[Document]) -> Result<()> {
        let url = self.url("api/v1/import/users")?;
        let lines = lines(users)?;
        let response =
            self.patiently(|| self.http.post(url.clone()).bearer_auth(token).body(lines.clone())).await?;
        match imported(response).await.context("the first users cannot be imported")? {
            Ok(_) => Ok(()),
            Err(reason) => bail!("the first users cannot be imported: {reason}"),
        }
    }

    /// Ends the session, if there is one.
    pub async fn sign_out(&self) {
        let Some(session) = self.session.borrow_mut().take() else { return };
        let Ok(url) = self.url("api/v1/auth/logout") else { return };
        // Left alone it would end by itself, some weeks later.
        let _ = self.http.post(url).header(COOKIE, session.cookie).send().await;
    }

    fn url(&self, path: &str) -> Result<Url> {
        let base = format!("{}/{path}", self.origin());
        Url::parse(&base).with_context(|| format!("{base} is no address"))
    }

    /// Sends a request as the admin; signs in when nobody has, or the token's time is over.
    async fn as_admin(&self, request: impl Fn(&reqwest::Client) -> RequestBuilder) -> Result<Response> {
        let before = self.session.borrow().clone();
        let session = match before {
            Some(session) => session,
            None => self.sign_in().await?,
        };
        let response = self.patiently(|| request(&self.http).bearer_auth(&session.token)).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        self.sign_out().await;
        let session = self.sign_in().await?;
        self.patiently(|| request(&self.http).bearer_auth(&session.token)).await
    }

    async fn sign_in(&self) -> Result<Session> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            access_token: String,
        }
        let url = self.url("api/v1/auth/login")?;
        let login = json!({ "email": self.admin.email, "password": self.admin.password });
        let response = self.patiently(|| self.http.request(Method::POST, url.clone()).json(&login)).await?;
        let cookie = response.headers().get(SET_COOKIE).and_then(|cookie| cookie.to_str().ok());
        let cookie = cookie.and_then(|cookie| cookie.split(';').next()).unwrap_or_default().to_owned();
        let body = succeeded(response).await.context("cannot sign in")?;
        let Answer { access_token } =
            serde_json::from_slice(&body).context("the answer to signing in was not understood")?;
        let session = Session { token: access_token, cookie };
        *self.session.borrow_mut() = Some(session.clone());
        Ok(session)
    }

    /// Sends a request until there is an answer to it that is not a wish to wait. All requests here can be repeated.
    async fn patiently(&self, request: impl Fn() -> RequestBuilder) -> Result<Response> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let answer = request().send().await;
            let wait = match &answer {
                Ok(response) if !is_passing(response.status()) => return Ok(answer?),
                Ok(response) => retry_after(response),
                Err(_) => None,
            };
            if attempt == ATTEMPTS {
                return answer.with_context(|| format!("{} does not answer", self.origin()));
            }
            let pause = Duration::from_secs(1 << (attempt - 1)).max(wait.unwrap_or_default());
            tokio::time::sleep(pause.min(LONGEST_PAUSE.max(wait.unwrap_or_default()))).await;
        }
    }
}

fn is_passing(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

fn retry_after(response: &Response) -> Option<Duration> {
    response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

async fn succeeded(response: Response) -> Result<Vec<u8>> {
    let status = response.status();
    let body = response.bytes().await.context("the answer broke off")?;
    ensure!(status.is_success(), "{status}: {}", detail(&body));
    Ok(body.into())
}

async fn imported(response: Response) -> Result<std::result::Result<Written, String>> {
    #[derive(Deserialize)]
    struct Answer {
        inserted: u64,
        present: u64,
    }
    if matches!(response.status(), StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY) {
        return Ok(Err(detail(&response.bytes().await?)));
    }
    let Answer { inserted, present } = serde_json::from_slice(&succeeded(response).await?)?;
    Ok(Ok(Written { inserted, present, refused: Vec::new() }))
}

/// What a problem document says.
fn detail(body: &[u8]) -> String {
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let detail = problem.get("detail").and_then(Value::as_str);
    detail.map_or_else(|| String::from_utf8_lossy(body).chars().take(200).collect(), str::to_owned)
}

fn refused(documents: &[Document], reason: String) -> Result<Written> {
    let id = documents.first().map(document::id).transpose()?.unwrap_or_default().to_owned();
    Ok(Written { refused: vec![(id, reason)], ..Written::default() })
}
