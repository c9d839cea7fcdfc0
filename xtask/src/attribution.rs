//! Whose code the Worker's bytes are: each function of the compiled module belongs to the crate and module in its name.
//!
//! Code of a library that was made for one of our types counts as ours: without that type it would not be there. What
//! one function was inlined into counts as that function. The bytes are those of the compiler, before wasm-opt (which takes
//! off about a tenth) and compression (which takes off more than half); constants and text are not among them. So a figure
//! is good for comparing, with another module and with the last release, and for nothing else.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use rustc_demangle::demangle;
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

/// The first letters of the names of our crates.
const OURS: &str = "voxora_";
/// What comes with Rust.
const STANDARD: [&str; 6] = ["alloc", "compiler_builtins", "core", "dlmalloc", "hashbrown", "std"];

/// How long a module's magic number and version are.
const HEADER: usize = 8;

/// Bytes of code by module path, for example `voxora_workers::routes::tags`; a foreign crate is one path.
pub type Code = BTreeMap<String, u64>;

/// Reads a module that has names.
pub fn code(wasm: &[u8]) -> Result<Code> {
    let mut imported = 0;
    let mut sizes = Vec::new();
    let mut names = BTreeMap::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => sizes.push(body.range().end - body.range().start),
            Payload::CustomSection(custom) => {
                if let KnownCustom::Name(sections) = custom.as_known() {
                    for section in sections {
                        if let Name::Function(functions) = section? {
                            for function in functions {
                                let function = function?;
                                names.insert(function.index, function.name);
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
    names.first_key_value().context("the compiled Worker has no names: [profile.worker] strips too much")?;
    let mut code = Code::new();
    for (index, size) in (imported..).zip(sizes) {
        let owner =
            names.get(&index).map_or_else(|| "?".to_owned(), |name| owner(&format!("{:#}", demangle(name))));
        *code.entry(owner).or_default() += size;
    }
    Ok(code)
}

/// The same module without names, as it is deployed: they are a quarter of its bytes, and nothing in it needs them.
pub fn without_names(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut kept = wasm.get(..HEADER).context("a module begins with its header")?.to_vec();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        let is_names = matches!(&payload, Payload::CustomSection(custom) if custom.name() == "name");
        if let Some((id, range)) = payload.as_section().filter(|_| !is_names) {
            let content = usize::try_from(range.start)?..usize::try_from(range.end)?;
            let content = wasm.get(content).context("a section ends within its module")?;
            kept.push(id);
            push_length(&mut kept, content.len());
            kept.extend_from_slice(content);
        }
    }
    Ok(kept)
}

/// In LEB128: seven bits a byte, the lowest first.
fn push_length(bytes: &mut Vec<u8>, mut length: usize) {
    loop {
        let [seven, ..] = (length & 0x7f).to_le_bytes();
        length >>= 7;
        if length == 0 {
            bytes.push(seven);
            return;
        }
        bytes.push(seven | 0x80);
    }
}

/// The module that a function's name says it belongs to.
fn owner(name: &str) -> String {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let ours =
        name.match_indices(OURS).find(|(at, _)| !name.get(..*at).unwrap_or_default().ends_with(is_word));
    if let Some((at, _)) = ours {
        let path = name.get(at..).unwrap_or_default();
        let end = path.find(|character| !is_word(character) && character != ':').unwrap_or(path.len());
        let mut path: Vec<_> =
            path.get(..end).unwrap_or_default().split("::").filter(|part| !part.is_empty()).collect();
        // A function's own name, and a type's, are no modules.
        path.truncate(
            path.iter()
                .position(|part| part.starts_with(char::is_uppercase))
                .unwrap_or(path.len() - 1)
                .max(1),
        );
        return path.join("::");
    }
    let krate = name.trim_start_matches(|character| !is_word(character));
    let krate = krate.trim_start_matches("dyn ").trim_start_matches("mut ");
    match krate.split_once("::") {
        Some((krate, _)) if STANDARD.contains(&krate) => "Rust's own".to_owned(),
        Some((krate, _)) => krate.to_owned(),
        None => "?".to_owned(),
    }
}

/// The code of each crate.
pub fn by_crate(code: &Code) -> Code {
    let mut crates = Code::new();
    for (path, size) in code {
        *crates.entry(path.split("::").next().unwrap_or(path).to_owned()).or_default() += size;
    }
    crates
}

/// The code of each resource: its routes, its collection and its wire types, which have one name in all layers.
pub fn by_resource(code: &Code) -> Code {
    let mut resources = Code::new();
    for (path, size) in code {
        let parts: Vec<_> = path.split("::").collect();
        let resource = match parts.as_slice() {
            ["voxora_workers", "routes", resource, ..]
            | ["voxora_store", resource, ..]
            | ["voxora_domain", "wire", "rest", resource, ..] => *resource,
            _ => continue,
        };
        *resources.entry(resource.to_owned()).or_default() += size;
    }
    resources
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_belongs_to_the_first_of_our_modules_in_its_name() {
        for (name, wanted) in [
            ("voxora_workers::routes::tags::list", "voxora_workers::routes::tags"),
            ("voxora_workers::routes::tags::list::{closure#0}", "voxora_workers::routes::tags"),
            (
                "<voxora_domain::wire::rest::Tag as serde_core::ser::Serialize>::serialize::<&mut X>",
                "voxora_domain::wire::rest",
            ),
            ("serde_json::de::from_str::<voxora_store::tags::TagDocument>", "voxora_store::tags"),
            ("core::ptr::drop_in_place::<alloc::vec::Vec<u8>>", "Rust's own"),
            ("<regex::Regex as core::fmt::Debug>::fmt", "regex"),
            ("voxora_workers::start", "voxora_workers"),
            ("memcpy", "?"),
        ] {
            assert_eq!(owner(name), wanted, "{name}");
        }
    }

    #[test]
    fn only_the_names_are_taken_out() {
        let header = *b"\0asm\x01\0\0\0";
        let types = [&[1, 0x85, 0x01, 1, 0x60, 0x80, 0x01][..], &[0x7f; 128], &[0]].concat();
        let section = |name: &str| [&[0, 6, 4][..], name.as_bytes(), &[0]].concat();
        let module = [&header[..], &types, &section("name"), &section("mine")].concat();
        let wanted = [&header[..], &types, &section("mine")].concat();
        assert_eq!(without_names(&module).unwrap(), wanted);
    }

    #[test]
    fn a_resource_is_the_sum_of_its_layers() {
        let code = Code::from([
            ("voxora_workers::routes::tags".to_owned(), 3),
            ("voxora_workers::routes::tags::list".to_owned(), 4),
            ("voxora_store::tags".to_owned(), 5),
            ("voxora_domain::wire::rest::tags".to_owned(), 6),
            ("voxora_domain::room".to_owned(), 7),
        ]);
        assert_eq!(by_resource(&code), Code::from([("tags".to_owned(), 18)]));
        assert_eq!(by_crate(&code)["voxora_domain"], 13);
    }
}
