//! Sign-ins of users, and the refresh tokens that carry them on.
//!
//! A refresh token is used once, and replaced (refresh token rotation). It names its session and its generation, holds 128
//! random bits, and is signed with the deployment's secret: the store keeps no token and no way to make one. The store knows
//! the generation that was used last, and a hash of the token that was:
//!
//! | presented | means | answer |
//! |---|---|---|
//! | the next generation | the usual refresh | it becomes the one used last; a token of the generation after it |
//! | the one used last | the answer was lost, or two tabs asked at once: no successor has been used | another successor |
//! | its twin, or a predecessor | a twin or a successor has been used, less than [`GRACE`] ago | another successor: requests of two tabs overtook each other |
//! | these later, or anything older | somebody else has used this session | theft: the session ends |
//!
//! So an answer may be lost at any time and as often as it likes. A thief and the owner who both hold a token get
//! successors that differ; the first one used makes every other one a proof of theft.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;
use voxora_data_api::DataApi;
use voxora_data_api::document::{Date, Document};
use voxora_data_api::query::{Filter, Update};
use voxora_data_api::schema::CollectionSchema;
use voxora_domain::id::{SessionId, UserId};
use voxora_domain::wire::User;

use crate::collection::{Collection, neither, stays};
use crate::shape::{Part, Required, Shape, check};
use crate::time::numbers_to_dates;
use crate::{Store, StoreError, Time};

/// No index but that of `_id`: a session is found by its id alone. Since version 2 times are dates.
pub static SCHEMA: CollectionSchema = CollectionSchema::new("sessions", 2, &[], &[]).upgraded_by(upgrade);

/// See [`crate::collections`]. Sessions are nobody's to copy: people sign in again.
pub static COLLECTION: Collection = Collection {
    schema: &SCHEMA,
    movable: false,
    upgrade,
    check: |document| check(document, SHAPE),
    newer: neither,
    renewal: stays,
};

const VERSION: u32 = 2;

/// For how long a session lasts after its last use, in seconds.
pub const SECONDS: i64 = 30 * 24 * 60 * 60;
/// For how long after a token was used its twins and its predecessor may still arrive, in milliseconds: tabs share one cookie,
/// and their requests overtake each other.
pub const GRACE: i64 = 30_000;

/// A sign-in as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionDocument {
    /// The session's id.
    #[serde(rename = "_id")]
    pub id: SessionId,
    /// The version of this shape; 0 of one that the version before stored.
    #[serde(default)]
    pub version: u32,
    /// Whose it is.
    pub user_id: UserId,
    /// The generation of the token that was used last; 0 before the first use.
    #[serde(default)]
    pub generation: u64,
    /// The hash of that token.
    #[serde(default)]
    pub used_hash: Option<String>,
    /// When it was used.
    #[serde(alias = "rotatedAt")]
    pub used_at: Time,
    /// When the user signed in.
    pub created_at: Time,
    /// When it ends unless it is used.
    pub expires_at: Time,
    /// The hash of the token that the version before handed out last. Its first use brings the session over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token_hash: Option<String>,
}

const SHAPE: &[Part] = &[
    ("_id", Required, Shape::Uuid),
    ("userId", Required, Shape::Uuid),
    ("createdAt", Required, Shape::Date),
    ("expiresAt", Required, Shape::Date),
];

fn upgrade(document: &mut Document) {
    if !document.contains_key("version") {
        numbers_to_dates(document, &["createdAt", "rotatedAt", "expiresAt"]);
        document.insert("version".to_owned(), VERSION.into());
    }
}

/// A refresh token as the browser holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// Its session.
    pub session: SessionId,
    /// What follows the session's id.
    secret: String,
}

impl RefreshToken {
    /// Reads what [`RefreshToken::text`] wrote.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (session, secret) = text.split_once('.')?;
        Some(Self { session: session.parse().ok()?, secret: secret.to_owned() })
    }

    /// The token as text: `session.generation.random bits.signature`.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}.{}", self.session, self.secret)
    }

    /// A new token of this generation.
    fn new(session: SessionId, generation: u64, secret: &str) -> Result<Self, StoreError> {
        let internal = |error: &dyn std::fmt::Display| StoreError::Internal(error.to_string());
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| internal(&error))?;
        let signed = format!("{generation}.{}", BASE64_URL_SAFE_NO_PAD.encode(bytes));
        let signature = signature(session, &signed, secret).map_err(|error| internal(&error))?;
        Ok(Self { session, secret: format!("{signed}.{signature}") })
    }

    /// Its generation, if the deployment signed it.
    fn generation(&self, secret: &str) -> Option<u64> {
        let (signed, claimed) = self.secret.rsplit_once('.')?;
        let expected = signature(self.session, signed, secret).ok()?;
        let good: bool = claimed.as_bytes().ct_eq(expected.as_bytes()).into();
        signed.split_once('.').filter(|_| good)?.0.parse().ok()
    }

    /// What the store keeps of it. It holds enough that is random, so a plain hash is enough.
    fn hash(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(self.secret.as_bytes()))
    }

    /// Whether the store's hash is this token's, in constant time.
    fn is(&self, hash: Option<&str>) -> bool {
        hash.is_some_and(|hash| self.hash().as_bytes().ct_eq(hash.as_bytes()).into())
    }
}

/// HMAC-SHA256. What is signed begins with words that no JWT begins with, which the same secret signs.
fn signature(session: SessionId, signed: &str, secret: &str) -> Result<String, hmac::digest::InvalidLength> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())?;
    mac.update(format!("voxora refresh token\n{session}\n{signed}").as_bytes());
    Ok(BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// The sessions of a deployment.
pub struct Sessions<'a, D> {
    pub(crate) store: &'a Store<D>,
    pub(crate) secret: &'a str,
}

impl<D: DataApi> Sessions<'_, D> {
    /// Begins a session: its first token.
    ///
    /// # Errors
    /// When there is no randomness, or the document store fails.
    pub async fn open(&self, user: UserId) -> Result<RefreshToken, StoreError> {
        let now = self.store.now;
        let session = SessionDocument {
            id: SessionId::new(Uuid::new_v4()),
            version: VERSION,
            user_id: user,
            generation: 0,
            used_hash: None,
            used_at: Time(now),
            created_at: Time(now),
            expires_at: Time(self.expiry()),
            token_hash: None,
        };
        let token = RefreshToken::new(session.id, 1, self.secret)?;
        self.store.documents.insert_one(SCHEMA.name, &session).await?;
        Ok(token)
    }

    /// Goes on with a session: whose it is, and the token that takes the presented one's place.
    ///
    /// # Errors
    /// [`StoreError::SessionEnded`], or when the document store fails.
    pub async fn refresh(&self, presented: &RefreshToken) -> Result<(User, RefreshToken), StoreError> {
        let mut session = self.find(presented.session).await?.ok_or(StoreError::SessionEnded)?;
        if session.expires_at.0 <= self.store.now {
            self.close(session.id).await?;
            return Err(StoreError::SessionEnded);
        }
        let generation = self.generation(&session, presented).ok_or(StoreError::SessionEnded)?;
        if generation == session.generation + 1 {
            if self.use_up(&session, presented, generation).await? {
                return self.next(&session, generation).await;
            }
            // Another request used this token, or its twin, between reading and writing.
            session = self.find(presented.session).await?.ok_or(StoreError::SessionEnded)?;
        }
        let is_repeat = generation == session.generation && presented.is(session.used_hash.as_deref());
        let is_close = generation + 1 >= session.generation;
        let in_grace = is_close && self.store.now.saturating_sub(session.used_at.0) <= GRACE;
        if generation > session.generation {
            // It was made by a store that has since been set back.
            return Err(StoreError::SessionEnded);
        }
        if !is_repeat && !in_grace {
            // Two parties have used tokens of this session: whoever is the thief, it ends.
            self.close(session.id).await?;
            return Err(StoreError::SessionEnded);
        }
        self.next(&session, session.generation).await
    }

    /// Whose session a token is of, if it is one.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn holder(&self, presented: &RefreshToken) -> Result<Option<UserId>, StoreError> {
        let session = self.find(presented.session).await?;
        let proven = session.filter(|session| self.generation(session, presented).is_some());
        Ok(proven.map(|session| session.user_id))
    }

    /// Ends the session of a token, if it is one. A session's id alone ends nothing: ids are in access tokens.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn sign_out(&self, presented: &RefreshToken) -> Result<(), StoreError> {
        match self.find(presented.session).await? {
            Some(session) if self.generation(&session, presented).is_some() => self.close(session.id).await,
            _ => Ok(()),
        }
    }

    /// The generation of a token of this session; `None` when it is none. The one that the version before handed out last
    /// counts as the first.
    fn generation(&self, session: &SessionDocument, presented: &RefreshToken) -> Option<u64> {
        let before = || presented.is(session.token_hash.as_deref()).then_some(1);
        presented.generation(self.secret).or_else(before)
    }

    /// Notes that a token of the next generation has been used; false when another one has been.
    async fn use_up(
        &self,
        session: &SessionDocument,
        presented: &RefreshToken,
        generation: u64,
    ) -> Result<bool, StoreError> {
        // A session of the version before has no generation yet; null stands for that.
        let before = (session.generation > 0).then_some(session.generation);
        let unchanged = Filter::id(session.id.to_string())
            .and(Filter::in_("generation", [before, Some(session.generation)]));
        let change = Update::new()
            .set("version", VERSION)
            .set("generation", generation)
            .set("usedHash", presented.hash())
            .set("usedAt", Date(self.store.now))
            .set("createdAt", session.created_at)
            .set("expiresAt", Date(self.expiry()))
            .unset("rotatedAt")
            .unset("previousHash");
        Ok(self.store.documents.update_one(SCHEMA.name, unchanged, change).await?.matched_count > 0)
    }

    async fn next(
        &self,
        session: &SessionDocument,
        generation: u64,
    ) -> Result<(User, RefreshToken), StoreError> {
        let user = self.store.users().in_session_since(session.user_id, session.created_at).await?;
        let user = user.ok_or(StoreError::SessionEnded)?;
        Ok((user, RefreshToken::new(session.id, generation + 1, self.secret)?))
    }

    async fn find(&self, id: SessionId) -> Result<Option<SessionDocument>, StoreError> {
        Ok(self.store.documents.find_one(SCHEMA.name, Filter::id(id.to_string())).await?)
    }

    /// Ends a session.
    async fn close(&self, id: SessionId) -> Result<(), StoreError> {
        self.store.documents.delete_one(SCHEMA.name, Filter::id(id.to_string())).await?;
        Ok(())
    }

    const fn expiry(&self) -> i64 {
        self.store.now + SECONDS * 1000
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use futures::executor::block_on;
    use serde_json::{Value, json};
    use sha2::{Digest, Sha256};
    use voxora_data_api::DataApi;
    use voxora_data_api::query::Filter;
    use voxora_domain::id::UserId;

    use super::{GRACE, RefreshToken, SECONDS};
    use crate::testing::Engines;
    use crate::{Store, StoreError};

    const SECRET: &str = "a secret of the tests that is long enough";
    const NOON: i64 = 1_795_348_800_000;

    struct Home {
        store: Store<Engines>,
        user: UserId,
    }

    impl Home {
        fn new() -> Self {
            let store = Store { documents: Engines::new(), now: NOON };
            let users = store.users();
            let made = users.create_first_admin("ada@example.com".into(), "Ada".into(), "hash".into());
            let user = block_on(made).unwrap().id;
            Self { store, user }
        }

        fn open(&self) -> RefreshToken {
            block_on(self.store.sessions(SECRET).open(self.user)).unwrap()
        }

        fn refresh(&self, token: &RefreshToken) -> Result<RefreshToken, StoreError> {
            block_on(self.store.sessions(SECRET).refresh(token)).map(|(user, next)| {
                assert_eq!(user.id, self.user);
                next
            })
        }

        fn wait(&mut self, milliseconds: i64) {
            self.store.now += milliseconds;
        }
    }

    const ENDED: Result<RefreshToken, StoreError> = Err(StoreError::SessionEnded);

    #[test]
    fn an_answer_may_be_lost_at_any_time_and_as_often_as_it_likes() {
        let mut home = Home::new();
        let mut token = home.open();
        for round in 0..5 {
            // The answers to these got lost.
            for _ in 0..round {
                home.refresh(&token).unwrap();
                home.wait(60 * 60 * 1000);
            }
            token = home.refresh(&token).unwrap();
        }
        home.refresh(&token).unwrap();
    }

    #[test]
    fn whoever_uses_a_second_successor_or_a_used_up_token_ends_the_session() {
        for thief_is_first in [true, false] {
            let mut home = Home::new();
            let stolen = home.open();
            let owners = home.refresh(&stolen).unwrap();
            home.wait(GRACE * 3);
            let thiefs = home.refresh(&stolen).unwrap();
            assert_ne!(owners, thiefs);
            let (first, second) = if thief_is_first { (thiefs, owners) } else { (owners, thiefs) };
            let after = home.refresh(&first).unwrap();
            home.wait(GRACE + 1);
            assert_eq!(home.refresh(&second), ENDED);
            assert_eq!(home.refresh(&after), ENDED, "for both");
        }
        let mut home = Home::new();
        let stolen = home.open();
        let next = home.refresh(&stolen).unwrap();
        let after = home.refresh(&next).unwrap();
        home.wait(GRACE + 1);
        assert_eq!(home.refresh(&stolen), ENDED);
        assert_eq!(home.refresh(&after), ENDED);
        // What is older than that is no matter of tabs.
        let home = Home::new();
        let stolen = home.open();
        let next = (0..3).fold(stolen.clone(), |token, _| home.refresh(&token).unwrap());
        assert_eq!(home.refresh(&stolen), ENDED);
        assert_eq!(home.refresh(&next), ENDED);
    }

    #[test]
    fn two_tabs_that_refresh_at_once_both_go_on() {
        let mut home = Home::new();
        let shared = home.open();
        let (one, other) = (home.refresh(&shared).unwrap(), home.refresh(&shared).unwrap());
        // Both successors and their predecessor arrive in any order within the grace.
        let next = home.refresh(&one).unwrap();
        home.wait(GRACE - 1);
        home.refresh(&other).unwrap();
        home.refresh(&shared).unwrap();
        home.wait(60_000);
        home.refresh(&next).unwrap();
    }

    #[test]
    fn only_a_token_of_the_session_proves_anything() {
        let home = Home::new();
        let (token, other) = (home.open(), home.open());
        let forged = |text: String| RefreshToken::read(&text).unwrap();
        let secret = token.text().split_once('.').unwrap().1.to_owned();
        let (first, rest) = secret.split_once('.').unwrap();
        for bad in [
            forged(format!("{}.{secret}", other.session)),
            forged(format!("{}.2.{rest}", token.session)),
            forged(format!("{}.{first}", token.session)),
            forged(format!("{}.", token.session)),
            RefreshToken::new(token.session, 1, "another secret").unwrap(),
        ] {
            assert_eq!(home.refresh(&bad), ENDED);
            block_on(home.store.sessions(SECRET).sign_out(&bad)).unwrap();
        }
        for text in ["", "x", "x.y", "0197a0c0-0000-7000-8000-000000000001"] {
            assert_eq!(RefreshToken::read(text), None, "{text}");
        }
        let next = home.refresh(&token).unwrap();
        block_on(home.store.sessions(SECRET).sign_out(&next)).unwrap();
        assert_eq!(home.refresh(&next), ENDED);
        home.refresh(&other).unwrap();
    }

    #[test]
    fn a_session_ends_by_itself_when_it_is_not_used() {
        let mut home = Home::new();
        let token = home.open();
        home.wait(SECONDS * 1000 - 1);
        let next = home.refresh(&token).unwrap();
        home.wait(SECONDS * 1000);
        assert_eq!(home.refresh(&next), ENDED);
    }

    #[test]
    fn its_document_is_pinned_and_that_of_the_version_before_goes_on() {
        let home = Home::new();
        let token = home.open();
        let next = home.refresh(&token).unwrap();
        let id = token.session.to_string();
        let read = || block_on(home.store.documents.find_one::<Value>("sessions", Filter::id(id.as_str())));
        let stored = read().unwrap().unwrap();
        assert_eq!(
            stored,
            json!({
                "_id": id, "version": 2, "userId": home.user.to_string(), "generation": 1, "usedHash": token.hash(),
                "usedAt": { "$date": NOON }, "createdAt": { "$date": NOON },
                "expiresAt": { "$date": NOON + SECONDS * 1000 },
            })
        );
        assert_eq!(next.text().split('.').nth(1), Some("2"));

        let secret = BASE64_URL_SAFE_NO_PAD.encode([7; 32]);
        let hash = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes()));
        let id = "0197a0c0-0000-7000-8000-00000000000b";
        let before = json!({
            "_id": id, "userId": home.user.to_string(), "tokenHash": hash, "previousHash": null, "rotatedAt": NOON - 5,
            "createdAt": NOON - 5, "expiresAt": NOON + 5,
        });
        block_on(home.store.documents.insert_one("sessions", &before)).unwrap();
        let token = RefreshToken::read(&format!("{id}.{secret}")).unwrap();
        home.refresh(&token).unwrap();
        let next = home.refresh(&token).unwrap();
        home.refresh(&next).unwrap();
    }
}
