//! A progress bar for people who wait longer than a second.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const PATIENCE: Duration = Duration::from_secs(1);

/// The bar, which may never show.
#[derive(Clone)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Shows itself after a second, if standard error is a terminal.
    pub(crate) fn new(doing: &str, length: usize) -> Self {
        let bar = ProgressBar::with_draw_target(Some(length as u64), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {elapsed}");
        bar.set_style(style.expect("the template is fixed"));
        bar.set_message(doing.to_owned());
        if io::stderr().is_terminal() {
            let later = bar.clone();
            tokio::spawn(async move {
                tokio::time::sleep(PATIENCE).await;
                if !later.is_finished() {
                    later.set_draw_target(ProgressDrawTarget::stderr());
                    later.enable_steady_tick(Duration::from_millis(200));
                }
            });
        }
        Self(bar)
    }

    /// One more is done; what is to be said of it is said beside the bar.
    pub(crate) fn step<T>(&self, say: impl FnOnce() -> T) -> T {
        let said = self.0.suspend(say);
        self.0.inc(1);
        said
    }

    /// So many are done of so many.
    pub(crate) fn at(&self, place: usize, all: usize) {
        self.0.set_length(all as u64);
        self.0.set_position(place as u64);
    }

    /// Goes away.
    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}
