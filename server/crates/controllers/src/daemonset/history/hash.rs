//! The short name of a template (DS-41).

use orrery_clock::NAME_ALPHABET;

const FNV32_OFFSET: u32 = 2_166_136_261;
const FNV32_PRIME: u32 = 16_777_619;

/// FNV-1a of the template's text and, after a collision, of the count; its decimal digits written
/// with the letters of generated names.
pub fn revision_hash(template: &str, collision_count: Option<i32>) -> String {
    let count = collision_count.map(|count| i64::from(count).to_le_bytes());
    let bytes = template.bytes().chain(count.into_iter().flatten());
    let hash = bytes.fold(FNV32_OFFSET, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(FNV32_PRIME)
    });
    let letter = |digit: u8| char::from(NAME_ALPHABET[usize::from(digit) % NAME_ALPHABET.len()]);
    hash.to_string().bytes().map(letter).collect()
}
