//! The HTTP side: join links, discovery, static data, and the doors to the two WebSockets
//! (protocol/session.md §2, protocol/http-api.md).

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Query, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Json, Redirect, Response};
use axum::routing::{any, get};
use serde_json::{Value, json};

use crate::config::{Quirks, Role};
use crate::graphql::{self, Middleware};
use crate::join_link::{self, JoinCall};
use crate::room::{JoinRequest, Room, Standing};
use crate::settings::client_settings;
use crate::sfu::{self, Switchboard};

/// Largest SFU frame; a larger one closes the socket (protocol/media.md §1.1).
const SFU_FRAME: usize = 51_200;

/// What every handler may reach.
pub(crate) struct Site {
    pub(crate) origin: String,
    pub(crate) secret: String,
    pub(crate) quirks: Quirks,
    pub(crate) room: Room,
    pub(crate) middleware: Arc<Middleware>,
    pub(crate) switchboard: Arc<Switchboard>,
}

pub(crate) fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/bigbluebutton/api", get(index))
        .route("/bigbluebutton/api/", get(index))
        .route("/bigbluebutton/api/join", get(join))
        .route("/bigbluebutton/api/stuns", get(stuns))
        .route("/bigbluebutton/api/signOut", get(sign_out))
        .route("/bigbluebutton/rtt-check", get(rtt_check))
        .route("/api/rest/meetingStaticData", get(static_data))
        .route("/api/rest/userMetadata", get(user_metadata))
        .route("/html5client/", get(page))
        .route("/html5client/join", get(page))
        .route("/left", get(left))
        .route("/b/{room}", get(portal))
        .route("/graphql", any(control_socket))
        .route("/bbb-webrtc-sfu", any(media_socket))
        .with_state(site)
}

type Shared = State<Arc<Site>>;
type Params = Query<HashMap<String, String>>;

/// All values of the session cookie the client sent.
fn session_cookies(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().strip_prefix("JSESSIONID="))
        .map(str::to_owned)
        .collect()
}

fn xml(status: StatusCode, body: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/xml"), (header::CACHE_CONTROL, "no-cache")];
    (status, headers, body).into_response()
}

fn failed_xml(key: &str, message: &str) -> Response {
    xml(
        StatusCode::OK,
        format!(
            "<response><returncode>FAILED</returncode><messageKey>{key}</messageKey><message>{message}</message></response>"
        ),
    )
}

async fn index(State(site): Shared, headers: HeaderMap) -> Response {
    let version = site.quirks.version.text();
    let socket = site.origin.replacen("http", "ws", 1);
    let fields = [
        ("returncode", "SUCCESS".to_owned()),
        ("version", "2.0".to_owned()),
        ("apiVersion", "2.0".to_owned()),
        ("bbbVersion", version.to_owned()),
        ("graphqlWebsocketUrl", format!("{socket}/graphql")),
        ("graphqlApiUrl", format!("{}/api/rest", site.origin)),
        ("html5PluginSdkVersion", "0.0.99".to_owned()),
    ];
    // Compared literally, on a GET without a body.
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json") {
        let response: serde_json::Map<String, Value> =
            fields.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect();
        return ([(header::CACHE_CONTROL, "no-cache")], Json(json!({ "response": response }))).into_response();
    }
    let body: String = fields.iter().map(|(name, value)| format!("<{name}>{value}</{name}>")).collect();
    xml(StatusCode::OK, format!("<response>{body}</response>"))
}

/// Failures send the browser to the logout page with the reasons in the query.
fn refused(site: &Site, call: Option<&JoinCall>, key: &str, message: &str) -> Response {
    let errors = json!([{ "key": key, "message": message }]).to_string();
    let base = call.and_then(|call| call.error_redirect.clone()).unwrap_or_else(|| format!("{}/left", site.origin));
    let Ok(mut target) = url::Url::parse(&base) else {
        return failed_xml(key, message);
    };
    target.query_pairs_mut().append_pair("errors", &errors);
    (StatusCode::FOUND, [(header::LOCATION, target.to_string())]).into_response()
}

async fn join(State(site): Shared, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = query.unwrap_or_default();
    let call = match join_link::parse(&query, &site.secret) {
        Ok(call) => call,
        Err(fault) => return refused(&site, None, fault.key(), fault.message()),
    };
    let known = site.room.read(|state| state.meeting.ext_id == call.meeting_id);
    if !known {
        return refused(
            &site,
            Some(&call),
            "invalidMeetingIdentifier",
            "The meeting ID that you supplied did not match any existing meetings",
        );
    }
    let Some(role) = call.role else {
        return failed_xml("Params required", "You must provide a role or a password");
    };
    let request = JoinRequest {
        name: call.full_name.clone(),
        role,
        guest: call.guest,
        ext_id: call.user_id.clone(),
        cookie: session_cookies(&headers).into_iter().next(),
    };
    let entry = match site.room.change(|state| state.admit(request)) {
        Ok(entry) => entry,
        Err(fault) if call.redirect => return refused(&site, Some(&call), fault.key(), fault.message()),
        Err(fault) => return failed_xml(fault.key(), fault.message()),
    };
    let cookie = format!("JSESSIONID={}; Path=/; HttpOnly", entry.cookie);
    let target = format!("{}/html5client/?sessionToken={}", site.origin, entry.session_token);
    if call.redirect {
        let location = format!("{target}&shouldWaitForLayout=false");
        return (StatusCode::FOUND, [(header::LOCATION, location), (header::SET_COOKIE, cookie)]).into_response();
    }
    let (meeting_id, auth_token) = site.room.read(|state| {
        let auth = state.users.get(&entry.user_id).map(|user| user.auth_token.clone());
        (state.meeting.id.clone(), auth.unwrap_or_default())
    });
    let body = format!(
        "<response><returncode>SUCCESS</returncode><messageKey>successfullyJoined</messageKey>\
         <message>You have joined successfully.</message><meeting_id>{meeting_id}</meeting_id>\
         <user_id>{}</user_id><auth_token>{auth_token}</auth_token><session_token>{}</session_token>\
         <guestStatus>ALLOW</guestStatus><url>{target}</url></response>",
        entry.user_id, entry.session_token
    );
    let mut response = xml(StatusCode::OK, body);
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// A front end before the server proper: one more hop with a cookie of its own.
async fn portal(State(site): Shared, Query(params): Params) -> Response {
    let name = params.get("name").map_or("Invité", String::as_str);
    let role = if params.get("role").is_some_and(|role| role.eq_ignore_ascii_case("moderator")) {
        Role::Moderator
    } else {
        Role::Viewer
    };
    let ext_id = site.room.read(|state| state.meeting.ext_id.clone());
    let target = join_link::build(&site.origin, &site.secret, &ext_id, name, role, &[]);
    (StatusCode::FOUND, [(header::LOCATION, target), (header::SET_COOKIE, "_portal_session=1; Path=/b".to_owned())])
        .into_response()
}

/// Judges `sessionToken` and cookie as bbb-web does.
fn authorised(site: &Site, token: Option<&String>, headers: &HeaderMap) -> Option<(String, String)> {
    let token = token?;
    let cookies = session_cookies(headers);
    match site.room.read(|state| state.standing(token, &cookies, site.quirks.without_cookie)) {
        Standing::Good { user } => Some((token.clone(), user)),
        _ => None,
    }
}

async fn stuns(State(site): Shared, Query(params): Params, headers: HeaderMap) -> Response {
    if authorised(&site, params.get("sessionToken"), &headers).is_none() {
        let logout = format!("{}/left", site.origin);
        return Json(json!({ "returncode": "FAILED", "message": "Could not find conference.", "logoutURL": logout }))
            .into_response();
    }
    Json(json!({ "stunServers": [], "turnServers": [], "remoteIceCandidates": [] })).into_response()
}

async fn sign_out(State(site): Shared, Query(params): Params, headers: HeaderMap) -> Response {
    if let Some((token, _)) = authorised(&site, params.get("sessionToken"), &headers) {
        site.room.change(|state| state.sign_out(&token));
    }
    xml(StatusCode::OK, "<response><returncode>SUCCESS</returncode></response>".to_owned())
}

async fn rtt_check() -> Response {
    let id = uuid::Uuid::new_v4().to_string();
    ([(HeaderName::from_static("x-request-id"), id)], "").into_response()
}

async fn static_data(State(site): Shared, headers: HeaderMap) -> Response {
    let token = headers.get("x-session-token").and_then(|value| value.to_str().ok()).map(str::to_owned);
    if authorised(&site, token.as_ref(), &headers).is_none() {
        // Proxy and Hasura together answer an unknown token with nothing to see.
        return match token {
            Some(token) if site.room.read(|state| state.knows_token(&token)) => {
                StatusCode::UNAUTHORIZED.into_response()
            }
            _ => Json(json!({ "meeting": [] })).into_response(),
        };
    }
    Json(json!({ "meeting": [static_meeting(&site)] })).into_response()
}

fn static_meeting(site: &Site) -> Value {
    let snapshot = site.room.snapshots().borrow().clone();
    let row = snapshot.meeting.rows.first().map_or(Value::Null, |row| (**row).clone());
    const COLUMNS: [&str; 24] = [
        "meetingId",
        "extId",
        "name",
        "disabledFeatures",
        "isBreakout",
        "endWhenNoModerator",
        "endWhenNoModeratorDelayInMinutes",
        "createdTime",
        "maxPinnedCameras",
        "meetingCameraCap",
        "audioBridge",
        "cameraBridge",
        "screenShareBridge",
        "loginUrl",
        "logoutUrl",
        "bannerColor",
        "bannerText",
        "customLogoUrl",
        "customDarkLogoUrl",
        "notifyRecordingIsOn",
        "presentationUploadExternalDescription",
        "presentationUploadExternalUrl",
        "recordingPolicies",
        "usersPolicies",
    ];
    let mut meeting: serde_json::Map<String, Value> =
        COLUMNS.iter().map(|name| ((*name).to_owned(), row[*name].clone())).collect();
    for name in ["breakoutPolicies", "voiceSettings"] {
        meeting.insert(name.to_owned(), row[name].clone());
    }
    meeting.insert("clientSettings".to_owned(), json!({ "clientSettingsJson": client_settings() }));
    Value::Object(meeting)
}

async fn user_metadata(State(site): Shared, headers: HeaderMap) -> Response {
    let token = headers.get("x-session-token").and_then(|value| value.to_str().ok()).map(str::to_owned);
    match authorised(&site, token.as_ref(), &headers) {
        Some(_) => Json(json!({ "user_metadata": [] })).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn page(State(site): Shared, Query(params): Params) -> Response {
    if params.contains_key("sessionToken") {
        return Html(include_str!("page.html")).into_response();
    }
    Redirect::to(&format!("{}/left", site.origin)).into_response()
}

async fn left() -> Html<&'static str> {
    Html("<!doctype html><meta charset=utf-8><title>Classe d’essai</title><p>Vous avez quitté la classe d’essai.</p>")
}

/// The server library refuses pages of other hosts; who sends no Origin is no page.
fn foreign_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let origin = origin.to_str().unwrap_or_default();
    origin.split_once("://").is_none_or(|(_, authority)| !authority.eq_ignore_ascii_case(host))
}

async fn control_socket(State(site): Shared, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    if foreign_origin(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let offered = headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|protocol| protocol.trim() == "graphql-transport-ws");
    if !offered {
        return (StatusCode::BAD_REQUEST, "the subprotocol graphql-transport-ws is required").into_response();
    }
    let cookies = session_cookies(&headers);
    let middleware = site.middleware.clone();
    upgrade
        .protocols(["graphql-transport-ws"])
        .max_message_size(9_999_999)
        .on_upgrade(move |socket| graphql::serve(socket, middleware, cookies))
}

async fn media_socket(
    State(site): Shared,
    Query(params): Params,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Some((_, user)) = authorised(&site, params.get("sessionToken"), &headers) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let switchboard = site.switchboard.clone();
    upgrade
        .max_message_size(SFU_FRAME)
        .max_frame_size(SFU_FRAME)
        .on_upgrade(move |socket| sfu::serve(socket, switchboard, user))
}
