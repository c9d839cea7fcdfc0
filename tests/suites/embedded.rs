//! A deployment that names no document store keeps its documents in its own objects: everything that was acked gets there,
//! once and in order, also when the power goes while it is on its way.

use std::time::Duration;

use tokio::time::sleep;
use voxora_tests::{Chat, Embedded, Server, Talk, expect_stored, seed, the_only_customers};

const KILLS: u32 = 8;

#[tokio::test]
async fn kills_while_rooms_store_lose_nothing_and_double_nothing() {
    let seed = seed();
    let mut random = fastrand::Rng::with_seed(seed);
    let server = Server::named("embedded").with_generous_rooms().start();
    let mut talks = Vec::new();
    for number in 0..3 {
        let chat = Chat::begin(&server, &format!("Conversation {number}")).await;
        talks.push(Talk::join(chat, seed.wrapping_add(number)).await);
    }
    for round in 0..KILLS {
        for talk in &mut talks {
            talk.go_on(random.u32(1..6)).await;
        }
        // Rooms store from their alarms, within some hundredths of a second.
        let pause = Duration::from_millis(random.u64(0..80));
        println!("round {round}: killed {pause:?} after the last change");
        sleep(pause).await;
        server.kill_9();
        server.restart();
        for talk in &mut talks {
            talk.come_back().await;
        }
    }
    for talk in &mut talks {
        talk.go_on(3).await;
    }
    let chats: Vec<_> = talks.iter().map(|talk| &talk.chat).collect();
    expect_stored(&Embedded(&server), &chats).await;
    the_only_customers(&Embedded(&server), &chats).await;
}
