//! An OSV-compatible service: asked once for a plan, only where one is named, and a gap if it is silent.

use std::net::TcpListener;
use std::time::Duration;

use serde_json::{Value, json};
use spip_tests::packages::package;
use spip_tests::run::{Outcome, Run};
use spip_tests::world::World;
use tokio::runtime::Runtime;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A service on this machine.
struct Service {
    runtime: Runtime,
    server: MockServer,
}

impl Service {
    fn start() -> Self {
        let runtime = Runtime::new().expect("a runtime starts");
        let server = runtime.block_on(MockServer::start());
        Self { runtime, server }
    }

    fn answers(&self, verb: &str, place: &str, answer: ResponseTemplate) {
        let mock = Mock::given(method(verb))
            .and(path(place))
            .respond_with(answer);
        self.runtime.block_on(mock.mount(&self.server));
    }

    /// The questions, each as its list of queries.
    fn questions(&self) -> Vec<Value> {
        let requests = self.runtime.block_on(self.server.received_requests());
        let requests = requests.expect("requests are recorded");
        let questions = requests.iter().filter(|it| it.method.as_str() == "POST");
        questions
            .map(|it| serde_json::from_slice::<Value>(&it.body).expect("JSON")["queries"].clone())
            .collect()
    }

    fn install<'w>(&self, world: &'w World, name: &str) -> Run<'w> {
        world
            .spip(&["install", name])
            .env("SPIP_OSV_URL", self.server.uri())
    }
}

fn world() -> World {
    let world = World::new();
    world
        .index
        .offer(package("quillbarn", "1.4.0").needs("zorvexkit").wheel());
    world.index.offer(package("zorvexkit", "2.0").wheel());
    world
}

fn record(id: &str, name: &str, version: &str) -> Value {
    json!({"id": id, "modified": "2026-01-01T00:00:00Z", "summary": "made for a test",
           "affected": [{"package": {"ecosystem": "PyPI", "name": name}, "versions": [version]}]})
}

/// What it says when it names these records of everything it is asked about; two packages.
fn names(ids: &[&str]) -> ResponseTemplate {
    let vulns: Vec<_> = ids.iter().map(|id| json!({"id": id})).collect();
    let result = json!({"vulns": vulns});
    ResponseTemplate::new(200).set_body_json(json!({"results": [result, result]}))
}

#[track_caller]
fn is_a_gap(outcome: &Outcome, why: &str) {
    outcome
        .refuses(101)
        .says("unknown[known-malicious, known-vulnerability]: quillbarn 1.4.0 not checked: ")
        .says(why);
}

#[test]
fn a_plan_is_asked_about_once_and_what_is_malicious_is_refused() {
    let (world, service) = (world(), Service::start());
    service.answers("POST", "/v1/querybatch", names(&["MAL-2026-1"]));
    let answer = ResponseTemplate::new(200).set_body_json(record("MAL-2026-1", "zorvexkit", "2.0"));
    service.answers("GET", "/v1/vulns/MAL-2026-1", answer);
    service
        .install(&world, "quillbarn")
        .finish()
        .refuses(100)
        .says("critical[known-malicious]: zorvexkit 2.0 this release is known to be malicious (MAL-2026-1)")
        .says("/v1/vulns/MAL-2026-1");
    let questions = service.questions();
    assert_eq!(questions.len(), 1, "{questions:?}");
    let mut asked: Vec<_> = questions[0]
        .as_array()
        .expect("queries")
        .iter()
        .map(|query| {
            assert_eq!(query["package"]["ecosystem"], "PyPI");
            format!("{} {}", query["package"]["name"], query["version"])
        })
        .collect();
    asked.sort();
    assert_eq!(asked, ["\"quillbarn\" \"1.4.0\"", "\"zorvexkit\" \"2.0\""]);
}

#[test]
fn nobody_is_asked_without_being_named() {
    let (world, service) = (world(), Service::start());
    world.spip(&["install", "quillbarn"]).finish().succeeds();
    assert!(service.questions().is_empty());
}

#[test]
fn a_clean_answer_is_a_quiet_install() {
    let (world, service) = (world(), Service::start());
    service.answers("POST", "/v1/querybatch", names(&[]));
    service
        .install(&world, "quillbarn")
        .finish()
        .succeeds()
        .never_says("known-");
}

#[test]
fn a_service_that_is_down_is_a_gap() {
    let world = world();
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let address = format!("http://{}", closed.expect("a port is free"));
    let run = world
        .spip(&["install", "quillbarn"])
        .env("SPIP_OSV_URL", address);
    is_a_gap(&run.finish(), "unreachable: http://127.0.0.1:");
}

#[test]
fn a_service_that_fails_or_talks_nonsense_is_a_gap() {
    for (answer, why) in [
        (ResponseTemplate::new(500), "server-error"),
        (
            ResponseTemplate::new(200).set_body_string("<html>"),
            "malformed",
        ),
        (
            ResponseTemplate::new(200).set_body_json(json!({"results": []})),
            "0 results for 2 queries",
        ),
        (names(&["../../secret"]), "is no id"),
        (
            names(&["MAL-2026-9"]),
            "it names a record that it does not have",
        ),
    ] {
        let (world, service) = (world(), Service::start());
        service.answers("POST", "/v1/querybatch", answer);
        is_a_gap(&service.install(&world, "quillbarn").finish(), why);
    }
}

#[test]
fn a_service_that_hangs_is_a_gap_in_time() {
    let (world, service) = (world(), Service::start());
    let never = names(&[]).set_delay(Duration::from_mins(10));
    service.answers("POST", "/v1/querybatch", never);
    let run = service
        .install(&world, "quillbarn")
        .within(Duration::from_mins(1));
    is_a_gap(&run.finish(), "did not answer within");
}

#[test]
fn only_https_is_asked_about_what_is_installed() {
    let world = world();
    for address in ["http://192.0.2.1/", "nonsense"] {
        let run = world
            .spip(&["install", "quillbarn"])
            .env("SPIP_OSV_URL", address);
        is_a_gap(&run.finish(), "SPIP_OSV_URL names no service");
    }
}

#[test]
fn an_audit_is_one_question() {
    let (world, service) = (world(), Service::start());
    world.spip(&["install", "quillbarn"]).finish().succeeds();
    service.answers("POST", "/v1/querybatch", ResponseTemplate::new(400));
    let audit = |more: &[&str]| {
        let run = world.spip(&[&["audit"], more].concat());
        run.env("SPIP_OSV_URL", service.server.uri()).finish()
    };
    audit(&["--offline"]).exits_with(0);
    assert!(service.questions().is_empty(), "offline is offline");
    // The index does not have the pip of the environment, which is a finding.
    let outcome = audit(&[]);
    outcome.exits_with(100).prints("unknown[known-malicious");
    let questions = service.questions();
    assert_eq!(questions.len(), 1, "{questions:?}");
    let queries = questions[0].as_array().expect("queries").iter();
    let names: Vec<_> = queries
        .map(|query| query["package"]["name"].clone())
        .collect();
    assert!(names.contains(&json!("quillbarn")) && names.contains(&json!("zorvexkit")));
}

/// The user's own policy file.
fn policy(world: &World, text: &str) {
    let folder = world.home().join(".config/spip");
    std::fs::create_dir_all(&folder).expect("it can be made");
    std::fs::write(folder.join("spip.toml"), text).expect("it can be written");
}

#[test]
fn a_policy_may_name_the_service_and_lock_it() {
    let (world, service) = (world(), Service::start());
    service.answers("POST", "/v1/querybatch", ResponseTemplate::new(500));
    let uri = service.server.uri();
    policy(&world, &format!("[intel]\nservice = \"{uri}\"\n"));
    let install = || world.spip(&["install", "quillbarn"]);
    is_a_gap(&install().finish(), "server-error");
    assert!(!service.questions().is_empty());
    let elsewhere = install().env("SPIP_OSV_URL", "nonsense").finish();
    is_a_gap(&elsewhere, "SPIP_OSV_URL names no service");
    policy(
        &world,
        &format!("locked = [\"intel\"]\n[intel]\nservice = \"{uri}\"\n"),
    );
    let elsewhere = install().env("SPIP_OSV_URL", "https://other.invalid");
    elsewhere.finish().refuses(102).says("`intel` is locked by");
    let same = install().env("SPIP_OSV_URL", &uri).finish();
    is_a_gap(&same, "server-error");
}

#[test]
fn a_project_names_no_service() {
    let (world, service) = (world(), Service::start());
    let text = format!("[intel]\nservice = \"{}\"\n", service.server.uri());
    world.write("spip.toml", &text);
    let outcome = world.spip(&["install", "quillbarn"]).finish();
    outcome
        .refuses(102)
        .says("a project may only tighten the policy");
    assert!(service.questions().is_empty());
}
