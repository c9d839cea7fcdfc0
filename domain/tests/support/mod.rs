//! What the room's and the inbox's tests share: a database that outlives whoever works on it and can fail, the people,
//! and a way to read what a room told its shell.

#![allow(dead_code)] // each test binary uses its own part of this

use std::cell::Cell;
use std::rc::Rc;

use rusqlite::Connection;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use voxora_domain::access::{Principal, Subject};
use voxora_domain::id::{ConversationId, DepartmentId, SessionId, UserId, VisitorId};
use voxora_domain::sockets::{ConnectionId, Output};
use voxora_domain::sql::{Row, Sql, SqlError, Value};
use voxora_domain::wire::Role;

/// A moment to begin at.
pub const NOON: i64 = 1_795_348_800_000;

/// An in-memory SQLite whose statements fail when told to.
pub struct Storage {
    database: Connection,
    /// How many more statements succeed before one fails; `None` for all.
    spare: Cell<Option<u32>>,
    failures: Cell<u32>,
}

impl Storage {
    pub fn new() -> Rc<Self> {
        let database = Connection::open_in_memory().unwrap();
        database.set_prepared_statement_cache_capacity(64);
        Rc::new(Self { database, spare: Cell::new(None), failures: Cell::new(0) })
    }

    /// Lets one statement fail, before it is executed, after `spare` more that do not.
    pub fn fail_after(&self, spare: u32) {
        self.spare.set(Some(spare));
    }

    pub fn heal(&self) {
        self.spare.set(None);
    }

    /// How many statements have failed.
    pub fn failures(&self) -> u32 {
        self.failures.get()
    }

    /// Asks the database itself; never fails on purpose.
    pub fn rows(&self, statement: &str, parameters: &[Value]) -> Vec<Row> {
        self.database.exec(statement, parameters).unwrap()
    }
}

impl Storage {
    /// Spends one statement of those that still go well.
    fn spend(&self) -> Result<(), SqlError> {
        match self.spare.get() {
            Some(0) => {
                self.spare.set(None);
                self.failures.set(self.failures.get() + 1);
                return Err(SqlError::Other("disk I/O error".to_owned()));
            }
            Some(spare) => self.spare.set(Some(spare - 1)),
            None => {}
        }
        Ok(())
    }
}

impl Sql for Storage {
    fn exec(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, SqlError> {
        self.spend()?;
        self.database.exec(statement, parameters)
    }

    fn write(&self, statement: &str, parameters: &[Value]) -> Result<bool, SqlError> {
        self.spend()?;
        self.database.write(statement, parameters)
    }
}

pub fn conversation_id(number: u128) -> ConversationId {
    ConversationId::new(Uuid::from_u128(number))
}

/// When everybody's tokens here expire: not in these tests, unless one says so.
pub const EXPIRY: i64 = NOON + 100 * 365 * 24 * 60 * 60 * 1000;

pub fn visitor() -> Principal {
    Principal::of_visitor(VisitorId::new(Uuid::from_u128(0x6f1c)), NOON, EXPIRY)
}

pub fn stranger() -> Principal {
    Principal::of_visitor(VisitorId::new(Uuid::from_u128(0xbad)), NOON, EXPIRY)
}

pub fn agent(number: u128) -> Principal {
    named_agent(number, &format!("Agent {number}"))
}

/// The departments that all agents here are in.
pub const DEPARTMENTS: [DepartmentId; 2] =
    [DepartmentId::new(Uuid::from_u128(0xd001)), DepartmentId::new(Uuid::from_u128(0xd002))];

pub fn named_agent(number: u128, name: &str) -> Principal {
    agent_of(number, name, &DEPARTMENTS)
}

/// An agent who is in these departments.
pub fn agent_of(number: u128, name: &str, departments: &[DepartmentId]) -> Principal {
    let (id, session) = (Uuid::from_u128(0xa000 + number), Uuid::from_u128(0x5e55 + number));
    let (id, session) = (UserId::new(id), SessionId::new(session));
    let mut agent = Principal::of_user(id, Role::Agent, name.to_owned(), session, NOON, EXPIRY);
    if let Subject::User { departments: theirs, .. } = &mut agent.subject {
        *theirs = departments.to_vec();
    }
    agent
}

/// The frames for one connection, in order.
pub fn frames_for<T: DeserializeOwned>(outputs: &[Output], connection: ConnectionId) -> Vec<T> {
    let frames = outputs.iter().filter_map(|output| match output {
        Output::Send { to, frame } if to.contains(&connection) => Some(frame),
        _ => None,
    });
    frames.map(|frame| serde_json::from_str(frame).unwrap()).collect()
}
