//! Controls of a device: brightness, exposure, bit rate; what they are, and setting them.

use std::{fmt, io::Result};

use super::{
    abi::{Control, QueryControl, QueryMenu, control},
    device::{Device, text},
    sys,
};

/// Most controls of a device, and most items of a menu, that are listed.
const MAX_CONTROLS: usize = 256;
const MAX_MENU_ITEMS: i32 = 64;

/// One control, as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlInfo {
    /// Its number (`V4L2_CID_…`).
    pub id: u32,
    /// Name for people.
    pub name: String,
    /// What values it takes.
    pub range: ControlRange,
    /// Its value now, where it can be read.
    pub value: Option<i32>,
    /// Whether it may be set at present: some wait for another to be set to manual.
    pub can_be_set: bool,
}

/// What values a control takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlRange {
    /// A number.
    Number {
        /// Least value.
        least: i32,
        /// Most.
        most: i32,
        /// From one value to the next.
        step: i32,
        /// What it is unless set.
        default: i32,
    },
    /// 0 or 1.
    Switch {
        /// What it is unless set.
        default: bool,
    },
    /// One of these.
    Menu {
        /// Values and their names.
        items: Vec<(i32, String)>,
        /// What it is unless set.
        default: i32,
    },
    /// Does something when it is set.
    Button,
}

impl fmt::Display for ControlRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number { least, most, step, default } => {
                let step = if *step > 1 { format!(" in steps of {step}") } else { String::new() };
                write!(out, "{least} to {most}{step}, at first {default}")
            }
            Self::Switch { default } => write!(out, "0 or 1, at first {}", i32::from(*default)),
            Self::Menu { items, default } => {
                for (value, name) in items {
                    write!(out, "{value} ({name}), ")?;
                }
                write!(out, "at first {default}")
            }
            Self::Button => write!(out, "a button"),
        }
    }
}

impl Device {
    /// All controls with a value of 32 bits.
    pub(crate) fn controls(&self) -> Vec<ControlInfo> {
        let mut found = Vec::new();
        let mut last = 0;
        while found.len() < MAX_CONTROLS {
            let mut query = QueryControl { id: last | control::NEXT, ..Default::default() };
            // A driver that does not go on from `last` would go round in circles.
            if sys::query_control(self, &mut query).is_err() || query.id <= last {
                break;
            }
            last = query.id;
            if query.flags & control::FLAG_DISABLED != 0 {
                continue;
            }
            let Some(range) = self.range(&query) else { continue };
            let readable = range != ControlRange::Button && query.flags & control::FLAG_WRITE_ONLY == 0;
            found.push(ControlInfo {
                id: query.id,
                name: text(&query.name),
                range,
                value: readable.then(|| self.control(query.id).ok()).flatten(),
                can_be_set: query.flags & (control::FLAG_READ_ONLY | control::FLAG_INACTIVE) == 0,
            });
        }
        found
    }

    /// The value of a control.
    pub(crate) fn control(&self, id: u32) -> Result<i32> {
        let mut value = Control { id, value: 0 };
        sys::get_control(self, &mut value)?;
        Ok(value.value)
    }

    /// Sets a control.
    pub(crate) fn set_control(&self, id: u32, value: i32) -> Result<()> {
        sys::set_control(self, &mut Control { id, value })
    }

    fn range(&self, query: &QueryControl) -> Option<ControlRange> {
        let &QueryControl { least, most, step, default, .. } = query;
        Some(match query.kind {
            control::INTEGER => ControlRange::Number { least, most, step, default },
            control::BOOLEAN => ControlRange::Switch { default: default != 0 },
            control::BUTTON => ControlRange::Button,
            kind @ (control::MENU | control::INTEGER_MENU) => {
                let most = most.min(least.saturating_add(MAX_MENU_ITEMS - 1));
                let item = |index| self.menu_item(query.id, index, kind == control::INTEGER_MENU);
                ControlRange::Menu { items: (least..=most).filter_map(item).collect(), default }
            }
            _ => return None,
        })
    }

    /// An item of a menu; menus have holes.
    fn menu_item(&self, id: u32, index: i32, is_number: bool) -> Option<(i32, String)> {
        let mut query = QueryMenu { id, index: u32::try_from(index).ok()?, ..Default::default() };
        sys::query_menu(self, &mut query).ok()?;
        if !is_number {
            return Some((index, text(&query.name)));
        }
        let number = query.name.first_chunk::<8>().map(|bytes| i64::from_ne_bytes(*bytes));
        number.map(|number| (index, number.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_control_takes_is_said_in_words() {
        let items = vec![(0, "Disabled".to_owned()), (2, "60 Hz".to_owned())];
        let table = [
            (ControlRange::Number { least: -64, most: 64, step: 1, default: 0 }, "-64 to 64, at first 0"),
            (
                ControlRange::Number { least: 0, most: 100, step: 5, default: 50 },
                "0 to 100 in steps of 5, at first 50",
            ),
            (ControlRange::Switch { default: true }, "0 or 1, at first 1"),
            (ControlRange::Menu { items, default: 2 }, "0 (Disabled), 2 (60 Hz), at first 2"),
            (ControlRange::Button, "a button"),
        ];
        for (range, text) in table {
            assert_eq!(range.to_string(), text);
        }
    }
}
