//! The least a Worker in Rust can be, built as the product is.

use worker::{Context, Env, Request, Response, Result, event};

#[event(fetch)]
#[allow(missing_docs)]
async fn fetch(_request: Request, _env: Env, _context: Context) -> Result<Response> {
    Response::ok("hello")
}
