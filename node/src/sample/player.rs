//! Plays the sample through the public API, as people of the sample's teams would: an admin makes the
//! domains, each domain's steward makes its projects, puts files into its lake and publishes assets, and has
//! one project promoted.
//!
//! Every request id is fixed, and what is there under its name is left as it is: a second run finds what
//! the first made.

use std::pin::Pin;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use datamesh_aws::Aws;
use datamesh_proto::v1;
use jiff::Timestamp;
use tokio::time::Instant;

use super::lake::Lake;
use super::promoter::Promoter;
use super::script::{AssetScript, DomainScript, ProjectScript, Script, SubscriptionScript};
use super::sharer::Sharer;
use crate::cli::follow::{self, Opening};
use crate::cli::resource::{Goal, Phase, Resource};
use crate::cli::session::Session;
use crate::cli::{Exit, Failure, Terminal};

/// How long one thing may take to reach its end.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How often a thing may have been deleted and made again.
const LIVES: u32 = 20;

/// Gives a connection for a user who is in some groups.
pub type Login<'a> = dyn Fn(&str, &[String]) -> Pin<Box<dyn Future<Output = Result<Session, Failure>> + Send + 'a>>
    + Sync
    + 'a;

/// How a thing came to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It was made now.
    Made,
    /// It was there already.
    Found,
}

/// One thing of the sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// `domain`, `project`, `asset`, `deployment`, `promotion`, `subscription`, `query` or `revocation`.
    pub noun: &'static str,
    /// Its path: `aviation/network/airports`.
    pub path: String,
    /// How it came to be there.
    pub how: How,
    /// Its state: `ACTIVE`, `ACTIVE, PUBLISHED`.
    pub state: String,
    /// How long that took.
    pub took: Duration,
}

/// Plays a script.
pub struct Player<'a> {
    /// What is played.
    pub script: &'a Script,
    /// The way to AWS, for the data teams.
    pub aws: &'a Aws,
    /// The group that may make domains.
    pub admin_group: &'a str,
    /// Gives connections.
    pub login: &'a Login<'a>,
    /// When it is played.
    pub now: Timestamp,
}

impl Player<'_> {
    /// Plays everything, telling `told` of each step.
    ///
    /// # Errors
    /// The first thing that did not reach its end.
    pub async fn play(
        &self,
        told: &mut (dyn FnMut(Step) -> Result<(), Failure> + Send),
    ) -> Result<(), Failure> {
        let admin = (self.login)("ada", &[self.admin_group.to_owned()]).await?;
        for script in &self.script.domains {
            let domain = self.domain(&admin, script, told).await?;
            let steward = (self.login)(&script.steward, &script.owner_groups).await?;
            for project_script in &script.projects {
                let project = self
                    .project(&steward, &domain, project_script, told)
                    .await?;
                for asset in &project_script.assets {
                    self.asset(&steward, &domain, &project, asset, told).await?;
                }
                if let Some(promotion) = &project_script.promotion {
                    let approver = (self.login)(&promotion.approver, &script.owner_groups).await?;
                    let promoter = Promoter {
                        script: promotion,
                        project: &project,
                        path: &format!("{}/{}", domain.domain_name, project.project_name),
                        asker: &steward,
                        approver: &approver,
                    };
                    promoter.play(told).await?;
                }
            }
        }
        for subscription in &self.script.subscriptions {
            self.subscription(&admin, subscription, told).await?;
        }
        Ok(())
    }

    async fn subscription(
        &self,
        admin: &Session,
        script: &SubscriptionScript,
        told: &mut (dyn FnMut(Step) -> Result<(), Failure> + Send),
    ) -> Result<(), Failure> {
        let (domain, project) = self.project_at(admin, &script.project).await?;
        let (asset_project, asset_name) = script.asset.rsplit_once('/').unwrap_or_default();
        let (_, owner) = self.project_at(admin, asset_project).await?;
        let find = v1::ListAssetsRequest {
            project_id: owner.project_id.clone(),
            asset_name: asset_name.to_owned(),
            page_size: 1,
            ..Default::default()
        };
        let mut assets = admin.assets();
        let asset = assets.list_assets(find).await?.into_inner().assets.pop();
        let asset = asset.ok_or_else(|| absent("asset", &script.asset))?;
        let team = |path: &str| {
            let name = path.split('/').next().unwrap_or_default();
            self.script
                .domains
                .iter()
                .find(|domain| domain.name == name)
                .ok_or_else(|| absent("domain", name))
        };
        let (asking, owning) = (team(&script.project)?, team(&script.asset)?);
        let asker = (self.login)(&asking.steward, &asking.owner_groups).await?;
        let approver = (self.login)(&script.approver, &owning.owner_groups).await?;
        let sharer = Sharer {
            script,
            aws: self.aws,
            asset: &asset,
            project: &project,
            domain: &domain,
            asker: &asker,
            approver: &approver,
            now: self.now,
            queries: AtomicU32::new(0),
        };
        sharer.play(told).await
    }

    /// The domain and project of `domain/project`.
    async fn project_at(
        &self,
        session: &Session,
        path: &str,
    ) -> Result<(v1::Domain, v1::Project), Failure> {
        let (domain_name, project_name) = path.split_once('/').unwrap_or_default();
        let find = v1::ListDomainsRequest {
            domain_name: domain_name.to_owned(),
            page_size: 1,
            ..Default::default()
        };
        let mut domains = session.domains();
        let domain = domains.list_domains(find).await?.into_inner().domains.pop();
        let domain = domain.ok_or_else(|| absent("domain", domain_name))?;
        let find = v1::ListProjectsRequest {
            domain_id: domain.domain_id.clone(),
            project_name: project_name.to_owned(),
            page_size: 1,
            ..Default::default()
        };
        let mut projects = session.projects();
        let project = projects.list_projects(find).await?.into_inner();
        let project = project.projects.into_iter().next();
        Ok((domain, project.ok_or_else(|| absent("project", path))?))
    }

    async fn domain(
        &self,
        session: &Session,
        script: &DomainScript,
        told: &mut (dyn FnMut(Step) -> Result<(), Failure> + Send),
    ) -> Result<v1::Domain, Failure> {
        let started = Instant::now();
        let find = v1::ListDomainsRequest {
            domain_name: script.name.clone(),
            page_size: 1,
            ..Default::default()
        };
        let found = session
            .domains()
            .list_domains(find)
            .await?
            .into_inner()
            .domains
            .pop();
        let watch = |domain_id| -> Opening<v1::Domain> {
            let mut domains = session.domains();
            Box::pin(async move {
                domains
                    .watch_domain(v1::WatchDomainRequest { domain_id })
                    .await
            })
        };
        let path = script.name.clone();
        let create = async |request_id| {
            let request = v1::CreateDomainRequest {
                domain_name: script.name.clone(),
                description: script.description.clone(),
                owner_groups: script.owner_groups.clone(),
                aws_account_id: script.account.clone(),
                request_id,
                ..Default::default()
            };
            Ok(session.domains().create_domain(request).await?.into_inner())
        };
        let (domain, how) = reach(&path, found, create, watch).await?;
        told(step(&domain, path, how, started))?;
        Ok(domain)
    }

    async fn project(
        &self,
        session: &Session,
        domain: &v1::Domain,
        script: &ProjectScript,
        told: &mut (dyn FnMut(Step) -> Result<(), Failure> + Send),
    ) -> Result<v1::Project, Failure> {
        let started = Instant::now();
        let find = v1::ListProjectsRequest {
            domain_id: domain.domain_id.clone(),
            project_name: script.name.clone(),
            page_size: 1,
            ..Default::default()
        };
        let found = session
            .projects()
            .list_projects(find)
            .await?
            .into_inner()
            .projects
            .pop();
        let watch = |project_id| -> Opening<v1::Project> {
            let mut projects = session.projects();
            Box::pin(async move {
                projects
                    .watch_project(v1::WatchProjectRequest { project_id })
                    .await
            })
        };
        let path = format!("{}/{}", domain.domain_name, script.name);
        let create = async |request_id| {
            let request = v1::CreateProjectRequest {
                domain_id: domain.domain_id.clone(),
                project_name: script.name.clone(),
                description: script.description.clone(),
                request_id,
                ..Default::default()
            };
            Ok(session
                .projects()
                .create_project(request)
                .await?
                .into_inner())
        };
        let (project, how) = reach(&path, found, create, watch).await?;
        told(step(&project, path, how, started))?;
        Ok(project)
    }

    async fn asset(
        &self,
        session: &Session,
        domain: &v1::Domain,
        project: &v1::Project,
        script: &AssetScript,
        told: &mut (dyn FnMut(Step) -> Result<(), Failure> + Send),
    ) -> Result<(), Failure> {
        let started = Instant::now();
        let find = v1::ListAssetsRequest {
            project_id: project.project_id.clone(),
            asset_name: script.name.clone(),
            page_size: 1,
            ..Default::default()
        };
        let found = session
            .assets()
            .list_assets(find)
            .await?
            .into_inner()
            .assets
            .pop();
        let location = format!("{}raw/{}/", project.s3_location, script.name);
        if found.is_none() {
            self.offer(domain, script, &location).await?;
        }
        let watch = |asset_id| -> Opening<v1::Asset> {
            let mut assets = session.assets();
            Box::pin(async move { assets.watch_asset(v1::WatchAssetRequest { asset_id }).await })
        };
        let path = format!(
            "{}/{}/{}",
            domain.domain_name, project.project_name, script.name
        );
        let create = async |request_id| {
            let request = v1::CreateAssetRequest {
                project_id: project.project_id.clone(),
                asset_name: script.name.clone(),
                s3_location: location.clone(),
                glue_table: script.glue_table.clone(),
                format: script.format.as_str().to_owned(),
                description: script.description.clone(),
                metadata: script.metadata.clone().into_iter().collect(),
                draft: script.draft,
                request_id,
                wait: false,
            };
            Ok(session.assets().create_asset(request).await?.into_inner())
        };
        let (asset, how) = reach(&path, found, create, watch).await?;
        told(step(&asset, path, how, started))
    }

    /// The file in the lake, and its table in Glue.
    async fn offer(
        &self,
        domain: &v1::Domain,
        script: &AssetScript,
        location: &str,
    ) -> Result<(), Failure> {
        let path = self.script.path_of(script);
        let content = tokio::fs::read(&path).await.map_err(|error| {
            Failure::new(
                Exit::Unexpected,
                format!("{} cannot be read: {error}", path.display()),
            )
        })?;
        let name = script
            .file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        Lake::of(domain, self.aws)
            .offer(script, location, &name, &content)
            .await
            .map_err(|error| Failure::new(Exit::Unexpected, format!("{location}{name}: {error}")))
    }
}

/// Finds or makes a thing, and follows it to its end. A request id stands for one life of the thing: if
/// that one was deleted since, the next is tried.
async fn reach<R: Resource>(
    path: &str,
    found: Option<R>,
    create: impl AsyncFn(String) -> Result<R, Failure>,
    watch: impl Fn(String) -> Opening<R>,
) -> Result<(R, How), Failure> {
    if let Some(found) = found {
        let settled = settle(path, found, &watch).await?;
        return Ok((settled, How::Found));
    }
    let mut gone = None;
    for life in 1..=LIVES {
        let made = match create(format!("sample/{path}/{life}")).await {
            Ok(first) => settle(path, first, &watch).await,
            Err(failure) => Err(failure),
        };
        match made {
            Ok(made) => return Ok((made, How::Made)),
            Err(failure) if matches!(failure.exit, Exit::NotFound | Exit::Conflict) => {
                gone = Some(failure);
            }
            Err(failure) => return Err(failure),
        }
    }
    Err(gone.unwrap_or_else(|| Failure::new(Exit::Unexpected, format!("{path} cannot be made"))))
}

async fn settle<R: Resource>(
    path: &str,
    first: R,
    watch: &impl Fn(String) -> Opening<R>,
) -> Result<R, Failure> {
    let mut silent = Terminal::silent();
    let last = follow::wait(&mut silent, PATIENCE, Goal::Settled, first, watch).await?;
    match last.phase(Goal::Settled) {
        Phase::Done => Ok(last),
        Phase::Running => Err(Failure::new(
            Exit::Unavailable,
            format!(
                "{} {path} is still {} after {}s",
                R::NOUN,
                last.state(),
                PATIENCE.as_secs()
            ),
        )
        .hint(format!(
            "`datamesh actor show {}` says what holds it",
            last.id()
        ))),
        Phase::Failed => Err(Failure::new(
            Exit::EndedFailed,
            format!(
                "{} {path} ended {}: {}",
                R::NOUN,
                last.state(),
                last.reason()
            ),
        )
        .hint(format!(
            "`datamesh actor history {}` says what happened",
            last.id()
        ))),
    }
}

fn absent(noun: &str, path: &str) -> Failure {
    Failure::new(
        Exit::Usage,
        format!("mesh.toml speaks of a {noun} {path}, which it does not make"),
    )
}

fn step<R: Resource>(thing: &R, path: String, how: How, started: Instant) -> Step {
    Step {
        noun: R::NOUN,
        path,
        how,
        state: thing.state(),
        took: started.elapsed(),
    }
}
