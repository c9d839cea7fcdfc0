//! The team's directory: people, departments and policies, gathered for the inbox.

use serde::de::DeserializeOwned;
use voxora_data_api::contract::Find;
use voxora_data_api::query::{Filter, Sort};
use voxora_data_api::schema::CollectionSchema;
use voxora_domain::directory::{self, Directory, DirectoryDepartment, Person};
use voxora_domain::id::TagId;
use voxora_domain::sorted::sort_by;

use crate::departments::{self, DepartmentDocument};
use crate::settings::Settings;
use crate::tags::{self, TagDocument};
use crate::users::{self, UserDocument};
use crate::{Kept, StoreError, Working, resource};

/// How many documents are read at once.
const PAGE: usize = 200;

impl From<UserDocument> for Person {
    fn from(user: UserDocument) -> Self {
        Self {
            id: user.id,
            name: user.name,
            role: user.role,
            departments: user.departments,
            capacity: user.capacity,
            skills: user.skills,
            working_hours: user.working_hours,
        }
    }
}

impl From<DepartmentDocument> for DirectoryDepartment {
    fn from(department: DepartmentDocument) -> Self {
        Self { id: department.id, name: department.name, hours: department.hours, policy: department.policy }
    }
}

pub(crate) fn read(store: Kept<'_>) -> Working<'_, Directory> {
    Box::pin(async move {
        let settings = Settings(store).read().await?;
        let active = resource::there().and(Filter::ne("status", "deactivated"));
        let people = every(store, &users::SCHEMA, active, directory::PEOPLE, |user: &UserDocument| {
            user.id.to_string()
        });
        let mut people: Vec<Person> = people.await?.into_iter().map(Person::from).collect();
        know_merged(store, &mut people).await?;
        let unarchived = resource::there().and(Filter::eq("archived", false));
        let most = directory::DEPARTMENTS;
        let departments =
            every(store, &departments::SCHEMA, unarchived, most, |it: &DepartmentDocument| it.id.to_string());
        let departments = departments.await?;
        Ok(Directory {
            people,
            departments: departments.into_iter().map(DirectoryDepartment::from).collect(),
            policy: settings.policy,
            time_zone: settings.time_zone,
        })
    })
}

/// Who knows about what was merged into another knows about that: conversations have the other.
async fn know_merged(store: Kept<'_>, people: &mut [Person]) -> Result<(), StoreError> {
    let mut skills: Vec<TagId> = people.iter().flat_map(|person| person.skills.iter().copied()).collect();
    sort_by(&mut skills, Ord::cmp);
    skills.dedup();
    for some in skills.chunks(PAGE) {
        let these = Filter::in_("_id", some.iter().map(ToString::to_string));
        let merged = resource::there().and(Filter::eq("archived", true)).and(these);
        let find = Find::new(merged).limit(u32::try_from(PAGE).unwrap_or(0));
        let merged: Vec<TagDocument> = store.list(&tags::SCHEMA, find).await?;
        for (tag, into) in merged.iter().filter_map(|tag| Some((tag.id, tag.merged_into?))) {
            for Person { skills, .. } in &mut *people {
                if let Some(place) = skills.iter().position(|skill| *skill == tag) {
                    skills.remove(place);
                    if !skills.contains(&into) {
                        skills.insert(place, into);
                    }
                }
            }
        }
    }
    Ok(())
}

/// All documents that match, in the order of their ids; at most so many.
async fn every<T: DeserializeOwned>(
    store: Kept<'_>,
    schema: &'static CollectionSchema,
    filter: Filter,
    most: usize,
    id: fn(&T) -> String,
) -> Result<Vec<T>, StoreError> {
    let mut found: Vec<T> = Vec::new();
    loop {
        let page = PAGE.min(most - found.len());
        let filter = match found.last() {
            Some(last) => filter.clone().and(Filter::gt("_id", id(last))),
            None => filter.clone(),
        };
        let find = Find::new(filter).sort(Sort::ascending("_id")).limit(u32::try_from(page).unwrap_or(0));
        let more = store.list(schema, find).await?;
        let is_last = more.len() < page;
        found.extend(more);
        if is_last || found.len() >= most {
            return Ok(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use serde_json::json;
    use uuid::Uuid;
    use voxora_data_api::DataApi;
    use voxora_domain::id::{DepartmentId, TagId, UserId};
    use voxora_domain::wire::{BusinessHours, Policy, Role, RoutingMode, UserStatus, Week};

    use super::*;
    use crate::Store;
    use crate::testing::Engines;

    fn uuid(number: usize) -> Uuid {
        Uuid::from_u128(0x0197_a0c0_0000_7000_8000_0000_0000_0000 + number as u128)
    }

    fn store() -> Store<Engines> {
        Store { documents: Engines::of(&["users", "departments", "settings", "tags"]), now: 7 }
    }

    fn join(store: &Store<Engines>, number: usize, change: impl FnOnce(&mut UserDocument)) {
        let (email, name) = (format!("{number}@example.com"), format!("Person {number}"));
        let mut user = UserDocument::new(email, name, Role::Agent, "hash".to_owned(), 7);
        user.id = UserId::new(uuid(number));
        change(&mut user);
        block_on(store.documents.insert_one("users", &user)).unwrap();
    }

    #[test]
    fn it_has_whoever_can_sign_in_and_what_conversations_can_be_moved_into() {
        let store = store();
        let hours =
            BusinessHours { time_zone: "UTC".to_owned(), week: Week::default(), holidays: Vec::new() };
        let mut policy = Policy::default();
        policy.routing.mode = RoutingMode::RoundRobin;
        join(&store, 2, |user| {
            user.role = Role::Admin;
            user.capacity = 9;
            user.departments = vec![DepartmentId::new(uuid(10))];
            user.skills = vec![TagId::new(uuid(20))];
            user.working_hours = Some(hours.clone());
        });
        join(&store, 1, |_| {});
        join(&store, 3, |user| user.status = UserStatus::Deactivated);
        join(&store, 4, |user| user.deleted = true);
        for (number, archived, of) in [(11, false, None), (10, false, Some(&policy)), (12, true, None)] {
            let name = format!("D{number}");
            let mut department = json!({
                "_id": uuid(number), "version": 1, "name": name, "folded": name.to_lowercase(), "color": "#1f6feb",
                "archived": archived, "revision": 1, "createdAt": { "$date": 1 }, "updatedAt": { "$date": 1 },
            });
            if let Some(policy) = of {
                department["policy"] = serde_json::to_value(policy).unwrap();
                department["hours"] = serde_json::to_value(&hours).unwrap();
            }
            block_on(store.documents.insert_one("departments", &department)).unwrap();
        }
        let read = block_on(store.directory()).unwrap();
        let person = |number, role, capacity| Person {
            id: UserId::new(uuid(number)),
            name: format!("Person {number}"),
            role,
            departments: Vec::new(),
            capacity,
            skills: Vec::new(),
            working_hours: None,
        };
        let ada = Person {
            departments: vec![DepartmentId::new(uuid(10))],
            skills: vec![TagId::new(uuid(20))],
            working_hours: Some(hours.clone()),
            ..person(2, Role::Admin, 9)
        };
        let department = |number, hours, policy| DirectoryDepartment {
            id: DepartmentId::new(uuid(number)),
            name: format!("D{number}"),
            hours,
            policy,
        };
        let expected = Directory {
            people: vec![person(1, Role::Agent, 5), ada],
            departments: vec![department(10, Some(hours), Some(policy)), department(11, None, None)],
            policy: Policy::default(),
            time_zone: "UTC".to_owned(),
        };
        assert_eq!(read, expected);
        assert_eq!(read.person(UserId::new(uuid(2))).unwrap().capacity, 9);
        assert_eq!(read.department(DepartmentId::new(uuid(11))).unwrap().name, "D11");
    }

    #[test]
    fn who_knows_about_a_merged_tag_knows_about_the_one_it_is_merged_into() {
        let store = store();
        let tag = |number: usize| TagId::new(uuid(number));
        for (number, into) in [(20, Some(22)), (21, None), (22, None)] {
            let name = format!("t{number}");
            let mut stored = json!({
                "_id": uuid(number), "version": 1, "name": name, "folded": name, "color": "#1f6feb",
                "archived": number < 22, "revision": 1, "createdAt": { "$date": 1 }, "updatedAt": { "$date": 1 },
            });
            if let Some(into) = into {
                stored["mergedInto"] = json!(uuid(into));
            }
            block_on(store.documents.insert_one("tags", &stored)).unwrap();
        }
        join(&store, 1, |user| user.skills = vec![tag(20), tag(21)]);
        join(&store, 2, |user| user.skills = vec![tag(22), tag(20)]);
        let read = block_on(store.directory()).unwrap();
        let skills: Vec<_> = read.people.into_iter().map(|person| person.skills).collect();
        assert_eq!(skills, [vec![tag(22), tag(21)], vec![tag(22)]], "one that is only archived stays");
    }

    #[test]
    fn a_large_team_is_read_in_pages_up_to_a_bound() {
        let store = store();
        for number in (1..=PAGE * 2 + 5).rev() {
            join(&store, number, |_| {});
        }
        let read = block_on(store.directory()).unwrap();
        let ids: Vec<UserId> = read.people.iter().map(|person| person.id).collect();
        let all: Vec<UserId> = (1..=PAGE * 2 + 5).map(|number| UserId::new(uuid(number))).collect();
        assert_eq!(ids, all, "each once, in the order of their ids");
        let some =
            block_on(every(store.any(), &users::SCHEMA, Filter::all(), PAGE + 3, |user: &UserDocument| {
                user.id.to_string()
            }));
        assert_eq!(some.unwrap().len(), PAGE + 3);
    }
}
