use datamesh_proto::v1::domain::Status;
use datamesh_proto::v1::domain_service_server::DomainService;
use datamesh_proto::v1::*;
use tonic::{Code, Request};

use super::{Answer, States, ago, answer, not_found, refused, states, wrong_fields};

pub struct Domains;

pub const AVIATION: &str = "dom-aviation22222222";
pub const CLIMATE: &str = "dom-climate333333333";

pub fn domain(id: &str, name: &str, status: Status) -> Domain {
    let ready = status == Status::Active;
    Domain {
        domain_id: id.into(),
        domain_name: name.into(),
        description: format!("All about {name}"),
        owner_groups: vec![format!("{name}-data")],
        status: status as i32,
        aws_account_id: "000000000000".into(),
        region: "us-east-1".into(),
        data_zone_domain_id: if ready {
            "dzd_7k2m4n6p8q".into()
        } else {
            String::new()
        },
        data_lake_bucket: if ready {
            format!("data-lake-{name}")
        } else {
            String::new()
        },
        created_by: "ada".into(),
        created_at: ago(7_500),
        updated_at: ago(90),
        etag: "3".into(),
        ..Default::default()
    }
}

fn failed() -> Domain {
    Domain {
        status_reason: "BucketAlreadyExists: the bucket belongs to somebody else".into(),
        ..domain("dom-broken0000000000", "broken", Status::Failed)
    }
}

#[tonic::async_trait]
impl DomainService for Domains {
    type WatchDomainStream = States<Domain>;

    async fn create_domain(&self, request: Request<CreateDomainRequest>) -> Answer<Domain> {
        let request = request.into_inner();
        match request.domain_name.as_str() {
            "aviation" => answer(domain(AVIATION, "aviation", Status::Creating)),
            "broken" => answer(domain("dom-broken0000000000", "broken", Status::Creating)),
            "climate" => refused(Code::AlreadyExists, "there is a domain `climate` already"),
            _ => wrong_fields(&[
                ("domainName", "may only have a-z, 0-9 and '-'"),
                ("ownerGroups[0]", "must not be empty"),
            ]),
        }
    }

    async fn get_domain(&self, request: Request<GetDomainRequest>) -> Answer<Domain> {
        match request.into_inner().domain_id.as_str() {
            AVIATION => answer(domain(AVIATION, "aviation", Status::Active)),
            other => not_found(&format!("domain `{other}`")),
        }
    }

    async fn list_domains(
        &self,
        request: Request<ListDomainsRequest>,
    ) -> Answer<ListDomainsResponse> {
        let request = request.into_inner();
        let all = [
            domain(AVIATION, "aviation", Status::Active),
            domain(CLIMATE, "climate", Status::Creating),
        ];
        let found: Vec<Domain> = all
            .into_iter()
            .filter(|d| request.domain_name.is_empty() || d.domain_name == request.domain_name)
            .filter(|d| request.status == 0 || d.status == request.status)
            .collect();
        // One a page, to see that pages are joined.
        let from: usize = request.page_token.parse().unwrap_or(0);
        let next = if from + 1 < found.len() {
            (from + 1).to_string()
        } else {
            String::new()
        };
        answer(ListDomainsResponse {
            domains: found.into_iter().skip(from).take(1).collect(),
            next_page_token: next,
        })
    }

    async fn update_domain(&self, request: Request<UpdateDomainRequest>) -> Answer<Domain> {
        let request = request.into_inner();
        if !request.etag.is_empty() && request.etag != "3" {
            return refused(
                Code::Aborted,
                "the domain has changed: its etag is 3, not 2",
            );
        }
        answer(Domain {
            description: request.description.unwrap_or_default(),
            ..domain(AVIATION, "aviation", Status::Updating)
        })
    }

    async fn delete_domain(&self, request: Request<DeleteDomainRequest>) -> Answer<Domain> {
        match request.into_inner().domain_id.as_str() {
            AVIATION => refused(
                Code::FailedPrecondition,
                "the domain has 2 projects: delete them first",
            ),
            _ => answer(domain(CLIMATE, "climate", Status::Deleting)),
        }
    }

    async fn watch_domain(
        &self,
        request: Request<WatchDomainRequest>,
    ) -> Answer<Self::WatchDomainStream> {
        match request.into_inner().domain_id.as_str() {
            AVIATION => states(vec![
                domain(AVIATION, "aviation", Status::Creating),
                domain(AVIATION, "aviation", Status::Active),
            ]),
            "dom-broken0000000000" => states(vec![failed()]),
            other => not_found(&format!("domain `{other}`")),
        }
    }
}
