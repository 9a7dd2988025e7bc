//! A query's rows.

use super::Athena;
use crate::error::AwsError;
use crate::ops::PageRequest;

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultColumn {
    /// The name.
    pub name: String,
    /// A type: `varchar`, `decimal`.
    pub kind: String,
}

/// One page of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultPage {
    /// The columns, the same on every page.
    pub columns: Vec<ResultColumn>,
    /// The rows, values as text, none for SQL's NULL. The first row of the first page of a
    /// SELECT is the columns' names.
    pub rows: Vec<Vec<Option<String>>>,
    /// Asks for the next page; none when this was the last.
    pub next_token: Option<String>,
}

impl Athena<'_> {
    /// `GetQueryResults`, at most a thousand rows a page. Terminal while the query has not succeeded.
    pub async fn query_results(&self, id: &str, page: PageRequest) -> Result<ResultPage, AwsError> {
        self.0
            .call("GetQueryResults", |athena| async move {
                let out = athena
                    .get_query_results()
                    .query_execution_id(id)
                    .set_max_results(page.max_results)
                    .set_next_token(page.next_token)
                    .send()
                    .await?;
                let (rows, metadata) = out.result_set.map_or((None, None), |result| {
                    (result.rows, result.result_set_metadata)
                });
                let columns = metadata.and_then(|metadata| metadata.column_info);
                Ok(ResultPage {
                    columns: columns
                        .unwrap_or_default()
                        .into_iter()
                        .map(|column| ResultColumn {
                            name: column.name,
                            kind: column.r#type,
                        })
                        .collect(),
                    rows: rows
                        .unwrap_or_default()
                        .into_iter()
                        .map(|row| {
                            let data = row.data.unwrap_or_default().into_iter();
                            data.map(|datum| datum.var_char_value).collect()
                        })
                        .collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }
}
