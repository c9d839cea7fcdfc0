//! The reference at `/docs/`: `docs/openapi.json` as a page. One file of HTML, one of style, no script: it needs neither a
//! CDN nor a viewer of several hundred kilobytes, and reads the same in every browser and to every screen reader.
//!
//! It knows the few shapes of OpenAPI that our own generator (`workers/src/openapi`) writes, not all there are.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{files, repository};

/// In which order a path's methods are shown.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Writes the page, its style and the document itself into a folder.
pub fn build(folder: &Path) -> Result<()> {
    let source = repository::path("docs/openapi.json");
    let text = files::read(&source)?;
    let document =
        serde_json::from_slice(&text).with_context(|| format!("{} is not JSON", source.display()))?;
    files::write_if_changed(&folder.join("index.html"), Page::new(&document).html().as_bytes())?;
    files::write_if_changed(&folder.join("openapi.json"), &text)?;
    for (from, to) in
        [("docs/reference/style.css", "style.css"), ("dashboard-static/src/ui/icon.svg", "icon.svg")]
    {
        files::copy_if_changed(&repository::path(from), &folder.join(to))?;
    }
    Ok(())
}

struct Page<'a> {
    document: &'a Value,
    out: String,
}

/// A route, with what names it.
struct Route<'a> {
    path: &'a str,
    method: &'a str,
    operation: &'a Value,
}

impl<'a> Page<'a> {
    fn new(document: &'a Value) -> Self {
        Self { document, out: String::new() }
    }

    fn html(mut self) -> String {
        let info = &self.document["info"];
        let title = escaped(text(&info["title"]));
        self.put(&format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} API reference</title>\n\
             <link rel=\"icon\" href=\"/docs/icon.svg\" type=\"image/svg+xml\">\n\
             <link rel=\"stylesheet\" href=\"/docs/style.css\">\n</head>\n<body>\n\
             <a class=\"skip\" href=\"#content\">Skip to the content</a>\n"
        ));
        self.contents(&title, text(&info["version"]));
        self.put("<main id=\"content\">\n<header class=\"lead\">\n");
        self.put(&format!("<h1>{title} API</h1>\n"));
        self.prose(text(&info["description"]));
        self.put(
            "<p><a class=\"button\" href=\"/docs/openapi.json\" download>openapi.json</a> is this page for programs: OpenAPI 3.1, \
             for client generators and test tools.</p>\n</header>\n",
        );
        for tag in items(&self.document["tags"]) {
            let name = text(&tag["name"]);
            self.put(&format!(
                "<section aria-labelledby=\"{0}\">\n<h2 id=\"{0}\">{1}</h2>\n",
                slug(name),
                escaped(name)
            ));
            self.prose(text(&tag["description"]));
            for route in self.routes(name) {
                self.route(&route);
            }
            self.put("</section>\n");
        }
        self.problems();
        self.types();
        self.put("</main>\n</body>\n</html>\n");
        self.out
    }

    fn put(&mut self, html: &str) {
        self.out.push_str(html);
    }

    /// Paragraphs, with `code` in them.
    fn prose(&mut self, markdown: &str) {
        for paragraph in markdown.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
            self.put(&format!("<p>{}</p>\n", inline(paragraph)));
        }
    }

    fn routes(&self, tag: &str) -> Vec<Route<'a>> {
        let mut routes = Vec::new();
        for (path, methods) in entries(&self.document["paths"]) {
            for method in METHODS {
                let Some(operation) = methods.get(method) else { continue };
                if operation.pointer("/tags/0").map(text) == Some(tag) {
                    routes.push(Route { path, method, operation });
                }
            }
        }
        routes
    }

    fn contents(&mut self, title: &str, version: &str) {
        self.put(&format!(
            "<nav aria-label=\"Contents\">\n<p class=\"logo\"><a href=\"/docs/\"><img src=\"/docs/icon.svg\" alt=\"\" width=\"24\" \
             height=\"24\">{title} <span>{}</span></a></p>\n<details>\n<summary>Contents</summary>\n",
            escaped(version)
        ));
        for tag in items(&self.document["tags"]) {
            let name = text(&tag["name"]);
            self.put(&format!("<p><a href=\"#{}\">{}</a></p>\n<ul>\n", slug(name), escaped(name)));
            for Route { method, operation, .. } in self.routes(name) {
                self.put(&format!(
                    "<li><a href=\"#{}\"><span class=\"method {method}\">{}</span>{}</a></li>\n",
                    text(&operation["operationId"]),
                    method.to_uppercase(),
                    inline(text(&operation["summary"]))
                ));
            }
            self.put("</ul>\n");
        }
        self.put("<p><a href=\"#problems\">Problems</a></p>\n<p><a href=\"#types\">Types</a></p>\n</details>\n</nav>\n");
    }

    fn route(&mut self, route: &Route<'a>) {
        let Route { path, method, operation } = route;
        let id = text(&operation["operationId"]);
        self.put(&format!(
            "<article aria-labelledby=\"{id}\">\n<div class=\"text\">\n<h3 id=\"{id}\"><a href=\"#{id}\">{}</a></h3>\n\
             <p class=\"address\"><span class=\"method {method}\">{}</span> <code>{}</code></p>\n",
            inline(text(&operation["summary"])),
            method.to_uppercase(),
            breakable(path)
        ));
        self.put(&format!("<p class=\"who\">For {}.</p>\n", inline(text(&operation["x-who"]))));
        self.prose(operation["description"].as_str().unwrap_or_default());
        self.parameters(items(&operation["parameters"]));
        if let Some((media, content)) = content(&operation["requestBody"]) {
            self.put(&format!("<h4>Body <small>{}</small></h4>\n", escaped(media)));
            self.fields(&content["schema"]);
        }
        self.answers(operation);
        self.put("</div>\n<div class=\"examples\">\n");
        self.example(route);
        self.put("</div>\n</article>\n");
    }

    fn parameters(&mut self, parameters: &[Value]) {
        for (place, title) in [("path", "Path"), ("query", "Query"), ("header", "Headers")] {
            let mut of: Vec<_> = parameters.iter().filter(|parameter| parameter["in"] == place).collect();
            if of.is_empty() {
                continue;
            }
            of.sort_by_key(|parameter| parameter["required"] != true);
            self.put(&format!("<h4>{title}</h4>\n<dl class=\"fields\">\n"));
            for parameter in of {
                let about = parameter["description"].as_str().unwrap_or_default();
                self.field(
                    text(&parameter["name"]),
                    &parameter["schema"],
                    about,
                    parameter["required"] == true,
                );
            }
            self.put("</dl>\n");
        }
    }

    /// A schema: the fields of an object, or what else it is.
    fn fields(&mut self, schema: &Value) {
        let schema = self.resolved(schema);
        let Some(properties) = schema["properties"].as_object().filter(|properties| !properties.is_empty())
        else {
            if !items(&schema["oneOf"]).is_empty() {
                self.choices(schema);
            } else if schema["type"] != "string" {
                self.put(&format!("<p>{}</p>\n", self.kind(schema)));
            }
            return;
        };
        self.put("<dl class=\"fields\">\n");
        let required = items(&schema["required"]);
        let is_required = |name: &str| required.iter().any(|required| required == name);
        let mut sorted: Vec<_> = properties.iter().collect();
        sorted.sort_by_key(|(name, _)| !is_required(name));
        for (name, property) in sorted {
            let about = property["description"].as_str().unwrap_or_default();
            self.field(name, property, about, is_required(name));
        }
        self.put("</dl>\n");
        if !items(&schema["oneOf"]).is_empty() {
            self.put("<p>and one of</p>\n");
            self.choices(schema);
        }
    }

    fn choices(&mut self, schema: &Value) {
        let choices = items(&schema["oneOf"]);
        self.put("<dl class=\"fields\">\n");
        for choice in choices {
            let about = choice["description"].as_str().unwrap_or_default();
            if let Some(name) = choice["const"].as_str() {
                let _ = writeln!(
                    self.out,
                    "<dt><code>\"{}\"</code></dt><dd>{}</dd>",
                    escaped(name),
                    inline(about)
                );
                continue;
            }
            let _ = writeln!(self.out, "<dt>{}</dt><dd>{}", self.shape(choice), inline(about));
            for (name, property) in entries(&choice["properties"]) {
                if property.get("properties").is_some() {
                    let _ = writeln!(self.out, "<p>In <code>{}</code>:</p>", escaped(name));
                    self.fields(property);
                }
            }
            self.put("</dd>\n");
        }
        self.put("</dl>\n");
    }

    /// An alternative of a choice, by its fields.
    fn shape(&self, choice: &Value) -> String {
        if choice.get("$ref").is_some() || choice.get("properties").is_none() {
            return self.kind(choice);
        }
        let fields: Vec<_> = entries(&choice["properties"])
            .map(|(name, property)| format!("<code>{}</code>: {}", escaped(name), self.kind(property)))
            .collect();
        fields.join(", ")
    }

    fn field(&mut self, name: &str, schema: &Value, about: &str, required: bool) {
        let optional = if required { "" } else { " <span class=\"optional\">optional</span>" };
        let _ = writeln!(
            self.out,
            "<dt><code>{}</code> <span class=\"kind\">{}</span>{optional}</dt><dd>{}</dd>",
            escaped(name),
            self.kind(schema),
            inline(about)
        );
    }

    /// What a schema is, in a word or a few.
    fn kind(&self, schema: &Value) -> String {
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            return format!("<a href=\"#type-{name}\">{name}</a>");
        }
        if let Some(value) = schema.get("const") {
            return format!("<code>{}</code>", escaped(&value.to_string()));
        }
        for choice in ["anyOf", "oneOf", "allOf"] {
            let choices = items(&schema[choice]);
            if !choices.is_empty() {
                let kinds: Vec<_> = choices.iter().map(|choice| self.kind(choice)).collect();
                return kinds.join(" or ");
            }
        }
        let names: Vec<_> = match &schema["type"] {
            Value::String(kind) => vec![kind.as_str()],
            Value::Array(kinds) => kinds.iter().map(text).collect(),
            _ => vec!["anything"],
        };
        let words: Vec<_> = names.iter().map(|name| self.word(name, schema)).collect();
        let limits = limits(schema);
        format!("{}{}", words.join(" or "), if limits.is_empty() { limits } else { format!(", {limits}") })
    }

    fn word(&self, name: &str, schema: &Value) -> String {
        match name {
            "array" => format!("list of {}", self.kind(&schema["items"])),
            "integer" => "whole number".to_owned(),
            "string" if schema["format"] == "uuid" => "UUID".to_owned(),
            "object" if schema["additionalProperties"].is_object() => {
                format!("object of {}", self.kind(&schema["additionalProperties"]))
            }
            "object" => match entries(&schema["patternProperties"]).next() {
                Some((_, values)) => format!("object of {}", self.kind(values)),
                None => "object".to_owned(),
            },
            name => escaped(name),
        }
    }

    fn answers(&mut self, operation: &Value) {
        self.put("<h4>Answers</h4>\n<dl class=\"answers\">\n");
        for (status, response) in entries(&operation["responses"]) {
            let is_problem = response.pointer("/content/application~1problem+json").is_some();
            let class = if is_problem { "problem" } else { "good" };
            let _ = write!(self.out, "<dt class=\"{class}\">{status}</dt><dd>");
            if is_problem {
                let codes = response
                    .pointer("/content/application~1problem+json/schema/allOf/1/properties/code/enum")
                    .map(items)
                    .unwrap_or_default();
                for code in codes.iter().map(text) {
                    let _ = write!(self.out, "<a href=\"#{code}\"><code>{code}</code></a> ");
                }
            } else {
                let _ = write!(self.out, "{}", inline(text(&response["description"])));
                if let Some((media, content)) = content(response) {
                    let kind = self.kind(&content["schema"]);
                    let _ = if media == "application/json" {
                        write!(self.out, " <span class=\"kind\">{kind}</span>")
                    } else {
                        write!(self.out, " <span class=\"kind\">{}</span>", escaped(media))
                    };
                }
            }
            self.put("</dd>\n");
        }
        self.put("</dl>\n");
    }

    /// The request as one would type it, and its answer.
    fn example(&mut self, route: &Route<'a>) {
        let Route { path, method, operation } = route;
        let summary = text(&operation["summary"]);
        let mut path = (*path).to_owned();
        let mut query = Vec::new();
        for parameter in items(&operation["parameters"]) {
            let (name, Some(value)) = (text(&parameter["name"]), parameter.get("example")) else { continue };
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            match text(&parameter["in"]) {
                "path" => path = path.replace(&format!("{{{name}}}"), &value),
                "query" => query.push(format!("{name}={value}")),
                _ => {}
            }
        }
        if !query.is_empty() {
            path = format!("{path}?{}", query.join("&"));
        }
        let mut lines = vec![match *method {
            "get" => format!("curl 'https://chat.example.com{path}'"),
            method => format!("curl -X {} 'https://chat.example.com{path}'", method.to_uppercase()),
        }];
        let scheme =
            operation.pointer("/security/0").and_then(Value::as_object).and_then(|it| it.keys().next());
        lines.extend(match scheme.map(String::as_str) {
            Some("accessToken") => Some("-H 'authorization: Bearer ACCESS_TOKEN'".to_owned()),
            Some("metricsToken") => Some("-H 'authorization: Bearer METRICS_TOKEN'".to_owned()),
            Some("refreshCookie") => Some("-b cookies.txt -c cookies.txt".to_owned()),
            Some("accessTokenOfSocket") => {
                Some("-H 'sec-websocket-protocol: voxora.v1, bearer.ACCESS_TOKEN'".to_owned())
            }
            _ => None,
        });
        let mut request: Vec<_> = lines.iter().map(|line| escaped(line)).collect();
        if let Some((media, content)) = content(&operation["requestBody"]) {
            request.push(escaped(&format!("-H 'content-type: {media}'")));
            request.push(format!("-d '{}'", shown(&content["example"])));
        }
        self.panel("Request", summary, &request.join(" \\\n  "));
        let good = entries(&operation["responses"]).find_map(|(status, response)| {
            content(response).map(|(_, content)| (status, &content["example"]))
        });
        if let Some((status, example)) = good.filter(|(_, example)| !example.is_null()) {
            self.panel(&format!("Answer {status}"), summary, &shown(example));
        }
    }

    fn panel(&mut self, title: &str, of: &str, html: &str) {
        let label = format!("{title}: {}", escaped(of));
        let _ = writeln!(
            self.out,
            "<figure><figcaption>{title}</figcaption><pre tabindex=\"0\" role=\"region\" aria-label=\"{label}\"><code>{html}</code></pre></figure>"
        );
    }

    fn problems(&mut self) {
        self.put(
            "<section aria-labelledby=\"problems\">\n<h2 id=\"problems\">Problems</h2>\n<p>A failure is a \
             <a href=\"#type-Problem\">Problem</a>, <code>application/problem+json</code> (RFC 9457). Its <code>code</code> is one of these; \
             its <code>detail</code> says what was wrong this time, and what would be right.</p>\n<dl class=\"fields\">\n",
        );
        for code in
            self.document.pointer("/components/schemas/ProblemCode/oneOf").map(items).unwrap_or_default()
        {
            let name = escaped(text(&code["const"]));
            let _ = writeln!(
                self.out,
                "<dt id=\"{name}\"><code>{name}</code></dt><dd>{}</dd>",
                inline(text(&code["description"]))
            );
        }
        self.put("</dl>\n</section>\n");
    }

    fn types(&mut self) {
        self.put("<section aria-labelledby=\"types\">\n<h2 id=\"types\">Types</h2>\n");
        let schemas = self.document.pointer("/components/schemas").unwrap_or(&Value::Null);
        for (name, schema) in entries(schemas) {
            let _ = writeln!(
                self.out,
                "<article class=\"type\" aria-labelledby=\"type-{name}\">\n<h3 id=\"type-{name}\"><a href=\"#type-{name}\">{name}</a></h3>"
            );
            self.prose(schema["description"].as_str().unwrap_or_default());
            self.fields(schema);
            self.put("</article>\n");
        }
        self.put("</section>\n");
    }

    fn resolved(&self, schema: &'a Value) -> &'a Value {
        let referred =
            schema["$ref"].as_str().and_then(|path| self.document.pointer(path.trim_start_matches('#')));
        referred.unwrap_or(schema)
    }
}

fn limits(schema: &Value) -> String {
    let number = |key: &str| schema[key].as_u64().map(grouped);
    // Where no smaller limit was given, the largest is only what JSON can hold.
    let most = number("maximum").filter(|_| schema["maximum"].as_u64() < Some(u64::from(u32::MAX)));
    match (number("minimum"), most, number("minLength"), number("maxLength")) {
        (Some(least), Some(most), ..) => format!("{least} to {most}"),
        (Some(least), None, ..) => format!("from {least}"),
        (_, _, Some(least), Some(most)) => format!("{least} to {most} characters"),
        (_, _, None, Some(most)) => format!("at most {most} characters"),
        _ => String::new(),
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An example, coloured.
fn shown(value: &Value) -> String {
    if let Value::String(text) = value {
        return escaped(text);
    }
    let mut out = String::new();
    json(value, 0, &mut out);
    out
}

fn json(value: &Value, depth: usize, out: &mut String) {
    let indent = |depth: usize| "  ".repeat(depth);
    let class = |class: &str, text: &str| format!("<span class=\"{class}\">{}</span>", escaped(text));
    match value {
        Value::Array(list) if !list.is_empty() => {
            out.push('[');
            for (index, item) in list.iter().enumerate() {
                let _ = write!(out, "{}\n{}", if index > 0 { "," } else { "" }, indent(depth + 1));
                json(item, depth + 1, out);
            }
            let _ = write!(out, "\n{}]", indent(depth));
        }
        Value::Object(object) if !object.is_empty() => {
            out.push('{');
            for (index, (key, item)) in object.iter().enumerate() {
                let _ = write!(out, "{}\n{}", if index > 0 { "," } else { "" }, indent(depth + 1));
                let _ = write!(out, "{}: ", class("key", &Value::from(key.as_str()).to_string()));
                json(item, depth + 1, out);
            }
            let _ = write!(out, "\n{}}}", indent(depth));
        }
        Value::String(_) => out.push_str(&class("string", &value.to_string())),
        _ => out.push_str(&class("value", &value.to_string())),
    }
}

/// The only kind of content that something has, with its media type.
fn content(of: &Value) -> Option<(&str, &Value)> {
    entries(&of["content"]).next()
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn slug(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

/// A path that may be broken before each of its parts.
fn breakable(path: &str) -> String {
    escaped(path).replace('/', "<wbr>/")
}

/// One line of Markdown, as far as descriptions use it: code, and links to elsewhere.
fn inline(markdown: &str) -> String {
    let mut html = String::new();
    for (index, part) in markdown.split('`').enumerate() {
        let part = escaped(part);
        if index % 2 == 1 {
            html.extend(["<code>", &part, "</code>"]);
        } else {
            html.push_str(&part);
        }
    }
    html
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_in_the_document_becomes_markup() {
        let document = json!({
            "info": { "title": "<b>", "description": "`<i>` & \"<u>\"", "version": "1" },
            "tags": [{ "name": "A", "description": "<s>" }],
            "paths": { "/<p>": { "get": {
                "tags": ["A"], "operationId": "a", "summary": "<q>", "x-who": "<w>",
                "responses": { "200": { "description": "<d>", "content": { "application/json": { "schema": {}, "example": "<e>" } } } },
            } } },
        });
        let html = Page::new(&document).html();
        for tag in ["<b>", "<i>", "<u>", "<s>", "<q>", "<w>", "<d>", "<e>"] {
            assert!(!html.contains(tag), "{tag}");
        }
        assert!(html.contains("<code>&lt;i&gt;</code> &amp; &quot;&lt;u&gt;&quot;"), "{html}");
    }

    /// Every link within the page of the committed document leads somewhere, and no place has two names.
    #[test]
    fn every_link_of_the_reference_leads_somewhere() {
        let text = files::read(&repository::path("docs/openapi.json")).unwrap();
        let html = Page::new(&serde_json::from_slice(&text).unwrap()).html();
        let values = |attribute: &str| -> Vec<String> {
            html.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
        };
        let mut places = values(" id=\"");
        for link in values(" href=\"#") {
            assert!(places.contains(&link), "#{link} leads nowhere");
        }
        places.sort();
        let count = places.len();
        places.dedup();
        assert_eq!(places.len(), count, "a place is named twice");
    }
}
