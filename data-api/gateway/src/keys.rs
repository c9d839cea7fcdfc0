//! Who may do what: API keys with roles, compared in constant time and kept only as digests.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail, ensure};
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use voxora_data_api::DataApiError;
use voxora_data_api::contract::ActionName;

/// The fewest characters a secret may have.
pub const SHORTEST_SECRET: usize = 32;
/// What stands between keys on one line.
const SEPARATORS: [char; 4] = [' ', '\t', '\r', ','];

/// What a key is good for; each role may also do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// `find`, `findOne` and `aggregate`.
    Read,
    /// All ten actions.
    Write,
    /// Indexes as well.
    Admin,
}

impl Role {
    /// The least role that may carry out an action.
    pub const fn needed_for(action: ActionName) -> Self {
        match action {
            ActionName::FindOne | ActionName::Find | ActionName::Aggregate => Self::Read,
            ActionName::InsertOne
            | ActionName::InsertMany
            | ActionName::UpdateOne
            | ActionName::UpdateMany
            | ActionName::ReplaceOne
            | ActionName::DeleteOne
            | ActionName::DeleteMany => Self::Write,
        }
    }

    /// As it is written in a key.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

/// One key. Its secret is not kept, only what recognises it.
#[derive(Debug)]
pub struct Key {
    /// What logs call it.
    pub name: String,
    /// What it is good for.
    pub role: Role,
    digest: [u8; 32],
}

/// All keys that open this gateway.
#[derive(Debug)]
pub struct Keys(Vec<Key>);

impl Keys {
    /// Reads keys written as `name:role:secret`, separated by white space or commas. Where a key could begin, `#` begins a
    /// comment, to the end of the line; a secret may hold one.
    ///
    /// # Errors
    /// One that names the key that is wrong, by its place and never by its secret, or says that there is none.
    pub fn parse(text: &str) -> Result<Self> {
        let mut names = BTreeSet::new();
        let entries = text
            .lines()
            .flat_map(|line| line.split(SEPARATORS).take_while(|entry| !entry.starts_with('#')))
            .filter(|entry| !entry.is_empty());
        let mut keys = Vec::new();
        for (index, entry) in entries.enumerate() {
            let key = Key::parse(entry).with_context(|| format!("key number {}", index + 1))?;
            ensure!(names.insert(key.name.clone()), "two keys are named '{}'", key.name);
            keys.push(key);
        }
        ensure!(
            !keys.is_empty(),
            "there is no key: give at least one as name:role:secret in GATEWAY_KEYS or in --key-file"
        );
        Ok(Self(keys))
    }

    /// The key that a request brought.
    ///
    /// # Errors
    /// [`DataApiError::Auth`] when it brought none, or none of ours.
    pub fn authenticate(&self, headers: &HeaderMap) -> Result<&Key, DataApiError> {
        let secret = presented(headers)?;
        let digest = digest(&secret);
        // All are compared, so that the time tells nothing about which one was nearly right.
        let mut found = None;
        for key in &self.0 {
            if bool::from(key.digest.ct_eq(&digest)) {
                found = Some(key);
            }
        }
        found.ok_or_else(|| DataApiError::Auth("invalid session: the key is not known here".into()))
    }
}

impl Key {
    fn parse(entry: &str) -> Result<Self> {
        let mut parts = entry.splitn(3, ':');
        let (Some(name), Some(role), Some(secret)) = (parts.next(), parts.next(), parts.next()) else {
            bail!("a key is written as name:role:secret");
        };
        ensure!(!name.is_empty(), "its name is empty");
        let role = [Role::Read, Role::Write, Role::Admin]
            .into_iter()
            .find(|known| known.as_str() == role)
            .with_context(|| format!("the key '{name}' must have the role read, write or admin"))?;
        ensure!(
            secret.chars().count() >= SHORTEST_SECRET,
            "the secret of key '{name}' must have at least {SHORTEST_SECRET} characters"
        );
        Ok(Self { name: name.to_owned(), role, digest: digest(secret.as_bytes()) })
    }
}

fn digest(secret: &[u8]) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// The secret in a request's headers: `apiKey`, `api-key`, or `Authorization` as bearer or basic (its password).
fn presented(headers: &HeaderMap) -> Result<Vec<u8>, DataApiError> {
    if let Some(key) = headers.get("apikey").or_else(|| headers.get("api-key")) {
        return Ok(key.as_bytes().to_vec());
    }
    let unauthenticated = |message: &str| DataApiError::Auth(message.to_owned());
    let Some(authorization) = headers.get(header::AUTHORIZATION) else {
        return Err(unauthenticated(
            "no authentication methods were specified: send the key as header apiKey, or as Authorization: Bearer",
        ));
    };
    let Some((scheme, credentials)) = authorization.to_str().ok().and_then(|value| value.split_once(' '))
    else {
        return Err(unauthenticated(
            "the Authorization header must be 'Bearer <key>' or 'Basic <credentials>'",
        ));
    };
    let credentials = credentials.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok(credentials.as_bytes().to_vec());
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let decoded = BASE64_STANDARD.decode(credentials).ok();
        let password = decoded.as_deref().and_then(|pair| pair.splitn(2, |byte| *byte == b':').nth(1));
        return password
            .map(<[u8]>::to_vec)
            .ok_or_else(|| unauthenticated("the basic credentials are not user:key in base64"));
    }
    Err(unauthenticated("the Authorization header must be Bearer or Basic"))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::{Keys, Role};

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        headers
    }

    #[test]
    fn every_way_to_send_a_key_is_understood() {
        let keys = Keys::parse(&format!(
            "# who may do what\nreports:read:{SECRET}x\nworker:write:{SECRET} # the Worker\n"
        ))
        .unwrap();
        let basic = format!("Basic {}", base64_of(&format!("anyone:{SECRET}")));
        for (name, value) in [
            ("apikey", SECRET.to_owned()),
            ("api-key", SECRET.to_owned()),
            ("authorization", format!("Bearer {SECRET}")),
            ("authorization", format!("bearer  {SECRET}")),
            ("authorization", basic),
        ] {
            let key = keys.authenticate(&headers(name, &value)).unwrap();
            assert_eq!((key.name.as_str(), key.role), ("worker", Role::Write), "{name}: {value}");
        }
    }

    fn base64_of(text: &str) -> String {
        use base64::Engine as _;
        base64::prelude::BASE64_STANDARD.encode(text)
    }

    #[test]
    fn anything_else_stays_outside() {
        let keys = Keys::parse(&format!("worker:write:{SECRET}")).unwrap();
        assert!(keys.authenticate(&HeaderMap::new()).is_err());
        let (shorter, longer) = (&SECRET[..31], format!("{SECRET}0"));
        for (name, value) in [
            ("apikey", ""),
            ("apikey", shorter),
            ("apikey", longer.as_str()),
            ("authorization", SECRET),
            ("authorization", "Bearer"),
            ("authorization", "Bearer "),
            ("authorization", "Basic !!!"),
            ("authorization", "Basic dXNlcg=="),
            ("authorization", "Digest abc"),
        ] {
            assert!(keys.authenticate(&headers(name, value)).is_err(), "{name}: {value}");
        }
    }

    #[test]
    fn wrong_keys_are_refused_at_the_start_without_showing_them() {
        for (text, word) in [
            (String::new(), "there is no key"),
            ("# only a comment".into(), "there is no key"),
            (SECRET.into(), "name:role:secret"),
            (format!(":read:{SECRET}"), "name is empty"),
            (format!("a:owner:{SECRET}"), "role read, write or admin"),
            (format!("a:read:{}", &SECRET[1..]), "at least 32"),
            (format!("a:read:{SECRET},a:write:{SECRET}1"), "two keys are named 'a'"),
        ] {
            let error = format!("{:#}", Keys::parse(&text).unwrap_err());
            assert!(error.contains(word), "{error}");
            assert!(!error.contains(&SECRET[1..]), "{error}");
        }
    }

    #[test]
    fn a_comment_begins_where_a_word_would() {
        let secret = format!("{SECRET}#more#");
        let text =
            format!("#{SECRET}\n worker:write:{secret}\t# the Worker, a:b:c\n,# x\nother:read:{SECRET} #");
        let keys = Keys::parse(&text).unwrap();
        assert_eq!(keys.authenticate(&headers("apikey", &secret)).unwrap().name, "worker");
        assert_eq!(keys.authenticate(&headers("apikey", SECRET)).unwrap().name, "other");
    }

    #[test]
    fn a_role_may_do_what_those_before_it_may() {
        assert!(Role::Admin > Role::Write && Role::Write > Role::Read);
    }
}
