//! What an OSV-compatible service is asked, and what it answers.

use serde::Deserialize;
use serde_json::json;
use spip_core::{PackageName, Quoted, Version};

/// A release that is asked about.
pub type Release = (PackageName, Version);

/// The most releases of one question.
pub const MOST_QUERIES: usize = 1000;
const MOST_IDS: usize = 10_000;

/// What cannot be understood of an answer.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the answer is not one of an OSV service: {0}")]
pub struct AnswerError(Quoted);

/// What a service says of one release in one answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The names of the records about it.
    pub ids: Vec<String>,
    /// Asks for more, if there is more.
    pub next: Option<String>,
}

/// The body of a question (`POST /v1/querybatch`); `pages` are what earlier answers said to ask on
/// with.
pub fn question(releases: &[(&Release, Option<&str>)]) -> Vec<u8> {
    let queries: Vec<_> = releases
        .iter()
        .map(|((name, version), page)| {
            let package = json!({"name": name.as_str(), "ecosystem": "PyPI"});
            let mut query = json!({"package": package, "version": version.as_str()});
            if let Some(page) = page {
                query["page_token"] = json!(page);
            }
            query
        })
        .collect();
    json!({ "queries": queries }).to_string().into_bytes()
}

#[derive(Deserialize)]
struct Answer {
    results: Vec<Option<OneAnswer>>,
}

#[derive(Deserialize)]
struct OneAnswer {
    #[serde(default)]
    vulns: Option<Vec<Named>>,
    #[serde(default)]
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

/// Reads an answer to that many queries: one entry each, in their order.
pub fn answer(body: &[u8], queries: usize) -> Result<Vec<Told>, AnswerError> {
    let answer: Answer =
        serde_json::from_slice(body).map_err(|error| AnswerError(error.to_string().into()))?;
    if answer.results.len() != queries {
        let found = answer.results.len();
        let why = format!("{found} results for {queries} queries");
        return Err(AnswerError(why.into()));
    }
    let mut left = MOST_IDS;
    let results = answer.results.into_iter().map(|one| {
        let Some(one) = one else {
            return Ok(Told::default());
        };
        let ids: Vec<_> = one.vulns.unwrap_or_default();
        let ids: Vec<_> = ids.into_iter().map(|named| named.id).collect();
        left = left
            .checked_sub(ids.len())
            .ok_or_else(|| AnswerError("too many records".into()))?;
        if let Some(id) = ids.iter().find(|id| !is_plain(id)) {
            return Err(AnswerError(
                format!("\"{}\" is no id", Quoted::new(id)).into(),
            ));
        }
        let next = one.next_page_token.filter(|next| !next.is_empty());
        Ok(Told { ids, next })
    });
    results.collect()
}

/// Ids become part of an address.
fn is_plain(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    !id.is_empty() && id.len() <= 128 && !id.starts_with('.') && id.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(name: &str, version: &str) -> Release {
        (name.parse().unwrap(), version.parse().unwrap())
    }

    #[test]
    fn asks_as_the_service_documents() {
        let (one, two) = (release("De.mo", "1.0"), release("other", "2"));
        let asked = question(&[(&one, None), (&two, Some("more"))]);
        let asked: serde_json::Value = serde_json::from_slice(&asked).unwrap();
        let expected = json!({"queries": [
            {"package": {"name": "de-mo", "ecosystem": "PyPI"}, "version": "1.0"},
            {"package": {"name": "other", "ecosystem": "PyPI"}, "version": "2", "page_token": "more"}]});
        assert_eq!(asked, expected);
    }

    #[test]
    fn reads_one_result_for_each_query() {
        let body =
            br#"{"results": [{"vulns": [{"id": "MAL-1", "modified": "x"}, {"id": "PYSEC-1"}]}, {},
                        {"vulns": [], "next_page_token": "more"}, null]}"#;
        let told = answer(body, 4).unwrap();
        assert_eq!(told[0].ids, ["MAL-1", "PYSEC-1"]);
        assert_eq!(told[1], Told::default());
        assert_eq!(told[2].next.as_deref(), Some("more"));
    }

    #[test]
    fn refuses_answers_of_another_shape() {
        for body in [&b"{}"[..], b"[]", b"<html>", br#"{"results": [{}]}"#] {
            assert!(answer(body, 2).is_err());
        }
        for id in ["../x", "", "a/b", "a?b", "..", "é"] {
            let body = json!({"results": [{"vulns": [{"id": id}]}]}).to_string();
            assert!(answer(body.as_bytes(), 1).is_err(), "{id}");
        }
        let many = vec![json!({"id": "x"}); MOST_IDS + 1];
        let body = json!({"results": [{"vulns": many}]}).to_string();
        assert!(answer(body.as_bytes(), 1).is_err());
    }
}
