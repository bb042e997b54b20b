//! Passwords and keys given a value: `password: value`, `api_key=value`.

use crate::fields::pii::PiiKind;
use crate::fields::pii::spans::Claims;

/// Words that end the name of a password, lower case. Compounds end with them.
const PASSWORDS: [&str; 19] = [
    "password",
    "passwd",
    "passwort",
    "passphrase",
    "pwd",
    "kennwort",
    "mot de passe",
    "mdp",
    "contraseña",
    "contrasena",
    "clave",
    "senha",
    "wachtwoord",
    "lösenord",
    "hasło",
    "пароль",
    "密码",
    "密碼",
    "パスワード",
];

/// Names of machine keys, whose values are recognised by holding a digit.
const KEYS: [&str; 12] = [
    "api_key",
    "apikey",
    "api-key",
    "api key",
    "secret",
    "secret_key",
    "access_key",
    "private_key",
    "token",
    "client_secret",
    "auth_key",
    "account_key",
];

/// What follows a password's name when somebody asks about it or writes code.
const NO_VALUES: [&str; 32] = [
    "how",
    "what",
    "where",
    "why",
    "when",
    "who",
    "the",
    "for",
    "forgot",
    "forgotten",
    "reset",
    "change",
    "not",
    "wrong",
    "incorrect",
    "invalid",
    "required",
    "vergessen",
    "ändern",
    "falsch",
    "wie",
    "was",
    "oublié",
    "olvidada",
    "cómo",
    "null",
    "none",
    "true",
    "false",
    "string",
    "str",
    "undefined",
];

/// How much of a value is looked at to tell whether it is one. The bound keeps
/// the work linear where every word of a long text assigns something.
const LONGEST_LOOK: usize = 32;

/// Claims the value in `password: value` and `api_key=value`.
pub(super) fn find(text: &str, claims: &mut Claims) {
    for (at, _) in text.match_indices([':', '=']) {
        let name = text.get(..at).unwrap_or_default();
        let name = name.strip_suffix(' ').unwrap_or(name);
        let name = name.trim_end_matches(['"', '\'']);
        if !name.ends_with(char::is_alphabetic) {
            continue;
        }
        let password = PASSWORDS.iter().any(|word| ends_with(name, word));
        if !password && !KEYS.iter().any(|word| ends_with(name, word)) {
            continue;
        }
        let rest = text.get(at + 1..).unwrap_or_default();
        let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
        let rest = rest.trim_start_matches([' ', '"', '\'']);
        let start = text.len() - rest.len();
        if claims.free(&(at..at + 1)) && is_value(value(rest, LONGEST_LOOK), password) {
            claims.claim(PiiKind::Secret, start..start + value(rest, usize::MAX).len());
        }
    }
}

/// The word `text` begins with, without closing punctuation, looking no further
/// than `most` bytes.
fn value(text: &str, most: usize) -> &str {
    let end = text.char_indices().find(|(at, c)| c.is_whitespace() || *at >= most);
    let word = text.get(..end.map_or(text.len(), |(at, _)| at)).unwrap_or_default();
    word.trim_end_matches(['"', '\'', ',', ';'])
}

fn is_value(value: &str, password: bool) -> bool {
    let code = value.starts_with(['$', '[', '{', '<', '(', '&', '=', '%']);
    let enough = if password {
        value.chars().nth(2).is_some()
    } else {
        value.len() >= 8 && value.bytes().any(|b| b.is_ascii_digit())
    };
    let word = value.trim_end_matches(['?', '.', '!']);
    !code && enough && value.chars().any(char::is_alphanumeric) && !NO_VALUES.iter().any(|no| same(word, no))
}

fn same(text: &str, word: &str) -> bool {
    text.chars().flat_map(char::to_lowercase).eq(word.chars())
}

/// Whether `text` ends with the lower-case `word`, whatever its own case.
fn ends_with(text: &str, word: &str) -> bool {
    let (last, sought) = (text.bytes().next_back(), word.bytes().next_back());
    let (Some(last), Some(sought)) = (last, sought) else {
        return false;
    };
    if last.is_ascii() && !last.eq_ignore_ascii_case(&sought) {
        return false;
    }
    let mut signs = text.chars().rev().flat_map(char::to_lowercase);
    word.chars().rev().all(|c| signs.next() == Some(c))
}
