//! A second parser: html5ever, which browsers' parsing was specified beside, with a tree small enough to be read here.
//! Nodes stand in one list and name one another by their place in it, so that a deep tree needs no deep stack.

use std::borrow::Cow;
use std::cell::RefCell;
use std::mem::take;

use html5ever::interface::{ElemName, ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink as _};
use html5ever::{Attribute, LocalName, Namespace, ParseOpts, QualName, parse_document};

/// The document's own place.
pub const DOCUMENT: usize = 0;

/// What a node is.
#[derive(Debug)]
pub enum Kind {
    Document,
    /// Name with its namespace, and attributes by local name; a namespaced attribute keeps its prefix.
    Element {
        namespace: String,
        name: String,
        attributes: Vec<(String, String)>,
    },
    Text(String),
    /// A comment or a processing instruction.
    Other(String),
    /// What a template holds.
    Contents,
}

#[derive(Debug)]
pub struct Node {
    pub kind: Kind,
    pub parent: Option<usize>,
    pub children: Vec<usize>,
    qualified: Option<QualName>,
    contents: Option<usize>,
}

/// A parsed page.
#[derive(Debug)]
pub struct Dom {
    pub nodes: Vec<Node>,
    /// Doctypes beside the first, which is ours.
    pub doctypes: usize,
}

impl Dom {
    /// Parses a page as a browser would, with or without scripting.
    pub fn parse(page: &str, scripting: bool) -> Self {
        let mut options = ParseOpts::default();
        options.tree_builder.scripting_enabled = scripting;
        options.tree_builder.exact_errors = false;
        let sink = Sink::default();
        sink.add(Kind::Document, None);
        parse_document(sink, options).one(page)
    }

    /// The name of an element; empty for what is none.
    pub fn name(&self, at: usize) -> &str {
        match &self.nodes[at].kind {
            Kind::Element { name, .. } => name,
            _ => "",
        }
    }

    pub fn attribute(&self, at: usize, wanted: &str) -> Option<&str> {
        let Kind::Element { attributes, .. } = &self.nodes[at].kind else { return None };
        attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }

    /// Elements among the children.
    pub fn elements(&self, at: usize) -> Vec<usize> {
        let is_element = |&&child: &&usize| matches!(self.nodes[child].kind, Kind::Element { .. });
        self.nodes[at].children.iter().filter(is_element).copied().collect()
    }

    /// All that is in a node, itself included, in the page's order.
    pub fn within(&self, at: usize) -> Vec<usize> {
        let (mut found, mut ahead) = (Vec::new(), vec![at]);
        while let Some(next) = ahead.pop() {
            found.push(next);
            ahead.extend(self.nodes[next].contents);
            ahead.extend(self.nodes[next].children.iter().rev());
        }
        found
    }

    /// What a reader reads in a node.
    pub fn text(&self, at: usize) -> String {
        let text = |at: usize| match &self.nodes[at].kind {
            Kind::Text(text) => text.as_str(),
            _ => "",
        };
        self.within(at).into_iter().map(text).collect()
    }
}

#[derive(Default)]
struct Sink {
    nodes: RefCell<Vec<Node>>,
    doctypes: RefCell<usize>,
}

/// A name on its own, since the list of nodes cannot be borrowed from.
#[derive(Debug)]
struct Name(QualName);

impl ElemName for Name {
    fn ns(&self) -> &Namespace {
        &self.0.ns
    }
    fn local_name(&self) -> &LocalName {
        &self.0.local
    }
}

fn spelled(name: &QualName) -> String {
    name.prefix.as_ref().map_or_else(|| name.local.to_string(), |prefix| format!("{prefix}:{}", name.local))
}

fn pair(attribute: Attribute) -> (String, String) {
    (spelled(&attribute.name), attribute.value.to_string())
}

impl Sink {
    fn add(&self, kind: Kind, qualified: Option<QualName>) -> usize {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node { kind, parent: None, children: Vec::new(), qualified, contents: None });
        nodes.len() - 1
    }

    fn detach(&self, node: usize) {
        let mut nodes = self.nodes.borrow_mut();
        if let Some(parent) = nodes[node].parent.take() {
            let siblings = &mut nodes[parent].children;
            if let Some(at) = siblings.iter().rposition(|&sibling| sibling == node) {
                siblings.remove(at);
            }
        }
    }

    /// Puts a child before a sibling, or last.
    fn put(&self, parent: usize, before: Option<usize>, child: NodeOrText<usize>) {
        let at = before.and_then(|next| self.nodes.borrow()[parent].children.iter().rposition(|&node| node == next));
        let at = at.unwrap_or_else(|| self.nodes.borrow()[parent].children.len());
        let child = match child {
            NodeOrText::AppendText(text) => {
                let mut nodes = self.nodes.borrow_mut();
                let left = at.checked_sub(1).map(|left| nodes[parent].children[left]);
                if let Some(Kind::Text(known)) = left.map(|left| &mut nodes[left].kind) {
                    known.push_str(&text);
                    return;
                }
                drop(nodes);
                self.add(Kind::Text(text.to_string()), None)
            }
            NodeOrText::AppendNode(node) => {
                self.detach(node);
                node
            }
        };
        let mut nodes = self.nodes.borrow_mut();
        let at = at.min(nodes[parent].children.len());
        nodes[parent].children.insert(at, child);
        nodes[child].parent = Some(parent);
    }
}

impl TreeSink for Sink {
    type Handle = usize;
    type Output = Dom;
    type ElemName<'a> = Name;

    fn finish(self) -> Dom {
        Dom { nodes: self.nodes.into_inner(), doctypes: self.doctypes.into_inner() }
    }
    fn parse_error(&self, _message: Cow<'static, str>) {}
    fn get_document(&self) -> usize {
        DOCUMENT
    }
    fn elem_name(&self, target: &usize) -> Name {
        Name(self.nodes.borrow()[*target].qualified.clone().expect("an element has a name"))
    }
    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, flags: ElementFlags) -> usize {
        let kind = Kind::Element {
            namespace: name.ns.to_string(),
            name: spelled(&name),
            attributes: attributes.into_iter().map(pair).collect(),
        };
        let made = self.add(kind, Some(name));
        if flags.template {
            let contents = self.add(Kind::Contents, None);
            self.nodes.borrow_mut()[made].contents = Some(contents);
        }
        made
    }
    fn create_comment(&self, text: StrTendril) -> usize {
        self.add(Kind::Other(text.to_string()), None)
    }
    fn create_pi(&self, target: StrTendril, data: StrTendril) -> usize {
        self.add(Kind::Other(format!("{target} {data}")), None)
    }
    fn append(&self, parent: &usize, child: NodeOrText<usize>) {
        self.put(*parent, None, child);
    }
    fn append_based_on_parent_node(&self, element: &usize, previous: &usize, child: NodeOrText<usize>) {
        if self.nodes.borrow()[*element].parent.is_some() {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }
    fn append_doctype_to_document(&self, _name: StrTendril, _public: StrTendril, _system: StrTendril) {
        *self.doctypes.borrow_mut() += 1;
    }
    fn get_template_contents(&self, target: &usize) -> usize {
        self.nodes.borrow()[*target].contents.expect("a template has contents")
    }
    fn same_node(&self, one: &usize, other: &usize) -> bool {
        one == other
    }
    fn set_quirks_mode(&self, _mode: QuirksMode) {}
    fn append_before_sibling(&self, sibling: &usize, child: NodeOrText<usize>) {
        let parent = self.nodes.borrow()[*sibling].parent.expect("a sibling has a parent");
        self.put(parent, Some(*sibling), child);
    }
    fn add_attrs_if_missing(&self, target: &usize, more: Vec<Attribute>) {
        let mut nodes = self.nodes.borrow_mut();
        let Kind::Element { attributes, .. } = &mut nodes[*target].kind else { return };
        for (name, value) in more.into_iter().map(pair) {
            if !attributes.iter().any(|(known, _)| *known == name) {
                attributes.push((name, value));
            }
        }
    }
    fn remove_from_parent(&self, target: &usize) {
        self.detach(*target);
    }
    fn reparent_children(&self, node: &usize, parent: &usize) {
        let mut nodes = self.nodes.borrow_mut();
        let moved = take(&mut nodes[*node].children);
        for &child in &moved {
            nodes[child].parent = Some(*parent);
        }
        nodes[*parent].children.extend(moved);
    }
}
