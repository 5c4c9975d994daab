//! Writing protobuf messages.

/// A message under way.
pub type Writer = Vec<u8>;

/// Appends a string, bytes or a message.
pub fn bytes_field(message: &mut Writer, number: u32, bytes: &[u8]) {
    varint(message, u64::from(number << 3 | 2));
    varint(message, bytes.len() as u64);
    message.extend_from_slice(bytes);
}

/// Appends a number; a negative one has ten bytes, as Go's have.
pub fn number_field(message: &mut Writer, number: u32, value: u64) {
    varint(message, u64::from(number << 3));
    varint(message, value);
}

/// Appends a message that is written in place.
pub fn nested_field(message: &mut Writer, number: u32, write: impl FnOnce(&mut Writer)) {
    varint(message, u64::from(number << 3 | 2));
    let start = message.len();
    // most are short: one byte tells the length of those
    message.push(0);
    write(message);
    let len = message.len() - start - 1;
    if len < 0x80 {
        message[start] = len as u8;
        return;
    }
    let mut head = Writer::with_capacity(4);
    varint(&mut head, len as u64);
    message.splice(start..=start, head);
}

fn varint(message: &mut Writer, mut value: u64) {
    while value >= 0x80 {
        message.push(value as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}
