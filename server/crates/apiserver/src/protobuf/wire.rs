//! Protobuf's wire format: tags, varints, length-delimited fields, and Go's words for what is wrong with them.

/// The wire types that upstream's messages have.
pub const VARINT: u8 = 0;
pub const DELIMITED: u8 = 2;

const EOF: &str = "unexpected EOF";
const OVERFLOW: &str = "proto: integer overflow";
const NEGATIVE: &str = "proto: negative length found during unmarshaling";

/// What is read, or what is wrong with it.
pub type Read<T> = Result<T, String>;

/// What stands before a field.
#[derive(Clone, Copy)]
pub struct Tag {
    pub number: u32,
    pub wire: u8,
}

/// Reads the next tag of a message that Go calls so; `None` at the end.
pub fn tag(rest: &mut &[u8], message: &str) -> Read<Option<Tag>> {
    if rest.is_empty() {
        return Ok(None);
    }
    let tag = varint(rest)?;
    let (number, wire) = ((tag >> 3) as i32, (tag & 7) as u8);
    if wire == 4 {
        return Err(format!(
            "proto: {message}: wiretype end group for non-group"
        ));
    }
    match u32::try_from(number) {
        Ok(number) if number > 0 => Ok(Some(Tag { number, wire })),
        _ => Err(format!(
            "proto: {message}: illegal tag {number} (wire type {tag})"
        )),
    }
}

/// A number.
pub fn varint(rest: &mut &[u8]) -> Read<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, tail) = rest.split_first().ok_or(EOF)?;
        *rest = tail;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(OVERFLOW.to_owned())
}

/// A text, bytes or a message.
pub fn delimited<'a>(rest: &mut &'a [u8]) -> Read<&'a [u8]> {
    let length = varint(rest)?;
    let length = match i64::try_from(length) {
        Ok(length) => usize::try_from(length).map_err(|_| NEGATIVE)?,
        Err(_) => return Err(NEGATIVE.to_owned()),
    };
    take(rest, length)
}

/// Passes a field that is not known, groups among them.
pub fn skip(rest: &mut &[u8], wire: u8) -> Read<()> {
    let mut wire = wire;
    let mut depth = 0_usize;
    loop {
        match wire {
            0 => {
                varint(rest)?;
            }
            1 => {
                take(rest, 8)?;
            }
            2 => {
                delimited(rest)?;
            }
            3 => depth += 1,
            4 if depth == 0 => return Err("proto: unexpected end of group".to_owned()),
            4 => depth -= 1,
            5 => {
                take(rest, 4)?;
            }
            other => return Err(format!("proto: illegal wireType {other}")),
        }
        if depth == 0 {
            return Ok(());
        }
        wire = (varint(rest)? & 7) as u8;
    }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Read<&'a [u8]> {
    let (taken, tail) = rest.split_at_checked(length).ok_or(EOF)?;
    *rest = tail;
    Ok(taken)
}
