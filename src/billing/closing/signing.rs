//! Signatures of records: Ed25519 (RFC 8032) in the format of minisign, whose command line tool verifies them, too.

use std::io::Cursor;

use minisign::{KeyPair, PublicKey, PublicKeyBox, SecretKey, SecretKeyBox, SignatureBox};
use zeroize::Zeroizing;

/// The unsigned comment above a signature.
const UNTRUSTED_COMMENT: &str = "signature from qsproxy close; verify with minisign -V";
/// What minisign puts before it.
const COMMENT_PREFIX: &str = "untrusted comment: ";
const SECRET_KEY_COMMENT: &str = "qsproxy closing key, not encrypted: anyone who can read it can sign";

/// The secret key. It has no password; anyone who can read its file can sign.
pub struct SigningKey {
    secret: SecretKey,
    public: PublicKey,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// The public key.
#[derive(Debug)]
pub struct VerifyingKey(PublicKey);

/// A public key as the second line of its file, in Base64.
#[derive(Debug, Clone)]
pub struct PublicKeyText {
    text: String,
    key: PublicKey,
}

impl PartialEq for PublicKeyText {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for PublicKeyText {}

impl PublicKeyText {
    /// Parses exactly what minisign writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let key = PublicKey::from_base64(text).ok()?;
        (key.to_base64() == text).then(|| Self { text: text.to_owned(), key })
    }

    /// The key.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.key.clone())
    }

    /// The identifier that minisign shows, in hexadecimal.
    #[must_use]
    pub fn id(&self) -> String {
        let file = self.file();
        file.lines().next().and_then(|comment| comment.rsplit(' ').next()).unwrap_or_default().to_owned()
    }

    /// The text of the key's file.
    #[must_use]
    pub fn file(&self) -> String {
        self.key.to_box().map(PublicKeyBox::into_string).unwrap_or_default()
    }
}

impl std::fmt::Display for PublicKeyText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// Generates a key. Returns the text of the secret key's file.
///
/// # Errors
/// The operating system provides no randomness.
pub fn generate_key() -> Result<Zeroizing<String>, &'static str> {
    let failed = "no key can be generated: the operating system provides no randomness";
    let KeyPair { sk, .. } = KeyPair::generate_unencrypted_keypair().map_err(|_| failed)?;
    let file = sk.to_box(Some(SECRET_KEY_COMMENT)).map_err(|_| failed)?;
    Ok(Zeroizing::new(file.into_string()))
}

impl SigningKey {
    /// Parses the text of a secret key's file.
    ///
    /// # Errors
    /// The text is not a secret key, or the key has a password.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let invalid = "this is not a minisign secret key without a password; restore it from a copy, or, if no month is closed yet, move it away and `qsproxy close` generates one";
        let secret =
            SecretKeyBox::from_string(text).and_then(SecretKeyBox::into_unencrypted_secret_key).map_err(|_| invalid)?;
        let public = PublicKey::from_secret_key(&secret).map_err(|_| invalid)?;
        Ok(Self { secret, public })
    }

    /// Returns the text of the public key's file.
    ///
    /// # Errors
    /// The public key cannot be encoded.
    pub fn public_key_text(&self) -> Result<String, &'static str> {
        self.public.to_box().map(PublicKeyBox::into_string).map_err(|_| "the public key cannot be encoded")
    }

    /// Returns the public key.
    #[must_use]
    pub fn public_key(&self) -> PublicKeyText {
        PublicKeyText { text: self.public.to_base64(), key: self.public.clone() }
    }

    /// Signs a record together with `comment`, which minisign shows.
    ///
    /// # Errors
    /// The operating system provides no randomness.
    pub fn sign(&self, record: &str, comment: &str) -> Result<String, &'static str> {
        let signed = minisign::sign(
            Some(&self.public),
            &self.secret,
            Cursor::new(record),
            Some(comment),
            Some(UNTRUSTED_COMMENT),
        );
        signed.map(SignatureBox::into_string).map_err(|_| "the record cannot be signed")
    }
}

impl VerifyingKey {
    /// Parses the text of a public key's file.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        PublicKeyBox::from_string(text).and_then(PublicKeyBox::into_public_key).ok().map(Self)
    }

    /// Returns whether this is a signature of this record with this key.
    #[must_use]
    pub fn verifies(&self, record: &str, signature: &str) -> bool {
        let Ok(parsed) = SignatureBox::from_string(signature) else { return false };
        let is_verified = minisign::verify(&self.0, &parsed, Cursor::new(record), true, false, false).is_ok();
        // The parser skips text that is not signed, such as the comment above a signature, and bytes after the 64 of the second
        // signature, whose base64 ends with two padding characters: the text must be as `sign` writes it.
        let has_our_comment = signature
            .strip_prefix(COMMENT_PREFIX)
            .is_some_and(|rest| rest.strip_prefix(UNTRUSTED_COMMENT).is_some_and(|rest| rest.starts_with('\n')));
        is_verified && has_our_comment && signature.ends_with("==\n") && parsed.into_string() == signature
    }

    /// Returns the key as text.
    #[must_use]
    pub fn key_text(&self) -> PublicKeyText {
        PublicKeyText { text: self.0.to_base64(), key: self.0.clone() }
    }
}
