//! What can be seen from outside: what AWS says, and what the consumer reads.

use datamesh_aws::athena::StartQuery;
use datamesh_aws::lakeformation::{ListPermissions, ListedGrant, Resource, ResourceKind};
use datamesh_aws::ram::{ListResources, Owner};
use datamesh_aws::{CallCx, PageRequest, Token};

use crate::stage::{DATABASE, PRODUCER, Stage, TABLE, reader};

/// The table, in the producer's catalogue.
pub fn orders() -> Resource {
    ResourceKind::Table {
        database: DATABASE.to_owned(),
        name: TABLE.to_owned(),
    }
    .of(PRODUCER)
}

impl Stage {
    /// What the reader of an account reads of some columns through its link: the rows, or the refusal.
    pub async fn reads(&self, account: &str, columns: &str) -> Result<Vec<Vec<String>>, String> {
        self.reads_as(account, &reader(account), columns).await
    }

    /// What a role of an account reads.
    pub async fn reads_as(
        &self,
        account: &str,
        role: &str,
        columns: &str,
    ) -> Result<Vec<Vec<String>>, String> {
        self.calm();
        let call = CallCx::in_account(account).role(role);
        let athena = self.aws.athena(&call);
        let sql = format!("SELECT {columns} FROM shared_{DATABASE}.{TABLE} ORDER BY 1");
        let query = StartQuery {
            token: Token::derive(&sql, &self.clock.now_ms().to_string()),
            sql,
            catalog: None,
            database: None,
            output_location: Some(format!("s3://results-{account}/")),
            work_group: None,
            parameters: Vec::new(),
        };
        let id = match athena.start_query(query).await {
            Ok(id) => id,
            Err(error) => return Err(error.message),
        };
        // The next query is another one, and needs another token.
        self.clock.skip(std::time::Duration::from_millis(1));
        let query = athena.get_query(&id).await.unwrap();
        assert!(query.state.is_over());
        if let Some(failure) = query.failure {
            return Err(failure.message);
        }
        let page = athena.query_results(&id, PageRequest::default()).await;
        let rows = page.unwrap().rows.into_iter().skip(1);
        Ok(rows
            .map(|row| row.into_iter().map(Option::unwrap_or_default).collect())
            .collect())
    }

    pub async fn is_read(&self, account: &str, columns: &str) {
        let read = self.reads(account, columns).await;
        assert!(read.as_ref().is_ok_and(|rows| rows.len() == 3), "{read:?}");
    }

    /// Every grant on the table in an account's Lake Formation, all pages.
    pub async fn grants(&self, account: &str) -> Vec<ListedGrant> {
        self.calm();
        let call = CallCx::in_account(account);
        let lakeformation = self.aws.lakeformation(&call);
        let mut found = Vec::new();
        let mut page = PageRequest::default();
        loop {
            let list = ListPermissions {
                resource: Some(orders()),
                include_related: account == PRODUCER,
                page: page.clone(),
                ..ListPermissions::default()
            };
            let listed = match lakeformation.list_permissions(list).await {
                Ok(listed) => listed,
                Err(error) if error.is_not_found() => return found,
                Err(error) => panic!("{error}"),
            };
            found.extend(listed.items);
            page.next_token = listed.next_token;
            if page.next_token.is_none() {
                return found;
            }
        }
    }

    /// Whether an account's catalogue has the link.
    pub async fn has_link(&self, account: &str) -> bool {
        self.calm();
        let call = CallCx::in_account(account);
        let found = self
            .aws
            .glue(&call)
            .get_table(&format!("shared_{DATABASE}"), TABLE)
            .await;
        match found {
            Ok(_) => true,
            Err(error) => {
                assert!(error.is_not_found(), "{error}");
                false
            }
        }
    }

    /// The ARNs of what others share with an account.
    pub async fn received(&self, account: &str) -> Vec<String> {
        self.calm();
        let call = CallCx::in_account(account);
        let list = ListResources {
            owner: Owner::Others,
            ..ListResources::default()
        };
        let listed = self.aws.ram(&call).list_resources(list).await.unwrap();
        listed.items.into_iter().map(|found| found.arn).collect()
    }

    /// Nothing is left by which anybody in the account could read, on either side. Opt-ins stay, and give
    /// nothing.
    pub async fn nothing_is_left(&self, account: &str) {
        let refused = self.reads(account, "id").await;
        assert!(refused.is_err(), "{refused:?}");
        let of_account = |grant: &ListedGrant| {
            grant.principal == account || grant.principal.contains(&format!("::{account}:role/"))
        };
        for place in [PRODUCER, account] {
            let mut left = self.grants(place).await;
            left.retain(of_account);
            assert!(left.is_empty(), "in {place}: {left:#?}");
        }
        assert!(!self.has_link(account).await, "the link is left");
        let received = self.received(account).await;
        assert!(received.is_empty(), "{received:?}");
    }
}
