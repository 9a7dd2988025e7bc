//! The constraints that many operations' members share.

use crate::services::constraints::Constraints;

/// Results of one page if the request does not say.
const DEFAULT_PAGE: usize = 50;

/// `dzd_` or `dzd-` and a name.
pub(super) fn domain_id(constraints: &mut Constraints, member: &str, id: &str) {
    constraints.pattern(member, Some(id), r"dzd[-_][a-zA-Z0-9_-]{1,36}");
}

/// Of a project, an asset or a listing.
pub(super) fn id(constraints: &mut Constraints, member: &str, id: &str) {
    constraints.pattern(member, Some(id), r"[a-zA-Z0-9_-]{1,36}");
}

pub(super) fn client_token(constraints: &mut Constraints, token: Option<&str>) {
    constraints.length("clientToken", token, 1, 128);
    constraints.pattern("clientToken", token, r"[\x21-\x7E]+");
}

pub(super) fn description(constraints: &mut Constraints, text: Option<&str>) {
    constraints.length("description", text, 0, 2048);
}

pub(super) fn role(constraints: &mut Constraints, member: &str, arn: Option<&str>) {
    constraints.pattern(
        member,
        arn,
        r"arn:aws[^:]*:iam::\d{12}:(role|role/service-role)/[\w+=,.@-]*",
    );
}

/// Checks `maxResults` and says how many a page holds.
pub(super) fn page_size(constraints: &mut Constraints, wanted: Option<i64>, max: i64) -> usize {
    constraints.range("maxResults", wanted, 1, max);
    wanted
        .and_then(|wanted| usize::try_from(wanted).ok())
        .unwrap_or(DEFAULT_PAGE)
}
