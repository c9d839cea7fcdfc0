//! The black-box suites. One binary, so that all of them share one running Worker; see `voxora_tests`.

// Tests run on a native machine, whose clocks may be read. Tables of samples keep one row for each route, also where two
// rows say the same.
#![allow(clippy::disallowed_methods, clippy::match_same_arms, clippy::similar_names)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod access;
mod account;
mod archive;
mod authority;
mod coalescing;
mod contract;
mod conversations;
mod departments;
mod edges;
mod embedded;
mod exact_limits;
mod hibernation;
mod inbox;
mod invitations;
mod jobs;
mod kills;
mod limits;
mod mail;
mod migrations;
mod notes_never_leave;
mod outages;
mod rejections;
mod rights;
mod room_changes;
mod room_delivery;
mod routing;
mod sessions;
mod settings;
mod setup;
mod snooze;
mod tags;
mod text_rules;
mod upgrade;
mod users;
mod weaknesses;
