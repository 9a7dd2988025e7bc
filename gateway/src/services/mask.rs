use prost_types::FieldMask;
use tonic::Status;

use crate::status::invalid_field;

/// Which fields an update changes (AIP-134): those of the mask, or without one those that are given.
pub struct Mask {
    paths: Option<Vec<String>>,
}

impl Mask {
    /// Reads a mask. `known` are the proto names of the fields that can be changed; `*` is all of them.
    ///
    /// # Errors
    /// When it names another field.
    pub fn new(mask: Option<&FieldMask>, known: &[&str]) -> Result<Self, Status> {
        let Some(mask) = mask.filter(|mask| !mask.paths.is_empty()) else {
            return Ok(Self { paths: None });
        };
        let mut paths = Vec::new();
        for path in &mask.paths {
            if path == "*" {
                paths.extend(known.iter().map(|&name| name.to_owned()));
            } else if known.contains(&path.as_str()) {
                paths.push(path.clone());
            } else {
                let names: Vec<String> = known.iter().map(|name| camel_case(name)).collect();
                let description = format!(
                    "{} cannot be changed; what can be: {}",
                    camel_case(path),
                    names.join(", ")
                );
                return Err(invalid_field("updateMask", description));
            }
        }
        Ok(Self { paths: Some(paths) })
    }

    /// The new value of a field that says whether it is given.
    pub fn optional<T: Default>(&self, name: &str, given: Option<T>) -> Option<T> {
        match self.names(name) {
            None => given,
            Some(true) => Some(given.unwrap_or_default()),
            Some(false) => None,
        }
    }

    /// The new value of a list or map, which is given if it is not empty.
    pub fn repeated<T: Default>(&self, name: &str, given: T, is_empty: bool) -> Option<T> {
        self.optional(name, (!is_empty).then_some(given))
    }

    /// Whether the mask names the field; `None` without a mask.
    fn names(&self, name: &str) -> Option<bool> {
        let paths = self.paths.as_ref()?;
        Some(paths.iter().any(|path| path == name))
    }
}

fn camel_case(name: &str) -> String {
    let mut parts = name.split('_');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut chars = part.chars();
        out.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        out.push_str(chars.as_str());
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const KNOWN: [&str; 2] = ["description", "owner_groups"];

    fn mask(paths: &[&str]) -> Result<Mask, Status> {
        let paths = paths.iter().map(|&p| p.to_owned()).collect();
        Mask::new(Some(&FieldMask { paths }), &KNOWN)
    }

    #[test]
    fn without_a_mask_what_is_given_is_changed() {
        for none in [Mask::new(None, &KNOWN).unwrap(), mask(&[]).unwrap()] {
            assert_eq!(none.optional("description", Some(1)), Some(1));
            assert_eq!(none.optional::<i32>("description", None), None);
            assert_eq!(none.repeated("owner_groups", vec![0; 0], true), None);
        }
    }

    #[test]
    fn with_a_mask_what_is_named_is_changed_given_or_not() {
        let mask = mask(&["description"]).unwrap();
        assert_eq!(mask.optional("description", None), Some(0));
        assert_eq!(mask.repeated("owner_groups", vec![1], false), None);
    }

    #[test]
    fn a_star_is_all() {
        let mask = mask(&["*"]).unwrap();
        assert_eq!(
            mask.repeated("owner_groups", vec![0; 0], true),
            Some(vec![])
        );
    }

    #[test]
    fn what_cannot_be_changed_is_refused() {
        let status = mask(&["domain_name"]).err().unwrap();
        assert_eq!(
            status.message(),
            "updateMask: domainName cannot be changed; what can be: description, ownerGroups"
        );
    }
}
