//! Roles that the team has made: permissions as data. What the two built-in ones may do is in
//! [`voxora_domain::access::permission`].
//!
//! Nobody makes, changes or deletes a role that goes beyond what they may do themselves: not as it would be, nor as it is.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use voxora_data_api::contract::Find;
use voxora_data_api::document::Document;
use voxora_data_api::query::Direction::Ascending;
use voxora_data_api::query::{Filter, Sort};
use voxora_data_api::schema::{CollectionSchema, Field, Index, Kind};
use voxora_domain::access::{Permission, Permissions, Reach};
use voxora_domain::id::{RoleId, UserId};
use voxora_domain::wire::{AgentsSee, Role, TeamRole};

use crate::audit::{Author, Entry};
use crate::collection::{Collection, ids};
use crate::resource::{self, Resource};
use crate::shape::{Optional, Part, Required, Shape, Unfit, check_readable};
use crate::{Kept, StoreError, Time, Working, fold, refused, users};

/// One index makes names unique, and is the list.
pub static SCHEMA: CollectionSchema = CollectionSchema::new(
    "roles",
    1,
    &[Field { path: "folded", kind: Kind::Text }],
    &[Index::new("folded_1", &[("folded", Ascending)]).unique()],
);

/// See [`crate::collections`].
pub static COLLECTION: Collection = resource::collection(&SCHEMA, check_role);

const VERSION: u32 = 1;

/// A role as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleDocument {
    /// The role's id.
    #[serde(rename = "_id")]
    pub id: RoleId,
    /// The version of this shape.
    pub version: u32,
    /// What it is called.
    pub name: String,
    /// The same folded, by [`fold::name`].
    pub folded: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it permits.
    pub permissions: Permissions,
    /// Raised by every change.
    pub revision: u64,
    /// A digest of the request that made it, by which a repeat is known; see [`NewRole`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Entries of the audit log that it has not got yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unaudited: Vec<Entry>,
    /// Whether it is deleted, and only there still for such an entry.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

impl Resource for RoleDocument {
    const KIND: &'static resource::Kind = &resource::Kind {
        schema: &SCHEMA,
        name: "role",
        unique: "name",
        told: &["name", "description", "permissions"],
    };
}

impl RoleDocument {
    /// The role as the API shows it.
    #[must_use]
    pub fn shown(self, people: u64) -> TeamRole {
        TeamRole {
            id: Role::Custom(self.id),
            name: self.name,
            description: self.description,
            built_in: false,
            permissions: with_own_account(self.permissions),
            people,
            version: self.revision,
            created_at: Some(self.created_at.0),
            updated_at: Some(self.updated_at.0),
        }
    }
}

/// These, and what everybody may do with their own account.
#[must_use]
pub fn with_own_account(permissions: Permissions) -> Permissions {
    permissions.with(Permission::ReadOwnAccount, Reach::All).with(Permission::UpdateOwnAccount, Reach::All)
}

const SHAPE: &[Part] = &[
    ("name", Required, Shape::Text),
    ("folded", Required, Shape::Text),
    ("description", Optional, Shape::Text),
];

fn check_role(document: &Document) -> Result<(), Unfit> {
    resource::check(document, SHAPE)?;
    resource::check_name(document)?;
    let names = document.get("permissions").and_then(Value::as_array);
    if names.is_none_or(|names| !names.iter().all(Value::is_string)) {
        return Err(Unfit::new("permissions", "must be a list of names of permissions"));
    }
    check_readable::<RoleDocument>(document)
}

/// A role that is to be made, of values that fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRole {
    /// Its id: of a request with an idempotency key, made of that, so that a repeat has the same.
    pub id: RoleId,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it permits.
    pub permissions: Permissions,
    /// A digest of the request, where it had an idempotency key.
    pub request: Option<String>,
}

/// What a role is changed to, of values that fit. What is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Its name.
    pub name: Option<String>,
    /// Its description; inside, `None` is none.
    pub description: Option<Option<String>>,
    /// What it permits.
    pub permissions: Option<Permissions>,
}

/// Which roles to list.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Those that come after this one in the list: its folded name (a keyset cursor).
    pub after: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// The roles that the team of a deployment has made.
pub struct Roles<'a>(pub(crate) Kept<'a>);

impl Roles<'_> {
    /// The wanted roles, by name.
    ///
    /// # Errors
    /// When the document store fails.
    pub fn list(&self, wanted: Wanted) -> Working<'_, Vec<RoleDocument>> {
        let mut filter = resource::there();
        if let Some(folded) = wanted.after {
            filter = filter.and(Filter::gt("folded", folded));
        }
        let find = Find::new(filter).sort(Sort::ascending("folded")).limit(wanted.limit);
        self.0.list(&SCHEMA, find)
    }

    /// The role of this id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or when the document store fails.
    pub fn by_id(&self, id: RoleId) -> Working<'_, RoleDocument> {
        self.0.one(&id)
    }

    /// What somebody of a role may do, as things are: no cache is asked. `None` where there is no such role.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn permissions(&self, role: Role) -> Result<Option<Permissions>, StoreError> {
        let built_in = Permissions::of(Some(role));
        match role {
            Role::Admin => Ok(Some(built_in)),
            Role::Agent => match self.0.settings().read().await?.agents_see {
                AgentsSee::Departments => Ok(Some(built_in)),
                AgentsSee::Assigned => Ok(Some(built_in.within(Reach::Own))),
            },
            Role::Custom(id) => match self.by_id(id).await {
                Ok(role) => Ok(Some(with_own_account(role.permissions))),
                Err(StoreError::NotFound(_)) => Ok(None),
                Err(error) => Err(error),
            },
        }
    }

    /// How many people have a role.
    ///
    /// # Errors
    /// When the document store fails.
    pub fn people(&self, role: Role) -> Working<'_, u64> {
        self.0.count(&users::SCHEMA, resource::there().and(Filter::eq("role", role.to_string())))
    }

    /// The people of a role after one of them, by id, at most so many.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn some_people(
        &self,
        role: Role,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError> {
        let mut filter = Filter::eq("role", role.to_string());
        if let Some(after) = after {
            filter = filter.and(Filter::gt("_id", after.to_string()));
        }
        let find = Find::new(filter).sort(Sort::ascending("_id")).limit(limit);
        Ok(ids(&self.0.found(&users::SCHEMA, find).await?, "_id")?)
    }

    /// Makes a role, once: a repeat under the same idempotency key finds it as it is now. `most` is what whoever makes it may
    /// do themselves.
    ///
    /// # Errors
    /// [`StoreError::Beyond`], [`StoreError::Taken`], [`StoreError::KeyReused`], or when the document store fails.
    pub fn create<'a>(
        &'a self,
        new: NewRole,
        most: Permissions,
        author: &'a Author,
    ) -> Working<'a, RoleDocument> {
        if !most.covers(new.permissions) {
            return refused(StoreError::Beyond);
        }
        let now = Time(self.0.now);
        let role = RoleDocument {
            id: new.id,
            version: VERSION,
            folded: fold::name(&new.name),
            name: new.name,
            description: new.description,
            permissions: new.permissions,
            revision: 1,
            request: new.request,
            created_at: now,
            updated_at: now,
            unaudited: Vec::new(),
            deleted: false,
        };
        self.0.make(&role, (author, "role.created"))
    }

    /// Changes a role; with `seen`, only if it is still of that version. Whoever calls has its people fetch fresh tokens.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Beyond`], [`StoreError::Changed`], [`StoreError::Taken`], or when the document
    /// store fails.
    pub fn change<'a>(
        &'a self,
        id: RoleId,
        seen: Option<u64>,
        change: Change,
        most: Permissions,
        author: &'a Author,
    ) -> Working<'a, RoleDocument> {
        let apply = move |role: &mut RoleDocument| {
            if !most.covers(role.permissions)
                || !change.permissions.is_none_or(|permissions| most.covers(permissions))
            {
                return Err(StoreError::Beyond);
            }
            if let Some(name) = &change.name {
                role.folded = fold::name(name);
                role.name.clone_from(name);
            }
            if let Some(description) = &change.description {
                role.description.clone_from(description);
            }
            if let Some(permissions) = change.permissions {
                role.permissions = permissions;
            }
            Ok(())
        };
        self.0.revise(&id, seen, (author, "role.changed"), apply)
    }

    /// Deletes a role that nobody has, or is invited to. One that is gone already is deleted, too.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::Beyond`], [`StoreError::Changed`], or when the document store fails.
    pub async fn delete(
        &self,
        id: RoleId,
        seen: Option<u64>,
        most: Permissions,
        author: &Author,
    ) -> Result<(), StoreError> {
        let free = async |role: RoleDocument| {
            if !most.covers(role.permissions) {
                return Err(StoreError::Beyond);
            }
            let people = self.people(Role::Custom(id)).await?;
            if people > 0 {
                return Err(StoreError::InUse(people, "people have it. Give them another role first."));
            }
            match self.0.invitations().to("role", id.to_string()).await? {
                0 => Ok(()),
                to => Err(StoreError::InUse(to, "invitations are to it. Take them back first.")),
            }
        };
        self.0.discard(&id, seen, (author, "role.deleted"), free).await
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use serde_json::json;
    use uuid::Uuid;
    use voxora_data_api::DataApi;
    use voxora_data_api::query::{Filter, Update};
    use voxora_domain::access::{Permission, Permissions, Reach};
    use voxora_domain::id::RoleId;
    use voxora_domain::wire::{Actor, ActorKind, AgentsSee, Role};

    use super::{COLLECTION, Change, NewRole, RoleDocument, Wanted, with_own_account};
    use crate::audit::Author;
    use crate::testing::Engines;
    use crate::{Store, StoreError, settings};

    fn ada() -> Author {
        let by = Actor { kind: ActorKind::Agent, id: "ada".to_owned(), name: "Ada".to_owned() };
        Author { by, request: "request-1".to_owned() }
    }

    fn id(number: u128) -> RoleId {
        RoleId::new(Uuid::from_u128(0x0197_a0c0_0000_7000_8000_0000_0000_0000 + number))
    }

    fn store() -> Store<Engines> {
        Store { documents: Engines::new(), now: 7 }
    }

    fn admin() -> Permissions {
        Permissions::of(Some(Role::Admin))
    }

    fn reading(reach: Reach) -> Permissions {
        Permissions::NONE.with(Permission::ReadConversations, reach)
    }

    fn new(number: u128, name: &str) -> NewRole {
        let permissions = reading(Reach::All).with(Permission::ReadTags, Reach::All);
        NewRole { id: id(number), name: name.to_owned(), description: None, permissions, request: None }
    }

    fn make(store: &Store<Engines>, number: u128, name: &str) -> RoleDocument {
        block_on(store.roles().create(new(number, name), admin(), &ada())).unwrap()
    }

    #[test]
    fn its_document_is_pinned() {
        let store = store();
        let made = make(&store, 1, "Reader");
        let pinned = json!({
            "_id": id(1), "version": 1, "name": "Reader", "folded": "reader",
            "permissions": ["read_conversations", "read_tags"], "revision": 1,
            "createdAt": { "$date": 7 }, "updatedAt": { "$date": 7 },
            "unaudited": [{
                "_id": format!("role-{}-1-7", id(1)), "version": 1, "createdAt": { "$date": 7 },
                "by": { "kind": "agent", "id": "ada", "name": "Ada" }, "action": "role.created",
                "target": { "kind": "role", "id": id(1) }, "request": "request-1", "from": null,
                "to": { "name": "Reader", "description": null, "permissions": ["read_conversations", "read_tags"] },
            }],
        });
        assert_eq!(serde_json::to_value(&made).unwrap(), pinned);
        assert_eq!(block_on(store.roles().by_id(id(1))).unwrap(), made);
        (COLLECTION.check)(pinned.as_object().unwrap()).unwrap();
        for (field, value, said) in [
            ("name", json!(" "), "name needs at least one visible character"),
            ("folded", json!("other"), "folded must be the name folded: reader"),
            ("permissions", json!("all"), "permissions must be a list of names of permissions"),
        ] {
            let mut bad = pinned.clone();
            bad[field] = value;
            let error = (COLLECTION.check)(bad.as_object().unwrap()).unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
    }

    #[test]
    fn nobody_makes_changes_or_deletes_what_goes_beyond_them() {
        let store = store();
        let beyond = || StoreError::Beyond;
        let agent = Permissions::of(Some(Role::Agent)).with(Permission::ManageRoles, Reach::All);
        assert_eq!(block_on(store.roles().create(new(1, "Reader"), agent, &ada())), Err(beyond()), "further");
        make(&store, 1, "Reader");
        let to = |permissions| Change { permissions: Some(permissions), ..Change::default() };
        let change = |change, most| block_on(store.roles().change(id(1), None, change, most, &ada()));
        assert_eq!(change(to(reading(Reach::Own)), agent), Err(beyond()), "nor take from one that has more");
        assert_eq!(block_on(store.roles().delete(id(1), None, agent, &ada())), Err(beyond()));
        change(to(reading(Reach::Departments)), admin()).unwrap();
        assert_eq!(change(to(reading(Reach::All)), agent), Err(beyond()));
        let narrow = change(to(reading(Reach::Own)), agent).unwrap();
        assert_eq!((narrow.permissions, narrow.revision), (reading(Reach::Own), 3));
        assert_eq!(block_on(store.roles().delete(id(1), None, agent, &ada())), Ok(()));
    }

    #[test]
    fn a_name_is_unique_a_role_in_use_is_not_deleted_and_one_that_is_gone_permits_nothing() {
        let store = store();
        make(&store, 1, "Reader");
        let again = block_on(store.roles().create(new(2, " READER"), admin(), &ada()));
        assert_eq!(again, Err(StoreError::Taken("name")));
        make(&store, 3, "Admirer");
        let names = |after: Option<&str>| {
            let wanted = Wanted { after: after.map(str::to_owned), limit: 9 };
            let found = block_on(store.roles().list(wanted)).unwrap().into_iter();
            found.map(|role| role.name).collect::<Vec<_>>()
        };
        assert_eq!(
            (names(None), names(Some("admirer"))),
            (vec!["Admirer".into(), "Reader".into()], vec!["Reader".to_owned()])
        );
        let user = json!({ "_id": id(9), "email": "a@b.c", "role": id(1) });
        block_on(store.documents.insert_one("users", &user)).unwrap();
        let delete = |number| block_on(store.roles().delete(id(number), None, admin(), &ada()));
        assert!(matches!(delete(1), Err(StoreError::InUse(1, _))));
        let of = |number| block_on(store.roles().permissions(Role::Custom(id(number)))).unwrap();
        assert_eq!(of(1), Some(with_own_account(new(1, "").permissions)));
        let some = |after| block_on(store.roles().some_people(Role::Custom(id(1)), after, 9));
        let people = some(None).unwrap();
        assert_eq!(people.iter().map(ToString::to_string).collect::<Vec<_>>(), [id(9).to_string()]);
        assert_eq!(some(Some(people[0])), Ok(Vec::new()));
        let invitation = json!({ "_id": id(8), "email": "c@d.e", "role": id(3), "pending": true });
        block_on(store.documents.insert_one("invitations", &invitation)).unwrap();
        assert!(matches!(delete(3), Err(StoreError::InUse(1, why)) if why.starts_with("invitations")));
        let over = Update::new().set("pending", false);
        block_on(store.documents.update_one("invitations", Filter::all(), over)).unwrap();
        assert_eq!(delete(3), Ok(()));
        assert_eq!(of(3), None);
        assert_eq!(block_on(store.roles().permissions(Role::Admin)), Ok(Some(admin())));
    }

    #[test]
    fn agents_see_what_the_settings_say() {
        let store = store();
        let agents = || block_on(store.roles().permissions(Role::Agent)).unwrap().unwrap();
        assert_eq!(agents(), Permissions::of(Some(Role::Agent)));
        let change = |agents_see| settings::Change { agents_see: Some(agents_see), ..Default::default() };
        let set = |it| block_on(store.settings().change(None, change(it), &ada(), &NoCache)).unwrap();
        set(AgentsSee::Assigned);
        assert_eq!(agents().reach(Permission::ReadConversations), Some(Reach::Own));
        assert_eq!(agents().reach(Permission::ReadTags), Some(Reach::All));
        set(AgentsSee::Departments);
        assert_eq!(agents(), Permissions::of(Some(Role::Agent)));
    }

    /// It forgets everything.
    struct NoCache;

    impl settings::Cache for NoCache {
        async fn get(&self) -> Option<String> {
            None
        }

        async fn put(&self, _: String, _: u64) {}

        async fn drop(&self) {}
    }
}
