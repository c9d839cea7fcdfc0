//! Which fields of a found document are given back.

use serde_json::Value;
use voxora_domain::sorted::Sorted;

use super::compare::{as_f64, type_name};
use super::path::Path;
use crate::DataApiError;
use crate::document::{Document, as_members_mut};
use crate::error::invalid;
use crate::query::Projection;

/// A projection that has been checked.
pub(super) struct Plan {
    /// Whether the fields named are those to keep, or those to leave out.
    including: bool,
    fields: Fields,
}

/// The named fields by the parts of their paths. Under a last part stands nothing.
#[derive(Default)]
struct Fields(Sorted<String, Option<Fields>>);

impl Plan {
    pub(super) fn parse(projection: &Projection) -> Result<Self, DataApiError> {
        let mut including = None;
        let mut id = None;
        let mut fields = Fields::default();
        for (field, mark) in &projection.0 {
            let include = match mark {
                Value::Bool(mark) => *mark,
                Value::Number(mark) => as_f64(mark) != 0.0,
                other => {
                    let field = field.escape_debug();
                    let operator = other.as_object().and_then(|operators| operators.keys().next());
                    let operator = operator
                        .map_or_else(|| type_name(other).to_owned(), |name| name.escape_debug().to_string());
                    return Err(invalid(format!(
                        "a projection of '{field}' must be 0 or 1; {operator} is not supported"
                    )));
                }
            };
            if field == "_id" {
                id = Some(include);
                continue;
            }
            if *including.get_or_insert(include) != include {
                let field = field.escape_debug();
                return Err(invalid(format!(
                    "a projection includes fields or excludes them, not both: '{field}' differs from those before"
                )));
            }
            fields.insert(&Path::parse(field)?)?;
        }
        let including = including.or(id).unwrap_or(false);
        // `_id` comes along unless it is excluded by name.
        if (id != Some(false)) == including {
            fields.0.insert("_id".to_owned(), None);
        }
        Ok(Self { including, fields })
    }

    pub(super) fn apply(&self, mut document: Document) -> Document {
        if self.including {
            self.fields.keep(&mut document);
        } else {
            self.fields.remove(&mut document);
        }
        document
    }
}

impl Fields {
    fn insert(&mut self, path: &Path<'_>) -> Result<(), DataApiError> {
        let collision = || invalid(format!("Path collision at '{path}' in the projection"));
        let (parents, last) = path.split();
        let mut level = self;
        for part in parents {
            let below = level.0.or_insert_with((*part).to_owned(), || Some(Self::default()));
            level = below.as_mut().ok_or_else(collision)?;
        }
        match level.0.insert(last.to_owned(), None) {
            None => Ok(()),
            Some(_) => Err(collision()),
        }
    }

    fn keep(&self, members: &mut Document) {
        members.retain(|name, value| match self.0.get(name) {
            None => false,
            Some(None) => true,
            Some(Some(below)) => below.keep_in(value),
        });
    }

    /// Whether anything of the value is kept: a plain value has nothing below it.
    fn keep_in(&self, value: &mut Value) -> bool {
        match value {
            Value::Array(items) => items.retain_mut(|item| self.keep_in(item)),
            other => match as_members_mut(other) {
                Some(members) => self.keep(members),
                None => return false,
            },
        }
        true
    }

    fn remove(&self, members: &mut Document) {
        for (name, below) in self.0.iter() {
            match below {
                None => {
                    members.shift_remove(name);
                }
                Some(below) => {
                    if let Some(value) = members.get_mut(name) {
                        below.remove_in(value);
                    }
                }
            }
        }
    }

    fn remove_in(&self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.remove_in(item)),
            other => {
                if let Some(members) = as_members_mut(other) {
                    self.remove(members);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Plan;
    use crate::query::Projection;

    fn parsed(projection: &Value) -> Result<Plan, crate::DataApiError> {
        Plan::parse(&Projection(projection.as_object().unwrap().clone()))
    }

    #[test]
    fn fields_are_included_or_excluded() {
        let document = json!({ "_id": "x", "a": 1, "b": { "c": 2, "d": 3 },
            "e": [{ "f": 4, "g": 5 }, 6, [{ "f": 7, "g": 8 }]] });
        for (projection, expected) in [
            (json!({}), document.clone()),
            (json!({ "a": 1 }), json!({ "_id": "x", "a": 1 })),
            (json!({ "a": true, "_id": false }), json!({ "a": 1 })),
            (json!({ "_id": 1 }), json!({ "_id": "x" })),
            (json!({ "b.c": 1, "_id": 0 }), json!({ "b": { "c": 2 } })),
            (json!({ "b.x": 1, "_id": 0 }), json!({ "b": {} })),
            (json!({ "a.x": 1, "_id": 0 }), json!({})),
            (json!({ "e.f": 1, "_id": 0 }), json!({ "e": [{ "f": 4 }, [{ "f": 7 }]] })),
            (json!({ "e.f": 0, "a": 0, "b": 0 }), json!({ "_id": "x", "e": [{ "g": 5 }, 6, [{ "g": 8 }]] })),
            (json!({ "_id": 0, "b": 0, "e": 0 }), json!({ "a": 1 })),
            (json!({ "_id": 1, "b": 0, "e": 0 }), json!({ "_id": "x", "a": 1 })),
        ] {
            let plan = parsed(&projection).unwrap();
            let found = plan.apply(document.as_object().unwrap().clone());
            assert_eq!(Value::Object(found), expected, "{projection}");
        }
    }

    #[test]
    fn wrong_projections_are_refused() {
        for (projection, word) in [
            (json!({ "a": 1, "b": 0 }), "not both"),
            (json!({ "a": { "$slice": 1 } }), "must be 0 or 1; $slice"),
            (json!({ "a": "$b" }), "must be 0 or 1"),
            (json!({ "a": 1, "a.b": 1 }), "Path collision at 'a.b'"),
            (json!({ "a.b.c": 1, "a.b": 1 }), "Path collision"),
            (json!({ "a.$": 1 }), "positional"),
        ] {
            let error = parsed(&projection).err().unwrap().to_string();
            assert!(error.contains(word), "{projection}: {error}");
        }
    }
}
