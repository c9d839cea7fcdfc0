//! Exact limits: how often one network, one visitor or one account may do something, whichever isolate is asked.
//!
//! They are counted in limiter objects ([`voxora_durable_objects::limiter`]), under keyed hashes, so that neither names nor
//! rows tell whose they are. A deployment's variables change them (`wrangler.toml` lists them). A limiter that does not answer
//! keeps no visitor from chatting, but lets nobody guess passwords or have mails sent.

use std::cell::RefCell;
use std::time::Duration;

use http::HeaderMap;
use voxora_domain::id::{UserId, VisitorId};
use voxora_domain::limiter::{Bulkhead, Quota, Turn, network_of};
use voxora_durable_objects::limiter;
use voxora_durable_objects::time::{now, sleep};
use worker::{Env, console_error};

use super::device::Device;
use crate::config::Config;
use crate::error::AppError;

/// A limit that a variable can change.
struct Limit {
    /// As `RateLimit` headers name it.
    name: &'static str,
    variable: &'static str,
    default: Quota,
}

const fn limit(name: &'static str, variable: &'static str, count: u32, seconds: u32) -> Limit {
    Limit { name, variable, default: Quota { count, seconds } }
}

const SESSIONS: Limit = limit("sessions-per-address", "LIMIT_SESSIONS_PER_ADDRESS", 100, 600);
const STARTS_PER_VISITOR: Limit = limit("conversations-per-visitor", "LIMIT_STARTS_PER_VISITOR", 20, 600);
const STARTS_PER_ADDRESS: Limit = limit("conversations-per-address", "LIMIT_STARTS_PER_ADDRESS", 100, 600);
const MAILS_PER_ADDRESS: Limit = limit("mails-per-address", "LIMIT_MAILS_PER_ADDRESS", 10, 3_600);
const MAILS_PER_ACCOUNT: Limit = limit("mails-per-account", "LIMIT_MAILS_PER_ACCOUNT", 60, 3_600);
const MAILS: Limit = limit("mails", "LIMIT_MAILS", 1_000, 86_400);
const INVITATIONS: Limit = limit("invitations-per-account", "LIMIT_INVITATIONS", 100, 86_400);
const RESETS_PER_ACCOUNT: Limit = limit("resets-per-account", "LIMIT_RESETS_PER_ACCOUNT", 3, 3_600);
const RESETS_PER_ADDRESS: Limit = limit("resets-per-address", "LIMIT_RESETS_PER_ADDRESS", 20, 3_600);
const LOGINS: Limit = limit("logins-per-address", "LIMIT_LOGINS_PER_ADDRESS", 60, 60);

/// How many log-ins may wait while one is hashed in an isolate; more for devices that their account knows.
const WAITING: usize = 2;
const WAITING_KNOWN: usize = 6;
/// How often one that waits looks again. In between, what else the isolate has to do is done.
const LOOK: Duration = Duration::from_millis(25);
/// When to come back after being shed, in seconds.
const SHED_SECONDS: u32 = 2;
/// The bucket for tries from devices that the account does not know.
const STRANGERS: &str = "strangers";

thread_local! {
    /// One for an isolate: hashing takes its one thread, and whatever else runs in it waits meanwhile.
    static HASHING: RefCell<Bulkhead> = RefCell::default();
}

/// The limits that a request is held to.
pub struct Limits<'a> {
    env: &'a Env,
    config: &'a Config,
    network: String,
}

impl<'a> Limits<'a> {
    #[must_use]
    pub fn new(env: &'a Env, config: &'a Config, headers: &HeaderMap) -> Self {
        let address = headers.get("cf-connecting-ip").and_then(|value| value.to_str().ok());
        Self { env, config, network: network_of(address.unwrap_or_default()) }
    }

    /// A new visitor.
    pub async fn session(&self) -> Result<(), AppError> {
        self.of_network(&SESSIONS).await
    }

    /// A conversation that a visitor starts. A repeat counts too: it may be one.
    pub async fn start(&self, visitor: VisitorId) -> Result<(), AppError> {
        let key = self.key("visitor", &visitor.to_string());
        self.take(&STARTS_PER_VISITOR, &key).await?;
        self.of_network(&STARTS_PER_ADDRESS).await
    }

    /// A mail to an address, on somebody's behalf. Where a limiter does not answer, none is sent: who floods a mailbox, or uses
    /// up what a provider allows, must not have it easier in an outage.
    pub async fn mail(&self, to: &str, by: UserId) -> Result<(), AppError> {
        for (limit, kind, whose) in [
            (&MAILS_PER_ADDRESS, "mails to", to),
            (&MAILS_PER_ACCOUNT, "mails by", by.to_string().as_str()),
            (&MAILS, "mails", ""),
        ] {
            let quota = self.quota(limit)?;
            let verdict = limiter::take(self.env, &self.key(kind, whose), limit.name, quota).await?;
            if !verdict.is_allowed {
                return Err(AppError::over_limit(limit.name, quota, verdict));
            }
        }
        Ok(())
    }

    /// An invitation that goes out. A repeat counts too: each is a mail.
    pub async fn invite(&self, by: UserId) -> Result<(), AppError> {
        let key = self.key("inviter", &by.to_string());
        self.take(&INVITATIONS, &key).await
    }

    /// A link that resets a password, whether or not there is such an account. Those that a device of the account asks for are
    /// counted apart: who asks for somebody else's uses up nothing of theirs.
    pub async fn reset(&self, account: &str, device: Option<&Device>) -> Result<(), AppError> {
        self.of_network(&RESETS_PER_ADDRESS).await?;
        let key = self.key("resets", &format!("{account} {}", device.map_or(STRANGERS, Device::id)));
        self.take(&RESETS_PER_ACCOUNT, &key).await
    }

    /// A try to log in. It counts as wrong until [`Attempt::succeeded`]; one that waits for nothing but processor time is
    /// turned away when too many do. Whether the account exists makes no difference.
    pub async fn log_in(&self, account: &str, device: Option<Device>) -> Result<Attempt<'a>, AppError> {
        self.of_network(&LOGINS).await?;
        let key = self.key("account", account);
        let bucket = device.as_ref().map_or(STRANGERS, |device| device.id()).to_owned();
        let verdict = limiter::guess_password(self.env, &key, &bucket).await?;
        if !verdict.is_allowed {
            return Err(AppError::rate_limited(verdict.wait_seconds()));
        }
        let most = if device.is_some() { WAITING_KNOWN } else { WAITING };
        let Some(hashing) = Hashing::turn(most).await else {
            // Nothing was tried.
            limiter::give_back(self.env, &key, &bucket).await?;
            return Err(AppError::rate_limited(SHED_SECONDS));
        };
        Ok(Attempt { env: self.env, key, bucket, device, _hashing: hashing })
    }

    async fn of_network(&self, limit: &Limit) -> Result<(), AppError> {
        let key = self.key("network", &self.network);
        self.take(limit, &key).await
    }

    async fn take(&self, limit: &Limit, key: &str) -> Result<(), AppError> {
        let quota = self.quota(limit)?;
        match limiter::take(self.env, key, limit.name, quota).await {
            Ok(verdict) if verdict.is_allowed => Ok(()),
            Ok(verdict) => Err(AppError::over_limit(limit.name, quota, verdict)),
            Err(error) => {
                let line =
                    serde_json::json!({ "level": "error", "step": "limit", "cause": error.to_string() });
                console_error!("{line}");
                Ok(())
            }
        }
    }

    fn quota(&self, limit: &Limit) -> Result<Quota, AppError> {
        let Ok(variable) = self.env.var(limit.variable) else { return Ok(limit.default) };
        variable.to_string().parse().map_err(|()| {
            AppError::misconfigured(&format!(
                "{} must be COUNT/SECONDS, such as {}",
                limit.variable, limit.default
            ))
        })
    }

    fn key(&self, kind: &str, whose: &str) -> String {
        self.config.keyed_hash("limit", &[kind, whose])
    }
}

/// A try to log in that is within the limits.
pub struct Attempt<'a> {
    env: &'a Env,
    key: String,
    bucket: String,
    device: Option<Device>,
    /// Held until the password was looked at.
    _hashing: Hashing,
}

impl Attempt<'_> {
    /// The password was right: earlier tries of the same device, or of all strangers, are forgotten. Gives the device, where the
    /// account knows it.
    pub async fn succeeded(self) -> Result<Option<Device>, AppError> {
        limiter::clear(self.env, &self.key, &self.bucket).await?;
        Ok(self.device)
    }

    /// No password was looked at: an outage of the document store must not lock anybody out for longer than it lasts.
    pub async fn was_not_made(self) -> Result<(), AppError> {
        Ok(limiter::give_back(self.env, &self.key, &self.bucket).await?)
    }
}

/// A turn at hashing a password.
struct Hashing(u32);

impl Hashing {
    async fn turn(most: usize) -> Option<Self> {
        let ticket = HASHING.with_borrow_mut(Bulkhead::ticket);
        loop {
            match HASHING.with_borrow_mut(|bulkhead| bulkhead.ask(ticket, most, now())) {
                Turn::Now => return Some(Self(ticket)),
                Turn::Full => return None,
                Turn::Wait => sleep(LOOK).await,
            }
        }
    }
}

impl Drop for Hashing {
    fn drop(&mut self) {
        HASHING.with_borrow_mut(|bulkhead| bulkhead.leave(self.0));
    }
}
