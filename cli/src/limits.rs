//! Resource limits: the unpacked size of a compressed input, the length of a record or line.

use bytesize::ByteSize;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// The most bytes that one compressed file may unpack to.
    pub(crate) unpacked: u64,
    /// The largest ratio of unpacked to compressed size, checked once [`FREE`] bytes are unpacked.
    pub(crate) ratio: u64,
    /// The most bytes of one record: a text file, a line of JSON Lines, a record of a WARC file.
    pub(crate) record: usize,
    pub(crate) line: usize,
}

/// Unpacked bytes that are allowed at any ratio: a small file of blanks is not a bomb.
pub(crate) const FREE: u64 = 64 << 20;

impl Limits {
    /// `unpacked`: 1 TiB, since files are streamed and size alone does no harm. `ratio`: 200, which no text reaches
    /// (English compresses to a third or a quarter, logs to a fiftieth) and blanks exceed even where gzip compresses
    /// them badly (229). `record`, `line`: 1 GiB, a thousand books.
    pub(crate) const DEFAULT: Limits = Limits { unpacked: 1 << 40, ratio: 200, record: 1 << 30, line: 1 << 30 };

    /// The unpacked size allowed for this many compressed bytes.
    pub(crate) fn unpacked_from(&self, compressed: u64) -> u64 {
        compressed.saturating_mul(self.ratio).max(FREE).min(self.unpacked)
    }

    /// Checks the size of a text and its lines; the error names the exceeded limit.
    pub(crate) fn check(&self, text: &str) -> Result<(), String> {
        if text.len() > self.record {
            return Err(too_large("text", self.record));
        }
        if text.len() <= self.line {
            return Ok(());
        }
        match text.split('\n').position(|line| line.len() > self.line) {
            None => Ok(()),
            Some(number) => {
                let most = human_bytes(self.line as u64);
                Err(format!("line {} has more than {most}; give a larger --max-line", number + 1))
            }
        }
    }
}

/// A size as people write it: `800`, `64K`, `4G`, `1.5 GiB`. Units are powers of 1024.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    // bytesize takes K for 1,000; sizes of memory and buffers are powers of 1024, as in GNU tools.
    let binary = match text.trim_end_matches(['b', 'B']) {
        short if short.ends_with(['k', 'K', 'm', 'M', 'g', 'G', 't', 'T']) => format!("{short}iB"),
        _ => text.to_owned(),
    };
    match binary.parse::<ByteSize>() {
        Ok(size) if size.as_u64() > 0 => Ok(size.as_u64()),
        _ => {
            Err(format!("`{text}` is not a valid size; write a number of bytes, or one with K, M, G or T, such as 64M"))
        }
    }
}

/// The message for a `what` of more than `most` bytes.
pub(crate) fn too_large(what: &str, most: usize) -> String {
    format!("a {what} of more than {}; give a larger --max-record", human_bytes(most as u64))
}

/// A number of bytes for people, such as `1.5 GiB`.
pub(crate) fn human_bytes(bytes: u64) -> String {
    ByteSize::b(bytes).display().iec().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_parsed_and_shown() {
        for (text, bytes) in [("800", 800), ("64K", 64 << 10), ("1.5 GiB", 3 << 29), ("2mb", 2 << 20), ("1T", 1 << 40)]
        {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for text in ["", "K", "-1", "0", "1.2.3M", "9 apples"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
        assert_eq!([800, 1 << 20, 3 << 29].map(human_bytes), ["800 B", "1.0 MiB", "1.5 GiB"]);
    }
}
