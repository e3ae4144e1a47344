//! Writes the values of columns as JSON: numbers with all their digits, times in ISO 8601, other bytes in hexadecimal.

use std::io::Write;

use chrono::{DateTime, NaiveTime};
use half::f16;
use num_bigint::BigInt;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use parquet::data_type::{ByteArray, FixedLenByteArray, Int96};
use parquet::schema::types::ColumnDescriptor;
use serde::Serialize;

use crate::json::string;

const DAY_SECONDS: i64 = 86_400;
/// The Julian day of 1 January 1970.
const JULIAN_EPOCH: i64 = 2_440_588;

/// What the values of a column mean, beyond their physical type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum JsonForm {
    #[default]
    Plain,
    Unsigned,
    Float16,
    /// With so many digits behind the point.
    Decimal(usize),
    Date,
    Time(SecondDigits),
    /// A point in time, in UTC or of an unknown place.
    Timestamp(SecondDigits, bool),
    Uuid,
}

/// The digits of a second behind the point: 3, 6 or 9.
type SecondDigits = u32;

impl JsonForm {
    pub(super) fn of(column: &ColumnDescriptor) -> JsonForm {
        if let Some(logical) = column.logical_type_ref() {
            match logical {
                LogicalType::Decimal(decimal) => return JsonForm::Decimal(usize::try_from(decimal.scale).unwrap_or(0)),
                LogicalType::Date => return JsonForm::Date,
                LogicalType::Time(time) => return JsonForm::Time(digits(&time.unit)),
                LogicalType::Timestamp(time) => {
                    return JsonForm::Timestamp(digits(&time.unit), time.is_adjusted_to_u_t_c);
                }
                LogicalType::Integer(integer) if !integer.is_signed => return JsonForm::Unsigned,
                LogicalType::Float16 => return JsonForm::Float16,
                LogicalType::Uuid => return JsonForm::Uuid,
                _ => {}
            }
        }
        match column.converted_type() {
            ConvertedType::DECIMAL => JsonForm::Decimal(usize::try_from(column.type_scale()).unwrap_or(0)),
            ConvertedType::DATE => JsonForm::Date,
            ConvertedType::TIME_MILLIS => JsonForm::Time(3),
            ConvertedType::TIME_MICROS => JsonForm::Time(6),
            // The old annotations stand for UTC.
            ConvertedType::TIMESTAMP_MILLIS => JsonForm::Timestamp(3, true),
            ConvertedType::TIMESTAMP_MICROS => JsonForm::Timestamp(6, true),
            ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64 => {
                JsonForm::Unsigned
            }
            _ => JsonForm::Plain,
        }
    }
}

fn digits(unit: &TimeUnit) -> SecondDigits {
    match unit {
        TimeUnit::MILLIS => 3,
        TimeUnit::MICROS => 6,
        TimeUnit::NANOS => 9,
    }
}

/// A value that can be written as JSON.
pub(super) trait ToJson {
    fn write(&self, form: JsonForm, out: &mut Vec<u8>);
}

impl ToJson for bool {
    fn write(&self, _: JsonForm, out: &mut Vec<u8>) {
        write_json(self, out);
    }
}

impl ToJson for i32 {
    fn write(&self, form: JsonForm, out: &mut Vec<u8>) {
        match form {
            JsonForm::Unsigned => write_json(&self.cast_unsigned(), out),
            _ => i64::from(*self).write(form, out),
        }
    }
}

impl ToJson for i64 {
    fn write(&self, form: JsonForm, out: &mut Vec<u8>) {
        let text = match form {
            JsonForm::Unsigned => return write_json(&self.cast_unsigned(), out),
            JsonForm::Decimal(scale) => return write_decimal(BigInt::from(*self), scale, out),
            JsonForm::Date => date(*self),
            JsonForm::Time(unit) => time(*self, unit),
            JsonForm::Timestamp(unit, is_utc) => timestamp(*self, unit, is_utc),
            _ => None,
        };
        match text {
            Some(text) => string::encode(&text, false, out),
            // A number, or a time that no calendar has.
            None => write_json(self, out),
        }
    }
}

impl ToJson for Int96 {
    /// A time as the nanoseconds of a Julian day, which old writers used.
    fn write(&self, _: JsonForm, out: &mut Vec<u8>) {
        let [low, high, day] = *self.data() else { return out.extend_from_slice(b"null") };
        let nanos = u64::from(high) << 32 | u64::from(low);
        let seconds = (i64::from(day) - JULIAN_EPOCH) * DAY_SECONDS + (nanos / 1_000_000_000).cast_signed();
        match iso(seconds, (nanos % 1_000_000_000) as u32, 9) {
            Some(text) => string::encode(&text, false, out),
            None => write_hex(&[low.to_le_bytes(), high.to_le_bytes(), day.to_le_bytes()].concat(), out),
        }
    }
}

impl ToJson for f32 {
    fn write(&self, _: JsonForm, out: &mut Vec<u8>) {
        write_json(self, out);
    }
}

impl ToJson for f64 {
    fn write(&self, _: JsonForm, out: &mut Vec<u8>) {
        write_json(self, out);
    }
}

impl ToJson for ByteArray {
    fn write(&self, form: JsonForm, out: &mut Vec<u8>) {
        match (form, std::str::from_utf8(self.data())) {
            (JsonForm::Decimal(scale), _) => write_decimal(BigInt::from_signed_bytes_be(self.data()), scale, out),
            (_, Ok(text)) => string::encode(text, false, out),
            (_, Err(_)) => write_hex(self.data(), out),
        }
    }
}

impl ToJson for FixedLenByteArray {
    fn write(&self, form: JsonForm, out: &mut Vec<u8>) {
        match (form, self.data()) {
            (JsonForm::Decimal(scale), bytes) => write_decimal(BigInt::from_signed_bytes_be(bytes), scale, out),
            (JsonForm::Float16, &[low, high]) => write_json(&f16::from_le_bytes([low, high]).to_f32(), out),
            (JsonForm::Uuid, bytes) if bytes.len() == 16 => {
                let parts = [&bytes[..4], &bytes[4..6], &bytes[6..8], &bytes[8..10], &bytes[10..]];
                string::encode(&parts.map(hex::encode).join("-"), false, out);
            }
            (_, bytes) => write_hex(bytes, out),
        }
    }
}

/// Appends a number or a truth value; what is not a number is null.
fn write_json(value: &impl Serialize, out: &mut Vec<u8>) {
    // Writing into memory cannot fail.
    let _ = serde_json::to_writer(out, value);
}

/// Appends bytes that are no text, as an object that no text can be mistaken for.
fn write_hex(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{{\"hex\":\"{}\"}}", hex::encode(bytes)).as_bytes());
}

/// Appends a decimal as a number with all its digits: 1230 with two behind the point is `12.30`.
fn write_decimal(unscaled: BigInt, scale: usize, out: &mut Vec<u8>) {
    let text = unscaled.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", &*text), |digits| ("-", digits));
    let digits = format!("{digits:0>width$}", width = scale.min(MAX_SCALE) + 1);
    let (whole, rest) = digits.split_at(digits.len() - scale.min(MAX_SCALE));
    // Writing into memory cannot fail.
    let _ = write!(out, "{sign}{whole}{}{rest}", if rest.is_empty() { "" } else { "." });
}

/// The largest number of digits behind the point that is written. Types in use have up to 76 digits.
const MAX_SCALE: usize = 1000;

fn date(days: i64) -> Option<String> {
    Some(DateTime::from_timestamp(days.checked_mul(DAY_SECONDS)?, 0)?.format("%Y-%m-%d").to_string())
}

fn time(since_midnight: i64, unit: SecondDigits) -> Option<String> {
    let (seconds, nanos) = seconds(since_midnight, unit);
    let time = NaiveTime::from_num_seconds_from_midnight_opt(u32::try_from(seconds).ok()?, nanos)?;
    Some(time.format(&format!("%H:%M:%S%.{unit}f")).to_string())
}

fn timestamp(since_epoch: i64, unit: SecondDigits, is_utc: bool) -> Option<String> {
    let (seconds, nanos) = seconds(since_epoch, unit);
    iso(seconds, nanos, unit).map(|text| if is_utc { text + "Z" } else { text })
}

/// Splits a time in milliseconds, microseconds or nanoseconds into seconds and nanoseconds.
fn seconds(time: i64, unit: SecondDigits) -> (i64, u32) {
    let parts = 10_i64.pow(unit);
    (time.div_euclid(parts), (time.rem_euclid(parts) * (1_000_000_000 / parts)) as u32)
}

fn iso(seconds: i64, nanos: u32, unit: SecondDigits) -> Option<String> {
    Some(DateTime::from_timestamp(seconds, nanos)?.format(&format!("%Y-%m-%dT%H:%M:%S%.{unit}f")).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(value: &impl ToJson, form: JsonForm) -> String {
        let mut out = Vec::new();
        value.write(form, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_keep_their_digits() {
        for (unscaled, scale, expected) in [
            ("1230", 2, "12.30"),
            ("-5", 2, "-0.05"),
            ("25", 2, "0.25"),
            ("0", 0, "0"),
            ("-123456789012345678901234567890123456789012345", 3, "-123456789012345678901234567890123456789012.345"),
        ] {
            let bytes = unscaled.parse::<BigInt>().unwrap().to_signed_bytes_be();
            assert_eq!(json(&ByteArray::from(bytes), JsonForm::Decimal(scale)), expected);
        }
        assert_eq!(json(&ByteArray::from(Vec::new()), JsonForm::Decimal(1)), "0.0");
        assert_eq!(json(&-1_i32, JsonForm::Unsigned), "4294967295");
        assert_eq!(json(&-1_i64, JsonForm::Unsigned), "18446744073709551615");
        assert_eq!(json(&i64::MIN, JsonForm::Plain), "-9223372036854775808");
        assert_eq!([json(&0.1_f32, JsonForm::Plain), json(&0.1_f64, JsonForm::Plain)], ["0.1", "0.1"]);
        assert_eq!([json(&f32::NAN, JsonForm::Plain), json(&f64::INFINITY, JsonForm::Plain)], ["null", "null"]);
    }

    #[test]
    fn times_are_iso_or_the_number_that_stood_there() {
        for (value, form, expected) in [
            (0, JsonForm::Date, "\"1970-01-01\""),
            (-719_529, JsonForm::Date, "\"-0001-12-31\""),
            (i64::MAX, JsonForm::Date, "9223372036854775807"),
            (1_793_613_600_123, JsonForm::Timestamp(3, true), "\"2026-11-02T10:00:00.123Z\""),
            (-1, JsonForm::Timestamp(6, false), "\"1969-12-31T23:59:59.999999\""),
            (i64::MIN, JsonForm::Timestamp(9, false), "\"1677-09-21T00:12:43.145224192\""),
            (i64::MIN, JsonForm::Timestamp(3, false), "-9223372036854775808"),
            (86_399_999, JsonForm::Time(3), "\"23:59:59.999\""),
            (86_400_000, JsonForm::Time(3), "86400000"),
            (-1, JsonForm::Time(9), "-1"),
        ] {
            assert_eq!(json(&value, form), expected);
        }
        let mut old = Int96::new();
        old.set_data(1_001, 0, 2_440_589);
        assert_eq!(json(&old, JsonForm::Plain), "\"1970-01-02T00:00:00.000001001\"");
    }

    #[test]
    fn bytes_are_text_or_hexadecimal() {
        assert_eq!(json(&ByteArray::from("é\0\u{1F600}"), JsonForm::Plain), "\"é\\u0000\u{1F600}\"");
        assert_eq!(json(&ByteArray::from(vec![0xFF, 0x0A]), JsonForm::Plain), "{\"hex\":\"ff0a\"}");
        let fixed = |bytes: &[u8]| FixedLenByteArray::from(bytes.to_vec());
        assert_eq!(json(&fixed(&[0; 16]), JsonForm::Uuid), "\"00000000-0000-0000-0000-000000000000\"");
        assert_eq!(json(&fixed(b"ab"), JsonForm::Plain), "{\"hex\":\"6162\"}");
        assert_eq!(json(&fixed(&[0x00, 0x3E]), JsonForm::Float16), "1.5");
    }
}
