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
//!
//! A session says which of the account's passwords it began with. When there is another, it is over, but for the one that
//! changed it: that is decided when a session is used, so that a change of password is one write, and neither a log-in nor a
//! refresh that is under way gets around it.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;
use voxora_data_api::DataApi;
use voxora_data_api::contract::Find;
use voxora_data_api::date::{MAX_MILLIS, MIN_MILLIS};
use voxora_data_api::document::{Date, Document};
use voxora_data_api::query::Direction::{Ascending, Descending};
use voxora_data_api::query::{Filter, Sort, Update};
use voxora_data_api::schema::{CollectionSchema, Field, Index, Kind};
use voxora_domain::Millis;
use voxora_domain::access::Keys;
use voxora_domain::id::{SessionId, UserId};
use voxora_domain::wire::{Device, OwnSession, Whereabouts};

use crate::collection::{Collection, neither, stays};
use crate::shape::{Part, Required, Shape, check_as};
use crate::time::numbers_to_dates;
use crate::users::UserDocument;
use crate::{Kept, StoreError, Time, Working};

/// One index finds the sessions of a user, those used last first. Since version 2 times are dates; since version 3 there are
/// lists.
pub static SCHEMA: CollectionSchema = CollectionSchema::new(
    "sessions",
    3,
    &[
        Field { path: "userId", kind: Kind::Text },
        Field { path: "usedAt", kind: Kind::Date },
        Field { path: "expiresAt", kind: Kind::Date },
        Field { path: "passwords", kind: Kind::Number },
    ],
    &[Index::new(
        "userId_1_usedAt_-1__id_1",
        &[("userId", Ascending), ("usedAt", Descending), ("_id", Ascending)],
    )],
)
.upgraded_by(upgrade);

/// See [`crate::collections`]. Sessions are nobody's to copy: people sign in again.
pub static COLLECTION: Collection = Collection {
    schema: &SCHEMA,
    movable: false,
    upgrade,
    check: |document| check_as::<SessionDocument>(document, SHAPE),
    newer: neither,
    renewal: stays,
};

const VERSION: u32 = 3;

/// For how long a session lasts after its last use, in seconds, unless the deployment's settings say otherwise.
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
    #[serde(rename(serialize = "usedAt", deserialize = "usedAt|rotatedAt"))]
    pub used_at: Time,
    /// When the user signed in.
    pub created_at: Time,
    /// When it ends unless it is used.
    pub expires_at: Time,
    /// What the user signed in with.
    #[serde(default)]
    pub device: Device,
    /// From where it was last used.
    #[serde(default)]
    pub place: Whereabouts,
    /// How often the password had been changed when the user signed in.
    #[serde(default)]
    pub passwords: u64,
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
    let version = document.get("version").and_then(serde_json::Value::as_u64).unwrap_or(0);
    if version == 0 {
        numbers_to_dates(document, &["createdAt", "rotatedAt", "expiresAt"]);
        if let Some(used_at) = document.get("rotatedAt").filter(|_| !document.contains_key("usedAt")).cloned()
        {
            document.insert("usedAt".to_owned(), used_at);
            document.remove("rotatedAt");
        }
    }
    if version < u64::from(VERSION) {
        document.insert("version".to_owned(), VERSION.into());
    }
}

impl SessionDocument {
    /// The session as the API shows it to its owner, who asks by the session `asking`.
    #[must_use]
    pub fn shown(self, asking: Option<SessionId>) -> OwnSession {
        OwnSession {
            id: self.id,
            device: self.device,
            place: self.place,
            current: asking == Some(self.id),
            created_at: self.created_at.0,
            last_used_at: self.used_at.0,
        }
    }
}

/// What a request says of whoever makes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// The device.
    pub device: Device,
    /// Where it is.
    pub place: Whereabouts,
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
    fn new(session: SessionId, generation: u64, keys: &Keys) -> Result<Self, StoreError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| StoreError::Internal(error.to_string()))?;
        let signed = format!("{generation}.{}", BASE64_URL_SAFE_NO_PAD.encode(bytes));
        let signature = keys.sign(message(session, &signed));
        Ok(Self { session, secret: format!("{signed}.{signature}") })
    }

    /// Its generation, if the deployment signed it.
    fn generation(&self, keys: &Keys) -> Option<u64> {
        let (signed, signature) = self.secret.rsplit_once('.')?;
        let good = keys.verify(message(self.session, signed), signature);
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

/// What is signed. It begins with words that no other token begins with.
fn message(session: SessionId, signed: &str) -> String {
    format!("voxora refresh token\n{session}\n{signed}")
}

/// The sessions of a deployment.
pub struct Sessions<'a> {
    pub(crate) store: Kept<'a>,
    pub(crate) keys: &'a Keys,
    pub(crate) seconds: i64,
}

/// Sessions of a user, wanted as a list.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Those that come after this one in the list: when it was last used, and its id (a keyset cursor).
    pub after: Option<(Millis, SessionId)>,
    /// At most so many.
    pub limit: u32,
}

impl Sessions<'_> {
    /// The same, where a session lasts so many seconds after its last use.
    #[must_use]
    pub const fn lasting(mut self, seconds: i64) -> Self {
        self.seconds = seconds;
        self
    }

    /// Begins a session of somebody as they were when they proved who they are: its first token. Those of theirs that have
    /// run out are taken away.
    ///
    /// # Errors
    /// When there is no randomness, or the document store fails.
    pub async fn open(&self, user: &UserDocument, client: Client) -> Result<RefreshToken, StoreError> {
        let now = self.store.now;
        let session = SessionDocument {
            id: SessionId::new(Uuid::new_v4()),
            version: VERSION,
            user_id: user.id,
            generation: 0,
            used_hash: None,
            used_at: Time(now),
            created_at: Time(now),
            expires_at: Time(self.expiry()),
            device: client.device,
            place: client.place,
            passwords: user.credentials.passwords,
            token_hash: None,
        };
        let token = RefreshToken::new(session.id, 1, self.keys)?;
        self.store.documents.insert_one(SCHEMA.name, &session).await?;
        let run_out = of(user.id).and(Filter::lte("expiresAt", Date(now)));
        // Nobody can use them any more; should this fail, the next one takes them away.
        let _ = self.store.documents.delete_many(SCHEMA.name, run_out).await;
        Ok(token)
    }

    /// Goes on with a session: whose it is, and the token that takes the presented one's place. An access token for it must say
    /// that it was issued at the store's `now`: what ends sessions afterwards then ends it, too.
    ///
    /// # Errors
    /// [`StoreError::SessionEnded`], or when the document store fails.
    pub async fn refresh(
        &self,
        presented: &RefreshToken,
        place: &Whereabouts,
    ) -> Result<(UserDocument, RefreshToken), StoreError> {
        let mut session = self.find(presented.session).await?.ok_or(StoreError::SessionEnded)?;
        if session.expires_at.0 <= self.store.now {
            self.close(session.id).await?;
            return Err(StoreError::SessionEnded);
        }
        let generation = self.generation(&session, presented).ok_or(StoreError::SessionEnded)?;
        if generation == session.generation + 1 {
            if self.use_up(&session, presented, generation, place).await? {
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

    /// The sessions of a user that go on, those used last first.
    ///
    /// # Errors
    /// When the document store fails.
    pub fn list(&self, user: &UserDocument, wanted: Wanted) -> Working<'_, Vec<SessionDocument>> {
        let order = Sort::descending("usedAt").then_ascending("_id");
        let live = Filter::gt("expiresAt", Date(self.store.now)).and(user.credentials.carried());
        let mut filter = of(user.id).and(live);
        if let Some((used_at, id)) = wanted.after {
            // A cursor may come from anywhere; no date lies beyond these.
            let used_at = Date(used_at.clamp(MIN_MILLIS, MAX_MILLIS));
            filter = filter.and(order.after([used_at.into(), id.to_string().into()]));
        }
        let find = Find::new(filter).sort(order).limit(wanted.limit);
        self.store.list(&SCHEMA, find)
    }

    /// Whether a user has this session.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn has(&self, user: UserId, id: SessionId) -> Result<bool, StoreError> {
        Ok(self.find(id).await?.is_some_and(|session| session.user_id == user))
    }

    /// The session of this id, whoever's it is.
    ///
    /// # Errors
    /// When the document store fails.
    pub fn by_id(&self, id: SessionId) -> Working<'_, Option<SessionDocument>> {
        self.find(id)
    }

    /// Ends a session of a user. One that is none of theirs is left alone.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn end(&self, user: UserId, id: SessionId) -> Result<(), StoreError> {
        let its = Filter::id(id.to_string()).and(Filter::eq("userId", user.to_string()));
        self.store.documents.delete_one(SCHEMA.name, its).await?;
        Ok(())
    }

    /// Ends all sessions of a user but one. How many there were.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn end_others(&self, user: UserId, but: Option<SessionId>) -> Result<u64, StoreError> {
        let mut others = of(user);
        if let Some(but) = but {
            others = others.and(Filter::ne("_id", but.to_string()));
        }
        Ok(self.store.documents.delete_many(SCHEMA.name, others).await?)
    }

    /// The generation of a token of this session; `None` when it is none. The one that the version before handed out last
    /// counts as the first.
    fn generation(&self, session: &SessionDocument, presented: &RefreshToken) -> Option<u64> {
        let before = || presented.is(session.token_hash.as_deref()).then_some(1);
        presented.generation(self.keys).or_else(before)
    }

    /// Notes that a token of the next generation has been used; false when another one has been.
    async fn use_up(
        &self,
        session: &SessionDocument,
        presented: &RefreshToken,
        generation: u64,
        place: &Whereabouts,
    ) -> Result<bool, StoreError> {
        // A session of the version before has no generation yet; null stands for that.
        let before = (session.generation > 0).then_some(session.generation);
        let unchanged = Filter::id(session.id.to_string())
            .and(Filter::in_("generation", [before, Some(session.generation)]));
        let place = serde_json::to_value(place).map_err(|error| StoreError::Internal(error.to_string()))?;
        let change = Update::new()
            .set("version", VERSION)
            .set("generation", generation)
            .set("usedHash", presented.hash())
            .set("usedAt", Date(self.store.now))
            .set("createdAt", session.created_at)
            .set("expiresAt", Date(self.expiry()))
            .set("place", place)
            .unset("rotatedAt")
            .unset("previousHash");
        Ok(self.store.documents.update_one(SCHEMA.name, unchanged, change).await?.matched_count > 0)
    }

    async fn next(
        &self,
        session: &SessionDocument,
        generation: u64,
    ) -> Result<(UserDocument, RefreshToken), StoreError> {
        let user = self.store.users().in_session_since(session.user_id, session.created_at).await?;
        let user = user
            .filter(|user| user.credentials.carry(session.id, session.passwords))
            .ok_or(StoreError::SessionEnded)?;
        Ok((user, RefreshToken::new(session.id, generation + 1, self.keys)?))
    }

    fn find(&self, id: SessionId) -> Working<'_, Option<SessionDocument>> {
        self.store.find(&SCHEMA, Filter::id(id.to_string()))
    }

    /// Ends a session.
    async fn close(&self, id: SessionId) -> Result<(), StoreError> {
        self.store.documents.delete_one(SCHEMA.name, Filter::id(id.to_string())).await?;
        Ok(())
    }

    const fn expiry(&self) -> i64 {
        self.store.now + self.seconds * 1000
    }
}

/// The sessions of a user.
fn of(user: UserId) -> Filter {
    Filter::eq("userId", user.to_string())
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
    use voxora_domain::access::Keys;
    use voxora_domain::id::SessionId;
    use voxora_domain::wire::{Device, Whereabouts};

    use super::{Client, GRACE, RefreshToken, SECONDS, Wanted};
    use crate::testing::Engines;
    use crate::users::UserDocument;
    use crate::{Store, StoreError};

    fn keys() -> Keys {
        Keys::new("a secret of the tests that is long enough", None)
    }

    const NOWHERE: Whereabouts = Whereabouts { city: None, region: None, country: None };
    const NOON: i64 = 1_795_348_800_000;

    struct Home {
        store: Store<Engines>,
        user: UserDocument,
    }

    impl Home {
        fn new() -> Self {
            let store = Store { documents: Engines::new(), now: NOON };
            let users = store.users();
            let made = users.create_first_admin("ada@example.com".into(), "Ada".into(), "hash".into());
            let user = block_on(made).unwrap();
            Self { store, user }
        }

        fn open(&self) -> RefreshToken {
            block_on(self.store.sessions(&keys()).open(&self.user, Client::default())).unwrap()
        }

        fn refresh(&self, token: &RefreshToken) -> Result<RefreshToken, StoreError> {
            block_on(self.store.sessions(&keys()).refresh(token, &NOWHERE)).map(|(user, next)| {
                assert_eq!(user, self.user);
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
            RefreshToken::new(token.session, 1, &Keys::new("another secret", None)).unwrap(),
        ] {
            assert_eq!(home.refresh(&bad), ENDED);
            block_on(home.store.sessions(&keys()).sign_out(&bad)).unwrap();
        }
        for text in ["", "x", "x.y", "0197a0c0-0000-7000-8000-000000000001"] {
            assert_eq!(RefreshToken::read(text), None, "{text}");
        }
        let next = home.refresh(&token).unwrap();
        block_on(home.store.sessions(&keys()).sign_out(&next)).unwrap();
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
    fn a_person_sees_their_own_sessions_those_used_last_first_and_ends_them() {
        let mut home = Home::new();
        let client = |city: &str| Client {
            device: Device { browser: Some("Firefox".to_owned()), system: None },
            place: Whereabouts { city: Some(city.to_owned()), ..NOWHERE },
        };
        let keys = keys();
        let open =
            |home: &Home, city| block_on(home.store.sessions(&keys).open(&home.user, client(city))).unwrap();
        let list = |home: &Home, after, limit| {
            let wanted = Wanted { after, limit };
            let found = block_on(home.store.sessions(&keys).list(&home.user, wanted)).unwrap();
            found
                .into_iter()
                .map(|session| (session.id, session.used_at.0, session.place.city.unwrap()))
                .collect::<Vec<_>>()
        };
        let first = open(&home, "Paris");
        home.wait(1);
        let second = open(&home, "Rome");
        home.wait(1);
        let oslo = Whereabouts { city: Some("Oslo".to_owned()), ..NOWHERE };
        block_on(home.store.sessions(&keys).refresh(&first, &oslo)).unwrap();
        let all = list(&home, None, 10);
        assert_eq!(
            all,
            [(first.session, NOON + 2, "Oslo".to_owned()), (second.session, NOON + 1, "Rome".to_owned())]
        );
        assert_eq!(list(&home, None, 1), all[..1]);
        assert_eq!(list(&home, Some((all[0].1, all[0].0)), 1), all[1..]);
        assert_eq!(list(&home, Some((i64::MIN, all[0].0)), 10), []);
        let stranger = UserDocument {
            id: voxora_domain::id::UserId::new(uuid::Uuid::from_u128(7)),
            ..home.user.clone()
        };
        let sessions = home.store.sessions(&keys);
        // Somebody else neither sees nor ends them.
        assert_eq!(block_on(sessions.list(&stranger, Wanted { after: None, limit: 10 })).unwrap(), []);
        block_on(sessions.end(stranger.id, first.session)).unwrap();
        assert_eq!(block_on(sessions.end_others(stranger.id, None)).unwrap(), 0);
        assert!(!block_on(sessions.has(stranger.id, first.session)).unwrap());
        assert!(block_on(sessions.has(home.user.id, first.session)).unwrap());
        assert!(!block_on(sessions.has(home.user.id, SessionId::new(uuid::Uuid::from_u128(7)))).unwrap());
        assert_eq!(list(&home, None, 10).len(), 2);

        let third = open(&home, "Bern");
        block_on(sessions.end(home.user.id, second.session)).unwrap();
        assert_eq!(home.refresh(&second), ENDED);
        assert_eq!(block_on(sessions.end_others(home.user.id, Some(third.session))).unwrap(), 1);
        assert_eq!(home.refresh(&first), ENDED);
        assert_eq!(list(&home, None, 10).len(), 1);
        // One that has run out is not shown, and goes at the next sign-in.
        home.wait(SECONDS * 1000);
        assert_eq!(list(&home, None, 10), []);
        open(&home, "Wien");
        let kept = block_on(home.store.documents.count("sessions", Filter::all())).unwrap();
        assert_eq!(kept, 1);
    }

    #[test]
    fn a_session_of_somebody_who_may_not_sign_in_any_more_does_not_go_on() {
        let home = Home::new();
        let token = home.open();
        let deactivate = voxora_data_api::query::Update::new().set("status", "deactivated");
        block_on(home.store.documents.update_one("users", Filter::all(), deactivate)).unwrap();
        assert_eq!(home.refresh(&token), ENDED);
    }

    #[test]
    fn a_refresh_token_outlives_the_key_that_signed_it() {
        let home = Home::new();
        let token = home.open();
        let next = Keys::new(
            "the next secret, which is long enough, too",
            Some("a secret of the tests that is long enough"),
        );
        let (_, token) = block_on(home.store.sessions(&next).refresh(&token, &NOWHERE)).unwrap();
        let alone = Keys::new("the next secret, which is long enough, too", None);
        assert!(block_on(home.store.sessions(&alone).refresh(&token, &NOWHERE)).is_ok());
        assert_eq!(home.refresh(&token), ENDED);
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
                "_id": id, "version": 3, "userId": home.user.id.to_string(), "generation": 1, "usedHash": token.hash(),
                "usedAt": { "$date": NOON }, "createdAt": { "$date": NOON },
                "expiresAt": { "$date": NOON + SECONDS * 1000 }, "device": {}, "place": {}, "passwords": 0,
            })
        );
        assert_eq!(next.text().split('.').nth(1), Some("2"));

        let secret = BASE64_URL_SAFE_NO_PAD.encode([7; 32]);
        let hash = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes()));
        let id = "0197a0c0-0000-7000-8000-00000000000b";
        let before = json!({
            "_id": id, "userId": home.user.id.to_string(), "tokenHash": hash, "previousHash": null, "rotatedAt": NOON - 5,
            "createdAt": NOON - 5, "expiresAt": NOON + 5,
        });
        // As it is brought over when its collection is opened.
        let mut document = before.as_object().unwrap().clone();
        super::upgrade(&mut document);
        block_on(home.store.documents.insert_one("sessions", &document)).unwrap();
        let token = RefreshToken::read(&format!("{id}.{secret}")).unwrap();
        home.refresh(&token).unwrap();
        let next = home.refresh(&token).unwrap();
        home.refresh(&next).unwrap();
    }
}
