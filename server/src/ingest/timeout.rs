//! The thread that ends the waiting of pipelines whose announced jobs did not come (API design, section
//! 2.5 C). Must not know: what waiting for jobs means; `declare` does.

use super::{Room, declare, worker::Ingestor};
use crate::store::{StoreError, pipelines};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Longest sleep: a clock that was set forward is noticed after it.
const LONGEST: Duration = Duration::from_secs(60);
/// Shortest sleep, so that a store that fails is not asked without end.
const SHORTEST: Duration = Duration::from_millis(100);

/// Looks after deadlines until it is stopped.
pub struct Timekeeper {
    stop: Arc<(Mutex<bool>, Condvar)>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Timekeeper {
    /// Starts the thread.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn start(room: Arc<Room>, ingestor: Arc<Ingestor>) -> std::io::Result<Timekeeper> {
        let stop = Arc::new((Mutex::new(false), Condvar::new()));
        let told = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("timeout".to_owned()).spawn(move || run(&room, &ingestor, &told))?;
        Ok(Timekeeper { stop, thread: Mutex::new(Some(thread)) })
    }

    /// Ends the thread and waits for it.
    pub fn stop(&self) {
        *self.stop.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.1.notify_all();
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // A panic there left nothing half done: every change is one transaction.
            let _ = thread.join();
        }
    }
}

fn run(room: &Room, ingestor: &Ingestor, stop: &(Mutex<bool>, Condvar)) {
    loop {
        match declare::expire(room) {
            Ok(0) => {}
            Ok(count) => {
                tracing::info!(count, "pipelines waited too long for announced jobs");
                ingestor.knock();
            }
            Err(error) => tracing::error!(%error, "deadlines of pipelines could not be looked after"),
        }
        let pause = pause(room).unwrap_or(LONGEST);
        let stopping = stop.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stopping = if *stopping { stopping } else { wait(&stop.1, stopping, pause) };
        if *stopping {
            return;
        }
    }
}

fn wait<'a>(wake: &Condvar, stopping: std::sync::MutexGuard<'a, bool>, pause: Duration) -> std::sync::MutexGuard<'a, bool> {
    wake.wait_timeout(stopping, pause).unwrap_or_else(PoisonError::into_inner).0
}

/// Until the first deadline; a pipeline that is declared meanwhile has a later one, unless it is the first.
fn pause(room: &Room) -> Result<Duration, StoreError> {
    let first = pipelines::first_deadline(&room.store.read()?)?;
    let millis = first.map_or(room.patience, |(deadline, _)| deadline - room.clock.now());
    Ok(Duration::from_millis(millis.max(0).unsigned_abs()).clamp(SHORTEST, LONGEST))
}
