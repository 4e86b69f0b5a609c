// Executions: placeholder
