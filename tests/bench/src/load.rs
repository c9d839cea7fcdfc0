//! Puts a load on a room: everyone listens, some send, each with at most a window of sends that are not acked yet.
//!
//! It is over when every participant has received every message, its sender included. What a server acks but delivers
//! late is therefore not counted as done, and what it loses or doubles is an error.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use futures::{FutureExt as _, future::try_join_all};
use hdrhistogram::Histogram;
use tokio::{
    select,
    sync::{mpsc, watch},
    task::spawn_local,
    time::timeout,
};

use crate::socket::{Incoming, Socket};

/// How long everything may take beyond the time it was meant to.
const PATIENCE: Duration = Duration::from_mins(1);
/// How many frames a participant takes at a time before it sends again.
const FRAMES_AT_A_TIME: usize = 64;

/// Who sends how much.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// So many of the participants send; the first ones.
    pub senders: usize,
    /// How many un-acked sends each of them may have.
    pub window: u64,
    /// When they stop.
    pub stop: Stop,
}

/// When a sender stops.
#[derive(Debug, Clone, Copy)]
pub enum Stop {
    /// After this time.
    After(Duration),
    /// After so many messages.
    At(u64),
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// Messages that were stored, acked and delivered to everyone.
    pub messages: u64,
    /// From the first send to the last delivery.
    pub took: Duration,
    /// Microseconds from sending a message to receiving it, for every participant other than its sender.
    pub latency: Histogram<u64>,
    /// How many frames delivered messages.
    pub deliveries: u64,
    /// The bytes of those frames.
    pub bytes: u64,
}

struct Tally {
    start: Instant,
    last: Cell<Instant>,
    latency: RefCell<Histogram<u64>>,
    deliveries: Cell<u64>,
    bytes: Cell<u64>,
}

struct Participant {
    socket: Socket,
    /// Which of the participants it is, as its seat says.
    index: u32,
    load: Load,
    tally: Rc<Tally>,
    in_flight: u64,
    received: u64,
}

/// Runs the load and gives the sockets back.
pub async fn run(sockets: Vec<Socket>, load: Load) -> Result<(Vec<Socket>, Outcome)> {
    let start = Instant::now();
    let tally = Rc::new(Tally {
        start,
        last: Cell::new(start),
        latency: RefCell::new(Histogram::new_with_bounds(1, 60_000_000, 3)?),
        deliveries: Cell::new(0),
        bytes: Cell::new(0),
    });
    let (finished, mut counts) = mpsc::unbounded_channel();
    let (announce, total) = watch::channel(None);
    let participants = sockets.into_iter().zip(0u32..).map(|(socket, index)| {
        let sends = (index as usize) < load.senders;
        let tally = Rc::clone(&tally);
        let participant = Participant { socket, index, load, tally, in_flight: 0, received: 0 };
        let (finished, total) = (sends.then(|| finished.clone()), total.clone());
        spawn_local(participant.take_part(finished, total))
            .map(|joined| joined.context("a participant ended")?)
    });
    let participants: Vec<_> = participants.collect();
    drop(finished);

    let counting = async {
        let mut messages = 0;
        while let Some(sent) = counts.recv().await {
            messages += sent;
        }
        announce.send_replace(Some(messages));
        messages
    };
    let meant = match load.stop {
        Stop::After(duration) => duration,
        Stop::At(_) => Duration::ZERO,
    };
    let everything = async { futures::try_join!(counting.map(Ok), try_join_all(participants)) };
    let (messages, sockets) = timeout(meant + PATIENCE, everything).await.with_context(|| {
        format!("not everything was delivered; {} frames were, in all", tally.deliveries.get())
    })??;
    let outcome = Outcome {
        messages,
        took: tally.last.get() - start,
        latency: tally.latency.borrow().clone(),
        deliveries: tally.deliveries.get(),
        bytes: tally.bytes.get(),
    };
    Ok((sockets, outcome))
}

impl Participant {
    /// Sends, if `finished` is there to be told how many it were, and receives until it has everyone's.
    async fn take_part(
        mut self,
        mut finished: Option<mpsc::UnboundedSender<u64>>,
        mut total: watch::Receiver<Option<u64>>,
    ) -> Result<Socket> {
        let mut sent = 0;
        loop {
            if let Some(tell) = &finished {
                let before = sent;
                while self.in_flight < self.load.window && !self.stops(sent) {
                    self.socket.feed().await?;
                    self.in_flight += 1;
                    sent += 1;
                }
                if sent > before {
                    self.socket.flush().await?;
                }
                if self.in_flight == 0 {
                    tell.send(sent).context("nobody counts any more")?;
                    finished = None;
                }
            }
            match *total.borrow_and_update() {
                Some(total) if self.received == total => return Ok(self.socket),
                Some(total) if self.received > total => bail!("more was delivered than sent"),
                _ => {}
            }
            select! {
                incoming = self.socket.next() => self.take(incoming?)?,
                changed = total.changed() => changed.context("nobody counts any more")?,
            }
            for _ in 1..FRAMES_AT_A_TIME {
                match self.socket.next().now_or_never() {
                    Some(incoming) => self.take(incoming?)?,
                    None => break,
                }
            }
        }
    }

    fn stops(&self, sent: u64) -> bool {
        match self.load.stop {
            Stop::After(duration) => self.tally.start.elapsed() >= duration,
            Stop::At(count) => sent >= count,
        }
    }

    fn take(&mut self, incoming: Incoming) -> Result<()> {
        match incoming {
            Incoming::Delivery { from, age, bytes } => {
                self.received += 1;
                let tally = &self.tally;
                tally.last.set(Instant::now());
                tally.deliveries.set(tally.deliveries.get() + 1);
                tally.bytes.set(tally.bytes.get() + bytes);
                if from != self.index {
                    let microseconds = u64::try_from(age.as_micros())?;
                    tally.latency.borrow_mut().saturating_record(microseconds);
                }
            }
            Incoming::Ack => {
                self.in_flight = self.in_flight.checked_sub(1).context("an ack came for nothing")?;
                self.tally.last.set(Instant::now());
            }
            Incoming::Other => {}
        }
        Ok(())
    }
}
