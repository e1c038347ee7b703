//! Reads and writes comma-separated tables (RFC 4180) with a header line.

use anyhow::{Context as _, Result, bail, ensure};

/// A table: named columns and rows of as many fields.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads a table; every row must have as many fields as the header.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut rows = records(text)?.into_iter();
        let columns = rows.next().context("the table has no header")?;
        let rows: Vec<_> = rows.collect();
        for (index, row) in rows.iter().enumerate() {
            let (found, expected) = (row.len(), columns.len());
            ensure!(
                found == expected,
                "row {} has {found} of {expected} fields",
                index + 1
            );
        }
        Ok(Self { columns, rows })
    }

    /// The values of some columns, row by row.
    pub(crate) fn select<const COUNT: usize>(
        &self,
        names: [&str; COUNT],
    ) -> Result<Vec<[&str; COUNT]>> {
        let mut places = [0; COUNT];
        for (place, name) in places.iter_mut().zip(names) {
            let found = self.columns.iter().position(|column| column == name);
            *place = found.with_context(|| format!("the table has no column {name:?}"))?;
        }
        let rows = self.rows.iter();
        Ok(rows
            .map(|row| places.map(|place| row[place].as_str()))
            .collect())
    }
}

/// One field as it is written.
pub(crate) fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

fn records(text: &str) -> Result<Vec<Vec<String>>> {
    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut field = String::new();
    let mut inside = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if inside && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => inside = !inside,
            ',' if !inside => record.push(std::mem::take(&mut field)),
            '\r' if !inside && characters.peek() == Some(&'\n') => {}
            '\n' if !inside => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            other => field.push(other),
        }
    }
    if inside {
        bail!("a quoted field does not end");
    }
    if !field.is_empty() || !record.is_empty() {
        record.push(field);
        records.push(record);
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_quoted_fields_and_every_line_ending() {
        let table = Table::parse("a,b\r\n1,\"x, \"\"y\"\"\nz\"\n2,").unwrap();
        let rows = table.select(["b", "a"]).unwrap();
        assert_eq!(rows, [["x, \"y\"\nz", "1"], ["", "2"]]);
        assert_eq!(quoted("x, \"y\""), "\"x, \"\"y\"\"\"");
    }

    #[test]
    fn refuses_ragged_rows_open_quotes_and_missing_columns() {
        assert!(Table::parse("a,b\n1").is_err());
        assert!(Table::parse("a\n\"1").is_err());
        assert!(Table::parse("a\n1").unwrap().select(["b"]).is_err());
    }
}
