//! Where the document store is and how to get in: the deployment's variables, read and checked in one place for the edge,
//! the objects and native tools.
//!
//! | variable | what |
//! |---|---|
//! | `DATA_API_URL` | the endpoint: `https://host`, with or without `/endpoint/data/v1` or `/app/<id>/endpoint/data/v1` |
//! | `DATA_API_KEY` | the secret: an API key, a bearer token, or `user:password` |
//! | `DATA_API_SOURCE` | the contract's `dataSource`, a cluster's name |
//! | `DATA_API_DATABASE` | the database in it |
//! | `DATA_API_AUTH` | how the secret is shown: `api-key` (when not set), `bearer` or `basic` |
//!
//! None set: documents are kept by the embedded engine. Some set and others not: an error that names what is missing.
//! No secret is ever in a URL, an error or what `Debug` prints.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::DataApiError;
use crate::contract::{ActionName, Namespace};

const URL: &str = "DATA_API_URL";
const KEY: &str = "DATA_API_KEY";
const SOURCE: &str = "DATA_API_SOURCE";
const DATABASE: &str = "DATA_API_DATABASE";
const AUTH: &str = "DATA_API_AUTH";

/// The variables that are needed as soon as one of them, or `DATA_API_AUTH`, is set.
const REQUIRED: [&str; 4] = [URL, KEY, SOURCE, DATABASE];

/// The path below which Atlas's contract has its actions.
const CONTRACT_PATH: &str = "/endpoint/data/v1";

/// How the endpoint learns who is asking.
#[derive(Clone)]
pub enum Credentials {
    /// The header `apiKey`.
    ApiKey(String),
    /// `Authorization: Bearer`.
    Bearer(String),
    /// `Authorization: Basic`, from `user:password`.
    Basic(String),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::ApiKey(_) => "ApiKey(…)",
            Self::Bearer(_) => "Bearer(…)",
            Self::Basic(_) => "Basic(…)",
        })
    }
}

/// How patient the client is and how much it takes.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long one attempt may take, from connecting to the answer's last byte.
    pub timeout: Duration,
    /// How long an action may take with all its attempts and the pauses between them.
    pub deadline: Duration,
    /// How often an action is tried at most.
    pub attempts: u32,
    /// How many requests may be under way at once.
    pub concurrency: usize,
    /// How large an answer may be, in bytes.
    pub answer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(8),
            deadline: Duration::from_secs(20),
            attempts: 4,
            // Of the six that an invocation has, some are left for its other calls.
            concurrency: 4,
            answer_bytes: 16 << 20,
        }
    }
}

/// A document store that is reached over HTTP.
#[derive(Clone)]
pub struct Settings {
    base: String,
    namespace: Namespace,
    header: (&'static str, String),
    /// The parts of the credentials that must not be repeated, should an endpoint's error quote them.
    secrets: Vec<String>,
    /// How patient the client is and how much it takes.
    pub limits: Limits,
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("base", &self.base)
            .field("namespace", &self.namespace)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Reads the deployment's variables; one that is empty counts as not set. `None` when none is set.
    ///
    /// # Errors
    /// [`DataApiError::Misconfigured`], which names the variable and never shows its value.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, DataApiError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let [url, key, source, database] = REQUIRED.map(variable);
        let auth = variable(AUTH);
        let (Some(url), Some(key), Some(data_source), Some(database)) = (&url, &key, &source, &database)
        else {
            let values = [&url, &key, &source, &database];
            if auth.is_none() && values.iter().all(|value| value.is_none()) {
                return Ok(None);
            }
            let missing = REQUIRED.into_iter().zip(values).filter(|(_, value)| value.is_none());
            let missing: Vec<_> = missing.map(|(name, _)| name).collect();
            return Err(misconfigured(format!(
                "{} must be set for a document store over HTTP; to keep documents in the Worker's own storage, remove \
                 every DATA_API_* variable",
                missing.join(", ")
            )));
        };
        let credentials = match auth.as_deref() {
            None | Some("api-key") => Credentials::ApiKey(key.clone()),
            Some("bearer") => Credentials::Bearer(key.clone()),
            Some("basic") => Credentials::Basic(key.clone()),
            Some(_) => return Err(misconfigured(format!("{AUTH} must be api-key, bearer or basic"))),
        };
        let namespace = Namespace { data_source: data_source.clone(), database: database.clone() };
        Self::new(url, namespace, &credentials).map(Some)
    }

    /// An endpoint by its base URL, with or without the contract's path.
    ///
    /// # Errors
    /// [`DataApiError::Misconfigured`] when the URL or the credentials cannot be used.
    pub fn new(base: &str, namespace: Namespace, credentials: &Credentials) -> Result<Self, DataApiError> {
        let base = base_url(base)?;
        let (name, value, secrets) = match credentials {
            Credentials::ApiKey(key) => ("apikey", key.clone(), vec![key.clone()]),
            Credentials::Bearer(token) => ("authorization", format!("Bearer {token}"), vec![token.clone()]),
            Credentials::Basic(pair) => {
                let Some((_, password)) = pair.split_once(':').filter(|(user, _)| !user.is_empty()) else {
                    return Err(misconfigured(format!("{KEY} must be user:password for {AUTH}=basic")));
                };
                let encoded = BASE64_STANDARD.encode(pair);
                ("authorization", format!("Basic {encoded}"), vec![encoded, password.to_owned()])
            }
        };
        if !is_header(&value) {
            return Err(misconfigured(format!(
                "{KEY} holds a character that no header can carry, such as a line break"
            )));
        }
        Ok(Self { base, namespace, header: (name, value), secrets, limits: Limits::default() })
    }

    /// With other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// What stands in every request's body.
    #[must_use]
    pub const fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// Where an action is posted to.
    #[must_use]
    pub fn action_url(&self, name: ActionName) -> String {
        format!("{}/action/{}", self.base, name.as_str())
    }

    /// The header that says who is asking.
    pub const fn header(&self) -> &(&'static str, String) {
        &self.header
    }

    /// A text from elsewhere, without our secrets in it.
    pub(super) fn redacted(&self, text: String) -> String {
        let secrets = self.secrets.iter().filter(|secret| !secret.is_empty());
        secrets.fold(text, |text, secret| text.replace(secret, "[secret]"))
    }
}

/// The endpoint's address in the one form that it has in requests, without a slash at its end.
///
/// Read by hand: what reads every URL there may be weighs 40 kB. What would have to be written otherwise to be sent, such as a
/// blank in the path, is refused.
fn base_url(text: &str) -> Result<String, DataApiError> {
    let unreadable =
        || misconfigured(format!("{URL} is not a URL; it should look like https://data.example.com"));
    let (scheme, rest) = text.trim().split_once("://").ok_or_else(unreadable)?;
    let scheme = scheme.to_ascii_lowercase();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(misconfigured(format!("{URL} holds credentials; they belong into {KEY}")));
    }
    if rest.contains(['?', '#']) {
        return Err(misconfigured(format!("{URL} must end with its path, without '?' and '#'")));
    }
    let (host, port) = authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')).unzip();
    let host = host.unwrap_or(authority).to_ascii_lowercase();
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    let is_address = |host: &str| {
        let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        inner.is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
    };
    let port: Option<u16> = port.map(str::parse).transpose().map_err(|_| unreadable())?;
    let path = rest.get(authority.len()..).unwrap_or_default().trim_end_matches('/');
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@%".contains(&byte);
    let steps_aside = path.split('/').any(|step| matches!(step, "." | ".."));
    if !(is_name(&host) || is_address(&host)) || steps_aside || !path.bytes().all(is_plain) {
        return Err(unreadable());
    }
    let this_machine = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
    let usual = match scheme.as_str() {
        "https" => 443,
        "http" if this_machine => 80,
        _ => {
            return Err(misconfigured(format!(
                "{URL} must begin with https://, so that the key and the documents stay private; http:// is for this \
                 machine alone"
            )));
        }
    };
    let port = port.filter(|port| *port != usual).map(|port| format!(":{port}")).unwrap_or_default();
    let path = path.strip_suffix("/action").unwrap_or(path);
    let is_app = path.strip_prefix("/app/").is_some_and(|id| !id.is_empty() && !id.contains('/'));
    let contract = if is_app { CONTRACT_PATH } else { "" };
    Ok(format!("{scheme}://{host}{port}{path}{contract}"))
}

/// Whether a header can carry a text.
pub(super) fn is_header(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'\t' || matches!(byte, b' '..=b'~'))
}

fn misconfigured(message: String) -> DataApiError {
    DataApiError::Misconfigured(message)
}

#[cfg(test)]
mod tests {
    use super::{Credentials, Settings};
    use crate::DataApiError;
    use crate::contract::{ActionName, Namespace};

    const COMPLETE: [(&str, &str); 4] = [
        ("DATA_API_URL", "https://data.example.com"),
        ("DATA_API_KEY", "correct-horse"),
        ("DATA_API_SOURCE", "Cluster0"),
        ("DATA_API_DATABASE", "voxora"),
    ];

    fn read(variables: &[(&str, &str)]) -> Result<Option<Settings>, DataApiError> {
        Settings::read(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn with(name: &'static str, value: &'static str) -> Vec<(&'static str, &'static str)> {
        let others = COMPLETE.into_iter().filter(|(key, _)| *key != name);
        others.chain([(name, value)]).collect()
    }

    fn refusal(variables: &[(&str, &str)]) -> String {
        match read(variables) {
            Err(DataApiError::Misconfigured(message)) => message,
            other => panic!("{other:?} for {variables:?}"),
        }
    }

    #[test]
    fn none_set_is_no_remote_store() {
        assert!(read(&[]).unwrap().is_none());
        assert!(read(&COMPLETE.map(|(name, _)| (name, ""))).unwrap().is_none());
    }

    #[test]
    fn a_half_set_configuration_names_exactly_what_is_missing() {
        for present in 0_u32..15 {
            let set: Vec<_> = COMPLETE
                .into_iter()
                .enumerate()
                .filter(|(index, _)| present & (1 << index) != 0)
                .map(|(_, variable)| variable)
                .chain([("DATA_API_AUTH", "bearer")])
                .collect();
            let message = refusal(&set);
            for (name, value) in COMPLETE {
                let missing = !set.iter().any(|(key, _)| *key == name);
                assert_eq!(message.contains(name), missing, "{name}: {message}");
                assert!(!message.contains(value), "{message}");
            }
        }
    }

    #[test]
    fn every_form_of_the_url_leads_to_the_actions() {
        for (url, expected) in [
            ("https://data.example.com", "https://data.example.com/action/find"),
            ("https://data.example.com/", "https://data.example.com/action/find"),
            ("https://data.example.com/action/", "https://data.example.com/action/find"),
            (
                "https://data.example.com/endpoint/data/v1",
                "https://data.example.com/endpoint/data/v1/action/find",
            ),
            (
                "https://data.example.com/app/data-abc/endpoint/data/v1/",
                "https://data.example.com/app/data-abc/endpoint/data/v1/action/find",
            ),
            (
                "https://data.example.com/app/data-abc",
                "https://data.example.com/app/data-abc/endpoint/data/v1/action/find",
            ),
            ("http://127.0.0.1:8080/api", "http://127.0.0.1:8080/api/action/find"),
            ("http://[::1]:8080", "http://[::1]:8080/action/find"),
            // One place has one number, however it is written.
            (" HTTPS://Data.Example.com:443/A%20b/ ", "https://data.example.com/A%20b/action/find"),
            ("http://LOCALHOST:80", "http://localhost/action/find"),
        ] {
            let settings = read(&with("DATA_API_URL", url)).unwrap().unwrap();
            assert_eq!(settings.action_url(ActionName::Find).as_str(), expected);
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_without_showing_it() {
        for (name, value, word) in [
            ("DATA_API_URL", "data.example.com", "not a URL"),
            ("DATA_API_URL", "https://", "not a URL"),
            ("DATA_API_URL", "https://hunter2 .example.com", "not a URL"),
            ("DATA_API_URL", "https://data.example.com:hunter2", "not a URL"),
            ("DATA_API_URL", "https://data.example.com/hunter2/../x", "not a URL"),
            ("DATA_API_URL", "https://data.example.com/hunter2 x", "not a URL"),
            ("DATA_API_URL", "https://[hunter2]", "not a URL"),
            ("DATA_API_URL", "https://user:hunter2@data.example.com", "credentials"),
            ("DATA_API_URL", "https://data.example.com/?key=hunter2", "'?'"),
            ("DATA_API_URL", "http://data.example.com", "https://"),
            ("DATA_API_URL", "mongodb://hunter2.example.com", "https://"),
            ("DATA_API_KEY", "hunter2\n", "DATA_API_KEY"),
            ("DATA_API_AUTH", "hunter2", "api-key, bearer or basic"),
        ] {
            let message = refusal(&with(name, value));
            assert!(message.contains(word), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
        let mut basic = with("DATA_API_AUTH", "basic");
        assert!(refusal(&basic).contains("user:password"));
        basic.retain(|(name, _)| *name != "DATA_API_KEY");
        basic.push(("DATA_API_KEY", ":hunter2"));
        assert!(refusal(&basic).contains("user:password"));
    }

    #[test]
    fn credentials_travel_in_their_header_and_nowhere_else() {
        for (auth, key, name, value) in [
            ("api-key", "hunter2", "apikey", "hunter2"),
            ("bearer", "hunter2", "authorization", "Bearer hunter2"),
            ("basic", "ada:hunter2", "authorization", "Basic YWRhOmh1bnRlcjI="),
        ] {
            let mut variables = with("DATA_API_KEY", key);
            variables.push(("DATA_API_AUTH", auth));
            let settings = read(&variables).unwrap().unwrap();
            let (header, sent) = settings.header();
            assert_eq!((*header, sent.as_str()), (name, value));
            let shown = format!("{settings:?}");
            assert!(!shown.contains("hunter2") && !shown.contains("YWRhOmh1bnRlcjI="), "{shown}");
            assert!(!settings.redacted(format!("no such key: {value}")).contains("hunter2"));
        }
        let namespace = Namespace { data_source: "s".into(), database: "d".into() };
        for credentials in [
            Credentials::ApiKey("hunter2".into()),
            Credentials::Bearer("hunter2".into()),
            Credentials::Basic("ada:hunter2".into()),
        ] {
            assert!(!format!("{credentials:?}").contains("hunter2"));
            assert!(Settings::new("https://data.example.com", namespace.clone(), &credentials).is_ok());
        }
    }
}
