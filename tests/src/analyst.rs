use http::Method;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::cloud::Cloud;

/// Looks at a query before it is given up.
const LOOKS: u32 = 400;

/// Somebody who has taken a role and asks Athena: the last word on what can be read.
#[derive(Clone, Debug)]
pub struct Analyst {
    cloud: Cloud,
    session: String,
}

impl Analyst {
    /// Takes a role, whose trust lets anybody.
    ///
    /// # Errors
    /// There is no answer, or it is no.
    pub async fn assume(cloud: &Cloud, role: &str) -> Result<Self, String> {
        let role = role.replace(':', "%3A").replace('/', "%2F");
        let body =
            format!("Action=AssumeRole&Version=2011-06-15&RoleSessionName=analyst&RoleArn={role}");
        let headers = [(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded")];
        let answer = cloud
            .try_send("sts", Method::POST, "/", &headers, &body)
            .await?;
        let text = |tag: &str| -> Result<String, String> {
            let (_, rest) = answer
                .text
                .split_once(&format!("<{tag}>"))
                .ok_or_else(|| answer.to_string())?;
            let (text, _) = rest.split_once('<').ok_or_else(|| answer.to_string())?;
            Ok(text.to_owned())
        };
        Ok(Self {
            cloud: cloud.with_key(&text("AccessKeyId")?),
            session: text("SessionToken")?,
        })
    }

    /// Runs a query, whose result goes to `output` (`s3://bucket/prefix/`): the number of its rows, or why it
    /// was refused.
    ///
    /// # Errors
    /// It could not be run: nothing is known of what can be read.
    pub async fn query(
        &self,
        sql: &str,
        output: &str,
        token: &str,
    ) -> Result<Result<usize, String>, String> {
        let input = json!({
            "QueryString": sql,
            "ClientRequestToken": format!("{token:-<32}"),
            "ResultConfiguration": {"OutputLocation": output},
        });
        let started = self.athena("StartQueryExecution", &input).await?;
        let id = json!({"QueryExecutionId": started["QueryExecutionId"]});
        for _ in 0..LOOKS {
            let seen = self.athena("GetQueryExecution", &id).await?;
            let status = &seen["QueryExecution"]["Status"];
            match status["State"].as_str() {
                Some("SUCCEEDED") => {
                    let results = self.athena("GetQueryResults", &id).await?;
                    let rows = results["ResultSet"]["Rows"].as_array().map_or(0, Vec::len);
                    // The first row has the names of the columns.
                    return Ok(Ok(rows.saturating_sub(1)));
                }
                Some("FAILED" | "CANCELLED") => {
                    let why = status["StateChangeReason"].as_str().unwrap_or_default();
                    return Ok(Err(why.to_owned()));
                }
                _ => tokio::time::sleep(std::time::Duration::from_millis(25)).await,
            }
        }
        Err(format!("{sql} does not end"))
    }

    async fn athena(&self, operation: &str, input: &Value) -> Result<Value, String> {
        let target = format!("AmazonAthena.{operation}");
        let headers = [
            ("x-amz-target", target.as_str()),
            (CONTENT_TYPE.as_str(), "application/x-amz-json-1.1"),
            ("x-amz-security-token", &self.session),
        ];
        let answer = self
            .cloud
            .try_send("athena", Method::POST, "/", &headers, &input.to_string())
            .await?;
        match answer.status {
            200 => Ok(answer.json()),
            _ => Err(answer.to_string()),
        }
    }
}
