//! A package index on the loopback interface that can also misbehave.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};

use crate::packages::Distribution;
pub use crate::server::Request;
use crate::server::{Answer, Reply, Server};
use crate::sha256;

const JSON_PAGE: &str = "application/vnd.pypi.simple.v1+json";
const HTML_PAGE: &str = "text/html; charset=utf-8";

/// One file on offer.
#[derive(Clone, Debug)]
pub struct Offer {
    distribution: Distribution,
    uploaded: Timestamp,
    yanked: Option<String>,
    is_attested: bool,
    status: Option<String>,
    page_digest: Option<String>,
    api_digest: Option<String>,
    hidden_from_page: bool,
}

impl Offer {
    /// A file from a hundred days ago.
    pub fn of(distribution: Distribution) -> Self {
        Self {
            distribution,
            uploaded: hours_ago(2400),
            yanked: None,
            is_attested: false,
            status: None,
            page_digest: None,
            api_digest: None,
            hidden_from_page: false,
        }
    }

    /// Sets its age.
    #[must_use]
    pub fn hours_old(mut self, hours: i64) -> Self {
        self.uploaded = hours_ago(hours);
        self
    }

    /// Marks it as withdrawn (PEP 592).
    #[must_use]
    pub fn yanked(mut self, reason: &str) -> Self {
        self.yanked = Some(reason.to_owned());
        self
    }

    /// Gives it a provenance (PEP 740); nothing is at its address.
    #[must_use]
    pub fn attested(mut self) -> Self {
        self.is_attested = true;
        self
    }

    /// Gives its project a status (PEP 792).
    #[must_use]
    pub fn marked(mut self, status: &str) -> Self {
        self.status = Some(status.to_owned());
        self
    }

    /// States another digest on the project's page.
    #[must_use]
    pub fn page_says(mut self, sha256: &str) -> Self {
        self.page_digest = Some(sha256.to_owned());
        self
    }

    /// States another digest in the JSON API.
    #[must_use]
    pub fn api_says(mut self, sha256: &str) -> Self {
        self.api_digest = Some(sha256.to_owned());
        self
    }

    /// Lists the file in the JSON API only: it vanished from the page.
    #[must_use]
    pub fn vanished(mut self) -> Self {
        self.hidden_from_page = true;
        self
    }

    fn provenance(&self) -> Option<String> {
        let file = &self.distribution.filename;
        self.is_attested
            .then(|| format!("https://index.invalid/integrity/{file}/provenance"))
    }

    fn page_sha256(&self) -> String {
        let truth = || self.distribution.sha256();
        self.page_digest.clone().unwrap_or_else(truth)
    }

    fn api_sha256(&self) -> String {
        let truth = || self.distribution.sha256();
        self.api_digest.clone().unwrap_or_else(truth)
    }
}

impl From<Distribution> for Offer {
    fn from(distribution: Distribution) -> Self {
        Self::of(distribution)
    }
}

/// How the index answers for one project's page or record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// As asked.
    #[default]
    Honest,
    /// A page only in HTML, so without upload times.
    HtmlOnly,
    /// 404.
    Missing,
    /// 500.
    Broken,
    /// A body that is no JSON and no HTML.
    Garbage,
    /// JSON of another shape.
    OtherShape,
    /// Accepts and never answers.
    Hanging,
    /// JSON of this many bytes.
    Endless(u64),
}

/// Settings of the whole index.
#[derive(Clone, Debug)]
pub struct Settings {
    /// User and password that every request must carry.
    pub login: Option<(String, String)>,
    /// Another index where all files are; requests for them are led there.
    pub files_at: Option<String>,
    /// Whether wheels have PEP 658 metadata files.
    pub sidecars: bool,
    /// How project pages are answered.
    pub pages: Manner,
    /// How JSON records are answered.
    pub records: Manner,
}

#[derive(Debug)]
struct Swap {
    after: usize,
    bytes: Arc<[u8]>,
}

#[derive(Debug)]
struct State {
    root: String,
    settings: Settings,
    offers: Vec<Offer>,
    manners: HashMap<String, (Manner, Manner)>,
    swaps: HashMap<String, Swap>,
    texts: BTreeMap<String, Vec<u8>>,
    vulnerabilities: HashMap<String, Value>,
    owners: HashMap<String, Value>,
    requests: Vec<Request>,
}

/// A running index; it stops when dropped.
pub struct Index {
    server: Server,
    scheme: &'static str,
    authority: Option<String>,
    state: Arc<Mutex<State>>,
}

impl Index {
    /// An empty index over plain HTTP.
    pub fn start() -> Self {
        Self::with("http", None, None)
    }

    /// An empty index over TLS; [`Self::save_authority`] writes the certificate to trust.
    pub fn start_tls() -> Self {
        let (authority, config) = certificates();
        Self::with("https", Some(authority), Some(config))
    }

    fn with(
        scheme: &'static str,
        authority: Option<String>,
        tls: Option<Arc<ServerConfig>>,
    ) -> Self {
        let state = Arc::new(Mutex::new(State {
            root: String::new(),
            settings: Settings {
                login: None,
                files_at: None,
                sidecars: true,
                pages: Manner::Honest,
                records: Manner::Honest,
            },
            offers: Vec::new(),
            manners: HashMap::new(),
            swaps: HashMap::new(),
            texts: BTreeMap::new(),
            vulnerabilities: HashMap::new(),
            owners: HashMap::new(),
            requests: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        let server = Server::start(
            tls,
            Arc::new(move |request| {
                let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
                state.requests.push(request.clone());
                state.reply(request)
            }),
        );
        let root = root_of(scheme, &server);
        state.lock().unwrap_or_else(PoisonError::into_inner).root = root;
        Self {
            server,
            scheme,
            authority,
            state,
        }
    }

    /// Adds a file.
    pub fn offer(&self, offer: impl Into<Offer>) {
        self.state().offers.push(offer.into());
    }

    /// Changes settings of the whole index.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.state().settings);
    }

    /// Sets how one project's page and record are answered.
    pub fn manner(&self, project: &str, page: Manner, record: Manner) {
        let key = normal(project);
        self.state().manners.insert(key, (page, record));
    }

    /// From the request after the first `after` on, a file's address serves other bytes; page and
    /// record still say the old digest.
    pub fn swap(&self, filename: &str, after: usize, bytes: impl Into<Arc<[u8]>>) {
        let bytes = bytes.into();
        let swap = Swap { after, bytes };
        self.state().swaps.insert(filename.to_owned(), swap);
    }

    /// What the JSON records of a project list as vulnerabilities of the version shown.
    pub fn vulnerabilities(&self, project: &str, list: Value) {
        self.state().vulnerabilities.insert(normal(project), list);
    }

    /// Who owns a project, as its JSON records tell; otherwise they do not.
    pub fn owners(&self, project: &str, users: &[&str]) {
        let role = |user: &&str| json!({"role": "Owner", "user": user});
        let roles: Vec<Value> = users.iter().map(role).collect();
        let ownership = json!({"organization": null, "roles": roles});
        self.state().owners.insert(normal(project), ownership);
    }

    /// Serves a text, such as a requirements file, and returns its address.
    pub fn serve(&self, path: &str, content: impl AsRef<[u8]>) -> String {
        let content = content.as_ref().to_vec();
        self.state().texts.insert(format!("/texts/{path}"), content);
        format!("{}/texts/{path}", self.root())
    }

    /// The address for `--index-url`.
    pub fn url(&self) -> String {
        format!("{}/simple/", self.root())
    }

    /// The address for `--index-url` with user and password.
    pub fn url_with_login(&self, user: &str, password: &str) -> String {
        let login = format!("://{user}:{password}@");
        self.url().replacen("://", &login, 1)
    }

    /// The address of a file.
    pub fn file_url(&self, filename: &str) -> String {
        format!("{}/files/{filename}", self.root())
    }

    /// Writes the certificate of the authority that this index wants to be trusted by.
    pub fn save_authority(&self, path: &Path) {
        let pem = self.authority.as_deref().expect("the index speaks TLS");
        fs::write(path, pem).expect("a temporary directory is writable");
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    /// How many requests so far had this path.
    pub fn count(&self, path: &str) -> usize {
        let state = self.state();
        let matching = state.requests.iter().filter(|request| request.path == path);
        matching.count()
    }

    /// How many bytes of endless answers somebody took.
    pub fn streamed(&self) -> u64 {
        self.server.streamed()
    }

    fn root(&self) -> String {
        root_of(self.scheme, &self.server)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn reply(&self, request: &Request) -> Reply {
        if !self.is_allowed(request) {
            let answer = Answer::status(401).header("WWW-Authenticate", "Basic realm=\"tests\"");
            return Reply::Answer(answer);
        }
        let path = request.path.split('?').next().unwrap_or_default();
        if let Some(text) = self.texts.get(path) {
            return Reply::Answer(Answer::new("text/plain; charset=utf-8", text.clone()));
        }
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            ["simple", project] => self.page(&normal(project), request),
            ["pypi", project, "json"] => self.record(&normal(project), None),
            ["pypi", project, version, "json"] => self.record(&normal(project), Some(version)),
            ["files", filename] => match &self.settings.files_at {
                None => self.file(filename),
                Some(other) => {
                    let target = other.replace("/simple/", &format!("/files/{filename}"));
                    Reply::Answer(Answer::status(302).header("Location", target))
                }
            },
            _ => Reply::Answer(Answer::status(404)),
        }
    }

    fn is_allowed(&self, request: &Request) -> bool {
        let Some((user, password)) = &self.settings.login else {
            return true;
        };
        let expected = format!("Basic {}", base64(format!("{user}:{password}").as_bytes()));
        request.headers.get("authorization") == Some(&expected)
    }

    fn of<'s>(&'s self, project: &'s str) -> impl Iterator<Item = &'s Offer> {
        self.offers
            .iter()
            .filter(move |offer| normal(&offer.distribution.name) == project)
    }

    fn page(&self, project: &str, request: &Request) -> Reply {
        let manner = self
            .manners
            .get(project)
            .map_or(self.settings.pages, |(page, _)| *page);
        let offers: Vec<&Offer> = self
            .of(project)
            .filter(|offer| !offer.hidden_from_page)
            .collect();
        if offers.is_empty() && matches!(manner, Manner::Honest | Manner::HtmlOnly) {
            return Reply::Answer(Answer::status(404));
        }
        let accept = request.headers.get("accept").map_or("", String::as_str);
        match manner {
            Manner::Honest if accept.contains(JSON_PAGE) => {
                let page = self.json_page(project, &offers).to_string();
                Reply::Answer(Answer::new(JSON_PAGE, page.into_bytes()))
            }
            Manner::Honest | Manner::HtmlOnly => {
                let page = self.html_page(&offers);
                Reply::Answer(Answer::new(HTML_PAGE, page.into_bytes()))
            }
            manner => misbehave(manner, JSON_PAGE),
        }
    }

    fn json_page(&self, project: &str, offers: &[&Offer]) -> Value {
        let files: Vec<Value> = offers
            .iter()
            .map(|offer| {
                let file = &offer.distribution;
                let sidecar = if self.settings.sidecars && file.is_wheel() {
                    json!({"sha256": sha256(&file.metadata)})
                } else {
                    json!(false)
                };
                json!({
                    "filename": file.filename,
                    "url": format!("/files/{}", file.filename),
                    "hashes": {"sha256": offer.page_sha256()},
                    "size": file.bytes.len(),
                    "upload-time": offer.uploaded.to_string(),
                    "yanked": offer.yanked.as_ref().map_or(json!(false), |reason| json!(reason)),
                    // Not the older name as well: pips before 23.2 fail on it (PEP 714).
                    "core-metadata": sidecar,
                    "provenance": offer.provenance(),
                })
            })
            .collect();
        let mut versions: Vec<&str> = offers
            .iter()
            .map(|offer| offer.distribution.version.as_str())
            .collect();
        versions.dedup();
        let mut page = json!({
            "meta": {"api-version": "1.1"}, "name": project, "files": files, "versions": versions
        });
        if let Some(status) = status_of(offers) {
            page["project-status"] = json!({"status": status, "reason": "reported"});
        }
        page
    }

    fn html_page(&self, offers: &[&Offer]) -> String {
        let status = status_of(offers).map_or(String::new(), |status| {
            format!(
                "<meta name=\"pypi:project-status\" content=\"{}\">",
                html(status)
            )
        });
        let mut page = format!(
            "<!DOCTYPE html><html><head><meta name=\"pypi:repository-version\" \
             content=\"1.0\">{status}</head><body>\n"
        );
        for offer in offers {
            let file = &offer.distribution;
            let mut attributes = String::new();
            if let Some(reason) = &offer.yanked {
                attributes += &format!(" data-yanked=\"{}\"", html(reason));
            }
            if let Some(address) = offer.provenance() {
                attributes += &format!(" data-provenance=\"{}\"", html(&address));
            }
            if self.settings.sidecars && file.is_wheel() {
                let digest = sha256(&file.metadata);
                attributes += &format!(
                    " data-core-metadata=\"sha256={digest}\" data-dist-info-metadata=\"sha256={digest}\""
                );
            }
            page += &format!(
                "<a href=\"/files/{0}#sha256={1}\"{attributes}>{0}</a>\n",
                file.filename,
                offer.page_sha256()
            );
        }
        page + "</body></html>\n"
    }

    fn record(&self, project: &str, version: Option<&str>) -> Reply {
        let manner = self
            .manners
            .get(project)
            .map_or(self.settings.records, |(_, record)| *record);
        let wanted = |offer: &&Offer| version.is_none_or(|v| v == offer.distribution.version);
        let Some(newest) = self.of(project).filter(wanted).last() else {
            return Reply::Answer(Answer::status(404));
        };
        match manner {
            Manner::Honest | Manner::HtmlOnly => {
                let record = self.json_record(project, newest);
                Reply::Answer(Answer::new(
                    "application/json",
                    record.to_string().into_bytes(),
                ))
            }
            manner => misbehave(manner, "application/json"),
        }
    }

    fn json_record(&self, project: &str, shown: &Offer) -> Value {
        let mut releases: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for offer in self.of(project) {
            let release = releases.entry(&offer.distribution.version).or_default();
            release.push(api_file(&self.root, offer));
        }
        let package = &shown.distribution.package;
        let urls: serde_json::Map<String, Value> = package
            .urls
            .iter()
            .map(|(label, address)| (label.clone(), json!(address)))
            .collect();
        let none = json!([]);
        let mut record = json!({
            "info": {
                "name": package.name,
                "version": package.version,
                "summary": package.summary,
                "description": package.description,
                "description_content_type": "text/plain",
                "home_page": "",
                "author": "Tests",
                "author_email": "tests@example.invalid",
                "project_urls": urls,
                "yanked": shown.yanked.is_some(),
                "yanked_reason": shown.yanked,
                "requires_python": null,
            },
            "last_serial": 1,
            "urls": releases[package.version.as_str()].clone(),
            "releases": releases,
            "vulnerabilities": self.vulnerabilities.get(&normal(project)).unwrap_or(&none),
        });
        if let Some(owners) = self.owners.get(&normal(project)) {
            record["ownership"] = owners.clone();
        }
        record
    }

    fn file(&self, name: &str) -> Reply {
        let (filename, is_sidecar) = match name.strip_suffix(".metadata") {
            Some(filename) => (filename, true),
            None => (name, false),
        };
        let found = self
            .offers
            .iter()
            .find(|offer| offer.distribution.filename == filename);
        let Some(offer) = found else {
            return Reply::Answer(Answer::status(404));
        };
        if is_sidecar {
            let body = Arc::clone(&offer.distribution.metadata);
            return Reply::Answer(Answer::new("text/plain", body));
        }
        let path = format!("/files/{name}");
        // The request that is being answered is already counted.
        let before = self.requests.iter().filter(|r| r.path == path).count() - 1;
        let body = match self.swaps.get(filename) {
            Some(swap) if before >= swap.after => &swap.bytes,
            _ => &offer.distribution.bytes,
        };
        let answer = Answer::new("application/octet-stream", Arc::clone(body))
            .header("Cache-Control", "max-age=365000000, immutable, public")
            .header("ETag", format!("\"{}\"", sha256(body)))
            .header("Date", http_date());
        Reply::Answer(answer)
    }
}

fn api_file(root: &str, offer: &Offer) -> Value {
    let file = &offer.distribution;
    let uploaded = offer.uploaded.strftime("%Y-%m-%dT%H:%M:%S");
    json!({
        "filename": file.filename,
        "url": format!("{root}/files/{}", file.filename),
        "packagetype": if file.is_wheel() { "bdist_wheel" } else { "sdist" },
        "digests": {"sha256": offer.api_sha256()},
        "size": file.bytes.len(),
        "upload_time": uploaded.to_string(),
        "upload_time_iso_8601": format!("{}.000000Z", offer.uploaded.strftime("%Y-%m-%dT%H:%M:%S")),
        "yanked": offer.yanked.is_some(),
        "yanked_reason": offer.yanked,
    })
}

fn misbehave(manner: Manner, content_type: &'static str) -> Reply {
    match manner {
        Manner::Hanging => Reply::Hang,
        Manner::Endless(bytes) => Reply::Endless(bytes),
        Manner::Missing => Reply::Answer(Answer::status(404)),
        Manner::Garbage => Reply::Answer(Answer::new(content_type, *b"\xff\xfe{{{<<\0not a page")),
        Manner::OtherShape => Reply::Answer(Answer::new(content_type, *b"{\"info\": [1, 2]}")),
        Manner::Broken | Manner::Honest | Manner::HtmlOnly => Reply::Answer(Answer::status(500)),
    }
}

/// A moment in the past.
pub fn hours_ago(hours: i64) -> Timestamp {
    let now = Timestamp::from_second(Timestamp::now().as_second()).expect("the clock is sane");
    now - SignedDuration::from_hours(hours)
}

fn http_date() -> String {
    let now = Timestamp::now();
    now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// A name as PEP 503 normalises it.
fn normal(name: &str) -> String {
    let mut text = String::new();
    for letter in name.to_ascii_lowercase().chars() {
        match letter {
            '-' | '_' | '.' if text.ends_with('-') => {}
            '-' | '_' | '.' => text.push('-'),
            letter => text.push(letter),
        }
    }
    text
}

/// The status of the project that these are files of.
fn status_of<'o>(offers: &[&'o Offer]) -> Option<&'o str> {
    offers.iter().find_map(|offer| offer.status.as_deref())
}

fn html(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('"', "&quot;")
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().enumerate().fold(0_u32, |bits, (place, byte)| {
            bits | u32::from(*byte) << (16 - 8 * place)
        });
        for place in 0..4 {
            let index = (bits >> (18 - 6 * place)) & 63;
            let letter = char::from(ALPHABET[index as usize]);
            text.push(if place <= chunk.len() { letter } else { '=' });
        }
    }
    text
}

/// The address without a path. Over TLS it has a name: some pips cannot check an IP address.
fn root_of(scheme: &str, server: &Server) -> String {
    match scheme {
        "https" => format!("https://localhost:{}", server.address.port()),
        scheme => format!("{scheme}://{}", server.address),
    }
}

/// A certificate authority, and a server for this machine that it vouches for.
fn certificates() -> (String, Arc<ServerConfig>) {
    let mut authority = CertificateParams::default();
    let common_name = rcgen::DnType::CommonName;
    authority
        .distinguished_name
        .push(common_name, "authority of the tests");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![
        rcgen::KeyUsagePurpose::KeyCertSign,
        rcgen::KeyUsagePurpose::DigitalSignature,
    ];
    let key = KeyPair::generate().expect("the machine has randomness");
    let authority = CertifiedIssuer::self_signed(authority, key).expect("these are valid");
    let names = vec!["localhost".to_owned()];
    let mut params = CertificateParams::new(names).expect("this is a name");
    params.use_authority_key_identifier_extension = true;
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
    let key = KeyPair::generate().expect("the machine has randomness");
    let certificate = params.signed_by(&key, &authority).expect("these are valid");
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring speaks both versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .expect("key and certificate belong together");
    (authority.pem(), Arc::new(config))
}
