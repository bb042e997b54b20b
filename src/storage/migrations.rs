//! Migrations: how an empty or older store becomes one of this version, on SQLite and on PostgreSQL.
//!
//! No crate drives both engines here: refinery supports older releases of rusqlite only and would add a table of its own to SQLite
//! stores, whose version is a number in the file's header.

/// One step from a schema version to the next. Once released it is never changed.
#[derive(Debug)]
pub(super) struct Migration {
    /// The schema version that it produces. Versions start at 1 and have no gaps.
    pub(super) version: i32,
    /// What it adds, in one word.
    pub(super) name: &'static str,
    /// The statements.
    pub(super) sql: &'static str,
}

/// The schema of a store, compared with the migrations of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreState {
    /// There are no tables yet.
    Empty,
    /// An earlier version wrote the store; it can be read, and lacks tables that came later. The schema version found.
    Older(i32),
    /// The schema of this version.
    Current,
    /// A later version wrote the store. The schema version found.
    Newer(i32),
}

/// The schema version after the last migration.
pub(super) fn latest(migrations: &[Migration]) -> i32 {
    migrations.last().map_or(0, |migration| migration.version)
}

/// The state of a store with this schema version; 0 means that it has no tables.
pub(super) fn state(found: i32, migrations: &[Migration]) -> StoreState {
    match found.cmp(&latest(migrations)) {
        std::cmp::Ordering::Equal => StoreState::Current,
        std::cmp::Ordering::Greater => StoreState::Newer(found),
        std::cmp::Ordering::Less if found > 0 => StoreState::Older(found),
        std::cmp::Ordering::Less => StoreState::Empty,
    }
}

/// A connection to a store, inside a transaction that no other process shares.
pub(super) trait MigrationTarget {
    /// The engine's error.
    type Error;

    /// The schema version; 0 without tables.
    fn version(&self) -> Result<i32, Self::Error>;

    /// Executes a migration and records its version.
    fn apply(&self, migration: &Migration) -> Result<(), Self::Error>;
}

/// Applies the migrations that the store lacks, in order.
///
/// # Errors
/// Those of the target; rolling back its transaction then leaves the store as it was.
pub(super) fn migrate<T: MigrationTarget>(target: &T, migrations: &[Migration]) -> Result<(), T::Error> {
    let found = target.version()?;
    migrations.iter().filter(|migration| migration.version > found).try_for_each(|migration| target.apply(migration))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    const MIGRATIONS: [Migration; 3] = [
        Migration { version: 1, name: "one", sql: "a" },
        Migration { version: 2, name: "two", sql: "b" },
        Migration { version: 3, name: "three", sql: "c" },
    ];

    struct Target(i32, RefCell<Vec<&'static str>>);

    impl MigrationTarget for Target {
        type Error = ();
        fn version(&self) -> Result<i32, ()> {
            Ok(self.0)
        }
        fn apply(&self, migration: &Migration) -> Result<(), ()> {
            self.1.borrow_mut().push(migration.sql);
            if migration.sql == "c" && self.0 == 1 { Err(()) } else { Ok(()) }
        }
    }

    #[test]
    fn applies_what_is_missing_in_order_and_stops_at_an_error() {
        for (found, applied, result) in
            [(0, &["a", "b", "c"][..], Ok(())), (1, &["b", "c"], Err(())), (2, &["c"], Ok(())), (3, &[], Ok(()))]
        {
            let target = Target(found, RefCell::default());
            assert_eq!(migrate(&target, &MIGRATIONS), result);
            assert_eq!(target.1.into_inner(), applied);
        }
    }

    #[test]
    fn compares_a_schema_version_with_the_migrations() {
        let states = [0, 1, 2, 3, 4].map(|found| state(found, &MIGRATIONS));
        let wanted =
            [StoreState::Empty, StoreState::Older(1), StoreState::Older(2), StoreState::Current, StoreState::Newer(4)];
        assert_eq!(states, wanted);
    }
}
