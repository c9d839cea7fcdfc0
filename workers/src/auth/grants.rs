//! What somebody may make of somebody else: for every route that gives people something.

use voxora_domain::access::{Permission, Permissions, Principal, Reach, Subject};
use voxora_domain::id::DepartmentId;
use voxora_domain::limits::DEPARTMENTS_PER_USER;
use voxora_domain::sorted::sort_by;
use voxora_domain::wire::Role;

use crate::app::App;
use crate::error::AppError;

/// Refuses whoever may not do all that this role may.
pub async fn require_covered(app: &App, caller: &Principal, role: Role) -> Result<(), AppError> {
    // What a role that is gone permitted nobody knows.
    let theirs = app.store().roles().permissions(role).await?;
    let theirs = theirs.unwrap_or_else(|| Permissions::of(Some(Role::Admin)));
    if caller.permissions.covers(theirs) {
        return Ok(());
    }
    Err(AppError::forbidden("They may do more than you: only somebody who may do as much can do this."))
}

/// Whether this caller may make somebody that.
pub async fn grantable(
    app: &App,
    caller: &Principal,
    role: Role,
) -> Result<Result<(), &'static str>, AppError> {
    Ok(match app.store().roles().permissions(role).await? {
        None => Err("names no role"),
        Some(permissions) if caller.permissions.covers(permissions) => Ok(()),
        Some(_) => Err("may do more than you: nobody gives what they do not have"),
    })
}

/// The departments that this caller may put somebody into who is in some already: whoever sees the conversations of their own
/// departments only gives no others, to themselves or to anybody. Nobody comes into one that is archived, or is not there.
pub async fn givable(
    app: &App,
    caller: &Principal,
    mut wanted: Vec<DepartmentId>,
    present: &[DepartmentId],
) -> Result<Result<Vec<DepartmentId>, String>, AppError> {
    sort_by(&mut wanted, Ord::cmp);
    wanted.dedup();
    if wanted.len() > DEPARTMENTS_PER_USER {
        return Ok(Err(format!("must be at most {DEPARTMENTS_PER_USER}")));
    }
    let own = match &caller.subject {
        Subject::User { departments, .. } => departments.as_slice(),
        Subject::Visitor(_) => &[],
    };
    let sees_all = caller.permissions.reach(Permission::ReadConversations) == Some(Reach::All);
    let added: Vec<_> = wanted.iter().copied().filter(|it| !present.contains(it)).collect();
    if !sees_all && !added.iter().all(|it| own.contains(it)) {
        let refusal = "must be departments that you are in: nobody gives what they do not have";
        return Ok(Err(refusal.to_owned()));
    }
    if app.store().departments().are_usable(&added).await? {
        return Ok(Ok(wanted));
    }
    Ok(Err("must be departments that there are, and that are not archived".to_owned()))
}
