//! Who does what, in small numbers: the actors of a room's events, interned, so that a frame names its author by a digit
//! and says who that is once.
//!
//! A number means to a socket whom this socket was told of last. So that nobody is ever taken for someone else,
//! - an event that is sent live says who its number is, unless all who get it have been told ([`People::introduce`]);
//! - a connection that becomes live is told every number that its audience has been told ([`People::page`]);
//! - all of it is lost with the room's memory: numbers are given anew then, and introduced anew.
//!
//! What everyone may see has even numbers, what agents alone see odd ones. A visitor's numbers therefore have no gap where
//! somebody has only written a note.

use crate::access::Audience;
use crate::sorted::Sorted;
use crate::wire::{self, Actor, CompactEvent, Event};

use super::page::Page;

/// The actors of a room by their numbers, and which audience has been told of which.
#[derive(Debug, Default)]
pub struct People {
    numbered: Vec<(u32, Actor)>,
    visitor_knows: Sorted<u32, ()>,
    agents_know: Sorted<u32, ()>,
}

impl People {
    /// The number for an event that is about to be sent to everyone who is live, or to the agents among them; and who it
    /// is, where one of them has not been told.
    pub fn introduce(&mut self, actor: &Actor, public: bool) -> (u32, Option<Actor>) {
        let by = self.number(actor, if public { Audience::Visitor } else { Audience::Agents });
        let news_to_agents = self.agents_know.insert(by, ()).is_none();
        let news_to_visitor = public && self.visitor_knows.insert(by, ()).is_none();
        (by, (news_to_agents || news_to_visitor).then(|| actor.clone()))
    }

    /// A page's events with their numbers, and who these are; on one that makes its receiver `live` also who everyone
    /// is that its audience has been told of.
    pub fn page(
        &mut self,
        events: Vec<Event>,
        audience: Audience,
        live: bool,
    ) -> (wire::People, Vec<CompactEvent>) {
        let mut people = wire::People::default();
        if live {
            let known = match audience {
                Audience::Visitor => &self.visitor_knows,
                Audience::Agents => &self.agents_know,
            };
            let known = self.numbered.iter().filter(|(by, _)| known.contains(by));
            people.0.extend(known.cloned());
        }
        let compact = |event: Event| {
            let by = self.number(&event.actor, audience);
            people.0.entry(by).or_insert_with(|| event.actor.clone());
            event.compact(by)
        };
        let events = events.into_iter().map(compact).collect();
        (people, events)
    }

    /// The number of an actor for what `audience` sees; a new one, if they have none. Agents know both kinds, and whoever
    /// has both is named to them by the even one.
    fn number(&mut self, actor: &Actor, audience: Audience) -> u32 {
        let is_fit = |by: u32| by.is_multiple_of(2) || audience == Audience::Agents;
        let found = self.numbered.iter().filter(|(by, known)| is_fit(*by) && known == actor);
        if let Some(by) = found.map(|(by, _)| *by).min_by_key(|by| by % 2) {
            return by;
        }
        let first = u32::from(audience == Audience::Agents);
        let alike = self.numbered.iter().map(|(by, _)| *by).filter(|by| by % 2 == first);
        let by = alike.max().map_or(first, |last| last + 2);
        self.numbered.push((by, actor.clone()));
        by
    }
}

impl Page {
    /// The page as REST gives it, with numbers that are its own.
    pub fn into_history(self, head: u64) -> wire::History {
        let Self { events, prev, more } = self;
        let (people, events) = People::default().page(events, Audience::Visitor, false);
        wire::History { people, events, prev, more, head }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test's way of failing

    use super::*;
    use crate::id::ConversationId;
    use crate::wire::{ActorKind, EventBody, ServerFrame, Text};

    fn actor(name: &str) -> Actor {
        Actor { kind: ActorKind::Agent, id: format!("id of {name}"), name: name.to_owned() }
    }

    fn said(seq: u64, by: &Actor) -> Event {
        let body = EventBody::Message(Text { text: "x".to_owned(), ..Text::default() });
        Event { seq, prev: seq - 1, id: String::new(), at: 0, actor: by.clone(), client_id: None, body }
    }

    #[test]
    fn each_audience_is_told_once_who_a_number_is() {
        let mut people = People::default();
        let (ada, bob) = (actor("Ada"), actor("Bob"));
        assert_eq!(people.introduce(&ada, true), (0, Some(ada.clone())));
        assert_eq!(people.introduce(&ada, true), (0, None));
        assert_eq!(people.introduce(&ada, false), (0, None), "agents know her already");
        assert_eq!(people.introduce(&bob, false), (1, Some(bob.clone())));
        assert_eq!(people.introduce(&bob, true), (2, Some(bob.clone())), "a visitor sees no gap");
        assert_eq!(people.introduce(&bob, false), (2, None));
        let renamed = Actor { name: "Ada L.".to_owned(), ..ada };
        assert_eq!(people.introduce(&renamed, true), (4, Some(renamed)));
    }

    #[test]
    fn a_page_names_its_own_people_and_the_last_one_all_whom_its_audience_was_told_of() {
        let mut people = People::default();
        let (ada, bob, eve) = (actor("Ada"), actor("Bob"), actor("Eve"));
        people.introduce(&ada, true);
        people.introduce(&bob, false);
        let numbers = |page: &wire::People| page.0.keys().copied().collect::<Vec<_>>();
        let (named, events) = people.page(vec![said(7, &eve)], Audience::Visitor, false);
        assert_eq!((numbers(&named), events[0].by), (vec![2], 2));
        let (named, _) = people.page(vec![said(7, &eve)], Audience::Visitor, true);
        assert_eq!(numbers(&named), [0, 2]);
        let (named, _) = people.page(vec![], Audience::Agents, true);
        assert_eq!(numbers(&named), [0, 1], "Eve is known to the receivers of those pages alone");
        assert_eq!(people.introduce(&eve, true), (2, Some(eve)));
    }

    /// The budget of the product: what a message of usual length costs each time it is sent to somebody.
    #[test]
    fn a_message_of_85_characters_is_a_frame_of_at_most_220_bytes() {
        let mut people = People::default();
        let ada = actor("Ada");
        people.introduce(&ada, true);
        let text = "Where is my order? It should have come on Monday, and the tracking page says nothing.";
        let mut event = said(1234, &ada);
        event.body = EventBody::Message(Text { text: text.to_owned(), ..Text::default() });
        event.at = 1_795_366_815_000;
        // As the browser's client names what it sends: 16 random bytes in base64url.
        event.client_id = Some("q83vEjRWeJq83vEjRWeJqg".to_owned());
        let (by, actor) = people.introduce(&ada, true);
        let frame = ServerFrame::Event(CompactEvent { actor, ..event.compact(by) });
        let frame = serde_json::to_string(&frame).unwrap();
        assert_eq!(
            frame,
            format!(
                r#"{{"type":"event","seq":1234,"at":1795366815000,"by":0,"clientId":"q83vEjRWeJq83vEjRWeJqg","kind":"message","payload":{{"text":"{text}"}}}}"#
            )
        );
        assert_eq!((text.len(), frame.len()), (85, 213));
        // It can be read again, by whoever has been told.
        let Ok(ServerFrame::Event(read)) = serde_json::from_str(&frame) else { panic!("{frame}") };
        let id = ConversationId::new(uuid::Uuid::from_u128(1));
        assert_eq!(read.clone().expand(id, &mut wire::People::default()), None);
        let (mut told, _) = people.page(vec![], Audience::Agents, true);
        let event = read.expand(id, &mut told).unwrap();
        assert_eq!((event.prev, event.actor, event.id), (1233, ada, format!("{id}-1234")));
    }
}
