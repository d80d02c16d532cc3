//! Makes, lists and revokes links for those who may.

use std::path::Path;

use super::{
    calendar::now_s,
    grant::Grant,
    link::{Link, LinkName},
    made_links::{listed, note},
    right::{Right, Scope},
    state::Access,
    store::{revoke, revoked_in},
};

/// Why a link is not made or revoked.
#[derive(Debug, thiserror::Error)]
pub enum LinkRefused {
    /// Links are for those who have logged in, and may change the server.
    #[error("Only somebody who has logged in and may change the server (admin) makes links.")]
    Forbidden,
    /// A link of this name was revoked, which holds for all of that name.
    #[error("A link called {0} was revoked. Choose another name.")]
    Revoked(LinkName),
    /// There is a link of this name.
    #[error("There is a link called {0} already. Choose another name.")]
    Exists(LinkName),
    /// There is none of this name.
    #[error("There is no link called {0}.")]
    Unknown(LinkName),
    /// There is nowhere to keep it.
    #[error("There is no state folder to keep links in.")]
    NoFolder,
    /// The state folder cannot be read or written.
    #[error("The state folder cannot be read or written. The log says why.")]
    Io(#[from] std::io::Error),
}

impl Access {
    /// The links that work now and that the holder of `grant` may give, with their tokens. It reads files.
    ///
    /// # Errors
    /// When they are nothing for this holder, or cannot be read.
    pub fn links(&self, grant: &Grant) -> Result<Vec<(Link, String)>, LinkRefused> {
        may_make(grant)?;
        let (folder, key) = (self.state_folder()?, self.key()?);
        let links = listed(folder, now_s())?.into_iter().filter(|link| may_give(grant, link));
        Ok(links.map(|link| (link.clone(), link.token(&key))).collect())
    }

    /// Makes a link and gives its token. It writes a file.
    ///
    /// # Errors
    /// When the holder of `grant` may not, its name is taken, or it cannot be written down.
    pub fn make_link(&self, grant: &Grant, link: &Link) -> Result<String, LinkRefused> {
        if may_make(grant).is_err() || !may_give(grant, link) {
            return Err(LinkRefused::Forbidden);
        }
        let (folder, key) = (self.state_folder()?, self.key()?);
        let _alone = self.0.adding.lock().expect("no holder of this lock panics");
        if revoked_in(folder)?.contains(&link.name) {
            return Err(LinkRefused::Revoked(link.name.clone()));
        }
        if listed(folder, now_s())?.iter().any(|other| other.name == link.name) {
            return Err(LinkRefused::Exists(link.name.clone()));
        }
        note(folder, link)?;
        Ok(link.token(&key))
    }

    /// Revokes all links called `name`. It writes a file.
    ///
    /// # Errors
    /// When the holder of `grant` may not, there is none of that name, or it cannot be written down.
    pub fn revoke_link(&self, grant: &Grant, name: &LinkName) -> Result<(), LinkRefused> {
        let links = self.links(grant)?;
        if !links.iter().any(|(link, _)| link.name == *name) {
            return Err(LinkRefused::Unknown(name.clone()));
        }
        {
            let _alone = self.0.adding.lock().expect("no holder of this lock panics");
            revoke(self.state_folder()?, name)?;
        }
        self.look_again();
        Ok(())
    }

    fn state_folder(&self) -> Result<&Path, LinkRefused> {
        self.0.store.folder().ok_or(LinkRefused::NoFolder)
    }
}

/// Somebody who has a link cannot give others longer ones.
fn may_make(grant: &Grant) -> Result<(), LinkRefused> {
    (grant.user_name().is_some() && grant.right() == Right::Admin).then_some(()).ok_or(LinkRefused::Forbidden)
}

/// Whether a link is for cameras of the holder of `grant` alone.
fn may_give(grant: &Grant, link: &Link) -> bool {
    match &link.camera {
        Some(camera) => grant.lets(link.right, camera),
        None => *grant.scope() == Scope::All,
    }
}
