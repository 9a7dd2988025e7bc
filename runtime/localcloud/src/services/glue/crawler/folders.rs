//! Which of a target's files make a table: by their folders and what they look like.
//!
//! A folder whose files are all alike, and all equally deep below it, is one table; the folders between
//! are its partitions. A folder with nothing but another one in it only leads there. Otherwise each folder below is looked at by itself, and each file that stands
//! between folders is a table of its own.

use std::collections::BTreeMap;

use super::classify::{Classified, Schema};

/// A file of the target.
#[derive(Debug, Clone)]
pub(super) struct File {
    /// The folders from the target to the file, and its name.
    pub(super) path: Vec<String>,
    /// Bytes.
    pub(super) size: u64,
    /// None if it was not looked at: its neighbours were.
    pub(super) classified: Option<Classified>,
}

/// How much there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) objects: u64,
    /// Bytes.
    pub(super) size: u64,
    /// Records of the files that were looked at …
    counted: u64,
    /// … and their bytes.
    counted_size: u64,
}

impl Amount {
    fn add(&mut self, file: &File) {
        self.objects += 1;
        self.size += file.size;
        if let Some(classified) = &file.classified {
            self.counted += classified.records;
            self.counted_size += file.size;
        }
    }

    /// Bytes of a record.
    pub(super) fn average(&self) -> u64 {
        self.counted_size
            .checked_div(self.counted)
            .unwrap_or_default()
    }

    /// Records, estimated where not all files were looked at.
    pub(super) fn records(&self) -> u64 {
        match self.counted_size == self.size {
            true => self.counted,
            false => self.size.checked_div(self.average()).unwrap_or_default(),
        }
    }
}

/// A table that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The folders from the target to the table's folder, or to its only file.
    pub(super) path: Vec<String>,
    pub(super) is_file: bool,
    pub(super) schema: Schema,
    pub(super) amount: Amount,
    /// Names of the partition keys.
    pub(super) keys: Vec<String>,
    pub(super) partitions: Vec<FoundPartition>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundPartition {
    /// The folders from the table's to the partition's.
    pub(super) folders: Vec<String>,
    pub(super) values: Vec<String>,
    pub(super) schema: Schema,
    pub(super) amount: Amount,
}

/// How a crawler's configuration groups.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Grouping {
    /// Whatever is written alike is one table.
    pub(super) combine: bool,
    /// How many folders below the target tables are; none if that is found out.
    pub(super) level: Option<usize>,
}

/// The tables among these files. `files` are in the order of their paths.
pub(super) fn tables(files: &[File], grouping: Grouping) -> Vec<Found> {
    let mut found = Vec::new();
    let files: Vec<&File> = files.iter().collect();
    collect(&files, 0, grouping, &mut found);
    found
}

fn collect(files: &[&File], depth: usize, grouping: Grouping, found: &mut Vec<Found>) {
    if files.is_empty() {
        return;
    }
    let above = match grouping.level {
        Some(level) => depth < level,
        None => leads_on(files, depth),
    };
    if !above && let Some(table) = one_table(files, depth, grouping) {
        found.push(table);
        return;
    }
    let mut folders: BTreeMap<&str, Vec<&File>> = BTreeMap::new();
    for file in files {
        match file.path.len() == depth + 1 {
            true => found.extend(of_file(file)),
            false => folders.entry(&file.path[depth]).or_default().push(file),
        }
    }
    for below in folders.values() {
        collect(below, depth + 1, grouping, found);
    }
}

/// Whether there is but one folder here that has a name of its own: it is the table's, and this one only
/// leads to it.
fn leads_on(files: &[&File], depth: usize) -> bool {
    let folder = |file: &File| match file.path.len() > depth + 1 {
        true => file.path.get(depth).cloned(),
        false => None,
    };
    let first = folder(files[0]);
    first.as_ref().is_some_and(|first| {
        let is_name = !first.contains('=') && first.contains(char::is_alphabetic);
        is_name
            && files
                .iter()
                .all(|file| folder(file).as_ref() == Some(first))
    })
}

fn of_file(file: &File) -> Option<Found> {
    let mut amount = Amount::default();
    amount.add(file);
    Some(Found {
        path: file.path.clone(),
        is_file: true,
        schema: file.classified.clone()?.schema,
        amount,
        keys: Vec::new(),
        partitions: Vec::new(),
    })
}

fn one_table(files: &[&File], depth: usize, grouping: Grouping) -> Option<Found> {
    let deep = files[0].path.len();
    let mut schema: Option<Schema> = None;
    let mut amount = Amount::default();
    let loosely = grouping.combine || grouping.level == Some(depth);
    for file in files {
        if file.path.len() != deep {
            return None;
        }
        amount.add(file);
        let Some(classified) = &file.classified else {
            continue;
        };
        let own = classified.schema.clone();
        schema = Some(match schema {
            None => own,
            Some(schema) if schema.resembles(&own, loosely) => schema.with(own),
            Some(_) => return None,
        });
    }
    let schema = schema?;
    let keys = keys(files, depth, &schema);
    Some(Found {
        path: files[0].path[..depth].to_vec(),
        is_file: false,
        partitions: partitions(files, depth, &keys, &schema),
        schema,
        amount,
        keys,
    })
}

/// `key=value` folders give the key its name; other folders are `partition_0` and so on.
fn keys(files: &[&File], depth: usize, schema: &Schema) -> Vec<String> {
    let name = |folder: &str| folder.split_once('=').map(|(name, _)| name.to_lowercase());
    (depth..files[0].path.len() - 1)
        .map(|at| {
            let first = name(&files[0].path[at]).filter(|first| {
                let is_column = schema.columns.iter().any(|(column, _)| column == first);
                let same = |file: &&File| name(&file.path[at]).as_ref() == Some(first);
                !first.is_empty() && !is_column && files.iter().all(same)
            });
            first.unwrap_or_else(|| format!("partition_{}", at - depth))
        })
        .collect()
}

fn partitions(
    files: &[&File],
    depth: usize,
    keys: &[String],
    whole: &Schema,
) -> Vec<FoundPartition> {
    if keys.is_empty() {
        return Vec::new();
    }
    // Folders whose names differ in case only (`day=1`, `Day=1`) are one partition: the first one's.
    let mut by_values: BTreeMap<Vec<String>, FoundPartition> = BTreeMap::new();
    for file in files {
        let folders = &file.path[depth..file.path.len() - 1];
        let own = file
            .classified
            .as_ref()
            .map(|classified| &classified.schema);
        let values = folders.iter().zip(keys);
        let values: Vec<String> = values.map(|(folder, key)| value(folder, key)).collect();
        let partition = by_values
            .entry(values)
            .or_insert_with_key(|values| FoundPartition {
                folders: folders.to_vec(),
                values: values.clone(),
                schema: own.unwrap_or(whole).clone(),
                amount: Amount::default(),
            });
        partition.amount.add(file);
        if let Some(own) = own {
            partition.schema = partition.schema.clone().with(own.clone());
        }
    }
    by_values.into_values().collect()
}

fn value(folder: &str, key: &str) -> String {
    match folder.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case(key) => {
            percent_encoding::percent_decode_str(value)
                .decode_utf8_lossy()
                .into_owned()
        }
        _ => folder.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::classify::classify;
    use super::*;

    fn file(path: &str, content: &str) -> File {
        File {
            path: path.split('/').map(str::to_owned).collect(),
            size: content.len() as u64,
            classified: Some(classify(content.as_bytes())),
        }
    }

    /// `table(key, …): value/…, …`
    fn shown(files: &[(&str, &str)], grouping: Grouping) -> Vec<String> {
        let files: Vec<File> = files.iter().map(|(path, text)| file(path, text)).collect();
        tables(&files, grouping)
            .iter()
            .map(|table| {
                let values = table.partitions.iter().map(|one| one.values.join("/"));
                format!(
                    "/{}({}): {}",
                    table.path.join("/"),
                    table.keys.join(", "),
                    values.collect::<Vec<_>>().join(", ")
                )
            })
            .collect()
    }

    const ORDER: &str = r#"{"id": 1, "price": 2.5}"#;
    const PERSON: &str = r#"{"name": "a", "born": "1990"}"#;

    #[test]
    fn folders_of_one_kind_are_one_table() {
        let grouped = |files: &[(&str, &str)]| shown(files, Grouping::default());
        assert_eq!(grouped(&[("a.json", ORDER), ("b.json", ORDER)]), ["/(): "]);
        assert_eq!(
            grouped(&[
                ("orders/day=1/a.json", ORDER),
                ("orders/day=2/a.json", ORDER),
                ("people/a.json", PERSON),
            ]),
            ["/orders(day): 1, 2", "/people(): "]
        );
        assert_eq!(
            grouped(&[("raw/orders/a.json", ORDER)]),
            ["/raw/orders(): "]
        );
        assert_eq!(grouped(&[("2026/a.json", ORDER)]), ["/(partition_0): 2026"]);
        assert_eq!(
            grouped(&[("2026/01/a.json", ORDER), ("2026/02/a.json", ORDER)]),
            ["/(partition_0, partition_1): 2026/01, 2026/02"]
        );
        assert_eq!(
            grouped(&[("a.json", ORDER), ("b.json", PERSON)]),
            ["/a.json(): ", "/b.json(): "]
        );
        assert_eq!(
            grouped(&[("a.json", ORDER), ("old/b.json", ORDER)]),
            ["/a.json(): ", "/old(): "]
        );
    }

    #[test]
    fn folders_of_the_same_values_are_one_partition() {
        assert_eq!(
            shown(
                &[
                    ("orders/Day=1/a.json", ORDER),
                    ("orders/day=1/a.json", ORDER),
                    ("orders/day=2/a.json", ORDER),
                ],
                Grouping::default()
            ),
            ["/orders(day): 1, 2"]
        );
    }

    #[test]
    fn keys_that_are_columns_get_another_name() {
        assert_eq!(
            shown(&[("id=1/a.json", ORDER)], Grouping::default()),
            ["/(partition_0): id=1"]
        );
    }

    #[test]
    fn the_configuration_can_group_otherwise() {
        let files = [("x/a.json", ORDER), ("y/a.json", PERSON)];
        let combine = Grouping {
            combine: true,
            level: None,
        };
        assert_eq!(shown(&files, combine), ["/(partition_0): x, y"]);
        let files = [("x/1/a.json", ORDER), ("y/1/a.json", ORDER)];
        let level = Grouping {
            combine: false,
            level: Some(1),
        };
        assert_eq!(
            shown(&files, level),
            ["/x(partition_0): 1", "/y(partition_0): 1"]
        );
    }
}
