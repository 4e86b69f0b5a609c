extension Migration {
    /// The AI service: budgets and what counts against them, recorded and cached answers, what enhancement points did.
    static let aiSchema = Migration(
        version: 3, name: "ai service",
        script: [
            .sqlite: """
            -- What the ledger knows of a call beyond its model and cost.
            ALTER TABLE ai_usage_logs ADD COLUMN template TEXT CHECK (length(template) <= 100);
            ALTER TABLE ai_usage_logs ADD COLUMN template_version TEXT CHECK (length(template_version) <= 100);
            ALTER TABLE ai_usage_logs ADD COLUMN environment TEXT CHECK (length(environment) <= 100);
            ALTER TABLE ai_usage_logs ADD COLUMN enhancement_point TEXT CHECK (length(enhancement_point) <= 100);
            ALTER TABLE ai_usage_logs ADD COLUMN key_name TEXT CHECK (length(key_name) <= 100);
            ALTER TABLE ai_usage_logs ADD COLUMN cached_input_tokens INTEGER CHECK (cached_input_tokens >= 0);
            ALTER TABLE ai_usage_logs ADD COLUMN cache_write_tokens INTEGER CHECK (cache_write_tokens >= 0);
            ALTER TABLE ai_usage_logs ADD COLUMN reasoning_tokens INTEGER CHECK (reasoning_tokens >= 0);
            ALTER TABLE ai_usage_logs ADD COLUMN tokens_estimated INTEGER NOT NULL DEFAULT 0
                CHECK (tokens_estimated IN (0, 1));
            ALTER TABLE ai_usage_logs ADD COLUMN cache_hit INTEGER NOT NULL DEFAULT 0 CHECK (cache_hit IN (0, 1));
            ALTER TABLE ai_usage_logs ADD COLUMN batch_size INTEGER NOT NULL DEFAULT 1 CHECK (batch_size >= 1);
            ALTER TABLE ai_usage_logs ADD COLUMN reserved_microdollars INTEGER NOT NULL DEFAULT 0
                CHECK (reserved_microdollars >= 0);
            CREATE INDEX idx_ai_usage_unknown ON ai_usage_logs (tenant_id, created_at)
                WHERE error_code = 'unknown_outcome';

            -- What was set for a tenant: switches of points, hold-out shares, prices.
            ALTER TABLE tenants ADD COLUMN ai TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(ai));

            -- Calls between reserve and settle.
            CREATE TABLE ai_reservations (
                id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36 AND id = lower(id)),
                tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 36),
                template TEXT CHECK (length(template) <= 100),
                environment TEXT CHECK (length(environment) <= 100),
                record TEXT NOT NULL,
                counters TEXT NOT NULL,
                maximum_microdollars INTEGER NOT NULL CHECK (maximum_microdollars >= 0),
                maximum_tokens INTEGER NOT NULL CHECK (maximum_tokens >= 0),
                created_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX idx_ai_reservations_expiry ON ai_reservations (expires_at);
            CREATE INDEX idx_ai_reservations_tenant ON ai_reservations (tenant_id, created_at);

            -- Budgets, rates and concurrency alike: so much used and so much promised within a period. 0 is the
            -- period of what has none.
            CREATE TABLE ai_counters (
                name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 300),
                period INTEGER NOT NULL,
                used INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
                reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
                PRIMARY KEY (name, period)
            ) STRICT;
            CREATE INDEX idx_ai_counters_period ON ai_counters (period);

            CREATE TABLE ai_budgets (
                id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36 AND id = lower(id)),
                tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 36),
                template TEXT NOT NULL DEFAULT '' CHECK (length(template) <= 100),
                environment TEXT NOT NULL DEFAULT '' CHECK (length(environment) <= 100),
                period TEXT NOT NULL CHECK (period IN ('day', 'month')),
                unit TEXT NOT NULL CHECK (unit IN ('microdollars', 'tokens')),
                cap INTEGER NOT NULL CHECK (cap >= 0),
                hard INTEGER NOT NULL CHECK (hard IN (0, 1)),
                set_by TEXT NOT NULL CHECK (set_by IN ('tenant', 'operator')),
                created_by TEXT NOT NULL CHECK (length(created_by) = 36),
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                UNIQUE (tenant_id, template, environment, period, unit, hard, set_by)
            ) STRICT;

            -- Answers once paid for, so that a retried activity does not pay again.
            CREATE TABLE ai_answers (
                tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 36),
                execution_id TEXT NOT NULL REFERENCES workflow_executions(id) ON DELETE CASCADE,
                activity_id TEXT NOT NULL CHECK (length(activity_id) <= 1000),
                request_digest TEXT NOT NULL CHECK (length(request_digest) = 64),
                answer TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                PRIMARY KEY (execution_id, activity_id, request_digest)
            ) STRICT;
            CREATE INDEX idx_ai_answers_time ON ai_answers (created_at);

            CREATE TABLE ai_cache (
                tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 36),
                digest TEXT NOT NULL CHECK (length(digest) = 64),
                operation TEXT NOT NULL CHECK (length(operation) <= 50),
                provider TEXT NOT NULL CHECK (length(provider) <= 50),
                model TEXT NOT NULL CHECK (length(model) <= 100),
                answer TEXT NOT NULL,
                bytes INTEGER NOT NULL CHECK (bytes >= 0),
                created_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL,
                PRIMARY KEY (tenant_id, digest)
            ) STRICT;
            CREATE INDEX idx_ai_cache_expiry ON ai_cache (expires_at);

            -- What became of each enhancement point of a closed execution, and what its owner told of the outcome.
            CREATE TABLE execution_enhancements (
                execution_id TEXT NOT NULL REFERENCES workflow_executions(id) ON DELETE CASCADE,
                number INTEGER NOT NULL CHECK (number >= 0),
                tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 36),
                point TEXT NOT NULL CHECK (length(point) <= 100),
                template TEXT NOT NULL CHECK (length(template) <= 100),
                template_version TEXT NOT NULL CHECK (length(template_version) <= 100),
                used INTEGER NOT NULL CHECK (used IN (0, 1)),
                reason TEXT CHECK (length(reason) <= 50),
                duration_ms INTEGER CHECK (duration_ms >= 0),
                cost_microdollars INTEGER NOT NULL DEFAULT 0 CHECK (cost_microdollars >= 0),
                completed_at INTEGER NOT NULL,
                PRIMARY KEY (execution_id, number)
            ) STRICT;
            CREATE INDEX idx_execution_enhancements_point
                ON execution_enhancements (tenant_id, template, point, completed_at);

            CREATE TABLE execution_outcomes (
                execution_id TEXT NOT NULL REFERENCES workflow_executions(id) ON DELETE CASCADE,
                name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
                tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 36),
                value REAL NOT NULL,
                recorded_at INTEGER NOT NULL,
                PRIMARY KEY (execution_id, name)
            ) STRICT;
            CREATE INDEX idx_execution_outcomes_tenant ON execution_outcomes (tenant_id, name, recorded_at);
            """,
            .postgresql: """
            -- What the ledger knows of a call beyond its model and cost.
            ALTER TABLE ai_usage_logs ADD COLUMN template TEXT CHECK (char_length(template) <= 100);
            ALTER TABLE ai_usage_logs ADD COLUMN template_version TEXT CHECK (char_length(template_version) <= 100);
            ALTER TABLE ai_usage_logs ADD COLUMN environment TEXT CHECK (char_length(environment) <= 100);
            ALTER TABLE ai_usage_logs ADD COLUMN enhancement_point TEXT CHECK (char_length(enhancement_point) <= 100);
            ALTER TABLE ai_usage_logs ADD COLUMN key_name TEXT CHECK (char_length(key_name) <= 100);
            ALTER TABLE ai_usage_logs ADD COLUMN cached_input_tokens BIGINT CHECK (cached_input_tokens >= 0);
            ALTER TABLE ai_usage_logs ADD COLUMN cache_write_tokens BIGINT CHECK (cache_write_tokens >= 0);
            ALTER TABLE ai_usage_logs ADD COLUMN reasoning_tokens BIGINT CHECK (reasoning_tokens >= 0);
            ALTER TABLE ai_usage_logs ADD COLUMN tokens_estimated BOOLEAN NOT NULL DEFAULT FALSE;
            ALTER TABLE ai_usage_logs ADD COLUMN cache_hit BOOLEAN NOT NULL DEFAULT FALSE;
            ALTER TABLE ai_usage_logs ADD COLUMN batch_size BIGINT NOT NULL DEFAULT 1 CHECK (batch_size >= 1);
            ALTER TABLE ai_usage_logs ADD COLUMN reserved_microdollars BIGINT NOT NULL DEFAULT 0
                CHECK (reserved_microdollars >= 0);
            CREATE INDEX idx_ai_usage_unknown ON ai_usage_logs (tenant_id, created_at)
                WHERE error_code = 'unknown_outcome';

            -- What was set for a tenant: switches of points, hold-out shares, prices.
            ALTER TABLE tenants ADD COLUMN ai JSONB NOT NULL DEFAULT '{}';

            -- Calls between reserve and settle.
            CREATE TABLE ai_reservations (
                id UUID NOT NULL PRIMARY KEY,
                tenant_id UUID NOT NULL,
                template TEXT CHECK (char_length(template) <= 100),
                environment TEXT CHECK (char_length(environment) <= 100),
                record TEXT NOT NULL,
                counters TEXT NOT NULL,
                maximum_microdollars BIGINT NOT NULL CHECK (maximum_microdollars >= 0),
                maximum_tokens BIGINT NOT NULL CHECK (maximum_tokens >= 0),
                created_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL
            );
            CREATE INDEX idx_ai_reservations_expiry ON ai_reservations (expires_at);
            CREATE INDEX idx_ai_reservations_tenant ON ai_reservations (tenant_id, created_at);

            -- Budgets, rates and concurrency alike: so much used and so much promised within a period. 0 is the
            -- period of what has none.
            CREATE TABLE ai_counters (
                name TEXT NOT NULL CHECK (char_length(name) BETWEEN 1 AND 300),
                period BIGINT NOT NULL,
                used BIGINT NOT NULL DEFAULT 0 CHECK (used >= 0),
                reserved BIGINT NOT NULL DEFAULT 0 CHECK (reserved >= 0),
                PRIMARY KEY (name, period)
            );
            CREATE INDEX idx_ai_counters_period ON ai_counters (period);

            CREATE TABLE ai_budgets (
                id UUID NOT NULL PRIMARY KEY,
                tenant_id UUID NOT NULL,
                template TEXT NOT NULL DEFAULT '' CHECK (char_length(template) <= 100),
                environment TEXT NOT NULL DEFAULT '' CHECK (char_length(environment) <= 100),
                period TEXT NOT NULL CHECK (period IN ('day', 'month')),
                unit TEXT NOT NULL CHECK (unit IN ('microdollars', 'tokens')),
                cap BIGINT NOT NULL CHECK (cap >= 0),
                hard BOOLEAN NOT NULL,
                set_by TEXT NOT NULL CHECK (set_by IN ('tenant', 'operator')),
                created_by UUID NOT NULL,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                UNIQUE (tenant_id, template, environment, period, unit, hard, set_by)
            );

            -- Answers once paid for, so that a retried activity does not pay again.
            CREATE TABLE ai_answers (
                tenant_id UUID NOT NULL,
                execution_id UUID NOT NULL REFERENCES workflow_executions(id) ON DELETE CASCADE,
                activity_id TEXT NOT NULL CHECK (char_length(activity_id) <= 1000),
                request_digest TEXT NOT NULL CHECK (char_length(request_digest) = 64),
                answer TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                PRIMARY KEY (execution_id, activity_id, request_digest)
            );
            CREATE INDEX idx_ai_answers_time ON ai_answers (created_at);

            CREATE TABLE ai_cache (
                tenant_id UUID NOT NULL,
                digest TEXT NOT NULL CHECK (char_length(digest) = 64),
                operation TEXT NOT NULL CHECK (char_length(operation) <= 50),
                provider TEXT NOT NULL CHECK (char_length(provider) <= 50),
                model TEXT NOT NULL CHECK (char_length(model) <= 100),
                answer TEXT NOT NULL,
                bytes BIGINT NOT NULL CHECK (bytes >= 0),
                created_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL,
                PRIMARY KEY (tenant_id, digest)
            );
            CREATE INDEX idx_ai_cache_expiry ON ai_cache (expires_at);

            -- What became of each enhancement point of a closed execution, and what its owner told of the outcome.
            CREATE TABLE execution_enhancements (
                execution_id UUID NOT NULL REFERENCES workflow_executions(id) ON DELETE CASCADE,
                number BIGINT NOT NULL CHECK (number >= 0),
                tenant_id UUID NOT NULL,
                point TEXT NOT NULL CHECK (char_length(point) <= 100),
                template TEXT NOT NULL CHECK (char_length(template) <= 100),
                template_version TEXT NOT NULL CHECK (char_length(template_version) <= 100),
                used BOOLEAN NOT NULL,
                reason TEXT CHECK (char_length(reason) <= 50),
                duration_ms BIGINT CHECK (duration_ms >= 0),
                cost_microdollars BIGINT NOT NULL DEFAULT 0 CHECK (cost_microdollars >= 0),
                completed_at BIGINT NOT NULL,
                PRIMARY KEY (execution_id, number)
            );
            CREATE INDEX idx_execution_enhancements_point
                ON execution_enhancements (tenant_id, template, point, completed_at);

            CREATE TABLE execution_outcomes (
                execution_id UUID NOT NULL REFERENCES workflow_executions(id) ON DELETE CASCADE,
                name TEXT NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
                tenant_id UUID NOT NULL,
                value DOUBLE PRECISION NOT NULL,
                recorded_at BIGINT NOT NULL,
                PRIMARY KEY (execution_id, name)
            );
            CREATE INDEX idx_execution_outcomes_tenant ON execution_outcomes (tenant_id, name, recorded_at);
            """,
        ]
    )
}
