//! A small service over the cache: users are read through it, and changing one invalidates it on
//! every node.
//!
//! ```text
//! cargo run --example axum_service                 # serves on http://127.0.0.1:3000 until ctrl-c
//! cargo run --example axum_service -- --once       # asks itself a few things and ends
//! ```
//!
//! ```text
//! curl http://127.0.0.1:3000/users/7
//! curl -X PUT http://127.0.0.1:3000/users/7 -H 'content-type: application/json' -d '{"name":"Grace"}'
//! curl http://127.0.0.1:3000/health
//! ```
#![allow(clippy::print_stdout, reason = "an example prints what happens")]

use std::collections::HashMap;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use larder::{HealthStatus, Larder, cached};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
}

/// One load per user across all nodes. That there is no such user is remembered for ten seconds.
#[cached(
    namespace = "service.users",
    ttl = "5m",
    none_ttl = "10s",
    skip(database)
)]
async fn user(database: &Database, id: u64) -> Option<User> {
    database.load(id)
}

/// What every handler has.
#[derive(Clone)]
struct Service {
    larder: Larder,
    database: Arc<Database>,
}

fn router(service: Service) -> Router {
    Router::new()
        .route("/users/{id}", get(read_user).put(update_user))
        .route("/health", get(health))
        .with_state(service)
}

async fn read_user(State(service): State<Service>, Path(id): Path<u64>) -> Response {
    match user(&service.database, id).await {
        Some(user) => Json(user).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[derive(Deserialize)]
struct Update {
    name: String,
}

/// Writes first, invalidates then: whoever reads after this has answered gets the new name, on
/// every node, also if the old one was being loaded just now.
async fn update_user(
    State(service): State<Service>,
    Path(id): Path<u64>,
    Json(update): Json<Update>,
) -> Response {
    let changed = User {
        id,
        name: update.name,
    };
    service.database.store(changed.clone());
    match user::invalidate(id).await {
        Ok(_) => Json(changed).into_response(),
        // The change stands, but the old name may be read for up to five minutes. Who asked may ask
        // again.
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response(),
    }
}

/// For a load balancer. A node whose Redis is away still serves, so `Down` here does not mean that
/// the node is useless: choose what your balancer should do.
async fn health(State(service): State<Service>) -> Response {
    let health = service.larder.health().await;
    let code = match health.status {
        HealthStatus::Down => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    };
    let stats = service.larder.stats("service.users");
    let body = json!({
        "status": format!("{:?}", health.status),
        "backend": health.backend,
        "outages": health.outages,
        "degraded": health.degraded,
        "users": { "hits": stats.hits, "loads": stats.loads },
    });
    (code, Json(body)).into_response()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let larder = Larder::from_env().await?;
    // Handlers run in tasks that axum spawns, so the Larder must be the default of the process.
    larder.install()?;
    let database = Arc::new(Database::with_users(10));
    let app = router(Service {
        larder: larder.clone(),
        database: Arc::clone(&database),
    });

    if std::env::args().any(|argument| argument == "--once") {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let stopped = async { drop(stopped.await) };
        let server = tokio::spawn(
            axum::serve(listener, app)
                .with_graceful_shutdown(stopped)
                .into_future(),
        );
        ask_a_few_things(address, &database).await?;
        drop(stop);
        server.await??;
    } else {
        let listener = TcpListener::bind("127.0.0.1:3000").await?;
        println!("serving on http://{}, until ctrl-c", listener.local_addr()?);
        let interrupted = async { drop(tokio::signal::ctrl_c().await) };
        axum::serve(listener, app)
            .with_graceful_shutdown(interrupted)
            .await?;
    }
    // After the last request: the connection is ended, not cut.
    larder.close().await;
    println!("closed");
    Ok(())
}

async fn ask_a_few_things(address: SocketAddr, database: &Database) -> Result<(), Box<dyn Error>> {
    // On a server there may be something left of the last run.
    user::clear().await?;
    for _ in 0..2 {
        println!(
            "GET /users/7: {}",
            ask(address, "GET", "/users/7", "").await?
        );
    }
    println!("the database was asked {} time(s)", database.loads());
    let update = r#"{"name":"Grace"}"#;
    println!(
        "PUT /users/7: {}",
        ask(address, "PUT", "/users/7", update).await?
    );
    println!(
        "GET /users/7: {}",
        ask(address, "GET", "/users/7", "").await?
    );
    println!(
        "GET /users/99: {}",
        ask(address, "GET", "/users/99", "").await?
    );
    println!("GET /health: {}", ask(address, "GET", "/health", "").await?);
    Ok(())
}

/// One HTTP request: the status line and the body of the answer.
async fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    body: &str,
) -> Result<String, Box<dyn Error>> {
    let mut stream = TcpStream::connect(address).await?;
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no HTTP")?;
    let status = head.lines().next().ok_or("no status")?;
    Ok(format!("{} {body}", status.trim_start_matches("HTTP/1.1 "))
        .trim_end()
        .to_owned())
}

/// Stands for a database.
#[derive(Debug)]
struct Database {
    users: Mutex<HashMap<u64, User>>,
    loads: AtomicU32,
}

impl Database {
    fn with_users(count: u64) -> Self {
        let users = (1..=count).map(|id| {
            (
                id,
                User {
                    id,
                    name: format!("user {id}"),
                },
            )
        });
        Self {
            users: Mutex::new(users.collect()),
            loads: AtomicU32::new(0),
        }
    }

    fn load(&self, id: u64) -> Option<User> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        self.users
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .cloned()
    }

    fn store(&self, user: User) {
        self.users
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(user.id, user);
    }

    fn loads(&self) -> u32 {
        self.loads.load(Ordering::Relaxed)
    }
}
