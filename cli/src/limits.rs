//! What an input may ask of the machine: how far it may unpack, how long one record may be.
//! It holds numbers and reads them from flags; the sources keep to them.
//! Part of the plan.

/// The limits of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes that one compressed file may unpack to.
    pub(crate) unpacked: u64,
    /// How many times its size a compressed file may unpack to, once [`FREE`] bytes came out.
    pub(crate) ratio: u64,
    /// Bytes of one record: a text file, a line of JSON lines, a record of a WARC file.
    pub(crate) record: usize,
    /// Bytes of one line of a text.
    pub(crate) line: usize,
    /// How deep JSON lines may nest.
    pub(crate) depth: usize,
}

/// So much may come out of however few bytes: a file of blanks is no bomb.
pub(crate) const FREE: u64 = 64 << 20;

impl Limits {
    /// A terabyte, since files are read as streams and their size alone does no harm; 200 times, which no text reaches
    /// (English packs to a third or a quarter, logs to a fiftieth) and blanks do, even where gzip packs them badly (229);
    /// a gibibyte, which is a thousand books; a thousand levels, where most readers of JSON give up.
    pub(crate) const DEFAULT: Limits =
        Limits { unpacked: 1 << 40, ratio: 200, record: 1 << 30, line: 1 << 30, depth: 1_000 };

    /// How much may come out of so many packed bytes.
    pub(crate) fn unpacked_from(&self, packed: u64) -> u64 {
        packed.saturating_mul(self.ratio).max(FREE).min(self.unpacked)
    }

    /// Whether a text and its lines are within the limits; the error says what is wrong.
    pub(crate) fn text(&self, text: &str) -> Result<(), String> {
        if text.len() > self.record {
            return Err(too_large("text", self.record));
        }
        if text.len() <= self.line {
            return Ok(());
        }
        let number = text.split('\n').position(|line| line.len() > self.line);
        number.map_or(Ok(()), |number| {
            let most = shown(self.line as u64);
            Err(format!("line {} has more than {most}; give a larger --max-line", number + 1))
        })
    }
}

/// A number of bytes as people write it: `800`, `64K`, `4G`, `1.5 GiB`. Units are powers of 1024.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no size; write a number of bytes, or one with K, M, G or T, such as 64M");
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim().to_ascii_lowercase();
    let unit = unit.strip_suffix("ib").or_else(|| unit.strip_suffix('b')).unwrap_or(&unit);
    let shift = ["", "k", "m", "g", "t"].iter().position(|u| *u == unit).ok_or_else(wrong)?;
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let bytes = number * f64::from(1 << 10).powi(shift as i32);
    if !(1.0..=u64::MAX as f64).contains(&bytes) {
        return Err(wrong());
    }
    Ok(bytes as u64)
}

/// What is wrong with a `what` of more than so many bytes.
pub(crate) fn too_large(what: &str, most: usize) -> String {
    format!("a {what} of more than {}; give a larger --max-record", shown(most as u64))
}

/// A number of bytes for people: the largest unit of which there is at least one.
pub(crate) fn shown(bytes: u64) -> String {
    let units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
    match units.iter().find(|(_, shift)| bytes >= 1 << shift) {
        Some((unit, shift)) if bytes.is_multiple_of(1 << shift) => format!("{} {unit}", bytes >> shift),
        Some((unit, shift)) => format!("{:.1} {unit}", bytes as f64 / (1_u64 << shift) as f64),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_shown() {
        for (text, bytes) in [("800", 800), ("64K", 64 << 10), ("1.5 GiB", 3 << 29), ("2mb", 2 << 20), ("1T", 1 << 40)]
        {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "K", "-1", "0", "1.2.3M", "9 apples", "1e400"] {
            assert!(size(text).is_err(), "{text}");
        }
        assert_eq!([800, 1 << 20, 3 << 29].map(shown), ["800 bytes", "1 MiB", "1.5 GiB"]);
    }
}
