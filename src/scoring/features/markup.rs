//! Inputs of the features of markup: headings, links, tables and lists. Without markup, nothing is known of them.

use super::columns::running_sums;
use super::rows::Rows;
use crate::markup::LineRole;

/// The value of a feature of markup in a text that has none.
const UNKNOWN: f32 = -1.0;

pub(super) struct Markup {
    /// The level of the heading that each row is; 0 if it is none.
    pub(super) heading: Vec<f32>,
    pub(super) is_heading: Vec<bool>,
    /// The share of its bytes that are in links, and running sums of it.
    pub(super) linked: Vec<f32>,
    pub(super) linked_sums: Vec<f64>,
    /// 1 in a table, 2 in a list, 0 elsewhere.
    pub(super) block: Vec<f32>,
}

impl Markup {
    pub(super) fn new(rows: &Rows<'_>) -> Markup {
        let roles = || rows.rows.iter().map(|row| (rows.page.roles.get(row.line), row.end - row.start));
        let values = |value: fn(&LineRole, usize) -> f32| -> Vec<f32> {
            roles().map(|(role, bytes)| role.map_or(UNKNOWN, |role| value(role, bytes))).collect()
        };
        let linked = values(|role, bytes| (role.linked as f32 / bytes.max(1) as f32).min(1.0));
        Markup {
            heading: values(|role, _| f32::from(role.heading)),
            is_heading: roles().map(|(role, _)| role.is_some_and(|role| role.heading > 0)).collect(),
            linked_sums: running_sums(linked.iter().map(|&share| f64::from(share))),
            linked,
            block: values(|role, _| match (role.in_table, role.in_list) {
                (true, _) => 1.0,
                (_, true) => 2.0,
                _ => 0.0,
            }),
        }
    }
}
