//! The document, put together from the route table, the descriptions and the schemas.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use voxora_domain::wire::{Problem, ProblemCode};

use super::example::STAND_INS;
use super::operation::{Content, Cookie, Operation, Resource};
use super::schema::{Schemas, paragraphs};
use crate::auth::Access;
use crate::routes::Row;

const INTRODUCTION: &str = include_str!("introduction.md");

/// Writes the document. Every row of the table must have one description, and every description a row.
pub fn document(rows: &[Row], resources: &[Resource]) -> String {
    let mut schemas = Schemas::new();
    let problem = schemas.given::<Problem>();
    let descriptions = descriptions(&mut schemas);
    let mut paths = Map::new();
    let mut left: Vec<_> = rows.iter().collect();
    for resource in resources {
        for operation in &resource.operations {
            let place = left.iter().position(|row| row.name == operation.name);
            let row = left.swap_remove(place.unwrap_or_else(|| {
                panic!("{} is described, but not in the route table (or described twice)", operation.name)
            }));
            let methods = paths.entry(row.path).or_insert_with(|| json!({}));
            methods[row.method.as_str().to_ascii_lowercase()] =
                describe(resource, operation, row, &mut schemas, &problem, &descriptions);
        }
    }
    let left: Vec<_> = left.iter().map(|row| row.name).collect();
    assert!(
        left.is_empty(),
        "in the route table, but without a description in their file's `contract`: {}",
        left.join(", ")
    );

    let tags: Vec<_> = resources
        .iter()
        .map(|resource| json!({ "name": resource.name, "description": resource.about }))
        .collect();
    let examples: Map<_, _> = STAND_INS
        .iter()
        .map(|(name, value, about)| ((*name).to_owned(), json!({ "summary": about, "value": value })))
        .collect();
    let document = json!({
        "openapi": "3.1.1",
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
        "info": {
            "title": "Voxora",
            "summary": "Live chat on your own Cloudflare account.",
            "description": paragraphs(INTRODUCTION),
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": "/", "description": "This deployment" }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas.into_components(),
            "examples": examples,
            "headers": headers(),
            "securitySchemes": security_schemes(),
        },
    });
    format!("{document:#}\n")
}

fn describe(
    resource: &Resource,
    operation: &Operation,
    row: &Row,
    schemas: &mut Schemas,
    problem: &Value,
    descriptions: &BTreeMap<String, String>,
) -> Value {
    let mut value = json!({
        "tags": [resource.name],
        "operationId": operation.name,
        "summary": operation.summary,
        "x-who": who(operation, row),
    });
    if !operation.about.is_empty() {
        value["description"] = operation.about.into();
    }
    value["security"] = match row.access {
        Access::Public | Access::SetupToken => json!([]),
        Access::Cookie => match operation.cookie {
            Some(Cookie::Needed) => json!([{ "refreshCookie": [] }]),
            Some(Cookie::Welcome) => json!([{ "refreshCookie": [] }, {}]),
            None => json!([]),
        },
        Access::MetricsToken => json!([{ "metricsToken": [] }]),
        Access::Permission(_) => json!([{ "accessToken": [] }]),
        Access::Socket(_) => json!([{ "accessTokenOfSocket": [] }]),
        Access::Restore(_) => json!([{ "accessToken": [] }, { "setupToken": [] }]),
    };
    let parameters = parameters(operation, row, schemas);
    if !parameters.is_empty() {
        value["parameters"] = parameters.into();
    }
    if let Some(content) = &operation.takes {
        value["requestBody"] =
            json!({ "required": content.media == "application/json", "content": media(content, schemas) });
    }
    let mut responses = Map::new();
    for answer in &operation.gives {
        let mut response =
            json!({ "description": answer.about, "headers": { "x-request-id": header("RequestId") } });
        for (name, component) in answer.headers {
            response["headers"][name] = header(component);
        }
        if let Some(content) = &answer.content {
            response["content"] = media(content, schemas);
        }
        responses.insert(answer.status.to_string(), response);
    }
    for (status, codes) in problems(operation, row) {
        // What an operation itself says of a status is all there is to it.
        if responses.contains_key(&status.to_string()) {
            continue;
        }
        let about: Vec<_> = codes.iter().map(|code| format!("`{code}`: {}", descriptions[*code])).collect();
        let mut response = json!({
            "description": about.join("\n\n"),
            "headers": { "x-request-id": header("RequestId") },
            "content": { "application/problem+json": { "schema": {
                "allOf": [problem, { "properties": { "code": { "enum": codes } } }],
            } } },
        });
        for (name, component) in headers_of(status) {
            response["headers"][name] = header(component);
        }
        responses.insert(status.to_string(), response);
    }
    value["responses"] = responses.into();
    value
}

fn parameters(operation: &Operation, row: &Row, schemas: &mut Schemas) -> Vec<Value> {
    let mut parameters = Vec::new();
    let named: Vec<_> = row.path.split(['{', '}']).skip(1).step_by(2).collect();
    let said: Vec<_> = operation.places.iter().map(|(name, ..)| *name).collect();
    assert_eq!(named, said, "{}: say with `place` what is in the path", operation.name);
    for (name, about, example) in &operation.places {
        // An example that is a stand-in is an id.
        let is_id = STAND_INS.iter().any(|(_, value, _)| example == value);
        let schema =
            if is_id { json!({ "type": "string", "format": "uuid" }) } else { json!({ "type": "string" }) };
        parameters.push(json!({
            "name": name, "in": "path", "required": true, "description": about, "schema": schema, "example": example,
        }));
    }
    if let Some((query, example)) = &operation.query {
        for (name, mut schema, required) in query(schemas) {
            let mut parameter = json!({ "name": name, "in": "query", "required": required });
            // Beside the schema, where readers look for it.
            if let Some(about) = schema.as_object_mut().and_then(|schema| schema.remove("description")) {
                parameter["description"] = about;
            }
            if let Some(example) = example.get(&name) {
                parameter["example"] = example.clone();
            }
            parameter["schema"] = schema;
            parameters.push(parameter);
        }
    }
    parameters
}

fn media(content: &Content, schemas: &mut Schemas) -> Value {
    let schema = (content.schema)(schemas);
    json!({ content.media: { "schema": schema, "example": content.example } })
}

/// The problems of a route by status: its own, and those that every route of its shape has.
fn problems(operation: &Operation, row: &Row) -> BTreeMap<u16, Vec<&'static str>> {
    let mut codes = operation.refuses.clone();
    codes.extend(refusals(row.access));
    if !operation.places.is_empty() || operation.query.is_some() {
        codes.push(ProblemCode::InvalidRequest);
    }
    if let Some(body) = &operation.takes {
        codes.push(ProblemCode::BodyTooLarge);
        codes.push(ProblemCode::InvalidField);
        if body.media == "application/json" {
            codes.extend([ProblemCode::MalformedBody, ProblemCode::UnsupportedMediaType]);
        }
    }
    codes.extend([ProblemCode::Internal, ProblemCode::Misconfigured, ProblemCode::Unavailable]);
    let mut by_status: BTreeMap<u16, Vec<_>> = BTreeMap::new();
    for code in ProblemCode::ALL {
        if codes.contains(&code) {
            by_status.entry(code.status()).or_default().push(code.name());
        }
    }
    by_status
}

/// Who may ask, in words.
pub fn who(operation: &Operation, row: &Row) -> String {
    if operation.cookie.is_some() {
        return "the holder of the refresh cookie".to_owned();
    }
    match row.access {
        Access::Public | Access::Cookie => "anyone".to_owned(),
        Access::SetupToken => "the holder of `SETUP_TOKEN`".to_owned(),
        Access::MetricsToken => "the holder of `METRICS_TOKEN`".to_owned(),
        Access::Permission(permission) | Access::Socket(permission) => permission.holders().to_owned(),
        Access::Restore(permission) => {
            format!("{}; and, while there is nobody yet, the holder of `SETUP_TOKEN`", permission.holders())
        }
    }
}

/// What authentication answers, before the handler.
fn refusals(access: Access) -> &'static [ProblemCode] {
    use ProblemCode::{AlreadySetUp, Forbidden, NotFound, RateLimited, Unauthenticated, UpgradeRequired};
    match access {
        Access::Public => &[],
        Access::Cookie | Access::SetupToken => &[Forbidden],
        Access::MetricsToken => &[Unauthenticated, NotFound],
        Access::Permission(_) => &[Unauthenticated, Forbidden],
        Access::Socket(_) => &[Unauthenticated, Forbidden, UpgradeRequired],
        Access::Restore(_) => &[Unauthenticated, Forbidden, AlreadySetUp, RateLimited],
    }
}

/// What each code means, from its variant's documentation.
fn descriptions(schemas: &mut Schemas) -> BTreeMap<String, String> {
    let schema = schemas.whole::<ProblemCode>();
    let text = |variant: &Value, key: &str| variant[key].as_str().map(str::to_owned);
    let variants = schema["oneOf"].as_array().expect("every code has a description");
    variants
        .iter()
        .filter_map(|variant| Some((text(variant, "const")?, text(variant, "description")?)))
        .collect()
}

fn header(component: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{component}") })
}

fn headers_of(status: u16) -> &'static [(&'static str, &'static str)] {
    match status {
        401 => &[("www-authenticate", "WwwAuthenticate")],
        426 => &[("upgrade", "Upgrade")],
        429 | 503 => &[("retry-after", "RetryAfter")],
        _ => &[],
    }
}

fn headers() -> Value {
    json!({
        "RequestId": {
            "description": "The request's id, as in the logs.", "required": true,
            "schema": { "type": "string" },
        },
        "RetryAfter": {
            "description": "How many seconds to wait before the next try.",
            "schema": { "type": "integer", "minimum": 0 },
        },
        "WwwAuthenticate": {
            "description": "The scheme to authenticate with.", "required": true,
            "schema": { "type": "string" },
        },
        "Upgrade": {
            "description": "`websocket`. Not every server on the way hands it on.",
            "schema": { "type": "string" },
        },
        "SetCookie": {
            "description": "Cookies that scripts cannot read (`HttpOnly`) and no other site can send along (`SameSite=Strict`).",
            "schema": { "type": "string" },
        },
        "ETag": {
            "description": "The version, for `If-Match`.", "required": true,
            "schema": { "type": "string" },
        },
        "Location": {
            "description": "Where to go.", "required": true,
            "schema": { "type": "string" },
        },
    })
}

fn security_schemes() -> Value {
    let bearer = |about: &str| json!({ "type": "http", "scheme": "bearer", "description": about });
    json!({
        "accessToken": bearer(
            "An access token: a member of the team's from signing in, a visitor's from a widget session.",
        ),
        "accessTokenOfSocket": {
            "type": "apiKey", "in": "header", "name": "sec-websocket-protocol",
            "description": "An access token as a subprotocol: `voxora.v1, bearer.ACCESS_TOKEN`.",
        },
        "setupToken": bearer("The secret `SETUP_TOKEN` of the deployment."),
        "metricsToken": bearer("The secret `METRICS_TOKEN` of the deployment."),
        "refreshCookie": {
            "type": "apiKey", "in": "cookie", "name": "__Host-voxora-refresh",
            "description": "The cookie that signing in sets; without the prefix where there is no TLS.",
        },
    })
}
