//! The route table, which is the policy: each row names method, path, what it asks of whoever calls it, its name, and its
//! handler. `docs/API.md` says what each takes and gives.
//!
//! From the table come routing, authentication and refusal ([`crate::auth::admit`], before anything of a handler runs), `HEAD`,
//! `OPTIONS` and the `Allow` of a 405; and, natively, the matrix test of every route and every kind of caller.

mod account;
mod auth;
mod conversations;
mod departments;
mod export;
mod health;
mod import;
mod inbox;
mod invitations;
mod jobs;
mod mail;
mod mailbox;
mod outbox;
mod roles;
mod settings;
mod setup;
mod table;
mod tags;
mod users;
mod widget;

use axum::extract::Request;
use axum::response::Response;
use voxora_domain::access::Permission::{
    ExportDocuments, FollowInbox, ImportDocuments, ManageDepartments, ManageJobs, ManageOutbox, ManagePeople,
    ManageRoles, ManageSettings, ManageTags, ReadConversations, ReadDepartments, ReadOwnAccount, ReadPeople,
    ReadTags, StartConversations, TagConversations, UpdateConversations, UpdateOwnAccount,
};

use crate::app::App;
use crate::auth::Access::{Cookie, MetricsToken, Permission, Public, Restore, SetupToken, Socket};

pub use table::{Answered, Row};
use table::{Router, row};

/// Answers a request by the row it fits. `app` is this request's alone.
pub async fn answer(app: App, request: Request) -> Response {
    Router(TABLE).answer(app, request).await
}

/// All routes.
#[rustfmt::skip]
static TABLE: &[Row] = &[
    row!(GET "/", Public, "dashboard", health::dashboard),
    row!(GET "/healthz", Public, "health.alive", health::alive),
    row!(GET "/readyz", Public, "health.ready", health::ready),
    row!(GET "/metrics", MetricsToken, "metrics", outbox::metrics),

    row!(GET "/api/v1/setup", Public, "setup.show", setup::status),
    row!(POST "/api/v1/setup", SetupToken, "setup.create", setup::create),
    row!(POST "/api/v1/auth/login", Cookie, "auth.login", auth::login),
    row!(POST "/api/v1/auth/refresh", Cookie, "auth.refresh", auth::refresh),
    row!(POST "/api/v1/auth/logout", Cookie, "auth.logout", auth::logout),
    row!(GET "/api/v1/auth/me", Permission(ReadOwnAccount), "account.show", account::show),
    row!(PATCH "/api/v1/auth/me", Permission(UpdateOwnAccount), "account.update", account::update),
    row!(GET "/api/v1/auth/sessions", Permission(ReadOwnAccount), "account.sessions", account::sessions),
    row!(DELETE "/api/v1/auth/sessions/{id}", Permission(UpdateOwnAccount), "account.end_session", account::end_session),
    row!(POST "/api/v1/auth/sessions/end-others", Permission(UpdateOwnAccount), "account.end_other_sessions", account::end_other_sessions),
    row!(POST "/api/v1/auth/password", Permission(UpdateOwnAccount), "account.change_password", account::change_password),
    row!(POST "/api/v1/auth/password/forgot", Cookie, "account.forgot_password", account::forgot_password),
    row!(POST "/api/v1/auth/password/reset", Cookie, "account.reset_password", account::reset_password),
    row!(POST "/api/v1/auth/email", Permission(UpdateOwnAccount), "account.change_email", account::change_email),
    row!(POST "/api/v1/auth/email/confirm", Cookie, "account.confirm_email", account::confirm_email),
    row!(POST "/api/v1/widget/session", Public, "widget.session", widget::session),

    row!(GET "/api/v1/conversations", Permission(ReadConversations), "conversations.list", conversations::list),
    row!(POST "/api/v1/conversations", Permission(StartConversations), "conversations.start", conversations::start),
    row!(GET "/api/v1/conversations/{id}", Permission(ReadConversations), "conversations.show", conversations::show),
    row!(PATCH "/api/v1/conversations/{id}", Permission(UpdateConversations), "conversations.update", conversations::update),
    row!(GET "/api/v1/conversations/{id}/events", Permission(ReadConversations), "conversations.events", conversations::events),
    row!(GET "/api/v1/conversations/{id}/socket", Socket(ReadConversations), "conversations.socket", conversations::socket),
    row!(GET "/api/v1/inbox/socket", Socket(FollowInbox), "inbox.socket", inbox::socket),

    row!(GET "/api/v1/departments", Permission(ReadDepartments), "departments.list", departments::list),
    row!(POST "/api/v1/departments", Permission(ManageDepartments), "departments.create", departments::create),
    row!(GET "/api/v1/departments/{id}", Permission(ReadDepartments), "departments.show", departments::show),
    row!(PATCH "/api/v1/departments/{id}", Permission(ManageDepartments), "departments.update", departments::update),
    row!(DELETE "/api/v1/departments/{id}", Permission(ManageDepartments), "departments.delete", departments::delete),

    row!(GET "/api/v1/roles", Permission(ReadPeople), "roles.list", roles::list),
    row!(GET "/api/v1/roles/presets", Permission(ReadPeople), "roles.presets", roles::presets),
    row!(POST "/api/v1/roles/preview", Permission(ManageRoles), "roles.preview", roles::preview),
    row!(POST "/api/v1/roles", Permission(ManageRoles), "roles.create", roles::create),
    row!(GET "/api/v1/roles/{id}", Permission(ReadPeople), "roles.show", roles::show),
    row!(PATCH "/api/v1/roles/{id}", Permission(ManageRoles), "roles.update", roles::update),
    row!(DELETE "/api/v1/roles/{id}", Permission(ManageRoles), "roles.delete", roles::delete),

    row!(GET "/api/v1/tags", Permission(ReadTags), "tags.list", tags::list),
    row!(POST "/api/v1/tags", Permission(ManageTags), "tags.create", tags::create),
    row!(GET "/api/v1/tags/{id}", Permission(ReadTags), "tags.show", tags::show),
    row!(PATCH "/api/v1/tags/{id}", Permission(ManageTags), "tags.update", tags::update),
    row!(DELETE "/api/v1/tags/{id}", Permission(ManageTags), "tags.delete", tags::delete),
    row!(POST "/api/v1/tags/{id}/merge", Permission(ManageTags), "tags.merge", tags::merge),
    row!(PUT "/api/v1/conversations/{id}/tags/{tag}", Permission(TagConversations), "tags.put_on", tags::put_on),
    row!(DELETE "/api/v1/conversations/{id}/tags/{tag}", Permission(TagConversations), "tags.take_off", tags::take_off),

    row!(GET "/api/v1/users", Permission(ReadPeople), "users.list", users::list),
    row!(GET "/api/v1/users/{id}", Permission(ReadPeople), "users.show", users::show),
    row!(PATCH "/api/v1/users/{id}", Permission(ManagePeople), "users.update", users::update),
    row!(POST "/api/v1/users/{id}/deactivate", Permission(ManagePeople), "users.deactivate", users::deactivate),
    row!(POST "/api/v1/users/{id}/reactivate", Permission(ManagePeople), "users.reactivate", users::reactivate),
    row!(POST "/api/v1/users/{id}/password-reset-link", Permission(ManagePeople), "users.password_reset_link", users::password_reset_link),
    row!(DELETE "/api/v1/users/{id}", Permission(ManagePeople), "users.delete", users::delete),

    row!(GET "/api/v1/invitations", Permission(ReadPeople), "invitations.list", invitations::list),
    row!(POST "/api/v1/invitations", Permission(ManagePeople), "invitations.create", invitations::create),
    row!(POST "/api/v1/invitations/look", Public, "invitations.look", invitations::look),
    row!(POST "/api/v1/invitations/accept", Cookie, "invitations.accept", invitations::accept),
    row!(GET "/api/v1/invitations/{id}", Permission(ReadPeople), "invitations.show", invitations::show),
    row!(POST "/api/v1/invitations/{id}/resend", Permission(ManagePeople), "invitations.resend", invitations::resend),
    row!(GET "/api/v1/invitations/{id}/link", Permission(ManagePeople), "invitations.link", invitations::link),
    row!(DELETE "/api/v1/invitations/{id}", Permission(ManagePeople), "invitations.revoke", invitations::revoke),

    row!(GET "/api/v1/settings", Permission(ManageSettings), "settings.show", settings::show),
    row!(PATCH "/api/v1/settings", Permission(ManageSettings), "settings.update", settings::update),
    row!(GET "/api/v1/mail", Permission(ManageSettings), "mail.show", mail::status),
    row!(POST "/api/v1/mail/test", Permission(ManageSettings), "mail.test", mail::test),
    row!(GET "/dev/mail", Public, "mailbox.list", mailbox::list),
    row!(GET "/dev/mail/{id}", Public, "mailbox.show", mailbox::show),

    row!(GET "/api/v1/outbox", Permission(ManageOutbox), "outbox.show", outbox::show),
    row!(POST "/api/v1/outbox/retry", Permission(ManageOutbox), "outbox.retry", outbox::retry),
    row!(GET "/api/v1/jobs", Permission(ManageJobs), "jobs.list", jobs::list),
    row!(GET "/api/v1/jobs/{kind}/dead-letters", Permission(ManageJobs), "jobs.dead_letters", jobs::dead_letters),
    row!(POST "/api/v1/jobs/{kind}/retry", Permission(ManageJobs), "jobs.retry", jobs::retry),
    row!(GET "/api/v1/export/{collection}", Permission(ExportDocuments), "export.read", export::export),
    row!(POST "/api/v1/import/{collection}", Permission(ImportDocuments), "import.write", import::import, import::IMPORT_BYTES),
    row!(POST "/api/v1/import/users", Restore(ImportDocuments), "import.users", import::import_users, import::IMPORT_BYTES),
];

/// All routes, as data.
#[must_use]
pub fn table() -> &'static [Row] {
    TABLE
}

/// What the routes are for, in the order of the reference.
#[cfg(test)]
#[must_use]
pub fn contract() -> Vec<crate::openapi::Resource> {
    vec![
        setup::contract(),
        auth::contract(),
        account::contract(),
        widget::contract(),
        conversations::contract(),
        tags::contract(),
        users::contract(),
        invitations::contract(),
        departments::contract(),
        roles::contract(),
        inbox::contract(),
        settings::contract(),
        mail::contract(),
        mailbox::contract(),
        outbox::contract(),
        jobs::contract(),
        export::contract(),
        import::contract(),
        health::contract(),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn every_row_has_a_name_and_a_route_of_its_own() {
        let table = table();
        let names: BTreeSet<_> = table.iter().map(|row| row.name).collect();
        let routes: BTreeSet<_> = table.iter().map(|row| (row.path, row.method.as_str())).collect();
        assert_eq!((names.len(), routes.len()), (table.len(), table.len()));
        for row in table {
            assert!(!matches!(row.access, Socket(_)) || row.method == http::Method::GET, "{}", row.name);
        }
        let found = Router(table);
        let mut kinds = BTreeMap::new();
        for Row { path, name, .. } in table {
            let names = found.names(path);
            assert!(names.contains(name), "{path} leads to {names:?}, not to {name}");
            // Two patterns that a path fits are told apart by their words alone.
            let kind = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
            kinds.entry(kind.collect::<Vec<_>>()).or_insert_with(BTreeSet::new).insert(path);
        }
        assert!(kinds.values().all(|paths| paths.len() == 1), "a place has two names: {kinds:?}");
    }
}
