// HTTPAPI: placeholder
