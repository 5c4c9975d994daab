//! The lines of a table or a list of facts: keyed, ordered, each with its own signal, so that a change
//! repaints only the line, and in it only the cell, that changed.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::cell::Cell;

/// A line: a key that stays the same while its object lives, and its cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub key: String,
    pub cells: Vec<Cell>,
}

/// A handle on the lines.
#[derive(Clone, Copy)]
pub struct Lines {
    order: RwSignal<Vec<String>>,
    cells: StoredValue<BTreeMap<String, ArcRwSignal<Vec<Cell>>>>,
}

impl Lines {
    pub fn new(lines: Vec<Line>) -> Self {
        let this = Self {
            order: RwSignal::new(Vec::new()),
            cells: StoredValue::new(BTreeMap::new()),
        };
        this.replace(lines);
        this
    }

    /// Follows a signal.
    pub fn of(lines: Signal<Vec<Line>>) -> Self {
        let this = Self::new(lines.get_untracked());
        Effect::new(move |_| this.replace(lines.get()));
        this
    }

    /// Makes the lines these, in this order.
    pub fn replace(self, lines: Vec<Line>) {
        let order: Vec<String> = lines.iter().map(|line| line.key.clone()).collect();
        self.cells
            .update_value(|cells| cells.retain(|key, _| order.contains(key)));
        for line in lines {
            self.upsert(line);
        }
        if self.order.with_untracked(|old| *old != order) {
            self.order.set(order);
        }
    }

    fn upsert(self, line: Line) {
        let known = self.cells.with_value(|cells| cells.get(&line.key).cloned());
        match known {
            Some(signal) if signal.with_untracked(|old| *old == line.cells) => {}
            Some(signal) => signal.set(line.cells),
            None => self.cells.update_value(|cells| {
                cells.insert(line.key, ArcRwSignal::new(line.cells));
            }),
        }
    }

    /// The keys, in order.
    pub fn keys(self) -> Vec<String> {
        self.order.get()
    }

    /// The cells of a line. A line that is just leaving has none.
    pub fn cells(self, key: &str) -> ArcRwSignal<Vec<Cell>> {
        self.cells
            .with_value(|cells| cells.get(key).cloned())
            .unwrap_or_default()
    }
}
