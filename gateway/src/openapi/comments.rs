use std::collections::HashMap;

use prost_reflect::FileDescriptor;

/// The comments of the protos, by file and by the path of what they stand before
/// (`SourceCodeInfo.Location` of `descriptor.proto`).
#[derive(Default)]
pub struct Comments {
    files: HashMap<String, HashMap<Vec<i32>, String>>,
}

impl Comments {
    /// The comment before the element at `path` of a file, in one paragraph; empty if there is none.
    pub fn get(&mut self, file: &FileDescriptor, path: &[i32]) -> String {
        self.files
            .entry(file.name().to_owned())
            .or_insert_with(|| read(file))
            .get(path)
            .cloned()
            .unwrap_or_default()
    }
}

fn read(file: &FileDescriptor) -> HashMap<Vec<i32>, String> {
    let locations = file
        .file_descriptor_proto()
        .source_code_info
        .iter()
        .flat_map(|info| &info.location);
    locations
        .filter_map(|location| {
            let comment = location.leading_comments.as_deref()?;
            let lines: Vec<&str> = comment.lines().map(str::trim).collect();
            Some((location.path.clone(), lines.join(" ").trim().to_owned()))
        })
        .collect()
}

/// The first sentence of a comment, without its full stop.
pub fn summary(comment: &str) -> &str {
    comment
        .split_once(". ")
        .map_or(comment, |(first, _)| first)
        .trim_end_matches('.')
}
