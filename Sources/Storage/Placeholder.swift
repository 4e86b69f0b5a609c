// Storage: placeholder
