use super::{length, no_control};

/// Most bytes of an S3 key.
const MAX_KEY: usize = 1_024;
/// Most characters of a Glue database's or table's name.
const MAX_GLUE_NAME: usize = 255;

/// An AWS account: twelve digits.
pub(crate) fn account(id: &str) -> Result<(), String> {
    if id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit()) {
        Ok(())
    } else {
        Err("must be an AWS account id of 12 digits".to_owned())
    }
}

/// An AWS region's code: `eu-central-1`, `us-gov-west-1`.
pub(crate) fn region(code: &str) -> Result<(), String> {
    let mut parts = code.rsplit('-');
    let number = parts
        .next()
        .is_some_and(|n| (1..=2).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()));
    let words: Vec<&str> = parts.collect();
    let word =
        |w: &&str| !w.is_empty() && w.len() <= 12 && w.bytes().all(|b| b.is_ascii_lowercase());
    if number && (2..=3).contains(&words.len()) && words.iter().all(word) {
        Ok(())
    } else {
        Err("must be an AWS region such as 'eu-central-1'".to_owned())
    }
}

/// `s3://bucket/prefix/`: a bucket's name after S3's rules, and a key of up to 1,024 bytes.
pub(crate) fn s3_location(uri: &str) -> Result<(), String> {
    if uri.is_empty() {
        return Err("is missing".to_owned());
    }
    no_control(uri)?;
    let shape = "must look like 's3://bucket/prefix/'";
    let Some((bucket, key)) = uri
        .strip_prefix("s3://")
        .and_then(|rest| rest.split_once('/'))
    else {
        return Err(shape.to_owned());
    };
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let named = (3..=63).contains(&bucket.len())
        && bucket.chars().all(|c| plain(c) || matches!(c, '-' | '.'))
        && bucket.starts_with(plain)
        && bucket.ends_with(plain)
        && !bucket.contains("..");
    if !named {
        return Err(format!("'{bucket}' is not a bucket's name; {shape}"));
    }
    if key.len() > MAX_KEY {
        return Err(format!(
            "has a prefix of {} bytes, of {MAX_KEY} at most",
            key.len()
        ));
    }
    Ok(())
}

/// A Glue table's name within its catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlueTableName<'a> {
    /// The database.
    pub database: &'a str,
    /// The table.
    pub table: &'a str,
}

impl<'a> GlueTableName<'a> {
    /// Reads `database.table`.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn parse(text: &'a str) -> Result<Self, String> {
        let shape = "must look like 'database.table'";
        let Some((database, table)) = text.split_once('.') else {
            return Err(if text.is_empty() { "is missing" } else { shape }.to_owned());
        };
        for part in [database, table] {
            length(part, MAX_GLUE_NAME).map_err(|error| match part {
                "" => shape.to_owned(),
                _ => error,
            })?;
            if part.chars().any(|c| c.is_ascii_uppercase()) {
                return Err("must be in lower case, as Glue keeps its names".to_owned());
            }
            let fits = |c: char| {
                c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '$')
            };
            if !part.chars().all(fits) {
                return Err(format!("{shape}, of a-z, 0-9, '_', '-' and '$'"));
            }
        }
        Ok(Self { database, table })
    }
}

/// `database.table`.
pub(crate) fn glue_table(text: &str) -> Result<(), String> {
    GlueTableName::parse(text).map(|_| ())
}
