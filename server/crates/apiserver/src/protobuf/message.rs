//! Writing protobuf messages, as far as one document needs it.

/// A message under way.
pub type Writer = Vec<u8>;

/// Appends a string, bytes or a message.
pub fn bytes_field(message: &mut Writer, number: u32, bytes: &[u8]) {
    varint(message, u64::from(number << 3 | 2));
    varint(message, bytes.len() as u64);
    message.extend_from_slice(bytes);
}

fn varint(message: &mut Writer, mut value: u64) {
    while value >= 0x80 {
        message.push(value as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}
