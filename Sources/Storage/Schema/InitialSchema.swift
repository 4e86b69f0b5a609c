extension Migration {
    /// The mission's three tables, with the deviations that `docs/schema.md` lists, and what the first service needs:
    /// tenants, API keys, documents.
    static let initialSchema = Migration(
        version: 1, name: "initial schema",
        script: [
            .sqlite: """
            CREATE TABLE tenants (
                id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36 AND id = lower(id)),
                name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 255),
                tier TEXT NOT NULL CHECK (tier IN ('basic', 'premium', 'enterprise')),
                created_at INTEGER NOT NULL
            ) STRICT;

            CREATE TABLE api_keys (
                id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36 AND id = lower(id)),
                tenant_id TEXT NOT NULL REFERENCES tenants(id),
                principal_id TEXT NOT NULL CHECK (length(principal_id) = 36),
                name TEXT NOT NULL CHECK (length(name) <= 255),
                prefix TEXT NOT NULL,
                digest TEXT NOT NULL UNIQUE CHECK (length(digest) = 64),
                created_at INTEGER NOT NULL,
                revoked_at INTEGER
            ) STRICT;
            CREATE INDEX idx_api_keys_tenant ON api_keys (tenant_id, created_at, id);

            CREATE TABLE workflow_definitions (
                id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36 AND id = lower(id)),
                name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
                description TEXT,
                category TEXT NOT NULL CHECK (length(category) <= 50),
                version TEXT NOT NULL CHECK (length(version) BETWEEN 1 AND 20),
                definition TEXT NOT NULL CHECK (json_valid(definition)),
                ai_enhancement_points TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(ai_enhancement_points)),
                source TEXT NOT NULL,
                digest TEXT NOT NULL CHECK (length(digest) = 64),
                tenant_id TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000' CHECK (length(tenant_id) = 36),
                created_by TEXT NOT NULL CHECK (length(created_by) = 36),
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                UNIQUE (name, version, tenant_id)
            ) STRICT;
            CREATE INDEX idx_workflow_definitions_tenant ON workflow_definitions (tenant_id, name);

            CREATE TABLE workflow_executions (
                id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36 AND id = lower(id)),
                workflow_definition_id TEXT NOT NULL REFERENCES workflow_definitions(id),
                temporal_workflow_id TEXT NOT NULL CHECK (length(temporal_workflow_id) BETWEEN 1 AND 255),
                temporal_run_id TEXT CHECK (length(temporal_run_id) BETWEEN 1 AND 255),
                latest_run_id TEXT CHECK (length(latest_run_id) BETWEEN 1 AND 255),
                status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN
                    ('pending', 'running', 'completed', 'failed', 'cancelled', 'terminated', 'timed_out')),
                input TEXT CHECK (input IS NULL OR json_valid(input)),
                output TEXT CHECK (output IS NULL OR json_valid(output)),
                error_message TEXT,
                steps TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(steps)),
                ai_enhanced INTEGER NOT NULL DEFAULT 0 CHECK (ai_enhanced IN (0, 1)),
                ai_activities_used TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(ai_activities_used)),
                ai_cost_microdollars INTEGER NOT NULL DEFAULT 0 CHECK (ai_cost_microdollars >= 0),
                ai_cost_cents INTEGER GENERATED ALWAYS AS ((ai_cost_microdollars + 5000) / 10000) STORED,
                fallback_used INTEGER NOT NULL DEFAULT 0 CHECK (fallback_used IN (0, 1)),
                started_at INTEGER NOT NULL,
                completed_at INTEGER,
                duration_ms INTEGER CHECK (duration_ms >= 0),
                tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 36),
                idempotency_key TEXT CHECK (length(idempotency_key) BETWEEN 1 AND 255),
                triggered_by TEXT CHECK (length(triggered_by) = 36),
                metadata TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(metadata)),
                UNIQUE (temporal_workflow_id, temporal_run_id),
                UNIQUE (tenant_id, idempotency_key),
                CHECK (temporal_run_id IS NOT NULL OR status IN ('pending', 'failed')),
                CHECK ((temporal_run_id IS NULL) = (latest_run_id IS NULL)),
                CHECK ((completed_at IS NULL) = (status IN ('pending', 'running'))),
                CHECK ((duration_ms IS NULL) = (completed_at IS NULL))
            ) STRICT;
            CREATE INDEX idx_workflow_executions_tenant ON workflow_executions (tenant_id, started_at DESC, id);
            CREATE INDEX idx_workflow_executions_definition ON workflow_executions (workflow_definition_id);
            CREATE INDEX idx_workflow_executions_open ON workflow_executions (started_at, id)
                WHERE status IN ('pending', 'running');

            CREATE TABLE ai_usage_logs (
                id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36 AND id = lower(id)),
                workflow_execution_id TEXT REFERENCES workflow_executions(id),
                activity_name TEXT NOT NULL CHECK (length(activity_name) <= 100),
                activity_id TEXT NOT NULL CHECK (length(activity_id) <= 1000),
                attempt INTEGER NOT NULL CHECK (attempt >= 1),
                call_number INTEGER NOT NULL CHECK (call_number >= 0),
                provider TEXT NOT NULL CHECK (length(provider) <= 50),
                model TEXT NOT NULL CHECK (length(model) <= 100),
                input_tokens INTEGER CHECK (input_tokens >= 0),
                output_tokens INTEGER CHECK (output_tokens >= 0),
                cost_microdollars INTEGER NOT NULL DEFAULT 0 CHECK (cost_microdollars >= 0),
                cost_cents INTEGER GENERATED ALWAYS AS ((cost_microdollars + 5000) / 10000) STORED,
                response_time_ms INTEGER CHECK (response_time_ms >= 0),
                success INTEGER NOT NULL CHECK (success IN (0, 1)),
                confidence_score REAL CHECK (confidence_score BETWEEN 0 AND 1),
                fallback_used INTEGER NOT NULL DEFAULT 0 CHECK (fallback_used IN (0, 1)),
                tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 36),
                created_at INTEGER NOT NULL,
                UNIQUE (workflow_execution_id, activity_id, attempt, call_number)
            ) STRICT;
            CREATE INDEX idx_ai_usage_tenant_date ON ai_usage_logs (tenant_id, created_at);
            CREATE INDEX idx_ai_usage_workflow ON ai_usage_logs (workflow_execution_id);

            CREATE TABLE documents (
                id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36 AND id = lower(id)),
                tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 36),
                digest TEXT NOT NULL CHECK (length(digest) = 64),
                size INTEGER NOT NULL CHECK (size >= 0),
                media_type TEXT NOT NULL CHECK (length(media_type) <= 255),
                filename TEXT CHECK (length(filename) <= 255),
                created_at INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX idx_documents_content ON documents (tenant_id, digest);
            """,
            .postgresql: """
            CREATE TABLE tenants (
                id UUID NOT NULL PRIMARY KEY,
                name TEXT NOT NULL UNIQUE CHECK (char_length(name) BETWEEN 1 AND 255),
                tier TEXT NOT NULL CHECK (tier IN ('basic', 'premium', 'enterprise')),
                created_at BIGINT NOT NULL
            );

            CREATE TABLE api_keys (
                id UUID NOT NULL PRIMARY KEY,
                tenant_id UUID NOT NULL REFERENCES tenants(id),
                principal_id UUID NOT NULL,
                name TEXT NOT NULL CHECK (char_length(name) <= 255),
                prefix TEXT NOT NULL,
                digest TEXT NOT NULL UNIQUE CHECK (char_length(digest) = 64),
                created_at BIGINT NOT NULL,
                revoked_at BIGINT
            );
            CREATE INDEX idx_api_keys_tenant ON api_keys (tenant_id, created_at, id);

            CREATE TABLE workflow_definitions (
                id UUID NOT NULL PRIMARY KEY,
                name TEXT NOT NULL CHECK (char_length(name) BETWEEN 1 AND 255),
                description TEXT,
                category TEXT NOT NULL CHECK (char_length(category) <= 50),
                version TEXT NOT NULL CHECK (char_length(version) BETWEEN 1 AND 20),
                definition JSONB NOT NULL,
                ai_enhancement_points JSONB NOT NULL DEFAULT '[]',
                source TEXT NOT NULL,
                digest TEXT NOT NULL CHECK (char_length(digest) = 64),
                tenant_id UUID NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
                created_by UUID NOT NULL,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                UNIQUE (name, version, tenant_id)
            );
            CREATE INDEX idx_workflow_definitions_tenant ON workflow_definitions (tenant_id, name);

            CREATE TABLE workflow_executions (
                id UUID NOT NULL PRIMARY KEY,
                workflow_definition_id UUID NOT NULL REFERENCES workflow_definitions(id),
                temporal_workflow_id TEXT NOT NULL CHECK (char_length(temporal_workflow_id) BETWEEN 1 AND 255),
                temporal_run_id TEXT CHECK (char_length(temporal_run_id) BETWEEN 1 AND 255),
                latest_run_id TEXT CHECK (char_length(latest_run_id) BETWEEN 1 AND 255),
                status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN
                    ('pending', 'running', 'completed', 'failed', 'cancelled', 'terminated', 'timed_out')),
                input JSONB,
                output JSONB,
                error_message TEXT,
                steps JSONB NOT NULL DEFAULT '[]',
                ai_enhanced BOOLEAN NOT NULL DEFAULT FALSE,
                ai_activities_used JSONB NOT NULL DEFAULT '[]',
                ai_cost_microdollars BIGINT NOT NULL DEFAULT 0 CHECK (ai_cost_microdollars >= 0),
                ai_cost_cents BIGINT GENERATED ALWAYS AS ((ai_cost_microdollars + 5000) / 10000) STORED,
                fallback_used BOOLEAN NOT NULL DEFAULT FALSE,
                started_at BIGINT NOT NULL,
                completed_at BIGINT,
                duration_ms BIGINT CHECK (duration_ms >= 0),
                tenant_id UUID NOT NULL,
                idempotency_key TEXT CHECK (char_length(idempotency_key) BETWEEN 1 AND 255),
                triggered_by UUID,
                metadata JSONB NOT NULL DEFAULT '{}',
                UNIQUE (temporal_workflow_id, temporal_run_id),
                UNIQUE (tenant_id, idempotency_key),
                CHECK (temporal_run_id IS NOT NULL OR status IN ('pending', 'failed')),
                CHECK ((temporal_run_id IS NULL) = (latest_run_id IS NULL)),
                CHECK ((completed_at IS NULL) = (status IN ('pending', 'running'))),
                CHECK ((duration_ms IS NULL) = (completed_at IS NULL))
            );
            CREATE INDEX idx_workflow_executions_tenant ON workflow_executions (tenant_id, started_at DESC, id);
            CREATE INDEX idx_workflow_executions_definition ON workflow_executions (workflow_definition_id);
            CREATE INDEX idx_workflow_executions_open ON workflow_executions (started_at, id)
                WHERE status IN ('pending', 'running');

            CREATE TABLE ai_usage_logs (
                id UUID NOT NULL PRIMARY KEY,
                workflow_execution_id UUID REFERENCES workflow_executions(id),
                activity_name TEXT NOT NULL CHECK (char_length(activity_name) <= 100),
                activity_id TEXT NOT NULL CHECK (char_length(activity_id) <= 1000),
                attempt BIGINT NOT NULL CHECK (attempt >= 1),
                call_number BIGINT NOT NULL CHECK (call_number >= 0),
                provider TEXT NOT NULL CHECK (char_length(provider) <= 50),
                model TEXT NOT NULL CHECK (char_length(model) <= 100),
                input_tokens BIGINT CHECK (input_tokens >= 0),
                output_tokens BIGINT CHECK (output_tokens >= 0),
                cost_microdollars BIGINT NOT NULL DEFAULT 0 CHECK (cost_microdollars >= 0),
                cost_cents BIGINT GENERATED ALWAYS AS ((cost_microdollars + 5000) / 10000) STORED,
                response_time_ms BIGINT CHECK (response_time_ms >= 0),
                success BOOLEAN NOT NULL,
                confidence_score DOUBLE PRECISION CHECK (confidence_score BETWEEN 0 AND 1),
                fallback_used BOOLEAN NOT NULL DEFAULT FALSE,
                tenant_id UUID NOT NULL,
                created_at BIGINT NOT NULL,
                UNIQUE (workflow_execution_id, activity_id, attempt, call_number)
            );
            CREATE INDEX idx_ai_usage_tenant_date ON ai_usage_logs (tenant_id, created_at);
            CREATE INDEX idx_ai_usage_workflow ON ai_usage_logs (workflow_execution_id);

            CREATE TABLE documents (
                id UUID NOT NULL PRIMARY KEY,
                tenant_id UUID NOT NULL,
                digest TEXT NOT NULL CHECK (char_length(digest) = 64),
                size BIGINT NOT NULL CHECK (size >= 0),
                media_type TEXT NOT NULL CHECK (char_length(media_type) <= 255),
                filename TEXT CHECK (char_length(filename) <= 255),
                created_at BIGINT NOT NULL
            );
            CREATE INDEX idx_documents_content ON documents (tenant_id, digest);
            """,
        ]
    )
}
