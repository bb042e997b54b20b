//! A second parser: html5ever, which implements the WHATWG parsing algorithm of browsers, with a small tree of our own. Nodes are in
//! one list and refer to one another by index, thus a deep tree needs no deep recursion.

use std::borrow::Cow;
use std::cell::RefCell;
use std::mem::take;

use html5ever::interface::{ElemName, ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink as _};
use html5ever::{Attribute, LocalName, Namespace, ParseOpts, QualName, parse_document};

/// The index of the document.
pub const DOCUMENT: usize = 0;

/// The kind of a node.
#[derive(Debug)]
pub enum NodeKind {
    Document,
    /// Namespace, name and attributes. A namespaced attribute has its prefix.
    Element {
        namespace: String,
        name: String,
        attributes: Vec<(String, String)>,
    },
    Text(String),
    /// A comment or a processing instruction.
    Other(String),
    /// The contents of a template.
    Contents,
}

#[derive(Debug)]
pub struct Node {
    pub kind: NodeKind,
    pub parent: Option<usize>,
    pub children: Vec<usize>,
    qualified: Option<QualName>,
    contents: Option<usize>,
}

/// A parsed page.
#[derive(Debug)]
pub struct Dom {
    pub nodes: Vec<Node>,
    /// The number of doctypes.
    pub doctypes: usize,
}

impl Dom {
    /// Parses a page as a browser would, with or without scripting.
    pub fn parse(page: &str, scripting: bool) -> Self {
        let mut options = ParseOpts::default();
        options.tree_builder.scripting_enabled = scripting;
        options.tree_builder.exact_errors = false;
        let sink = Sink::default();
        sink.add(NodeKind::Document, None);
        parse_document(sink, options).one(page)
    }

    /// The name of an element; empty for other nodes.
    pub fn name(&self, at: usize) -> &str {
        match &self.nodes[at].kind {
            NodeKind::Element { name, .. } => name,
            _ => "",
        }
    }

    pub fn attribute(&self, at: usize, wanted: &str) -> Option<&str> {
        let NodeKind::Element { attributes, .. } = &self.nodes[at].kind else { return None };
        attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }

    /// The children that are elements.
    pub fn elements(&self, at: usize) -> Vec<usize> {
        let is_element = |&&child: &&usize| matches!(self.nodes[child].kind, NodeKind::Element { .. });
        self.nodes[at].children.iter().filter(is_element).copied().collect()
    }

    /// A node and everything in it, in document order.
    pub fn descendants(&self, at: usize) -> Vec<usize> {
        let (mut found, mut ahead) = (Vec::new(), vec![at]);
        while let Some(next) = ahead.pop() {
            found.push(next);
            ahead.extend(self.nodes[next].contents);
            ahead.extend(self.nodes[next].children.iter().rev());
        }
        found
    }

    /// The text in a node.
    pub fn text(&self, at: usize) -> String {
        let text = |at: usize| match &self.nodes[at].kind {
            NodeKind::Text(text) => text.as_str(),
            _ => "",
        };
        self.descendants(at).into_iter().map(text).collect()
    }
}

#[derive(Default)]
struct Sink {
    nodes: RefCell<Vec<Node>>,
    doctypes: RefCell<usize>,
}

/// An owned name, because the list of nodes is in a `RefCell`.
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

fn qualified_name(name: &QualName) -> String {
    name.prefix.as_ref().map_or_else(|| name.local.to_string(), |prefix| format!("{prefix}:{}", name.local))
}

fn pair(attribute: Attribute) -> (String, String) {
    (qualified_name(&attribute.name), attribute.value.to_string())
}

impl Sink {
    fn add(&self, kind: NodeKind, qualified: Option<QualName>) -> usize {
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

    /// Inserts a child before a sibling or at the end.
    fn put(&self, parent: usize, before: Option<usize>, child: NodeOrText<usize>) {
        let at = before.and_then(|next| self.nodes.borrow()[parent].children.iter().rposition(|&node| node == next));
        let at = at.unwrap_or_else(|| self.nodes.borrow()[parent].children.len());
        let child = match child {
            NodeOrText::AppendText(text) => {
                let mut nodes = self.nodes.borrow_mut();
                let left = at.checked_sub(1).map(|left| nodes[parent].children[left]);
                if let Some(NodeKind::Text(known)) = left.map(|left| &mut nodes[left].kind) {
                    known.push_str(&text);
                    return;
                }
                drop(nodes);
                self.add(NodeKind::Text(text.to_string()), None)
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
        let kind = NodeKind::Element {
            namespace: name.ns.to_string(),
            name: qualified_name(&name),
            attributes: attributes.into_iter().map(pair).collect(),
        };
        let made = self.add(kind, Some(name));
        if flags.template {
            let contents = self.add(NodeKind::Contents, None);
            self.nodes.borrow_mut()[made].contents = Some(contents);
        }
        made
    }
    fn create_comment(&self, text: StrTendril) -> usize {
        self.add(NodeKind::Other(text.to_string()), None)
    }
    fn create_pi(&self, target: StrTendril, data: StrTendril) -> usize {
        self.add(NodeKind::Other(format!("{target} {data}")), None)
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
        let NodeKind::Element { attributes, .. } = &mut nodes[*target].kind else { return };
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
