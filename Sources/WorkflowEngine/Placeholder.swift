// WorkflowEngine: placeholder
