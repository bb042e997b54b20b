//! Credentials: a value assigned to the name of a password or key (`password: value`, `api_key=value`).

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::fields::pii::kind::PiiKind;
use crate::fields::pii::spans::Spans;

/// Names of passwords, lower case. A compound matches by its end.
const PASSWORD_NAMES: [&str; 80] = [
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
    "parola",
    "parola d'ordine",
    "parola d’ordine",
    "palavra-passe",
    "palavra passe",
    "password wifi",
    "wifi key",
    "heslo",
    "jelszó",
    "jelszo",
    "şifre",
    "sifre",
    "parola şifre",
    "κωδικός",
    "κωδικος",
    "κωδικός πρόσβασης",
    "كلمة المرور",
    "كلمة السر",
    "الرقم السري",
    "رمز عبور",
    "رمز",
    "סיסמה",
    "סיסמא",
    "पासवर्ड",
    "পাসওয়ার্ড",
    "비밀번호",
    "암호",
    "暗証番号",
    "口令",
    "salasana",
    "adgangskode",
    "passord",
    "lösen",
    "haslo",
    "kodeord",
    "lozinka",
    "šifra",
    "geslo",
    "parool",
    "slaptažodis",
    "parole",
    "mật khẩu",
    "mat khau",
    "kata sandi",
    "sandi",
    "kata laluan",
    "รหัสผ่าน",
    "пароля",
    "пін",
    "رمز المرور",
    "رمز السر",
    "κωδικός μου",
    "ο κωδικός μου",
    "סיסמה שלי",
    "הסיסמה שלי",
    "הסיסמא שלי",
    "jelszavam",
    "비번",
    "şifrem",
    "sifrem",
    "parolam",
];

/// Names of API keys and tokens, lower case. Their values contain a digit.
const KEY_NAMES: [&str; 12] = [
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

/// Words after a password's name that are no value: questions about passwords, and code.
const NON_VALUES: [&str; 32] = [
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

/// Bytes of a value that are examined. The limit keeps the time linear if every word of a long text is an assignment.
const MAX_EXAMINED_BYTES: usize = 32;

/// Words between the name of a password and its value. In scripts without spaces, the value may follow directly.
const IS_WORDS: [&str; 25] = [
    " is ",
    " ist ",
    " lautet ",
    " est ",
    " es ",
    " è ",
    " é ",
    " to ",
    " är ",
    " er ",
    " on ",
    " je ",
    " это ",
    " = ",
    " हे ",
    " है ",
    " είναι ",
    " היא ",
    " הוא ",
    " هي ",
    " هو ",
    "は",
    "是",
    "为",
    "為",
];

/// Finds one of [`IS_WORDS`] in one pass.
static IS_AUTOMATON: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(IS_WORDS).ok());

/// Passwords that a phrase gives: `my password is value`.
pub(super) fn find_phrases(text: &str, spans: &mut Spans) {
    if !IS_AUTOMATON.as_ref().is_some_and(|words| words.is_match(text)) {
        return;
    }
    for is_word in IS_WORDS {
        for (at, _) in text.match_indices(is_word) {
            let name = text.get(..at).unwrap_or_default();
            if !PASSWORD_NAMES.iter().any(|word| ends_with(name, word)) {
                continue;
            }
            let rest = text.get(at + is_word.len()..).unwrap_or_default();
            let word = leading_word(rest.trim_start(), usize::MAX);
            let start = text.len() - rest.trim_start().len();
            let ends_ascii = word.find(|c: char| !c.is_ascii_graphic()).unwrap_or(word.len());
            let word =
                if word.starts_with(|c: char| c.is_ascii()) { word.get(..ends_ascii).unwrap_or(word) } else { word };
            // A word alone is a statement about the password: "is wrong".
            let has_digit = word.chars().any(|c| c.is_ascii_digit()) && word.chars().any(char::is_alphabetic);
            if has_digit && is_credential(word, true) {
                spans.add(PiiKind::Secret, start..start + word.len());
            }
        }
    }
}

/// Finds the value in `password: value` and `api_key=value`.
pub(super) fn find(text: &str, spans: &mut Spans) {
    for (at, _) in text.match_indices([':', '=']) {
        let name = text.get(..at).unwrap_or_default();
        let name = name.strip_suffix(' ').unwrap_or(name);
        let name = name.trim_end_matches(['"', '\'']);
        if name.ends_with(|c: char| c.is_ascii() && !c.is_ascii_alphabetic()) {
            continue;
        }
        let is_password = PASSWORD_NAMES.iter().any(|word| ends_with(name, word));
        if !is_password && !KEY_NAMES.iter().any(|word| ends_with(name, word)) {
            continue;
        }
        let rest = text.get(at + 1..).unwrap_or_default();
        let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
        let rest = rest.trim_start_matches([' ', '"', '\'']);
        let start = text.len() - rest.len();
        if spans.is_free(&(at..at + 1)) && is_credential(leading_word(rest, MAX_EXAMINED_BYTES), is_password) {
            spans.add(PiiKind::Secret, start..start + leading_word(rest, usize::MAX).len());
        }
    }
}

/// The word at the beginning of `text`, without closing punctuation. Examines up to `max` bytes.
fn leading_word(text: &str, max: usize) -> &str {
    let end = text.char_indices().find(|(at, c)| c.is_whitespace() || *at >= max);
    let word = text.get(..end.map_or(text.len(), |(at, _)| at)).unwrap_or_default();
    word.trim_end_matches(['"', '\'', ',', ';'])
}

/// True if the value can be a password or, otherwise, a key.
fn is_credential(value: &str, is_password: bool) -> bool {
    let is_code = value.starts_with(['$', '[', '{', '<', '(', '&', '=', '%']);
    let long_enough = if is_password {
        value.chars().nth(2).is_some()
    } else {
        value.len() >= 8 && value.bytes().any(|b| b.is_ascii_digit())
    };
    let word = value.trim_end_matches(['?', '.', '!']);
    !is_code
        && long_enough
        && value.chars().any(char::is_alphanumeric)
        && !NON_VALUES.iter().any(|other| eq_ignore_case(word, other))
}

/// Compares `text` with a lower-case word.
fn eq_ignore_case(text: &str, word: &str) -> bool {
    text.chars().flat_map(char::to_lowercase).eq(word.chars())
}

/// True if `text` ends with the lower-case `word` in any case.
fn ends_with(text: &str, word: &str) -> bool {
    let (Some(last), Some(expected)) = (text.bytes().next_back(), word.bytes().next_back()) else {
        return false;
    };
    // Most names fail here, at the cost of one comparison.
    if last.is_ascii() && !last.eq_ignore_ascii_case(&expected) {
        return false;
    }
    let mut reversed = text.chars().rev().flat_map(char::to_lowercase);
    word.chars().rev().all(|c| reversed.next() == Some(c))
}
