//! Who of the team looks at which conversation, and who of them answers it. All of it stands with the sockets: nothing is stored,
//! and it outlives a loss of memory as they do.
//!
//! Of several who write a reply, the one who began first answers; whoever says so by `claim` takes their place. It is a soft
//! claim: nothing is refused to the others.

use super::{Inbox, Whereabouts};
use crate::Millis;
use crate::id::ConversationId;
use crate::sockets::{Attends, ConnectionId, Output, send};
use crate::sql::{Sql, SqlError};
use crate::wire::{Attending, Attention, InboxServerFrame};

impl<S: Sql> Inbox<S> {
    /// Keeps what the holder of a socket looks at, and tells the others where that is news.
    ///
    /// # Errors
    /// When the storage fails.
    pub(super) fn attend(
        &mut self,
        id: ConnectionId,
        conversation: Option<ConversationId>,
        replying: bool,
        now: Millis,
        outputs: &mut Vec<Output>,
    ) -> Result<(), SqlError> {
        let Some(connection) = self.connections.get_mut(id) else { return Ok(()) };
        let before = connection.attachment.attends;
        let since = before.filter(|before| Some(before.conversation) == conversation);
        let since = since.and_then(|before| before.replying_since);
        let replying_since = replying.then(|| since.unwrap_or(now));
        let attends = conversation.map(|conversation| Attends { conversation, replying_since });
        if attends == before {
            return Ok(());
        }
        connection.attachment.attends = attends;
        outputs.push(Output::Remember(id));
        let left = before.map(|before| before.conversation).filter(|left| Some(*left) != conversation);
        for conversation in left.into_iter().chain(conversation) {
            self.tell_attention(conversation, outputs)?;
        }
        Ok(())
    }

    /// Makes the holder of a socket the one who answers what they look at.
    ///
    /// # Errors
    /// When the storage fails.
    pub(super) fn claim(
        &mut self,
        id: ConnectionId,
        conversation: ConversationId,
        now: Millis,
        outputs: &mut Vec<Output>,
    ) -> Result<(), SqlError> {
        let since = self.connections.iter().filter_map(|(_, other)| {
            other.attachment.attends.filter(|attends| attends.conversation == conversation)?.replying_since
        });
        // Before whoever was the first.
        let first = since.min().map_or(now, |first| first.min(now).saturating_sub(1));
        let Some(connection) = self.connections.get_mut(id) else { return Ok(()) };
        let attends = Attends { conversation, replying_since: Some(first) };
        let left = connection.attachment.attends.replace(attends).map(|before| before.conversation);
        outputs.push(Output::Remember(id));
        for conversation in left.into_iter().filter(|left| *left != conversation).chain([conversation]) {
            self.tell_attention(conversation, outputs)?;
        }
        Ok(())
    }

    /// Tells everyone who may see a conversation who looks at it. One that the feed does not know is nobody's to be told of.
    ///
    /// # Errors
    /// When the storage fails.
    pub(super) fn tell_attention(
        &self,
        conversation: ConversationId,
        outputs: &mut Vec<Output>,
    ) -> Result<(), SqlError> {
        let Some(whereabouts) = self.whereabouts(conversation)? else { return Ok(()) };
        let to = self.live(|principal| whereabouts.are_seen_by(principal));
        send(outputs, to, &InboxServerFrame::Attention(self.attention_of(conversation, &whereabouts)));
        Ok(())
    }

    /// Who looks at a conversation that is there. Whoever may not see it looks at nothing.
    pub(super) fn attention_of(&self, id: ConversationId, whereabouts: &Whereabouts) -> Attention {
        let mut people: Vec<Attending> = Vec::new();
        let mut first: Option<(Millis, usize)> = None;
        for (_, connection) in self.connections.iter() {
            let principal = &connection.attachment.principal;
            let attends = connection.attachment.attends.filter(|attends| attends.conversation == id);
            let Some((attends, user)) = attends.zip(principal.user_id()) else { continue };
            if !whereabouts.are_seen_by(principal) {
                continue;
            }
            let replying = attends.replying_since.is_some();
            let known = people.iter().position(|known| known.id == user);
            let place = known.unwrap_or_else(|| {
                let name = principal.actor().name;
                people.push(Attending { id: user, name, replying: false, claims: false });
                people.len() - 1
            });
            if let Some(person) = people.get_mut(place) {
                person.replying |= replying;
            }
            let since = attends.replying_since.map(|since| (since, place));
            first = [first, since].into_iter().flatten().min();
        }
        if let Some(person) = first.and_then(|(_, place)| people.get_mut(place)) {
            person.claims = true;
        }
        Attention { id, people }
    }

    /// The conversations that somebody looks at, as far as `sees` allows.
    pub(super) fn all_attention(
        &self,
        sees: impl Fn(&Whereabouts) -> bool,
    ) -> Result<Vec<Attention>, SqlError> {
        let mut all: Vec<Attention> = Vec::new();
        for (_, connection) in self.connections.iter() {
            let Some(attends) = connection.attachment.attends else { continue };
            let id = attends.conversation;
            if all.iter().any(|known| known.id == id) {
                continue;
            }
            if let Some(whereabouts) = self.whereabouts(id)?.filter(&sees) {
                all.push(self.attention_of(id, &whereabouts));
            }
        }
        Ok(all)
    }
}
