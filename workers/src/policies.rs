//! Policies of queues, for every route that sets one.

use voxora_domain::id::DepartmentId;
use voxora_domain::policy;
use voxora_domain::wire::{FieldError, Policy};
use voxora_store::StoreError;

use crate::app::App;
use crate::error::AppError;

/// The policy of a department's queue, or of the general one, as it is kept; or all that does not fit. It overflows into another
/// department that is not archived; into one that is archived later, nothing does.
pub async fn read_policy(
    app: &App,
    policy: &Policy,
    of: Option<DepartmentId>,
) -> Result<Result<Policy, Vec<FieldError>>, AppError> {
    let mut read = policy::read(policy);
    let Some(overflow) = policy.routing.overflow else { return Ok(read) };
    let why = if of == Some(overflow.department) {
        "must be another department"
    } else {
        match app.store().departments().usable(overflow.department).await {
            Ok(_) => return Ok(read),
            Err(StoreError::NotFound(_) | StoreError::Archived) => {
                "must be a department that there is, and that is not archived"
            }
            Err(error) => return Err(error.into()),
        }
    };
    let error = FieldError { pointer: "/routing/overflow/department".to_owned(), detail: why.to_owned() };
    match &mut read {
        Ok(_) => read = Err(vec![error]),
        Err(errors) => errors.push(error),
    }
    Ok(read)
}
