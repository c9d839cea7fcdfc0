//! Which script imports which: the `import … from` and `export … from` statements, which formatters and bundlers keep at
//! the beginning of a line. What is imported on demand (`import(…)`) is loaded later and closes no circle.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use walkdir::WalkDir;

use crate::{File, Graph, name, read, root};

/// Names of folders outside of the one that imports, as `tsconfig.json` and Vite have them.
const ALIASES: [(&str, &str); 2] = [("@client/", "widget/client/"), ("@wire", "domain/bindings/wire.ts")];

/// The scripts in a folder with what they import of this repository; tests are left out.
#[must_use]
pub fn imports(folder: &str) -> Graph {
    let files = WalkDir::new(root().join(folder)).sort_by_file_name().into_iter();
    let files = files
        .filter_entry(|entry| !["node_modules", "dist"].iter().any(|made| entry.file_name() == *made))
        .map(|entry| entry.expect("the folder can be read").into_path());
    files.filter(|file| is_script(file)).map(|file| (name(&file), imported(&file))).collect()
}

fn is_script(file: &Path) -> bool {
    let name = file.to_string_lossy();
    [".js", ".mjs", ".ts", ".tsx"].iter().any(|end| name.ends_with(end))
        && ![".test.js", ".test.ts", ".test.tsx", ".d.ts"].iter().any(|end| name.ends_with(end))
}

fn imported(file: &Path) -> BTreeSet<File> {
    let text = read(file);
    modules(&text).filter_map(|module| resolve(file, module)).collect()
}

/// The modules that statements name, as they are written.
fn modules(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.match_indices('\n').map(|(at, _)| at + 1);
    let statements = std::iter::once(0).chain(starts).filter_map(|start| {
        let statement = text.get(start..)?;
        let words = statement.strip_prefix("import ").or_else(|| statement.strip_prefix("export "))?;
        Some((statement.starts_with("import"), words))
    });
    statements.filter_map(|(is_import, words)| {
        // `import './style.css';` has no `from`; a declaration that is exported has none before its body.
        let end = words.find([';', '(', '=']).unwrap_or(words.len());
        let words = words.get(..end)?;
        let named = match words.rfind(" from ") {
            Some(at) => words.get(at + " from ".len()..)?,
            None if is_import => words,
            None => return None,
        };
        named.trim().strip_prefix(['\'', '"'])?.strip_suffix(['\'', '"'])
    })
}

/// The file of a module; none for packages and for what is no script.
fn resolve(from: &Path, module: &str) -> Option<File> {
    let alias =
        ALIASES.iter().find_map(|(alias, path)| Some(format!("{path}{}", module.strip_prefix(alias)?)));
    let path = match alias {
        Some(path) => root().join(path),
        None if module.starts_with('.') => from.parent()?.join(module),
        None => return None,
    };
    let path = plain(&path);
    if !is_script(&path) {
        return None;
    }
    assert!(path.is_file(), "{} imports {module}, which is not at {}", name(from), path.display());
    Some(name(&path))
}

/// Without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::modules;

    #[test]
    fn statements_of_every_form_are_seen() {
        let text = "import './a.css';\nimport { b } from './b.js';\nimport type {\n  C,\n  D,\n} from \"./c.ts\";\n\
                    export { e } from './e.js';\nexport * from './f.js';\nexport const g = ' from ';\n\
                    export function h() {\n  return ' from ';\n}\nconst i = () => import('./i.js');\n";
        let found: Vec<_> = modules(text).collect();
        assert_eq!(found, ["./a.css", "./b.js", "./c.ts", "./e.js", "./f.js"]);
    }
}
