//! Reads the log that `strace -f -yy -xx` writes.

/// One call.
pub struct SystemCall {
    pub name: String,
    /// All arguments as they are in the log.
    pub arguments: String,
    /// What the first argument is open on: `<TCP:[127.0.0.1:80->127.0.0.1:4711]>`, `</tmp/file>`; empty if it is no descriptor.
    pub target: String,
    /// The texts among the arguments, decoded.
    pub texts: Vec<Vec<u8>>,
}

/// Parses one line: `PID name(arguments) = result`. A call that another thread interrupts is logged in two lines, of which the first
/// has the arguments of the calls that are traced here.
pub fn parse(line: &str) -> Option<SystemCall> {
    let (_, call) = line.split_once(' ')?;
    let (name, rest) = call.trim_start().split_once('(')?;
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return None;
    }
    let (mut texts, mut arguments, mut target) = (Vec::new(), String::new(), String::new());
    for (number, part) in rest.split('"').enumerate() {
        match number % 2 {
            // Every character of a text is an escape, so none contains a quotation mark.
            1 => texts.push(decode(part)),
            _ => arguments.push_str(part),
        }
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if rest[digits..].starts_with('<') && digits > 0 {
        target = rest[digits..].split([',', ')']).next().unwrap_or_default().to_owned();
    }
    // A path in the name of a descriptor is hexadecimal, too.
    let target = if target.contains("\\x") { String::from_utf8_lossy(&decode(&target)).into_owned() } else { target };
    Some(SystemCall { name: name.to_owned(), arguments, target, texts })
}

/// Decodes `\x2f\x74…`; other characters stay.
fn decode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("\\x") {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        bytes.push(u8::from_str_radix(&rest[at + 2..at + 4], 16).expect("two digits"));
        rest = &rest[at + 4..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}
