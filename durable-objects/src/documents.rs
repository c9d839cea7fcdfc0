//! The document store as the Worker and the rooms reach it, and the documents that both know.
//!
//! Today the embedded engine answers: one [`crate::collection::Collection`] object per collection.

use serde::{Deserialize, Serialize};
use voxora_data_api::contract::{Action, Answer, Namespace};
use voxora_data_api::ejson::Format;
use voxora_data_api::{DataApi, DataApiError};
use voxora_domain::Millis;
use voxora_domain::access::Audience;
use voxora_domain::id::ConversationId;
use voxora_domain::wire::{
    Actor, Conversation, ConversationStatus, ConversationSummary, LastMessage, ReadMarks,
};
use wasm_bindgen::JsValue;
use worker::{Env, Headers, Method, Request, RequestInit};

/// The binding of the collection objects.
const BINDING: &str = "COLLECTION";

/// The deployment's document store.
#[derive(Clone)]
pub struct Documents(pub Env);

impl DataApi for Documents {
    async fn run(&self, action: Action) -> Result<Answer, DataApiError> {
        let unavailable = |error: worker::Error| DataApiError::Unavailable(error.to_string());
        let namespace = Namespace { data_source: "embedded".to_owned(), database: "voxora".to_owned() };
        let (name, body) = (action.name(), action.to_body(&namespace)?);
        let answer = async {
            let headers = Headers::new();
            headers.set("accept", Format::Relaxed.media_type())?;
            let mut init = RequestInit::new();
            init.with_method(Method::Post).with_headers(headers).with_body(Some(JsValue::from_str(&body)));
            let url = format!("https://collection/action/{}", name.as_str());
            let request = Request::new_with_init(&url, &init)?;
            let stub = self.0.durable_object(BINDING)?.get_by_name(&action.collection)?;
            let mut response = stub.fetch_with_request(request).await?;
            Ok((response.status_code(), response.bytes().await?))
        };
        let (status, body) = answer.await.map_err(unavailable)?;
        Answer::from_response(name, status, &body)
    }
}

/// A conversation in the document store: what lists and reports need. The room holds the truth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConversationDocument {
    /// The conversation's id.
    #[serde(rename = "_id")]
    pub id: ConversationId,
    /// The visitor it belongs to.
    pub customer_id: String,
    /// The visitor as others see them.
    pub visitor: Actor,
    /// Where it stands.
    pub status: ConversationStatus,
    /// The agent it is assigned to.
    pub assignee: Option<Actor>,
    /// When it began.
    pub created_at: Millis,
    /// When its last message was stored.
    pub updated_at: Millis,
    /// Its last `seq`.
    pub head: u64,
    /// The last `seq` its visitor may see.
    pub public_head: u64,
    /// How far each side has read.
    pub read: ReadMarks,
    /// Its last message.
    pub last_message: Option<LastMessage>,
    /// The visitor's messages that no agent has read.
    pub unread_by_agents: u32,
    /// The agents' messages that the visitor has not read.
    pub unread_by_visitor: u32,
}

impl ConversationDocument {
    /// Puts together what the two sides see.
    #[must_use]
    pub fn new(agents: ConversationSummary, visitor: &ConversationSummary) -> Self {
        let ConversationSummary { conversation, updated_at, last_message, unread } = agents;
        Self {
            id: conversation.id,
            customer_id: conversation.visitor.id.clone(),
            visitor: conversation.visitor,
            status: conversation.status,
            assignee: conversation.assignee,
            created_at: conversation.created_at,
            updated_at,
            head: conversation.head,
            public_head: visitor.conversation.head,
            read: conversation.read,
            last_message,
            unread_by_agents: unread,
            unread_by_visitor: visitor.unread,
        }
    }

    /// The conversation as a list shows it to one side.
    #[must_use]
    pub fn summary(self, audience: Audience) -> ConversationSummary {
        let (head, unread) = match audience {
            Audience::Agents => (self.head, self.unread_by_agents),
            Audience::Visitor => (self.public_head, self.unread_by_visitor),
        };
        ConversationSummary {
            conversation: Conversation {
                id: self.id,
                visitor: self.visitor,
                status: self.status,
                assignee: self.assignee,
                created_at: self.created_at,
                head,
                read: self.read,
            },
            updated_at: self.updated_at,
            last_message: self.last_message,
            unread,
        }
    }
}
