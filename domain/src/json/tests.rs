//! The strict rules one by one; the lenient ones, and that they read what `serde_json` reads.

use std::borrow::Cow;
use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde::Serialize;
use serde_json::json;

use super::reader::LARGEST;
use super::*;
use crate::wire::{ConversationStatus, LoginRequest, UpdateConversationRequest};

fn read<T: DeserializeOwned>(body: &str) -> Result<T, (String, String)> {
    let value = parse(body).map_err(|error| ("not JSON".to_owned(), error.to_string()))?;
    strictly(value).map_err(Misfit::into_parts)
}

fn pointer<T: DeserializeOwned + std::fmt::Debug>(body: &str) -> String {
    read::<T>(body).unwrap_err().0
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Nested {
    whole: u64,
    #[serde(default)]
    inner: Vec<Inner>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Inner {
    flag: bool,
    #[serde(default)]
    share: Option<f64>,
}

#[test]
fn what_fits_is_read() {
    let read = read::<Nested>(r#"{"whole":7,"inner":[{"flag":true,"share":0.5},{"flag":false}]}"#);
    let inner = vec![Inner { flag: true, share: Some(0.5) }, Inner { flag: false, share: None }];
    assert_eq!(read.unwrap(), Nested { whole: 7, inner });
}

#[test]
fn an_array_is_no_object_at_any_depth() {
    assert_eq!(pointer::<Nested>("[7,[]]"), "");
    assert_eq!(pointer::<Nested>(r#"{"whole":7,"inner":[[true]]}"#), "/inner/0");
    assert_eq!(pointer::<Nested>("7"), "");
    assert_eq!(pointer::<Nested>("null"), "");
}

#[test]
fn unknown_fields_are_refused_by_name_at_any_depth() {
    let (pointer_, detail) = read::<UpdateConversationRequest>(r#"{"statsu":"closed"}"#).unwrap_err();
    assert_eq!(pointer_, "/statsu");
    assert!(detail.contains("status, snoozedUntil"), "{detail}");
    assert_eq!(
        pointer::<Nested>(r#"{"whole":7,"inner":[{"flag":true},{"flag":true,"a/b~":1}]}"#),
        "/inner/1/a~1b~0"
    );
}

#[test]
fn null_is_refused_where_it_means_nothing() {
    assert_eq!(pointer::<UpdateConversationRequest>(r#"{"status":null}"#), "/status");
    let freed: UpdateConversationRequest = read(r#"{"assigneeId":null}"#).unwrap();
    assert_eq!(freed.assignee_id, Some(None));
    let kept: UpdateConversationRequest = read(r#"{"status":"closed"}"#).unwrap();
    assert_eq!((kept.status, kept.assignee_id), (Some(ConversationStatus::Closed), None));
    let given = r#"{"assigneeId":"0190b6f2-7a0c-7d3e-8f6a-2b1c4d5e6f70"}"#;
    assert!(read::<UpdateConversationRequest>(given).unwrap().assignee_id.unwrap().is_some());
    assert_eq!(pointer::<UpdateConversationRequest>(r#"{"assigneeId":7}"#), "/assigneeId");
}

#[test]
fn what_is_missing_or_of_the_wrong_type_is_named_and_texts_are_not_repeated() {
    assert_eq!(pointer::<Nested>("{}"), "/whole");
    assert_eq!(pointer::<Nested>(r#"{"whole":"secret"}"#), "/whole");
    assert!(!read::<Nested>(r#"{"whole":"secret"}"#).unwrap_err().1.contains("secret"));
    let unknown = read::<UpdateConversationRequest>(r#"{"status":"unknown"}"#).unwrap_err();
    assert_eq!(unknown.0, "/status");
    assert!(unknown.1.contains("open, pending, snoozed, resolved, closed"), "{}", unknown.1);
}

#[test]
fn whole_numbers_end_where_those_of_javascript_do() {
    assert_eq!(read::<Nested>(r#"{"whole":9007199254740991}"#).unwrap().whole, LARGEST);
    for number in ["9007199254740992", "18446744073709551615", "18446744073709551616", "-1", "1.5", "1e3"] {
        assert_eq!(pointer::<Nested>(&format!(r#"{{"whole":{number}}}"#)), "/whole", "{number}");
    }
}

#[test]
fn a_field_is_there_once() {
    let twice = read::<LoginRequest>(r#"{"email":"a","password":"b","email":"c"}"#);
    assert!(matches!(twice, Err((place, _)) if place == "not JSON"));
}

#[test]
fn parameters_are_texts() {
    #[derive(Debug, Deserialize)]
    struct Query {
        after: Option<u64>,
        renew: Option<bool>,
    }
    let read = |name: &str, text: &str| {
        let value = Value::Object([(name.to_owned(), text.into())].into_iter().collect());
        from_parameters::<Query>(value).map_err(|misfit| misfit.pointer().to_owned())
    };
    assert_eq!(read("after", "9007199254740991").unwrap().after, Some(LARGEST));
    assert_eq!(read("renew", "true").unwrap().renew, Some(true));
    for text in
        ["9007199254740992", "18446744073709551615", "99999999999999999999", "-1", "+1", "1.5", "x", ""]
    {
        assert_eq!(read("after", text).unwrap_err(), "/after", "{text}");
    }
    assert_eq!(read("renew", "1").unwrap_err(), "/renew");
    assert_eq!(read("afetr", "1").unwrap_err(), "/afetr");
}

// The lenient rules.

/// Something of everything that types here are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::option_option)] // one of the things that are read
struct Zoo {
    small: u8,
    whole: i64,
    large: u64,
    share: f64,
    letter: char,
    text: String,
    is_open: bool,
    nothing: (),
    maybe: Option<String>,
    #[serde(default)]
    maybe_twice: Option<Option<u8>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    set_or_taken: Option<Option<Animal>>,
    #[serde(default = "seven")]
    otherwise: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    animals: Vec<Animal>,
    pair: (u8, String),
    named: BTreeMap<String, Animal>,
    numbered: BTreeMap<u32, bool>,
    by_kind: BTreeMap<Kind, Id>,
    id: Id,
    outcome: Result<Option<Kind>, Animal>,
    tagged: Tagged,
    told: Told,
    either: Either,
    boxed: Box<Kind>,
    borrowed: Cow<'static, str>,
    tree: Value,
    settings: Settings,
    whole_animal: Flat,
    #[serde(skip)]
    left_out: u8,
    last: Kind,
}

const fn seven() -> u32 {
    7
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Cat,
    WhiteBear,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Id(u64);

/// Each form of a variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Animal {
    None,
    Named(String),
    Counted(Option<u8>),
    Two(u8, Kind),
    Described {
        kind: Kind,
        age: Option<u8>,
        #[serde(default)]
        tags: Vec<String>,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Tagged {
    Empty,
    Full { share: f64, note: Option<String> },
    Inner(Plain),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "payload", rename_all = "snake_case")]
enum Told {
    Full { large: u64 },
    Inner(Plain),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Either {
    Number(i64),
    Plain(Plain),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Plain {
    name: String,
    age: Option<u8>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Settings {
    wide: bool,
    name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Flat {
    #[serde(flatten)]
    plain: Plain,
    more: u8,
}

fn kinds() -> impl Strategy<Value = Kind> + Clone {
    prop_oneof![Just(Kind::Cat), Just(Kind::WhiteBear)]
}

fn animals() -> impl Strategy<Value = Animal> + Clone {
    prop_oneof![
        Just(Animal::None),
        ".*".prop_map(Animal::Named),
        option::of(any::<u8>()).prop_map(Animal::Counted),
        (any::<u8>(), kinds()).prop_map(|(count, kind)| Animal::Two(count, kind)),
        (kinds(), option::of(any::<u8>()), vec(".*", 0..3)).prop_map(|(kind, age, tags)| Animal::Described {
            kind,
            age,
            tags
        }),
    ]
}

fn plain() -> impl Strategy<Value = Plain> + Clone {
    (".*", option::of(any::<u8>())).prop_map(|(name, age)| Plain { name, age })
}

fn shares() -> impl Strategy<Value = f64> {
    any::<i32>().prop_map(|number| f64::from(number) / 8.0)
}

fn trees() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        shares().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(".*", inner, 0..3).prop_map(|object| object.into_iter().collect()),
        ]
    })
}

fn zoos() -> impl Strategy<Value = Zoo> {
    let tagged = prop_oneof![
        Just(Tagged::Empty),
        (shares(), option::of(".*")).prop_map(|(share, note)| Tagged::Full { share, note }),
        plain().prop_map(Tagged::Inner),
    ];
    let told =
        prop_oneof![any::<u64>().prop_map(|large| Told::Full { large }), plain().prop_map(Told::Inner),];
    let either = prop_oneof![any::<i64>().prop_map(Either::Number), plain().prop_map(Either::Plain)];
    let outcome = prop_oneof![option::of(kinds()).prop_map(Ok), animals().prop_map(Err)];
    let scalars = (any::<u8>(), any::<i64>(), any::<u64>(), shares(), any::<char>(), ".*", any::<bool>());
    let options = (option::of(".*"), option::of(option::of(animals())), any::<u32>());
    let many = (
        vec(animals(), 0..3),
        (any::<u8>(), ".*"),
        btree_map(".*", animals(), 0..3),
        btree_map(any::<u32>(), any::<bool>(), 0..3),
        btree_map(kinds(), any::<u64>().prop_map(Id), 0..3),
    );
    let enums = (outcome, tagged, told, either, kinds());
    let rest = (trees(), any::<bool>(), option::of(".*"), plain(), any::<u8>());
    (scalars, options, many, enums, rest).prop_map(|(scalars, options, many, enums, rest)| {
        let (small, whole, large, share, letter, text, is_open) = scalars;
        let (maybe, set_or_taken, otherwise) = options;
        let (animals, pair, named, numbered, by_kind) = many;
        let (outcome, tagged, told, either, last) = enums;
        let (tree, wide, name, plain, more) = rest;
        Zoo {
            small,
            whole,
            large,
            share,
            letter,
            borrowed: Cow::Owned(text.clone()),
            text,
            is_open,
            nothing: (),
            maybe,
            maybe_twice: Some(Some(small)),
            set_or_taken,
            otherwise,
            animals,
            pair,
            named,
            numbered,
            by_kind,
            id: Id(large),
            outcome,
            tagged,
            told,
            either,
            boxed: Box::new(last),
            tree,
            settings: Settings { wide, name },
            whole_animal: Flat { plain, more },
            left_out: 0,
            last,
        }
    })
}

/// Every place in a value, as JSON pointers.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    let name = |key: &str| format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| places(item, &name(&index.to_string()), all));
        }
        Value::Object(object) => object.iter().for_each(|(key, value)| places(value, &name(key), all)),
        _ => {}
    }
}

/// What is put in the place of something: no array, which is a struct to `serde_json` and none here.
fn strangers() -> impl Strategy<Value = Option<Value>> {
    let strangers = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(300),
        json!(1.0),
        json!(1.5),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(""),
        json!("cat"),
        json!("None"),
        json!("Named"),
        json!("7"),
        json!({}),
        json!({ "None": null }),
        json!({ "Ok": null }),
        json!({ "Counted": null }),
        json!({ "Named": "x" }),
        json!({ "Named": "x", "None": null }),
        json!({ "type": "inner", "name": "x", "unknown": { "a": 1 } }),
        json!({ "kind": "full", "payload": { "large": 1 } }),
        json!({ "name": "x", "age": null, "more": 1 }),
    ];
    // Nothing: the field is taken away.
    prop::sample::select(strangers.map(Some).into_iter().chain([None]).collect::<Vec<_>>())
}

fn put(value: &mut Value, place: &str, stranger: Option<Value>) {
    let (above, name) = place.rsplit_once('/').unwrap_or_default();
    match (value.pointer_mut(above), stranger) {
        (Some(Value::Object(object)), None) if !place.is_empty() => {
            object.remove(&name.replace("~1", "/").replace("~0", "~"));
        }
        (_, stranger) => {
            if let Some(value) = value.pointer_mut(place) {
                *value = stranger.unwrap_or_default();
            }
        }
    }
}

proptest! {
    #[test]
    fn what_was_written_is_read(zoo in zoos()) {
        let text = serde_json::to_string(&zoo).unwrap();
        prop_assert_eq!(&from_text::<Zoo>(&text).unwrap(), &zoo);
        prop_assert_eq!(&from_bytes::<Zoo>(text.as_bytes()).unwrap(), &zoo);
        prop_assert_eq!(&exactly::<Zoo>(parse(&text).unwrap()).unwrap(), &zoo);
    }

    #[test]
    fn what_serde_json_reads_is_read_and_what_it_refuses_is_refused(
        zoo in zoos(),
        changes in vec((any::<prop::sample::Index>(), strangers()), 1..4),
    ) {
        let mut value = serde_json::to_value(&zoo).unwrap();
        for (index, stranger) in changes {
            let mut all = Vec::new();
            places(&value, "", &mut all);
            put(&mut value, &all[index.index(all.len())], stranger);
        }
        let theirs = serde_json::from_value::<Zoo>(value.clone());
        let ours = from_value::<Zoo>(value.clone());
        prop_assert_eq!(ours.as_ref().ok(), theirs.as_ref().ok(), "{}: {:?} {:?}", value, ours, theirs);
    }
}

#[test]
fn leniently_unknown_fields_are_passed_over_and_null_is_nothing() {
    let plain = from_text::<Plain>(r#"{"name":"x","age":null,"more":[{"deep":null}]}"#).unwrap();
    assert_eq!(plain, Plain { name: "x".to_owned(), age: None });
    assert_eq!(from_text::<Plain>(r#"{"name":null}"#).unwrap_err().pointer(), "/name");
    assert_eq!(from_text::<Vec<Option<u8>>>("[1,null]").unwrap(), [Some(1), None]);
}

#[test]
fn leniently_whole_numbers_are_exact_to_the_last() {
    assert_eq!(from_text::<u64>("18446744073709551615").unwrap(), u64::MAX);
    assert_eq!(from_text::<i64>("-9223372036854775808").unwrap(), i64::MIN);
    assert_eq!(from_text::<Value>("9007199254740993").unwrap(), json!(9_007_199_254_740_993_u64));
    for text in ["-1", "1.0", "1e3", "18446744073709551616", "\"1\"", "null"] {
        assert!(from_text::<u64>(text).is_err(), "{text}");
    }
}

#[test]
fn under_all_rules_a_struct_is_an_object_and_a_field_is_there_once() {
    assert!(from_text::<Plain>(r#"["x",1]"#).is_err());
    assert!(from_text::<Animal>(r#"{"Described":["cat",1,[]]}"#).is_err());
    assert!(from_text::<Plain>(r#"{"name":"x","name":"x"}"#).is_err());
}

#[test]
fn a_misfit_names_its_place() {
    for (text, pointer, word) in [
        (r#"{"name":7}"#, "/name", "must be a string; it is integer `7`"),
        ("{}", "/name", "is missing"),
        (r#"{"name":"x","age":256}"#, "/age", "256"),
        (r#"{"name":"x","age":"secret"}"#, "/age", "must be a whole number from 0; it is a text"),
        ("[]", "", "must be an object; it is an array"),
        ("{", "", "EOF"),
    ] {
        let misfit = from_text::<Plain>(text).unwrap_err();
        assert_eq!(misfit.pointer(), pointer, "{text}");
        assert!(misfit.detail().contains(word), "{misfit}");
    }
    let misfit = from_text::<BTreeMap<String, Vec<(u8, u8)>>>(r#"{"a/b":[[1,2],[1]]}"#).unwrap_err();
    assert_eq!(misfit.pointer(), "/a~1b/1");
    let misfit = from_text::<BTreeMap<u32, u8>>(r#"{"x":1}"#).unwrap_err();
    assert_eq!(misfit.to_string(), "/x must be a whole number");
}

#[test]
fn exactly_refuses_unknown_fields_alone() {
    let read = |value| exactly::<Plain>(value).map_err(|misfit| misfit.to_string());
    assert!(read(json!({ "name": "x", "age": null })).is_ok());
    assert_eq!(
        read(json!({ "name": "x", "old": 1 })).unwrap_err(),
        "/old is not known here; known are name, age"
    );
}

#[test]
fn a_field_may_have_had_another_name() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Renamed {
        #[serde(rename(serialize = "createdAt", deserialize = "createdAt|at"))]
        created_at: u8,
        #[serde(default, rename(serialize = "by", deserialize = "by|author|actor"))]
        by: Option<u8>,
    }
    for (text, by) in [
        (r#"{"createdAt":1,"by":2}"#, Some(2)),
        (r#"{"at":1,"actor":2}"#, Some(2)),
        (r#"{"at":1,"author":2}"#, Some(2)),
        (r#"{"at":1}"#, None),
    ] {
        assert_eq!(from_text::<Renamed>(text).unwrap(), Renamed { created_at: 1, by }, "{text}");
        assert!(exactly::<Renamed>(parse(text).unwrap()).is_ok());
    }
    assert_eq!(from_text::<Renamed>("{}").unwrap_err().to_string(), "/createdAt is missing");
    assert_eq!(from_text::<Renamed>(r#"{"at":"x"}"#).unwrap_err().pointer(), "/createdAt");
}
