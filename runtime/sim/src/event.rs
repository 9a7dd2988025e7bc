use datamesh_actor::pod::{Ended, Load, Operation, Sleeper, Ticket, Try, Waiting};
use datamesh_journal::{AppendError, Appended, Commit, EntityKey, JournalError, Loaded, Mark};

use crate::outside::Silent;

/// Something that happens at its moment. `life` names one run of one process.
pub(crate) enum Event {
    Send {
        wish: usize,
    },
    Impatient {
        wish: usize,
        sent: u32,
    },
    /// A message that was answered long ago comes once more.
    Repeat {
        wish: usize,
    },
    Arrive {
        pod: usize,
        wish: usize,
    },
    Write {
        pod: usize,
        life: u32,
        commit: Box<Commit>,
        ticket: Option<Ticket>,
    },
    Fate {
        pod: usize,
        life: u32,
        ticket: Ticket,
        fate: Result<Appended, AppendError>,
    },
    Read {
        pod: usize,
        life: u32,
        load: Load,
    },
    Loaded {
        pod: usize,
        life: u32,
        load: Load,
        result: Box<Result<Loaded, JournalError>>,
    },
    LineUp {
        pod: usize,
        life: u32,
        effect: Waiting,
    },
    Try {
        pod: usize,
        life: u32,
        attempt: Try,
    },
    Ended {
        pod: usize,
        life: u32,
        end: Ended,
        /// Whether the runner had it until now.
        ran: bool,
    },
    Land {
        silent: Silent,
        life: u32,
    },
    Wake {
        pod: usize,
        life: u32,
        sleeper: Sleeper,
    },
    Mark {
        pod: usize,
        life: u32,
        key: EntityKey,
        mark: Mark,
    },
    Pump {
        pod: usize,
        life: u32,
    },
    Claim {
        pod: usize,
        life: u32,
    },
    Sweep {
        pod: usize,
        life: u32,
    },
    Boot {
        pod: usize,
    },
    Crash {
        pod: usize,
        life: u32,
    },
    Operate {
        pod: usize,
        life: u32,
        key: EntityKey,
        operation: Operation,
    },
    Resume {
        key: EntityKey,
    },
    Operator,
    /// Somebody wants the process to go down in order; and then, how far it is.
    Going {
        pod: usize,
        life: u32,
    },
    Trouble,
}

impl Event {
    /// The pod that has to be awake for it, and its life if it is about one.
    pub(crate) fn place(&self) -> Option<(usize, Option<u32>)> {
        match self {
            Self::Arrive { pod, .. } => Some((*pod, None)),
            Self::Fate { pod, life, .. }
            | Self::Read { pod, life, .. }
            | Self::Loaded { pod, life, .. }
            | Self::LineUp { pod, life, .. }
            | Self::Ended { pod, life, .. }
            | Self::Wake { pod, life, .. }
            | Self::Mark { pod, life, .. }
            | Self::Operate { pod, life, .. }
            | Self::Pump { pod, life }
            | Self::Claim { pod, life }
            | Self::Crash { pod, life }
            | Self::Going { pod, life }
            | Self::Sweep { pod, life } => Some((*pod, Some(*life))),
            // A call that is under way does not end with its caller.
            Self::Try { .. }
            | Self::Land { .. }
            | Self::Repeat { .. }
            | Self::Write { .. }
            | Self::Send { .. }
            | Self::Impatient { .. }
            | Self::Boot { .. }
            | Self::Resume { .. }
            | Self::Operator
            | Self::Trouble => None,
        }
    }

    /// Whether it comes again and again, whatever there is to do.
    pub(crate) fn periodic(&self) -> bool {
        matches!(
            self,
            Self::Pump { .. }
                | Self::Claim { .. }
                | Self::Sweep { .. }
                | Self::Impatient { .. }
                | Self::Operator
                | Self::Trouble
        )
    }
}
