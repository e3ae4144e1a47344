//! The responses of web servers, as archives hold them: a head, and a body that may be in chunks and compressed.

use std::io::{self, Read};

use bodytext::TextEncoding;
use httparse::{EMPTY_HEADER, Response as Head, Status};

use crate::limits::human_bytes;

/// The fields of a head that are read. Servers send some dozen.
const MAX_FIELDS: usize = 256;

/// A response.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Response<'r> {
    pub(crate) status: u16,
    /// The media type, in lower case and without parameters; empty if there is none.
    pub(crate) media_type: String,
    /// The encoding of the text, as far as the server names one.
    pub(crate) charset: Option<TextEncoding>,
    is_chunked: bool,
    /// The compressions of the body, in the order in which they were applied.
    encodings: Vec<String>,
    body: &'r [u8],
}

impl<'r> Response<'r> {
    /// Reads the head. The error says what is wrong with it.
    pub(crate) fn parse(bytes: &'r [u8]) -> Result<Response<'r>, String> {
        let mut fields = [EMPTY_HEADER; MAX_FIELDS];
        let mut head = Head::new(&mut fields);
        // What servers send and browsers accept.
        let mut parser = httparse::ParserConfig::default();
        parser
            .allow_spaces_after_header_name_in_responses(true)
            .allow_obsolete_multiline_headers_in_responses(true)
            .allow_multiple_spaces_in_response_status_delimiters(true)
            .ignore_invalid_headers_in_responses(true);
        let length = match parser.parse_response(&mut head, bytes) {
            Ok(Status::Complete(length)) => length,
            Ok(Status::Partial) => return Err("its HTTP head has no end".to_owned()),
            Err(error) => return Err(format!("its HTTP head is wrong: {error}")),
        };
        let field = |name: &str| {
            let found = head.headers.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
            found.map(|field| String::from_utf8_lossy(field.value).to_lowercase()).collect::<Vec<_>>()
        };
        let list = |name: &str| -> Vec<String> {
            let values = field(name);
            let parts = values.iter().flat_map(|value| value.split(',')).map(|part| part.trim().to_owned());
            parts.filter(|part| !part.is_empty() && part != "identity").collect()
        };
        let content_type = field("content-type").pop().unwrap_or_default();
        let mut parts = content_type.split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default().to_owned();
        let charset = parts.find_map(|part| part.strip_prefix("charset="));
        Ok(Response {
            status: head.code.unwrap_or_default(),
            media_type,
            charset: charset.and_then(|label| label.trim_matches(['"', '\'', ' ']).parse().ok()),
            is_chunked: list("transfer-encoding").iter().any(|encoding| encoding == "chunked"),
            encodings: list("content-encoding"),
            body: &bytes[length..],
        })
    }

    /// Whether it is a page that was found.
    pub(crate) fn is_page(&self) -> bool {
        let is_html = match self.media_type.as_str() {
            "text/html" | "application/xhtml+xml" => true,
            "" => self.body.trim_ascii_start().starts_with(b"<"),
            _ => false,
        };
        is_html && (200..300).contains(&self.status)
    }

    /// The body, whole and unpacked, of at most `most` bytes. Many archives hold bodies that are unpacked already, under a
    /// head that says otherwise. The error says what is wrong.
    pub(crate) fn body(&self, most: usize) -> Result<Vec<u8>, String> {
        let chunks = if self.is_chunked { unchunked(self.body) } else { None };
        let mut body = chunks.unwrap_or_else(|| self.body.to_vec());
        for encoding in self.encodings.iter().rev() {
            match unpacked(encoding, &body, most) {
                Ok(unpacked) => body = unpacked,
                Err(_) if looks_unpacked(&body) => {}
                Err(why) => return Err(why),
            }
        }
        Ok(body)
    }
}

/// A body without the lines that part its chunks; `None` if it has none. Of a truncated body all that is there.
fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::with_capacity(rest.len());
    let mut first = true;
    while let Ok(Status::Complete((start, size))) = httparse::parse_chunk_size(rest) {
        if size == 0 {
            return Some(body);
        }
        let from = &rest[start..];
        let size = usize::try_from(size).unwrap_or(usize::MAX).min(from.len());
        body.extend_from_slice(&from[..size]);
        rest = from[size..].strip_prefix(b"\r\n").unwrap_or(&from[size..]);
        first = false;
    }
    (!first).then_some(body)
}

/// Unpacks a body. What a truncated one holds is kept.
fn unpacked(encoding: &str, body: &[u8], most: usize) -> Result<Vec<u8>, String> {
    let reader: Box<dyn Read + '_> = match encoding {
        "gzip" | "x-gzip" => Box::new(flate2::read::MultiGzDecoder::new(body)),
        // By the standard with the head of zlib, by some servers without.
        "deflate" if body.first().is_some_and(|byte| byte & 0x0F == 8) => {
            Box::new(flate2::read::ZlibDecoder::new(body))
        }
        "deflate" => Box::new(flate2::read::DeflateDecoder::new(body)),
        "br" => Box::new(brotli::Decompressor::new(body, 4096)),
        "zstd" => Box::new(zstd::Decoder::new(body).map_err(|error| format!("its body is not zstd: {error}"))?),
        other => {
            return Err(format!("its body is packed with {other}, which is not known; gzip, deflate, br and zstd are"));
        }
    };
    let mut out = Vec::new();
    let read = reader.take(most as u64 + 1).read_to_end(&mut out);
    if out.len() > most {
        return Err(format!("its body unpacks to more than {}; give a larger --max-record", human_bytes(most as u64)));
    }
    match read {
        Ok(_) => Ok(out),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && !out.is_empty() => Ok(out),
        Err(_) if !out.is_empty() && looks_unpacked(&out) => Ok(out),
        Err(error) => Err(format!("its body cannot be unpacked from {encoding}: {error}")),
    }
}

/// Whether a body begins like a page, not like something packed.
fn looks_unpacked(body: &[u8]) -> bool {
    let start = &body[..body.len().min(256)];
    start.iter().filter(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()).count() * 10 > start.len() * 9
        || start.trim_ascii_start().starts_with(b"<")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;

    use super::*;

    const PAGE: &[u8] = b"<html><p>The ferry was late.</p></html>";

    fn response(head: &str, body: &[u8]) -> Result<(bool, Vec<u8>), String> {
        let bytes = [format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").as_bytes(), body].concat();
        let response = Response::parse(&bytes)?;
        Ok((response.is_page(), response.body(1_000)?))
    }

    fn chunked(body: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for chunk in body.chunks(7) {
            out.extend(format!("{:x}; x=y\r\n", chunk.len()).bytes().chain(chunk.iter().copied()).chain(*b"\r\n"));
        }
        out.extend(b"0\r\n\r\n");
        out
    }

    #[test]
    fn bodies_are_put_together_and_unpacked() {
        let html = "Content-Type: text/html; charset=\"UTF-8\"";
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(PAGE).unwrap();
        let gzip = gzip.finish().unwrap();
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(PAGE).unwrap();
        let zlib = zlib.finish().unwrap();
        let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), Compression::default());
        raw.write_all(PAGE).unwrap();
        let raw = raw.finish().unwrap();
        let mut brotli = Vec::new();
        brotli::CompressorWriter::new(&mut brotli, 4096, 5, 20).write_all(PAGE).unwrap();
        let zstd = zstd::encode_all(PAGE, 1).unwrap();
        for (head, body) in [
            ("", PAGE.to_vec()),
            ("Transfer-Encoding: chunked", chunked(PAGE)),
            ("Transfer-Encoding: chunked", PAGE.to_vec()),
            ("Content-Encoding: gzip", gzip.clone()),
            ("Content-Encoding: gzip", PAGE.to_vec()),
            ("content-encoding: GZIP\r\ntransfer-encoding: chunked", chunked(&gzip)),
            ("Content-Encoding: deflate", zlib),
            ("Content-Encoding: deflate", raw),
            ("Content-Encoding: br", brotli),
            ("Content-Encoding: zstd", zstd),
            ("Content-Encoding: identity", PAGE.to_vec()),
        ] {
            let head = if head.is_empty() { html.to_owned() } else { format!("{html}\r\n{head}") };
            assert_eq!(response(&head, &body), Ok((true, PAGE.to_vec())), "{head}");
        }
        let truncated = response(&format!("{html}\r\nTransfer-Encoding: chunked"), &chunked(PAGE)[..60]).unwrap().1;
        assert!(PAGE.starts_with(&truncated) && truncated.len() > 20);
        assert!(!response("Content-Type: image/png", PAGE).unwrap().0);
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        assert!(Response::parse(b"HTTP/1.1 200 OK\r\nA: b").unwrap_err().contains("no end"));
        assert!(Response::parse(b"\x16\x03\x01 not HTTP").unwrap_err().contains("wrong"));
        assert!(response("Content-Encoding: gzip", &[0xFF; 50]).unwrap_err().contains("gzip"));
        assert!(response("Content-Encoding: compress", &[0xFF; 50]).unwrap_err().contains("compress"));
        let bomb = zstd::encode_all(&[b' '; 2_000][..], 1).unwrap();
        assert!(response("Content-Encoding: zstd", &bomb).unwrap_err().contains("--max-record"));
        let latin = b"HTTP/1.1 200\r\nContent-Type: Text/HTML;charset=ISO-8859-2\r\n\r\nx";
        assert_eq!(Response::parse(latin).unwrap().charset.map(TextEncoding::name), Some("ISO-8859-2"));
    }
}
