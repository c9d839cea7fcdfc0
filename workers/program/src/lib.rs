//! The program that Cloudflare runs: its events, each handed to the edge. The Durable Objects are in it because the edge
//! uses them.

use axum::body::Body;
use worker::{Context, Env, event, web_sys};

/// Every request that is not for a static file.
#[event(fetch)]
async fn fetch(
    request: web_sys::Request,
    env: Env,
    context: Context,
) -> worker::Result<http::Response<Body>> {
    Ok(voxora_workers::answer(request, env, context).await)
}
