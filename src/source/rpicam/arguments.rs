//! Builds the arguments of a command line.

/// The arguments so far.
#[derive(Debug, Default)]
pub(super) struct Arguments(pub(super) Vec<String>);

impl Arguments {
    /// Adds words with spaces between.
    pub(super) fn words(&mut self, words: &str) -> &mut Self {
        self.0.extend(words.split(' ').map(str::to_owned));
        self
    }

    /// Adds one word, whatever is in it.
    pub(super) fn word(&mut self, word: impl std::fmt::Display) -> &mut Self {
        self.0.push(word.to_string());
        self
    }

    /// Adds an option and its value in one word, since the value may begin with a minus sign.
    pub(super) fn value(&mut self, name: &str, value: Option<impl std::fmt::Display>) {
        if let Some(value) = value {
            self.word(format_args!("{name}={value}"));
        }
    }

    /// Adds `words`, which need no value, if they are wanted.
    pub(super) fn switch(&mut self, words: &str, is_wanted: bool) {
        if is_wanted {
            self.words(words);
        }
    }

    /// Adds an option with its value, if it has one.
    pub(super) fn option(&mut self, name: &str, value: Option<impl std::fmt::Display>) {
        if let Some(value) = value {
            self.words(name).word(value);
        }
    }
}
