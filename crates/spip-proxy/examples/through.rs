//! Runs a command behind the proxy with a judge that always agrees, and says what went by:
//! `cargo run --release --example through -- uv pip install --target /tmp/x ruff`.

use std::env;
use std::io::{self, Write};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Instant;

use spip_proxy::{Delivery, Judge, Notice, Options, Pending, Proxy, Ruling, Variable};
use spip_pypi::Access;

struct Agreeable;

impl Judge for Agreeable {
    fn judge<'a>(&'a self, _: &'a Arc<Delivery>) -> Pending<'a, Ruling> {
        Box::pin(async { Ruling::Forward })
    }

    fn notice(&self, notice: Notice) {
        if env::var_os("THROUGH_QUIET").is_some() {
            return;
        }
        let text = match notice {
            Notice::Login(login) => format!("{login:?}"),
            Notice::Page(page) => format!("page {} {:?}", page.asked, page.files),
            Notice::Arrived(delivery) => format!("file {} {:?}", delivery.url, delivery.body),
            Notice::Passed(passed) => format!("passed {passed:?}"),
            Notice::Stopped(stopped) => format!("stopped {stopped}"),
            Notice::Distrusted(host) => format!("distrusted by {host}"),
        };
        say(&text);
    }
}

fn say(text: &str) {
    // Nobody may be listening.
    let _unheard = writeln!(io::stderr(), "through: {text}");
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let started = Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let access = Access::from_environment(|name| env::var_os(name));
    let proxy = runtime.block_on(Proxy::start(Options::new(access), Arc::new(Agreeable)))?;
    let ready = started.elapsed();
    let mut words = env::args_os().skip(1);
    let Some(program) = words.next() else {
        return Ok(ExitCode::FAILURE);
    };
    let mut command = Command::new(program);
    command.args(words);
    for variable in proxy.environment() {
        match variable {
            Variable::Set(name, value) => command.env(name, value),
            Variable::Unset(name) => command.env_remove(name),
        };
    }
    let status = command.status()?;
    let ran = started.elapsed();
    let entered = runtime.enter();
    drop(proxy);
    drop(entered);
    runtime.shutdown_background();
    if env::var_os("THROUGH_QUIET").is_none() {
        let ended = started.elapsed().saturating_sub(ran);
        say(&format!(
            "ready after {ready:?}, ran {ran:?}, ended in {ended:?}"
        ));
    }
    Ok(ExitCode::from(u8::from(!status.success())))
}
