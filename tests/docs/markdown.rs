//! Fenced code blocks of a Markdown page (CommonMark section 4.5).

/// A code block.
pub struct Block {
    /// What follows the opening fence.
    pub info: String,
    /// The content, each line with its end.
    pub text: String,
    /// The line of the opening fence, from 1.
    pub line: usize,
}

/// Every code block of a page, in order. An indented fence, as in a list, counts too.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in page.lines().enumerate() {
        let fence = line.trim_start().strip_prefix("```");
        match (&mut open, fence) {
            (None, Some(info)) => {
                open = Some(Block { info: info.trim().to_owned(), text: String::new(), line: index + 1 });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a code block has no end");
    blocks
}
