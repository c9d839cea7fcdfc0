//! JSON Schemas of the wire types, as they really are on the wire.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// Marks a field of a request whose `null` means something; see `present` in `voxora_domain::wire`.
const NULLABLE: &str = "x-nullable";

/// The largest whole number that every JSON parser reads as it stands.
const LARGEST: u64 = (1 << 53) - 1;

/// The schemas that the document refers to: one generator for what is taken, one for what is given.
pub struct Schemas {
    taken: SchemaGenerator,
    given: SchemaGenerator,
}

impl Schemas {
    pub fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            taken: settings().for_deserialize().into_generator(),
            given: settings().for_serialize().into_generator(),
        }
    }

    /// The schema of what a request brings.
    pub fn taken<T: JsonSchema>(&mut self) -> Value {
        tidy(self.taken.subschema_for::<T>(), true)
    }

    /// The schema of what an answer brings.
    pub fn given<T: JsonSchema>(&mut self) -> Value {
        tidy(self.given.subschema_for::<T>(), false)
    }

    /// A schema as it stands, without a reference to it.
    pub fn whole<T: JsonSchema>(&mut self) -> Value {
        tidy(T::json_schema(&mut self.given), false)
    }

    /// The properties of a query's type: name, schema, whether it must be there.
    pub fn query<T: JsonSchema>(&mut self) -> Vec<(String, Value, bool)> {
        let mut schema = Value::from(T::json_schema(&mut self.taken));
        mend(&mut schema, true);
        let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        let properties = schema.get_mut("properties").map(Value::take).unwrap_or_default();
        let Value::Object(properties) = properties else { return Vec::new() };
        properties
            .into_iter()
            .map(|(name, schema)| {
                let required = required.contains(&name.as_str().into());
                (name, schema, required)
            })
            .collect()
    }

    /// All that were referred to, by name.
    pub fn into_components(mut self) -> Map<String, Value> {
        let mut all = Map::new();
        for (mut generator, taken) in [(self.taken, true), (std::mem::take(&mut self.given), false)] {
            for (name, mut schema) in generator.take_definitions(true) {
                mend(&mut schema, taken);
                if let Some(Value::Object(known)) = all.get(&name) {
                    // The sides differ only in what an object of a request may not have besides, and what it may leave out: an answer
                    // has that all the same.
                    let given = schema.as_object_mut().unwrap();
                    let mut known: Map<String, Value> = known.clone();
                    known.remove("additionalProperties");
                    given.remove("additionalProperties");
                    given.remove("required");
                    if let Some(required) = known.get("required") {
                        given.insert("required".to_owned(), required.clone());
                    }
                    assert_eq!(given, &known, "{name} is one thing in requests and another in answers");
                }
                all.insert(name, schema);
            }
        }
        all
    }
}

/// Text in paragraphs, each on one line.
pub fn paragraphs(text: &str) -> String {
    text.trim().replace("\n\n", "\u{0}").replace('\n', " ").replace('\u{0}', "\n\n")
}

fn tidy(schema: Schema, taken: bool) -> Value {
    let mut schema = Value::from(schema);
    mend(&mut schema, taken);
    schema
}

/// Says what serde's attributes don't: whole numbers end at 2^53 - 1, what may be left out is not `null` instead, and a
/// request has no fields but those named.
fn mend(schema: &mut Value, taken: bool) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| mend(item, taken)),
        Value::Object(object) => {
            if let Some(format) = object.get("format").and_then(Value::as_str)
                && (format.starts_with("uint") || format.starts_with("int"))
            {
                let largest = if format.ends_with("64") { LARGEST } else { u32::MAX.into() };
                object.remove("format");
                object.entry("maximum").or_insert_with(|| json!(largest));
            }
            if let Some(Value::String(text)) = object.get_mut("description") {
                *text = paragraphs(text);
            }
            let required = object.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
            if let Some(Value::Object(properties)) = object.get_mut("properties") {
                for (name, property) in properties.iter_mut() {
                    let marked =
                        property.as_object_mut().is_some_and(|property| property.remove(NULLABLE).is_some());
                    if !marked && !required.contains(&name.as_str().into()) {
                        never_null(property);
                    }
                }
                if taken {
                    object.entry("additionalProperties").or_insert(false.into());
                }
            }
            object.values_mut().for_each(|value| mend(value, taken));
        }
        _ => {}
    }
}

fn never_null(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type") != Some(&"null".into()));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            object.extend(only);
        }
    }
}
