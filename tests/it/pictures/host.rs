//! A host of pictures on this machine, over TLS, that answers each path as the test says.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use handset::{
    client::{PictureFetcher, PictureLimits, PictureSettings},
    rt::tls::{self, Trust},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::watch,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// What a path is answered with.
#[derive(Clone)]
pub(super) enum Says {
    /// The head of an answer, without its last line, and the body.
    Bytes(String, Vec<u8>),
    /// A head, and then nothing any more.
    Stalls,
    /// A part of what the head promises, and the end.
    Breaks,
    /// Nothing before the test lets all such go on, then a picture.
    WhenTold,
}

/// A picture of 320 by 240 pixels.
pub(super) fn png() -> Vec<u8> {
    let path = format!(
        "{}/assets/pictures/mug-blue.png",
        env!("CARGO_MANIFEST_DIR")
    );
    std::fs::read(path).unwrap()
}

pub(super) fn ok(kind: &str, body: Vec<u8>) -> Says {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n");
    Says::Bytes(head, body)
}

pub(super) fn redirect(to: &str) -> Says {
    let head = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nSet-Cookie: a=b\r\n");
    Says::Bytes(head, Vec::new())
}

pub(super) struct Host {
    pub(super) address: SocketAddr,
    trust: Trust,
    /// The heads of the requests that came.
    seen: Arc<Mutex<Vec<String>>>,
    pub(super) at_work: watch::Receiver<usize>,
    go_on: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Drop for Host {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Host {
    pub(super) async fn start(paths: &[(&str, Says)]) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&key, &ca).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        std::fs::write(&file, ca.pem()).unwrap();
        let chain = vec![CertificateDer::from_pem_slice(leaf.pem().as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
        let acceptor = TlsAcceptor::from(tls::server(chain, key).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let paths = paths.iter();
        let paths = paths.map(|(path, says)| ((*path).to_owned(), says.clone()));
        let paths: Arc<HashMap<String, Says>> = Arc::new(paths.collect());
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let (working, at_work) = watch::channel(0);
        let (go_on, gate) = watch::channel(false);
        let address = listener.local_addr().unwrap();
        let requests = seen.clone();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, paths) = (acceptor.clone(), paths.clone());
                let (requests, working) = (requests.clone(), working.clone());
                let mut gate = gate.clone();
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        match stream.read_u8().await {
                            Ok(byte) => head.push(byte),
                            Err(_) => return,
                        }
                    }
                    let head = String::from_utf8(head).unwrap();
                    let path = head.split(' ').nth(1).unwrap().to_owned();
                    requests.lock().unwrap().push(head);
                    let (head, body) = match paths.get(&path) {
                        Some(Says::Bytes(head, body)) => (head.clone(), body.clone()),
                        Some(Says::Stalls) => {
                            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
                            stream.write_all(head).await.unwrap();
                            return std::future::pending().await;
                        }
                        Some(Says::Breaks) => {
                            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\x89PNG";
                            stream.write_all(head).await.unwrap();
                            return;
                        }
                        Some(Says::WhenTold) => {
                            working.send_modify(|at_work| *at_work += 1);
                            gate.wait_for(|on| *on).await.unwrap();
                            ("HTTP/1.1 200 OK\r\n".to_owned(), png())
                        }
                        None => ("HTTP/1.1 404 Not Found\r\n".to_owned(), Vec::new()),
                    };
                    let head = format!(
                        "{head}Connection: close\r\nContent-Length: {}\r\n\r\n",
                        body.len()
                    );
                    // A client that has had enough goes away.
                    let _ = stream.write_all(head.as_bytes()).await;
                    let _ = stream.write_all(&body).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self {
            address,
            trust: Trust::with_file(&file).unwrap(),
            seen,
            at_work,
            go_on,
            task,
        }
    }

    /// The address of a path; this machine stands for the sandbox.
    pub(super) fn at(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }

    /// What fetches from here, as from a sandbox on this machine.
    pub(super) fn fetcher(&self, asks: bool, limits: PictureLimits) -> PictureFetcher {
        let settings = PictureSettings {
            sandbox: Some(self.at("/").parse().unwrap()),
            asks,
            trust: self.trust.clone(),
            limits,
        };
        PictureFetcher::new(settings).unwrap()
    }

    /// What fetches as where no sandbox is near.
    pub(super) fn outsider(&self) -> PictureFetcher {
        let settings = PictureSettings {
            trust: self.trust.clone(),
            ..PictureSettings::default()
        };
        PictureFetcher::new(settings).unwrap()
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// Lets those go on that wait.
    pub(super) fn go_on(&self) {
        self.go_on.send_replace(true);
    }
}
