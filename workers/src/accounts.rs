//! Users and their sessions in the document store.

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use voxora_data_api::query::{Filter, Update};
use voxora_data_api::{DataApi, DataApiError, schema};
use voxora_domain::Millis;
use voxora_domain::id::{SessionId, UserId};
use voxora_domain::wire::{Role, User};
use voxora_durable_objects::documents::Documents;

use crate::error::AppError;
use crate::password;
use crate::refresh::{self, RefreshToken};

/// A user as stored.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserDocument {
    #[serde(rename = "_id")]
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
    /// A PHC string.
    pub password: String,
    /// Set for the first admin alone; the index on it makes that one insert that succeeds once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub founder: Option<bool>,
    pub created_at: Millis,
}

impl From<UserDocument> for User {
    fn from(user: UserDocument) -> Self {
        Self { id: user.id, email: user.email, name: user.name, role: user.role }
    }
}

/// A sign-in as stored.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SessionDocument {
    #[serde(rename = "_id")]
    id: SessionId,
    user_id: UserId,
    token_hash: String,
    previous_hash: Option<String>,
    /// When the token before was replaced.
    rotated_at: Millis,
    created_at: Millis,
    expires_at: Millis,
}

/// The accounts of a deployment.
pub struct Accounts {
    pub documents: Documents,
    pub now: Millis,
}

impl Accounts {
    /// Whether the first admin has been made.
    pub async fn has_founder(&self) -> Result<bool, AppError> {
        let filter = Filter::eq("founder", true);
        Ok(self.documents.find_one::<serde_json::Value>(schema::USERS.name, filter).await?.is_some())
    }

    /// Makes the first admin, once.
    pub async fn found(&self, email: String, name: String, password: &str) -> Result<User, AppError> {
        let user = UserDocument {
            id: UserId::new(Uuid::new_v4()),
            email,
            name,
            role: Role::Admin,
            password: password::hash(password)?,
            founder: Some(true),
            created_at: self.now,
        };
        match self.documents.insert_one(schema::USERS.name, &user).await {
            Ok(()) => Ok(user.into()),
            Err(DataApiError::DuplicateKey { .. }) => Err(AppError::already_set_up()),
            Err(error) => Err(error.into()),
        }
    }

    /// The user of this address and password. Who does not exist takes as long as who mistyped.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<User, AppError> {
        let filter = Filter::eq("email", email);
        let user = self.documents.find_one::<UserDocument>(schema::USERS.name, filter).await?;
        let right = password::verify(password, user.as_ref().map(|user| user.password.as_str()))?;
        user.filter(|_| right).map(User::from).ok_or_else(AppError::wrong_credentials)
    }

    /// The user of this id.
    pub async fn user(&self, id: UserId) -> Result<Option<User>, AppError> {
        let filter = Filter::id(id.to_string());
        Ok(self.documents.find_one::<UserDocument>(schema::USERS.name, filter).await?.map(User::from))
    }

    /// Begins a session.
    pub async fn open_session(&self, user: UserId) -> Result<RefreshToken, AppError> {
        let token = RefreshToken::new(SessionId::new(Uuid::new_v4()))?;
        let session = SessionDocument {
            id: token.session,
            user_id: user,
            token_hash: token.hash(),
            previous_hash: None,
            rotated_at: self.now,
            created_at: self.now,
            expires_at: self.expiry(),
        };
        self.documents.insert_one(schema::SESSIONS.name, &session).await?;
        Ok(token)
    }

    /// Goes on with a session: whose it is, and the token that replaces the one presented (none when another tab has
    /// just been given it).
    pub async fn refresh(&self, presented: &RefreshToken) -> Result<(User, Option<RefreshToken>), AppError> {
        let by_id = || Filter::id(presented.session.to_string());
        let found = self.documents.find_one::<SessionDocument>(schema::SESSIONS.name, by_id()).await?;
        let session = found.ok_or_else(AppError::session_ended)?;
        if session.expires_at <= self.now {
            self.close_session(session.id).await?;
            return Err(AppError::session_ended());
        }
        let next = if presented.is(&session.token_hash) {
            let next = RefreshToken::new(session.id)?;
            let unchanged = by_id().and(Filter::eq("tokenHash", session.token_hash.as_str()));
            let rotate = Update::new()
                .set("tokenHash", next.hash())
                .set("previousHash", session.token_hash.as_str())
                .set("rotatedAt", self.now)
                .set("expiresAt", self.expiry());
            let rotated = self.documents.update_one(schema::SESSIONS.name, unchanged, rotate).await?;
            // Nothing matched: another tab rotated between reading and writing, and this token is the one before.
            (rotated.matched_count > 0).then_some(next)
        } else {
            let before = session.previous_hash.as_deref().is_some_and(|hash| presented.is(hash));
            if before && self.now.saturating_sub(session.rotated_at) > refresh::GRACE {
                // Someone else has used this session since: whoever is the thief, it ends.
                self.close_session(session.id).await?;
            }
            if !before || self.now.saturating_sub(session.rotated_at) > refresh::GRACE {
                return Err(AppError::session_ended());
            }
            None
        };
        let user = self.user(session.user_id).await?.ok_or_else(AppError::session_ended)?;
        Ok((user, next))
    }

    /// Whose session a token is of, if it is one.
    pub async fn holder(&self, presented: &RefreshToken) -> Result<Option<UserId>, AppError> {
        let filter = Filter::id(presented.session.to_string());
        let session = self.documents.find_one::<SessionDocument>(schema::SESSIONS.name, filter).await?;
        Ok(session.filter(|session| self.proves(session, presented)).map(|session| session.user_id))
    }

    /// Ends the session of a token, if it is one.
    pub async fn sign_out(&self, presented: &RefreshToken) -> Result<(), AppError> {
        let filter = Filter::id(presented.session.to_string());
        let session = self.documents.find_one::<SessionDocument>(schema::SESSIONS.name, filter).await?;
        match session {
            Some(session) if self.proves(&session, presented) => self.close_session(session.id).await,
            _ => Ok(()),
        }
    }

    /// A session's id alone ends nothing: ids are in access tokens.
    #[allow(clippy::unused_self)]
    fn proves(&self, session: &SessionDocument, presented: &RefreshToken) -> bool {
        presented.is(&session.token_hash)
            || session.previous_hash.as_deref().is_some_and(|hash| presented.is(hash))
    }

    async fn close_session(&self, id: SessionId) -> Result<(), AppError> {
        self.documents.delete_one(schema::SESSIONS.name, Filter::id(id.to_string())).await?;
        Ok(())
    }

    const fn expiry(&self) -> Millis {
        self.now + refresh::SECONDS * 1000
    }
}
