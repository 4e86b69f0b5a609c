/// One row of a result, read by column name.
package struct Row: Sendable {
    let columns: [String]
    package let values: [DatabaseValue]

    package init(columns: [String], values: [DatabaseValue]) {
        self.columns = columns
        self.values = values
    }

    /// As the database gave it.
    func value(_ column: String) throws(StorageError) -> DatabaseValue {
        guard let index = columns.firstIndex(of: column) else {
            throw StorageError(.internal, "The result has no column \(column).")
        }
        return values[index]
    }

    /// The value of a column; throws for an unknown column, for NULL, and for another type.
    package func get<Value: DatabaseConvertible>(
        _ column: String, as type: Value.Type = Value.self
    ) throws(StorageError) -> Value {
        guard let value: Value = try optional(column) else {
            throw StorageError(.corrupt, "The column \(column) is null.")
        }
        return value
    }

    /// As `get`, with nil for NULL.
    package func optional<Value: DatabaseConvertible>(
        _ column: String, as type: Value.Type = Value.self
    ) throws(StorageError) -> Value? {
        let stored = try self.value(column)
        if case .null = stored { return nil }
        guard let value = Value(stored) else {
            throw StorageError(.corrupt, "The column \(column) holds no \(Value.self).")
        }
        return value
    }
}
