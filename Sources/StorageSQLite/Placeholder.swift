// StorageSQLite: placeholder
