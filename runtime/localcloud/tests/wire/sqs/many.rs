//! Many messages: what a request costs does not grow with the queue.

use std::time::Instant;

use super::*;

const MANY: usize = 10_000;
const FEW: usize = 200;

async fn fill(client: &Client, url: &str, count: usize) {
    for batch in 0..count / 10 {
        let entries = (0..10).map(|number| {
            let entry = SendMessageBatchRequestEntry::builder().id(number.to_string());
            let entry = entry.message_body(format!("{batch}-{number}"));
            entry.build().unwrap()
        });
        let send = client.send_message_batch().queue_url(url);
        let sent = send.set_entries(Some(entries.collect())).send().await;
        assert_eq!(sent.unwrap().successful().len(), 10);
    }
}

/// Ten rounds of receiving and counting.
async fn work(client: &Client, url: &str, count: usize) -> Duration {
    let begun = Instant::now();
    for round in 1..=10 {
        assert_eq!(receive(client, url).await.len(), 10);
        let [ready, _, in_flight] = counts(client, url).await;
        assert_eq!(ready, (count - round * 10).to_string());
        assert_eq!(in_flight, (round * 10).to_string());
    }
    begun.elapsed()
}

#[tokio::test]
async fn a_full_queue_is_as_quick_as_an_empty_one() {
    let (client, few, _cloud, clock) = queue("few").await;
    let many = create(&client, "many").await;
    fill(&client, &few, FEW).await;
    fill(&client, &many, MANY).await;
    let quick = work(&client, &few, FEW).await;
    let full = work(&client, &many, MANY).await;
    // There is fifty times as much in it. The rest is for a machine that has other work, too.
    assert!(full < quick * 5, "{full:?} and {quick:?}");

    clock.advance(Duration::from_secs(30));
    let none = "0".to_owned();
    let all = [MANY.to_string(), none.clone(), none.clone()];
    assert_eq!(counts(&client, &many).await, all);
    client.purge_queue().queue_url(&many).send().await.unwrap();
    assert_eq!(
        counts(&client, &many).await,
        [none.clone(), none.clone(), none]
    );
}
