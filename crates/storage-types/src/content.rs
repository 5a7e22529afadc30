//! What can be written: bytes and text of every usual type.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

/// Content for a write: bytes or text, owned or borrowed.
///
/// What is owned (`Bytes`, `Vec<u8>`, `String`, boxes, `Arc`s) is taken over without a copy. What is borrowed (`&str`,
/// `&[u8]`, arrays and references to them) is copied once; [`Bytes::from_static`] spares that for large constants.
///
/// ```
/// use storage_types::IntoBytes;
///
/// let word = String::from("word");
/// assert_eq!(b"word".into_bytes(), word.as_str().into_bytes());
/// assert_eq!(word.into_bytes(), [119, 111, 114, 100]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no content that can be written",
    label = "neither bytes nor text",
    note = "content is `Bytes`, `Vec<u8>`, `String`, `&str`, `&[u8]`, an array of bytes, a `Cow`, a `Box` or an `Arc` of those",
    note = "numbers and the like are written as text: `value.to_string()`; structs are serialised before"
)]
pub trait IntoBytes {
    /// The content as shared bytes.
    fn into_bytes(self) -> Bytes;
}

macro_rules! owned {
    ($($type:ty),+) => {$(
        impl IntoBytes for $type {
            fn into_bytes(self) -> Bytes {
                Bytes::from(self)
            }
        }
    )+};
}

macro_rules! borrowed {
    ($as_bytes:ident: $($type:ty),+) => {$(
        impl IntoBytes for &$type {
            fn into_bytes(self) -> Bytes {
                Bytes::copy_from_slice(self.$as_bytes())
            }
        }
    )+};
}

owned!(Bytes, BytesMut, Vec<u8>, String, Box<[u8]>);
borrowed!(as_ref: [u8], Vec<u8>, Box<[u8]>, Cow<'_, [u8]>);
borrowed!(as_bytes: str, String, Box<str>, Cow<'_, str>);

impl IntoBytes for &Bytes {
    fn into_bytes(self) -> Bytes {
        self.clone()
    }
}

impl IntoBytes for Box<str> {
    fn into_bytes(self) -> Bytes {
        self.into_string().into_bytes().into()
    }
}

impl IntoBytes for Arc<[u8]> {
    fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl IntoBytes for Arc<str> {
    fn into_bytes(self) -> Bytes {
        Bytes::from_owner(Arc::<[u8]>::from(self))
    }
}

impl<const N: usize> IntoBytes for [u8; N] {
    fn into_bytes(self) -> Bytes {
        Bytes::copy_from_slice(&self)
    }
}

impl<const N: usize> IntoBytes for &[u8; N] {
    fn into_bytes(self) -> Bytes {
        Bytes::copy_from_slice(self)
    }
}

impl IntoBytes for Cow<'_, [u8]> {
    fn into_bytes(self) -> Bytes {
        match self {
            Cow::Borrowed(bytes) => Bytes::copy_from_slice(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        }
    }
}

impl IntoBytes for Cow<'_, str> {
    fn into_bytes(self) -> Bytes {
        match self {
            Cow::Borrowed(text) => Bytes::copy_from_slice(text.as_bytes()),
            Cow::Owned(text) => Bytes::from(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(content: impl IntoBytes) {
        assert_eq!(content.into_bytes(), b"abc"[..]);
    }

    #[test]
    fn every_usual_type_is_content() {
        let (text, bytes) = (String::from("abc"), b"abc".to_vec());
        same("abc");
        same(b"abc");
        same(*b"abc");
        same(&text);
        same(&text[..]);
        same(&bytes);
        same(&bytes[..]);
        let cow = Cow::from(&text);
        same(&cow);
        same(cow);
        same(Cow::from(&bytes));
        same(Cow::<str>::Owned(text.clone()));
        same(Arc::<str>::from(text.as_str()));
        same(Arc::<[u8]>::from(&bytes[..]));
        same(text.clone().into_boxed_str());
        same(bytes.clone().into_boxed_slice());
        same(BytesMut::from(&bytes[..]));
        let shared = Bytes::from(bytes.clone());
        same(&shared);
        same(shared);
        same(text);
        same(bytes);
    }

    #[test]
    fn what_is_owned_is_not_copied() {
        let (text, shared) = (String::from("abc"), Arc::<[u8]>::from(&b"abc"[..]));
        let (at_text, at_shared) = (text.as_ptr(), shared.as_ptr());
        let (text, shared) = (IntoBytes::into_bytes(text), IntoBytes::into_bytes(shared));
        assert_eq!((text.as_ptr(), shared.as_ptr()), (at_text, at_shared));
    }
}
