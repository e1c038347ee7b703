//! What the text of a dotted name tells by itself, worked out once for each name: the same few
//! names are called again and again.

use std::rc::Rc;

use super::interpreter::Interpreter;
use super::library::is_runner;
use super::models::{self, Effect};
use super::runners::is_wire;
use super::{remote, wallets};

/// How many names are remembered.
const MOST_REMEMBERED: usize = 10_000;

/// Longer names are not remembered.
const LONGEST_REMEMBERED: usize = 200;

/// What the text of a dotted name tells.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an answer by itself: a name may be several of them"
)]
pub(super) struct Facts {
    /// What calling it does, if it is known.
    pub(super) effect: Option<Effect>,
    /// What stands for what calling it gives: `name()`.
    pub(super) gives: Rc<str>,
    /// The method of an object that this is, called on its class: `Class.name` is `Class().name`.
    pub(super) method: Option<Rc<str>>,
    /// It is something of a client library.
    pub(super) is_client: bool,
    /// It is a function or method of a library for wallets.
    pub(super) is_wallet: bool,
    /// It begins a dialogue with a peer.
    pub(super) is_dialogue: bool,
    /// It runs what it is given.
    pub(super) is_runner: bool,
    /// It is a method of a connection.
    pub(super) is_wire: bool,
}

impl Facts {
    fn of(path: &str) -> Self {
        let (owner, name) = path.rsplit_once('.').unwrap_or_default();
        let is_method = path.contains('.');
        Self {
            effect: models::effect(path),
            gives: format!("{path}()").into(),
            method: method(path),
            is_client: remote::is_client(path),
            is_wallet: is_method && wallets::is_wallet(owner),
            is_dialogue: remote::is_dialogue(path),
            is_runner: is_method && is_runner(owner, name),
            is_wire: is_method && is_wire(owner),
        }
    }
}

impl Interpreter<'_> {
    /// What the text of a dotted name tells.
    pub(super) fn facts(&mut self, path: &Rc<str>) -> Rc<Facts> {
        if let Some(known) = self.names.facts.get(path) {
            return known.clone();
        }
        let facts = Rc::new(Facts::of(path));
        if self.names.facts.len() < MOST_REMEMBERED && path.len() <= LONGEST_REMEMBERED {
            self.names.facts.insert(path.clone(), facts.clone());
        }
        facts
    }
}

/// The known method that is called by the name of its class.
fn method(path: &str) -> Option<Rc<str>> {
    let (owner, name) = path.rsplit_once('.')?;
    let class = owner.rsplit('.').next()?;
    let is_class = class.starts_with(|letter: char| letter.is_ascii_uppercase());
    if !(is_class || class == "socket") || owner.contains('(') {
        return None;
    }
    let method = format!("{owner}().{name}");
    models::effect(&method).map(|_| method.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_they_are() {
        let send = Facts::of("requests.get");
        assert!(send.effect.is_some() && send.is_client && !send.is_wallet);
        assert_eq!(&*send.gives, "requests.get()");
        assert!(Facts::of("asyncio.create_connection").is_dialogue);
        assert!(Facts::of("pool().submit").is_runner);
        assert!(!Facts::of("pool.submit").is_runner);
        assert!(Facts::of("socket.socket().recv").is_wire);
        assert!(Facts::of("eth_account.Account.create").is_wallet);
        assert!(Facts::of("plain").effect.is_none());
    }

    #[test]
    fn methods_are_found_by_their_class() {
        assert_eq!(method("zipimport.zipimporter.load_module").as_deref(), None);
        assert_eq!(
            method("importlib.machinery.SourceFileLoader.load_module").as_deref(),
            Some("importlib.machinery.SourceFileLoader().load_module")
        );
        assert!(method("importlib.machinery.SourceFileLoader().load_module").is_none());
        assert!(method("exec").is_none());
    }
}
