use std::collections::BTreeSet;
use std::time::Duration;

use datamesh_tests::{Analyst, Answer, Cloud, DEADLINE, Node, Rest, id_of, until_within};
use http::Method;
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::client::Client;
use crate::findings::Findings;
use crate::model::{Model, Thing};

/// The account of those who buy.
const BUYERS: &str = "222222222222";
/// The account of the market: the home account.
const SELLERS: &str = "000000000000";
const REGION: &str = "eu-central-1";

/// The columns that are traded.
const COLUMNS: [&str; 3] = ["id", "price", "buyer"];

/// A bucket in the region of the market.
const BUCKET: &str = "<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>";
const ROWS: &str = "1,20,ann\n2,30,bob\n";

fn table() -> Value {
    let columns = COLUMNS.map(|name| json!({"Name": name, "Type": "string"}));
    json!({
        "DatabaseName": "market",
        "TableInput": {
            "Name": "prices",
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"classification": "csv"},
            "StorageDescriptor": {
                "Columns": columns,
                "Location": "s3://market/prices/",
                "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "SerdeInfo": {
                    "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                    "Parameters": {"field.delim": ","},
                },
            },
        },
    })
}

/// How long access may be seen that was taken: reads of the embedded AWS may be stale.
const LAG: Duration = Duration::from_secs(10);

/// The first pause, and the longest, before DataZone is told again what it refused; the pauses double.
const REFUSED: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(3_600)];
/// The same before it is asked again whether the place that another subscription has is free.
const COVERED: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(600)];

/// How long DataZone may take to be told what is so, when nothing fails any more and access was traded for so long. One
/// subscription may wait until it is told again that it gives up its place, and another that looks for this place may
/// just have looked in vain.
fn zone_lag(traded: Duration) -> Duration {
    // Pauses that double are together as long as the next one, less the first: what began at most so long ago pauses
    // at most so long.
    let pause = |[first, longest]: [Duration; 2], since: Duration| (since + first).min(longest);
    let refused = pause(REFUSED, traded);
    refused + pause(COVERED, traded + refused) + DEADLINE
}

/// A table in one account, and projects in another that want to read it.
#[derive(Clone, Debug)]
pub struct Market {
    /// The DataZone domain of the table.
    zone: String,
    asset: String,
    projects: Vec<String>,
    opened: Instant,
}

impl Market {
    /// Opens it, with so many buyers.
    pub async fn open(node: &Node, rest: &Rest, buyers: u64, model: &mut Model) -> Self {
        let cloud = node.cloud();
        for (path, content) in [("/market", BUCKET), ("/market/prices/a.csv", ROWS)] {
            let put = cloud.send("s3", Method::PUT, path, &[], content).await;
            assert_eq!(put.status, 200, "{put}");
        }
        let buyer = cloud.with_key(&format!("LKIA{BUYERS}"));
        let put = buyer.send("s3", Method::PUT, "/results", &[], BUCKET).await;
        assert_eq!(put.status, 200, "{put}");
        let database = json!({"DatabaseInput": {"Name": "market"}});
        cloud.json("glue", "CreateDatabase", &database).await.ok();
        cloud.json("glue", "CreateTable", &table()).await.ok();

        let seller = domain(rest, "market", SELLERS, model).await;
        let market = rest.get(&format!("/api/v1/domains/{seller}")).await.ok();
        let zone = id_of(&market, "dataZoneDomainId").to_owned();
        let stall = project(rest, &seller, "Stall", model).await;
        let body = json!({
            "projectId": stall, "assetName": "prices", "format": "csv", "glueTable": "market.prices",
            "s3Location": "s3://market/prices/", "wait": true,
        });
        let asset = rest.post("/api/v1/assets", &body).await.ok();
        assert_eq!(asset["publishStatus"], "PUBLISHED", "{asset}");
        let asset = id_of(&asset, "assetId").to_owned();
        let thing = Thing {
            name: "prices".to_owned(),
            parent: stall,
            publish_status: "PUBLISHED",
            ..Thing::default()
        };
        model.assets.insert(asset.clone(), thing);

        let buyer = domain(rest, "buyers", BUYERS, model).await;
        let mut projects = Vec::new();
        for number in 0..buyers {
            projects.push(project(rest, &buyer, &format!("Buyer {number}"), model).await);
        }
        Self {
            zone,
            asset,
            projects,
            opened: Instant::now(),
        }
    }

    /// One that buys for the project with this number.
    pub fn trader(&self, number: u64, asker: Client, approver: Client, dice: StdRng) -> Trader {
        let place = usize::try_from(number).unwrap_or(usize::MAX);
        Trader {
            number,
            asset: self.asset.clone(),
            project: self.projects.get(place).expect("a project a buyer").clone(),
            asker,
            approver,
            dice,
            requests: 0,
            given: BTreeSet::new(),
            link: String::new(),
            rounds: 0,
            wrong: Vec::new(),
        }
    }

    /// At the end DataZone comes to have a subscription of each that keeps what it has, and nothing else.
    pub async fn check_data_zone(&self, cloud: &Cloud, traders: &[Trader]) {
        let keep = traders.iter().filter(|trader| !trader.given.is_empty());
        let mut kept: Vec<Value> = keep
            .map(|trader| json!({"iam": {"principalArn": trader.role()}}))
            .collect();
        kept.sort_by_key(Value::to_string);
        let lag = zone_lag(self.opened.elapsed());
        until_within(lag, "DataZone has what is given", async || {
            let requests = cloud.subscription_requests(&self.zone).await;
            let subscriptions = cloud.subscriptions(&self.zone).await;
            let of = |found: &Value| found["subscribedPrincipal"].clone();
            let mut found: Vec<Value> = subscriptions.iter().map(of).collect();
            found.sort_by_key(Value::to_string);
            match requests.is_empty() && found == kept {
                true => Ok(()),
                false => Err((kept.clone(), requests, subscriptions)),
            }
        })
        .await;
    }
}

async fn domain(rest: &Rest, name: &str, account: &str, model: &mut Model) -> String {
    let body = json!({
        "domainName": name, "ownerGroups": ["team"], "awsAccountId": account, "wait": true,
    });
    let made = rest.post("/api/v1/domains", &body).await.ok();
    assert_eq!(made["status"], "ACTIVE", "{made}");
    let id = id_of(&made, "domainId").to_owned();
    let thing = Thing {
        name: name.to_owned(),
        ..Thing::default()
    };
    model.domains.insert(id.clone(), thing);
    id
}

async fn project(rest: &Rest, domain: &str, name: &str, model: &mut Model) -> String {
    let body = json!({"domainId": domain, "projectName": name, "wait": true});
    let made = rest.post("/api/v1/projects", &body).await.ok();
    assert_eq!(made["setupStatus"], "COMPLETED", "{made}");
    let id = id_of(&made, "projectId").to_owned();
    let thing = Thing {
        name: name.to_owned(),
        parent: domain.to_owned(),
        ..Thing::default()
    };
    model.projects.insert(id.clone(), thing);
    id
}

/// Asks for access, gets it, gives it back, again and again, and remembers what it must have.
pub struct Trader {
    number: u64,
    asset: String,
    project: String,
    asker: Client,
    approver: Client,
    dice: StdRng,
    requests: u64,
    /// What it may read now.
    given: BTreeSet<&'static str>,
    link: String,
    /// How often access was given.
    pub rounds: u64,
    wrong: Vec<String>,
}

impl Trader {
    /// Trades until then; what was begun is brought to its end.
    pub async fn work(mut self, end: Instant) -> Self {
        while Instant::now() < end {
            let id = self.subscribe().await;
            self.prove(true).await;
            // Some keep what they have.
            if Instant::now() >= end && self.dice.random_bool(0.5) {
                break;
            }
            self.revoke(&id).await;
            self.prove(false).await;
        }
        self
    }

    async fn subscribe(&mut self) -> String {
        let mut columns: BTreeSet<&'static str> = COLUMNS
            .into_iter()
            .filter(|_| self.dice.random_bool(0.5))
            .collect();
        columns.insert("id");
        let body = json!({
            "assetId": self.asset, "projectId": self.project, "principal": self.role(),
            "reason": "chaos", "scope": {"columns": columns},
        });
        let request = self.request();
        let command = ("RequestSubscription", "subscriptionId");
        let path = "/api/v1/subscriptions";
        let asked = self
            .asker
            .change(command, Method::POST, path, &request, Some(&body))
            .await;
        let id = id_of(&asked, "subscriptionId").to_owned();
        let path = format!("{path}/{id}");
        let waits = |seen: &Answer| seen.status == 200 && seen.json()["approvalId"] != "";
        self.asker.until("asked of the owners", &path, waits).await;
        let request = self.request();
        let yes = json!({"reason": "why not"});
        // It is the approval that decides: the journal has it under another name.
        let command = ("", "subscriptionId");
        self.approver
            .change(
                command,
                Method::POST,
                &format!("{path}:approve"),
                &request,
                Some(&yes),
            )
            .await;
        let seen = self.until_state(&path, "GRANTED").await;
        let share = format!("/api/v1/shares/{}", id_of(&seen, "shareId"));
        let share = self.asker.get(&share).await.ok();
        self.link = id_of(&share, "resourceLink").to_owned();
        self.given = columns;
        self.rounds += 1;
        id
    }

    async fn revoke(&mut self, id: &str) {
        let path = format!("/api/v1/subscriptions/{id}");
        let request = self.request();
        let body = json!({"reason": "enough"});
        let command = ("RevokeSubscription", "subscriptionId");
        self.approver
            .change(
                command,
                Method::POST,
                &format!("{path}:revoke"),
                &request,
                Some(&body),
            )
            .await;
        self.until_state(&path, "GONE").await;
        self.given.clear();
    }

    /// It was said that access is there, or gone: it is. What cannot be asked, for there is trouble, is asked again;
    /// where the trouble lasts nothing is proved.
    async fn prove(&mut self, given: bool) {
        let begun = Instant::now();
        loop {
            let cloud = self.cloud();
            let late = begun.elapsed() > LAG;
            let reads = self.can_read(&cloud, "id").await;
            if reads == Ok(given) {
                return;
            }
            if late {
                if reads.is_err() {
                    return;
                }
                let not = if given { "cannot read" } else { "reads" };
                let was = if given { "given to" } else { "taken from" };
                let what = format!("{} {not} what was {was} it", self.role());
                self.wrong.push(what);
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn until_state(&mut self, path: &str, wanted: &str) -> Value {
        let ends = |seen: &Answer| {
            let state = seen.json()["fulfilment"]["state"].clone();
            seen.status == 200 && (state == wanted || state == "FAILED")
        };
        let seen = self.asker.until(wanted, path, ends).await.json();
        assert_eq!(seen["fulfilment"]["state"], wanted, "{seen:#}");
        seen
    }

    /// At the end: it reads what it was given, and nothing else.
    pub async fn check(&mut self, cloud: &Cloud, findings: &mut Findings) {
        findings.wrong.append(&mut self.wrong);
        if self.link.is_empty() {
            return;
        }
        for column in COLUMNS {
            let given = self.given.contains(column);
            match self.can_read(cloud, column).await {
                Ok(reads) if reads == given => {}
                Ok(true) => {
                    let extra = format!("{} reads {column}, which it may not", self.role());
                    findings.duplicates.push(extra);
                }
                Ok(false) => {
                    let lost = format!("{} was given {column} and cannot read it", self.role());
                    findings.losses.push(lost);
                }
                Err(error) => findings.wrong.push(error),
            }
        }
    }

    /// Whether it can read the column, or why that could not be asked.
    async fn can_read(&mut self, cloud: &Cloud, column: &str) -> Result<bool, String> {
        let (database, table) = self.link.split_once('.').unwrap_or(("", &self.link));
        let sql = format!("SELECT {column} FROM \"{database}\".\"{table}\"");
        let token = self.request();
        let analyst = Analyst::assume(cloud, &self.role()).await?;
        let answer = analyst.query(&sql, "s3://results/buyers/", &token).await?;
        match answer {
            Ok(rows) => Ok(rows > 0),
            Err(why) if is_refusal(&why) => Ok(false),
            Err(why) => Err(format!("{sql} failed: {why}")),
        }
    }

    fn cloud(&self) -> Cloud {
        self.asker.cloud(&format!("LKIA{SELLERS}"), REGION)
    }

    fn role(&self) -> String {
        format!("arn:aws:iam::{BUYERS}:role/buyer-{}", self.number)
    }

    fn request(&mut self) -> String {
        self.requests += 1;
        format!("trader-{}-request-{}", self.number, self.requests)
    }
}

/// Whether a query failed because of what its asker may see: permissions are missing, or the link, the table behind it
/// or the column is not there for them.
fn is_refusal(why: &str) -> bool {
    const REFUSALS: [&str; 4] = [
        "Insufficient permissions",
        "COLUMN_NOT_FOUND",
        "TABLE_NOT_FOUND",
        "SCHEMA_NOT_FOUND",
    ];
    REFUSALS.iter().any(|refusal| why.starts_with(refusal))
}
