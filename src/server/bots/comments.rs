//! Which part of a `User-Agent` describes a device. Makers choose the names of models and builds freely, so they are never
//! searched for the names of robots: "M bot 60", "Spider 8" and the build "AP3A.240617.008" belong to people's phones.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::server::bots::ascii::{contains, find, starts_with};

/// What a comment contains that describes a phone, a tablet, a television set, a console or a watch.
const DEVICE_MARKS: [&str; 45] = [
    "; lge;",
    " build/",
    "wpdesktop",
    "android",
    "; adr ",
    "hbbtv",
    "midp",
    "cldc",
    "j2me",
    "blackberry",
    "bb10",
    "symbian",
    "series60",
    "series40",
    "tizen",
    "web0s",
    "webos",
    "smart-tv",
    "smarttv",
    "smart tv",
    "dtv",
    "bdplayer",
    "netcast",
    "kreatv",
    "philips",
    "philco",
    "roku",
    "windows phone",
    "iemobile",
    "windows ce",
    "windows mobile",
    "kaios",
    "harmony",
    "maemo",
    "meego",
    "bada",
    "brew",
    "maui",
    "playstation",
    "nintendo",
    "xbox",
    "cros ",
    "apple tv",
    "tvos",
    "yunos",
];

/// What precedes a comment that describes a device: `Instagram 406.0 Android (35/15; 480dpi; …)`.
const BEFORE_DEVICE: [&str; 3] = ["android", "android/", "hbbtv/"];

/// What a comment starts with that describes a device: Firefox on phones and tablets and LG's television sets leave the system out.
const DEVICE_STARTS: [&[u8]; 4] = [b"mobile;", b"tablet;", b"phone;", b"lge;"];

/// What robots write before their name in a comment that otherwise describes the device they imitate.
const DECLARATION: &[u8] = b"compatible;";

/// The same within the comment. `Android 4.4.4 Compatible; MODEL` describes a device.
const LATER_DECLARATION: &[u8] = b"; compatible;";

/// Precedes the name of a browser rather than a robot's: Internet Explorer, also on phones.
const INTERNET_EXPLORER: &[u8] = b"msie";

/// Google's robots that imitate a phone write their name into its comment: `Storebot-Google/1.0`.
const GOOGLE_SUFFIX: &[u8] = b"-Google/";

/// In the brackets of Facebook's apps, `FBDV/` precedes the model.
const FACEBOOK_FIELD: &[u8] = b"fban/";

static MARKS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(DEVICE_MARKS).ok()
});

/// An agent without what describes a device, as bytes in which names can be searched.
pub(super) fn without_devices(agent: &[u8]) -> Vec<u8> {
    let mut rest = agent;
    let mut kept = Vec::with_capacity(agent.len());
    if !agent.contains(&b'(') && contains(agent, b"android") && agent.contains(&b';') {
        return kept;
    }
    let is_television = contains(agent, b"hbbtv");
    while let Some(start) = rest.iter().position(|&byte| is_opening(byte)) {
        let (before, comment_on) = rest.split_at_checked(start).unwrap_or((rest, &[]));
        let (comment, after) = comment_on.split_at_checked(comment_bytes(comment_on)).unwrap_or((comment_on, &[]));
        kept.extend_from_slice(before);
        if is_television || describes_device(before, comment) {
            kept.push(b'(');
            kept.extend_from_slice(declaration(comment));
            kept.push(b')');
        } else {
            kept.extend_from_slice(comment);
        }
        rest = after;
    }
    kept.extend_from_slice(rest);
    kept
}

fn is_opening(byte: u8) -> bool {
    matches!(byte, b'(' | b'[' | b'{')
}

/// The length of the comment that `text` starts with, including those nested in it (RFC 9110 section 5.6.5). One that does not
/// end reaches to the end of the text.
fn comment_bytes(text: &[u8]) -> usize {
    let mut depth = 0_usize;
    let end = text.iter().position(|&byte| {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    });
    end.map_or(text.len(), |end| end + 1)
}

fn describes_device(before: &[u8], comment: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    let content = comment.get(1..).unwrap_or_default();
    if starts_with(content, DECLARATION) && !contains(content, INTERNET_EXPLORER) {
        return false;
    }
    let follows_device = BEFORE_DEVICE.iter().any(|mark| {
        let version = before.iter().rev().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
        let without_version = before.get(..before.len() - version).unwrap_or_default();
        let start = without_version.len().checked_sub(mark.len());
        start
            .and_then(|start| without_version.get(start..))
            .is_some_and(|end| end.eq_ignore_ascii_case(mark.as_bytes()))
    });
    follows_device
        || DEVICE_STARTS.iter().any(|start| starts_with(content, start))
        || starts_with(content, FACEBOOK_FIELD)
        || MARKS.as_ref().is_some_and(|marks| marks.is_match(comment))
}

/// The part of a device's comment in which a robot declares itself, empty if there is none.
fn declaration(comment: &[u8]) -> &[u8] {
    let from = |at: usize| comment.get(at..).unwrap_or_default();
    if let Some(at) = memchr::memmem::find(comment, GOOGLE_SUFFIX) {
        let name = comment.get(..at).and_then(|before| before.iter().rposition(|&byte| byte == b' '));
        return from(name.unwrap_or(at));
    }
    let at = find(comment, LATER_DECLARATION).filter(|_| !contains(comment, INTERNET_EXPLORER));
    at.map_or(&[], from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_out_what_describes_a_device() {
        for (agent, kept) in [
            ("Mozilla/5.0 (Linux; Android 13; Spider 8) AppleWebKit/537.36", "Mozilla/5.0 () AppleWebKit/537.36"),
            ("Mozilla/5.0 (Linux; Android 12; Moto (2022)) X/1", "Mozilla/5.0 () X/1"),
            ("Mozilla/5.0 (Linux; Android 13; Spider 8", "Mozilla/5.0 ()"),
            ("Mozilla/5.0 (Mobile; BotPhone; rv:48.0) Gecko/48.0", "Mozilla/5.0 () Gecko/48.0"),
            ("X/1 Android (31/12; 480dpi; maker; BOT 5) Y", "X/1 Android () Y"),
            ("Linux; U; Android 10; pt; M bot 60; Build/Q; Cronet/114.0", ""),
            ("X HbbTV/1.2.1 (;BOTECH;BOT TV;1.0;;) FVC/5.0 (BOTECH;;)", "X HbbTV/1.2.1 () FVC/5.0 ()"),
            ("X [FBAN/FB4A;FBDV/M bot 60;FBAV/1]", "X ()"),
            (
                "Mozilla/5.0 (compatible; MSIE 10.0; Windows Phone 8.0; IEMobile/10.0; MAKER; Spider 8)",
                "Mozilla/5.0 ()",
            ),
        ] {
            assert_eq!(String::from_utf8(without_devices(agent.as_bytes())).unwrap(), kept, "{agent}");
        }
    }

    #[test]
    fn keeps_what_a_robot_declares() {
        for (agent, kept) in [
            ("X (compatible; Xbot/1; Linux; Android 4)", "X (compatible; Xbot/1; Linux; Android 4)"),
            ("X (Linux; Android 8; Pixel 2 Build/OPD3; Storebot-Google/1.0) Y", "X ( Storebot-Google/1.0)) Y"),
            ("X (Linux; Android 6; Nexus 5X; compatible; Xbot/2.1)", "X (; compatible; Xbot/2.1))"),
            ("X (Windows NT 10.0; Xbot/1)", "X (Windows NT 10.0; Xbot/1)"),
        ] {
            assert_eq!(String::from_utf8(without_devices(agent.as_bytes())).unwrap(), kept, "{agent}");
        }
    }
}
