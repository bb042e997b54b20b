//! Signatures of records: Ed25519 (RFC 8032) in the format of minisign, so that its tool verifies them, too. Whoever holds the
//! secret key can sign; the public one can be given to anybody.

use std::io::Cursor;

use minisign::{KeyPair, PublicKey, PublicKeyBox, SecretKey, SecretKeyBox, SignatureBox};
use zeroize::Zeroizing;

/// What stands above a signature, unsigned.
const COMMENT: &str = "signature from qsproxy close; verify with minisign -V";

/// The secret key.
pub struct Secret {
    secret: SecretKey,
    public: PublicKey,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The public key.
#[derive(Debug)]
pub struct Public(PublicKey);

/// A new key as two files' texts: the secret one, without a password, and the public one.
///
/// # Errors
/// The operating system gives no randomness.
pub fn new_key() -> Result<(Zeroizing<String>, String), &'static str> {
    let failed = "no key can be made; the operating system gives no randomness";
    let KeyPair { pk, sk } = KeyPair::generate_unencrypted_keypair().map_err(|_| failed)?;
    let secret =
        sk.to_box(Some("qsproxy closing key, not encrypted: whoever reads it can sign")).map_err(|_| failed)?;
    Ok((Zeroizing::new(secret.into_string()), pk.to_box().map_err(|_| failed)?.into_string()))
}

impl Secret {
    /// Reads the text of a secret key's file.
    ///
    /// # Errors
    /// It is none, or has a password.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        let what = "this is no minisign secret key without a password; move it away and `qsproxy close` makes one";
        let secret =
            SecretKeyBox::from_string(text).and_then(SecretKeyBox::into_unencrypted_secret_key).map_err(|_| what)?;
        let public = PublicKey::from_secret_key(&secret).map_err(|_| what)?;
        Ok(Self { secret, public })
    }

    /// The text of the public key's file.
    #[must_use]
    pub fn public(&self) -> String {
        self.public.to_box().map(PublicKeyBox::into_string).unwrap_or_default()
    }

    /// Signs a record. `comment` is signed with it, and shown by minisign.
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub fn sign(&self, record: &str, comment: &str) -> Result<String, &'static str> {
        let signed =
            minisign::sign(Some(&self.public), &self.secret, Cursor::new(record), Some(comment), Some(COMMENT));
        signed.map(SignatureBox::into_string).map_err(|_| "the record cannot be signed")
    }
}

impl Public {
    /// Reads the text of a public key's file.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        PublicKeyBox::from_string(text).and_then(PublicKeyBox::into_public_key).ok().map(Self)
    }

    /// Whether this signature is of this record, by this key.
    #[must_use]
    pub fn verifies(&self, record: &str, signature: &str) -> bool {
        let Ok(found) = SignatureBox::from_string(signature) else { return false };
        // What is read past, such as the words before a comment, is not signed: it must be as it is always written.
        let is_verified = minisign::verify(&self.0, &found, Cursor::new(record), true, false, false).is_ok();
        is_verified && found.into_string().trim_end() == signature.trim_end()
    }
}
