//! The black-box harness: a running Worker, and clients that speak to it in the wire types of `voxora-domain`.
//!
//! [`Server`] is the built Worker in real workerd, [`Api`] an HTTP client, [`Room`] and [`Inbox`] are sockets that
//! check the protocol's promises on every frame they receive, and [`Chat`] sets a scene in a line. [`DocumentStore`] is a
//! real one, [`FaultProxy`] its bad days, and [`Talk`] people who chat all the while. Nothing here knows the inside of
//! the Worker.
//!
//! A test waits for conditions. [`PATIENCE`] only turns a hang into a message; no test depends on how long
//! something took.

// A harness fails by panicking, with a message that says what was expected and what came.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
// The rule against threads, clocks and sleeping is for code that runs in a Worker.
#![allow(clippy::disallowed_methods)]
#![allow(clippy::missing_panics_doc, clippy::missing_errors_doc, clippy::must_use_candidate)]

mod api;
mod documents;
mod faults;
mod inbox;
mod mailbox;
mod people;
mod programs;
mod provider;
mod room;
mod server;
mod socket;
mod talk;
pub mod tokens;

use std::time::Duration;

pub use api::{Answer, Api};
pub use documents::{DATA_API_KEY, DocumentStore, Documents, Embedded};
pub use faults::{Fault, FaultProxy, Seen};
pub use inbox::Inbox;
pub use mailbox::{link_in, mail, mails};
pub use people::{
    ADMIN_EMAIL, ADMIN_NAME, ADMIN_PASSWORD, Agent, Chat, History, Person, Visitor, sign_in,
    unknown_conversation,
};
pub use programs::program;
pub use provider::{MAIL_API_KEY, Mood, Post, Provider};
pub use room::{Ack, Log, Room, Welcome, text_of};
pub use server::{Builder, JWT_SECRET, METRICS_TOKEN, SETUP_TOKEN, Server, are_documents_elsewhere};
use server::{free_port, log_file};
pub use socket::{Incoming, Socket};
pub use talk::{Talk, expect_as_the_room_has_it, expect_stored, the_only_customers, whole_history};

/// How long a test waits before it says that something hangs.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Asks again and again until there is an answer.
pub async fn eventually<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let answer = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    answer.await.expect("what the test waits for never comes")
}

/// Whether the tests are to take their time (`cargo xtask test --long`): more of the same, and longer.
#[must_use]
pub fn long() -> bool {
    std::env::var_os("VOXORA_LONG").is_some()
}

/// A seed for this run's choices: `VOXORA_SEED`, or a new one. It is shown when the test fails.
#[must_use]
pub fn seed() -> u64 {
    let given = std::env::var("VOXORA_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| fastrand::u64(..));
    println!("VOXORA_SEED={seed}");
    seed
}

/// A name for a send that no other test uses.
#[must_use]
pub fn fresh_client_id() -> String {
    format!("t_{}", uuid::Uuid::new_v4().simple())
}
