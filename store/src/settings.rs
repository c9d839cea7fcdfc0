//! The deployment's settings: one document, which is not there before somebody changes something.
//!
//! Nearly every request may ask for them, so a cache stands before the document ([`Cache`]). It is dropped from on a change, and
//! believed for [`CACHED`] after it was filled, whatever it says then: so what is read is at most that old, also where
//! somebody put back what they had read before a change. A cache that forgets, fails or is out of order costs a read of the
//! document, and nothing else.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use voxora_data_api::document::Document;
use voxora_data_api::schema::CollectionSchema;
use voxora_data_api::{DataApi, DataApiError};
use voxora_domain::wire::{AgentsSee, Language, Policy, Settings as Shown};
use voxora_domain::{Millis, fields, json, policy, text};

use crate::audit::{self, Author, Entry};
use crate::collection::{Collection, id, unchanged};
use crate::resource::{self, Resource};
use crate::shape::{Optional, Part, Required, Shape, Unfit, check, check_kept, check_readable};
use crate::{Kept, StoreError, Time, email};

/// No index but that of `_id`.
pub static SCHEMA: CollectionSchema = CollectionSchema::new("settings", 1, &[], &[]);

/// See [`crate::collections`]. Documents that this version does not know stay as they are.
pub static COLLECTION: Collection = Collection {
    schema: &SCHEMA,
    movable: true,
    upgrade: unchanged,
    check: check_settings,
    newer: |source, target| (id(source) == ID).then(|| resource::newer(source, target))?,
    renewal: |source| (id(source) == ID).then(|| resource::renewal(source))?,
};

/// The `_id` of the one document there is.
pub const ID: &str = "general";
const VERSION: u32 = 1;
/// How long what the cache says is believed, in milliseconds.
pub const CACHED: Millis = 60_000;
/// How many days a sign-in may last after its last use.
pub const SESSION_DAYS: std::ops::RangeInclusive<u32> = 1..=90;

/// The settings as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SettingsDocument {
    /// Always the same.
    #[serde(rename = "_id")]
    pub id: String,
    /// The version of this shape.
    pub version: u32,
    /// What the deployment is called.
    pub name: String,
    /// The language of whoever has chosen none.
    pub language: Language,
    /// The time zone of whoever has chosen none.
    pub time_zone: String,
    /// The address that mails come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_from: Option<String>,
    /// How many days a sign-in lasts after its last use.
    pub session_days: u32,
    /// Which conversations agents may open.
    pub agents_see: AgentsSee,
    /// How the general queue is worked off, by [`policy::read`]. Earlier versions stored none.
    #[serde(default)]
    pub policy: Policy,
    /// Raised by every change.
    pub revision: u64,
    /// As of other resources; no request makes settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// When somebody first changed something.
    pub created_at: Time,
    /// When they were last changed.
    pub updated_at: Time,
    /// Entries of the audit log that it has not got yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unaudited: Vec<Entry>,
    /// As of other resources; settings are not deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

impl SettingsDocument {
    /// What holds before anybody changed anything.
    fn first() -> Self {
        Self {
            id: ID.to_owned(),
            version: VERSION,
            name: "Voxora".to_owned(),
            language: Language::En,
            time_zone: "UTC".to_owned(),
            mail_from: None,
            session_days: 30,
            agents_see: AgentsSee::Departments,
            policy: Policy::default(),
            revision: 1,
            request: None,
            created_at: Time(0),
            updated_at: Time(0),
            unaudited: Vec::new(),
            deleted: false,
        }
    }
}

impl Resource for SettingsDocument {
    const KIND: &'static resource::Kind = &resource::Kind {
        schema: &SCHEMA,
        name: "settings",
        // Nothing of them is.
        unique: "",
        told: &["name", "language", "timeZone", "mailFrom", "sessionDays", "agentsSee", "policy"],
    };
}

impl From<SettingsDocument> for Shown {
    fn from(settings: SettingsDocument) -> Self {
        Self {
            name: settings.name,
            language: settings.language,
            time_zone: settings.time_zone,
            mail_from: settings.mail_from,
            session_days: settings.session_days,
            agents_see: settings.agents_see,
            policy: settings.policy,
            version: settings.revision,
            updated_at: settings.updated_at.0,
        }
    }
}

const SHAPE: &[Part] = &[
    ("version", Required, Shape::Seq),
    ("name", Required, Shape::Text),
    ("language", Required, Shape::Word(&["en", "de", "fr", "es"])),
    ("timeZone", Required, Shape::Text),
    ("mailFrom", Optional, Shape::Text),
    ("sessionDays", Required, Shape::Small),
    ("agentsSee", Required, Shape::Word(&["departments", "assigned"])),
    ("revision", Required, Shape::Seq),
    ("createdAt", Required, Shape::Date),
    ("updatedAt", Required, Shape::Date),
    audit::WAITING,
];

fn check_settings(document: &Document) -> Result<(), Unfit> {
    check(document, &[("_id", Required, Shape::Text)])?;
    if id(document) != ID {
        return Ok(());
    }
    check(document, SHAPE)?;
    let text_of = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
    text::name(text_of("name")).map_err(|why| Unfit::new("name", why.to_string()))?;
    fields::time_zone(text_of("timeZone")).map_err(|why| Unfit::new("timeZone", why))?;
    if document.get("mailFrom").is_some_and(Value::is_string) {
        mail_from(text_of("mailFrom")).map_err(|why| Unfit::new("mailFrom", why))?;
    }
    let days = document.get("sessionDays").and_then(Value::as_u64).and_then(|days| days.try_into().ok());
    session_days(days.unwrap_or(0)).map_err(|why| Unfit::new("sessionDays", why))?;
    check_kept(document, "policy", policy::read)?;
    check_readable::<SettingsDocument>(document)
}

/// The address that mails come from, as it is kept. Letters beyond ASCII are left to providers that know them, but what
/// would end the address in a header is not one's to have.
///
/// # Errors
/// Why it is none, to be read after the field's name.
pub fn mail_from(address: &str) -> Result<String, String> {
    let address = email::read(address).map_err(|unfit| unfit.reason)?;
    if address.contains(['<', '>', ',', ';', '"', '\\', '(', ')']) {
        return Err("must be an address alone, such as team@example.com".to_owned());
    }
    Ok(address)
}

/// How many days a sign-in lasts.
///
/// # Errors
/// When it is too few or too many, to be read after the field's name.
pub fn session_days(days: u32) -> Result<u32, String> {
    let (least, most) = SESSION_DAYS.into_inner();
    if SESSION_DAYS.contains(&days) { Ok(days) } else { Err(format!("must be {least} to {most} days")) }
}

/// What settings are changed to, of values that fit. What is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// The name.
    pub name: Option<String>,
    /// The language.
    pub language: Option<Language>,
    /// The time zone.
    pub time_zone: Option<String>,
    /// The address that mails come from; inside, `None` is none.
    pub mail_from: Option<Option<String>>,
    /// How many days a sign-in lasts.
    pub session_days: Option<u32>,
    /// Which conversations agents may open.
    pub agents_see: Option<AgentsSee>,
    /// How the general queue is worked off.
    pub policy: Option<Policy>,
}

/// A place for one text, which may forget it, fail, and give what was put there before.
pub trait Cache {
    /// What is there.
    fn get(&self) -> impl Future<Output = Option<String>>;
    /// Puts something there, to be forgotten after so many seconds.
    fn put(&self, text: String, seconds: u64) -> impl Future<Output = ()>;
    /// Takes it away.
    fn drop(&self) -> impl Future<Output = ()>;
}

/// What is put into a cache.
#[derive(Serialize, Deserialize)]
struct Cached {
    /// When the settings were read.
    at: Millis,
    settings: SettingsDocument,
}

/// The settings of a deployment.
pub struct Settings<'a>(pub(crate) Kept<'a>);

impl Settings<'_> {
    /// The settings as they are.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn read(&self) -> Result<SettingsDocument, StoreError> {
        match self.0.one(&ID).await {
            Err(StoreError::NotFound(_)) => Ok(SettingsDocument::first()),
            found => found,
        }
    }

    /// The settings as they are, or as they were at most [`CACHED`] ago.
    ///
    /// # Errors
    /// When the cache does not have them and the document store fails.
    pub async fn cached(&self, cache: &impl Cache) -> Result<SettingsDocument, StoreError> {
        let cached = cache.get().await.and_then(|text| json::from_text::<Cached>(&text).ok());
        if let Some(Cached { at, settings }) = cached
            && (0..CACHED).contains(&(self.0.now - at))
        {
            return Ok(settings);
        }
        let mut settings = self.read().await?;
        // The log's matter, and no reader's.
        settings.unaudited.clear();
        let cached = Cached { at: self.0.now, settings };
        if let Ok(text) = serde_json::to_string(&cached) {
            cache.put(text, CACHED.unsigned_abs() / 1_000).await;
        }
        Ok(cached.settings)
    }

    /// Changes settings; with `seen`, only if they are still of that version.
    ///
    /// # Errors
    /// [`StoreError::Changed`], or when the document store fails.
    pub async fn change(
        &self,
        seen: Option<u64>,
        change: Change,
        author: &Author,
        cache: &impl Cache,
    ) -> Result<SettingsDocument, StoreError> {
        // From here on there is a document. It says what held before, so nobody notices.
        let first = SettingsDocument { created_at: Time(self.0.now), ..SettingsDocument::first() };
        match self.0.documents.insert_one(SCHEMA.name, &first).await {
            Ok(()) | Err(DataApiError::DuplicateKey { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let changed =
            self.0.revise(&ID, seen, (author, "settings.changed"), |settings: &mut SettingsDocument| {
                let Change { name, language, time_zone, mail_from, session_days, agents_see, policy } =
                    change.clone();
                settings.name = name.unwrap_or_else(|| std::mem::take(&mut settings.name));
                settings.language = language.unwrap_or(settings.language);
                settings.time_zone = time_zone.unwrap_or_else(|| std::mem::take(&mut settings.time_zone));
                settings.mail_from = mail_from.unwrap_or_else(|| settings.mail_from.take());
                settings.session_days = session_days.unwrap_or(settings.session_days);
                settings.agents_see = agents_see.unwrap_or(settings.agents_see);
                settings.policy = policy.unwrap_or_else(|| std::mem::take(&mut settings.policy));
                Ok(())
            });
        let changed = changed.await?;
        cache.drop().await;
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use futures::executor::block_on;
    use serde_json::{Value, json};
    use voxora_data_api::DataApi;
    use voxora_data_api::query::Filter;
    use voxora_domain::wire::{Actor, ActorKind, AgentsSee, Language, Routing, RoutingMode};

    use super::*;
    use crate::Store;
    use crate::testing::Engines;

    const NOON: Millis = 1_795_348_800_000;

    /// A cache as KV is at its best, at its worst, or not at all.
    #[derive(Default)]
    struct Kv {
        text: RefCell<Option<String>>,
        /// It neither takes nor gives anything away.
        is_broken: Cell<bool>,
        /// What is dropped from it stays.
        is_stubborn: Cell<bool>,
        reads: Cell<u32>,
    }

    impl Cache for Kv {
        async fn get(&self) -> Option<String> {
            self.reads.set(self.reads.get() + 1);
            if self.is_broken.get() { None } else { self.text.borrow().clone() }
        }

        async fn put(&self, text: String, seconds: u64) {
            assert_eq!(seconds, 60, "the least that KV takes");
            if !self.is_broken.get() {
                self.text.replace(Some(text));
            }
        }

        async fn drop(&self) {
            if !self.is_stubborn.get() {
                self.text.take();
            }
        }
    }

    fn ada() -> Author {
        let by = Actor { kind: ActorKind::Agent, id: "ada".to_owned(), name: "Ada".to_owned() };
        Author { by, request: "request-1".to_owned() }
    }

    fn store() -> Store<Engines> {
        Store { documents: Engines::new(), now: NOON }
    }

    fn named(name: &str) -> Change {
        Change { name: Some(name.to_owned()), ..Change::default() }
    }

    fn change(store: &Store<Engines>, cache: &Kv, change: Change) -> SettingsDocument {
        block_on(store.settings().change(None, change, &ada(), cache)).unwrap()
    }

    #[test]
    fn the_document_is_pinned() {
        let (store, cache) = (store(), Kv::default());
        let before = block_on(store.settings().read()).unwrap();
        assert_eq!((before.revision, before.name.as_str(), before.updated_at), (1, "Voxora", Time(0)));
        let everything = Change {
            name: Some("Käse & Co".to_owned()),
            language: Some(Language::De),
            time_zone: Some("Europe/Berlin".to_owned()),
            mail_from: Some(Some("team@example.com".to_owned())),
            session_days: Some(7),
            agents_see: Some(AgentsSee::Assigned),
            policy: Some(Policy {
                routing: Routing { mode: RoutingMode::RoundRobin, ..Routing::default() },
                ..Policy::default()
            }),
        };
        change(&store, &cache, everything);
        let stored: Value = block_on(store.documents.find_one("settings", Filter::all())).unwrap().unwrap();
        let policy = |mode: &str| {
            json!({
                "routing": { "mode": mode, "sameAgentFirst": true, "skills": "ignored", "giveBackAfterSeconds": 120 },
                "targets": {
                    "low": {}, "normal": {}, "high": {}, "urgent": {}, "businessHours": false, "pauseWhilePending": false,
                },
            })
        };
        let pinned = json!({
            "_id": "general", "version": 1, "name": "Käse & Co", "language": "de", "timeZone": "Europe/Berlin",
            "mailFrom": "team@example.com", "sessionDays": 7, "agentsSee": "assigned",
            "policy": policy("round_robin"), "revision": 2,
            "createdAt": { "$date": NOON }, "updatedAt": { "$date": NOON },
            "unaudited": [{
                "_id": format!("settings-general-2-{NOON}"), "version": 1, "createdAt": { "$date": NOON },
                "by": { "kind": "agent", "id": "ada", "name": "Ada" }, "action": "settings.changed",
                "target": { "kind": "settings", "id": "general" }, "request": "request-1",
                "from": {
                    "name": "Voxora", "language": "en", "timeZone": "UTC", "mailFrom": null, "sessionDays": 30,
                    "agentsSee": "departments", "policy": policy("manual"),
                },
                "to": {
                    "name": "Käse & Co", "language": "de", "timeZone": "Europe/Berlin",
                    "mailFrom": "team@example.com", "sessionDays": 7, "agentsSee": "assigned",
                    "policy": policy("round_robin"),
                },
            }],
        });
        assert_eq!(stored, pinned);
        (COLLECTION.check)(pinned.as_object().unwrap()).unwrap();
        for (field, value, said) in [
            ("name", json!(" "), "name needs at least one visible character"),
            ("language", json!("tlh"), "language must be one of en, de, fr, es"),
            ("timeZone", json!("Mars/Olympus"), "timeZone must be a time zone"),
            ("mailFrom", json!("nobody"), "mailFrom must be an address"),
            ("mailFrom", json!("a@b.c>\"x"), "mailFrom must be an address alone"),
            ("sessionDays", json!(0), "sessionDays must be 1 to 90"),
            ("sessionDays", json!(91), "sessionDays must be 1 to 90"),
            ("agentsSee", json!("all"), "agentsSee must be one of"),
            (
                "policy",
                json!({ "targets": { "low": { "resolution": 0 } } }),
                "policy.targets.low.resolution must be 1 to",
            ),
        ] {
            let mut bad = pinned.clone();
            bad[field] = value;
            let error = (COLLECTION.check)(bad.as_object().unwrap()).unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
        // As the version before stored it.
        let mut before = pinned.clone();
        before.as_object_mut().unwrap().remove("policy");
        (COLLECTION.check)(before.as_object().unwrap()).unwrap();
        assert_eq!(json::from_value::<SettingsDocument>(before).unwrap().policy, Policy::default());
        // What another version keeps here beside it is left alone.
        let other = json!({ "_id": "theme" });
        (COLLECTION.check)(other.as_object().unwrap()).unwrap();
        assert_eq!((COLLECTION.renewal)(other.as_object().unwrap()), None);
        assert!((COLLECTION.renewal)(pinned.as_object().unwrap()).is_some());
    }

    #[test]
    fn a_change_is_for_the_version_that_was_seen() {
        let (store, cache) = (store(), Kv::default());
        let settings = store.settings();
        let to = |seen, name| block_on(settings.change(Some(seen), named(name), &ada(), &cache));
        // Also before there is a document.
        assert_eq!(to(2, "A"), Err(StoreError::Changed));
        assert_eq!(to(1, "B").unwrap().revision, 2);
        assert_eq!(to(1, "C"), Err(StoreError::Changed));
        assert_eq!(to(2, "D").unwrap().revision, 3);
        // What changes nothing is no version of its own, and what is not named stays.
        assert_eq!(to(3, "D").unwrap().revision, 3);
        let address = Change { mail_from: Some(Some("a@b.c".to_owned())), ..Change::default() };
        assert_eq!(change(&store, &cache, address).name, "D");
        let none = Change { mail_from: Some(None), ..Change::default() };
        assert_eq!(change(&store, &cache, none).mail_from, None);
    }

    #[test]
    fn losing_the_cache_loses_nothing() {
        for lose in [
            (|kv: &Kv| drop(kv.text.take())) as fn(&Kv),
            |kv| kv.is_broken.set(true),
            |kv| drop(kv.text.replace(Some("nonsense".to_owned()))),
            |kv| drop(kv.text.replace(Some(r#"{"at":0}"#.to_owned()))),
        ] {
            let (store, cache) = (store(), Kv::default());
            let changed = change(&store, &cache, named("Käse"));
            assert_eq!(block_on(store.settings().cached(&cache)).unwrap().name, "Käse");
            lose(&cache);
            let read = block_on(store.settings().cached(&cache)).unwrap();
            assert_eq!((read.name, read.revision), (changed.name, changed.revision));
        }
    }

    #[test]
    fn a_change_is_read_at_once_where_the_cache_hears_of_it() {
        let (store, cache) = (store(), Kv::default());
        block_on(store.settings().cached(&cache)).unwrap();
        change(&store, &cache, named("Käse"));
        assert_eq!(block_on(store.settings().cached(&cache)).unwrap().name, "Käse");
        // And it is the cache that answers from then on.
        let update = voxora_data_api::query::Update::new().set("name", "Behind its back");
        block_on(store.documents.update_one("settings", Filter::id("general"), update)).unwrap();
        assert_eq!(block_on(store.settings().cached(&cache)).unwrap().name, "Käse");
    }

    #[test]
    fn a_stale_read_is_at_most_its_time_to_live_old() {
        let (mut store, cache) = (store(), Kv::default());
        // Somebody reads; another changes; the cache keeps, or is given back, what was read.
        assert_eq!(block_on(store.settings().cached(&cache)).unwrap().name, "Voxora");
        cache.is_stubborn.set(true);
        change(&store, &cache, named("Käse"));
        store.now = NOON + CACHED - 1;
        assert_eq!(block_on(store.settings().cached(&cache)).unwrap().name, "Voxora");
        store.now = NOON + CACHED;
        assert_eq!(block_on(store.settings().cached(&cache)).unwrap().name, "Käse");
        // A clock that is behind believes nothing that was read in its future.
        store.now = NOON;
        change(&store, &cache, named("Brot"));
        assert_eq!(block_on(store.settings().cached(&cache)).unwrap().name, "Brot");
    }
}
