//! When tokens, sessions and users were last used, without a write per request: uses are gathered and
//! written together by a thread. Must not know: what they were used for.

use super::Door;
use crate::audit::{self, By};
use crate::clock::Millis;
use crate::domain::account::{Session, User};
use crate::store::accounts::{self, Hash};
use crate::store::{StoreError, WriteTx};
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// A use this soon after the last one that is known is not told again.
const NEWS_AFTER: Millis = 5 * 60 * 1_000;
/// Most uses of a kind that are gathered; more are told at their next use.
const MOST: usize = 10_000;
/// Time from one write to the next.
const INTERVAL: Duration = Duration::from_secs(60);

/// Uses that are not written yet.
#[derive(Default)]
pub struct Activity(Mutex<Uses>);

#[derive(Default)]
struct Uses {
    tokens: HashMap<Hash, Millis>,
    sessions: HashMap<Hash, Millis>,
    users: HashMap<u64, Millis>,
}

impl Activity {
    fn uses(&self) -> MutexGuard<'_, Uses> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn saw_token(&self, hash: Hash, known: Option<Millis>, now: Millis) {
        note(&mut self.uses().tokens, hash, known, now);
    }

    pub(super) fn saw_session(&self, hash: Hash, known: Millis, now: Millis) {
        note(&mut self.uses().sessions, hash, Some(known), now);
    }

    pub(super) fn saw_user(&self, user: &User, now: Millis) {
        note(&mut self.uses().users, user.id, user.last_activity_at, now);
    }

    /// A session with what is known about its last use.
    pub fn up_to_date(&self, hash: &Hash, session: Session) -> Session {
        let seen = self.uses().sessions.get(hash).copied().unwrap_or_default();
        Session { last_seen_at: session.last_seen_at.max(seen), ..session }
    }

    /// When a token was last used, given what the store knows.
    pub fn last_use(&self, hash: &Hash, stored: Option<Millis>) -> Option<Millis> {
        self.uses().tokens.get(hash).copied().max(stored)
    }

    /// When a user was last seen, given what the store knows.
    pub fn last_seen(&self, user: &User) -> Option<Millis> {
        self.uses().users.get(&user.id).copied().max(user.last_activity_at)
    }
}

fn note<K: std::hash::Hash + Eq>(uses: &mut HashMap<K, Millis>, key: K, known: Option<Millis>, now: Millis) {
    let gathered = uses.get(&key).copied();
    let is_news = gathered.max(known).is_none_or(|known| now - known >= NEWS_AFTER);
    if is_news && (gathered.is_some() || uses.len() < MOST) {
        uses.insert(key, now);
    }
}

/// Notes what failed and was only counted; of refused tokens that whose hour is over, or all of it.
///
/// # Errors
/// When the store fails; the counts are lost then.
pub fn note_counts(door: &Door, is_last: bool) -> Result<(), StoreError> {
    let (rtx, now) = (door.store.read()?, door.clock.now());
    let mut acts = door.refusals.take(now, is_last);
    for failures in [&door.failures, &door.wrong_proofs] {
        acts.extend(failures.take(&rtx)?.map(|act| (By::system(now), act)));
    }
    if acts.is_empty() {
        return Ok(());
    }
    door.store.write(|wtx| acts.iter().try_for_each(|(by, act)| audit::pass(wtx, by, act)))
}

/// Writes the gathered uses; answers how many there were. What was removed meanwhile is passed over.
///
/// # Errors
/// When the store fails; the uses are told again then.
pub fn write_down(door: &Door) -> Result<usize, StoreError> {
    let (tokens, sessions, users) = {
        let uses = door.activity.uses();
        (uses.tokens.clone(), uses.sessions.clone(), uses.users.clone())
    };
    let count = tokens.len() + sessions.len() + users.len();
    if count == 0 {
        return Ok(0);
    }
    door.store.write(|wtx| put_uses(wtx, &tokens, &sessions, &users))?;
    // Forgotten only now: whoever asked meanwhile had to find them in one of the two places.
    let mut uses = door.activity.uses();
    uses.tokens.retain(|key, at| tokens.get(key) != Some(at));
    uses.sessions.retain(|key, at| sessions.get(key) != Some(at));
    uses.users.retain(|key, at| users.get(key) != Some(at));
    Ok(count)
}

fn put_uses(
    wtx: &mut WriteTx,
    tokens: &HashMap<Hash, Millis>,
    sessions: &HashMap<Hash, Millis>,
    users: &HashMap<u64, Millis>,
) -> Result<(), StoreError> {
    for (hash, at) in tokens {
        if let Some(mut token) = accounts::find_token(wtx, hash)? {
            token.last_used_at = token.last_used_at.max(Some(*at));
            accounts::put_token(wtx, hash, &token)?;
        }
    }
    for (hash, at) in sessions {
        if let Some(mut session) = accounts::find_session(wtx, hash)? {
            session.last_seen_at = session.last_seen_at.max(*at);
            accounts::put_session(wtx, hash, &session)?;
        }
    }
    for (id, at) in users {
        if let Some(mut user) = accounts::find_user(wtx, *id)? {
            user.last_activity_at = user.last_activity_at.max(Some(*at));
            accounts::put_user(wtx, &user)?;
        }
    }
    Ok(())
}

/// The thread that writes uses down, until it is stopped.
pub struct Bookkeeper {
    stop: Arc<(Mutex<bool>, Condvar)>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Bookkeeper {
    /// Starts the thread.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn start(door: Arc<Door>) -> std::io::Result<Bookkeeper> {
        let stop = Arc::new((Mutex::new(false), Condvar::new()));
        let told = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("activity".to_owned()).spawn(move || run(&door, &told))?;
        Ok(Bookkeeper { stop, thread: Mutex::new(Some(thread)) })
    }

    /// Writes down what is left, ends the thread and waits for it.
    pub fn stop(&self) {
        *self.stop.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.1.notify_all();
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // A panic there left nothing half done: every write is one transaction.
            let _ = thread.join();
        }
    }
}

fn run(door: &Door, stop: &(Mutex<bool>, Condvar)) {
    loop {
        let stopping = stop.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |is_over: &mut bool| !*is_over;
        let stopping = stop.1.wait_timeout_while(stopping, INTERVAL, is_over).unwrap_or_else(PoisonError::into_inner).0;
        let is_last = *stopping;
        drop(stopping);
        if let Err(error) = note_counts(door, is_last) {
            tracing::error!(%error, "failed sign-ins and refused tokens could not be noted");
        }
        if let Err(error) = write_down(door) {
            tracing::error!(%error, "last uses of tokens and sessions could not be written");
        }
        if is_last {
            return;
        }
    }
}
