//! The one path of a webhook, however it came in: judge, journal, answer.
//!
//! Handing on is the journal's part: what is committed goes to its feed. So a
//! slow screen can never slow the answer, and nothing is answered 200 that a
//! crash could lose.

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    domain::inbound::{Credentials, Request, Verdict, judge},
    store::Journal,
};

/// How much of a refused body is kept: enough to see what it was, too little to fill a disk.
const REFUSED_KEPT: usize = 64 * 1024;

/// Takes webhook requests; cheap to clone.
#[derive(Debug, Clone)]
pub struct Intake {
    credentials: Arc<Credentials>,
    journal: Journal,
}

impl Intake {
    /// An intake for one app install that keeps what it takes in one journal.
    pub fn new(credentials: Credentials, journal: Journal) -> Self {
        Self {
            credentials: Arc::new(credentials),
            journal,
        }
    }

    /// Takes a request and gives the status owed to it: 200 when it is the cloud's, 401 when
    /// it is not, and 503 when it could not be kept, so that the cloud sends it again
    /// (`webhooks` 2.2 and 7).
    pub async fn take(&self, mut request: Request) -> u16 {
        let verdict = judge(&request, &self.credentials);
        let status = if verdict == Verdict::Valid {
            200
        } else {
            if request.body.len() > REFUSED_KEPT {
                // A copy, because a slice would hold on to the whole.
                request.body = Bytes::copy_from_slice(request.body.split_at(REFUSED_KEPT).0);
            }
            401
        };
        match self.journal.hook(request, verdict, status).await {
            Ok(_) => status,
            Err(_) => 503,
        }
    }
}
