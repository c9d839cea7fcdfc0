//! How a route's file says what its routes are for.

use schemars::JsonSchema;
use serde_json::{Value, json};
use voxora_domain::wire::ProblemCode;

use super::schema::Schemas;

/// The schema of a type, once there is a document to put it into.
pub type Reference = fn(&mut Schemas) -> Value;
/// The parameters of a query: name, schema, whether it must be there.
pub type Query = fn(&mut Schemas) -> Vec<(String, Value, bool)>;

/// Routes that belong together: a section of the reference.
pub struct Resource {
    pub name: &'static str,
    pub about: &'static str,
    pub operations: Vec<Operation>,
}

impl Resource {
    pub fn new(name: &'static str, about: &'static str) -> Self {
        Self { name, about, operations: Vec::new() }
    }

    pub fn route(mut self, operation: Operation) -> Self {
        self.operations.push(operation);
        self
    }
}

/// What one route is for, takes, gives and refuses.
pub struct Operation {
    pub name: &'static str,
    pub summary: &'static str,
    pub about: &'static str,
    pub places: Vec<(&'static str, &'static str, Value)>,
    pub query: Option<(Query, Value)>,
    pub takes: Option<Content>,
    pub gives: Vec<Answer>,
    pub refuses: Vec<ProblemCode>,
    pub cookie: Option<Cookie>,
}

/// Whether the refresh cookie must be there.
#[derive(Clone, Copy)]
pub enum Cookie {
    Needed,
    Welcome,
}

/// A body: its media type, schema and example.
pub struct Content {
    pub media: &'static str,
    pub schema: Reference,
    /// The type's name in TypeScript.
    pub name: String,
    pub example: Value,
}

/// A success.
pub struct Answer {
    pub status: u16,
    pub about: &'static str,
    pub content: Option<Content>,
    pub headers: &'static [(&'static str, &'static str)],
}

impl Operation {
    /// `name` as in the route table; `summary` is a few words that begin with a verb.
    pub fn new(name: &'static str, summary: &'static str) -> Self {
        Self {
            name,
            summary,
            about: "",
            places: Vec::new(),
            query: None,
            takes: None,
            gives: Vec::new(),
            refuses: Vec::new(),
            cookie: None,
        }
    }

    /// What the summary leaves open. Paragraphs are separated by an empty line; `code` is between backticks.
    pub fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// What `{name}` in the path is, with an example.
    pub fn place(mut self, name: &'static str, about: &'static str, example: &str) -> Self {
        self.places.push((name, about, example.into()));
        self
    }

    /// What the query may have: the fields of a type, with the example's values.
    #[allow(clippy::needless_pass_by_value)] // reads better at the call
    pub fn query<T: JsonSchema>(self, example: Value) -> Self {
        Self { query: Some((Schemas::query::<T>, example)), ..self }
    }

    /// A JSON body.
    pub fn takes<T: JsonSchema>(self, example: Value) -> Self {
        let schema: Reference = Schemas::taken::<T>;
        let content = Content { media: "application/json", schema, name: name::<T>(), example };
        Self { takes: Some(content), ..self }
    }

    /// A body of another kind, as text.
    pub fn takes_text(self, media: &'static str, example: &str) -> Self {
        Self { takes: Some(text(media, example)), ..self }
    }

    /// A JSON answer. The first one given is the example's.
    pub fn gives<T: JsonSchema>(self, status: u16, about: &'static str, example: Value) -> Self {
        let schema: Reference = Schemas::given::<T>;
        let content = Content { media: "application/json", schema, name: name::<T>(), example };
        self.answer(status, about, Some(content))
    }

    /// An answer of another kind, as text.
    pub fn gives_text(self, status: u16, about: &'static str, media: &'static str, example: &str) -> Self {
        self.answer(status, about, Some(text(media, example)))
    }

    /// An answer without a body.
    pub fn gives_nothing(self, status: u16, about: &'static str) -> Self {
        self.answer(status, about, None)
    }

    fn answer(mut self, status: u16, about: &'static str, content: Option<Content>) -> Self {
        self.gives.push(Answer { status, about, content, headers: &[] });
        self
    }

    /// Headers of the answer named last.
    pub fn with_headers(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        self.gives.last_mut().expect("an answer comes before its headers").headers = headers;
        self
    }

    /// Problems besides those that every route of this shape has.
    pub fn refuses(mut self, codes: &[ProblemCode]) -> Self {
        self.refuses.extend(codes);
        self
    }

    /// It goes by the refresh cookie.
    pub fn by_cookie(self, cookie: Cookie) -> Self {
        Self { cookie: Some(cookie), ..self }
    }
}

fn text(media: &'static str, example: &str) -> Content {
    let schema: Reference = |_| json!({ "type": "string" });
    Content { media, schema, name: "string".into(), example: example.into() }
}

/// A type's name as TypeScript has it: without the paths.
fn name<T>() -> String {
    let full = std::any::type_name::<T>();
    let mut name = String::new();
    for part in full.split_inclusive(['<', '>', ',', ' ']) {
        name.push_str(part.rsplit("::").next().unwrap_or(part));
    }
    name
}
