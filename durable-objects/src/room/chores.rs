//! What the room does when its schedule says so: each duty by its function here or in `storing`, and what its end leads to.
//! When each is to be done `voxora_domain::room::Duty` says.

use voxora_domain::access::Audience;
use voxora_domain::room::Duty;
use voxora_domain::schedule::Run;

use super::{Shared, log_failure};
use crate::inbox;
use crate::outbox::RoomHandle;

/// What a failure of a duty says to the log. It will be tried again.
pub(super) type Done = Result<(), String>;

impl Shared {
    /// Does a duty that was begun.
    pub async fn do_duty(self, run: Run<Duty>) {
        let done = match run.name {
            Duty::Sockets => self.hub.sweep().map(|outputs| self.carry_out(outputs)).map_err(words),
            Duty::Time => self.keep_time(),
            Duty::Inbox => self.tell_inbox().await,
            Duty::Documents => self.store().await,
            Duty::Report => self.report().await,
            Duty::Archive => self.archive().await,
        };
        // Trouble with the document store has lasted since it was first reported, however often memory was lost.
        let stores = run.name == Duty::Documents;
        let since = if stores && done.is_err() {
            self.with(|room, _| Ok(room.reported_since())).ok().flatten()
        } else {
            None
        };
        self.hub.ended(run, run.name.name(), done, since);
        if stores {
            let alarm = &self.hub.alarm;
            let ended =
                self.with(|room, _| Ok(alarm.with(|schedule, now| room.storing_ended(schedule, now))?));
            if let Err(error) = ended {
                log_failure("report", &error.to_string());
            }
        }
        self.hub.wake();
    }

    /// Does a duty at once, whether it is due or not; unless it is under way.
    pub async fn do_now(&self, duty: Duty) {
        if let Some(run) = self.hub.alarm.with(|schedule, now| schedule.begin(duty, now)) {
            self.clone().do_duty(run).await;
        }
    }

    /// Does what is to be done in the conversation because its time has come.
    fn keep_time(&self) -> Done {
        let mut outputs = Vec::new();
        let kept = self.with(|room, now| room.keep_time(now, &mut outputs));
        // What was done before something failed is stored, and everybody is told.
        self.carry_out(outputs);
        kept.map_err(words)
    }

    /// Tells the inbox how the conversation stands, and is told what its queue asks for, if that is news.
    async fn tell_inbox(&self) -> Done {
        let news = self.with(|room, _| {
            let summary = room.summary(Audience::Agents)?;
            Ok(summary.filter(|summary| room.is_news_to_inbox(summary.conversation.standing())))
        });
        let Some(summary) = news.map_err(words)? else { return Ok(()) };
        let terms = inbox::tell(&self.hub.env, &summary).await.map_err(words)?;
        let told = self.with(|room, _| {
            room.told_inbox(summary.conversation.standing());
            // An inbox of the last version says nothing of them: they stay as they are.
            Ok(terms.map_or(Ok(false), |terms| room.keep_terms(terms)).map(drop)?)
        });
        told.map_err(words)
    }
}

/// What an error says to the log.
#[allow(clippy::needless_pass_by_value)] // for `map_err`
pub(super) fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}
