//! Temporary stand-in while the client is being written.
#![allow(missing_docs, clippy::all, clippy::pedantic, reason = "stub")]
use spip_core::*;
use std::{ffi::OsString, path::PathBuf, time::Duration};
#[derive(Clone)]
pub struct Access {
    pub roots: Roots,
    pub client_certificate: Option<PathBuf>,
    pub proxies: Vec<(String, String)>,
    pub no_proxy: Option<String>,
    pub trusted_hosts: Vec<TrustedHost>,
    pub credentials: Vec<Credential>,
    pub user_agent: String,
}
#[derive(Clone)]
pub enum Roots {
    Platform { also: Vec<PathBuf> },
    Only(PathBuf),
}
#[derive(Clone)]
pub struct TrustedHost {
    pub host: String,
    pub port: Option<u16>,
}
#[derive(Clone)]
pub struct Credential {
    pub host: String,
    pub username: String,
    pub password: String,
}
#[derive(Clone)]
pub struct Limits {
    pub deadline: Duration,
    pub attempts: u32,
    pub body: usize,
    pub concurrency: usize,
}
impl Default for Limits {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(10),
            attempts: 3,
            body: 64 << 20,
            concurrency: 16,
        }
    }
}
#[derive(Clone)]
pub struct Client;
impl Client {
    pub fn new(_: Access, _: Limits, _: Option<Cache>) -> Self {
        Self
    }
    pub async fn listing(&self, _: &SafeUrl) -> Answer<Listing> {
        Ok(None)
    }
    pub async fn project(&self, _: &SafeUrl, _: &PackageName, _: Option<&str>) -> Answer<Project> {
        Ok(None)
    }
}
pub fn parse_listing(page: &SafeUrl, _: &str, _: &[u8]) -> Result<Listing, Gap> {
    Ok(Listing {
        page: page.clone(),
        files: vec![],
    })
}
#[derive(Clone)]
pub struct Cache;
impl Cache {
    pub fn open(_: PathBuf) -> Self {
        Self
    }
    pub fn default_directory(_: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
        None
    }
}
