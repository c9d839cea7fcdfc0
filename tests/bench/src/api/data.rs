//! A team with a history, the same in every run: people, conversations and settings, as the product stores them.

use anyhow::Result;
use serde::Serialize;
use serde_json::{Value, json};
use voxora_data_api::document::Document;
use voxora_domain::access::Permissions;
use voxora_domain::id::DepartmentId;
use voxora_domain::wire::Role;
use voxora_store::users::UserDocument;
use voxora_store::{Time, fold, password};

use crate::documents::data;

/// How many people the team has.
pub const PEOPLE: u64 = 200;
/// How many conversations there are.
pub const CONVERSATIONS: u64 = 5_000;
/// The password of each of them.
pub const PASSWORD: &str = "a password of the bench";

/// When the team began, in milliseconds since 1970.
const BEGIN: i64 = 1_750_000_000_000;
/// One in so many is an admin, the first of them.
const PEOPLE_PER_ADMIN: u64 = 20;
/// Numbers of ids that no conversation has.
const IDS_OF_PEOPLE: u64 = 1 << 40;
const IDS_OF_DEPARTMENTS: u64 = 1 << 41;

const FIRST_NAMES: [&str; 20] = [
    "Ada",
    "Grace",
    "Alan",
    "Edsger",
    "Barbara",
    "Donald",
    "Radia",
    "Niklaus",
    "Hedy",
    "Tim",
    "Katherine",
    "Ken",
    "Margaret",
    "Dennis",
    "Frances",
    "Leslie",
    "Sophie",
    "Linus",
    "Adele",
    "John",
];
const LAST_NAMES: [&str; 10] =
    ["Berg", "Castro", "Diaz", "Eriksen", "Fischer", "Garcia", "Horváth", "Ivanova", "Jansen", "Kowalski"];

/// All of it.
#[derive(Serialize)]
pub struct Data {
    pub people: Vec<UserDocument>,
    pub conversations: Vec<Document>,
    pub settings: Value,
    /// What the roles that come with the product permit: a table in its code, which stands in no store.
    permissions: Value,
}

impl Data {
    pub fn new() -> Result<Self> {
        // One salt for all of them: hashing two hundred times would only take time.
        let hash = password::hash(PASSWORD)?;
        let people: Result<_> = (0..PEOPLE).map(|number| person(number, &hash)).collect();
        let changed = json!({ "$date": BEGIN + 86_400_000 });
        Ok(Self {
            people: people?,
            conversations: (0..CONVERSATIONS).map(data::conversation).collect(),
            settings: json!({
                "_id": "general", "version": 1, "name": "Fern & Moss", "language": "en", "timeZone": "Europe/Berlin",
                "mailFrom": "hello@example.com", "sessionDays": 30, "agentsSee": "departments", "revision": 3,
                "createdAt": { "$date": BEGIN }, "updatedAt": changed,
            }),
            permissions: json!({
                "admin": Permissions::of(Some(Role::Admin)),
                "agent": Permissions::of(Some(Role::Agent)),
            }),
        })
    }
}

/// The person of this number, from 0, who can sign in.
fn person(number: u64, hash: &str) -> Result<UserDocument> {
    let some = |names: &[&'static str], number: u64| {
        let index = usize::try_from(number).unwrap_or_default() % names.len();
        names.get(index).copied().unwrap_or_default()
    };
    let name = format!("{} {}", some(&FIRST_NAMES, number), some(&LAST_NAMES, number / PEOPLE_PER_ADMIN));
    let email = format!("person-{number}@example.com");
    let role = if number.is_multiple_of(PEOPLE_PER_ADMIN) { Role::Admin } else { Role::Agent };
    let departments =
        (0..number % 3).map(|department| data::conversation_id(IDS_OF_DEPARTMENTS + department));
    let departments: Result<Vec<DepartmentId>, _> = departments.map(|id| id.parse()).collect();
    let speaks_german = number.is_multiple_of(3);
    let person = UserDocument::new(email, name, role, hash.to_owned(), BEGIN);
    Ok(UserDocument {
        id: data::conversation_id(IDS_OF_PEOPLE + number).parse()?,
        folded: fold::name(&person.name),
        departments: departments?,
        language: speaks_german.then(|| "de".to_owned()),
        time_zone: speaks_german.then(|| "Europe/Berlin".to_owned()),
        revision: 2,
        updated_at: Some(Time(BEGIN + 86_400_000)),
        ..person
    })
}
