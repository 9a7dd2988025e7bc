//! The command line `datamesh`: a noun, a verb, and one file for each noun.

mod access;
mod actor;
mod approval;
mod asset;
mod audit;
mod blueprint;
mod bulk;
mod cloud;
mod credentials;
mod cx;
mod deployment;
mod domain;
mod effect;
mod environment;
pub(crate) mod event;
mod exit;
mod explain;
mod failure;
pub(crate) mod follow;
mod globals;
pub(crate) mod grid;
mod json;
mod lake;
mod listing;
mod lookup;
mod output;
mod paged;
mod permission;
mod pool;
mod project;
mod promotion;
mod queue;
pub(crate) mod resource;
pub(crate) mod session;
mod share;
mod subscription;
mod terminal;
pub(crate) mod text;
mod timeline;
mod token;
mod workflow;

use std::ffi::OsString;
use std::io::Write;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use serde_json::json;

use self::cx::Cx;
use self::globals::Globals;

pub use self::exit::Exit;
pub use self::failure::Failure;
pub use self::globals::Format;
pub use self::terminal::Terminal;
pub(crate) use self::text::parse_duration;

/// The data mesh from the command line.
#[derive(Parser, Debug)]
#[command(
    name = "datamesh",
    version,
    about = "Create domains and projects, publish assets, and see what the runtime does",
    arg_required_else_help = true,
    subcommand_required = true,
    after_help = exit::HELP,
)]
struct CommandLine {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    noun: Noun,
}

#[derive(Subcommand, Debug)]
enum Noun {
    /// Domains: who owns what
    #[command(subcommand, visible_alias = "domains")]
    Domain(domain::Verb),
    /// Projects: where a team of a domain works
    #[command(subcommand, visible_alias = "projects")]
    Project(project::Verb),
    /// Assets: the data that projects offer
    #[command(subcommand, visible_alias = "assets")]
    Asset(asset::Verb),
    /// Deployments: what is brought into the environments of projects
    #[command(subcommand, visible_alias = "deployments")]
    Deployment(deployment::Verb),
    /// Environments: what of a project runs in dev, staging and prod
    #[command(subcommand, visible_alias = "environments")]
    Environment(environment::Verb),
    /// Blueprints: templates to deploy
    #[command(subcommand, visible_alias = "blueprints")]
    Blueprint(blueprint::Verb),
    /// Approvals: what waits for somebody's yes
    #[command(subcommand, visible_alias = "approvals")]
    Approval(approval::Verb),
    /// Promotions: what goes from one environment to the next
    #[command(subcommand, visible_alias = "promotions")]
    Promotion(promotion::Verb),
    /// Permissions: what Lake Formation allows whom
    #[command(subcommand, visible_alias = "permissions")]
    Permission(permission::Verb),
    /// Access: who can read what, and why
    #[command(subcommand)]
    Access(explain::Verb),
    /// Lake Formation: what permissions stand on
    #[command(subcommand)]
    Lake(lake::Verb),
    /// Workflows: documents in the Amazon States Language, and their executions
    #[command(subcommand, visible_alias = "workflows")]
    Workflow(workflow::Verb),
    /// Subscriptions: what projects may read of the assets of others
    #[command(subcommand, visible_alias = "subscriptions")]
    Subscription(subscription::Verb),
    /// Shares: access to an asset's table from another account
    #[command(subcommand, visible_alias = "shares")]
    Share(share::Verb),
    /// Print the audit chain of a share or subscription, and check its hashes
    Audit(audit::Audit),
    /// Events: what the mesh tells the world
    #[command(subcommand, visible_alias = "events")]
    Event(event::Verb),
    /// Actors: what the runtime is doing (admins only)
    #[command(subcommand, visible_alias = "actors")]
    Actor(actor::Verb),
    /// Effects: what actors asked of the world outside (admins only)
    #[command(subcommand, visible_alias = "effects")]
    Effect(effect::Verb),
    /// Pools: the way out to AWS (admins only)
    #[command(subcommand, visible_alias = "pools")]
    Pool(pool::Verb),
    /// Queues: what feeds the mesh (admins only)
    #[command(subcommand, visible_alias = "queues")]
    Queue(queue::Verb),
    /// Run the embedded AWS alone, and drive it: faults, time, state
    Cloud(cloud::Cloud),
    /// Print a token of the embedded issuer
    Token(token::Token),
    /// Print the completion script of a shell
    Completion {
        /// Which shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the version
    Version,
}

/// Runs a command line (the first argument is the program's name) and says how it ended.
pub async fn run<I, T>(arguments: I, terminal: &mut Terminal) -> Exit
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let line = match CommandLine::try_parse_from(arguments) {
        Ok(line) => line,
        Err(error) => return say_usage(&error, terminal),
    };
    let mut cx = Cx {
        globals: line.globals,
        terminal,
    };
    match dispatch(line.noun, &mut cx).await {
        Ok(()) => Exit::Ok,
        Err(failure) if failure.exit == Exit::Ok => Exit::Ok,
        Err(failure) => {
            let text = failure.render(terminal.live);
            // Nobody is left to tell if standard error is gone too.
            let _ = terminal.err.write_all(text.as_bytes());
            failure.exit
        }
    }
}

async fn dispatch(noun: Noun, cx: &mut Cx<'_>) -> Result<(), Failure> {
    match noun {
        Noun::Domain(verb) => domain::run(verb, cx).await,
        Noun::Project(verb) => project::run(verb, cx).await,
        Noun::Asset(verb) => asset::run(verb, cx).await,
        Noun::Deployment(verb) => deployment::run(verb, cx).await,
        Noun::Environment(verb) => environment::run(verb, cx).await,
        Noun::Blueprint(verb) => blueprint::run(verb, cx).await,
        Noun::Approval(verb) => approval::run(verb, cx).await,
        Noun::Promotion(verb) => promotion::run(verb, cx).await,
        Noun::Permission(verb) => permission::run(verb, cx).await,
        Noun::Access(verb) => explain::run(verb, cx).await,
        Noun::Lake(verb) => lake::run(verb, cx).await,
        Noun::Workflow(verb) => workflow::run(verb, cx).await,
        Noun::Subscription(verb) => subscription::run(verb, cx).await,
        Noun::Share(verb) => share::run(verb, cx).await,
        Noun::Audit(audit) => audit::run(audit, cx).await,
        Noun::Event(verb) => event::run(verb, cx).await,
        Noun::Actor(verb) => actor::run(verb, cx).await,
        Noun::Effect(verb) => effect::run(verb, cx).await,
        Noun::Pool(verb) => pool::run(verb, cx).await,
        Noun::Queue(verb) => queue::run(verb, cx).await,
        Noun::Cloud(cloud) => cloud::run(cloud, cx).await,
        Noun::Token(token) => token::run(&token, cx),
        Noun::Completion { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut CommandLine::command(), "datamesh", &mut script);
            output::write(cx.terminal, &String::from_utf8_lossy(&script))
        }
        Noun::Version => version(cx),
    }
}

fn version(cx: &mut Cx<'_>) -> Result<(), Failure> {
    let version = env!("CARGO_PKG_VERSION");
    match cx.globals.output {
        Format::Table | Format::Wide => {
            output::write(cx.terminal, &format!("datamesh {version}\n"))
        }
        format => output::document(cx.terminal, format, &json!({ "version": version })),
    }
}

fn say_usage(error: &clap::Error, terminal: &mut Terminal) -> Exit {
    let (stream, colour) = match error.use_stderr() {
        true => (&mut terminal.err, terminal.live),
        false => (&mut terminal.out, terminal.colour),
    };
    let text = error.render();
    let text = match colour {
        true => text.ansi().to_string(),
        false => text.to_string(),
    };
    // Nobody is left to tell if the stream is gone.
    let _ = stream.write_all(text.as_bytes());
    match error.exit_code() {
        0 => Exit::Ok,
        _ => Exit::Usage,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }
}
