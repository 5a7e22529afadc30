//! Redirects: how far they go, and what goes along.

use storage_core::ErrorKind;

use crate::server::{Server, answer, content, mount, redirect};

const KEY: &str = r#", "username": "me", "password": "hunter2", "headers": {"x-key": "k"}"#;

fn target() -> Server {
    Server::start(|request| content(request, "", b"elsewhere"))
}

#[tokio::test]
async fn credentials_and_headers_go_to_the_own_origin() {
    let server = Server::start(|request| match &*request.path {
        "/a" => redirect("/b"),
        _ => content(request, "", b"hello"),
    });
    let storage = server.mount(KEY);
    assert_eq!(storage.node("web:a").unwrap().read().await.unwrap(), "hello");
    for request in server.seen() {
        // RFC 7617: base64 of `me:hunter2`.
        assert_eq!(request.header("authorization"), Some("Basic bWU6aHVudGVyMg=="));
        assert_eq!(request.header("x-key"), Some("k"));
    }
    let token = server.mount(r#", "bearer_token": "t0k""#);
    token.node("web:b").unwrap().read().await.unwrap();
    assert_eq!(server.seen().last().unwrap().header("authorization"), Some("Bearer t0k"));
}

#[tokio::test]
async fn credentials_and_headers_go_nowhere_else() {
    let other = target();
    let to = format!("{}/x", other.url());
    let server = Server::start(move |_| redirect(&to));
    let storage = server.mount(&format!("{KEY}, \"allow_private\": true"));
    assert_eq!(storage.node("web:a").unwrap().read().await.unwrap(), "elsewhere");
    assert_eq!(storage.node("web:a").unwrap().metadata().await.unwrap().size, 9);
    assert_eq!(other.lines(), ["GET /x", "HEAD /x"]);
    for request in other.seen() {
        assert_eq!((request.header("authorization"), request.header("x-key")), (None, None));
    }
}

#[tokio::test]
async fn who_sends_us_away_does_not_get_us_back_with_credentials() {
    let home = Server::start(|request| match &*request.path {
        "/a" => redirect(request.header("x-away").unwrap_or_default()),
        _ => content(request, "", b"home"),
    });
    let back = format!("{}/secret", home.url());
    let away = Server::start(move |_| redirect(&back));
    let options = format!(
        r#", "username": "me", "password": "hunter2", "headers": {{"x-away": "{}/x"}}, "allow_private": true"#,
        away.url()
    );
    assert_eq!(home.mount(&options).node("web:a").unwrap().read().await.unwrap(), "home");
    let seen = home.seen();
    assert!(seen[0].header("authorization").is_some());
    assert_eq!((&*seen[1].path, seen[1].header("authorization")), ("/secret", None));
}

#[tokio::test]
async fn private_addresses_are_refused_by_number_and_by_name() {
    let other = target();
    for to in [
        other.url(),
        other.named(),
        "http://169.254.169.254/latest/meta-data/".into(),
        "http://[::1]/".into(),
    ] {
        let server = Server::start(move |_| redirect(&to));
        let error = server.node("a").read().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
        assert!(error.to_string().contains("allow_private"), "{error}");
    }
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn the_own_origin_may_be_private_by_name_too() {
    let server = target();
    let storage = mount(&format!(r#""url": "{}""#, server.named()));
    assert_eq!(storage.node("web:a").unwrap().read().await.unwrap(), "elsewhere");
}

#[tokio::test]
async fn circles_end() {
    let server = Server::start(|_| redirect("/a?again"));
    let error = server.node("a").read().await.unwrap_err();
    assert!(error.to_string().contains("more than 10"), "{error}");
    assert_eq!(server.seen().len(), 11);

    let none = server.mount(r#", "max_redirects": 0"#);
    let error = none.node("web:a").unwrap().read().await.unwrap_err();
    assert!(error.to_string().contains("max_redirects"), "{error}");
}

#[tokio::test]
async fn other_schemes_are_refused() {
    for to in ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://h/"] {
        let server = Server::start(move |_| redirect(to));
        let error = server.node("a").read().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    }
    let server = Server::start(|_| answer("302 Found", "", b""));
    assert_eq!(server.node("a").read().await.unwrap_err().kind(), ErrorKind::Unexpected);
}

#[tokio::test]
async fn a_redirect_to_the_slash_is_a_directory() {
    let server = Server::start(|request| match &*request.path {
        "/a%20dir/" => content(request, "content-type: text/html\r\n", b"<a href=x>x</a>"),
        // As Caddy writes it.
        _ => answer("308 Permanent Redirect", "location: /a dir/\r\n", b""),
    });
    let node = server.node("a dir");
    assert!(node.is_dir().await.unwrap());
    assert_eq!(node.read().await.unwrap_err().kind(), ErrorKind::IsADirectory);
    assert_eq!(node.reader().await.unwrap_err().kind(), ErrorKind::IsADirectory);
    assert!(!server.lines().contains(&"GET /a%20dir/".to_owned()));
}

#[tokio::test]
async fn a_directory_is_found_where_only_get_redirects() {
    let server = Server::start(|request| match &*request.method {
        "HEAD" => answer("200 OK", "content-type: text/html\r\n", b""),
        _ => redirect("/d/"),
    });
    assert!(server.node("d").is_dir().await.unwrap());
}
