//! Members of the team.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;
use voxora_data_api::document::Document;
use voxora_data_api::query::Direction::Ascending;
use voxora_data_api::query::Filter;
use voxora_data_api::schema::{CollectionSchema, Field, Index, Kind};
use voxora_data_api::{DataApi, DataApiError};
use voxora_domain::Millis;
use voxora_domain::id::{DepartmentId, UserId};
use voxora_domain::wire::{Notifications, Role, User, UserStatus};

use crate::collection::{Collection, neither, stays};
use crate::shape::{Optional, Part, Required, Shape, Unfit, check, check_readable};
use crate::time::numbers_to_dates;
use crate::{Store, StoreError, Time, email, password};

/// The index that a second user with the same address runs into.
pub const EMAIL_INDEX: &str = "email_1";
/// The index that a second founder runs into.
pub const FOUNDER_INDEX: &str = "founder_1";

/// Since version 2 times are dates; since version 3 people have departments and the rest of their profile.
pub static SCHEMA: CollectionSchema = CollectionSchema::new(
    "users",
    3,
    &[Field { path: "email", kind: Kind::Text }, Field { path: "founder", kind: Kind::Boolean }],
    &[
        Index::new(EMAIL_INDEX, &[("email", Ascending)]).unique(),
        // The first admin alone has `founder: true`, so that making them is one insert that succeeds once.
        Index::new(FOUNDER_INDEX, &[("founder", Ascending)]).unique(),
    ],
)
.upgraded_by(upgrade);

/// See [`crate::collections`].
pub static COLLECTION: Collection =
    Collection { schema: &SCHEMA, movable: true, upgrade, check: check_user, newer: neither, renewal: stays };

const VERSION: u32 = 3;
/// How many conversations somebody takes at most, unless they or an admin say otherwise.
pub const CAPACITY: u32 = 5;

/// A user as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserDocument {
    /// The user's id.
    #[serde(rename = "_id")]
    pub id: UserId,
    /// The version of this shape; 0 of one that the version before stored.
    #[serde(default)]
    pub version: u32,
    /// Their address, folded by [`email::fold`].
    pub email: String,
    /// The name that others see.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// A PHC string.
    pub password: String,
    /// Set for the first admin alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub founder: Option<bool>,
    /// The departments they are in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub departments: Vec<DepartmentId>,
    /// How many open conversations are assigned to them at most by themselves.
    #[serde(default = "capacity")]
    pub capacity: u32,
    /// The language they read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Where their clock is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// How they want to be notified.
    #[serde(default)]
    pub notifications: Notifications,
    /// Whether they can sign in.
    #[serde(default)]
    pub status: UserStatus,
    /// When they last signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Time>,
    /// Raised by every change.
    #[serde(default = "first")]
    pub revision: u64,
    /// When they were made.
    pub created_at: Time,
    /// When they were last changed; not there before anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Time>,
}

const fn capacity() -> u32 {
    CAPACITY
}

const fn first() -> u64 {
    1
}

impl UserDocument {
    /// Somebody who joins.
    #[must_use]
    pub fn new(email: String, name: String, role: Role, password_hash: String, now: Millis) -> Self {
        Self {
            id: UserId::new(Uuid::new_v4()),
            version: VERSION,
            email,
            name,
            role,
            password: password_hash,
            founder: None,
            departments: Vec::new(),
            capacity: CAPACITY,
            language: None,
            time_zone: None,
            notifications: Notifications::default(),
            status: UserStatus::Active,
            last_seen_at: None,
            revision: first(),
            created_at: Time(now),
            updated_at: None,
        }
    }
}

impl From<UserDocument> for User {
    fn from(user: UserDocument) -> Self {
        Self {
            id: user.id,
            email: user.email,
            name: user.name,
            role: user.role,
            departments: user.departments,
            capacity: user.capacity,
            language: user.language,
            time_zone: user.time_zone,
            notifications: user.notifications,
            status: user.status,
            last_seen_at: user.last_seen_at.map(|time| time.0),
            version: user.revision,
            created_at: user.created_at.0,
            updated_at: user.updated_at.unwrap_or(user.created_at).0,
        }
    }
}

const SHAPE: &[Part] = &[
    ("_id", Required, Shape::Uuid),
    ("email", Required, Shape::Text),
    ("name", Required, Shape::Text),
    ("role", Required, Shape::Text),
    ("password", Required, Shape::Text),
    ("founder", Optional, Shape::Boolean),
    ("createdAt", Required, Shape::Date),
];

fn check_user(document: &Document) -> Result<(), Unfit> {
    check(document, SHAPE)?;
    if document.get("role").and_then(Value::as_str).is_none_or(|role| role.parse::<Role>().is_err()) {
        return Err(Unfit::new("role", "must be admin, agent, or the id of a role"));
    }
    check_readable::<UserDocument>(document)?;
    let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
    let folded = email::read(text("email"))?;
    if folded != text("email") {
        return Err(Unfit::new("email", format!("must be written as it is looked for: {folded}")));
    }
    if !password::is_hash(text("password")) {
        return Err(Unfit::new("password", "must be an argon2id hash as a PHC string"));
    }
    Ok(())
}

fn upgrade(document: &mut Document) {
    let version = document.get("version").and_then(Value::as_u64).unwrap_or(0);
    if version == 0 {
        numbers_to_dates(document, &["createdAt"]);
    }
    if version < u64::from(VERSION) {
        // What a profile has besides is read as its default.
        document.insert("version".to_owned(), VERSION.into());
    }
}

/// The users of a deployment.
pub struct Users<'a, D>(pub(crate) &'a Store<D>);

impl<D: DataApi> Users<'_, D> {
    /// Whether the first admin exists.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn has_founder(&self) -> Result<bool, StoreError> {
        let found = self.0.documents.find_one::<Document>(SCHEMA.name, Filter::eq("founder", true)).await?;
        Ok(found.is_some())
    }

    /// Makes the first admin, once.
    ///
    /// # Errors
    /// [`StoreError::AlreadySetUp`], or when the document store fails.
    pub async fn create_first_admin(
        &self,
        email: String,
        name: String,
        password_hash: String,
    ) -> Result<User, StoreError> {
        let user = UserDocument::new(email, name, Role::Admin, password_hash, self.0.now);
        let user = UserDocument { founder: Some(true), ..user };
        match self.0.documents.insert_one(SCHEMA.name, &user).await {
            Ok(()) => Ok(user.into()),
            Err(DataApiError::DuplicateKey { .. }) => Err(StoreError::AlreadySetUp),
            Err(error) => Err(error.into()),
        }
    }

    /// The user of this address and password. Who does not exist takes as long as who mistyped.
    ///
    /// # Errors
    /// [`StoreError::WrongCredentials`], or when the document store fails.
    pub async fn by_credentials(&self, address: &str, password: &str) -> Result<User, StoreError> {
        let user = self.by_email(address).await?;
        let right = password::verify(password, user.as_ref().map(|user| user.password.as_str()))?;
        user.filter(|_| right).map(User::from).ok_or(StoreError::WrongCredentials)
    }

    /// The user of this address, however it is typed.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn by_email(&self, address: &str) -> Result<Option<UserDocument>, StoreError> {
        let filter = Filter::eq("email", email::fold(address));
        Ok(self.0.documents.find_one(SCHEMA.name, filter).await?)
    }

    /// The user of this id.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn by_id(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let found =
            self.0.documents.find_one::<UserDocument>(SCHEMA.name, Filter::id(id.to_string())).await?;
        Ok(found.map(User::from))
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use serde_json::{Value, json};
    use voxora_data_api::DataApi;
    use voxora_data_api::embedded::Engine;
    use voxora_data_api::query::Filter;
    use voxora_data_api::schema::CollectionSchema;
    use voxora_domain::sql::object_database;

    use super::{COLLECTION, SCHEMA};
    use crate::{Store, StoreError, password};

    const HASH: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn the_first_admin_is_made_once_and_signs_in_however_the_address_is_typed() {
        let documents = Engine::open(object_database().unwrap(), &SCHEMA, || 0).unwrap();
        let store = Store { documents, now: 7 };
        assert!(!block_on(store.users().has_founder()).unwrap());
        let hash = password::hash("correct horse").unwrap();
        let make = |email: &str| {
            block_on(store.users().create_first_admin(email.to_owned(), "Ada".to_owned(), hash.clone()))
        };
        let ada = make("ada@example.com").unwrap();
        assert_eq!(make("bob@example.com"), Err(StoreError::AlreadySetUp));
        assert!(block_on(store.users().has_founder()).unwrap());
        let sign_in =
            |address: &str, password: &str| block_on(store.users().by_credentials(address, password));
        assert_eq!(sign_in(" ADA@example.com", "correct horse").unwrap(), ada);
        assert_eq!(sign_in("ada@example.com", "wrong horse"), Err(StoreError::WrongCredentials));
        assert_eq!(sign_in("eve@example.com", "correct horse"), Err(StoreError::WrongCredentials));
        assert_eq!(block_on(store.users().by_id(ada.id)).unwrap(), Some(ada.clone()));

        let stored: Value =
            block_on(store.documents.find_one("users", Filter::id(ada.id.to_string()))).unwrap().unwrap();
        let pinned = json!({
            "_id": ada.id.to_string(), "version": 3, "email": "ada@example.com", "name": "Ada", "role": "admin",
            "password": hash, "founder": true, "capacity": 5, "status": "active", "revision": 1,
            "notifications": { "desktop": "mine", "email": "nothing", "sound": true }, "createdAt": { "$date": 7 },
        });
        assert_eq!(stored, pinned);
        (COLLECTION.check)(stored.as_object().unwrap()).unwrap();
    }

    #[test]
    fn users_of_the_version_before_are_brought_over_when_their_collection_is_opened() {
        static BEFORE: CollectionSchema = CollectionSchema::new("users", 1, SCHEMA.fields, SCHEMA.indexes);
        let database = object_database().unwrap();
        let user = json!({
            "_id": "0197a0c0-0000-7000-8000-00000000000a", "email": "ada@example.com", "name": "Ada",
            "role": "agent", "password": HASH, "createdAt": 1_795_348_800_000_i64,
        });
        let engine = Engine::open(&database, &BEFORE, || 0).unwrap();
        block_on(engine.insert_one("users", &user)).unwrap();
        let documents = Engine::open(&database, &SCHEMA, || 0).unwrap();
        let stored: Value = block_on(documents.find_one("users", Filter::all())).unwrap().unwrap();
        assert_eq!(stored["createdAt"], json!({ "$date": 1_795_348_800_000_i64 }));
        assert_eq!(stored["version"], 3);
        let store = Store { documents, now: 0 };
        assert_eq!(block_on(store.users().by_email("Ada@example.com")).unwrap().unwrap().name, "Ada");
        // Where another store keeps it as it was, it is read as well.
        let before: super::UserDocument = serde_json::from_value(user).unwrap();
        assert_eq!(before.created_at.0, 1_795_348_800_000);
    }

    #[test]
    fn what_is_no_user_is_told_by_its_field() {
        let good = json!({
            "_id": "0197a0c0-0000-7000-8000-00000000000a", "version": 2, "email": "ada@example.com", "name": "Ada",
            "role": "agent", "password": HASH, "createdAt": { "$date": 1 },
        });
        let check = |user: &Value| (COLLECTION.check)(user.as_object().unwrap());
        check(&good).unwrap();
        for (field, value, said) in [
            (
                "email",
                json!("Mixed.Case@Example.com"),
                "email must be written as it is looked for: mixed.case@example.com",
            ),
            ("email", json!(""), "email must be text that is not empty"),
            ("email", json!("ada"), "email must be an address"),
            ("password", json!("secret"), "password must be an argon2id hash"),
            ("role", json!("king"), "role must be admin, agent, or the id of a role"),
            ("createdAt", json!("yesterday"), "createdAt must be a date"),
            ("founder", json!("yes"), "founder must be true or false"),
        ] {
            let mut bad = good.clone();
            bad[field] = value;
            let error = check(&bad).unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
    }
}
