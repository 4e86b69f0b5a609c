extension Migration {
    /// What a service needs that runs for years: access, schedules, webhooks, archived histories, logs, leases.
    static let serviceSchema = Migration(
        version: 2, name: "service schema",
        script: [
            .sqlite: """
            ALTER TABLE tenants ADD COLUMN limits TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(limits));
            ALTER TABLE tenants ADD COLUMN suspended_at INTEGER;
            ALTER TABLE tenants ADD COLUMN erasing_at INTEGER;

            ALTER TABLE api_keys ADD COLUMN role TEXT NOT NULL DEFAULT 'admin'
                CHECK (role IN ('viewer', 'author', 'operator', 'admin'));
            ALTER TABLE api_keys ADD COLUMN scopes TEXT CHECK (scopes IS NULL OR json_valid(scopes));
            ALTER TABLE api_keys ADD COLUMN expires_at INTEGER;
            ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER;

            ALTER TABLE workflow_executions ADD COLUMN request_digest TEXT CHECK (length(request_digest) = 64);
            ALTER TABLE workflow_executions ADD COLUMN priority INTEGER CHECK (priority BETWEEN 1 AND 5);
            ALTER TABLE workflow_executions ADD COLUMN tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags));
            ALTER TABLE workflow_executions ADD COLUMN start_at INTEGER;
            ALTER TABLE workflow_executions ADD COLUMN first_task_at INTEGER;
            ALTER TABLE workflow_executions ADD COLUMN paused_at INTEGER;
            ALTER TABLE workflow_executions ADD COLUMN missing_at INTEGER;
            ALTER TABLE workflow_executions ADD COLUMN schedule_id TEXT CHECK (length(schedule_id) = 36);
            ALTER TABLE workflow_executions ADD COLUMN request_id TEXT CHECK (length(request_id) <= 128);
            ALTER TABLE workflow_executions ADD COLUMN trace_parent TEXT CHECK (length(trace_parent) <= 128);
            ALTER TABLE workflow_executions ADD COLUMN error_type TEXT CHECK (length(error_type) <= 100);
            CREATE INDEX idx_workflow_executions_tenant_completed ON workflow_executions (tenant_id, completed_at)
                WHERE completed_at IS NOT NULL;
            ALTER TABLE ai_usage_logs ADD COLUMN operation TEXT CHECK (length(operation) <= 50);
            ALTER TABLE ai_usage_logs ADD COLUMN error_code TEXT CHECK (length(error_code) <= 50);
            CREATE INDEX idx_ai_usage_date ON ai_usage_logs (created_at);
            CREATE INDEX idx_workflow_executions_status ON workflow_executions (tenant_id, status, started_at DESC, id);
            CREATE INDEX idx_workflow_executions_template
                ON workflow_executions (tenant_id, workflow_definition_id, started_at DESC, id);
            CREATE INDEX idx_workflow_executions_schedule ON workflow_executions (schedule_id, started_at DESC, id)
                WHERE schedule_id IS NOT NULL;
            CREATE INDEX idx_workflow_executions_completed ON workflow_executions (completed_at, id)
                WHERE completed_at IS NOT NULL;
            CREATE INDEX idx_workflow_executions_pending ON workflow_executions (started_at, id) WHERE status = 'pending';
            CREATE INDEX idx_workflow_executions_paused ON workflow_executions (tenant_id, started_at DESC, id)
                WHERE paused_at IS NOT NULL;
            CREATE INDEX idx_workflow_executions_missing ON workflow_executions (tenant_id, started_at DESC, id)
                WHERE missing_at IS NOT NULL;
            CREATE INDEX idx_workflow_executions_fallback ON workflow_executions (tenant_id, started_at DESC, id)
                WHERE fallback_used;

            CREATE TABLE execution_tags (
                execution_id TEXT NOT NULL REFERENCES workflow_executions(id) ON DELETE CASCADE,
                tag TEXT NOT NULL CHECK (length(tag) BETWEEN 1 AND 50),
                tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 36),
                started_at INTEGER NOT NULL,
                PRIMARY KEY (execution_id, tag)
            ) STRICT;
            CREATE INDEX idx_execution_tags_list ON execution_tags (tenant_id, tag, started_at DESC, execution_id);

            CREATE TABLE execution_steps (
                execution_id TEXT NOT NULL REFERENCES workflow_executions(id) ON DELETE CASCADE,
                number INTEGER NOT NULL CHECK (number >= 0),
                tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 36),
                name TEXT NOT NULL CHECK (length(name) <= 255),
                kind TEXT NOT NULL CHECK (length(kind) <= 50),
                activity TEXT CHECK (length(activity) <= 255),
                status TEXT NOT NULL CHECK (length(status) <= 20),
                attempts INTEGER NOT NULL DEFAULT 1 CHECK (attempts >= 0),
                fallback_reason TEXT CHECK (length(fallback_reason) <= 50),
                error_type TEXT CHECK (length(error_type) <= 100),
                started_at INTEGER,
                completed_at INTEGER,
                queue_ms INTEGER CHECK (queue_ms >= 0),
                duration_ms INTEGER CHECK (duration_ms >= 0),
                PRIMARY KEY (execution_id, number)
            ) STRICT;
            CREATE INDEX idx_execution_steps_tenant ON execution_steps (tenant_id, completed_at);
            CREATE INDEX idx_execution_steps_time ON execution_steps (completed_at);

            CREATE TABLE execution_histories (
                execution_id TEXT NOT NULL REFERENCES workflow_executions(id) ON DELETE CASCADE,
                run_id TEXT NOT NULL CHECK (length(run_id) BETWEEN 1 AND 255),
                tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 36),
                digest TEXT NOT NULL CHECK (length(digest) = 64),
                size INTEGER NOT NULL CHECK (size >= 0),
                events INTEGER NOT NULL CHECK (events >= 0),
                archived_at INTEGER NOT NULL,
                PRIMARY KEY (execution_id, run_id)
            ) STRICT;
            CREATE INDEX idx_execution_histories_content ON execution_histories (tenant_id, digest);

            CREATE TABLE execution_logs (
                id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
                execution_id TEXT NOT NULL CHECK (length(execution_id) = 36),
                tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 36),
                logged_at INTEGER NOT NULL,
                level INTEGER NOT NULL CHECK (level BETWEEN 0 AND 6),
                message TEXT NOT NULL,
                fields TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(fields))
            ) STRICT;
            CREATE INDEX idx_execution_logs_execution ON execution_logs (execution_id, id);
            CREATE INDEX idx_execution_logs_time ON execution_logs (logged_at);

            CREATE TABLE secrets (
                tenant_id TEXT NOT NULL REFERENCES tenants(id),
                name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
                key_id TEXT NOT NULL CHECK (length(key_id) <= 255),
                ciphertext BLOB NOT NULL,
                created_by TEXT NOT NULL CHECK (length(created_by) = 36),
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                PRIMARY KEY (tenant_id, name)
            ) STRICT;

            CREATE TABLE audit_log (
                id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36 AND id = lower(id)),
                tenant_id TEXT CHECK (length(tenant_id) = 36),
                principal_id TEXT CHECK (length(principal_id) = 36),
                actor TEXT NOT NULL CHECK (length(actor) <= 255),
                action TEXT NOT NULL CHECK (length(action) <= 100),
                target TEXT CHECK (length(target) <= 500),
                detail TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(detail)),
                request_id TEXT CHECK (length(request_id) <= 128),
                created_at INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX idx_audit_log_tenant ON audit_log (tenant_id, created_at DESC, id);
            CREATE INDEX idx_audit_log_time ON audit_log (created_at);

            CREATE TABLE webhooks (
                id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36 AND id = lower(id)),
                tenant_id TEXT NOT NULL REFERENCES tenants(id),
                url TEXT NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
                description TEXT NOT NULL DEFAULT '' CHECK (length(description) <= 255),
                events TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(events)),
                key_id TEXT NOT NULL CHECK (length(key_id) <= 255),
                secret BLOB NOT NULL,
                previous_secret BLOB,
                previous_expires_at INTEGER,
                disabled_at INTEGER,
                disabled_reason TEXT,
                failing_since INTEGER,
                created_by TEXT NOT NULL CHECK (length(created_by) = 36),
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX idx_webhooks_tenant ON webhooks (tenant_id, created_at, id);

            CREATE TABLE webhook_deliveries (
                id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36 AND id = lower(id)),
                webhook_id TEXT NOT NULL REFERENCES webhooks(id) ON DELETE CASCADE,
                tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 36),
                execution_id TEXT CHECK (length(execution_id) = 36),
                event TEXT NOT NULL CHECK (length(event) <= 100),
                payload TEXT NOT NULL,
                status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
                attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
                next_attempt_at INTEGER,
                created_at INTEGER NOT NULL,
                completed_at INTEGER
            ) STRICT;
            CREATE INDEX idx_webhook_deliveries_due ON webhook_deliveries (webhook_id, next_attempt_at)
                WHERE status = 'pending';
            CREATE INDEX idx_webhook_deliveries_webhook ON webhook_deliveries (webhook_id, created_at DESC, id);
            CREATE INDEX idx_webhook_deliveries_execution ON webhook_deliveries (execution_id);

            CREATE TABLE webhook_attempts (
                delivery_id TEXT NOT NULL REFERENCES webhook_deliveries(id) ON DELETE CASCADE,
                number INTEGER NOT NULL CHECK (number >= 1),
                attempted_at INTEGER NOT NULL,
                duration_ms INTEGER NOT NULL CHECK (duration_ms >= 0),
                response_status INTEGER,
                response_body TEXT,
                error TEXT,
                PRIMARY KEY (delivery_id, number)
            ) STRICT;

            CREATE TABLE schedules (
                id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36 AND id = lower(id)),
                tenant_id TEXT NOT NULL REFERENCES tenants(id),
                name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
                template TEXT NOT NULL CHECK (length(template) BETWEEN 1 AND 255),
                template_version TEXT CHECK (length(template_version) BETWEEN 1 AND 20),
                input TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(input)),
                ai_enhanced INTEGER NOT NULL DEFAULT 0 CHECK (ai_enhanced IN (0, 1)),
                tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
                spec TEXT NOT NULL CHECK (json_valid(spec)),
                status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'active', 'deleting')),
                paused_at INTEGER,
                created_by TEXT NOT NULL CHECK (length(created_by) = 36),
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                UNIQUE (tenant_id, name)
            ) STRICT;

            CREATE TABLE leases (
                name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 255),
                holder TEXT NOT NULL CHECK (length(holder) BETWEEN 1 AND 255),
                expires_at INTEGER NOT NULL
            ) STRICT;
            """,
            .postgresql: """
            ALTER TABLE tenants ADD COLUMN limits JSONB NOT NULL DEFAULT '{}';
            ALTER TABLE tenants ADD COLUMN suspended_at BIGINT;
            ALTER TABLE tenants ADD COLUMN erasing_at BIGINT;

            ALTER TABLE api_keys ADD COLUMN role TEXT NOT NULL DEFAULT 'admin'
                CHECK (role IN ('viewer', 'author', 'operator', 'admin'));
            ALTER TABLE api_keys ADD COLUMN scopes JSONB;
            ALTER TABLE api_keys ADD COLUMN expires_at BIGINT;
            ALTER TABLE api_keys ADD COLUMN last_used_at BIGINT;

            ALTER TABLE workflow_executions ADD COLUMN request_digest TEXT CHECK (char_length(request_digest) = 64);
            ALTER TABLE workflow_executions ADD COLUMN priority BIGINT CHECK (priority BETWEEN 1 AND 5);
            ALTER TABLE workflow_executions ADD COLUMN tags JSONB NOT NULL DEFAULT '[]';
            ALTER TABLE workflow_executions ADD COLUMN start_at BIGINT;
            ALTER TABLE workflow_executions ADD COLUMN first_task_at BIGINT;
            ALTER TABLE workflow_executions ADD COLUMN paused_at BIGINT;
            ALTER TABLE workflow_executions ADD COLUMN missing_at BIGINT;
            ALTER TABLE workflow_executions ADD COLUMN schedule_id UUID;
            ALTER TABLE workflow_executions ADD COLUMN request_id TEXT CHECK (char_length(request_id) <= 128);
            ALTER TABLE workflow_executions ADD COLUMN trace_parent TEXT CHECK (char_length(trace_parent) <= 128);
            ALTER TABLE workflow_executions ADD COLUMN error_type TEXT CHECK (char_length(error_type) <= 100);
            CREATE INDEX idx_workflow_executions_tenant_completed ON workflow_executions (tenant_id, completed_at)
                WHERE completed_at IS NOT NULL;
            ALTER TABLE ai_usage_logs ADD COLUMN operation TEXT CHECK (char_length(operation) <= 50);
            ALTER TABLE ai_usage_logs ADD COLUMN error_code TEXT CHECK (char_length(error_code) <= 50);
            CREATE INDEX idx_ai_usage_date ON ai_usage_logs (created_at);
            CREATE INDEX idx_workflow_executions_status ON workflow_executions (tenant_id, status, started_at DESC, id);
            CREATE INDEX idx_workflow_executions_template
                ON workflow_executions (tenant_id, workflow_definition_id, started_at DESC, id);
            CREATE INDEX idx_workflow_executions_schedule ON workflow_executions (schedule_id, started_at DESC, id)
                WHERE schedule_id IS NOT NULL;
            CREATE INDEX idx_workflow_executions_completed ON workflow_executions (completed_at, id)
                WHERE completed_at IS NOT NULL;
            CREATE INDEX idx_workflow_executions_pending ON workflow_executions (started_at, id) WHERE status = 'pending';
            CREATE INDEX idx_workflow_executions_paused ON workflow_executions (tenant_id, started_at DESC, id)
                WHERE paused_at IS NOT NULL;
            CREATE INDEX idx_workflow_executions_missing ON workflow_executions (tenant_id, started_at DESC, id)
                WHERE missing_at IS NOT NULL;
            CREATE INDEX idx_workflow_executions_fallback ON workflow_executions (tenant_id, started_at DESC, id)
                WHERE fallback_used;

            CREATE TABLE execution_tags (
                execution_id UUID NOT NULL REFERENCES workflow_executions(id) ON DELETE CASCADE,
                tag TEXT NOT NULL CHECK (char_length(tag) BETWEEN 1 AND 50),
                tenant_id UUID NOT NULL,
                started_at BIGINT NOT NULL,
                PRIMARY KEY (execution_id, tag)
            );
            CREATE INDEX idx_execution_tags_list ON execution_tags (tenant_id, tag, started_at DESC, execution_id);

            CREATE TABLE execution_steps (
                execution_id UUID NOT NULL REFERENCES workflow_executions(id) ON DELETE CASCADE,
                number BIGINT NOT NULL CHECK (number >= 0),
                tenant_id UUID NOT NULL,
                name TEXT NOT NULL CHECK (char_length(name) <= 255),
                kind TEXT NOT NULL CHECK (char_length(kind) <= 50),
                activity TEXT CHECK (char_length(activity) <= 255),
                status TEXT NOT NULL CHECK (char_length(status) <= 20),
                attempts BIGINT NOT NULL DEFAULT 1 CHECK (attempts >= 0),
                fallback_reason TEXT CHECK (char_length(fallback_reason) <= 50),
                error_type TEXT CHECK (char_length(error_type) <= 100),
                started_at BIGINT,
                completed_at BIGINT,
                queue_ms BIGINT CHECK (queue_ms >= 0),
                duration_ms BIGINT CHECK (duration_ms >= 0),
                PRIMARY KEY (execution_id, number)
            );
            CREATE INDEX idx_execution_steps_tenant ON execution_steps (tenant_id, completed_at);
            CREATE INDEX idx_execution_steps_time ON execution_steps (completed_at);

            CREATE TABLE execution_histories (
                execution_id UUID NOT NULL REFERENCES workflow_executions(id) ON DELETE CASCADE,
                run_id TEXT NOT NULL CHECK (char_length(run_id) BETWEEN 1 AND 255),
                tenant_id UUID NOT NULL,
                digest TEXT NOT NULL CHECK (char_length(digest) = 64),
                size BIGINT NOT NULL CHECK (size >= 0),
                events BIGINT NOT NULL CHECK (events >= 0),
                archived_at BIGINT NOT NULL,
                PRIMARY KEY (execution_id, run_id)
            );
            CREATE INDEX idx_execution_histories_content ON execution_histories (tenant_id, digest);

            CREATE TABLE execution_logs (
                id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                execution_id UUID NOT NULL,
                tenant_id UUID NOT NULL,
                logged_at BIGINT NOT NULL,
                level BIGINT NOT NULL CHECK (level BETWEEN 0 AND 6),
                message TEXT NOT NULL,
                fields JSONB NOT NULL DEFAULT '{}'
            );
            CREATE INDEX idx_execution_logs_execution ON execution_logs (execution_id, id);
            CREATE INDEX idx_execution_logs_time ON execution_logs (logged_at);

            CREATE TABLE secrets (
                tenant_id UUID NOT NULL REFERENCES tenants(id),
                name TEXT NOT NULL CHECK (char_length(name) BETWEEN 1 AND 255),
                key_id TEXT NOT NULL CHECK (char_length(key_id) <= 255),
                ciphertext BYTEA NOT NULL,
                created_by UUID NOT NULL,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                PRIMARY KEY (tenant_id, name)
            );

            CREATE TABLE audit_log (
                id UUID NOT NULL PRIMARY KEY,
                tenant_id UUID,
                principal_id UUID,
                actor TEXT NOT NULL CHECK (char_length(actor) <= 255),
                action TEXT NOT NULL CHECK (char_length(action) <= 100),
                target TEXT CHECK (char_length(target) <= 500),
                detail JSONB NOT NULL DEFAULT '{}',
                request_id TEXT CHECK (char_length(request_id) <= 128),
                created_at BIGINT NOT NULL
            );
            CREATE INDEX idx_audit_log_tenant ON audit_log (tenant_id, created_at DESC, id);
            CREATE INDEX idx_audit_log_time ON audit_log (created_at);

            CREATE TABLE webhooks (
                id UUID NOT NULL PRIMARY KEY,
                tenant_id UUID NOT NULL REFERENCES tenants(id),
                url TEXT NOT NULL CHECK (char_length(url) BETWEEN 1 AND 2000),
                description TEXT NOT NULL DEFAULT '' CHECK (char_length(description) <= 255),
                events JSONB NOT NULL DEFAULT '[]',
                key_id TEXT NOT NULL CHECK (char_length(key_id) <= 255),
                secret BYTEA NOT NULL,
                previous_secret BYTEA,
                previous_expires_at BIGINT,
                disabled_at BIGINT,
                disabled_reason TEXT,
                failing_since BIGINT,
                created_by UUID NOT NULL,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL
            );
            CREATE INDEX idx_webhooks_tenant ON webhooks (tenant_id, created_at, id);

            CREATE TABLE webhook_deliveries (
                id UUID NOT NULL PRIMARY KEY,
                webhook_id UUID NOT NULL REFERENCES webhooks(id) ON DELETE CASCADE,
                tenant_id UUID NOT NULL,
                execution_id UUID,
                event TEXT NOT NULL CHECK (char_length(event) <= 100),
                payload TEXT NOT NULL,
                status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
                attempts BIGINT NOT NULL DEFAULT 0 CHECK (attempts >= 0),
                next_attempt_at BIGINT,
                created_at BIGINT NOT NULL,
                completed_at BIGINT
            );
            CREATE INDEX idx_webhook_deliveries_due ON webhook_deliveries (webhook_id, next_attempt_at)
                WHERE status = 'pending';
            CREATE INDEX idx_webhook_deliveries_webhook ON webhook_deliveries (webhook_id, created_at DESC, id);
            CREATE INDEX idx_webhook_deliveries_execution ON webhook_deliveries (execution_id);

            CREATE TABLE webhook_attempts (
                delivery_id UUID NOT NULL REFERENCES webhook_deliveries(id) ON DELETE CASCADE,
                number BIGINT NOT NULL CHECK (number >= 1),
                attempted_at BIGINT NOT NULL,
                duration_ms BIGINT NOT NULL CHECK (duration_ms >= 0),
                response_status BIGINT,
                response_body TEXT,
                error TEXT,
                PRIMARY KEY (delivery_id, number)
            );

            CREATE TABLE schedules (
                id UUID NOT NULL PRIMARY KEY,
                tenant_id UUID NOT NULL REFERENCES tenants(id),
                name TEXT NOT NULL CHECK (char_length(name) BETWEEN 1 AND 255),
                template TEXT NOT NULL CHECK (char_length(template) BETWEEN 1 AND 255),
                template_version TEXT CHECK (char_length(template_version) BETWEEN 1 AND 20),
                input JSONB NOT NULL DEFAULT '{}',
                ai_enhanced BOOLEAN NOT NULL DEFAULT FALSE,
                tags JSONB NOT NULL DEFAULT '[]',
                spec JSONB NOT NULL,
                status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'active', 'deleting')),
                paused_at BIGINT,
                created_by UUID NOT NULL,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                UNIQUE (tenant_id, name)
            );

            CREATE TABLE leases (
                name TEXT NOT NULL PRIMARY KEY CHECK (char_length(name) BETWEEN 1 AND 255),
                holder TEXT NOT NULL CHECK (char_length(holder) BETWEEN 1 AND 255),
                expires_at BIGINT NOT NULL
            );
            """,
        ]
    )
}
