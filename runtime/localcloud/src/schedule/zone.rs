//! Time zones by their IANA names, from the database that is compiled in: a schedule means the same on
//! every machine.

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// The zone of this name (`Europe/Vienna`, `UTC`), in its own spelling; `None` if there is none.
pub fn zone(name: &str) -> Option<TimeZone> {
    static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
    let zone = DATABASE.get(name).ok()?;
    (zone.iana_name() == Some(name)).then_some(zone)
}
