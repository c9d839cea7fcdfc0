//! Departments: who of the team answers which conversations, and when. Which conversations are in one, their documents say;
//! who is in one, those of people.
//!
//! A name is unique among departments that are not archived, folded, as a tag's is. An archived department keeps its
//! conversations and its people, who go on seeing them; nothing is moved into it any more.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use voxora_data_api::contract::Find;
use voxora_data_api::document::Document;
use voxora_data_api::query::Direction::Ascending;
use voxora_data_api::query::{Filter, Sort};
use voxora_data_api::schema::{CollectionSchema, Field, Index, Kind, Partial};
use voxora_domain::id::DepartmentId;
use voxora_domain::wire::{BusinessHours, Department, Policy};
use voxora_domain::{fields, hours, policy};

use crate::audit::{Author, Entry};
use crate::collection::{Collection, text};
use crate::resource::{self, Resource};
use crate::shape::{Optional, Part, Required, Shape, Unfit, check_kept, check_readable};
use crate::{Kept, StoreError, Time, Working, all, conversations, fold, users};

/// One index makes names unique, the other is the list.
pub static SCHEMA: CollectionSchema = CollectionSchema::new(
    "departments",
    1,
    &[Field { path: "folded", kind: Kind::Text }, Field { path: "archived", kind: Kind::Boolean }],
    &[
        Index::new("folded_1", &[("folded", Ascending)]).unique().only(Partial::Boolean("archived", false)),
        Index::new(
            "archived_1_folded_1__id_1",
            &[("archived", Ascending), ("folded", Ascending), ("_id", Ascending)],
        ),
    ],
);

/// See [`crate::collections`].
pub static COLLECTION: Collection = resource::collection(&SCHEMA, check_department);

const VERSION: u32 = 1;

/// A department as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DepartmentDocument {
    /// The department's id.
    #[serde(rename = "_id")]
    pub id: DepartmentId,
    /// The version of this shape.
    pub version: u32,
    /// What it is called.
    pub name: String,
    /// The same folded, by [`fold::name`].
    pub folded: String,
    /// Its colour, `#rrggbb`.
    pub color: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When somebody is there, by [`hours::read`]; always, where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<BusinessHours>,
    /// How its queue is worked off, by [`policy::read`]; as the general queue, where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    /// Whether no conversation can be moved into it any more.
    pub archived: bool,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived_at: Option<Time>,
    /// Raised by every change.
    pub revision: u64,
    /// A digest of the request that made it, by which a repeat is known; see [`NewDepartment`].
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

impl Resource for DepartmentDocument {
    const KIND: &'static resource::Kind = &resource::Kind {
        schema: &SCHEMA,
        name: "department",
        unique: "name",
        told: &["name", "color", "description", "hours", "policy", "archived"],
    };
}

/// What is in a department.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// How many people.
    pub members: u64,
    /// How many conversations.
    pub conversations: u64,
}

impl DepartmentDocument {
    /// The department as the API shows it.
    #[must_use]
    pub fn shown(self, Counts { members, conversations }: Counts) -> Department {
        Department {
            id: self.id,
            name: self.name,
            color: self.color,
            description: self.description,
            hours: self.hours,
            policy: self.policy,
            archived_at: self.archived_at.map(|time| time.0),
            members,
            conversations,
            version: self.revision,
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
        }
    }
}

const SHAPE: &[Part] = &[
    ("name", Required, Shape::Text),
    ("folded", Required, Shape::Text),
    ("color", Required, Shape::Text),
    ("description", Optional, Shape::Text),
    ("archived", Required, Shape::Boolean),
    ("archivedAt", Optional, Shape::Date),
];

fn check_department(document: &Document) -> Result<(), Unfit> {
    resource::check(document, SHAPE)?;
    resource::check_name(document)?;
    fields::color(text(document, "color")).map_err(|why| Unfit::new("color", why))?;
    check_kept(document, "hours", hours::read)?;
    check_kept(document, "policy", policy::read)?;
    check_readable::<DepartmentDocument>(document)
}

/// A department that is to be made, of values that fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDepartment {
    /// Its id: of a request with an idempotency key, made of that, so that a repeat has the same.
    pub id: DepartmentId,
    /// What it is called.
    pub name: String,
    /// Its colour.
    pub color: String,
    /// What it is for.
    pub description: Option<String>,
    /// When somebody is there.
    pub hours: Option<BusinessHours>,
    /// How its queue is worked off, where that is not as the general one.
    pub policy: Option<Policy>,
    /// A digest of the request, where it had an idempotency key.
    pub request: Option<String>,
}

/// What a department is changed to, of values that fit. What is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Its name.
    pub name: Option<String>,
    /// Its colour.
    pub color: Option<String>,
    /// Its description; inside, `None` is none.
    pub description: Option<Option<String>>,
    /// Its hours; inside, `None` is always.
    pub hours: Option<Option<BusinessHours>>,
    /// How its queue is worked off; inside, `None` is as the general queue.
    pub policy: Option<Option<Policy>>,
    /// Whether it is archived.
    pub archived: Option<bool>,
}

/// Which departments to list.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Those that are archived, or those that are not.
    pub archived: bool,
    /// Those that come after this one in the list: its folded name and its id (a keyset cursor).
    pub after: Option<(String, DepartmentId)>,
    /// At most so many.
    pub limit: u32,
}

/// The departments of a deployment.
pub struct Departments<'a>(pub(crate) Kept<'a>);

impl Departments<'_> {
    /// The wanted departments, by name.
    ///
    /// # Errors
    /// When the document store fails.
    pub fn list(&self, wanted: Wanted) -> Working<'_, Vec<DepartmentDocument>> {
        let mut filter = resource::there().and(Filter::eq("archived", wanted.archived));
        let order = Sort::ascending("folded").then_ascending("_id");
        if let Some((folded, id)) = wanted.after {
            filter = filter.and(order.after([folded.into(), id.to_string().into()]));
        }
        let find = Find::new(filter).sort(order).limit(wanted.limit);
        self.0.list(&SCHEMA, find)
    }

    /// The department of this id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or when the document store fails.
    pub fn by_id(&self, id: DepartmentId) -> Working<'_, DepartmentDocument> {
        self.0.one(&id)
    }

    /// A department into which conversations can be moved, and people.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Archived`], or when the document store fails.
    pub async fn usable(&self, id: DepartmentId) -> Result<DepartmentDocument, StoreError> {
        let department = self.by_id(id).await?;
        if department.archived { Err(StoreError::Archived) } else { Ok(department) }
    }

    /// Whether each of these is one into which people can be put.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn are_usable(&self, ids: &[DepartmentId]) -> Result<bool, StoreError> {
        self.0.are_usable(&SCHEMA, ids.iter().map(ToString::to_string).collect()).await
    }

    /// What is in each of these departments; of conversations those that `readable` lets by.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn counts(
        &self,
        ids: &[DepartmentId],
        readable: &Filter,
    ) -> Result<BTreeMap<DepartmentId, Counts>, StoreError> {
        let counted = ids.iter().flat_map(|id| self.count(*id, readable)).collect();
        let counted = all(counted).await?;
        let mut counts = BTreeMap::new();
        for (id, of) in ids.iter().zip(counted.as_chunks().0) {
            let [members, conversations] = *of;
            counts.insert(*id, Counts { members, conversations });
        }
        Ok(counts)
    }

    /// How many people there are in a department, and how many conversations.
    fn count(&self, id: DepartmentId, readable: &Filter) -> [Working<'_, u64>; 2] {
        let people = resource::there().and(Filter::eq("departments", id.to_string()));
        let inside = conversations::in_department(Some(id)).and(readable.clone());
        [self.0.count(&users::SCHEMA, people), self.0.count(&conversations::SCHEMA, inside)]
    }

    /// Makes a department, once: a repeat under the same idempotency key finds it as it is now.
    ///
    /// # Errors
    /// [`StoreError::Taken`], [`StoreError::KeyReused`], or when the document store fails.
    pub fn create<'a>(&'a self, new: NewDepartment, author: &'a Author) -> Working<'a, DepartmentDocument> {
        let now = Time(self.0.now);
        let department = DepartmentDocument {
            id: new.id,
            version: VERSION,
            folded: fold::name(&new.name),
            name: new.name,
            color: new.color,
            description: new.description,
            hours: new.hours,
            policy: new.policy,
            archived: false,
            archived_at: None,
            revision: 1,
            request: new.request,
            created_at: now,
            updated_at: now,
            unaudited: Vec::new(),
            deleted: false,
        };
        self.0.make(&department, (author, "department.created"))
    }

    /// Changes a department; with `seen`, only if it is still of that version.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Changed`], [`StoreError::Taken`], or when the document store fails.
    pub fn change<'a>(
        &'a self,
        id: DepartmentId,
        seen: Option<u64>,
        change: Change,
        author: &'a Author,
    ) -> Working<'a, DepartmentDocument> {
        let apply = move |department: &mut DepartmentDocument| {
            if let Some(name) = &change.name {
                department.folded = fold::name(name);
                department.name.clone_from(name);
            }
            if let Some(color) = &change.color {
                department.color.clone_from(color);
            }
            if let Some(description) = &change.description {
                department.description.clone_from(description);
            }
            if let Some(hours) = &change.hours {
                department.hours.clone_from(hours);
            }
            if let Some(policy) = &change.policy {
                department.policy.clone_from(policy);
            }
            if let Some(archived) = change.archived.filter(|archived| *archived != department.archived) {
                department.archived = archived;
                department.archived_at = archived.then_some(Time(self.0.now));
            }
            Ok(())
        };
        self.0.revise(&id, seen, (author, "department.changed"), apply)
    }

    /// Deletes a department in which there is neither a conversation nor anybody, nor will be by an invitation. One that is gone already is deleted, too.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::Changed`], or when the document store fails.
    pub async fn delete(
        &self,
        id: DepartmentId,
        seen: Option<u64>,
        author: &Author,
    ) -> Result<(), StoreError> {
        let free = async |_: DepartmentDocument| {
            let [members, conversations] = self.count(id, &Filter::all());
            match (conversations.await?, members.await?) {
                (0, 0) => {}
                (0, members) => {
                    return Err(StoreError::InUse(
                        members,
                        "people are in it. Archive it instead, or take them out first.",
                    ));
                }
                (conversations, _) => {
                    return Err(StoreError::InUse(
                        conversations,
                        "conversations are in it. Archive it instead.",
                    ));
                }
            }
            match self.0.invitations().to("departments", id.to_string()).await? {
                0 => Ok(()),
                to => Err(StoreError::InUse(
                    to,
                    "invitations are to it. Archive it instead, or take them back first.",
                )),
            }
        };
        self.0.discard(&id, seen, (author, "department.deleted"), free).await
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use serde_json::{Value, json};
    use uuid::Uuid;
    use voxora_data_api::DataApi;
    use voxora_data_api::query::Filter;
    use voxora_domain::id::DepartmentId;
    use voxora_domain::wire::{Actor, ActorKind, Block, BusinessHours, Policy, RoutingMode, Week};

    use super::{COLLECTION, Change, Counts, DepartmentDocument, NewDepartment, Wanted};
    use crate::audit::Author;
    use crate::testing::Engines;
    use crate::{Store, StoreError};

    fn ada() -> Author {
        let by = Actor { kind: ActorKind::Agent, id: "ada".to_owned(), name: "Ada".to_owned() };
        Author { by, request: "request-1".to_owned() }
    }

    fn id(number: u128) -> DepartmentId {
        DepartmentId::new(Uuid::from_u128(0x0197_a0c0_0000_7000_8000_0000_0000_0000 + number))
    }

    fn store() -> Store<Engines> {
        Store { documents: Engines::new(), now: 7 }
    }

    fn new(number: u128, name: &str) -> NewDepartment {
        NewDepartment {
            id: id(number),
            name: name.to_owned(),
            color: "#1f6feb".to_owned(),
            description: None,
            hours: None,
            policy: None,
            request: None,
        }
    }

    fn make(store: &Store<Engines>, number: u128, name: &str) -> DepartmentDocument {
        block_on(store.departments().create(new(number, name), &ada())).unwrap()
    }

    fn mornings() -> BusinessHours {
        let block = Block { from: "09:00".to_owned(), to: "12:00".to_owned() };
        let week = Week { monday: vec![block], ..Week::default() };
        BusinessHours { time_zone: "Europe/Berlin".to_owned(), week, holidays: Vec::new() }
    }

    #[test]
    fn its_document_is_pinned() {
        let store = store();
        let asked = NewDepartment {
            description: Some("Parcels".to_owned()),
            hours: Some(mornings()),
            policy: Some(Policy::default()),
            request: Some("abc".to_owned()),
            ..new(1, "Delivery")
        };
        let made = block_on(store.departments().create(asked, &ada())).unwrap();
        let hours = json!({
            "timeZone": "Europe/Berlin", "holidays": [], "week": {
                "monday": [{ "from": "09:00", "to": "12:00" }], "tuesday": [], "wednesday": [], "thursday": [],
                "friday": [], "saturday": [], "sunday": [],
            },
        });
        let policy = json!({
            "routing": { "mode": "manual", "sameAgentFirst": true, "skills": "ignored", "giveBackAfterSeconds": 120 },
            "targets": {
                "low": {}, "normal": {}, "high": {}, "urgent": {}, "businessHours": false, "pauseWhilePending": false,
            },
        });
        let pinned = json!({
            "_id": id(1), "version": 1, "name": "Delivery", "folded": "delivery", "color": "#1f6feb",
            "description": "Parcels", "hours": hours, "policy": policy, "archived": false, "revision": 1, "request": "abc",
            "createdAt": { "$date": 7 }, "updatedAt": { "$date": 7 },
            "unaudited": [{
                "_id": format!("department-{}-1-7", id(1)), "version": 1, "createdAt": { "$date": 7 },
                "by": { "kind": "agent", "id": "ada", "name": "Ada" }, "action": "department.created",
                "target": { "kind": "department", "id": id(1) }, "request": "request-1", "from": null,
                "to": {
                    "name": "Delivery", "color": "#1f6feb", "description": "Parcels", "hours": hours, "policy": policy,
                    "archived": false,
                },
            }],
        });
        assert_eq!(serde_json::to_value(&made).unwrap(), pinned);
        assert_eq!(block_on(store.departments().by_id(id(1))).unwrap(), made);
        (COLLECTION.check)(pinned.as_object().unwrap()).unwrap();
        let with_monday = |monday: Value| {
            let mut hours = hours.clone();
            hours["week"]["monday"] = monday;
            hours
        };
        let bad_week = with_monday(json!([{ "from": "09:00", "to": "9" }]));
        let unordered =
            with_monday(json!([{ "from": "10:00", "to": "11:00" }, { "from": "08:00", "to": "09:00" }]));
        for (field, value, said) in [
            ("name", json!(" "), "name needs at least one visible character"),
            ("folded", json!("other"), "folded must be the name folded: delivery"),
            ("color", json!("red"), "color must be a colour"),
            ("hours", json!("always"), "hours cannot be read: "),
            ("hours", bad_week, "hours.week.monday.0.to must be a time"),
            ("hours", unordered, "hours must be as it is kept"),
            ("policy", json!("general"), "policy cannot be read: "),
            (
                "policy",
                json!({ "routing": { "giveBackAfterSeconds": 90_000 } }),
                "policy.routing.giveBackAfterSeconds must be",
            ),
            (
                "policy",
                json!({ "routing": { "overflow": { "department": id(2), "afterSeconds": 5 } } }),
                "policy.routing.overflow",
            ),
            ("revision", json!(0), "revision must be a whole number from 1 on"),
        ] {
            let mut bad = pinned.clone();
            bad[field] = value;
            let error = (COLLECTION.check)(bad.as_object().unwrap()).unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
    }

    #[test]
    fn a_name_is_unique_among_those_not_archived_however_it_is_typed() {
        let store = store();
        let sales = make(&store, 1, "Sales");
        let taken = StoreError::Taken("name");
        assert_eq!(block_on(store.departments().create(new(2, "sALES"), &ada())), Err(taken.clone()));
        let archive = |archived| Change { archived: Some(archived), ..Change::default() };
        let archived = block_on(store.departments().change(sales.id, None, archive(true), &ada())).unwrap();
        assert_eq!(archived.archived_at.map(|time| time.0), Some(7));
        assert_eq!(block_on(store.departments().usable(sales.id)), Err(StoreError::Archived));
        make(&store, 2, "sales");
        assert_eq!(
            block_on(store.departments().change(sales.id, None, archive(false), &ada())),
            Err(taken.clone())
        );
        let list = |archived| {
            let found =
                block_on(store.departments().list(Wanted { archived, limit: 9, ..Wanted::default() }));
            found.unwrap().into_iter().map(|found| found.name).collect::<Vec<_>>()
        };
        assert_eq!((list(false), list(true)), (vec!["sales".to_owned()], vec!["Sales".to_owned()]));
    }

    #[test]
    fn a_change_is_meant_for_the_version_its_author_saw() {
        let store = store();
        make(&store, 1, "Sales");
        let hours = |hours| Change { hours: Some(hours), ..Change::default() };
        let open =
            block_on(store.departments().change(id(1), Some(1), hours(Some(mornings())), &ada())).unwrap();
        assert_eq!((open.revision, open.hours), (2, Some(mornings())));
        let changed = block_on(store.departments().change(id(1), Some(1), hours(None), &ada()));
        assert_eq!(changed, Err(StoreError::Changed));
        let always = block_on(store.departments().change(id(1), Some(2), hours(None), &ada())).unwrap();
        assert_eq!((always.revision, always.hours), (3, None));
        let policy = |policy| Change { policy: Some(policy), ..Change::default() };
        let mut own = Policy::default();
        own.routing.mode = RoutingMode::LeastBusy;
        let set = block_on(store.departments().change(id(1), Some(3), policy(Some(own.clone())), &ada()));
        assert_eq!(set.unwrap().policy, Some(own));
        let general = block_on(store.departments().change(id(1), Some(4), policy(None), &ada())).unwrap();
        assert_eq!((general.revision, general.policy), (5, None));
    }

    #[test]
    fn one_in_use_is_not_deleted_and_counts_are_of_what_may_be_read() {
        let store = store();
        make(&store, 1, "Sales");
        make(&store, 2, "Support");
        let insert = |collection: &str, document: Value| {
            block_on(store.documents.insert_one(collection, &document)).unwrap();
        };
        for (number, customer) in [(1, "a"), (2, "b")] {
            let status = json!({ "_id": id(100 + number), "customerId": customer, "department": id(1) });
            insert("conversations", status);
        }
        insert("users", json!({ "_id": id(200), "email": "a@b.c", "departments": [id(2), id(1)] }));
        let counts =
            |readable: Filter| block_on(store.departments().counts(&[id(1), id(2)], &readable)).unwrap();
        let of = |members, conversations| Counts { members, conversations };
        let both = |sales, support| [(id(1), sales), (id(2), support)].into_iter().collect();
        assert_eq!(counts(Filter::all()), both(of(1, 2), of(1, 0)));
        assert_eq!(counts(Filter::eq("customerId", "a")), both(of(1, 1), of(1, 0)));
        let delete = |number| block_on(store.departments().delete(id(number), None, &ada()));
        assert!(matches!(delete(1), Err(StoreError::InUse(2, why)) if why.starts_with("conversations")));
        assert!(matches!(delete(2), Err(StoreError::InUse(1, why)) if why.starts_with("people")));
        block_on(store.documents.delete_one("users", Filter::all())).unwrap();
        assert_eq!(delete(2), Ok(()));
        assert_eq!(block_on(store.departments().by_id(id(2))), Err(StoreError::NotFound("department")));
        assert_eq!(delete(2), Ok(()), "one that is gone is deleted, too");
    }
}
