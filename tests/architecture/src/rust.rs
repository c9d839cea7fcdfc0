//! The modules of a crate, what each refers to, and the calls it makes.
//!
//! A path is followed as the compiler follows it, through modules, `use` and re-exports, to the file that declares what it
//! names; so importing from a façade counts as importing from the file behind it. Two things are no imports, because
//! they are how Rust spreads one thing over files: a re-export, and what a module takes from those it is a part of.
//! `room/mod.rs` declares `Room`, its children add to it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path as FilePath, PathBuf};

use proc_macro2::{Span, TokenTree};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, Item, Member, Meta, Token, UseTree, Visibility};

use crate::{File, Graph, name, read};

/// The names of a path, or of a module within its crate.
type Names = Vec<String>;

/// Something that a file says, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The file.
    pub file: File,
    /// The line.
    pub line: usize,
    /// What is called, named or read: the last part of a path, or `.field`.
    pub what: String,
}

/// A crate's source.
#[derive(Debug, Default)]
pub struct Crate {
    modules: BTreeMap<Names, Module>,
    /// Functions called, types of statics and constants, and fields read.
    pub calls: Vec<Call>,
}

#[derive(Debug, Default)]
struct Module {
    file: File,
    /// What it declares itself, child modules aside.
    items: BTreeSet<String>,
    /// What it imports: the name here, the path, and whether others see it here.
    imports: Vec<Import>,
    /// All other paths.
    paths: Vec<Names>,
}

#[derive(Debug)]
struct Import {
    /// `*` for all names.
    name: String,
    path: Names,
    is_public: bool,
}

/// What a path leads to.
#[derive(Debug, PartialEq)]
enum Target {
    Module(Names),
    ItemOf(Names),
}

/// Re-exports of re-exports, at most.
const DEPTH: u8 = 8;

impl Crate {
    /// Reads a crate from its first file on.
    #[must_use]
    pub fn read(root: &FilePath) -> Self {
        let mut read = Self::default();
        read.file(Names::new(), root, root.parent().expect("a file is in a folder"));
        read
    }

    /// Each file with those that it imports from.
    #[must_use]
    pub fn imports(&self) -> Graph {
        let mut graph = Graph::new();
        for (path, module) in &self.modules {
            let arrows = graph.entry(module.file.clone()).or_default();
            let imported = module.imports.iter().filter(|import| !import.is_public);
            for target in imported.map(|import| &import.path).chain(&module.paths) {
                // A module that is only named is a name for longer paths.
                if let Some(Target::ItemOf(target)) = self.resolve(path, target, DEPTH)
                    && !path.starts_with(&target)
                    && let Some(target) = self.modules.get(&target)
                    && target.file != module.file
                {
                    arrows.insert(target.file.clone());
                }
            }
        }
        graph
    }

    fn file(&mut self, module: Names, file: &FilePath, folder: &FilePath) {
        let parsed =
            syn::parse_file(&read(file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.items(module, &name(file), folder, &parsed.items);
    }

    fn items(&mut self, path: Names, file: &str, folder: &FilePath, items: &[Item]) {
        let mut reader =
            Reader { module: Module { file: file.to_owned(), ..Module::default() }, calls: Vec::new() };
        for item in items.iter().filter(|item| !is_for_tests(attributes(item))) {
            if let Item::Mod(child) = item {
                let name = child.ident.to_string();
                let inner = [path.as_slice(), std::slice::from_ref(&name)].concat();
                let below = folder.join(&name);
                match &child.content {
                    Some((_, items)) => self.items(inner, file, &below, items),
                    None => self.file(inner, &file_of(child, folder, &name), &below),
                }
            } else {
                if let Some(name) = declared(item) {
                    reader.module.items.insert(name);
                }
                reader.visit_item(item);
            }
        }
        self.calls.extend(reader.calls);
        self.modules.insert(path, reader.module);
    }

    /// Where a path leads that is written in this module; none out of the crate, and none for local names.
    fn resolve(&self, from: &Names, path: &[String], depth: u8) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.descend(&Names::new(), rest, depth),
            "self" => self.descend(from, rest, depth),
            "super" => {
                let (_, parent) = from.split_last()?;
                if rest.first().is_some_and(|next| next == "super") {
                    return self.resolve(&parent.to_vec(), rest, depth);
                }
                self.descend(&parent.to_vec(), rest, depth)
            }
            _ => self.named(from, first, rest, depth, true),
        }
    }

    /// Follows the names of a path from a module on.
    fn descend(&self, module: &Names, rest: &[String], depth: u8) -> Option<Target> {
        match rest.split_first() {
            None => Some(Target::Module(module.clone())),
            Some((first, rest)) => self.named(module, first, rest, depth, false),
        }
    }

    /// What a name means in a module, seen from within or from elsewhere.
    fn named(
        &self,
        module: &Names,
        name: &String,
        rest: &[String],
        depth: u8,
        within: bool,
    ) -> Option<Target> {
        let child = [module.as_slice(), std::slice::from_ref(name)].concat();
        if self.modules.contains_key(&child) {
            return self.descend(&child, rest, depth);
        }
        let found = self.modules.get(module)?;
        if found.items.contains(name) {
            return Some(Target::ItemOf(module.clone()));
        }
        let depth = depth.checked_sub(1)?;
        let visible = || found.imports.iter().filter(|import| within || import.is_public);
        if let Some(import) = visible().find(|import| import.name == *name) {
            return self.resolve(module, &[&import.path, rest].concat(), depth);
        }
        let globs = visible().filter(|import| import.name == "*");
        globs.filter_map(|glob| self.resolve(module, &glob.path, depth)).find_map(|target| match target {
            Target::Module(target) if target != *module => self.named(&target, name, rest, depth, false),
            _ => None,
        })
    }
}

/// The file of `mod name;`.
fn file_of(module: &syn::ItemMod, folder: &FilePath, name: &str) -> PathBuf {
    assert!(
        !module.attrs.iter().any(|attribute| attribute.path().is_ident("path")),
        "the rules do not know #[path], which mod {name} has"
    );
    let file = folder.join(format!("{name}.rs"));
    if file.is_file() { file } else { folder.join(name).join("mod.rs") }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string() == "test",
        Meta::Path(path) => path.is_ident("test"),
        _ => false,
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn declared(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// Collects what the items of one module say.
struct Reader {
    module: Module,
    calls: Vec<Call>,
}

impl Reader {
    fn call(&mut self, what: String, span: Span) {
        self.calls.push(Call { file: self.module.file.clone(), line: span.start().line, what });
    }

    fn import(&mut self, tree: &UseTree, path: &[String], is_public: bool) {
        let with = |name: &syn::Ident| [path, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(tree) => self.import(&tree.tree, &with(&tree.ident), is_public),
            UseTree::Group(tree) => {
                for tree in &tree.items {
                    self.import(tree, path, is_public);
                }
            }
            UseTree::Name(tree) if tree.ident == "self" => {
                let name = path.last().cloned().unwrap_or_default();
                self.module.imports.push(Import { name, path: path.to_vec(), is_public });
            }
            UseTree::Name(tree) => {
                let (name, path) = (tree.ident.to_string(), with(&tree.ident));
                self.module.imports.push(Import { name, path, is_public });
            }
            UseTree::Rename(tree) => {
                let path = if tree.ident == "self" { path.to_vec() } else { with(&tree.ident) };
                self.module.imports.push(Import { name: tree.rename.to_string(), path, is_public });
            }
            UseTree::Glob(_) => {
                self.module.imports.push(Import { name: "*".into(), path: path.to_vec(), is_public });
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        // `pub(crate) use` and `pub(super) use` show something as `pub use` does.
        let is_public = !matches!(item.vis, Visibility::Inherited);
        self.import(&item.tree, &[], is_public);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.module.paths.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let Expr::Path(function) = &*call.func
            && let Some(last) = function.path.segments.last()
        {
            self.call(last.ident.to_string(), last.ident.span());
            if function.path.segments.first().is_some_and(|first| first.ident == "serde_json") {
                self.call(format!("serde_json::{}", last.ident), last.ident.span());
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.call(call.method.to_string(), call.method.span());
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_field(&mut self, field: &'ast syn::ExprField) {
        if let Member::Named(name) = &field.member {
            self.call(format!(".{name}"), name.span());
        }
        visit::visit_expr_field(self, field);
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.declared_type(&item.ty);
        visit::visit_item_static(self, item);
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.declared_type(&item.ty);
        visit::visit_item_const(self, item);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !is_for_tests(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    /// What serde is told of a type, such as `serde(alias)`.
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta
            && list.path.is_ident("serde")
        {
            for token in list.tokens.clone() {
                if let TokenTree::Ident(name) = token {
                    self.call(format!("serde({name})"), name.span());
                }
            }
        }
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        visit::visit_macro(self, call);
        // Most macros take expressions; what others take is their own affair.
        let arguments = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(call.tokens.clone());
        for argument in arguments.iter().flatten() {
            <Self as Visit<'_>>::visit_expr(self, argument);
        }
    }
}

impl Reader {
    /// The type of a constant or static, such as the schema of a collection.
    fn declared_type(&mut self, declared: &syn::Type) {
        if let syn::Type::Path(declared) = declared
            && let Some(last) = declared.path.segments.last()
        {
            self.call(format!(": {}", last.ident), last.ident.span());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)]) -> Crate {
        let mut read = Crate::default();
        for (path, text) in files {
            let path: Names = path.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect();
            let file = format!("{}.rs", path.join("/"));
            read.items(path, &file, FilePath::new(""), &syn::parse_file(text).unwrap().items);
        }
        read
    }

    fn arrows(read: &Crate) -> Vec<String> {
        let graph = read.imports();
        graph.iter().flat_map(|(from, to)| to.iter().map(move |to| format!("{from} {to}"))).collect()
    }

    #[test]
    fn a_path_leads_through_re_exports_to_where_a_thing_is_declared() {
        let read = read(&[
            ("", "use crate::room::Log;"),
            ("room", "pub use log::Log; pub(crate) use self::page::*; pub struct Room;"),
            ("room::log", "use super::Room; pub struct Log;"),
            ("room::page", "pub struct Page;"),
            ("inbox", "use crate::room; fn f(page: room::Page) { g!(room::Room) }"),
        ]);
        // What `log` takes from `room` is no arrow: it is a part of it.
        assert_eq!(arrows(&read), [".rs room/log.rs", "inbox.rs room.rs", "inbox.rs room/page.rs"]);
    }

    #[test]
    fn tests_and_foreign_names_are_no_imports() {
        let read = read(&[
            ("", "pub struct A;"),
            ("b", "use std::fmt; use other::A; #[cfg(test)] use super::A as B; fn f(a: fmt::A) {}"),
        ]);
        assert_eq!(arrows(&read), [] as [&str; 0]);
    }

    #[test]
    fn calls_fields_and_declarations_are_seen() {
        let read = read(&[("", "static S: x::Schema = x::new(); fn f() { y.env.kv(a::forbidden(1)) }")]);
        let seen: Vec<_> = read.calls.iter().map(|call| call.what.as_str()).collect();
        assert_eq!(seen, [": Schema", "new", "kv", ".env", "forbidden"]);
    }
}
