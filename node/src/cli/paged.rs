//! Reads a list page by page.

use tonic::{Response, Status};

use super::failure::Failure;

const PAGE: u32 = 500;

/// Items of a list, and whether there are more.
pub struct Items<T> {
    /// The items.
    pub items: Vec<T>,
    /// Whether the limit cut the list.
    pub more: bool,
}

/// Reads at most `limit` items. `page` asks for a page of a size after a token; `open` takes the items
/// and the next token out of the answer.
///
/// # Errors
/// What the server answers.
pub async fn read<T, A, F>(
    limit: u32,
    mut page: impl FnMut(i32, String) -> F,
    open: impl Fn(A) -> (Vec<T>, String),
) -> Result<Items<T>, Failure>
where
    F: Future<Output = Result<Response<A>, Status>>,
{
    let mut items = Vec::new();
    let mut token = String::new();
    loop {
        let left = limit - u32::try_from(items.len()).unwrap_or(limit).min(limit);
        let size = i32::try_from(left.min(PAGE)).unwrap_or(1);
        let (more, next) = open(page(size, token).await?.into_inner());
        items.extend(more);
        if next.is_empty() {
            return Ok(Items { items, more: false });
        }
        if items.len() >= limit as usize {
            items.truncate(limit as usize);
            return Ok(Items { items, more: true });
        }
        token = next;
    }
}
