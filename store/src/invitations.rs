//! Invitations into the team: for one address, once, for seven days.
//!
//! The token in an invitation's link is made anew from its id and its generation ([`crate::one_time`]); nothing here is worth
//! stealing. Where an invitation stands only ever changes by compare and swap:
//!
//! | from | to | by |
//! |---|---|---|
//! | open | open, a generation later | sending it again: earlier links are worthless |
//! | open | revoked | taking it back |
//! | open | accepting | whoever accepts it, with a good link |
//! | accepting | accepted | the same, once the user is there |
//!
//! Who accepts becomes the user of the invitation's own id, so that two who accept at once, or one whose answer was lost, make
//! one user. A request that dies between the last two lines is made again with the same link; should nobody come back, the
//! invitation can be revoked once [`ACCEPTING`] is over.
//!
//! An address has at most one invitation that is open or being accepted.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use voxora_data_api::contract::Find;
use voxora_data_api::date::{MAX_MILLIS, MIN_MILLIS};
use voxora_data_api::document::{Date, Document};
use voxora_data_api::query::Direction::{Ascending, Descending};
use voxora_data_api::query::{Filter, Sort};
use voxora_data_api::schema::{CollectionSchema, Field, Index, Kind, Partial};
use voxora_data_api::{DataApi, DataApiError};
use voxora_domain::Millis;
use voxora_domain::id::{DepartmentId, InvitationId, UserId};
use voxora_domain::wire::{Actor, Invitation, InvitationStatus, Role, User};

use crate::audit::{self, Author, Entry, Told, newer_revision};
use crate::collection::{Collection, Renewal, id, number, unchanged};
use crate::one_time::OneTime;
use crate::shape::{ACTOR, Optional, Part, Required, Shape, Unfit, check};
use crate::users::{self, UserDocument};
use crate::{Store, StoreError, Time, email};

/// One index makes addresses unique among invitations that can still be accepted, the other is the list.
pub static SCHEMA: CollectionSchema = CollectionSchema::new(
    "invitations",
    1,
    &[
        Field { path: "email", kind: Kind::Text },
        Field { path: "pending", kind: Kind::Boolean },
        Field { path: "createdAt", kind: Kind::Date },
    ],
    &[
        Index::new("email_1", &[("email", Ascending)]).unique().only(Partial::Boolean("pending", true)),
        Index::new("createdAt_-1__id_-1", &[("createdAt", Descending), ("_id", Descending)]),
    ],
);

/// See [`crate::collections`]. Of two versions the one of the higher `revision` wins.
pub static COLLECTION: Collection = Collection {
    schema: &SCHEMA,
    movable: true,
    upgrade: unchanged,
    check: check_invitation,
    newer: newer_revision,
    renewal,
};

const VERSION: u32 = 1;
/// How often a change is tried again that another one overtook.
const ATTEMPTS: u32 = 5;
/// How long an invitation can be accepted, in milliseconds.
pub const LASTS: Millis = 7 * 24 * 60 * 60 * 1_000;
/// How long whoever accepts may take to become a user before the invitation can be revoked again, in milliseconds: longer
/// than a request.
pub const ACCEPTING: Millis = 60_000;

/// Where an invitation stands, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It can be accepted until its time is over.
    Open,
    /// Somebody is becoming a user.
    Accepting,
    /// Somebody is one.
    Accepted,
    /// It was taken back.
    Revoked,
}

/// An invitation as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvitationDocument {
    /// The invitation's id.
    #[serde(rename = "_id")]
    pub id: InvitationId,
    /// The version of this shape.
    pub version: u32,
    /// The address it is for, folded by [`email::fold`].
    pub email: String,
    /// What they will be.
    pub role: Role,
    /// The departments they will be in.
    pub departments: Vec<DepartmentId>,
    /// Who sent it.
    pub invited_by: Actor,
    /// Where it stands.
    pub stage: Stage,
    /// Whether it is open or being accepted: what the unique index covers.
    pub pending: bool,
    /// Which of its links is good.
    pub generation: u64,
    /// Until when.
    pub expires_at: Time,
    /// When somebody last set about becoming its user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepting_at: Option<Time>,
    /// Raised by every change.
    pub revision: u64,
    /// A digest of the request that made it, by which a repeat is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Entries of the audit log that it has not got yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unaudited: Vec<Entry>,
}

impl InvitationDocument {
    /// What its link names.
    #[must_use]
    pub const fn one_time(&self) -> OneTime {
        OneTime { id: self.id.uuid(), generation: self.generation }
    }

    /// What the audit log tells of it.
    fn told(&self) -> Value {
        json!({
            "email": self.email,
            "role": self.role,
            "departments": self.departments,
            "stage": self.stage,
            "expiresAt": self.expires_at,
        })
    }

    /// The invitation as the API shows it.
    #[must_use]
    pub fn shown(self, now: Millis) -> Invitation {
        Invitation {
            id: self.id,
            status: self.status(now),
            email: self.email,
            role: self.role,
            departments: self.departments,
            invited_by: self.invited_by.name,
            expires_at: self.expires_at.0,
            version: self.revision,
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
        }
    }

    const fn status(&self, now: Millis) -> InvitationStatus {
        match self.stage {
            Stage::Open if self.expires_at.0 <= now => InvitationStatus::Expired,
            Stage::Open => InvitationStatus::Open,
            Stage::Accepting | Stage::Accepted => InvitationStatus::Accepted,
            Stage::Revoked => InvitationStatus::Revoked,
        }
    }
}

const SHAPE: &[Part] = &[
    ("_id", Required, Shape::Uuid),
    ("version", Required, Shape::Seq),
    ("email", Required, Shape::Text),
    ("role", Required, Shape::Text),
    ("departments", Required, Shape::Uuids),
    ("invitedBy", Required, Shape::Object(ACTOR)),
    ("stage", Required, Shape::Word(&["open", "accepting", "accepted", "revoked"])),
    ("pending", Required, Shape::Boolean),
    ("generation", Required, Shape::Seq),
    ("expiresAt", Required, Shape::Date),
    ("acceptingAt", Optional, Shape::Date),
    ("revision", Required, Shape::Seq),
    ("request", Optional, Shape::Text),
    ("createdAt", Required, Shape::Date),
    ("updatedAt", Required, Shape::Date),
    audit::WAITING,
];

fn check_invitation(document: &Document) -> Result<(), Unfit> {
    check(document, SHAPE)?;
    let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
    let folded = email::read(text("email"))?;
    if folded != text("email") {
        return Err(Unfit::new("email", format!("must be written as it is looked for: {folded}")));
    }
    if text("role").parse::<Role>().is_err() {
        return Err(Unfit::new("role", "must be admin, agent, or the id of a role"));
    }
    let pending = ["open", "accepting"].contains(&text("stage"));
    if document.get("pending") != Some(&pending.into()) {
        return Err(Unfit::new("pending", format!("must be {pending} at this stage")));
    }
    Ok(())
}

#[allow(clippy::unnecessary_wraps, reason = "other collections have nothing to say here")]
fn renewal(source: &Document) -> Option<Renewal> {
    Some(Renewal::Replace(Filter::id(id(source)).and(Filter::lte("revision", number(source, "revision")))))
}

/// An invitation that is to be made, of values that fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvitation {
    /// Its id: of a request with an idempotency key, made of that, so that a repeat has the same.
    pub id: InvitationId,
    /// The address it is for, folded.
    pub email: String,
    /// What they will be.
    pub role: Role,
    /// The departments they will be in.
    pub departments: Vec<DepartmentId>,
    /// A digest of the request, where it had an idempotency key.
    pub request: Option<String>,
}

/// Who accepts, in values that fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joining {
    /// The name that others will see.
    pub name: String,
    /// A PHC string.
    pub password_hash: String,
    /// The language they read.
    pub language: Option<String>,
    /// Where their clock is.
    pub time_zone: Option<String>,
}

/// Which invitations to list.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Those that stand so.
    pub status: Option<InvitationStatus>,
    /// Those that come after this one in the list: when it was made, and its id (a keyset cursor).
    pub after: Option<(Millis, InvitationId)>,
    /// At most so many.
    pub limit: u32,
}

/// The invitations of a deployment.
pub struct Invitations<'a, D>(pub(crate) &'a Store<D>);

impl<D: DataApi> Invitations<'_, D> {
    /// The wanted invitations, the newest first.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn list(&self, wanted: Wanted) -> Result<Vec<InvitationDocument>, StoreError> {
        let now = Date(self.0.now);
        let open = || Filter::eq("stage", "open");
        let mut filter = match wanted.status {
            None => Filter::all(),
            Some(InvitationStatus::Open) => open().and(Filter::gt("expiresAt", now)),
            Some(InvitationStatus::Expired) => open().and(Filter::lte("expiresAt", now)),
            Some(InvitationStatus::Accepted) => Filter::in_("stage", ["accepting", "accepted"]),
            Some(InvitationStatus::Revoked) => Filter::eq("stage", "revoked"),
        };
        let order = Sort::descending("createdAt").then_descending("_id");
        if let Some((at, id)) = wanted.after {
            let at = Date(at.clamp(MIN_MILLIS, MAX_MILLIS));
            filter = filter.and(order.after([at.into(), id.to_string().into()]));
        }
        let find = Find::new(filter).sort(order).limit(wanted.limit);
        Ok(self.0.documents.find(SCHEMA.name, find).await?)
    }

    /// The invitation of this id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or when the document store fails.
    pub async fn by_id(&self, id: InvitationId) -> Result<InvitationDocument, StoreError> {
        let found = self.0.documents.find_one(SCHEMA.name, Filter::id(id.to_string())).await?;
        found.ok_or(StoreError::NotFound("invitation"))
    }

    /// Makes an invitation, once: a repeat under the same idempotency key finds it as it is now.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when somebody has the address, or an invitation that is not over; [`StoreError::KeyReused`]; or when
    /// the document store fails.
    pub async fn create(
        &self,
        new: NewInvitation,
        author: &Author,
    ) -> Result<InvitationDocument, StoreError> {
        let now = Time(self.0.now);
        let mut invitation = InvitationDocument {
            id: new.id,
            version: VERSION,
            email: new.email,
            role: new.role,
            departments: new.departments,
            invited_by: author.by.clone(),
            stage: Stage::Open,
            pending: true,
            generation: 1,
            expires_at: Time(now.0 + LASTS),
            accepting_at: None,
            revision: 1,
            request: new.request,
            created_at: now,
            updated_at: now,
            unaudited: Vec::new(),
        };
        let repeat = |stored: InvitationDocument| {
            if stored.request == invitation.request { Ok(stored) } else { Err(StoreError::KeyReused) }
        };
        if self.0.users().by_email(&invitation.email).await?.is_some() {
            // Whoever repeats a request may have been accepted meanwhile.
            return match self.by_id(invitation.id).await {
                Ok(stored) => repeat(stored),
                Err(StoreError::NotFound(_)) => Err(StoreError::Taken("email")),
                Err(error) => Err(error),
            };
        }
        invitation.unaudited.push(entry(author, "invitation.created", Value::Null, &invitation));
        match self.0.documents.insert_one(SCHEMA.name, &invitation).await {
            Ok(()) => Ok(invitation),
            Err(DataApiError::DuplicateKey { .. }) => match self.by_id(invitation.id).await {
                Ok(stored) if stored.request == invitation.request => Ok(stored),
                Ok(_) => Err(StoreError::KeyReused),
                Err(StoreError::NotFound(_)) => Err(StoreError::Taken("email")),
                Err(error) => Err(error),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Has it begin again: another link, and seven days from now. Earlier links are worthless.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::InvitationOver`] where it was accepted or revoked; [`StoreError::Changed`]; or when
    /// the document store fails.
    pub async fn send_again(
        &self,
        id: InvitationId,
        seen: Option<u64>,
        author: &Author,
    ) -> Result<InvitationDocument, StoreError> {
        self.revise(id, seen, Some((author, "invitation.sent_again")), |invitation| {
            if invitation.stage != Stage::Open {
                return Err(StoreError::InvitationOver);
            }
            invitation.generation += 1;
            invitation.expires_at = Time(self.0.now + LASTS);
            Ok(())
        })
        .await
    }

    /// Takes it back. One that was taken back already is so.
    ///
    /// # Errors
    /// As of [`Invitations::send_again`]: one that was accepted is a user by now.
    pub async fn revoke(
        &self,
        id: InvitationId,
        seen: Option<u64>,
        author: &Author,
    ) -> Result<InvitationDocument, StoreError> {
        self.revise(id, seen, Some((author, "invitation.revoked")), |invitation| {
            let is_stuck = invitation.accepting_at.is_none_or(|at| at.0 + ACCEPTING <= self.0.now);
            match invitation.stage {
                Stage::Open => {}
                Stage::Accepting if is_stuck => {}
                Stage::Revoked => return Ok(()),
                Stage::Accepting | Stage::Accepted => return Err(StoreError::InvitationOver),
            }
            invitation.stage = Stage::Revoked;
            invitation.pending = false;
            Ok(())
        })
        .await
    }

    /// The invitation that a good token names, where it can be accepted.
    ///
    /// # Errors
    /// [`StoreError::InvitationOver`], or when the document store fails.
    pub async fn acceptable(&self, token: OneTime) -> Result<InvitationDocument, StoreError> {
        let invitation = match self.by_id(InvitationId::new(token.id)).await {
            Err(StoreError::NotFound(_)) => return Err(StoreError::InvitationOver),
            found => found?,
        };
        // One that is being accepted may be gone on with by whoever holds the link.
        let stands = matches!(invitation.stage, Stage::Open | Stage::Accepting);
        let is_good = invitation.generation == token.generation && invitation.expires_at.0 > self.0.now;
        if stands && is_good { Ok(invitation) } else { Err(StoreError::InvitationOver) }
    }

    /// Makes the user of an invitation, once.
    ///
    /// # Errors
    /// [`StoreError::InvitationOver`] where it was accepted, revoked or sent again before; [`StoreError::Taken`] where somebody has
    /// got the address otherwise since; or when the document store fails.
    pub async fn accept(
        &self,
        token: OneTime,
        joining: Joining,
        author: &Author,
    ) -> Result<User, StoreError> {
        let invitation = self.acceptable(token).await?;
        if self.0.users().by_email(&invitation.email).await?.is_some_and(|user| user.id.uuid() != token.id) {
            return Err(StoreError::Taken("email"));
        }
        let id = invitation.id;
        let invitation = self
            .revise(id, None, None, |invitation| {
                if invitation.generation != token.generation
                    || !matches!(invitation.stage, Stage::Open | Stage::Accepting)
                {
                    return Err(StoreError::InvitationOver);
                }
                invitation.stage = Stage::Accepting;
                // Whoever goes on with it has it revoked no sooner.
                invitation.accepting_at = Some(Time(self.0.now));
                Ok(())
            })
            .await?;
        let Joining { name, password_hash, language, time_zone } = joining;
        let user = UserDocument::new(invitation.email, name, invitation.role, password_hash, self.0.now);
        let user = UserDocument {
            id: UserId::new(id.uuid()),
            departments: invitation.departments,
            language,
            time_zone,
            ..user
        };
        match self.0.documents.insert_one(users::SCHEMA.name, &user).await {
            Ok(()) => {}
            Err(DataApiError::DuplicateKey { .. }) => {
                return match self.0.users().stored(user.id).await? {
                    // Another was faster, or the same one before its answer was lost: it has been accepted.
                    Some(_) => {
                        self.settle(id, author).await?;
                        Err(StoreError::InvitationOver)
                    }
                    None => Err(StoreError::Taken("email")),
                };
            }
            Err(error) => return Err(error.into()),
        }
        self.settle(id, author).await?;
        Ok(user.into())
    }

    /// Notes that the user of an invitation that was being accepted is there, or was.
    async fn settle(&self, id: InvitationId, author: &Author) -> Result<(), StoreError> {
        let settled = self.revise(id, None, Some((author, "invitation.accepted")), |invitation| {
            if invitation.stage == Stage::Accepting {
                invitation.stage = Stage::Accepted;
                invitation.pending = false;
            }
            Ok(())
        });
        settled.await.map(drop)
    }

    /// Sees to it that nobody becomes this user again by the invitation that they came by: before they are deleted.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn close_of(&self, user: UserId, author: &Author) -> Result<(), StoreError> {
        match self.settle(InvitationId::new(user.uuid()), author).await {
            Err(StoreError::NotFound(_)) => Ok(()),
            settled => settled,
        }
    }

    /// Reads an invitation, changes it, and stores it in the place of the version that was read (compare and swap).
    async fn revise(
        &self,
        id: InvitationId,
        seen: Option<u64>,
        audited: Option<(&Author, &str)>,
        change: impl Fn(&mut InvitationDocument) -> Result<(), StoreError>,
    ) -> Result<InvitationDocument, StoreError> {
        for _ in 0..ATTEMPTS {
            let before = self.by_id(id).await?;
            if seen.is_some_and(|seen| seen != before.revision) {
                return Err(StoreError::Changed);
            }
            let mut after = before.clone();
            change(&mut after)?;
            if after == before {
                return Ok(after);
            }
            after.revision += 1;
            after.updated_at = Time(self.0.now);
            if let Some((author, action)) = audited {
                after.unaudited.push(entry(author, action, before.told(), &after));
            }
            let same = Filter::id(id.to_string()).and(Filter::eq("revision", before.revision));
            if self.0.documents.replace_one(SCHEMA.name, same, &after, false).await?.matched_count > 0 {
                return Ok(after);
            }
        }
        Err(StoreError::Changed)
    }
}

fn entry(author: &Author, action: &str, before: Value, invitation: &InvitationDocument) -> Entry {
    let (id, revision, after) = (invitation.id.to_string(), invitation.revision, invitation.told());
    Entry::new(
        author,
        invitation.updated_at,
        Told { action, kind: "invitation", id, revision, before, after },
    )
}
