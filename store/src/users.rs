//! Members of the team.
//!
//! **There is always an active admin.** A change that takes one away (another role, deactivation, deletion) goes in steps:
//! 1. it marks its own document as [`Leaving`], by compare and swap;
//! 2. it looks for another active admin without such a mark, and refuses where there is none; a mark whose time is over is
//!    taken off before its holder counts, so that whoever set it cannot go on;
//! 3. it is stored only while its own mark still stands.
//!
//! Of two at once each has its mark set before it looks, so one of them sees the other's. At worst both are refused; it
//! never happens that both are done. No step needs an object or a transaction, and a request that dies between two of them
//! leaves a mark that is worth nothing after [`MARKED`].
//!
//! **What a token says becomes worthless at once.** The change of a role, of departments or of a name, a deactivation and a
//! deletion note in the same write that tokens are out of date ([`UserDocument::outdated`]); the request, or the job that was
//! handed over before it, ends them and takes the note away. Sessions that began before a deactivation stay over, also when
//! it is taken back ([`UserDocument::sessions_from`]).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;
use voxora_data_api::contract::Find;
use voxora_data_api::document::{Date, Document};
use voxora_data_api::query::Direction::Ascending;
use voxora_data_api::query::{Filter, Sort, Update};
use voxora_data_api::schema::{CollectionSchema, Field, Index, Kind};
use voxora_data_api::{DataApi, DataApiError, to_document};
use voxora_domain::Millis;
use voxora_domain::hours;
use voxora_domain::id::{DepartmentId, TagId, UserId};
use voxora_domain::wire::{BusinessHours, Notifications, Role, User, UserStatus};

use crate::audit::{self, Author, Entry, Told};
use crate::collection::{Collection, Renewal, id, number};
use crate::credentials::{self, Credentials};
use crate::shape::{Optional, Part, Required, Shape, Unfit, check, check_kept, check_readable};
use crate::time::numbers_to_dates;
use crate::{Kept, StoreError, Time, Working, email, fold, password, resource};

/// The index that a second user with the same address runs into.
pub const EMAIL_INDEX: &str = "email_1";
/// The index that a second founder runs into.
pub const FOUNDER_INDEX: &str = "founder_1";

/// Since version 2 times are dates; since version 3 people have departments and the rest of their profile.
pub static SCHEMA: CollectionSchema = CollectionSchema::new(
    "users",
    3,
    &[
        Field { path: "email", kind: Kind::Text },
        Field { path: "founder", kind: Kind::Boolean },
        Field { path: "folded", kind: Kind::Text },
    ],
    &[
        Index::new(EMAIL_INDEX, &[("email", Ascending)]).unique(),
        // Lists are short; what else they are filtered by is looked through.
        Index::new("folded_1__id_1", &[("folded", Ascending), ("_id", Ascending)]),
        // The first admin alone has `founder: true`, so that making them is one insert that succeeds once.
        Index::new(FOUNDER_INDEX, &[("founder", Ascending)]).unique(),
    ],
)
.upgraded_by(upgrade);

/// See [`crate::collections`].
pub static COLLECTION: Collection = Collection {
    schema: &SCHEMA,
    movable: true,
    upgrade,
    check: check_user,
    newer: resource::newer,
    renewal,
};

const VERSION: u32 = 3;
/// How many conversations somebody takes at most, unless they or an admin say otherwise.
pub const CAPACITY: u32 = 5;
/// How long the mark of a change that takes an admin away lasts, in milliseconds: longer than a request.
pub const MARKED: Millis = 30_000;
/// What tokens say of somebody, or would not be issued without.
const IN_TOKENS: [&str; 5] = ["role", "status", "departments", "name", "deleted"];
/// How often a change is tried again that another one overtook.
const ATTEMPTS: u32 = 5;
/// How many people one look for some reads, and how many looks there are at most.
const LOOK: (u32, usize) = (200, 25);

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
    /// The same folded, by [`fold::name`].
    #[serde(default)]
    pub folded: String,
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
    /// What they know about: tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<TagId>,
    /// When they work, by [`hours::read`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_hours: Option<BusinessHours>,
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
    /// How they prove who they are.
    #[serde(default, skip_serializing_if = "Credentials::is_new")]
    pub credentials: Credentials,
    /// Set while a change takes an admin away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaving: Option<Leaving>,
    /// Since when tokens that were issued before say what is so no more, until they have been ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outdated: Option<Time>,
    /// Sessions that began before are over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sessions_from: Option<Time>,
    /// Entries of the audit log that it has not got yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unaudited: Vec<Entry>,
    /// Whether they are deleted, and only there still for such an entry.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

/// The mark of a change that takes an admin away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    /// Which change: random.
    pub by: String,
    /// Until when it counts.
    pub until: Time,
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
            folded: fold::name(&name),
            name,
            role,
            password: password_hash,
            founder: None,
            departments: Vec::new(),
            capacity: CAPACITY,
            skills: Vec::new(),
            working_hours: None,
            language: None,
            time_zone: None,
            notifications: Notifications::default(),
            status: UserStatus::Active,
            last_seen_at: None,
            revision: first(),
            created_at: Time(now),
            updated_at: None,
            credentials: Credentials::default(),
            leaving: None,
            outdated: None,
            sessions_from: None,
            unaudited: Vec::new(),
            deleted: false,
        }
    }

    /// Whether they are one of the admins of whom there must always be one.
    #[must_use]
    pub fn is_active_admin(&self) -> bool {
        self.role == Role::Admin && self.status == UserStatus::Active && !self.deleted
    }

    /// What the audit log tells of them.
    fn told(&self) -> Value {
        if self.deleted {
            return Value::Null;
        }
        json!({
            "email": self.email,
            "name": self.name,
            "role": self.role,
            "departments": self.departments,
            "capacity": self.capacity,
            "skills": self.skills,
            "workingHours": self.working_hours,
            "language": self.language,
            "timeZone": self.time_zone,
            "notifications": self.notifications,
            "status": self.status,
        })
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
            skills: user.skills,
            working_hours: user.working_hours,
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
    ("folded", Optional, Shape::Text),
    ("departments", Optional, Shape::Uuids),
    ("capacity", Optional, Shape::Small),
    ("skills", Optional, Shape::Uuids),
    ("language", Optional, Shape::Text),
    ("timeZone", Optional, Shape::Text),
    (
        "notifications",
        Optional,
        Shape::Object(&[
            ("desktop", Required, ABOUT),
            ("email", Required, ABOUT),
            ("sound", Required, Shape::Boolean),
        ]),
    ),
    ("status", Optional, Shape::Word(&["active", "deactivated"])),
    ("lastSeenAt", Optional, Shape::Date),
    ("revision", Optional, Shape::Seq),
    ("createdAt", Required, Shape::Date),
    ("updatedAt", Optional, Shape::Date),
    credentials::PART,
    ("leaving", Optional, Shape::Object(&[("by", Required, Shape::Text), ("until", Required, Shape::Date)])),
    ("outdated", Optional, Shape::Date),
    ("sessionsFrom", Optional, Shape::Date),
    audit::WAITING,
    ("deleted", Optional, Shape::Boolean),
];

const ABOUT: Shape = Shape::Word(&["nothing", "mine", "all"]);

fn check_user(document: &Document) -> Result<(), Unfit> {
    check(document, SHAPE)?;
    if document.get("role").and_then(Value::as_str).is_none_or(|role| role.parse::<Role>().is_err()) {
        return Err(Unfit::new("role", "must be admin, agent, or the id of a role"));
    }
    check_kept(document, "workingHours", hours::read)?;
    check_readable::<UserDocument>(document)?;
    let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
    let folded = email::read(text("email"))?;
    if folded != text("email") {
        return Err(Unfit::new("email", format!("must be written as it is looked for: {folded}")));
    }
    if !password::is_hash(text("password")) {
        return Err(Unfit::new("password", "must be an argon2id hash as a PHC string"));
    }
    let name = fold::name(text("name"));
    if !text("folded").is_empty() && name != text("folded") {
        return Err(Unfit::new("folded", format!("must be the name folded: {name}")));
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
        let folded = fold::name(document.get("name").and_then(Value::as_str).unwrap_or_default());
        document.entry("folded").or_insert_with(|| folded.into());
        document.insert("version".to_owned(), VERSION.into());
    }
}

#[allow(clippy::unnecessary_wraps, reason = "other collections have nothing to say here")]
fn renewal(source: &Document) -> Option<Renewal> {
    // Earlier versions stored none.
    let older = Filter::gt("revision", number(source, "revision")).negated();
    Some(Renewal::Replace(Filter::id(id(source)).and(older)))
}

/// What somebody is changed to, of values that fit. What is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Their name.
    pub name: Option<String>,
    /// Their role.
    pub role: Option<Role>,
    /// The departments they are in.
    pub departments: Option<Vec<DepartmentId>>,
    /// How many open conversations they take.
    pub capacity: Option<u32>,
    /// What they know about.
    pub skills: Option<Vec<TagId>>,
    /// When they work; inside, `None` is whenever they are there.
    pub working_hours: Option<Option<BusinessHours>>,
    /// The language they read; inside, `None` is the deployment's.
    pub language: Option<Option<String>>,
    /// Where their clock is; inside, `None` is where the deployment's is.
    pub time_zone: Option<Option<String>>,
    /// How they want to be notified.
    pub notifications: Option<Notifications>,
}

/// What is done to somebody's document.
pub(crate) type Changing<'a> = dyn Fn(&mut UserDocument) -> Result<(), StoreError> + 'a;

/// What a change was made up for, and whom it is for only as long as they are that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// The version that its author saw, if the request says.
    pub version: Option<u64>,
    /// The role that was looked at to see whether its author may.
    pub role: Option<Role>,
}

impl Seen {
    fn is(self, user: &UserDocument) -> bool {
        self.version.is_none_or(|version| version == user.revision)
            && self.role.is_none_or(|role| role == user.role)
    }
}

/// Which people to list.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Those in whose name or address this is.
    pub search: Option<String>,
    /// Those who can sign in, or those who cannot.
    pub status: Option<UserStatus>,
    /// Those of this role.
    pub role: Option<Role>,
    /// Those in this department.
    pub department: Option<DepartmentId>,
    /// Those who come after this one in the list: their folded name and their id (a keyset cursor).
    pub after: Option<(String, UserId)>,
    /// At most so many.
    pub limit: u32,
}

impl Wanted {
    /// How many to read at once: as many as are wanted where nearly everybody is, else as many as may hold some.
    fn look(&self) -> u32 {
        let Self { search, status, role, department, .. } = self;
        let is_everybody = search.is_none() && status.is_none() && role.is_none() && department.is_none();
        if is_everybody { self.limit } else { LOOK.0 }
    }

    fn means(&self, search: Option<&str>, user: &UserDocument) -> bool {
        !user.deleted
            && search.is_none_or(|text| user.folded.contains(text) || user.email.contains(text))
            && self.status.is_none_or(|status| user.status == status)
            && self.role.is_none_or(|role| user.role == role)
            && self.department.is_none_or(|department| user.departments.contains(&department))
    }
}

/// The users of a deployment.
pub struct Users<'a>(pub(crate) Kept<'a>);

impl Users<'_> {
    /// Whether the deployment has been set up: there is somebody. The first admin may have left since, the last never can.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn has_somebody(&self) -> Result<bool, StoreError> {
        let found = self.0.documents.first(SCHEMA.name, Filter::all()).await?;
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
    ) -> Result<UserDocument, StoreError> {
        let user = UserDocument::new(email, name, Role::Admin, password_hash, self.0.now);
        let user = UserDocument { founder: Some(true), ..user };
        match self.0.documents.insert_one(SCHEMA.name, &user).await {
            Ok(()) => Ok(user),
            Err(DataApiError::DuplicateKey { .. }) => Err(StoreError::AlreadySetUp),
            Err(error) => Err(error.into()),
        }
    }

    /// The user of this address and password who can sign in. Who does not exist, or is deactivated, takes as long as who
    /// mistyped, and is told the same.
    ///
    /// # Errors
    /// [`StoreError::WrongCredentials`], or when the document store fails.
    pub async fn by_credentials(&self, address: &str, password: &str) -> Result<UserDocument, StoreError> {
        let user = self.by_email(address).await?;
        let right = password::verify(password, user.as_ref().map(|user| user.password.as_str()))?;
        let user = user.filter(|user| right && user.status == UserStatus::Active);
        user.ok_or(StoreError::WrongCredentials)
    }

    /// The user of this address, however it is typed.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn by_email(&self, address: &str) -> Result<Option<UserDocument>, StoreError> {
        let filter = Filter::eq("email", email::fold(address));
        let found: Option<UserDocument> = self.0.find(&SCHEMA, filter).await?;
        Ok(found.filter(|user| !user.deleted))
    }

    /// The user of this id.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn by_id(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.stored(id).await?.filter(|user| !user.deleted).map(User::from))
    }

    /// The user of this id, if they can sign in.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn active(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.by_id(id).await?.filter(|user| user.status == UserStatus::Active))
    }

    /// Whose session goes on that began then; `None` where it is over, because they were deactivated or deleted since.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn in_session_since(
        &self,
        id: UserId,
        began: Time,
    ) -> Result<Option<UserDocument>, StoreError> {
        let goes_on = |user: &UserDocument| {
            !user.deleted
                && user.status == UserStatus::Active
                && user.sessions_from.is_none_or(|from| began > from)
        };
        Ok(self.stored(id).await?.filter(goes_on))
    }

    /// The user of this id as stored, also for a moment when they are deleted.
    ///
    /// # Errors
    /// When the document store fails.
    pub fn stored(&self, id: UserId) -> Working<'_, Option<UserDocument>> {
        self.0.find(&SCHEMA, Filter::id(id.to_string()))
    }

    async fn there(&self, id: UserId) -> Result<UserDocument, StoreError> {
        self.stored(id).await?.filter(|user| !user.deleted).ok_or(StoreError::NotFound("user"))
    }

    /// The wanted people, by name. A team is not large: whoever a search means is looked for among all.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn list(&self, wanted: Wanted) -> Result<Vec<UserDocument>, StoreError> {
        let order = Sort::ascending("folded").then_ascending("_id");
        let (look, looks) = (wanted.look(), LOOK.1);
        let search = wanted.search.as_deref().map(fold::name);
        let most = usize::try_from(wanted.limit).unwrap_or(usize::MAX);
        let (mut after, mut found) = (wanted.after.clone(), Vec::new());
        for _ in 0..looks {
            let filter = match &after {
                Some((folded, id)) => order.after([folded.as_str().into(), id.to_string().into()]),
                None => Filter::all(),
            };
            let find = Find::new(filter).sort(order.clone()).limit(look);
            let some: Vec<UserDocument> = self.0.list(&SCHEMA, find).await?;
            let is_last = some.len() < usize::try_from(look).unwrap_or(usize::MAX);
            after = some.last().map(|user| (user.folded.clone(), user.id));
            found.extend(some.into_iter().filter(|user| wanted.means(search.as_deref(), user)));
            if is_last || found.len() >= most {
                break;
            }
        }
        found.truncate(most);
        Ok(found)
    }

    /// Changes somebody; only if they are still what they were.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Changed`], [`StoreError::LastAdmin`], or when the document store fails.
    pub fn change<'a>(
        &'a self,
        id: UserId,
        seen: Seen,
        change: Change,
        author: &'a Author,
    ) -> Working<'a, UserDocument> {
        let change = move |user: &mut UserDocument| {
            let change = change.clone();
            if let Some(name) = change.name {
                user.folded = fold::name(&name);
                user.name = name;
            }
            user.role = change.role.unwrap_or(user.role);
            user.departments = change.departments.unwrap_or_else(|| std::mem::take(&mut user.departments));
            user.capacity = change.capacity.unwrap_or(user.capacity);
            user.skills = change.skills.unwrap_or_else(|| std::mem::take(&mut user.skills));
            user.working_hours = change.working_hours.unwrap_or_else(|| user.working_hours.take());
            user.language = change.language.unwrap_or_else(|| user.language.take());
            user.time_zone = change.time_zone.unwrap_or_else(|| user.time_zone.take());
            user.notifications = change.notifications.unwrap_or(user.notifications);
            Ok(())
        };
        self.revise(id, seen, (author, "user.changed"), change)
    }

    /// Takes somebody's way in away: they cannot sign in, and their sessions are over for good. What they wrote stays.
    ///
    /// # Errors
    /// As of [`Users::change`].
    pub fn deactivate<'a>(&'a self, id: UserId, seen: Seen, author: &'a Author) -> Working<'a, UserDocument> {
        let change = |user: &mut UserDocument| {
            if user.status == UserStatus::Active {
                user.status = UserStatus::Deactivated;
                user.sessions_from = Some(Time(self.0.now));
            }
            Ok(())
        };
        self.revise(id, seen, (author, "user.deactivated"), change)
    }

    /// Gives it back: they sign in anew, with the password they had.
    ///
    /// # Errors
    /// As of [`Users::change`].
    pub fn reactivate<'a>(&'a self, id: UserId, seen: Seen, author: &'a Author) -> Working<'a, UserDocument> {
        let change = |user: &mut UserDocument| {
            user.status = UserStatus::Active;
            Ok(())
        };
        self.revise(id, seen, (author, "user.reactivated"), change)
    }

    /// Deletes somebody; who is gone already is deleted, too. From here on nobody finds them, and their address is free once
    /// the audit log knows, which the job sees to should this not come so far.
    ///
    /// # Errors
    /// As of [`Users::change`], but for [`StoreError::NotFound`].
    pub async fn delete(&self, id: UserId, seen: Seen, author: &Author) -> Result<(), StoreError> {
        let delete = |user: &mut UserDocument| {
            user.deleted = true;
            Ok(())
        };
        match self.revise(id, seen, (author, "user.deleted"), delete).await {
            Ok(_) => {}
            Err(StoreError::NotFound(_)) => return Ok(()),
            Err(error) => return Err(error),
        }
        audit::relay(&self.0.documents, SCHEMA.name, &id.to_string(), &author.request).await?;
        Ok(())
    }

    /// Notes that somebody has just signed in. That raises no version: nothing that is told of them has changed.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn seen(&self, id: UserId) -> Result<(), StoreError> {
        let change = Update::new().set("lastSeenAt", Date(self.0.now));
        self.0.documents.update_one(SCHEMA.name, Filter::id(id.to_string()), change).await?;
        Ok(())
    }

    /// Notes that tokens have been ended that were out of date since then.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn tokens_ended(&self, id: UserId, since: Time) -> Result<(), StoreError> {
        let same = Filter::id(id.to_string()).and(Filter::eq("outdated", Date(since.0)));
        self.0.documents.update_one(SCHEMA.name, same, Update::new().unset("outdated")).await?;
        Ok(())
    }

    /// Reads somebody, changes them, and stores it in the place of the version that was read (compare and swap). The entry of
    /// the audit log is part of it, which is not told of any secret. A change that takes an admin away goes by the steps that the
    /// head of this file names.
    pub(crate) fn revise<'a>(
        &'a self,
        id: UserId,
        seen: Seen,
        by: (&'a Author, &'a str),
        change: impl Fn(&mut UserDocument) -> Result<(), StoreError> + 'a,
    ) -> Working<'a, UserDocument> {
        self.revise_by(id, seen, by, Box::new(change))
    }

    fn revise_by<'a>(
        &'a self,
        id: UserId,
        seen: Seen,
        by: (&'a Author, &'a str),
        change: Box<Changing<'a>>,
    ) -> Working<'a, UserDocument> {
        Box::pin(async move {
            for _ in 0..ATTEMPTS {
                let mut user = self.there(id).await?;
                if !seen.is(&user) {
                    return Err(StoreError::Changed);
                }
                let (revision, was_admin) = (user.revision, user.is_active_admin());
                let (told, before) = (user.told(), to_document(&user)?);
                change(&mut user)?;
                let after = to_document(&user)?;
                if after == before {
                    return Ok(user);
                }
                let mark = if was_admin && !user.is_active_admin() {
                    match self.mark(id, revision).await? {
                        Some(mark) => Some(mark),
                        None if seen.version.is_some() => return Err(StoreError::Changed),
                        None => continue,
                    }
                } else {
                    None
                };
                if let Some(mark) = &mark {
                    if !self.has_another_admin(id).await? {
                        self.unmark(id, mark).await?;
                        return Err(StoreError::LastAdmin);
                    }
                    user.leaving = None;
                }
                let base = revision + u64::from(mark.is_some());
                user.revision = base + 1;
                user.version = VERSION;
                user.updated_at = Some(Time(self.0.now));
                if IN_TOKENS.iter().any(|field| after.get(*field) != before.get(*field)) {
                    user.outdated = Some(Time(self.0.now));
                }
                user.unaudited.push(entry(by, told, &user)?);
                let mut same = Filter::id(id.to_string()).and(revision_is(base));
                if let Some(mark) = &mark {
                    same = same.and(Filter::eq("leaving.by", mark.by.as_str()));
                }
                match self.0.documents.replace_one(SCHEMA.name, same, &user, false).await {
                    Ok(replaced) if replaced.matched_count > 0 => return Ok(user),
                    Ok(_) => {}
                    Err(DataApiError::DuplicateKey { .. }) => return Err(StoreError::Taken("email")),
                    Err(error) => return Err(error.into()),
                }
                if seen.version.is_some() {
                    return Err(StoreError::Changed);
                }
            }
            Err(StoreError::Changed)
        })
    }

    /// Marks an admin as about to leave; `None` when they have changed since they were read. A mark that is there already is
    /// replaced: whoever set it will find theirs gone.
    async fn mark(&self, id: UserId, revision: u64) -> Result<Option<Leaving>, StoreError> {
        let mark = Leaving { by: Uuid::new_v4().simple().to_string(), until: Time(self.0.now + MARKED) };
        let same = Filter::id(id.to_string()).and(revision_is(revision));
        let update = Update::new().set("leaving", to_document(&mark)?).set("revision", revision + 1);
        let marked = self.0.documents.update_one(SCHEMA.name, same, update).await?.matched_count > 0;
        Ok(marked.then_some(mark))
    }

    /// Takes a mark off, unless another has taken its place; says whether it was there.
    async fn unmark(&self, id: UserId, mark: &Leaving) -> Result<bool, StoreError> {
        let same = Filter::id(id.to_string()).and(Filter::eq("leaving.by", mark.by.as_str()));
        let update = Update::new().unset("leaving").inc("revision", 1);
        Ok(self.0.documents.update_one(SCHEMA.name, same, update).await?.matched_count > 0)
    }

    /// Whether there is an active admin beside this one who is not about to leave.
    async fn has_another_admin(&self, but: UserId) -> Result<bool, StoreError> {
        for _ in 0..ATTEMPTS {
            let admins = Filter::eq("role", Role::Admin.to_string())
                .and(Filter::ne("status", "deactivated"))
                .and(Filter::ne("deleted", true))
                .and(Filter::ne("_id", but.to_string()));
            let find = Find::new(admins).limit(LOOK.0);
            let admins: Vec<UserDocument> = self.0.list(&SCHEMA, find).await?;
            let mut expired = Vec::new();
            for admin in admins {
                match admin.leaving {
                    None => return Ok(true),
                    Some(mark) if mark.until.0 <= self.0.now => expired.push((admin.id, mark)),
                    Some(_) => {}
                }
            }
            if expired.is_empty() {
                return Ok(false);
            }
            // Once it is off, its owner's change cannot be stored any more. Who then has none is found by another look.
            for (id, mark) in expired {
                self.unmark(id, &mark).await?;
            }
        }
        Ok(false)
    }
}

/// What the version before stored has no revision, and is the first.
fn revision_is(revision: u64) -> Filter {
    Filter::in_("revision", [Some(revision), (revision > first()).then_some(revision)])
}

fn entry(
    (author, action): (&Author, &str),
    before: Value,
    user: &UserDocument,
) -> Result<Entry, DataApiError> {
    let (id, revision, after) = (&user.id.to_string(), user.revision, user.told());
    let at = user.updated_at.unwrap_or(user.created_at);
    Entry::new(author, at, Told { action, kind: "user", id, revision, before, after })
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use serde_json::{Value, json};
    use uuid::Uuid;
    use voxora_data_api::DataApi;
    use voxora_data_api::contract::Find;
    use voxora_data_api::document::Document;
    use voxora_data_api::embedded::Engine;
    use voxora_data_api::query::Filter;
    use voxora_data_api::schema::CollectionSchema;
    use voxora_domain::id::UserId;
    use voxora_domain::sql::object_database;
    use voxora_domain::wire::{Actor, ActorKind, Role, UserStatus};

    use super::{COLLECTION, Change, MARKED, SCHEMA, Seen, UserDocument, Wanted};
    use crate::audit::Author;
    use crate::testing::{Engines, Turn, Turns, step};
    use crate::{Store, StoreError, password};

    const HASH: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn a_newer_version_takes_the_place_of_an_older_one_also_of_one_without_a_revision() {
        let documents = Engine::open(object_database().unwrap(), &SCHEMA, || 0).unwrap();
        let store = Store { documents, now: 7 };
        let hash = password::hash("correct horse").unwrap();
        let made =
            block_on(store.users().create_first_admin("ada@example.com".to_owned(), "Ada".to_owned(), hash));
        let id = made.unwrap().id.to_string();
        let read = || {
            block_on(store.documents.find_one::<Document>("users", Filter::id(id.clone()))).unwrap().unwrap()
        };
        let unset = voxora_data_api::query::Update::new().unset("revision");
        block_on(store.documents.update_one("users", Filter::id(id.clone()), unset)).unwrap();
        let mut newer = read();
        newer.insert("revision".to_owned(), 2.into());
        newer.insert("name".to_owned(), "Ada L.".into());
        block_on(COLLECTION.renew(&store.documents, &newer)).unwrap();
        assert_eq!(read(), newer);
        let mut older = newer.clone();
        older.insert("revision".to_owned(), 1.into());
        block_on(COLLECTION.renew(&store.documents, &older)).unwrap();
        assert_eq!(read(), newer);
    }

    #[test]
    fn the_first_admin_is_made_once_and_signs_in_however_the_address_is_typed() {
        let documents = Engine::open(object_database().unwrap(), &SCHEMA, || 0).unwrap();
        let store = Store { documents, now: 7 };
        assert!(!block_on(store.users().has_somebody()).unwrap());
        let hash = password::hash("correct horse").unwrap();
        let make = |email: &str| {
            block_on(store.users().create_first_admin(email.to_owned(), "Ada".to_owned(), hash.clone()))
        };
        let ada = make("ada@example.com").unwrap();
        assert_eq!(make("bob@example.com"), Err(StoreError::AlreadySetUp));
        assert!(block_on(store.users().has_somebody()).unwrap());
        let sign_in =
            |address: &str, password: &str| block_on(store.users().by_credentials(address, password));
        assert_eq!(sign_in(" ADA@example.com", "correct horse").unwrap(), ada);
        assert_eq!(sign_in("ada@example.com", "wrong horse"), Err(StoreError::WrongCredentials));
        assert_eq!(sign_in("eve@example.com", "correct horse"), Err(StoreError::WrongCredentials));
        assert_eq!(block_on(store.users().by_id(ada.id)).unwrap(), Some(ada.clone().into()));

        let stored: Value =
            block_on(store.documents.find_one("users", Filter::id(ada.id.to_string()))).unwrap().unwrap();
        let pinned = json!({
            "_id": ada.id.to_string(), "version": 3, "email": "ada@example.com", "name": "Ada", "role": "admin",
            "password": hash, "founder": true, "folded": "ada", "capacity": 5, "status": "active", "revision": 1,
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
        let before: super::UserDocument = voxora_domain::json::from_value(user).unwrap();
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

    const ANY: Seen = Seen { version: None, role: None };

    fn version(version: u64) -> Seen {
        Seen { version: Some(version), role: None }
    }

    const NOON: i64 = 1_795_348_800_000;

    fn author() -> Author {
        let by = Actor { kind: ActorKind::Agent, id: "ada".to_owned(), name: "Ada".to_owned() };
        Author { by, request: "request-1".to_owned() }
    }

    fn user_id(number: u128) -> UserId {
        UserId::new(Uuid::from_u128(0x0197_a0c0_0000_7000_8000_0000_0000_0000 + number))
    }

    fn add(store: &Store<impl DataApi>, number: u128, name: &str, role: Role) -> UserId {
        let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
        let user = UserDocument::new(email, name.to_owned(), role, HASH.to_owned(), store.now);
        block_on(store.documents.insert_one("users", &UserDocument { id: user_id(number), ..user })).unwrap();
        user_id(number)
    }

    fn role(role: Role) -> Change {
        Change { role: Some(role), ..Change::default() }
    }

    #[test]
    fn people_are_listed_by_name_and_found_by_name_and_address() {
        let store = Store { documents: Engines::new(), now: NOON };
        for (number, name, role) in [
            (1, "Grace Hopper", Role::Admin),
            (2, "ada", Role::Agent),
            (3, "Émile", Role::Agent),
            (4, "Zoë", Role::Agent),
        ] {
            add(&store, number, name, role);
        }
        block_on(store.users().deactivate(user_id(4), ANY, &author())).unwrap();
        let department = voxora_domain::id::DepartmentId::new(Uuid::from_u128(9));
        let into = Change { departments: Some(vec![department]), ..Change::default() };
        block_on(store.users().change(user_id(2), ANY, into, &author())).unwrap();
        let names = |wanted: Wanted| -> Vec<String> {
            let found = block_on(store.users().list(Wanted { limit: 10, ..wanted })).unwrap();
            found.into_iter().map(|user| user.name).collect()
        };
        assert_eq!(names(Wanted::default()), ["ada", "Grace Hopper", "Zoë", "Émile"]);
        let search = |text: &str| names(Wanted { search: Some(text.to_owned()), ..Wanted::default() });
        assert_eq!(search("HOPPER"), ["Grace Hopper"]);
        assert_eq!(search(" e\u{301}M"), ["Émile"]);
        assert_eq!(search("grace.hopper@"), ["Grace Hopper"]);
        assert_eq!(search("(.*"), Vec::<String>::new(), "a search is a text");
        assert_eq!(names(Wanted { status: Some(UserStatus::Deactivated), ..Wanted::default() }), ["Zoë"]);
        assert_eq!(names(Wanted { role: Some(Role::Admin), ..Wanted::default() }), ["Grace Hopper"]);
        assert_eq!(names(Wanted { department: Some(department), ..Wanted::default() }), ["ada"]);
        let (mut after, mut walked) = (None, Vec::new());
        while let Some(user) =
            block_on(store.users().list(Wanted { after: after.clone(), limit: 1, ..Wanted::default() }))
                .unwrap()
                .pop()
        {
            after = Some((user.folded, user.id));
            walked.push(user.name);
        }
        assert_eq!(walked, ["ada", "Grace Hopper", "Zoë", "Émile"]);
    }

    #[test]
    fn a_change_says_what_is_out_of_date_and_its_entry_comes_with_it() {
        let mut store = Store { documents: Engines::new(), now: NOON };
        add(&store, 1, "Ada", Role::Admin);
        let bob = add(&store, 2, "Bob", Role::Agent);
        let change = |seen, change| block_on(store.users().change(bob, seen, change, &author()));
        let quiet = change(version(1), Change { capacity: Some(7), ..Change::default() }).unwrap();
        assert_eq!((quiet.revision, quiet.outdated), (2, None));
        assert_eq!(change(version(1), role(Role::Admin)), Err(StoreError::Changed));
        let loud = change(version(2), role(Role::Admin)).unwrap();
        assert_eq!((loud.revision, loud.outdated, loud.unaudited.len()), (3, Some(crate::Time(NOON)), 2));
        assert_eq!(change(ANY, role(Role::Admin)).unwrap(), loud, "the same once more is no change");
        let agent = Seen { role: Some(Role::Agent), version: None };
        assert_eq!(
            change(agent, Change::default()),
            Err(StoreError::Changed),
            "they are more than was looked at"
        );
        block_on(store.users().tokens_ended(bob, crate::Time(NOON - 1))).unwrap();
        assert!(
            block_on(store.users().stored(bob)).unwrap().unwrap().outdated.is_some(),
            "an earlier ending is not this one"
        );
        block_on(store.users().tokens_ended(bob, crate::Time(NOON))).unwrap();
        let stored = block_on(store.users().stored(bob)).unwrap().unwrap();
        assert_eq!(stored.outdated, None);
        let told = serde_json::to_string(&stored.unaudited).unwrap();
        assert!(!told.contains("argon2"), "no password goes to the audit log: {told}");

        let session = crate::Time(NOON);
        assert!(block_on(store.users().in_session_since(bob, session)).unwrap().is_some());
        store.now += 1;
        block_on(store.users().deactivate(bob, ANY, &author())).unwrap();
        assert_eq!(block_on(store.users().active(bob)), Ok(None));
        assert_eq!(block_on(store.users().in_session_since(bob, session)), Ok(None));
        block_on(store.users().reactivate(bob, ANY, &author())).unwrap();
        assert_eq!(
            block_on(store.users().in_session_since(bob, session)),
            Ok(None),
            "it was over, and stays so"
        );
        assert!(block_on(store.users().in_session_since(bob, crate::Time(NOON + 2))).unwrap().is_some());
        block_on(store.users().delete(bob, ANY, &author())).unwrap();
        block_on(store.users().delete(bob, ANY, &author())).unwrap();
        assert_eq!(block_on(store.users().stored(bob)), Ok(None), "the log has it, and the address is free");
        let gone = block_on(store.users().change(bob, ANY, role(Role::Agent), &author()));
        assert_eq!(gone, Err(StoreError::NotFound("user")));
    }

    /// What a request does to somebody that takes an admin away.
    #[derive(Debug, Clone, Copy)]
    enum Away {
        Demote,
        Deactivate,
        Delete,
    }

    const AWAYS: [Away; 3] = [Away::Demote, Away::Deactivate, Away::Delete];

    struct Request<'a> {
        future: Turn<'a, Result<(), StoreError>>,
        ended: Option<Result<(), StoreError>>,
    }

    impl<'a> Request<'a> {
        fn new(store: &'a Store<Turns<'a>>, what: Away, id: UserId) -> Self {
            let future = async move {
                let users = store.users();
                match what {
                    Away::Demote => users.change(id, ANY, role(Role::Agent), &author()).await.map(drop),
                    Away::Deactivate => users.deactivate(id, ANY, &author()).await.map(drop),
                    Away::Delete => users.delete(id, ANY, &author()).await,
                }
            };
            Self { future: Box::pin(future), ended: None }
        }

        /// Lets it take its next step: one action on the document store.
        fn step(&mut self) {
            if self.ended.is_none() {
                self.ended = step(&mut self.future);
            }
        }

        fn finish(&mut self) -> Result<(), StoreError> {
            loop {
                if let Some(ended) = &self.ended {
                    return ended.clone();
                }
                self.step();
            }
        }
    }

    fn two_admins() -> (Engines, [UserId; 2]) {
        let store = Store { documents: Engines::of(&["users", "audit"]), now: NOON };
        let admins = [add(&store, 1, "Ada", Role::Admin), add(&store, 2, "Bob", Role::Admin)];
        (store.documents, admins)
    }

    fn active_admins(engines: &Engines) -> usize {
        let all: Vec<UserDocument> =
            block_on(engines.find("users", Find::new(Filter::all()).limit(10))).unwrap();
        all.iter().filter(|user| user.is_active_admin()).count()
    }

    /// All orders of so many steps of two requests.
    fn orders(each: usize) -> impl Iterator<Item = Vec<usize>> {
        let steps = 2 * each;
        (0_u32..1 << steps)
            .filter(move |order| order.count_ones() as usize == each)
            .map(move |order| (0..steps).map(|step| (order >> step & 1) as usize).collect())
    }

    #[test]
    fn two_admins_who_leave_at_once_never_both_do() {
        let (mut done, mut refused) = (0, 0);
        for (first, second) in
            [(Away::Demote, Away::Demote), (Away::Deactivate, Away::Delete), (Away::Delete, Away::Demote)]
        {
            for order in orders(5) {
                let (engines, [ada, bob]) = two_admins();
                let stores = [0, 1].map(|_| Store { documents: Turns(&engines), now: NOON });
                let mut requests =
                    [Request::new(&stores[0], first, ada), Request::new(&stores[1], second, bob)];
                for turn in &order {
                    requests[*turn].step();
                    assert!(active_admins(&engines) > 0, "{first:?} {second:?} {order:?}");
                }
                let ended = requests.map(|mut request| request.finish());
                let left = active_admins(&engines);
                let leaves = ended.iter().filter(|ended| ended.is_ok()).count();
                assert_eq!(left, 2 - leaves, "{first:?} {second:?} {order:?}: {ended:?}");
                assert!(left > 0 && ended.iter().all(|it| matches!(it, Ok(()) | Err(StoreError::LastAdmin))));
                done += leaves;
                refused += usize::from(leaves == 0);
            }
        }
        assert!(done > 0 && refused > 0, "{done} {refused}");
    }

    #[test]
    fn a_request_that_dies_on_the_way_bars_nobody_for_long_and_comes_too_late_after() {
        for first in AWAYS {
            for second in AWAYS {
                for step in 0..8 {
                    let (engines, [ada, bob]) = two_admins();
                    let early = Store { documents: Turns(&engines), now: NOON };
                    let late = Store { documents: Turns(&engines), now: NOON + MARKED };
                    let mut stalled = Request::new(&early, first, ada);
                    (0..step).for_each(|_| stalled.step());
                    // While the mark is good, the other is refused; whether the one comes back is not known.
                    if active_admins(&engines) == 2 && step > 2 {
                        assert_eq!(Request::new(&early, second, bob).finish(), Err(StoreError::LastAdmin));
                    }
                    let was_done = active_admins(&engines) == 1;
                    let other = Request::new(&late, second, bob).finish();
                    let expected = if was_done { Err(StoreError::LastAdmin) } else { Ok(()) };
                    assert_eq!(other, expected, "{first:?} {second:?} {step}");
                    assert_eq!(active_admins(&engines), 1);
                    // It was not dead, only very slow.
                    let ended = stalled.finish();
                    assert_eq!(ended.is_ok(), was_done, "{first:?} {second:?} {step}: {ended:?}");
                    assert_eq!(active_admins(&engines), 1, "{first:?} {second:?} {step}");
                }
            }
        }
    }

    #[test]
    fn two_changes_of_one_admin_at_once_are_one_after_the_other() {
        for order in orders(5) {
            let (engines, [ada, _]) = two_admins();
            let stores = [0, 1].map(|_| Store { documents: Turns(&engines), now: NOON });
            let mut requests = [
                Request::new(&stores[0], Away::Demote, ada),
                Request::new(&stores[1], Away::Deactivate, ada),
            ];
            for turn in &order {
                requests[*turn].step();
            }
            let ended = requests.map(|mut request| request.finish());
            let changed = block_on(
                stores[0].documents.0.find_one::<UserDocument>("users", Filter::id(ada.to_string())),
            )
            .unwrap()
            .unwrap();
            assert_eq!((ended[0].is_ok(), ended[1].is_ok()), (true, true), "{order:?}: {ended:?}");
            assert_eq!(
                (changed.role, changed.status, changed.leaving),
                (Role::Agent, UserStatus::Deactivated, None)
            );
            assert_eq!(changed.unaudited.len(), 2);
        }
    }

    #[test]
    fn the_last_admin_stays_and_anybody_else_may_go() {
        let store = Store { documents: Engines::new(), now: NOON };
        let (ada, bob) = (add(&store, 1, "Ada", Role::Admin), add(&store, 2, "Bob", Role::Agent));
        assert_eq!(
            block_on(store.users().change(ada, ANY, role(Role::Agent), &author())),
            Err(StoreError::LastAdmin)
        );
        assert_eq!(block_on(store.users().deactivate(ada, ANY, &author())), Err(StoreError::LastAdmin));
        assert_eq!(block_on(store.users().delete(ada, ANY, &author())), Err(StoreError::LastAdmin));
        let stored = block_on(store.users().stored(ada)).unwrap().unwrap();
        assert_eq!((stored.leaving, stored.unaudited.len()), (None, 0), "a refusal leaves nothing behind");
        // One who is deactivated is no admin to count on.
        block_on(store.users().change(bob, ANY, role(Role::Admin), &author())).unwrap();
        block_on(store.users().deactivate(bob, ANY, &author())).unwrap();
        assert_eq!(block_on(store.users().deactivate(ada, ANY, &author())), Err(StoreError::LastAdmin));
        block_on(store.users().delete(bob, ANY, &author())).unwrap();
        // Set-up stays done, also when the first admin is gone.
        let eve = add(&store, 3, "Eve", Role::Admin);
        block_on(store.users().delete(ada, ANY, &author())).unwrap();
        assert!(block_on(store.users().has_somebody()).unwrap());
        assert_eq!(block_on(store.users().delete(eve, ANY, &author())), Err(StoreError::LastAdmin));
    }
}
