//! How a query goes: tokens, states, pages.

use std::time::Duration;

use aws_sdk_athena::types::ResultConfiguration;

use crate::setup::ACCOUNT;
use crate::shelf::{shelf, start, state};

#[tokio::test]
async fn a_token_starts_one_query() {
    let stage = shelf().await;
    let athena = aws_sdk_athena::Client::new(&stage.root(ACCOUNT));
    let start = |sql: &str, token: &str| {
        let start = athena.start_query_execution().query_string(sql);
        start.client_request_token(token).send()
    };
    let token = "0123456789abcdef0123456789abcdef";
    let first = start("SELECT 1", token).await.unwrap();
    let again = start("SELECT 1", token).await.unwrap();
    assert_eq!(first.query_execution_id(), again.query_execution_id());
    assert!(start("SELECT 2", token).await.is_err(), "another statement");
    assert!(start("SELECT 1", "short").await.is_err());
    let listed = athena.list_query_executions().send().await.unwrap();
    assert_eq!(listed.query_execution_ids().len(), 1);
}

#[tokio::test]
async fn results_come_in_pages_with_the_names_first() {
    let stage = shelf().await;
    let root = stage.root(ACCOUNT);
    let athena = aws_sdk_athena::Client::new(&root);
    let id = start(&root, "SELECT id FROM orders ORDER BY id DESC")
        .await
        .unwrap();
    let get = athena.get_query_results().query_execution_id(&id);
    let pages = get.clone().into_paginator().page_size(3).send();
    let pages = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    let values: Vec<Vec<&str>> = pages
        .iter()
        .map(|page| {
            let rows = page.result_set().unwrap().rows().iter();
            rows.map(|row| row.data()[0].var_char_value().unwrap())
                .collect()
        })
        .collect();
    assert_eq!(values, [vec!["id", "3", "2"], vec!["1"]]);
    assert!(get.clone().max_results(1_001).send().await.is_err());
    assert!(get.next_token("forged").send().await.is_err());
}

#[tokio::test]
async fn parameters_stand_for_question_marks_outside_of_texts() {
    let stage = shelf().await;
    let root = stage.root(ACCOUNT);
    let athena = aws_sdk_athena::Client::new(&root);
    let ask = |sql: &str, parameter: &str| {
        let start = athena.start_query_execution().query_string(sql);
        start.execution_parameters(parameter).send()
    };
    let started = ask("SELECT '?', ?", "'it''s'").await.unwrap();
    let get = athena.get_query_results();
    let get = get.query_execution_id(started.query_execution_id().unwrap());
    let got = get.send().await.unwrap();
    let row = &got.result_set().unwrap().rows()[1];
    let values: Vec<_> = row
        .data()
        .iter()
        .map(|value| value.var_char_value())
        .collect();
    assert_eq!(values, [Some("?"), Some("it's")]);
    assert!(ask("SELECT ?", "1 OR 1").await.is_err(), "no literal");
    assert!(ask("SELECT ?, ?", "1").await.is_err(), "one too few");
}

#[tokio::test]
async fn a_query_is_queued_runs_and_is_over() {
    let stage = shelf().await;
    let root = stage.root(ACCOUNT);
    let athena = aws_sdk_athena::Client::new(&root);
    stage.cloud.set_query_delay(Duration::from_secs(10));
    let id = start(&root, "SELECT 1").await.unwrap();
    let stopped = start(&root, "SELECT 1").await.unwrap();
    let failing = start(&root, "SELECT x FROM orders").await.unwrap();
    assert_eq!(state(&root, &id).await.0, "QUEUED");
    stage.clock.advance(Duration::from_secs(5));
    assert_eq!(state(&root, &id).await.0, "RUNNING");
    assert_eq!(
        state(&root, &failing).await,
        ("RUNNING".to_owned(), String::new())
    );
    let results = || athena.get_query_results().query_execution_id(&id).send();
    assert!(results().await.is_err());
    let file = || {
        let get = aws_sdk_s3::Client::new(&root).get_object();
        get.bucket(format!("answers-{ACCOUNT}"))
            .key(format!("{id}.csv"))
            .send()
    };
    assert!(file().await.is_err());
    let stop = |id: &str| athena.stop_query_execution().query_execution_id(id).send();
    stop(&stopped).await.unwrap();
    assert_eq!(state(&root, &stopped).await.0, "CANCELLED");

    stage.clock.advance(Duration::from_secs(5));
    assert_eq!(state(&root, &id).await.0, "SUCCEEDED");
    assert_eq!(state(&root, &failing).await.0, "FAILED");
    results().await.unwrap();
    file().await.unwrap();
    stop(&id).await.unwrap();
    assert_eq!(state(&root, &id).await.0, "SUCCEEDED", "it had ended");
    assert_eq!(state(&root, &stopped).await.0, "CANCELLED");
}

#[tokio::test]
async fn a_bucket_that_is_not_there_fails_the_query() {
    let stage = shelf().await;
    let root = stage.root(ACCOUNT);
    let start = aws_sdk_athena::Client::new(&root).start_query_execution();
    let output = ResultConfiguration::builder()
        .output_location("s3://nowhere/x/")
        .build();
    let started = start
        .query_string("SELECT 1")
        .result_configuration(output)
        .send();
    let started = started.await.unwrap();
    let (state, reason) = state(&root, started.query_execution_id().unwrap()).await;
    assert_eq!(state, "FAILED");
    assert!(reason.contains("output bucket nowhere"), "{reason}");
}
