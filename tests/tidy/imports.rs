//! No circles between files, and no type name twice.
//!
//! Parses every file of `src/`, resolves each path to the file that it leads to, and searches the resulting graph for
//! circles. A module and the files of its folder are files like any other: where a parent uses a child, the child must not use
//! the parent.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use syn::visit::{self, Visit};

use crate::files;

/// A module's path without `crate`, such as `["server", "request"]`.
type ModulePath = Vec<String>;

fn module_path(file: &str) -> ModulePath {
    file.trim_end_matches(".rs").split('/').map(str::to_owned).collect()
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}

/// Collects what a file names: paths in imports and code, outside unit tests.
struct PathCollector<'m> {
    modules: &'m BTreeSet<ModulePath>,
    this: ModulePath,
    /// Modules that the file may name by their last segment: imported ones and its own children.
    names: BTreeMap<String, ModulePath>,
    uses: BTreeSet<ModulePath>,
}

impl PathCollector<'_> {
    /// The path from the crate's root; `None` for other crates and local names.
    fn absolute(&self, segments: &[String]) -> Option<ModulePath> {
        let (first, rest) = segments.split_first()?;
        match first.as_str() {
            "crate" | "qsproxy" => Some(rest.to_vec()),
            "self" => Some([&self.this[..], rest].concat()),
            "super" => {
                let mut base = self.this.clone();
                let up = segments.iter().take_while(|segment| *segment == "super").count();
                base.truncate(base.len().saturating_sub(up));
                base.extend_from_slice(&segments[up..]);
                Some(base)
            }
            name => self.names.get(name).map(|module| [&module[..], rest].concat()),
        }
    }

    fn add(&mut self, segments: &[String]) {
        let Some(path) = self.absolute(segments) else { return };
        let deepest = (1..=path.len()).rev().map(|length| &path[..length]).find(|path| self.modules.contains(*path));
        if let Some(module) = deepest.filter(|module| *module != self.this) {
            self.uses.insert(module.to_vec());
        }
    }

    /// Walks an import; remembers modules among its leaves.
    fn add_import(&mut self, prefix: &[String], tree: &syn::UseTree) {
        let with = |name: &syn::Ident| [prefix, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.add_import(&with(&path.ident), &path.tree),
            syn::UseTree::Name(name) => self.add_leaf(prefix, &name.ident, &name.ident),
            syn::UseTree::Rename(rename) => self.add_leaf(prefix, &rename.ident, &rename.rename),
            syn::UseTree::Glob(_) => self.add(prefix),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_import(prefix, tree)),
        }
    }

    fn add_leaf(&mut self, prefix: &[String], leaf: &syn::Ident, name: &syn::Ident) {
        let (segments, name) = if leaf == "self" {
            (prefix.to_vec(), prefix.last().cloned().unwrap_or_default())
        } else {
            ([prefix, &[leaf.to_string()]].concat(), name.to_string())
        };
        self.add(&segments);
        if let Some(module) = self.absolute(&segments).filter(|path| self.modules.contains(path)) {
            self.names.insert(name, module);
        }
    }

    /// Paths inside of a macro call, which is not parsed.
    fn add_tokens(&mut self, tokens: proc_macro2::TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                proc_macro2::TokenTree::Ident(ident) if colons == 2 || path.is_empty() => {
                    path.push(ident.to_string());
                    colons = 0;
                    continue;
                }
                proc_macro2::TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                proc_macro2::TokenTree::Ident(ident) => {
                    self.add_code_path(&path);
                    path = vec![ident.to_string()];
                }
                proc_macro2::TokenTree::Group(group) => {
                    self.add_code_path(&path);
                    path.clear();
                    self.add_tokens(group.stream());
                }
                proc_macro2::TokenTree::Punct(_) | proc_macro2::TokenTree::Literal(_) => {
                    self.add_code_path(&path);
                    path.clear();
                }
            }
            colons = 0;
        }
        self.add_code_path(&path);
    }

    /// A path of one segment is a local name, also where a module has the same name.
    fn add_code_path(&mut self, segments: &[String]) {
        if segments.len() > 1 {
            self.add(segments);
        }
    }
}

impl<'ast> Visit<'ast> for PathCollector<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_test(&item.attrs) {
            self.add_import(&[], &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.add_code_path(&segments);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.add_tokens(call.tokens.clone());
    }
}

fn parsed(text: &str, file: &str) -> syn::File {
    syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The files that each file uses.
fn uses(files: &[(String, String)]) -> BTreeMap<ModulePath, BTreeSet<ModulePath>> {
    let modules: BTreeSet<ModulePath> = files.iter().map(|(file, _)| module_path(file)).collect();
    let mut graph = BTreeMap::new();
    for (file, text) in files {
        let this = module_path(file);
        // The crate's root only declares modules.
        if matches!(file.as_str(), "lib.rs" | "main.rs") || file.ends_with("tests.rs") || file.ends_with("_test.rs") {
            continue;
        }
        let is_child = |module: &&ModulePath| module.len() == this.len() + 1 && module.starts_with(&this);
        let children = modules.iter().filter(is_child).map(|child| (child[this.len()].clone(), child.clone()));
        let names = children.collect();
        let mut collector = PathCollector { modules: &modules, this: this.clone(), names, uses: BTreeSet::new() };
        let parsed = parsed(text, file);
        // Imports first, since code may name what is imported below it.
        parsed.items.iter().for_each(|item| {
            if let syn::Item::Use(item) = item {
                collector.visit_item_use(item);
            }
        });
        collector.visit_file(&parsed);
        graph.insert(this, collector.uses);
    }
    graph
}

/// A circle through this file, if there is one.
fn circle(graph: &BTreeMap<ModulePath, BTreeSet<ModulePath>>, start: &ModulePath) -> Option<Vec<String>> {
    let mut came_from: BTreeMap<&ModulePath, &ModulePath> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(file) = queue.pop_front() {
        for used in graph.get(file).into_iter().flatten() {
            if used == start {
                let mut names = vec![start.join("/")];
                let mut file = file;
                while file != start {
                    names.push(file.join("/"));
                    file = came_from[file];
                }
                names.push(start.join("/"));
                names.reverse();
                return Some(names);
            }
            if !came_from.contains_key(used) {
                came_from.insert(used, file);
                queue.push_back(used);
            }
        }
    }
    None
}

#[test]
fn no_circle_between_files() {
    let graph = uses(&files("src"));
    let circles: Vec<String> =
        graph.keys().filter_map(|file| circle(&graph, file)).map(|names| names.join(" → ")).collect();
    assert!(
        circles.is_empty(),
        "files that use one another; move what both need into a file of its own:\n{}",
        circles.join("\n")
    );
}

#[test]
fn finds_a_circle_through_imports_calls_and_macros() {
    let files = |child: &str| {
        let parent = "mod child;\nuse child::work;\npub fn shared() {}\nfn run() { work(); }";
        [("parent.rs", parent), ("parent/child.rs", child)].map(|(file, text)| (file.to_owned(), text.to_owned()))
    };
    let has_circle = |child: &str| {
        let graph = uses(&files(child));
        circle(&graph, &module_path("parent.rs")).is_some()
    };
    for child in [
        "use super::shared;",
        "use crate::parent::{self as above};",
        "pub fn work() { super::shared(); }",
        "use crate::parent;\npub fn work() { println!(\"{:?}\", parent::shared()); }",
        "pub fn work() { assert!(crate::parent::shared() == ()); }",
    ] {
        assert!(has_circle(child), "{child}");
    }
    for child in
        ["pub fn work() {}", "#[cfg(test)]\nmod tests { use super::super::shared; }", "use std::fmt; // super::shared"]
    {
        assert!(!has_circle(child), "{child}");
    }
}

/// Collects the names of types that a file defines, outside unit tests.
#[derive(Default)]
struct TypeCollector(Vec<String>);

impl<'ast> Visit<'ast> for TypeCollector {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item(&mut self, item: &'ast syn::Item) {
        #[allow(clippy::wildcard_enum_match_arm, reason = "syn's items may grow, and others define no type")]
        let name = match item {
            syn::Item::Struct(item) => Some(&item.ident),
            syn::Item::Enum(item) => Some(&item.ident),
            syn::Item::Union(item) => Some(&item.ident),
            syn::Item::Trait(item) => Some(&item.ident),
            syn::Item::Type(item) => Some(&item.ident),
            _ => None,
        };
        self.0.extend(name.map(ToString::to_string));
        visit::visit_item(self, item);
    }
}

#[test]
fn no_type_name_is_defined_twice() {
    let mut defined: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (file, text) in files("src") {
        if file.ends_with("tests.rs") || file.ends_with("_test.rs") {
            continue;
        }
        let mut types = TypeCollector::default();
        types.visit_file(&parsed(&text, &file));
        for name in types.0 {
            defined.entry(name).or_default().push(file.clone());
        }
    }
    assert!(defined.len() > 100, "the files are parsed");
    defined.retain(|_, files| files.len() > 1);
    assert!(defined.is_empty(), "one name for one thing: {defined:#?}");
}
