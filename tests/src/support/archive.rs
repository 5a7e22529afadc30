//! Zip archives as others make them, well-meaning and not: built by hand, byte by byte, so that nothing of the library
//! is in them.

/// One entry of an archive; contents are stored as they are.
#[derive(Debug, Clone)]
pub struct Member {
    name: Vec<u8>,
    content: Vec<u8>,
    /// What the archive says about the content, true or not.
    crc: u32,
    size: u32,
    packed: u32,
    method: u16,
    flags: u16,
    made_by: u16,
    attributes: u32,
    /// Extra fields of the directory.
    extra: Vec<u8>,
    /// The content lies where that of the entry before lies.
    overlapping: bool,
}

impl Member {
    /// A file, made on Unix.
    #[must_use]
    pub fn file(name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Self {
        let content = content.as_ref().to_vec();
        let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
        Self {
            name: name.as_ref().to_vec(),
            crc: crc32(&content),
            size: length,
            packed: length,
            content,
            method: 0,
            flags: 1 << 11,
            made_by: 3 << 8,
            attributes: 0o100_644 << 16,
            extra: Vec::new(),
            overlapping: false,
        }
    }

    /// A directory, made on Unix.
    #[must_use]
    pub fn directory(name: &str) -> Self {
        Self { attributes: 0o040_755 << 16, ..Self::file(name, "") }
    }

    /// A symbolic link, made on Unix.
    #[must_use]
    pub fn link(name: &str, target: &str) -> Self {
        Self { attributes: 0o120_777 << 16, ..Self::file(name, target) }
    }

    /// The same, made on Windows or DOS.
    #[must_use]
    pub fn from_dos(self) -> Self {
        Self { made_by: 0, attributes: 0x20, flags: 0, ..self }
    }

    /// The same with these flags.
    #[must_use]
    pub fn flags(self, flags: u16) -> Self {
        Self { flags, ..self }
    }

    /// The same with these attributes.
    #[must_use]
    pub fn mode(self, mode: u32) -> Self {
        Self { attributes: mode << 16, ..self }
    }

    /// The same, said to be packed by this method.
    #[must_use]
    pub fn method(self, method: u16) -> Self {
        Self { method, ..self }
    }

    /// The same with one more extra field in the directory.
    #[must_use]
    pub fn extra(mut self, id: u16, data: &[u8]) -> Self {
        self.extra.extend(id.to_le_bytes());
        self.extra.extend(u16::try_from(data.len()).unwrap_or(u16::MAX).to_le_bytes());
        self.extra.extend(data);
        self
    }

    /// The same with another checksum.
    #[must_use]
    pub fn crc(self, crc: u32) -> Self {
        Self { crc, ..self }
    }

    /// The same, said to have so many bytes.
    #[must_use]
    pub fn size(self, size: u32) -> Self {
        Self { size, ..self }
    }

    /// The same, said to lie where the entry before it lies.
    #[must_use]
    pub fn overlapping(self) -> Self {
        Self { overlapping: true, ..self }
    }

    /// A deflated file whose packed form is given.
    #[must_use]
    pub fn deflated(name: &str, packed: &[u8], size: u32, crc: u32) -> Self {
        Self { method: 8, size, crc, ..Self::file(name, packed) }
    }
}

/// The archive of these members.
#[must_use]
pub fn archive(members: &[Member]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    let mut offset = 0;
    for member in members {
        if !member.overlapping {
            offset = bytes.len();
            bytes.extend(*b"PK\x03\x04");
            bytes.extend(common(member));
            bytes.extend([0, 0]);
            bytes.extend(&member.name);
            bytes.extend(&member.content);
        }
        directory.extend(*b"PK\x01\x02");
        directory.extend(member.made_by.to_le_bytes());
        directory.extend(common(member));
        directory.extend(u16::try_from(member.extra.len()).unwrap_or(u16::MAX).to_le_bytes());
        directory.extend([0; 6]);
        directory.extend(member.attributes.to_le_bytes());
        directory.extend(u32::try_from(offset).unwrap_or(u32::MAX).to_le_bytes());
        directory.extend(&member.name);
        directory.extend(&member.extra);
    }
    let start = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let length = u32::try_from(directory.len()).unwrap_or(u32::MAX);
    let count = (members.len() & 0xffff) as u16;
    bytes.extend(directory);
    bytes.extend(*b"PK\x05\x06\0\0\0\0");
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

/// What both records of a member have, up to the length of the name; 2026-03-01 12:00.
fn common(member: &Member) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(20_u16.to_le_bytes());
    bytes.extend(member.flags.to_le_bytes());
    bytes.extend(member.method.to_le_bytes());
    bytes.extend((12_u16 << 11).to_le_bytes());
    bytes.extend(((46_u16 << 9) | (3 << 5) | 1).to_le_bytes());
    bytes.extend(member.crc.to_le_bytes());
    bytes.extend(member.packed.to_le_bytes());
    bytes.extend(member.size.to_le_bytes());
    bytes.extend(u16::try_from(member.name.len()).unwrap_or(u16::MAX).to_le_bytes());
    bytes
}

/// CRC-32 (ISO 3309), bit by bit.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
