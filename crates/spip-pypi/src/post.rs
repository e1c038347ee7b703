//! One bounded question that is sent along: deadline, retries, size; no redirects.

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use spip_core::{Cause, Gap, SafeUrl};
use tokio::time::{sleep, timeout};
use url::Url;

use crate::failure::{Again, Failure, broken, not_http, refused, seconds};
use crate::transport::{FIRST_PAUSE, Transport, is_http};

const JSON: &str = "application/json";

impl Transport {
    /// The answer to a question in JSON. Asking it twice must do no harm.
    pub(crate) async fn post(&self, url: &SafeUrl, question: &[u8]) -> Result<Vec<u8>, Gap> {
        if !is_http(url.secret()) {
            return Err(not_http(url));
        }
        let _permit = self.permits.acquire().await;
        let deadline = self.limits.deadline;
        let answer = timeout(deadline, self.ask(url.secret(), question)).await;
        answer.unwrap_or_else(|_| {
            let waited = format!("did not answer within {} s", seconds(deadline));
            Err(Gap::new(
                Cause::Unreachable,
                format!("{} {waited}", url.bare()),
            ))
        })
    }

    async fn ask(&self, url: &Url, question: &[u8]) -> Result<Vec<u8>, Gap> {
        let mut pause = FIRST_PAUSE;
        let mut attempt = 1;
        loop {
            let failure = match self.ask_once(url, question).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let wanted = match failure.again {
                Again::Never => return Err(failure.gap),
                Again::AfterPause => pause,
                Again::After(wanted) => wanted,
            };
            if attempt >= self.limits.attempts || wanted > self.limits.deadline {
                return Err(failure.gap);
            }
            sleep(wanted).await;
            pause *= 2;
            attempt += 1;
        }
    }

    async fn ask_once(&self, url: &Url, question: &[u8]) -> Result<Vec<u8>, Failure> {
        let client = self.client_for(url)?;
        let mut request = client
            .post(url.clone())
            .header(ACCEPT, JSON)
            .header(CONTENT_TYPE, JSON)
            .body(question.to_vec());
        if let Some((username, password)) = self.access().login(url) {
            request = request.basic_auth(username, Some(password));
        }
        let response = request.send().await.map_err(|error| broken(url, &error))?;
        match response.status().as_u16() {
            200 => Ok(self.read(url, response).await?.body),
            _ => Err(refused(url, &response)),
        }
    }
}
