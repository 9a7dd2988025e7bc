//! The parameters of `http:invoke` as a request to datamesh's own API.

use serde_json::Value;

/// A request that a task asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ApiCall {
    /// `GET`, `POST`, …
    pub(super) method: String,
    /// The path with its query.
    pub(super) path: String,
    /// The body.
    pub(super) body: Option<Value>,
}

impl ApiCall {
    /// Reads `ApiEndpoint`, `Method`, `RequestBody` and `QueryParameters`. What else Step Functions knows
    /// (`Authentication`, `Headers`, `Transform`) says how to get there, and is not needed: the request is
    /// sent in this process, in the name of who started the workflow.
    ///
    /// A GET has no body: the members of its `RequestBody` become query parameters.
    ///
    /// # Errors
    /// What is wrong with the parameters, or that the endpoint is not ours: a control plane makes no
    /// requests to others.
    pub(super) fn of(parameters: &Value, own_hosts: &[String]) -> Result<Self, String> {
        let endpoint = text(parameters, "ApiEndpoint")?;
        let method = text(parameters, "Method")?.to_ascii_uppercase();
        if !["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"].contains(&method.as_str()) {
            return Err(format!("the Method {method} is not supported"));
        }
        let path = own_path(endpoint, own_hosts)?;
        let (path, mut query) = match path.split_once('?') {
            Some((path, query)) => (path, query.to_owned()),
            None => (path, String::new()),
        };
        if let Some(more) = parameters.get("QueryParameters") {
            add_query(&mut query, more, "QueryParameters")?;
        }
        let mut body = parameters.get("RequestBody").cloned();
        if matches!(method.as_str(), "GET" | "HEAD" | "DELETE")
            && let Some(members) = body.take()
        {
            add_query(&mut query, &members, "RequestBody")?;
        }
        let path = match query.as_str() {
            "" => path.to_owned(),
            query => format!("{path}?{query}"),
        };
        Ok(Self { method, path, body })
    }

    /// Whether it asks for a deployment.
    pub(super) fn deploys(&self) -> bool {
        let path = self.path.split('?').next().unwrap_or_default();
        self.method == "POST" && path.ends_with("/deployments")
    }
}

fn text<'a>(parameters: &'a Value, name: &str) -> Result<&'a str, String> {
    parameters
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| format!("the parameter {name} is missing or no text"))
}

/// The path of an endpoint that is ours: a path alone, or a URL with one of our hosts.
fn own_path<'a>(endpoint: &'a str, own_hosts: &[String]) -> Result<&'a str, String> {
    if endpoint.starts_with('/') && !endpoint.starts_with("//") {
        return Ok(endpoint);
    }
    let rest = ["http://", "https://"]
        .iter()
        .find_map(|scheme| endpoint.strip_prefix(scheme))
        .ok_or_else(|| format!("the ApiEndpoint {endpoint} is no http URL and no path"))?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    if !own_hosts.iter().any(|own| own.eq_ignore_ascii_case(host)) {
        return Err(format!(
            "requests to {host} are not allowed: workflows call this API only (workflows.own_hosts: {})",
            own_hosts.join(", ")
        ));
    }
    match path.starts_with('/') {
        true => Ok(path),
        false => Err(format!("the ApiEndpoint {endpoint} has no path")),
    }
}

/// Adds the members of an object to a query; a list becomes one parameter an item.
fn add_query(query: &mut String, members: &Value, what: &str) -> Result<(), String> {
    let members = match members {
        Value::Null => return Ok(()),
        Value::Object(members) => members,
        _ => return Err(format!("the parameter {what} is no object")),
    };
    for (name, value) in members {
        let one = std::slice::from_ref(value);
        let values = value.as_array().map_or(one, Vec::as_slice);
        for value in values {
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                Value::Bool(_) | Value::Number(_) => value.to_string(),
                Value::Array(_) | Value::Object(_) => {
                    return Err(format!("{what}.{name} cannot be part of a query"));
                }
            };
            if !query.is_empty() {
                query.push('&');
            }
            encode(name, query);
            query.push('=');
            encode(&text, query);
        }
    }
    Ok(())
}

/// Percent encoding of all but the unreserved characters (RFC 3986, 2.3).
fn encode(text: &str, into: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                into.push(char::from(byte));
            }
            _ => {
                into.push('%');
                into.push(char::from(HEX[usize::from(byte >> 4)]));
                into.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use serde_json::json;

    use super::*;

    fn of(parameters: &Value) -> Result<ApiCall, String> {
        ApiCall::of(
            parameters,
            &["internal-alb.vpc.local".to_owned(), "localhost".to_owned()],
        )
    }

    #[test]
    fn a_post_has_a_body_and_a_get_has_a_query() {
        let post = of(&json!({
            "ApiEndpoint": "http://internal-alb.vpc.local/api/deployments",
            "Method": "POST",
            "RequestBody": {"projectId": "proj-1"},
        }));
        let post = post.unwrap();
        assert_eq!(post.path, "/api/deployments");
        assert_eq!(post.body, Some(json!({"projectId": "proj-1"})));
        assert!(post.deploys());
        let get = of(&json!({
            "ApiEndpoint": "https://Internal-ALB.vpc.local:8443/api/verify?x=1",
            "Method": "GET",
            "RequestBody": {"projectId": "proj-1", "list": [1, "a b&c"], "no": null},
        }));
        let get = get.unwrap();
        assert_eq!(
            get.path,
            "/api/verify?x=1&projectId=proj-1&list=1&list=a%20b%26c"
        );
        assert_eq!(get.body, None);
        assert!(!get.deploys());
    }

    #[test]
    fn only_our_own_hosts_are_called() {
        for endpoint in [
            "https://example.com/api/v1/projects",
            "https://localhost.example.com/api",
            "https://localhost@example.com/api",
            "https://example.com:80@localhost.x/api",
            "//example.com/api",
            "ftp://localhost/api",
            "https://localhost",
        ] {
            let parameters = json!({"ApiEndpoint": endpoint, "Method": "GET"});
            assert!(of(&parameters).is_err(), "{endpoint}");
        }
        for endpoint in ["/api/v1/projects", "http://localhost:8080/api/v1/projects"] {
            let parameters = json!({"ApiEndpoint": endpoint, "Method": "GET"});
            assert_eq!(of(&parameters).unwrap().path, "/api/v1/projects");
        }
    }
}
