//! The login page: one form without a script, so that it works in every browser.

use axum::response::Response;

use crate::http::embedded_page;

/// The login page, which leads on to `address`; `why` stands above the form.
pub(super) fn page(address: &str, why: Option<&str>) -> Option<Response> {
    let path = address.split('?').next().unwrap_or_default();
    let depth = path.matches('/').count().saturating_sub(1);
    let root = if depth == 0 { "./".to_owned() } else { "../".repeat(depth) };
    let next = address.trim_start_matches('/');
    embedded_page("login.html", |page| {
        page.replace("ROOT/", &root)
            .replace("NEXT", &escaped(next))
            .replace("WHY", &escaped(why.unwrap_or("This camera asks for a name and a password.")))
    })
}

/// The page as it stands at `/login`, leading on to `next`.
pub(super) fn page_at_login(next: &str, why: &str) -> Option<Response> {
    embedded_page("login.html", |page| {
        page.replace("ROOT/", "./").replace("NEXT", &escaped(next)).replace("WHY", &escaped(why))
    })
}

/// Text for HTML, also inside quotes.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(escaped("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}
