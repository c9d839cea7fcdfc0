//! An HTTP client whose answers check what every answer of the API promises.

use std::fmt::Debug;

use reqwest::redirect::Policy;
use reqwest::{
    Client, Method, StatusCode,
    header::{
        AUTHORIZATION, CONNECTION, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, ORIGIN, SEC_WEBSOCKET_KEY,
        SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, SET_COOKIE, UPGRADE,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use voxora_domain::wire::{BEARER_SUBPROTOCOL_PREFIX, Problem, SUBPROTOCOL};

use crate::{PATIENCE, Server};

/// A client of the REST API, as one person or as nobody.
#[derive(Debug, Clone)]
pub struct Api {
    client: Client,
    /// Where the server is.
    pub origin: String,
    token: Option<String>,
    headers: HeaderMap,
}

impl Api {
    /// A client that has no token.
    #[must_use]
    pub fn anonymous(server: &Server) -> Self {
        // No connection is kept: it might lead to a server that has been killed since.
        let client =
            Client::builder().timeout(PATIENCE).redirect(Policy::none()).pool_max_idle_per_host(0).build();
        let client = client.expect("the client can be made");
        Self { client, origin: server.origin(), token: None, headers: HeaderMap::new() }
    }

    /// The same, with an access token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// The same, without a token.
    #[must_use]
    pub fn anonymously(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    /// The same, with a header on every request.
    #[must_use]
    pub fn with_header(&self, name: HeaderName, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.insert(name, value.parse().expect("the value fits into a header"));
        client
    }

    /// The same, with a cookie.
    #[must_use]
    pub fn with_cookie(&self, cookie: &str) -> Self {
        self.with_header(COOKIE, cookie)
    }

    /// The same, as a page of another site.
    #[must_use]
    pub fn from_site(&self, origin: &str) -> Self {
        self.with_header(ORIGIN, origin)
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, |request| request).await
    }

    /// POST with a JSON body.
    pub async fn post<T: Serialize + ?Sized>(&self, path: &str, body: &T) -> Answer {
        self.call(Method::POST, path, |request| request.json(body)).await
    }

    /// POST without a body.
    pub async fn post_nothing(&self, path: &str) -> Answer {
        self.call(Method::POST, path, |request| request).await
    }

    /// POST with a body of any kind.
    pub async fn post_raw(&self, path: &str, content_type: Option<&str>, body: impl Into<Vec<u8>>) -> Answer {
        let body = body.into();
        self.call(Method::POST, path, |request| match content_type {
            Some(content_type) => request.header(CONTENT_TYPE, content_type).body(body),
            None => request.body(body),
        })
        .await
    }

    /// PATCH with a JSON body.
    pub async fn patch<T: Serialize + ?Sized>(&self, path: &str, body: &T) -> Answer {
        self.call(Method::PATCH, path, |request| request.json(body)).await
    }

    /// Asks for a WebSocket of our subprotocol, with a token or without.
    pub async fn upgrade(&self, path: &str, token: Option<&str>) -> Answer {
        let bearer = token.map(|token| format!(", {BEARER_SUBPROTOCOL_PREFIX}{token}")).unwrap_or_default();
        self.upgrade_to(path, &format!("{SUBPROTOCOL}{bearer}")).await
    }

    /// Asks for a WebSocket with these subprotocols, or with none.
    pub async fn upgrade_to(&self, path: &str, protocols: &str) -> Answer {
        self.call(Method::GET, path, |request| {
            let request = request
                .header(CONNECTION, "Upgrade")
                .header(UPGRADE, "websocket")
                .header(SEC_WEBSOCKET_VERSION, "13")
                .header(SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ==");
            if protocols.is_empty() { request } else { request.header(SEC_WEBSOCKET_PROTOCOL, protocols) }
        })
        .await
    }

    /// Any method, and whatever else the request needs.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        shape: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Answer {
        let what = format!("{method} {path}");
        let mut request =
            self.client.request(method, format!("{}{path}", self.origin)).headers(self.headers.clone());
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let answer = shape(request).send().await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = if status == StatusCode::SWITCHING_PROTOCOLS {
            Vec::new()
        } else {
            answer.bytes().await.unwrap_or_else(|error| panic!("{what}: {error:?}")).to_vec()
        };
        Answer { what, status, headers, body: String::from_utf8(body).expect("answers are UTF-8") }
    }
}

/// What the server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What was asked for.
    pub what: String,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The body of a success.
    #[track_caller]
    pub fn ok<T: DeserializeOwned>(&self, status: u16) -> T {
        self.is(status);
        self.request_id();
        assert_eq!(self.header("content-type").as_deref(), Some("application/json"), "{self:?}");
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Checks the status alone.
    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self
    }

    /// A failure, checked to be a whole problem document with this code.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Problem {
        assert_eq!(self.status.as_u16(), status, "wanted {code}: {self:?}");
        assert_eq!(self.header("content-type").as_deref(), Some("application/problem+json"), "{self:?}");
        let problem: Problem =
            serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        assert_eq!(problem.code.name(), code, "{self:?}");
        assert_eq!(problem.status, status, "{self:?}");
        assert_eq!(problem.kind, problem.code.uri(), "{self:?}");
        assert!(!problem.title.is_empty() && !problem.detail.is_empty(), "{self:?}");
        assert_eq!(problem.request_id, self.request_id(), "{self:?}");
        problem
    }

    /// The request's id, which every answer has.
    #[track_caller]
    pub fn request_id(&self) -> String {
        match self.header("x-request-id") {
            Some(id) if !id.is_empty() => id,
            _ => panic!("there is no x-request-id: {self:?}"),
        }
    }

    /// A header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        Some(self.headers.get(name)?.to_str().ok()?.into())
    }

    /// The refresh cookie that the answer sets: `name=value`, and its attributes in lower case.
    #[track_caller]
    #[must_use]
    pub fn cookie(&self) -> (String, Vec<String>) {
        self.cookie_called("voxora-refresh")
    }

    /// The one cookie that the answer sets with this in its name.
    #[track_caller]
    #[must_use]
    pub fn cookie_called(&self, name: &str) -> (String, Vec<String>) {
        let cookies =
            self.headers.get_all(SET_COOKIE).iter().map(|cookie| cookie.to_str().expect("it is ASCII"));
        let mut cookies =
            cookies.filter(|cookie| cookie.split('=').next().is_some_and(|found| found.contains(name)));
        let (Some(cookie), None) = (cookies.next(), cookies.next()) else {
            panic!("there is not exactly one Set-Cookie of {name}: {self:?}")
        };
        let mut parts = cookie.split(';').map(str::trim);
        let pair = parts.next().unwrap_or_default().to_owned();
        (pair, parts.map(str::to_ascii_lowercase).collect())
    }
}
