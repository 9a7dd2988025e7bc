//! CSV, by the rules of Glue's built-in classifier: at least two columns and two lines, separated by a
//! comma, a bar, a tab, a semicolon or Ctrl-A. The first line has the names of the columns if all of it
//! is text and the other lines are not.

use super::{Classified, Format, Kind, Schema};

const DELIMITERS: [char; 5] = [',', '|', '\t', ';', '\u{1}'];
/// How much of a file is looked at: 1 MiB …
const SAMPLE: usize = 1 << 20;
/// … and this many records.
const RECORDS: usize = 1_000;
/// The longest name of a column, but for the last.
const LONGEST_NAME: usize = 150;

/// None if it is not CSV.
pub(super) fn classify(content: &[u8]) -> Option<Classified> {
    let sample = match content.len() > SAMPLE {
        true => {
            let head = &content[..SAMPLE];
            let end = head.iter().rposition(|byte| *byte == b'\n')?;
            &head[..=end]
        }
        false => content,
    };
    let sample = std::str::from_utf8(sample).ok()?;
    if sample.contains('\0') {
        return None;
    }
    let sample = sample.strip_prefix('\u{feff}').unwrap_or(sample);
    let (delimiter, rows) = DELIMITERS
        .into_iter()
        .find_map(|delimiter| Some((delimiter, rows(sample, delimiter)?)))?;
    let (first, rest) = rows.split_first()?;
    let mut kinds = vec![Kind::Unknown; first.len()];
    for row in rest {
        for (kind, value) in kinds.iter_mut().zip(row) {
            *kind = std::mem::replace(kind, Kind::Unknown).with(kind_of(value));
        }
    }
    let header = is_header(first) && kinds.iter().any(|kind| *kind != Kind::String);
    let names: Vec<String> = match header {
        true => first
            .iter()
            .map(|name| name.trim().to_lowercase())
            .collect(),
        false => {
            for (kind, value) in kinds.iter_mut().zip(first) {
                *kind = std::mem::replace(kind, Kind::Unknown).with(kind_of(value));
            }
            (0..first.len()).map(|at| format!("col{at}")).collect()
        }
    };
    let lines = content.split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| !line.trim_ascii().is_empty()).count();
    Some(Classified {
        schema: Schema {
            format: Format::Csv { delimiter, header },
            columns: names.into_iter().zip(kinds).collect(),
        },
        records: u64::try_from(lines).unwrap_or_default() - u64::from(header),
    })
}

/// The records, if the text looks like CSV with this delimiter.
fn rows(sample: &str, delimiter: char) -> Option<Vec<Vec<String>>> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(u8::try_from(delimiter).ok()?)
        .has_headers(false)
        .from_reader(sample.as_bytes());
    let rows = reader
        .records()
        .take(RECORDS)
        .map(|record| Some(record.ok()?.iter().map(str::to_owned).collect()))
        .collect::<Option<Vec<Vec<String>>>>()?;
    (rows.len() > 1 && rows[0].len() > 1).then_some(rows)
}

fn is_header(row: &[String]) -> bool {
    let short =
        |(at, name): (usize, &String)| at + 1 == row.len() || name.chars().count() < LONGEST_NAME;
    row.iter().all(|name| is_name(name)) && row.iter().enumerate().all(short)
}

/// Text that can be the name of a column.
fn is_name(text: &str) -> bool {
    let text = text.trim();
    kind_of(text) == Kind::String && !text.chars().any(char::is_control)
}

fn kind_of(value: &str) -> Kind {
    let value = value.trim();
    let numeric = value.bytes().any(|byte| byte.is_ascii_digit());
    match value {
        "" => Kind::Unknown,
        _ if numeric && value.parse::<i64>().is_ok() => Kind::Bigint,
        _ if numeric && value.parse::<f64>().is_ok() => Kind::Double,
        _ if value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false") => {
            Kind::Boolean
        }
        _ => Kind::String,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::shown;

    #[test]
    fn the_first_line_has_the_names_if_the_others_are_not_all_text() {
        for (content, expected) in [
            (
                "Id,Name,Price\n1,a,1.5\n2,b,\n",
                "csv ',' names, 2 records: id bigint, name string, price double",
            ),
            (
                "name|open\nx|true\ny|false\n",
                "csv '|' names, 2 records: name string, open boolean",
            ),
            (
                "name;city\nx;y\n",
                "csv ';' no names, 2 records: col0 string, col1 string",
            ),
            (
                "1\t2.5\n3\t4\n",
                "csv '\\t' no names, 2 records: col0 bigint, col1 double",
            ),
            (
                "id,note\n1,\"a, b\"\n2,\"c\"\n",
                "csv ',' names, 2 records: id bigint, note string",
            ),
        ] {
            assert_eq!(shown(content), expected, "{content}");
        }
    }

    #[test]
    fn one_column_or_ragged_lines_are_no_csv() {
        for content in ["id\n1\n2\n", "a,b\n1,2,3\n"] {
            assert_eq!(shown(content), "unknown, 0 records: ", "{content}");
        }
    }
}
