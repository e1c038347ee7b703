//! Version control over HTTP: which repositories the tool may fetch from.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use spip_core::SafeUrl;
use url::Url;

use crate::Ruling;
use crate::context::Context;
use crate::verdict::{Awaited, asked};

/// More repositories than one run fetches from.
const MAX: usize = 1 << 12;

/// What git asks for over HTTP, behind the address of the repository.
const SERVICES: [&str; 3] = ["/info/refs", "/git-upload-pack", "/git-receive-pack"];

/// The verdicts of this run, by repository.
#[derive(Default)]
pub(crate) struct Repositories(Mutex<HashMap<String, Awaited<Ruling>>>);

/// The repository that a request of git is about. `None`: it is none of git's.
pub(crate) fn repository(url: &Url) -> Option<Url> {
    let path = SERVICES
        .iter()
        .find_map(|end| url.path().strip_suffix(end))?;
    let mut repository = url.clone();
    repository.set_path(path);
    repository.set_query(None);
    Some(repository)
}

/// Whether the tool may fetch from there; whoever asks first has it judged.
pub(crate) async fn admitted(cx: &Arc<Context>, repository: Url) -> Ruling {
    let ruling = {
        let mut known = cx
            .repositories
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX && !known.contains_key(repository.as_str()) {
            return Ruling::Refuse("too many repositories".into());
        }
        let key = repository.as_str().to_owned();
        known
            .entry(key)
            .or_insert_with(|| {
                let (owner, url) = (Arc::clone(cx), SafeUrl::from(repository));
                asked(cx, async move { owner.judge.admit(&url).await })
            })
            .clone()
    };
    ruling.await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_of_git_names_its_repository() {
        let of = |url: &str| repository(&url.parse().unwrap()).map(|url| url.to_string());
        let refs = "https://h.invalid/a/b.git/info/refs?service=git-upload-pack";
        assert_eq!(of(refs).unwrap(), "https://h.invalid/a/b.git");
        assert_eq!(
            of("https://h.invalid/a/git-upload-pack").unwrap(),
            "https://h.invalid/a"
        );
        assert_eq!(of("https://h.invalid/info/refs.html"), None);
    }
}
