use std::sync::Arc;

use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::effects::{InspectTable, LedgerEffect};
use super::event::Event;
use super::looking::Inspection;
use super::work::Work;
use super::{Ledger, State};
use crate::validate::{self, Violations};

/// Reads everything that decides who can read a table; the record has it, under the number. Asked again with
/// the same number it changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspect {
    /// The table, in the ledger's database.
    pub table: String,
    /// Which wish, as the asker numbers it; no other look has the number.
    pub number: u64,
}

impl Inspect {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Ledger>, Rejection> {
        let mut found = Violations::default();
        found.check("table", validate::glue_table(&format!("d.{}", self.table)));
        found.refuse()?;
        let known = |one: &Arc<Inspection>| one.table == self.table && one.number == self.number;
        if state.inspections.iter().any(known) {
            return Ok(Decision::none());
        }
        let mut work = Work::new(state, ctx);
        let (table, number) = (self.table, self.number);
        work.happen(Event::Inspected {
            inspection: Box::new(Inspection {
                number,
                table: table.clone(),
                facts: None,
                error: None,
            }),
        });
        let inspect = InspectTable { table, number };
        work.turn.ask(LedgerEffect::InspectTable(inspect));
        Ok(work.done())
    }
}
