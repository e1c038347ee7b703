//! Shows how long facts take: `cargo run -p spip-pypi --release --example facts -- requests numpy`
//! asks the public index for each name in turn, twice with the cache, then for all at once without.
#![expect(
    clippy::print_stdout,
    reason = "an example that prints its measurements"
)]

use std::time::Instant;

use spip_core::{PackageName, SafeUrl};
use spip_pypi::{Access, Cache, Client, Limits};

#[tokio::main]
async fn main() {
    let directory = Cache::default_directory(|name| std::env::var_os(name));
    let access = || Access::from_environment(|name| std::env::var_os(name));
    let names: Vec<String> = std::env::args().skip(1).collect();
    for pass in ["first", "again"] {
        let cache = directory.as_ref().map(Cache::open);
        let client = Client::new(access(), Limits::default(), cache);
        let all = Instant::now();
        for name in &names {
            show(&client, name, pass).await;
        }
        println!("{pass}: all {} in {:?}", names.len(), all.elapsed());
    }
    let client = Client::new(access(), Limits::default(), None);
    let all = Instant::now();
    let tasks: Vec<_> = names
        .into_iter()
        .map(|name| {
            let client = client.clone();
            tokio::spawn(async move { show(&client, &name, "at once").await })
        })
        .collect();
    for task in tasks {
        task.await.expect("showing does not panic");
    }
    println!("at once: all in {:?}", all.elapsed());
}

async fn show(client: &Client, name: &str, pass: &str) {
    let name: PackageName = name.parse().expect("a package name");
    let page: SafeUrl = format!("https://pypi.org/simple/{name}/")
        .parse()
        .expect("a URL");
    let start = Instant::now();
    let listing = client.listing(&page, None).await;
    let after_listing = start.elapsed();
    let project = client.project(&page, &name, None).await;
    let after_both = start.elapsed();
    let listed = listing.map(|listing| listing.map(|listing| listing.files.len()));
    let recorded = project.map(|project| project.map(|project| project.files.len()));
    println!(
        "{pass} {name}: listing {listed:?} {after_listing:?}, both with project {recorded:?} {after_both:?}"
    );
}
