//! Protobuf's wire format: tags, varints, length-delimited fields.

use super::NotProtobuf;

/// A field's payload.
pub enum Payload<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Reads the next field's number and payload; `None` at the end.
pub fn next_field<'a>(rest: &mut &'a [u8]) -> Result<Option<(u32, Payload<'a>)>, NotProtobuf> {
    if rest.is_empty() {
        return Ok(None);
    }
    let tag = varint(rest)?;
    let number = u32::try_from(tag >> 3).map_err(|_| NotProtobuf("a field number is too large"))?;
    let payload = match tag & 7 {
        0 => Payload::Number(varint(rest)?),
        1 => Payload::Bytes(take(rest, 8)?),
        2 => {
            let length =
                usize::try_from(varint(rest)?).map_err(|_| NotProtobuf("a field is too long"))?;
            Payload::Bytes(take(rest, length)?)
        }
        5 => Payload::Bytes(take(rest, 4)?),
        _ => return Err(NotProtobuf("a field has an unknown wire type")),
    };
    Ok(Some((number, payload)))
}

fn varint(rest: &mut &[u8]) -> Result<u64, NotProtobuf> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, tail) = rest.split_first().ok_or(NotProtobuf("unexpected EOF"))?;
        *rest = tail;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(NotProtobuf("proto: integer overflow"))
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], NotProtobuf> {
    let (taken, tail) = rest
        .split_at_checked(length)
        .ok_or(NotProtobuf("unexpected EOF"))?;
    *rest = tail;
    Ok(taken)
}
