//! Tags: the team's own words for what conversations are about. Which conversations have one, their documents say.
//!
//! A name is unique among tags that are not archived, folded: an archived tag keeps its name on the conversations that have
//! it, and does not stand in the way of a new one. A tag that was merged into another stays, archived, and says into which.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use voxora_data_api::DataApi;
use voxora_data_api::contract::Find;
use voxora_data_api::document::Document;
use voxora_data_api::query::Direction::Ascending;
use voxora_data_api::query::{Filter, Sort, Update};
use voxora_data_api::schema::{CollectionSchema, Field, Index, Kind, Partial};
use voxora_domain::fields;
use voxora_domain::id::TagId;
use voxora_domain::wire::Tag;

use crate::audit::{Author, Entry};
use crate::collection::{Collection, ids, text};
use crate::resource::{self, Resource};
use crate::shape::{Optional, Part, Required, Shape, Unfit, check_readable};
use crate::{Kept, StoreError, Time, Working, all, conversations, fold};

/// One index makes names unique, the other is the list.
pub static SCHEMA: CollectionSchema = CollectionSchema::new(
    "tags",
    1,
    &[
        Field { path: "folded", kind: Kind::Text },
        Field { path: "archived", kind: Kind::Boolean },
        Field { path: "mergedInto", kind: Kind::Text },
        Field { path: "updatedAt", kind: Kind::Date },
    ],
    &[
        Index::new("folded_1", &[("folded", Ascending)]).unique().only(Partial::Boolean("archived", false)),
        Index::new(
            "archived_1_folded_1__id_1",
            &[("archived", Ascending), ("folded", Ascending), ("_id", Ascending)],
        ),
    ],
);

/// See [`crate::collections`].
pub static COLLECTION: Collection = resource::collection(&SCHEMA, check_tag);

const VERSION: u32 = 1;

/// A tag as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TagDocument {
    /// The tag's id.
    #[serde(rename = "_id")]
    pub id: TagId,
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
    /// Whether it can be put on no conversation any more.
    pub archived: bool,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived_at: Option<Time>,
    /// The tag that takes its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<TagId>,
    /// Raised by every change.
    pub revision: u64,
    /// A digest of the request that made it, by which a repeat is known; see [`NewTag`].
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

impl Resource for TagDocument {
    const KIND: &'static resource::Kind = &resource::Kind {
        schema: &SCHEMA,
        name: "tag",
        unique: "name",
        told: &["name", "color", "description", "archived", "mergedInto"],
    };
}

impl TagDocument {
    /// The tag as the API shows it.
    #[must_use]
    pub fn shown(self, conversations: u64) -> Tag {
        Tag {
            id: self.id,
            name: self.name,
            color: self.color,
            description: self.description,
            archived_at: self.archived_at.map(|time| time.0),
            merged_into: self.merged_into,
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
    ("mergedInto", Optional, Shape::Uuid),
];

fn check_tag(document: &Document) -> Result<(), Unfit> {
    resource::check(document, SHAPE)?;
    resource::check_name(document)?;
    fields::color(text(document, "color")).map_err(|why| Unfit::new("color", why))?;
    check_readable::<TagDocument>(document)
}

/// A tag that is to be made, of values that fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTag {
    /// Its id: of a request with an idempotency key, made of that, so that a repeat has the same.
    pub id: TagId,
    /// What it is called.
    pub name: String,
    /// Its colour.
    pub color: String,
    /// What it is for.
    pub description: Option<String>,
    /// A digest of the request, where it had an idempotency key.
    pub request: Option<String>,
}

/// What a tag is changed to, of values that fit. What is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Its name.
    pub name: Option<String>,
    /// Its colour.
    pub color: Option<String>,
    /// Its description; inside, `None` is none.
    pub description: Option<Option<String>>,
    /// Whether it is archived.
    pub archived: Option<bool>,
}

/// Which tags to list.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Those that are archived, or those that are not.
    pub archived: bool,
    /// Those that come after this one in the list: its folded name and its id (a keyset cursor).
    pub after: Option<(String, TagId)>,
    /// At most so many.
    pub limit: u32,
}

/// The tags of a deployment.
pub struct Tags<'a>(pub(crate) Kept<'a>);

impl Tags<'_> {
    /// The wanted tags, by name.
    ///
    /// # Errors
    /// When the document store fails.
    pub fn list(&self, wanted: Wanted) -> Working<'_, Vec<TagDocument>> {
        let mut filter = resource::there().and(Filter::eq("archived", wanted.archived));
        let order = Sort::ascending("folded").then_ascending("_id");
        if let Some((folded, id)) = wanted.after {
            filter = filter.and(order.after([folded.into(), id.to_string().into()]));
        }
        let find = Find::new(filter).sort(order).limit(wanted.limit);
        self.0.list(&SCHEMA, find)
    }

    /// The tag of this id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or when the document store fails.
    pub fn by_id(&self, id: TagId) -> Working<'_, TagDocument> {
        self.0.one(&id)
    }

    /// A tag that can be put on a conversation.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Archived`], or when the document store fails.
    pub async fn usable(&self, id: TagId) -> Result<TagDocument, StoreError> {
        let tag = self.by_id(id).await?;
        if tag.archived { Err(StoreError::Archived) } else { Ok(tag) }
    }

    /// Whether each of these is one that can be put on something; none of them twice.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn are_usable(&self, ids: &[TagId]) -> Result<bool, StoreError> {
        self.0.are_usable(&SCHEMA, ids.iter().map(ToString::to_string).collect()).await
    }

    /// The tag and those that are merged into it: a conversation that has one of them counts as having it.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn with_merged(&self, id: TagId) -> Result<Vec<TagId>, StoreError> {
        let merged = Filter::eq("mergedInto", id.to_string());
        let merged = Find::new(merged).sort(Sort::descending("updatedAt")).limit(MOST_MERGED);
        let mut all = ids(&self.0.found(&SCHEMA, merged).await?, "_id")?;
        all.insert(0, id);
        Ok(all)
    }

    /// How many conversations have each of these tags, or one that is merged into it, of those that `readable` lets by.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn counts(&self, ids: &[TagId], readable: &Filter) -> Result<BTreeMap<TagId, u64>, StoreError> {
        let counted = all(ids.iter().map(|id| self.count(*id, readable)).collect()).await?;
        let mut counts = BTreeMap::new();
        for (id, count) in ids.iter().zip(counted) {
            counts.insert(*id, count);
        }
        Ok(counts)
    }

    fn count<'a>(&'a self, id: TagId, readable: &'a Filter) -> Working<'a, u64> {
        Box::pin(async move {
            let filter = conversations::tagged(&self.with_merged(id).await?).and(readable.clone());
            self.0.count(&conversations::SCHEMA, filter).await
        })
    }

    /// Makes a tag, once: a repeat under the same idempotency key finds it as it is now.
    ///
    /// # Errors
    /// [`StoreError::Taken`], [`StoreError::KeyReused`], or when the document store fails.
    pub fn create<'a>(&'a self, new: NewTag, author: &'a Author) -> Working<'a, TagDocument> {
        let now = Time(self.0.now);
        let tag = TagDocument {
            id: new.id,
            version: VERSION,
            folded: fold::name(&new.name),
            name: new.name,
            color: new.color,
            description: new.description,
            archived: false,
            archived_at: None,
            merged_into: None,
            revision: 1,
            request: new.request,
            created_at: now,
            updated_at: now,
            unaudited: Vec::new(),
            deleted: false,
        };
        self.0.make(&tag, (author, "tag.created"))
    }

    /// Changes a tag; with `seen`, only if it is still of that version.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Changed`], [`StoreError::Taken`]; [`StoreError::Archived`] when one that was
    /// merged is to come back; or when the document store fails.
    pub fn change<'a>(
        &'a self,
        id: TagId,
        seen: Option<u64>,
        change: Change,
        author: &'a Author,
    ) -> Working<'a, TagDocument> {
        self.0.revise(&id, seen, (author, "tag.changed"), move |tag: &mut TagDocument| {
            if change.archived == Some(false) && tag.merged_into.is_some() {
                return Err(StoreError::Archived);
            }
            if let Some(name) = &change.name {
                tag.folded = fold::name(name);
                tag.name.clone_from(name);
            }
            if let Some(color) = &change.color {
                tag.color.clone_from(color);
            }
            if let Some(description) = &change.description {
                tag.description.clone_from(description);
            }
            if let Some(archived) = change.archived.filter(|archived| *archived != tag.archived) {
                tag.archived = archived;
                tag.archived_at = archived.then_some(Time(self.0.now));
            }
            Ok(())
        })
    }

    /// Merges a tag into another: from here on it counts as that one. Whoever calls has the conversations follow.
    ///
    /// # Errors
    /// As of [`Tags::change`]; [`StoreError::Archived`] when the other is archived, or the one was merged elsewhere before.
    pub async fn merge(
        &self,
        id: TagId,
        into: TagId,
        seen: Option<u64>,
        author: &Author,
    ) -> Result<TagDocument, StoreError> {
        self.usable(into).await?;
        let merged = self
            .0
            .revise(&id, seen, (author, "tag.merged"), |tag: &mut TagDocument| {
                if tag.merged_into.is_some_and(|other| other != into) {
                    return Err(StoreError::Archived);
                }
                tag.archived = true;
                tag.archived_at = tag.archived_at.or(Some(Time(self.0.now)));
                tag.merged_into = Some(into);
                Ok(())
            })
            .await?;
        // What was merged into the one goes to the other at once, so that no chain has to be followed.
        let earlier = Filter::eq("mergedInto", id.to_string());
        let update = Update::new().set("mergedInto", into.to_string()).inc("revision", 1);
        self.0.documents.update_many(SCHEMA.name, earlier, update).await?;
        Ok(merged)
    }

    /// Deletes a tag that no conversation has. One that is gone already is deleted, too.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::Changed`], or when the document store fails.
    pub async fn delete(&self, id: TagId, seen: Option<u64>, author: &Author) -> Result<(), StoreError> {
        let free = async |_: TagDocument| match self.count(id, &Filter::all()).await? {
            0 => Ok(()),
            used => {
                Err(StoreError::InUse(used, "conversations have it. Archive it, or merge it into another."))
            }
        };
        self.0.discard(&id, seen, (author, "tag.deleted"), free).await
    }
}

/// How many tags that were merged into one count as it, the last ones first: the conversations of others have followed long
/// before.
const MOST_MERGED: u32 = 50;

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use futures::executor::block_on;
    use serde_json::{Value, json};
    use uuid::Uuid;
    use voxora_data_api::DataApi;
    use voxora_data_api::contract::Find;
    use voxora_data_api::query::{Filter, Sort};
    use voxora_domain::id::TagId;

    use voxora_domain::wire::{Actor, ActorKind};

    use super::{COLLECTION, Change, NewTag, SCHEMA, TagDocument, Wanted};
    use crate::audit::{self, Author};
    use crate::resource::newer;
    use crate::testing::Engines;
    use crate::{Store, StoreError};

    fn ada() -> Author {
        let by = Actor { kind: ActorKind::Agent, id: "ada".to_owned(), name: "Ada".to_owned() };
        Author { by, request: "request-1".to_owned() }
    }

    fn tag_id(number: u128) -> TagId {
        TagId::new(Uuid::from_u128(0x0197_a0c0_0000_7000_8000_0000_0000_0000 + number))
    }

    fn store() -> Store<Engines> {
        Store { documents: Engines::new(), now: 7 }
    }

    fn new(number: u128, name: &str) -> NewTag {
        NewTag {
            id: tag_id(number),
            name: name.to_owned(),
            color: "#1f6feb".to_owned(),
            description: None,
            request: None,
        }
    }

    fn make(store: &Store<Engines>, number: u128, name: &str) -> TagDocument {
        block_on(store.tags().create(new(number, name), &ada())).unwrap()
    }

    fn rename(name: &str) -> Change {
        Change { name: Some(name.to_owned()), ..Change::default() }
    }

    /// Puts tags on a new conversation.
    fn converse(store: &Store<Engines>, number: u128, tags: &[TagId]) {
        let conversation = json!({
            "_id": tag_id(0xc000 + number).to_string(), "customerId": "c", "tags": tags,
            "updatedAt": { "$date": 1 }, "status": "open",
        });
        block_on(store.documents.insert_one("conversations", &conversation)).unwrap();
    }

    #[test]
    fn its_document_is_pinned() {
        let store = store();
        let made = TagDocument {
            description: Some("Big".to_owned()),
            request: Some("abc".to_owned()),
            ..make(&store, 1, "VIP  Kunde")
        };
        let mut pinned = json!({
            "_id": tag_id(1).to_string(), "version": 1, "name": "VIP  Kunde", "folded": "vip kunde",
            "color": "#1f6feb", "description": "Big", "archived": false, "revision": 1, "request": "abc",
            "createdAt": { "$date": 7 }, "updatedAt": { "$date": 7 },
            "unaudited": [{
                "_id": format!("tag-{}-1-7", tag_id(1)), "version": 1, "createdAt": { "$date": 7 },
                "by": { "kind": "agent", "id": "ada", "name": "Ada" }, "action": "tag.created",
                "target": { "kind": "tag", "id": tag_id(1) }, "request": "request-1", "from": null,
                "to": {
                    "name": "VIP  Kunde", "color": "#1f6feb", "description": null, "archived": false,
                    "mergedInto": null,
                },
            }],
        });
        assert_eq!(serde_json::to_value(&made).unwrap(), pinned);
        (COLLECTION.check)(pinned.as_object().unwrap()).unwrap();
        for (field, value, said) in [
            ("name", json!(" "), "name needs at least one visible character"),
            ("folded", json!("other"), "folded must be the name folded: vip kunde"),
            ("color", json!("red"), "color must be a colour"),
            ("revision", json!(0), "revision must be a whole number from 1 on"),
            ("unaudited", json!([{}]), "unaudited.0._id is missing"),
        ] {
            let mut bad = pinned.clone();
            bad[field] = value;
            let error = (COLLECTION.check)(bad.as_object().unwrap()).unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
        // What another deployment has of it wins when it was changed more often.
        pinned["revision"] = json!(3);
        block_on(COLLECTION.renew(&store.documents, pinned.as_object().unwrap())).unwrap();
        pinned["revision"] = json!(2);
        block_on(COLLECTION.renew(&store.documents, pinned.as_object().unwrap())).unwrap();
        let stored: Value = block_on(store.documents.find_one("tags", Filter::all())).unwrap().unwrap();
        assert_eq!(stored["revision"], 3);
        let compare =
            |one: &Value, other: &Value| newer(one.as_object().unwrap(), other.as_object().unwrap());
        assert_eq!(compare(&pinned, &stored), Some(Ordering::Less));
        assert_eq!(compare(&stored, &stored), None);
        // Of two of the same revision, the one of which the audit log has more.
        let mut told = stored.clone();
        told["unaudited"] = json!([]);
        assert_eq!(compare(&stored, &told), Some(Ordering::Less));
        block_on(COLLECTION.renew(&store.documents, told.as_object().unwrap())).unwrap();
        let stored: Value = block_on(store.documents.find_one("tags", Filter::all())).unwrap().unwrap();
        assert_eq!(stored["unaudited"], json!([]));
    }

    /// The audit log, without what is pinned elsewhere.
    fn log(store: &Store<Engines>) -> Vec<Value> {
        let find = Find::new(Filter::all()).sort(Sort::ascending("_id"));
        let entries: Vec<Value> = block_on(store.documents.find(audit::SCHEMA.name, find)).unwrap();
        entries.into_iter().map(|entry| json!([entry["action"], entry["from"], entry["to"]])).collect()
    }

    #[test]
    fn the_audit_log_has_each_change_that_was_made_once_and_no_other() {
        let store = store();
        let relay =
            || block_on(audit::relay(&store.documents, SCHEMA.name, &tag_id(1).to_string(), "request-1"));
        let made = make(&store, 1, "VIP");
        make(&store, 2, "Gold");
        assert_eq!(log(&store), Vec::<Value>::new(), "an entry waits with its change");
        assert!(block_on(store.tags().change(made.id, Some(7), rename("x"), &ada())).is_err());
        assert!(block_on(store.tags().change(made.id, None, rename("gold"), &ada())).is_err());
        block_on(store.tags().change(made.id, None, rename("VIP"), &ada())).unwrap();
        block_on(store.tags().change(made.id, None, rename("Blue"), &ada())).unwrap();
        let waiting = block_on(store.tags().by_id(made.id)).unwrap();
        assert_eq!((relay(), relay()), (Ok(true), Ok(false)));
        let created = json!([
            "tag.created", null,
            { "name": "VIP", "color": "#1f6feb", "description": null, "archived": false, "mergedInto": null }
        ]);
        let renamed = json!(["tag.changed", { "name": "VIP" }, { "name": "Blue" }]);
        assert_eq!(log(&store), [created.clone(), renamed.clone()]);
        // A kill after the entries were written, before they left: they are written again, to no effect.
        block_on(store.documents.replace_one(SCHEMA.name, Filter::id(made.id.to_string()), &waiting, false))
            .unwrap();
        assert_eq!(relay(), Ok(true));
        assert_eq!(log(&store), [created.clone(), renamed.clone()]);

        // A kill in the midst of deleting: nobody finds it, the job ends it.
        let half = TagDocument { deleted: true, ..block_on(store.tags().by_id(made.id)).unwrap() };
        block_on(store.documents.replace_one(SCHEMA.name, Filter::id(made.id.to_string()), &half, false))
            .unwrap();
        assert_eq!(block_on(store.tags().by_id(made.id)), Err(StoreError::NotFound("tag")));
        let listed = block_on(store.tags().list(Wanted { limit: 9, ..Wanted::default() })).unwrap();
        assert_eq!(listed.into_iter().map(|tag| tag.id).collect::<Vec<_>>(), [tag_id(2)]);
        assert_eq!(block_on(store.tags().delete(made.id, None, &ada())), Ok(()));
        assert_eq!(relay(), Ok(false));
        assert_eq!(block_on(store.documents.count(SCHEMA.name, Filter::id(made.id.to_string()))), Ok(0));

        block_on(store.tags().delete(tag_id(2), None, &ada())).unwrap();
        let deleted = log(&store).pop().unwrap();
        assert_eq!(
            (&deleted[0], &deleted[1]["name"], &deleted[2]),
            (&json!("tag.deleted"), &json!("Gold"), &Value::Null)
        );
        assert_eq!(block_on(store.documents.count(SCHEMA.name, Filter::all())), Ok(0));
    }

    #[test]
    fn a_name_is_unique_among_those_not_archived_however_it_is_typed() {
        let store = store();
        let vip = make(&store, 1, "VIP");
        let taken = Err(StoreError::Taken("name"));
        assert_eq!(block_on(store.tags().create(new(2, " vip "), &ada())), taken);
        make(&store, 3, "Late delivery");
        assert_eq!(
            block_on(store.tags().change(tag_id(3), None, rename("viP"), &ada())),
            Err(StoreError::Taken("name"))
        );

        let archive = |archived| Change { archived: Some(archived), ..Change::default() };
        let archived = block_on(store.tags().change(vip.id, None, archive(true), &ada())).unwrap();
        assert_eq!(archived.archived_at.map(|time| time.0), Some(7));
        assert_eq!(block_on(store.tags().usable(vip.id)), Err(StoreError::Archived));
        make(&store, 2, "vip");
        assert_eq!(
            block_on(store.tags().change(vip.id, None, archive(false), &ada())),
            Err(StoreError::Taken("name"))
        );
        block_on(store.tags().change(tag_id(2), None, rename("Gold"), &ada())).unwrap();
        let back = block_on(store.tags().change(vip.id, None, archive(false), &ada())).unwrap();
        assert_eq!((back.archived_at, back.revision), (None, 3));
    }

    #[test]
    fn a_repeat_makes_nothing_again_and_finds_the_first() {
        let store = store();
        let asked = |name: &str, request: &str| NewTag { request: Some(request.to_owned()), ..new(1, name) };
        let first = block_on(store.tags().create(asked("VIP", "a"), &ada())).unwrap();
        assert_eq!(block_on(store.tags().create(asked("VIP", "a"), &ada())).unwrap(), first);
        let renamed = block_on(store.tags().change(first.id, None, rename("Gold"), &ada())).unwrap();
        assert_eq!(block_on(store.tags().create(asked("VIP", "a"), &ada())).unwrap(), renamed);
        assert_eq!(block_on(store.tags().create(asked("Other", "b"), &ada())), Err(StoreError::KeyReused));
    }

    #[test]
    fn a_change_is_meant_for_the_version_its_author_saw() {
        let store = store();
        let vip = make(&store, 1, "VIP");
        assert_eq!(
            block_on(store.tags().change(tag_id(9), None, rename("x"), &ada())),
            Err(StoreError::NotFound("tag"))
        );
        let gold = block_on(store.tags().change(vip.id, Some(1), rename("Gold"), &ada())).unwrap();
        assert_eq!((vip.name.as_str(), gold.name.as_str()), ("VIP", "Gold"));
        assert_eq!(
            block_on(store.tags().change(vip.id, Some(1), rename("x"), &ada())),
            Err(StoreError::Changed)
        );
        assert_eq!(block_on(store.tags().delete(vip.id, Some(1), &ada())), Err(StoreError::Changed));
        // The same once more is no change.
        assert_eq!(
            block_on(store.tags().change(vip.id, Some(2), rename("Gold"), &ada())).unwrap().revision,
            2
        );
        assert_eq!(block_on(store.tags().delete(vip.id, Some(2), &ada())), Ok(()));
        assert_eq!(block_on(store.tags().by_id(vip.id)), Err(StoreError::NotFound("tag")));
        assert_eq!(block_on(store.tags().delete(vip.id, Some(2), &ada())), Ok(()));
    }

    #[test]
    fn a_list_goes_on_after_any_tag() {
        let store = store();
        for (number, name) in ["b", "C", "a", "Ä"].into_iter().enumerate() {
            make(&store, number as u128, name);
        }
        let archived = Change { archived: Some(true), ..Change::default() };
        block_on(store.tags().change(tag_id(1), None, archived, &ada())).unwrap();
        let walk = |archived| {
            let (mut after, mut names) = (None, Vec::new());
            loop {
                let wanted = Wanted { archived, after: after.clone(), limit: 1 };
                let Some(tag) = block_on(store.tags().list(wanted)).unwrap().pop() else { return names };
                after = Some((tag.folded, tag.id));
                names.push(tag.name);
            }
        };
        assert_eq!(walk(false), ["a", "b", "Ä"]);
        assert_eq!(walk(true), ["C"]);
    }

    #[test]
    fn a_merged_tag_counts_as_the_other_and_one_in_use_is_not_deleted() {
        let store = store();
        for (number, name) in [(1, "one"), (2, "two"), (3, "three")] {
            make(&store, number, name);
        }
        converse(&store, 1, &[tag_id(1), tag_id(2)]);
        converse(&store, 2, &[tag_id(1)]);
        converse(&store, 3, &[tag_id(3)]);
        converse(&store, 4, &[]);
        let count = |number| {
            block_on(store.tags().counts(&[tag_id(number)], &Filter::all())).unwrap()[&tag_id(number)]
        };
        assert_eq!([count(1), count(2), count(3)], [2, 1, 1]);
        assert!(matches!(
            block_on(store.tags().delete(tag_id(3), None, &ada())),
            Err(StoreError::InUse(1, _))
        ));

        let merge = |from, into| block_on(store.tags().merge(tag_id(from), tag_id(into), None, &ada()));
        let merged = merge(1, 2).unwrap();
        assert_eq!((merged.archived, merged.merged_into, merged.revision), (true, Some(tag_id(2)), 2));
        assert_eq!([count(1), count(2)], [2, 2], "a conversation that has both counts once");
        assert_eq!(merge(1, 2).unwrap(), merged, "a repeat changes nothing");
        assert_eq!(merge(1, 3), Err(StoreError::Archived));
        assert_eq!(merge(3, 1), Err(StoreError::Archived));
        assert_eq!(merge(3, 9), Err(StoreError::NotFound("tag")));
        let back = Change { archived: Some(false), ..Change::default() };
        assert_eq!(block_on(store.tags().change(tag_id(1), None, back, &ada())), Err(StoreError::Archived));
        // No chain has to be followed.
        merge(2, 3).unwrap();
        assert_eq!(block_on(store.tags().by_id(tag_id(1))).unwrap().merged_into, Some(tag_id(3)));
        assert_eq!(count(3), 3);
    }
}
