//! The columns that are added: what was removed from each text, and figures.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Float64Builder, Int64Builder, ListBuilder, StringBuilder, StructBuilder,
};
use arrow_schema::{DataType, Field, Fields};
use bodytext::unstable::Offset;
use bodytext::{FieldName, Fields as PageFields};
use bodytext_cli::embed::CleaningFigures;

use super::texts::TextBuilder;
use crate::cleaned::names;
use crate::cleaner::Inner;

/// A removal, as a row of the column has it.
#[derive(Clone)]
pub(super) struct Removed {
    line: i64,
    start: i64,
    end: i64,
    class: &'static str,
    rules: Vec<String>,
    text: String,
}

impl Removed {
    /// What was removed from a piece that begins at `offset`.
    pub(super) fn of(inner: &Inner, offset: Offset, cleaned: &bodytext::Cleaned<'_>) -> Vec<Removed> {
        let one = |removal: bodytext::Removal| {
            let verdict = &cleaned.verdicts[removal.line];
            Removed {
                line: (offset.lines + removal.line + 1) as i64,
                start: (offset.bytes + removal.span.start) as i64,
                end: (offset.bytes + removal.span.end) as i64,
                class: verdict.class.name(),
                rules: names(inner, verdict),
                text: cleaned.normalized[removal.span].to_owned(),
            }
        };
        cleaned.removals().into_iter().map(one).collect()
    }

    pub(super) fn bytes(&self) -> usize {
        self.text.len() + self.rules.iter().map(String::len).sum::<usize>()
    }
}

fn removed_fields() -> Fields {
    let item = |data_type| Arc::new(Field::new("item", data_type, true));
    Fields::from(vec![
        Field::new("line", DataType::Int64, true),
        Field::new("start", DataType::Int64, true),
        Field::new("end", DataType::Int64, true),
        Field::new("class", DataType::Utf8, true),
        Field::new("rules", DataType::List(item(DataType::Utf8)), true),
        Field::new("text", DataType::Utf8, true),
    ])
}

pub(super) fn removed_type() -> DataType {
    DataType::List(Arc::new(Field::new("item", DataType::Struct(removed_fields()), true)))
}

/// Builds the column of removals. Null where nothing was cleaned.
pub(super) struct RemovedBuilder(ListBuilder<StructBuilder>);

impl RemovedBuilder {
    pub(super) fn new() -> RemovedBuilder {
        let builders: Vec<Box<dyn ArrayBuilder>> = vec![
            Box::new(Int64Builder::new()),
            Box::new(Int64Builder::new()),
            Box::new(Int64Builder::new()),
            Box::new(StringBuilder::new()),
            Box::new(ListBuilder::new(StringBuilder::new())),
            Box::new(StringBuilder::new()),
        ];
        RemovedBuilder(ListBuilder::new(StructBuilder::new(removed_fields(), builders)))
    }

    pub(super) fn push(&mut self, removed: Option<&[Removed]>) {
        for Removed { line, start, end, class, rules, text } in removed.unwrap_or_default() {
            let row = self.0.values();
            for (column, number) in [line, start, end].into_iter().enumerate() {
                row.field_builder::<Int64Builder>(column).into_iter().for_each(|b| b.append_value(*number));
            }
            row.field_builder::<StringBuilder>(3).into_iter().for_each(|b| b.append_value(class));
            if let Some(list) = row.field_builder::<ListBuilder<StringBuilder>>(4) {
                rules.iter().for_each(|rule| list.values().append_value(rule));
                list.append(true);
            }
            row.field_builder::<StringBuilder>(5).into_iter().for_each(|b| b.append_value(text));
            row.append(true);
        }
        self.0.append(removed.is_some());
    }

    pub(super) fn finish(mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
}

fn stats_fields() -> Fields {
    let number = |name| Field::new(name, DataType::Int64, true);
    Fields::from(vec![
        Field::new("removed", DataType::Float64, true),
        number("words_in"),
        number("words_out"),
        number("lines_in"),
        number("lines_out"),
        Field::new("encoding", DataType::Utf8, true),
        Field::new("kept_whole", DataType::Boolean, true),
        Field::new("unchanged", DataType::Boolean, true),
    ])
}

pub(super) fn stats_type() -> DataType {
    DataType::Struct(stats_fields())
}

/// Builds the column of figures. Null where nothing was cleaned.
pub(super) struct StatsBuilder(StructBuilder);

impl StatsBuilder {
    pub(super) fn new() -> StatsBuilder {
        StatsBuilder(StructBuilder::from_fields(stats_fields(), 0))
    }

    pub(super) fn push(&mut self, figures: Option<&CleaningFigures>) {
        let row = &mut self.0;
        row.field_builder::<Float64Builder>(0).into_iter().for_each(|b| b.append_option(figures.map(|f| f.removed)));
        let numbers = figures.map(|f| [f.words_in as i64, f.words_out as i64, f.lines_in as i64, f.lines_out as i64]);
        for column in 0..4 {
            let number = numbers.map(|numbers| numbers[column]);
            row.field_builder::<Int64Builder>(column + 1).into_iter().for_each(|b| b.append_option(number));
        }
        row.field_builder::<StringBuilder>(5).into_iter().for_each(|b| b.append_option(figures.map(|f| f.encoding)));
        for (column, flag) in [(6, figures.map(|f| f.kept_whole)), (7, figures.map(|f| f.unchanged))] {
            row.field_builder::<BooleanBuilder>(column).into_iter().for_each(|b| b.append_option(flag));
        }
        row.append(figures.is_some());
    }

    pub(super) fn finish(mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
}

/// The type of a column for what the page says about its article.
pub(super) fn field_type(name: FieldName) -> DataType {
    match name {
        FieldName::Tags => DataType::List(Arc::new(Field::new("item", DataType::Utf8, true))),
        _ => DataType::Utf8,
    }
}

/// Builds a column for what the page says about its article. Null where nothing was cleaned, and for what it does not say.
pub(super) struct FieldBuilder {
    name: FieldName,
    values: FieldValues,
}

enum FieldValues {
    One(StringBuilder),
    Many(ListBuilder<StringBuilder>),
}

impl FieldBuilder {
    pub(super) fn new(name: FieldName) -> FieldBuilder {
        let values = match name {
            FieldName::Tags => FieldValues::Many(ListBuilder::new(StringBuilder::new())),
            _ => FieldValues::One(StringBuilder::new()),
        };
        FieldBuilder { name, values }
    }

    pub(super) fn push(&mut self, fields: Option<&PageFields>) {
        let values = fields.map(|fields| fields.values(self.name));
        match &mut self.values {
            FieldValues::One(builder) => builder.append_option(values.and_then(<[String]>::first)),
            FieldValues::Many(builder) => {
                values.unwrap_or_default().iter().for_each(|value| builder.values().append_value(value));
                builder.append(values.is_some());
            }
        }
    }

    pub(super) fn finish(self) -> ArrayRef {
        match self.values {
            FieldValues::One(mut builder) => Arc::new(builder.finish()),
            FieldValues::Many(mut builder) => Arc::new(builder.finish()),
        }
    }
}

/// The columns of a chunk of rows that are built anew.
pub(super) struct NewColumns {
    pub(super) texts: TextBuilder,
    pub(super) removed: Option<RemovedBuilder>,
    pub(super) stats: Option<StatsBuilder>,
    pub(super) fields: Vec<FieldBuilder>,
}
