//! Hexadecimal digits of a number.

/// Adds the digits of `number`. Listings make one ETag per file, and the formatting machinery would be a tenth of their time.
pub(crate) fn push_hex(text: &mut String, number: u64) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = (64 - number.leading_zeros()).div_ceil(4).max(1);
    for digit in (0..digits).rev() {
        text.push(char::from(DIGITS[(number >> (4 * digit)) as usize & 15]));
    }
}

#[cfg(test)]
mod tests {
    use super::push_hex;

    #[test]
    fn hexadecimal_is_that_of_the_standard_library() {
        for number in [0, 1, 15, 16, 255, 0xdead_beef, u64::MAX] {
            let mut text = String::new();
            push_hex(&mut text, number);
            assert_eq!(text, format!("{number:x}"));
        }
    }
}
