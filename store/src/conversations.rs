//! Conversations as lists and reports show them; the rooms hold the truth.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use voxora_data_api::contract::Find;
use voxora_data_api::date::{MAX_MILLIS, MIN_MILLIS};
use voxora_data_api::document::{Date, Document};
use voxora_data_api::query::Direction::{Ascending, Descending};
use voxora_data_api::query::{Filter, Projection, Sort};
use voxora_data_api::schema::{CollectionSchema, Field, Index, Kind, ListIndex};
use voxora_data_api::{DataApi, DataApiError};
use voxora_domain::Millis;
use voxora_domain::access::{Audience, Permission, Principal, Reach, Subject};
use voxora_domain::id::{ConversationId, DepartmentId, TagId, UserId};
use voxora_domain::wire::{
    Actor, Conversation, ConversationStatus, ConversationSummary, Due, LastMessage, Priority, ReadMarks,
};

use crate::collection::{Collection, Renewal, id, ids, number};
use crate::shape::{ACTOR, Optional, PRIORITY, Part, READ, Required, STATUS, Shape, check_as};
use crate::time::numbers_to_dates;
use crate::{Kept, Time, Working};

/// An index for each way in which conversations are listed. Since version 3 times are dates; since version 4 they are found by
/// their tags, since version 5 by department and assignee.
pub static SCHEMA: CollectionSchema = CollectionSchema::new(
    "conversations",
    5,
    &[
        Field { path: "updatedAt", kind: Kind::Date },
        Field { path: "status", kind: Kind::Text },
        Field { path: "customerId", kind: Kind::Text },
        Field { path: "department", kind: Kind::Text },
        Field { path: "assignee.id", kind: Kind::Text },
    ],
    &[
        Index::new("updatedAt_-1__id_-1", &[("updatedAt", Descending), ("_id", Descending)]),
        Index::new(
            "status_1_updatedAt_-1__id_-1",
            &[("status", Ascending), ("updatedAt", Descending), ("_id", Descending)],
        ),
        Index::new(
            "customerId_1_updatedAt_-1__id_-1",
            &[("customerId", Ascending), ("updatedAt", Descending), ("_id", Descending)],
        ),
        Index::new(
            "department_1_updatedAt_-1__id_-1",
            &[("department", Ascending), ("updatedAt", Descending), ("_id", Descending)],
        ),
        Index::new(
            "assignee.id_1_updatedAt_-1__id_-1",
            &[("assignee.id", Ascending), ("updatedAt", Descending), ("_id", Descending)],
        ),
    ],
)
.with_list(ListIndex { field: "tags", then: &[("updatedAt", Descending), ("_id", Descending)] })
.upgraded_by(upgrade);

/// See [`crate::collections`]. Of two versions the one of the higher `head` wins.
pub static COLLECTION: Collection = Collection {
    schema: &SCHEMA,
    movable: true,
    upgrade,
    check: |document| check_as::<ConversationDocument>(document, SHAPE),
    newer,
    renewal,
};

const VERSION: u32 = 2;

/// A conversation as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConversationDocument {
    /// The conversation's id.
    #[serde(rename = "_id")]
    pub id: ConversationId,
    /// The version of this shape; 0 of one that the version before stored.
    #[serde(default)]
    pub version: u32,
    /// The visitor it belongs to.
    pub customer_id: String,
    /// The visitor as others see them.
    pub visitor: Actor,
    /// Where it stands.
    pub status: ConversationStatus,
    /// The agent it is assigned to.
    pub assignee: Option<Actor>,
    /// When it began.
    pub created_at: Time,
    /// When its last message was stored.
    pub updated_at: Time,
    /// Its last `seq`.
    pub head: u64,
    /// The last `seq` its visitor may see.
    pub public_head: u64,
    /// How far each side has read.
    pub read: ReadMarks,
    /// Its last message.
    pub last_message: Option<LastMessageDocument>,
    /// The visitor's messages that no agent has read.
    pub unread_by_agents: u32,
    /// The agents' messages that the visitor has not read.
    pub unread_by_visitor: u32,
    /// The tags it has.
    #[serde(default)]
    pub tags: Vec<TagId>,
    /// The department it belongs to; none for the general queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<DepartmentId>,
    /// How urgent it is; none where it is normal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Since when there has been something to do in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<Time>,
    /// Since when its visitor has been waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<Time>,
    /// Until when it is snoozed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snoozed_until: Option<Time>,
    /// By when the team is to have done what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<DueDocument>,
    /// How often it has come to stand otherwise without an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
}

/// By when the team is to have done what, within a conversation's document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DueDocument {
    /// Its first message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_response: Option<Time>,
    /// Its next message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_response: Option<Time>,
    /// That it is resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Time>,
}

/// A conversation's last message, within its document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastMessageDocument {
    /// Its `seq`.
    pub seq: u64,
    /// When it was stored.
    #[serde(rename(serialize = "createdAt", deserialize = "createdAt|at"))]
    pub created_at: Time,
    /// Who wrote it.
    #[serde(rename(serialize = "author", deserialize = "author|actor"))]
    pub author: Actor,
    /// Its first characters, on one line.
    pub preview: String,
}

impl ConversationDocument {
    /// Puts together what the two sides see.
    #[must_use]
    pub fn new(agents: ConversationSummary, visitor: &ConversationSummary) -> Self {
        let ConversationSummary { conversation, updated_at, last_message, unread } = agents;
        Self {
            id: conversation.id,
            version: VERSION,
            customer_id: conversation.visitor.id.clone(),
            visitor: conversation.visitor,
            status: conversation.status,
            assignee: conversation.assignee,
            created_at: Time(conversation.created_at),
            updated_at: Time(updated_at),
            head: conversation.head,
            public_head: visitor.conversation.head,
            read: conversation.read,
            last_message: last_message.map(|LastMessage { seq, at, actor, preview }| LastMessageDocument {
                seq,
                created_at: Time(at),
                author: actor,
                preview,
            }),
            unread_by_agents: unread,
            unread_by_visitor: visitor.unread,
            tags: conversation.tags.unwrap_or_default(),
            department: conversation.department,
            priority: conversation.priority,
            opened_at: conversation.opened_at.map(Time),
            waiting_since: conversation.waiting_since.map(Time),
            snoozed_until: conversation.snoozed_until.map(Time),
            due: conversation.due.map(|Due { first_response, next_response, resolution }| DueDocument {
                first_response: first_response.map(Time),
                next_response: next_response.map(Time),
                resolution: resolution.map(Time),
            }),
            revision: conversation.revision,
        }
    }

    /// The conversation as a list shows it to one side.
    #[must_use]
    pub fn summary(self, audience: Audience) -> ConversationSummary {
        let is_for_agents = audience == Audience::Agents;
        let (head, unread) = if is_for_agents {
            (self.head, self.unread_by_agents)
        } else {
            (self.public_head, self.unread_by_visitor)
        };
        let time = |time: Option<Time>| time.filter(|_| is_for_agents).map(|time| time.0);
        ConversationSummary {
            conversation: Conversation {
                id: self.id,
                visitor: self.visitor,
                status: audience.is_told(self.status),
                assignee: self.assignee,
                created_at: self.created_at.0,
                head,
                read: self.read,
                tags: Some(self.tags).filter(|_| is_for_agents),
                department: self.department.filter(|_| is_for_agents),
                priority: self.priority.filter(|_| is_for_agents),
                opened_at: time(self.opened_at),
                waiting_since: time(self.waiting_since),
                snoozed_until: time(self.snoozed_until),
                due: self.due.filter(|_| is_for_agents).map(|due| Due {
                    first_response: time(due.first_response),
                    next_response: time(due.next_response),
                    resolution: time(due.resolution),
                }),
                revision: self.revision.filter(|_| is_for_agents),
            },
            updated_at: self.updated_at.0,
            last_message: self.last_message.map(|last| LastMessage {
                seq: last.seq,
                at: last.created_at.0,
                actor: last.author,
                preview: last.preview,
            }),
            unread,
        }
    }
}

const SHAPE: &[Part] = &[
    ("_id", Required, Shape::Uuid),
    ("customerId", Required, Shape::Text),
    ("visitor", Required, Shape::Object(ACTOR)),
    ("status", Required, STATUS),
    ("assignee", Optional, Shape::Object(ACTOR)),
    ("createdAt", Required, Shape::Date),
    ("updatedAt", Required, Shape::Date),
    ("head", Required, Shape::Seq),
    ("publicHead", Required, Shape::Count),
    ("read", Required, Shape::Object(READ)),
    (
        "lastMessage",
        Optional,
        Shape::Object(&[
            ("seq", Required, Shape::Seq),
            ("createdAt", Required, Shape::Date),
            ("author", Required, Shape::Object(ACTOR)),
            ("preview", Required, Shape::AnyText),
        ]),
    ),
    ("unreadByAgents", Required, Shape::Small),
    ("unreadByVisitor", Required, Shape::Small),
    ("tags", Optional, Shape::Uuids),
    ("department", Optional, Shape::Uuid),
    ("priority", Optional, PRIORITY),
    ("openedAt", Optional, Shape::Date),
    ("waitingSince", Optional, Shape::Date),
    ("snoozedUntil", Optional, Shape::Date),
    (
        "due",
        Optional,
        Shape::Object(&[
            ("firstResponse", Optional, Shape::Date),
            ("nextResponse", Optional, Shape::Date),
            ("resolution", Optional, Shape::Date),
        ]),
    ),
    ("revision", Optional, Shape::Count),
];

fn upgrade(document: &mut Document) {
    if document.contains_key("version") {
        return;
    }
    numbers_to_dates(document, &["createdAt", "updatedAt"]);
    if let Some(last) = document.get_mut("lastMessage").and_then(serde_json::Value::as_object_mut) {
        for (before, now) in [("at", "createdAt"), ("actor", "author")] {
            if let Some(value) = last.remove(before) {
                last.insert(now.to_owned(), value);
            }
        }
        numbers_to_dates(last, &["createdAt"]);
    }
    document.entry("tags").or_insert_with(|| serde_json::Value::Array(Vec::new()));
    document.insert("version".to_owned(), VERSION.into());
}

#[allow(clippy::unnecessary_wraps, reason = "other collections have nothing to say here")]
fn newer(source: &Document, target: &Document) -> Option<Ordering> {
    Some(number(source, "head").cmp(&number(target, "head"))).filter(|order| order.is_ne())
}

#[allow(clippy::unnecessary_wraps, reason = "other collections have nothing to say here")]
fn renewal(source: &Document) -> Option<Renewal> {
    Some(Renewal::Replace(Filter::id(id(source)).and(Filter::lt("head", number(source, "head")))))
}

/// Writes a conversation's document. Writing it again, or an older one late, changes nothing.
///
/// # Errors
/// [`DataApiError`], see there.
pub async fn write(documents: &impl DataApi, document: &ConversationDocument) -> Result<(), DataApiError> {
    // Where a newer one is stored the filter finds nothing, and inserting runs into its `_id`.
    let older = Filter::id(document.id.to_string()).and(Filter::lte("head", document.head));
    match documents.replace_one(SCHEMA.name, older, document, true).await {
        Ok(_) | Err(DataApiError::DuplicateKey { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The conversations that have one of these tags.
#[must_use]
pub fn tagged(tags: &[TagId]) -> Filter {
    Filter::in_("tags", tags.iter().map(TagId::to_string))
}

/// The conversations of a department; of none, those of the general queue.
#[must_use]
pub fn in_department(department: Option<DepartmentId>) -> Filter {
    Filter::eq("department", department.map(|id| id.to_string()))
}

/// The conversations that are assigned to somebody; of none, those that are assigned to nobody.
fn assigned_to(user: Option<UserId>) -> Filter {
    Filter::eq("assignee.id", user.map(|id| id.to_string()))
}

/// The conversations that somebody may read: what [`voxora_domain::access::authorize`] lets them see, as a filter. Whatever
/// lists, counts or searches conversations for somebody goes through it.
#[must_use]
pub fn readable(by: &Principal) -> Filter {
    let Subject::User { id, departments, .. } = &by.subject else {
        return Filter::eq("customerId", by.subject.uuid().to_string());
    };
    let own = assigned_to(Some(*id));
    match by.permissions.reach(Permission::ReadConversations) {
        None => Filter::in_::<String>("_id", []),
        Some(Reach::Own) => own,
        Some(Reach::Departments) => {
            let theirs = Filter::in_("department", departments.iter().map(ToString::to_string));
            in_department(None).or(theirs).or(own)
        }
        Some(Reach::All) => Filter::all(),
    }
}

/// Which conversations to list.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Those that whoever asks may read: [`readable`].
    pub readable: Filter,
    /// Those of this department alone, or of none: the general queue.
    pub department: Option<Option<DepartmentId>>,
    /// Those that are assigned to this member of the team alone, or to nobody.
    pub assignee: Option<Option<UserId>>,
    /// Those that stand like one of these alone.
    pub statuses: Option<Vec<ConversationStatus>>,
    /// Those that have one of these tags alone, if there are any.
    pub tags: Vec<TagId>,
    /// Those that come after this one in the list: when it was updated, and its id (a keyset cursor).
    pub after: Option<(Millis, ConversationId)>,
    /// At most so many.
    pub limit: u32,
}

impl Wanted {
    /// All that somebody may read, from the newest on.
    #[must_use]
    pub fn by(reader: &Principal, limit: u32) -> Self {
        Self::of(readable(reader), limit)
    }

    /// All of these, from the newest on.
    #[must_use]
    pub fn of(readable: Filter, limit: u32) -> Self {
        let (department, assignee, statuses, tags, after) = Default::default();
        Self { readable, department, assignee, statuses, tags, after, limit }
    }
}

/// The conversations of a deployment.
pub struct Conversations<'a>(pub(crate) Kept<'a>);

impl Conversations<'_> {
    /// The wanted conversations, the one updated last first.
    ///
    /// # Errors
    /// When the document store fails.
    pub fn list(&self, wanted: Wanted) -> Working<'_, Vec<ConversationDocument>> {
        let mut filter = wanted.readable;
        if let Some(department) = wanted.department {
            filter = filter.and(in_department(department));
        }
        if let Some(assignee) = wanted.assignee {
            filter = filter.and(assigned_to(assignee));
        }
        if let Some(statuses) = wanted.statuses {
            filter = filter.and(match statuses.as_slice() {
                [status] => Filter::eq("status", status.name()),
                several => Filter::in_("status", several.iter().map(|status| status.name())),
            });
        }
        if !wanted.tags.is_empty() {
            filter = filter.and(tagged(&wanted.tags));
        }
        let order = Sort::descending("updatedAt").then_descending("_id");
        if let Some((updated_at, id)) = wanted.after {
            // A cursor may come from anywhere; no date lies beyond these.
            let updated_at = Date(updated_at.clamp(MIN_MILLIS, MAX_MILLIS));
            filter = filter.and(order.after([updated_at.into(), id.to_string().into()]));
        }
        let find = Find::new(filter).sort(order).limit(wanted.limit);
        self.0.list(&SCHEMA, find)
    }
}

/// Some of the conversations that are assigned to somebody and not closed, at most so many, in no order that matters.
///
/// # Errors
/// [`DataApiError`], see there.
pub async fn some_assigned(
    documents: &impl DataApi,
    user: UserId,
    limit: u32,
) -> Result<Vec<ConversationId>, DataApiError> {
    some(
        documents,
        assigned_to(Some(user)).and(Filter::ne("status", ConversationStatus::Closed.name())),
        limit,
    )
    .await
}

impl Conversations<'_> {
    /// How many there are that fit, such as those that are [`readable`].
    ///
    /// # Errors
    /// When the document store fails.
    pub fn count(&self, filter: Filter) -> Working<'_, u64> {
        self.0.count(&SCHEMA, filter)
    }
}

/// Some of the conversations that have a tag, at most so many, in no order that matters.
///
/// # Errors
/// [`DataApiError`], see there.
pub async fn some_tagged(
    documents: &impl DataApi,
    tag: TagId,
    limit: u32,
) -> Result<Vec<ConversationId>, DataApiError> {
    some(documents, tagged(&[tag]), limit).await
}

async fn some(
    documents: &impl DataApi,
    filter: Filter,
    limit: u32,
) -> Result<Vec<ConversationId>, DataApiError> {
    let find = Find::new(filter).project(Projection::include(&["_id"])).limit(limit);
    ids(&documents.documents(SCHEMA.name, find).await?, "_id")
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use futures::executor::block_on;
    use serde_json::{Value, json};
    use voxora_data_api::DataApi;
    use voxora_data_api::embedded::Engine;
    use voxora_data_api::query::{Direction, Filter};
    use voxora_data_api::schema::{CollectionSchema, Field, Index, Kind};
    use voxora_domain::access::{Audience, Permissions, Principal, Reach, Subject};
    use voxora_domain::id::ConversationId;
    use voxora_domain::sql::object_database;
    use voxora_domain::wire::Role;

    use super::{COLLECTION, ConversationDocument, SCHEMA, Wanted, newer, write};
    use crate::Store;

    fn stored(number: u64, head: u64, updated_at: i64) -> Value {
        json!({
            "_id": format!("0197a0c0-0000-7000-8000-{number:012}"), "version": 2,
            "customerId": "0197a0c0-0000-7000-8000-00000000000a",
            "visitor": { "kind": "visitor", "id": "0197a0c0-0000-7000-8000-00000000000a", "name": "Visitor 0197" },
            "status": "open", "assignee": null, "createdAt": { "$date": 1 }, "updatedAt": { "$date": updated_at },
            "head": head, "publicHead": head, "read": { "visitor": 1, "agents": 0 },
            "lastMessage": {
                "seq": head, "createdAt": { "$date": updated_at },
                "author": { "kind": "agent", "id": "u", "name": "Bob" }, "preview": "Hello",
            },
            "unreadByAgents": 0, "unreadByVisitor": 1, "tags": [],
        })
    }

    /// A member of the team.
    fn reader(role: Role, departments: &[&str]) -> Principal {
        let id = "0197a0c0-0000-7000-8000-00000000000b";
        let mut reader =
            Principal::of_user(id.parse().unwrap(), role, "Bob".to_owned(), id.parse().unwrap(), 0, 0);
        if let Subject::User { departments: theirs, .. } = &mut reader.subject {
            *theirs = departments.iter().map(|id| id.parse().unwrap()).collect();
        }
        reader
    }

    const SALES: &str = "0197a0c0-0000-7000-8000-0000000000d1";
    const SUPPORT: &str = "0197a0c0-0000-7000-8000-0000000000d2";

    #[test]
    fn a_list_has_what_its_reader_may_open_and_nothing_else() {
        let documents = Engine::open(object_database().unwrap(), &SCHEMA, || 0).unwrap();
        let bob = json!({ "kind": "agent", "id": "0197a0c0-0000-7000-8000-00000000000b", "name": "Bob" });
        for (number, department, assignee) in [
            (1, json!(null), json!(null)),
            (2, json!(SALES), json!(null)),
            (3, json!(SUPPORT), json!(null)),
            (4, json!(SUPPORT), bob.clone()),
            (5, json!(null), bob),
        ] {
            let mut document = stored(number, 2, 10);
            document["assignee"] = assignee;
            if !department.is_null() {
                document["department"] = department;
            }
            if number == 1 {
                document["customerId"] = json!("0197a0c0-0000-7000-8000-00000000000c");
            }
            // As the room writes it, with nothing where there is none.
            let document: ConversationDocument = voxora_domain::json::from_value(document).unwrap();
            block_on(write(&documents, &document)).unwrap();
        }
        let store = Store { documents, now: 0 };
        let found = |wanted: Wanted| {
            let found = block_on(store.conversations().list(wanted)).unwrap();
            let last = |id: ConversationId| id.to_string().pop().unwrap();
            let mut numbers: Vec<char> = found.into_iter().map(|found| last(found.id)).collect();
            numbers.sort_unstable();
            numbers.into_iter().collect::<String>()
        };
        let all = |reader: &Principal| found(Wanted::by(reader, 9));
        assert_eq!(all(&reader(Role::Admin, &[])), "12345");
        assert_eq!(all(&reader(Role::Agent, &[])), "145", "the queue, and what is assigned to them");
        assert_eq!(all(&reader(Role::Agent, &[SALES])), "1245");
        let mut narrow = reader(Role::Agent, &[SALES]);
        narrow.permissions = narrow.permissions.within(Reach::Own);
        assert_eq!(all(&narrow), "45");
        narrow.permissions = Permissions::NONE;
        assert_eq!(all(&narrow), "");
        let customer = "0197a0c0-0000-7000-8000-00000000000a".parse().unwrap();
        assert_eq!(all(&Principal::of_visitor(customer, 0, 0)), "2345", "their own, wherever they are");
        // A filter narrows, and never widens.
        let of = |reader: &Principal, department: Option<&str>| {
            let department = Some(department.map(|id| id.parse().unwrap()));
            found(Wanted { department, ..Wanted::by(reader, 9) })
        };
        assert_eq!(of(&reader(Role::Admin, &[]), Some(SUPPORT)), "34");
        assert_eq!(of(&reader(Role::Agent, &[SALES]), Some(SUPPORT)), "4");
        assert_eq!(of(&reader(Role::Admin, &[]), None), "15");
        let of = |reader: &Principal, assignee: Option<&str>| {
            let assignee = Some(assignee.map(|id| id.parse().unwrap()));
            found(Wanted { assignee, ..Wanted::by(reader, 9) })
        };
        assert_eq!(of(&reader(Role::Admin, &[]), Some("0197a0c0-0000-7000-8000-00000000000b")), "45");
        assert_eq!(of(&reader(Role::Admin, &[]), None), "123");
        assert_eq!(of(&reader(Role::Agent, &[SALES]), None), "12");
    }

    /// The same, as the version before stored it.
    fn before(number: u64, head: u64, updated_at: i64) -> Value {
        let mut document = stored(number, head, updated_at);
        document.as_object_mut().unwrap().remove("version");
        document.as_object_mut().unwrap().remove("tags");
        (document["createdAt"], document["updatedAt"]) = (json!(1), json!(updated_at));
        document["lastMessage"] = json!({
            "seq": head, "at": updated_at, "actor": { "kind": "agent", "id": "u", "name": "Bob" }, "preview": "Hello",
        });
        document
    }

    #[test]
    fn its_document_is_pinned_and_that_of_the_version_before_is_read() {
        let document: ConversationDocument = voxora_domain::json::from_value(stored(1, 5, 9)).unwrap();
        assert_eq!(serde_json::to_value(&document).unwrap(), stored(1, 5, 9));
        (COLLECTION.check)(stored(1, 5, 9).as_object().unwrap()).unwrap();
        let old: ConversationDocument = voxora_domain::json::from_value(before(1, 5, 9)).unwrap();
        assert_eq!(ConversationDocument { version: 2, ..old }, document);
        let upgraded = COLLECTION.upgraded(before(1, 5, 9).as_object().unwrap().clone());
        assert_eq!(Value::Object(upgraded), stored(1, 5, 9));
        // One in a department has that besides, and no visitor learns of it.
        let mut moved = stored(1, 5, 9);
        moved["department"] = json!(SALES);
        let moved_document: ConversationDocument = voxora_domain::json::from_value(moved.clone()).unwrap();
        assert_eq!(serde_json::to_value(&moved_document).unwrap(), moved);
        let shown = serde_json::to_string(&moved_document.summary(Audience::Visitor)).unwrap();
        assert!(!shown.contains("department"), "{shown}");
        // What the team works by is the team's, and that it put a conversation aside, too.
        let mut worked = stored(1, 5, 9);
        worked["status"] = json!("snoozed");
        worked["priority"] = json!("high");
        for field in ["openedAt", "waitingSince", "snoozedUntil"] {
            worked[field] = json!({ "$date": 7 });
        }
        worked["due"] = json!({ "firstResponse": { "$date": 8 }, "resolution": { "$date": 9 } });
        worked["revision"] = json!(2);
        (COLLECTION.check)(worked.as_object().unwrap()).unwrap();
        let worked_document: ConversationDocument = voxora_domain::json::from_value(worked.clone()).unwrap();
        assert_eq!(serde_json::to_value(&worked_document).unwrap(), worked);
        let (agents, visitor) = (
            worked_document.clone().summary(Audience::Agents),
            worked_document.clone().summary(Audience::Visitor),
        );
        let mut plain = serde_json::to_value(document.clone().summary(Audience::Visitor)).unwrap();
        plain["status"] = json!("open");
        assert_eq!(serde_json::to_value(&visitor).unwrap(), plain);
        assert_eq!(ConversationDocument::new(agents, &visitor), worked_document);
        let agents = document.clone().summary(Audience::Agents);
        assert_eq!(ConversationDocument::new(agents, &document.clone().summary(Audience::Visitor)), document);
    }

    #[test]
    fn what_lists_cannot_show_is_told() {
        for (field, value) in [
            ("head", json!(-5)),
            ("head", json!(1e300)),
            ("unreadByAgents", json!(1_u64 << 40)),
            ("visitor", json!("Ann")),
        ] {
            let mut bad = stored(1, 5, 9);
            bad[field] = value;
            let error = (COLLECTION.check)(bad.as_object().unwrap()).unwrap_err();
            assert_eq!(error.field, field);
            assert!(voxora_domain::json::from_value::<ConversationDocument>(bad).is_err());
        }
    }

    #[test]
    fn the_higher_head_wins_however_late_the_lower_comes() {
        let engine = Engine::open(object_database().unwrap(), &SCHEMA, || 0).unwrap();
        let document =
            |head| voxora_domain::json::from_value::<ConversationDocument>(stored(1, head, 9)).unwrap();
        for head in [3, 5, 4, 5] {
            block_on(write(&engine, &document(head))).unwrap();
        }
        let read = || block_on(engine.find_one::<Value>("conversations", Filter::all())).unwrap().unwrap();
        assert_eq!(read(), stored(1, 5, 9));
        let (older, later) = (before(1, 4, 9), before(1, 6, 9));
        block_on(COLLECTION.renew(&engine, older.as_object().unwrap())).unwrap();
        assert_eq!(read(), stored(1, 5, 9));
        block_on(COLLECTION.renew(&engine, later.as_object().unwrap())).unwrap();
        assert_eq!(read(), stored(1, 6, 9));
        let compare =
            |one: &Value, other: &Value| newer(one.as_object().unwrap(), other.as_object().unwrap());
        assert_eq!(compare(&later, &older), Some(Ordering::Greater));
        assert_eq!(compare(&older, &older), None);
    }

    #[test]
    fn lists_go_on_after_any_cursor_and_over_what_was_brought_over() {
        static BEFORE: CollectionSchema = CollectionSchema::new(
            "conversations",
            2,
            &[Field { path: "updatedAt", kind: Kind::Number }],
            &[Index::new(
                "updatedAt_-1__id_-1",
                &[("updatedAt", Direction::Descending), ("_id", Direction::Descending)],
            )],
        );
        let database = object_database().unwrap();
        let engine = Engine::open(&database, &BEFORE, || 0).unwrap();
        for number in 1..=3 {
            block_on(engine.insert_one("conversations", &before(number, 2, 10))).unwrap();
        }
        let documents = Engine::open(&database, &SCHEMA, || 0).unwrap();
        block_on(documents.insert_one("conversations", &stored(4, 2, 20))).unwrap();
        let store = Store { documents, now: 0 };
        let mut wanted = Wanted::by(&reader(Role::Admin, &[]), 1);
        let mut seen = Vec::new();
        while let Some(found) = block_on(store.conversations().list(wanted.clone())).unwrap().pop() {
            wanted.after = Some((found.updated_at.0, found.id));
            seen.push(found.id.to_string().pop().unwrap());
        }
        assert_eq!(seen, ['4', '3', '2', '1']);
        for (at, found) in [(i64::MAX, 4), (1 << 53, 4), (i64::MIN, 0)] {
            let id = "0197a0c0-0000-7000-8000-000000000009".parse().unwrap();
            let wanted = Wanted { after: Some((at, id)), ..Wanted::by(&reader(Role::Admin, &[]), 9) };
            assert_eq!(block_on(store.conversations().list(wanted)).unwrap().len(), found);
        }
    }
}
