//! The route table: which rpc answers which verb and path, read from the `google.api.http` rules of the
//! descriptors (`google/api/http.proto`).

use http::Method;
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor, ServiceDescriptor};

use super::shape::Shape;
use super::template::{Template, TemplateError};

/// One binding of one rpc.
#[derive(Clone, Debug)]
pub struct Route {
    /// The HTTP method.
    pub verb: Method,
    /// The path.
    pub template: Template,
    /// The rpc.
    pub method: MethodDescriptor,
    /// How its replies are written.
    pub reply: Shape,
    /// Whether the request message is the body. If not, its fields are query parameters.
    pub body: bool,
    /// The path of the rpc in gRPC: `/datamesh.v1.DomainService/GetDomain`.
    pub grpc_path: String,
    /// `DomainService/GetDomain`, for metrics and logs.
    pub name: String,
    /// Whether it is the rule itself and not one of its additional bindings.
    pub primary: bool,
}

/// Why the rules of the descriptors make no route table.
#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    /// The descriptors lack `google/api/annotations.proto`.
    #[error("the descriptors do not define google.api.http")]
    NoAnnotations,
    /// A service that should be served is not in the descriptors.
    #[error("the descriptors do not define the service {0}")]
    NoService(String),
    /// An rpc has no rule.
    #[error("{0} has no google.api.http rule")]
    NoRule(String),
    /// A rule uses what is not supported.
    #[error("the google.api.http rule of {method} {problem}")]
    Unsupported {
        /// The rpc.
        method: String,
        /// What it uses.
        problem: String,
    },
    /// A path template is wrong.
    #[error("the google.api.http rule of {method}: {source}")]
    Template {
        /// The rpc.
        method: String,
        /// What is wrong.
        source: TemplateError,
    },
}

/// What the table says about a verb and a path.
pub enum Matched<'a> {
    /// This rpc, with the values of the path's variables.
    Route {
        /// The route.
        route: &'a Route,
        /// Name and value of each variable; `None` where the percent encoding is broken.
        variables: Vec<(&'a str, Option<String>)>,
    },
    /// The path is there, but not for this verb. Holds the value of `Allow`.
    WrongVerb(String),
    /// No such path.
    NotFound,
}

/// All routes of some services.
#[derive(Clone, Debug)]
pub struct RouteTable {
    routes: Vec<Route>,
}

impl RouteTable {
    /// Reads the rules of the services with these full names.
    ///
    /// # Errors
    /// When an rpc has no rule, or one that is not supported.
    pub fn new(pool: &DescriptorPool, services: &[&str]) -> Result<Self, RouteError> {
        let mut routes = Vec::new();
        for name in services {
            let service = pool
                .get_service_by_name(name)
                .ok_or_else(|| RouteError::NoService((*name).to_owned()))?;
            for method in service.methods() {
                add_rules(pool, &service, &method, &mut routes)?;
            }
        }
        Ok(Self { routes })
    }

    /// The routes, in the order of the protos.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Finds who answers. HEAD is answered by GET (RFC 9110, 9.3.2).
    pub fn find(&self, verb: &Method, path: &str) -> Matched<'_> {
        let aliased = with_version(path);
        let path = aliased.as_deref().unwrap_or(path);
        let parts: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        let wanted = if verb == Method::HEAD {
            &Method::GET
        } else {
            verb
        };

        // `x:publish` could be an id; where a template with that verb matches, it is not.
        let matching = || self.routes.iter().filter(|r| r.template.matches(&parts));
        let with_verb = matching().any(|r| r.template.verb().is_some());
        let candidates = || matching().filter(|r| r.template.verb().is_some() == with_verb);

        if let Some(route) = candidates().find(|r| r.verb == wanted) {
            return Matched::Route {
                route,
                variables: route.template.bind(&parts),
            };
        }
        let mut allowed: Vec<&str> = candidates().map(|r| r.verb.as_str()).collect();
        if allowed.is_empty() {
            return Matched::NotFound;
        }
        if allowed.contains(&"GET") {
            allowed.push("HEAD");
        }
        allowed.push("OPTIONS");
        allowed.sort_unstable();
        allowed.dedup();
        Matched::WrongVerb(allowed.join(", "))
    }
}

/// `/api/projects` is `/api/v1/projects`.
fn with_version(path: &str) -> Option<String> {
    let rest = path.strip_prefix("/api/")?;
    let first = rest.split('/').next()?;
    (first != "v1").then(|| format!("/api/v1/{rest}"))
}

fn add_rules(
    pool: &DescriptorPool,
    service: &ServiceDescriptor,
    method: &MethodDescriptor,
    routes: &mut Vec<Route>,
) -> Result<(), RouteError> {
    let http = pool
        .get_extension_by_name("google.api.http")
        .ok_or(RouteError::NoAnnotations)?;
    let options = method.options();
    if !options.has_extension(&http) {
        return Err(RouteError::NoRule(method.full_name().to_owned()));
    }
    let extension = options.get_extension(&http);
    let rule = extension
        .as_message()
        .ok_or_else(|| RouteError::NoRule(method.full_name().to_owned()))?;
    routes.push(route(service, method, rule, true)?);
    let bindings = rule.get_field_by_name("additional_bindings");
    for binding in bindings.iter().filter_map(|b| b.as_list()).flatten() {
        if let Some(rule) = binding.as_message() {
            routes.push(route(service, method, rule, false)?);
        }
    }
    Ok(())
}

fn route(
    service: &ServiceDescriptor,
    method: &MethodDescriptor,
    rule: &DynamicMessage,
    primary: bool,
) -> Result<Route, RouteError> {
    let unsupported = |problem: String| RouteError::Unsupported {
        method: method.full_name().to_owned(),
        problem,
    };
    let text = |field: &str| {
        rule.get_field_by_name(field)
            .and_then(|value| value.as_str().map(str::to_owned))
            .filter(|value| !value.is_empty())
    };
    let (verb, path) = [
        ("get", Method::GET),
        ("put", Method::PUT),
        ("post", Method::POST),
        ("delete", Method::DELETE),
        ("patch", Method::PATCH),
    ]
    .into_iter()
    .find_map(|(field, verb)| text(field).map(|path| (verb, path)))
    .ok_or_else(|| unsupported("has no path".to_owned()))?;
    let body = match text("body").as_deref() {
        None => false,
        Some("*") => true,
        Some(field) => return Err(unsupported(format!("has the body {field:?}"))),
    };
    let template = Template::parse(&path).map_err(|source| RouteError::Template {
        method: method.full_name().to_owned(),
        source,
    })?;
    if let Some(missing) = template
        .variables()
        .find(|name| method.input().get_field_by_name(name).is_none())
    {
        return Err(unsupported(format!("binds the unknown field {missing}")));
    }
    Ok(Route {
        verb,
        template,
        method: method.clone(),
        reply: Shape::new(method.output()),
        body,
        grpc_path: format!("/{}/{}", service.full_name(), method.name()),
        name: format!("{}/{}", service.name(), method.name()),
        primary,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn table() -> RouteTable {
        let pool = datamesh_proto::descriptors().unwrap();
        RouteTable::new(
            &pool,
            &[
                "datamesh.v1.DomainService",
                "datamesh.v1.ProjectService",
                "datamesh.v1.AssetService",
                "datamesh.v1.ApprovalService",
                "datamesh.v1.DeploymentService",
                "datamesh.v1.EventService",
                "datamesh.v1.LakeFormationService",
                "datamesh.v1.PermissionService",
                "datamesh.v1.PromotionService",
                "datamesh.v1.ShareService",
                "datamesh.v1.SubscriptionService",
                "datamesh.v1.WorkflowService",
                "datamesh.v1.AdminService",
            ],
        )
        .unwrap()
    }

    #[track_caller]
    fn name(verb: &str, path: &str) -> String {
        let table = table();
        match table.find(&verb.parse().unwrap(), path) {
            Matched::Route { route, .. } => route.method.name().to_owned(),
            Matched::WrongVerb(allowed) => format!("405 {allowed}"),
            Matched::NotFound => "404".to_owned(),
        }
    }

    #[test]
    fn the_specifications_paths_are_there() {
        for (verb, path, rpc) in [
            ("POST", "/api/v1/domains", "CreateDomain"),
            ("GET", "/api/v1/domains", "ListDomains"),
            ("POST", "/api/projects", "CreateProject"),
            ("GET", "/api/projects", "ListProjects"),
            ("GET", "/api/projects/proj-1", "GetProject"),
            ("POST", "/api/projects/proj-1", "UpdateProject"),
            ("PATCH", "/api/v1/projects/proj-1", "UpdateProject"),
            ("DELETE", "/api/projects/proj-1", "DeleteProject"),
            ("POST", "/api/v1/assets", "CreateAsset"),
            ("HEAD", "/api/v1/assets/asset-1", "GetAsset"),
            ("GET", "/api/v1/events:tail", "TailEvents"),
            ("POST", "/api/v1/cross-account-share", "CreateShare"),
            ("POST", "/api/v1/subscriptions", "CreateSubscription"),
            ("POST", "/api/v1/shares/share-1:revoke", "RevokeShare"),
            ("GET", "/api/v1/shares/share-1/plan", "GetSharePlan"),
            ("GET", "/api/v1/audit/share-1", "ListAuditEntries"),
            ("POST", "/api/v1/permissions/grant", "GrantPermission"),
            ("GET", "/api/v1/permissions/perm-1", "GetPermission"),
            ("GET", "/api/v1/access:explain", "GetAccessExplanation"),
            (
                "DELETE",
                "/api/v1/lakeformation/resources/lake-1",
                "DeleteLakeResource",
            ),
            (
                "GET",
                "/admin/v1/actors/project/proj-1/history",
                "GetActorHistory",
            ),
        ] {
            assert_eq!(name(verb, path), rpc, "{verb} {path}");
        }
    }

    #[test]
    fn a_verb_behind_a_colon_is_not_part_of_the_id() {
        assert_eq!(
            name("POST", "/api/v1/assets/asset-1:publish"),
            "PublishAsset"
        );
        assert_eq!(name("GET", "/api/v1/assets/asset-1:watch"), "WatchAsset");
        assert_eq!(
            name("GET", "/api/v1/assets/asset-1:publish"),
            "405 OPTIONS, POST"
        );
    }

    #[test]
    fn what_is_not_there_is_404_or_405() {
        assert_eq!(name("GET", "/api/v1/nothing"), "404");
        assert_eq!(name("GET", "/api/v1/projects/"), "404");
        assert_eq!(name("GET", "/api/v2/projects"), "404");
        assert_eq!(name("GET", "/"), "404");
        assert_eq!(
            name("PUT", "/api/v1/domains"),
            "405 GET, HEAD, OPTIONS, POST"
        );
    }
}
