//! The links that were made, in their order. A link needs no place in this list to work.
//!
//! ```text
//! made.links      lc1.door.view.1798761600.tv     what a token says, without its signature: it lets nobody in
//! ```

use std::{collections::BTreeSet, path::Path};

use super::{
    calendar::now_s,
    link::{Link, LinkName},
    store::{replace, revoked_in, text_of},
};

/// The file, in the state folder.
const MADE: &str = "made.links";
/// Most links that are listed. Of more, the oldest still work, and are not in the list.
const MAX_LISTED: usize = 500;

/// Adds a link to the list of `folder`; those that work no longer leave it.
///
/// # Errors
/// When the file cannot be read or written.
pub(super) fn note(folder: &Path, link: &Link) -> std::io::Result<()> {
    let mut links = listed(folder, now_s())?;
    links.retain(|other| other != link);
    links.push(link.clone());
    let oldest = links.len().saturating_sub(MAX_LISTED);
    let text: String = links[oldest..].iter().map(|link| format!("{}\n", link.signed_part())).collect();
    replace(&folder.join(MADE), &text)
}

/// The links of `folder` that work at `now`, the newest last.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn listed(folder: &Path, now: u64) -> std::io::Result<Vec<Link>> {
    let revoked: BTreeSet<LinkName> = revoked_in(folder)?;
    let text = text_of(&folder.join(MADE))?;
    let links = text.lines().filter_map(Link::of_signed_part);
    Ok(links
        .filter(|link| link.expires_at.is_none_or(|at| at > now) && !revoked.contains(&link.name))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::{
        super::{right::Right, store::revoke},
        *,
    };

    fn link(name: &str, expires_at: Option<u64>) -> Link {
        let name = name.parse().expect("a name");
        Link { camera: Some("door".into()), right: Right::View, expires_at, name }
    }

    #[test]
    fn the_list_has_what_works() {
        let folder = tempfile::tempdir().expect("a folder");
        let names = |now| -> Vec<String> {
            let links = listed(folder.path(), now).expect("a list");
            links.iter().map(|link| link.name.to_string()).collect()
        };
        assert!(names(0).is_empty());
        let later = now_s() + 1000;
        for link in [link("tv", None), link("tablet", Some(later)), link("old", Some(1)), link("tv", None)] {
            note(folder.path(), &link).expect("written");
        }
        assert_eq!(names(later - 1), ["tablet", "tv"]);
        assert_eq!(names(later), ["tv"]);
        revoke(folder.path(), &"tv".parse().expect("a name")).expect("written");
        assert!(names(later).is_empty());
    }

    #[test]
    fn the_list_is_bounded() {
        let folder = tempfile::tempdir().expect("a folder");
        let text: String =
            (0..MAX_LISTED).map(|at| format!("{}\n", link(&format!("l{at}"), None).signed_part())).collect();
        std::fs::write(folder.path().join(MADE), text).expect("written");
        note(folder.path(), &link("newest", None)).expect("written");
        let links = listed(folder.path(), 0).expect("a list");
        assert_eq!((links.len(), links[0].name.to_string().as_str()), (MAX_LISTED, "l1"));
    }
}
