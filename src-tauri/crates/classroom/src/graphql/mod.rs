//! The GraphQL middleware's side of the wire (protocol/session.md §3): what it lets through,
//! what it answers itself, what it sends back and in which form.

mod limits;
mod mutation;
mod operation;
mod patch;
mod resolve;
mod socket;
mod subscription;

pub(crate) use operation::{SchemaFault, Schemas};
pub(crate) use socket::{Middleware, serve};
