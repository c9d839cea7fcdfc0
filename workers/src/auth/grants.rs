//! What somebody may make of somebody else: for every route that gives people something.

use voxora_domain::access::{Permission, Principal, Reach, Subject};
use voxora_domain::id::DepartmentId;
use voxora_domain::limits::DEPARTMENTS_PER_USER;
use voxora_domain::wire::Role;

use crate::app::App;
use crate::error::AppError;

/// Refuses whoever may not do all that this role may.
pub async fn require_covered(app: &App, caller: &Principal, role: Role) -> Result<(), AppError> {
    match app.permissions_of(role).await? {
        Some(permissions) if !caller.permissions.covers(permissions) => Err(AppError::forbidden(
            "They may do more than you: only somebody who may do as much can do this.",
        )),
        // Of a role that is gone nothing is left to be had.
        _ => Ok(()),
    }
}

/// Whether this caller may make somebody that.
pub async fn grantable(
    app: &App,
    caller: &Principal,
    role: Role,
) -> Result<Result<(), &'static str>, AppError> {
    Ok(match app.permissions_of(role).await? {
        None => Err("names no role"),
        Some(permissions) if caller.permissions.covers(permissions) => Ok(()),
        Some(_) => Err("may do more than you: nobody gives what they do not have"),
    })
}

/// The departments that this caller may put somebody into who is in some already: whoever sees the conversations of their own
/// departments only gives no others, to themselves or to anybody.
pub fn givable(
    caller: &Principal,
    mut wanted: Vec<DepartmentId>,
    present: &[DepartmentId],
) -> Result<Vec<DepartmentId>, String> {
    wanted.sort_unstable();
    wanted.dedup();
    if wanted.len() > DEPARTMENTS_PER_USER {
        return Err(format!("must be at most {DEPARTMENTS_PER_USER}"));
    }
    let own = match &caller.subject {
        Subject::User { departments, .. } => departments.as_slice(),
        Subject::Visitor(_) => &[],
    };
    let sees_all = caller.permissions.reach(Permission::ReadConversations) == Some(Reach::All);
    if sees_all || wanted.iter().all(|it| own.contains(it) || present.contains(it)) {
        Ok(wanted)
    } else {
        Err("must be departments that you are in: nobody gives what they do not have".to_owned())
    }
}
