//! A dashboard's side of the inbox protocol.

use voxora_domain::wire::{Actor, InboxChange, InboxServerFrame};

use crate::Socket;

/// One socket to the inbox.
#[derive(Debug)]
pub struct Inbox {
    /// The socket.
    pub socket: Socket,
    /// Who the inbox takes this client for.
    pub you: Actor,
    /// The last `seq` of the feed when this client came.
    pub head: u64,
    /// The changes of the first pages.
    pub caught_up: Vec<InboxChange>,
    /// What those told to be gone.
    pub gone: Vec<String>,
    /// The last `seq` of the feed this client has seen.
    pub seq: u64,
}

impl Inbox {
    /// Connects and catches up.
    pub async fn follow(origin: &str, token: &str, after: Option<u64>) -> Self {
        let query = after.map_or_else(String::new, |after| format!("?after={after}"));
        let mut socket = Socket::open(origin, &format!("/api/v1/inbox/socket{query}"), token).await;
        let InboxServerFrame::Welcome { you, head, .. } = receive(&mut socket).await else {
            panic!("the first frame is no welcome: {:?}", socket.received)
        };
        let mut inbox = Self {
            socket,
            you,
            head,
            caught_up: Vec::new(),
            gone: Vec::new(),
            seq: after.unwrap_or_default(),
        };
        loop {
            let (changes, gone, more) = match receive(&mut inbox.socket).await {
                InboxServerFrame::Page { changes, gone, more, .. } => (changes, gone, more),
                InboxServerFrame::Snapshot { changes, .. } if after.is_none() => (changes, Vec::new(), false),
                _ => panic!("the second frame is no page: {:?}", inbox.socket.received),
            };
            for change in changes {
                inbox.advance(&change);
                inbox.caught_up.push(change);
            }
            inbox.seq = gone.iter().map(|gone| gone.seq).fold(inbox.seq, u64::max);
            inbox.gone.extend(gone.into_iter().map(|gone| gone.id.to_string()));
            if !more {
                inbox.seq = inbox.seq.max(if after.is_none() { inbox.head } else { 0 });
                return inbox;
            }
            let resume = serde_json::json!({ "type": "resume", "after": inbox.seq });
            inbox.socket.send(&resume.to_string()).await;
        }
    }

    /// The next frame.
    pub async fn next(&mut self) -> InboxServerFrame {
        let frame = receive(&mut self.socket).await;
        if let InboxServerFrame::Change(change) = &frame {
            self.advance(change);
        }
        frame
    }

    /// Waits until it is told that one conversation is gone, and gives what it was told of before.
    pub async fn until_gone(&mut self, id: &str) -> Vec<String> {
        let mut told = Vec::new();
        loop {
            match self.next().await {
                InboxServerFrame::Gone(gone) if gone.id.to_string() == id => return told,
                InboxServerFrame::Change(change) => {
                    told.push(change.conversation.conversation.id.to_string());
                }
                _ => {}
            }
        }
    }

    /// Waits for a change of one conversation.
    pub async fn change(&mut self, id: &str, wanted: impl Fn(&InboxChange) -> bool) -> InboxChange {
        loop {
            if let InboxServerFrame::Change(change) = self.next().await
                && change.conversation.conversation.id.to_string() == id
                && wanted(&change)
            {
                return change;
            }
        }
    }

    fn advance(&mut self, change: &InboxChange) {
        assert!(change.seq > self.seq, "{change:?} came after {}", self.seq);
        self.seq = change.seq;
    }
}

async fn receive(socket: &mut Socket) -> InboxServerFrame {
    let text = socket.next_text().await;
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in the frame {text}"))
}
