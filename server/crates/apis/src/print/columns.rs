//! Column definitions that most kinds begin and end with.

use crate::Column;

/// A column of any type shown by default.
pub const fn column(name: &'static str, type_: &'static str, description: &'static str) -> Column {
    Column {
        name,
        type_,
        format: "",
        priority: 0,
        description,
    }
}

/// A string column.
pub const fn text(name: &'static str, description: &'static str) -> Column {
    column(name, "string", description)
}

/// An integer column.
pub const fn integer(name: &'static str, description: &'static str) -> Column {
    column(name, "integer", description)
}

/// A string column that only `-o wide` shows.
pub const fn wide(name: &'static str, description: &'static str) -> Column {
    Column {
        priority: 1,
        ..text(name, description)
    }
}

/// The Name column.
pub const fn name() -> Column {
    Column {
        format: "name",
        ..text(
            "Name",
            "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names",
        )
    }
}

/// The Age column.
pub const fn age() -> Column {
    text(
        "Age",
        "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
    )
}
