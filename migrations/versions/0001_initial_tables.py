"""initial tables

Revision: 0001, after 
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

#: The audit log only ever grows; retention and erasure say so, everything else is refused.
APPEND_ONLY = """
create function audit_log_is_append_only() returns trigger language plpgsql as $$
begin
  if current_setting('kontor.retention', true) = 'on' then
    if tg_op = 'DELETE' then return old; end if;
    return new;
  end if;
  raise exception 'the audit log is append-only';
end $$;
create trigger audit_log_append_only before update or delete on audit_log
  for each row execute function audit_log_is_append_only();
"""


def upgrade() -> None:
    op.create_table('businesses',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('public_id', sa.String(length=20), nullable=False),
    sa.Column('slug', sa.String(length=60), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('hostname', sa.String(length=253), nullable=True),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.Column('email', sa.String(length=320), nullable=False),
    sa.Column('address', sa.String(length=300), nullable=False),
    sa.Column('legal', sa.String(length=300), nullable=False),
    sa.Column('time_zone', sa.String(length=60), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('language', sa.String(length=5), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('services', sa.JSON(), nullable=False),
    sa.Column('opening_hours', sa.String(length=300), nullable=False),
    sa.Column('hue', sa.Integer(), nullable=False),
    sa.Column('chroma', sa.Double(), nullable=False),
    sa.Column('uses_ai', sa.Boolean(), nullable=False),
    sa.Column('created_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_businesses')),
    sa.UniqueConstraint('public_id', name=op.f('uq_businesses_public_id')),
    sa.UniqueConstraint('slug', name=op.f('uq_businesses_slug'))
    )
    with op.batch_alter_table('businesses', schema=None) as batch_op:
        batch_op.create_index('uq_businesses_hostname', [sa.literal_column('lower(hostname)')], unique=True)

    op.create_table('installation',
    sa.Column('id', sa.SmallInteger(), nullable=False),
    sa.Column('public_id', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_installation'))
    )
    op.create_table('login_failures',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('account_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_login_failures'))
    )
    with op.batch_alter_table('login_failures', schema=None) as batch_op:
        batch_op.create_index('ix_login_failures_account_hash_at', ['account_hash', 'at'], unique=False)
        batch_op.create_index('ix_login_failures_address_at', ['address', 'at'], unique=False)

    op.create_table('periodic_jobs',
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('every_seconds', sa.Integer(), nullable=False),
    sa.Column('last_run', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('next_run', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_periodic_jobs'))
    )
    op.create_table('photo_cache',
    sa.Column('town', sa.String(length=60), nullable=False),
    sa.Column('found_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('content_type', sa.String(length=40), nullable=False),
    sa.Column('alt', sa.String(length=200), nullable=False),
    sa.Column('credit', sa.String(length=100), nullable=False),
    sa.Column('credit_url', sa.String(length=500), nullable=False),
    sa.Column('provider', sa.String(length=40), nullable=False),
    sa.Column('provider_url', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('town', name=op.f('pk_photo_cache'))
    )
    op.create_table('plans',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('monthly_invites', sa.Integer(), nullable=False),
    sa.Column('part_price', sa.Numeric(precision=10, scale=4), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('updated_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.CheckConstraint('monthly_invites >= 0', name=op.f('ck_plans_monthly_invites')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plans')),
    sa.UniqueConstraint('code', name=op.f('uq_plans_code'))
    )
    op.create_table('provider_gates',
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('taken', postgresql.ARRAY(sa.Float(precision=53)), server_default='{}', nullable=False),
    sa.Column('learned_count', sa.Integer(), nullable=True),
    sa.Column('learned_seconds', sa.Float(precision=53), nullable=True),
    sa.Column('paused_until', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('failures', sa.Integer(), server_default='0', nullable=False),
    sa.Column('open_until', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('probing_until', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('last_error', sa.String(length=200), server_default='', nullable=False),
    sa.Column('failed_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_provider_gates'))
    )
    op.create_table('users',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('public_id', sa.String(length=20), nullable=False),
    sa.Column('email', sa.String(length=320), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=True),
    sa.Column('language', sa.String(length=5), nullable=False),
    sa.Column('created_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('last_seen_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_users')),
    sa.UniqueConstraint('public_id', name=op.f('uq_users_public_id'))
    )
    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.create_index('uq_users_email', [sa.literal_column('lower(email)')], unique=True)

    op.create_table('workers',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('threads', sa.SmallInteger(), nullable=False),
    sa.Column('busy', sa.SmallInteger(), nullable=False),
    sa.Column('memory_mb', sa.Integer(), nullable=False),
    sa.Column('started_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('last_seen', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('left_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_workers')),
    sa.UniqueConstraint('name', name=op.f('uq_workers_name'))
    )
    op.create_table('ai_calls',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('purpose', sa.String(length=60), nullable=False),
    sa.Column('about', sa.String(length=60), nullable=False),
    sa.Column('model', sa.String(length=100), nullable=False),
    sa.Column('outcome', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.String(length=60), nullable=False),
    sa.Column('prompt_hash', sa.String(length=64), nullable=False),
    sa.Column('characters_in', sa.Integer(), nullable=False),
    sa.Column('characters_out', sa.Integer(), nullable=False),
    sa.Column('tokens_in', sa.Integer(), nullable=False),
    sa.Column('tokens_out', sa.Integer(), nullable=False),
    sa.Column('cost_micros', sa.BigInteger(), nullable=False),
    sa.Column('milliseconds', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.String(length=64), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_ai_calls_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ai_calls')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_ai_calls_business_id_id'))
    )
    with op.batch_alter_table('ai_calls', schema=None) as batch_op:
        batch_op.create_index('ix_ai_calls_business_id_at', ['business_id', 'at'], unique=False)

    op.create_table('api_tokens',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('jti', sa.String(length=40), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('issued_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('expires_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('revoked_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_api_tokens_business_id_businesses')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_api_tokens_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_tokens')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_api_tokens_business_id_id')),
    sa.UniqueConstraint('jti', name=op.f('uq_api_tokens_jti'))
    )
    with op.batch_alter_table('api_tokens', schema=None) as batch_op:
        batch_op.create_index('ix_api_tokens_expires_at', ['expires_at'], unique=False)
        batch_op.create_index('ix_api_tokens_user_id', ['user_id'], unique=False)

    op.create_table('audit_log',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('action', sa.String(length=60), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('actor_kind', sa.String(length=20), nullable=False),
    sa.Column('actor_user_id', sa.BigInteger(), nullable=True),
    sa.Column('actor_name', sa.String(length=200), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('before', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('after', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('request_id', sa.String(length=64), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_audit_log_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_log')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_audit_log_business_id_id'))
    )
    with op.batch_alter_table('audit_log', schema=None) as batch_op:
        batch_op.create_index('ix_audit_log_business_id_id_desc', ['business_id', sa.literal_column('id DESC')], unique=False)

    op.create_table('customers',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('public_id', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('name_key', sa.String(length=400), nullable=False),
    sa.Column('email', sa.String(length=320), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.Column('phone_number', sa.String(length=20), nullable=False),
    sa.Column('language', sa.String(length=5), nullable=False),
    sa.Column('email_trouble', sa.String(length=12), nullable=False),
    sa.Column('email_trouble_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('notes', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('updated_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("email_trouble in ('', 'bounced', 'complained', 'suppressed')", name=op.f('ck_customers_email_trouble')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_customers_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customers')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_customers_business_id_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_customers_public_id'))
    )
    with op.batch_alter_table('customers', schema=None) as batch_op:
        batch_op.create_index('ix_customers_business_id_name_key', ['business_id', 'name_key', 'id'], unique=False)
        batch_op.create_index('ix_customers_business_id_phone_number', ['business_id', 'phone_number'], unique=False)
        batch_op.create_index('uq_customers_business_id_email', ['business_id', sa.literal_column('lower(email)')], unique=True, postgresql_where=sa.text("email <> ''"))

    op.create_table('events',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('about', postgresql.ARRAY(sa.String(length=60)), nullable=False),
    sa.Column('hears', postgresql.ARRAY(sa.BigInteger()), nullable=False),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('actor_kind', sa.String(length=20), nullable=False),
    sa.Column('actor_user_id', sa.BigInteger(), nullable=True),
    sa.Column('actor_name', sa.String(length=200), nullable=False),
    sa.Column('request_id', sa.String(length=64), nullable=False),
    sa.Column('at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_events_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_events')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_events_business_id_id'))
    )
    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.create_index('ix_events_about', ['about'], unique=False, postgresql_using='gin')
        batch_op.create_index('ix_events_at', ['at'], unique=False)
        batch_op.create_index('ix_events_business_id_id_desc', ['business_id', sa.literal_column('id DESC')], unique=False)

    op.create_table('idempotency_keys',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('caller', sa.String(length=120), nullable=False),
    sa.Column('route', sa.String(length=200), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('body_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('headers', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_idempotency_keys_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_idempotency_keys')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_idempotency_keys_business_id_id'))
    )
    with op.batch_alter_table('idempotency_keys', schema=None) as batch_op:
        batch_op.create_index('ix_idempotency_keys_at', ['at'], unique=False)
        batch_op.create_index('uq_idempotency_keys_key', ['business_id', 'caller', 'route', 'key'], unique=True)

    op.create_table('invite_months',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('used', sa.Integer(), nullable=False),
    sa.Column('given_back', sa.Integer(), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('used >= 0', name=op.f('ck_invite_months_used')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_invite_months_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invite_months')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_invite_months_business_id_id'))
    )
    with op.batch_alter_table('invite_months', schema=None) as batch_op:
        batch_op.create_index('uq_invite_months_business_id_month', ['business_id', 'month'], unique=True)

    op.create_table('jobs',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('public_id', sa.String(length=20), nullable=False),
    sa.Column('queue', sa.String(length=20), nullable=False),
    sa.Column('lane', sa.String(length=10), nullable=False),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('unique_key', sa.String(length=200), nullable=True),
    sa.Column('payload', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('about', postgresql.ARRAY(sa.String(length=60)), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('attempts', sa.SmallInteger(), nullable=False),
    sa.Column('lost_leases', sa.SmallInteger(), nullable=False),
    sa.Column('run_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('lease_until', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('claim_token', sa.String(length=32), nullable=True),
    sa.Column('worker', sa.String(length=80), nullable=True),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('machine_words', sa.Text(), server_default='', nullable=False),
    sa.Column('code', sa.String(length=60), nullable=False),
    sa.Column('seen', sa.Boolean(), nullable=False),
    sa.Column('note', sa.String(length=500), server_default='', nullable=False),
    sa.Column('request_id', sa.String(length=64), nullable=False),
    sa.Column('created_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('patient_since', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('started_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('finished_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('business_id', sa.BigInteger(), nullable=True),
    sa.CheckConstraint("state in ('queued','running','done','failed','cancelled')", name=op.f('ck_jobs_state')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_jobs_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_jobs')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_jobs_business_id_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_jobs_public_id'))
    )
    with op.batch_alter_table('jobs', schema=None) as batch_op:
        batch_op.create_index('ix_jobs_about', ['about'], unique=False, postgresql_using='gin', postgresql_where=sa.text("about <> '{}'"))
        batch_op.create_index('ix_jobs_due', ['lane', sa.literal_column('coalesce(business_id, 0)'), 'queue', 'run_at', 'id'], unique=False, postgresql_where=sa.text("state = 'queued'"))
        batch_op.create_index('ix_jobs_failed', ['business_id', 'finished_at'], unique=False, postgresql_where=sa.text("state = 'failed'"))
        batch_op.create_index('ix_jobs_finished_at', ['finished_at'], unique=False, postgresql_where=sa.text('finished_at is not null'))
        batch_op.create_index('ix_jobs_leases', ['lease_until'], unique=False, postgresql_where=sa.text("state = 'running'"))
        batch_op.create_index('ix_jobs_queue', ['business_id', 'queue', 'state', 'finished_at'], unique=False)
        batch_op.create_index('uq_jobs_unique_key', ['kind', 'unique_key'], unique=True, postgresql_where=sa.text('unique_key is not null'))

    op.create_table('memberships',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('created_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('disabled_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("role in ('platform', 'owner', 'dispatcher', 'accountant', 'driver', 'customer')", name=op.f('ck_memberships_role_known')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_memberships_business_id_businesses')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_memberships_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_memberships')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_memberships_business_id_id')),
    sa.UniqueConstraint('user_id', 'business_id', name=op.f('uq_memberships_user_id_business_id'))
    )
    op.create_table('number_standings',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('stopped_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('source', sa.String(length=20), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_number_standings_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_number_standings')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_number_standings_business_id_id'))
    )
    with op.batch_alter_table('number_standings', schema=None) as batch_op:
        batch_op.create_index('uq_number_standings_business_id_number', ['business_id', 'number'], unique=True)

    op.create_table('password_resets',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('token_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('used_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_password_resets_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_password_resets')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_password_resets_token_hash'))
    )
    with op.batch_alter_table('password_resets', schema=None) as batch_op:
        batch_op.create_index('ix_password_resets_user_id', ['user_id'], unique=False)

    op.create_table('resources',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('public_id', sa.String(length=20), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('label', sa.String(length=200), nullable=False),
    sa.Column('retired_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('created_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("kind in ('crew', 'car', 'driver')", name=op.f('ck_resources_kind')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_resources_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_resources')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_resources_business_id_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_resources_public_id'))
    )
    with op.batch_alter_table('resources', schema=None) as batch_op:
        batch_op.create_index('uq_resources_business_id_kind_name', ['business_id', 'kind', 'name'], unique=True, postgresql_where=sa.text("kind = 'crew'"))

    op.create_table('subscriptions',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('plan_code', sa.String(length=40), nullable=False),
    sa.Column('ends_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('changed_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_subscriptions_business_id_businesses')),
    sa.ForeignKeyConstraint(['plan_code'], ['plans.code'], name=op.f('fk_subscriptions_plan_code_plans')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscriptions')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_subscriptions_business_id_id'))
    )
    with op.batch_alter_table('subscriptions', schema=None) as batch_op:
        batch_op.create_index('uq_subscriptions_business_id', ['business_id'], unique=True)

    op.create_table('webhook_calls',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('provider', sa.String(length=20), nullable=False),
    sa.Column('call_id', sa.String(length=200), nullable=False),
    sa.Column('type', sa.String(length=60), nullable=False),
    sa.Column('subject_id', sa.String(length=200), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('happened_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_webhook_calls_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_calls'))
    )
    with op.batch_alter_table('webhook_calls', schema=None) as batch_op:
        batch_op.create_index('ix_webhook_calls_at', ['at'], unique=False)
        batch_op.create_index('ix_webhook_calls_waiting', ['subject_id'], unique=False, postgresql_where=sa.text("state = 'waiting'"))
        batch_op.create_index('uq_webhook_calls_provider_call_id', ['provider', 'call_id'], unique=True)

    op.create_table('bookings',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('public_id', sa.String(length=20), nullable=False),
    sa.Column('reference', sa.String(length=9), nullable=False),
    sa.Column('customer_id', sa.BigInteger(), nullable=False),
    sa.Column('booked_by', sa.BigInteger(), nullable=True),
    sa.Column('service', sa.String(length=10), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('starts_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('ends_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('has_time', sa.Boolean(), nullable=False),
    sa.Column('contact_name', sa.String(length=200), nullable=False),
    sa.Column('contact_phone', sa.String(length=40), nullable=False),
    sa.Column('from_address', sa.String(length=300), nullable=False),
    sa.Column('to_address', sa.String(length=300), nullable=False),
    sa.Column('size', sa.String(length=200), nullable=False),
    sa.Column('extras', postgresql.ARRAY(sa.String(length=60)), nullable=False),
    sa.Column('notes', sa.Text(), nullable=False),
    sa.Column('language', sa.String(length=5), nullable=False),
    sa.Column('price', sa.Numeric(precision=12, scale=2), nullable=True),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('manage_hash', sa.LargeBinary(length=32), nullable=True),
    sa.Column('search', postgresql.ARRAY(sa.String(length=40)), nullable=False),
    sa.Column('mail_trouble', sa.String(length=12), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('updated_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('cancelled_reason', sa.String(length=300), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("service in ('move', 'cleaning', 'car')", name=op.f('ck_bookings_service')),
    sa.CheckConstraint("state in ('received','confirmed','assigned','in_progress','done','cancelled','expired','no_show')", name=op.f('ck_bookings_state')),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_bookings_times')),
    sa.ForeignKeyConstraint(['business_id', 'customer_id'], ['customers.business_id', 'customers.id'], name=op.f('fk_bookings_business_id_customer_id_customers')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_bookings_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bookings')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_bookings_business_id_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_bookings_public_id'))
    )
    with op.batch_alter_table('bookings', schema=None) as batch_op:
        batch_op.create_index('ix_bookings_business_id_created_at', ['business_id', 'created_at', 'id'], unique=False)
        batch_op.create_index('ix_bookings_business_id_customer_id', ['business_id', 'customer_id'], unique=False)
        batch_op.create_index('ix_bookings_business_id_starts_at', ['business_id', 'starts_at', 'id'], unique=False)
        batch_op.create_index('ix_bookings_business_id_state_starts_at', ['business_id', 'state', 'starts_at'], unique=False)
        batch_op.create_index('ix_bookings_search', ['search'], unique=False, postgresql_using='gin')
        batch_op.create_index('uq_bookings_business_id_reference', ['business_id', 'reference'], unique=True)

    op.create_table('cars',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('category', sa.String(length=20), nullable=False),
    sa.Column('seats', sa.Integer(), nullable=False),
    sa.Column('transmission', sa.String(length=20), nullable=False),
    sa.Column('fuel', sa.String(length=20), nullable=False),
    sa.Column('plate', sa.String(length=20), nullable=False),
    sa.Column('licence', sa.String(length=5), nullable=False),
    sa.Column('odometer', sa.Integer(), nullable=False),
    sa.Column('price_hour', sa.Numeric(precision=12, scale=2), nullable=True),
    sa.Column('price_day', sa.Numeric(precision=12, scale=2), nullable=False),
    sa.Column('price_weekend', sa.Numeric(precision=12, scale=2), nullable=True),
    sa.Column('price_week', sa.Numeric(precision=12, scale=2), nullable=True),
    sa.Column('price_driver', sa.Numeric(precision=12, scale=2), nullable=True),
    sa.Column('buffer_minutes', sa.Integer(), nullable=False),
    sa.Column('notice_minutes', sa.Integer(), nullable=False),
    sa.Column('shortest_minutes', sa.Integer(), nullable=False),
    sa.Column('opens', sa.Time(), nullable=True),
    sa.Column('closes', sa.Time(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('updated_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('buffer_minutes between 0 and 1440', name=op.f('ck_cars_buffer')),
    sa.CheckConstraint('price_day > 0', name=op.f('ck_cars_price_day')),
    sa.CheckConstraint('seats between 1 and 60', name=op.f('ck_cars_seats')),
    sa.ForeignKeyConstraint(['business_id', 'id'], ['resources.business_id', 'resources.id'], name=op.f('fk_cars_business_id_id_resources')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_cars_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cars')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_cars_business_id_id'))
    )
    with op.batch_alter_table('cars', schema=None) as batch_op:
        batch_op.create_index('ix_cars_business_id_plate', ['business_id', 'plate'], unique=False)

    op.create_table('claims',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('resource_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('during', postgresql.TSTZRANGE(), nullable=False),
    sa.Column('expires_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('released_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('created_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    postgresql.ExcludeConstraint((sa.text("int8range(resource_id, resource_id, '[]')"), '&&'), (sa.column('during'), '&&'), where=sa.text('released_at is null'), using='gist', name='ex_claims_no_overlap'),
    sa.CheckConstraint("kind in ('hold', 'booking', 'buffer', 'block')", name=op.f('ck_claims_kind')),
    sa.CheckConstraint('not isempty(during)', name=op.f('ck_claims_during_not_empty')),
    sa.CheckConstraint('not lower_inf(during) and not upper_inf(during)', name=op.f('ck_claims_during_finite')),
    sa.ForeignKeyConstraint(['business_id', 'resource_id'], ['resources.business_id', 'resources.id'], name=op.f('fk_claims_business_id_resource_id_resources')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_claims_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_claims')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_claims_business_id_id'))
    )
    with op.batch_alter_table('claims', schema=None) as batch_op:
        batch_op.create_index('ix_claims_business_id_resource_id', ['business_id', 'resource_id'], unique=False)
        batch_op.create_index('ix_claims_during', ['during'], unique=False, postgresql_using='gist')

    op.create_table('consent_entries',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('customer_id', sa.BigInteger(), nullable=True),
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('is_yes', sa.Boolean(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('source', sa.String(length=20), nullable=False),
    sa.Column('actor_name', sa.String(length=200), nullable=False),
    sa.Column('at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['business_id', 'customer_id'], ['customers.business_id', 'customers.id'], name=op.f('fk_consent_entries_business_id_customer_id_customers')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_consent_entries_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent_entries')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_consent_entries_business_id_id'))
    )
    with op.batch_alter_table('consent_entries', schema=None) as batch_op:
        batch_op.create_index('ix_consent_entries_business_id_number', ['business_id', 'number', 'id'], unique=False)

    op.create_table('drivers',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=True),
    sa.Column('licences', postgresql.ARRAY(sa.String(length=5)), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.Column('home_area', sa.String(length=200), nullable=False),
    sa.Column('shifts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('updated_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['business_id', 'id'], ['resources.business_id', 'resources.id'], name=op.f('fk_drivers_business_id_id_resources')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_drivers_business_id_businesses')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_drivers_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_drivers')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_drivers_business_id_id'))
    )
    with op.batch_alter_table('drivers', schema=None) as batch_op:
        batch_op.create_index('ix_drivers_business_id_user_id', ['business_id', 'user_id'], unique=False)

    op.create_table('email_logs',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('public_id', sa.String(length=20), nullable=False),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('to_address', sa.String(length=320), nullable=False),
    sa.Column('to_name', sa.String(length=200), nullable=False),
    sa.Column('customer_id', sa.BigInteger(), nullable=True),
    sa.Column('about', postgresql.ARRAY(sa.String(length=60)), nullable=False),
    sa.Column('language', sa.String(length=5), nullable=False),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('prepared_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('sender', sa.String(length=320), nullable=False),
    sa.Column('reply_to', sa.String(length=320), nullable=False),
    sa.Column('subject', sa.String(length=300), nullable=False),
    sa.Column('text_body', sa.Text(), nullable=False),
    sa.Column('html_body', sa.Text(), nullable=False),
    sa.Column('made_with', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('attempts', sa.SmallInteger(), nullable=False),
    sa.Column('provider', sa.String(length=20), nullable=False),
    sa.Column('provider_id', sa.String(length=200), nullable=True),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('code', sa.String(length=60), nullable=False),
    sa.Column('next_try_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('resend_of_id', sa.BigInteger(), nullable=True),
    sa.Column('created_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('sending_since', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('sent_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('settled_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('handled_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("state in ('queued','sending','sent','delivered','opened','bounced','complained','failed','held')", name=op.f('ck_email_logs_state')),
    sa.ForeignKeyConstraint(['business_id', 'customer_id'], ['customers.business_id', 'customers.id'], name=op.f('fk_email_logs_business_id_customer_id_customers')),
    sa.ForeignKeyConstraint(['business_id', 'resend_of_id'], ['email_logs.business_id', 'email_logs.id'], name=op.f('fk_email_logs_business_id_resend_of_id_email_logs')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_email_logs_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_email_logs')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_email_logs_business_id_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_email_logs_public_id'))
    )
    with op.batch_alter_table('email_logs', schema=None) as batch_op:
        batch_op.create_index('ix_email_logs_about', ['about'], unique=False, postgresql_using='gin')
        batch_op.create_index('ix_email_logs_business_id_created_at', ['business_id', 'created_at', 'id'], unique=False)
        batch_op.create_index('ix_email_logs_business_id_customer_id', ['business_id', 'customer_id'], unique=False)
        batch_op.create_index('ix_email_logs_business_id_state_created_at', ['business_id', 'state', 'created_at'], unique=False)
        batch_op.create_index('ix_email_logs_provider_id', ['provider_id'], unique=False)
        batch_op.create_index('ix_email_logs_recent', ['business_id', sa.literal_column('lower(to_address)'), 'created_at'], unique=False)

    op.create_table('sessions',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('public_id', sa.String(length=20), nullable=False),
    sa.Column('token_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('membership_id', sa.BigInteger(), nullable=True),
    sa.Column('created_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('last_seen_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('password_checked_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('agent', sa.String(length=300), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_sessions_business_id_businesses')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_sessions_membership_id_memberships'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_sessions_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sessions')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_sessions_business_id_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_sessions_public_id')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_sessions_token_hash'))
    )
    with op.batch_alter_table('sessions', schema=None) as batch_op:
        batch_op.create_index('ix_sessions_last_seen_at', ['last_seen_at'], unique=False)
        batch_op.create_index('ix_sessions_user_id', ['user_id'], unique=False)

    op.create_table('sms_messages',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('public_id', sa.String(length=20), nullable=False),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('to_number', sa.String(length=20), nullable=False),
    sa.Column('to_name', sa.String(length=200), nullable=False),
    sa.Column('customer_id', sa.BigInteger(), nullable=True),
    sa.Column('about', postgresql.ARRAY(sa.String(length=60)), nullable=False),
    sa.Column('language', sa.String(length=5), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('parts', sa.SmallInteger(), nullable=False),
    sa.Column('attempts', sa.SmallInteger(), nullable=False),
    sa.Column('provider', sa.String(length=20), nullable=False),
    sa.Column('provider_id', sa.String(length=200), nullable=True),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('code', sa.String(length=60), nullable=False),
    sa.Column('next_try_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('counted_month', sa.Date(), nullable=True),
    sa.Column('plays_trouble', sa.SmallInteger(), nullable=False),
    sa.Column('resend_of_id', sa.BigInteger(), nullable=True),
    sa.Column('link_code', sa.String(length=12), nullable=True),
    sa.Column('visits', sa.Integer(), nullable=False),
    sa.Column('first_visit_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('created_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('sending_since', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('sent_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('settled_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('handled_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("channel in ('sms','whatsapp')", name=op.f('ck_sms_messages_channel')),
    sa.CheckConstraint("state in ('queued','sending','sent','delivered','undelivered','failed','held')", name=op.f('ck_sms_messages_state')),
    sa.ForeignKeyConstraint(['business_id', 'customer_id'], ['customers.business_id', 'customers.id'], name=op.f('fk_sms_messages_business_id_customer_id_customers')),
    sa.ForeignKeyConstraint(['business_id', 'resend_of_id'], ['sms_messages.business_id', 'sms_messages.id'], name=op.f('fk_sms_messages_business_id_resend_of_id_sms_messages')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_sms_messages_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sms_messages')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_sms_messages_business_id_id')),
    sa.UniqueConstraint('link_code', name=op.f('uq_sms_messages_link_code')),
    sa.UniqueConstraint('public_id', name=op.f('uq_sms_messages_public_id'))
    )
    with op.batch_alter_table('sms_messages', schema=None) as batch_op:
        batch_op.create_index('ix_sms_messages_about', ['about'], unique=False, postgresql_using='gin')
        batch_op.create_index('ix_sms_messages_business_id_created_at', ['business_id', 'created_at', 'id'], unique=False)
        batch_op.create_index('ix_sms_messages_business_id_customer_id', ['business_id', 'customer_id', 'id'], unique=False)
        batch_op.create_index('ix_sms_messages_business_id_state_created_at', ['business_id', 'state', 'created_at'], unique=False)
        batch_op.create_index('ix_sms_messages_provider_id', ['provider_id'], unique=False)
        batch_op.create_index('ix_sms_messages_to_number', ['to_number', 'id'], unique=False)

    op.create_table('sms_received',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('provider_id', sa.String(length=200), nullable=False),
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('from_number', sa.String(length=20), nullable=False),
    sa.Column('customer_id', sa.BigInteger(), nullable=True),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('meaning', sa.String(length=10), nullable=False),
    sa.Column('at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['business_id', 'customer_id'], ['customers.business_id', 'customers.id'], name=op.f('fk_sms_received_business_id_customer_id_customers')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_sms_received_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sms_received')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_sms_received_business_id_id'))
    )
    with op.batch_alter_table('sms_received', schema=None) as batch_op:
        batch_op.create_index('ix_sms_received_business_id_at', ['business_id', 'at'], unique=False)

    op.create_table('booking_claims',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('booking_id', sa.BigInteger(), nullable=False),
    sa.Column('claim_id', sa.BigInteger(), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['business_id', 'booking_id'], ['bookings.business_id', 'bookings.id'], name=op.f('fk_booking_claims_business_id_booking_id_bookings')),
    sa.ForeignKeyConstraint(['business_id', 'claim_id'], ['claims.business_id', 'claims.id'], name=op.f('fk_booking_claims_business_id_claim_id_claims')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_booking_claims_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_booking_claims')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_booking_claims_business_id_id'))
    )
    with op.batch_alter_table('booking_claims', schema=None) as batch_op:
        batch_op.create_index('ix_booking_claims_business_id_booking_id', ['business_id', 'booking_id'], unique=False)
        batch_op.create_index('uq_booking_claims_claim_id', ['claim_id'], unique=True)

    op.create_table('email_attempts',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('email_id', sa.BigInteger(), nullable=False),
    sa.Column('number', sa.SmallInteger(), nullable=False),
    sa.Column('provider', sa.String(length=20), nullable=False),
    sa.Column('began_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('ended_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=12), nullable=False),
    sa.Column('provider_id', sa.String(length=200), nullable=True),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('code', sa.String(length=60), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['business_id', 'email_id'], ['email_logs.business_id', 'email_logs.id'], name=op.f('fk_email_attempts_business_id_email_id_email_logs'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_email_attempts_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_email_attempts')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_email_attempts_business_id_id'))
    )
    with op.batch_alter_table('email_attempts', schema=None) as batch_op:
        batch_op.create_index('ix_email_attempts_business_id_email_id', ['business_id', 'email_id'], unique=False)

    op.create_table('email_parts',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('email_id', sa.BigInteger(), nullable=False),
    sa.Column('filename', sa.String(length=200), nullable=False),
    sa.Column('content_type', sa.String(length=100), nullable=False),
    sa.Column('content_id', sa.String(length=100), nullable=True),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['business_id', 'email_id'], ['email_logs.business_id', 'email_logs.id'], name=op.f('fk_email_parts_business_id_email_id_email_logs'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_email_parts_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_email_parts')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_email_parts_business_id_id'))
    )
    with op.batch_alter_table('email_parts', schema=None) as batch_op:
        batch_op.create_index('ix_email_parts_business_id_email_id', ['business_id', 'email_id'], unique=False)

    op.create_table('holds',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('public_id', sa.String(length=20), nullable=False),
    sa.Column('client', sa.String(length=120), nullable=False),
    sa.Column('car_id', sa.BigInteger(), nullable=False),
    sa.Column('claim_id', sa.BigInteger(), nullable=False),
    sa.Column('buffer_claim_id', sa.BigInteger(), nullable=True),
    sa.Column('starts_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('ends_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('with_driver', sa.Boolean(), nullable=False),
    sa.Column('price', sa.Numeric(precision=12, scale=2), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('expires_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('extended_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('ended_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('ended_how', sa.String(length=10), nullable=False),
    sa.Column('created_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("ended_how in ('', 'confirmed', 'given_up', 'expired')", name=op.f('ck_holds_ended_how')),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_holds_times')),
    sa.ForeignKeyConstraint(['business_id', 'buffer_claim_id'], ['claims.business_id', 'claims.id'], name=op.f('fk_holds_business_id_buffer_claim_id_claims')),
    sa.ForeignKeyConstraint(['business_id', 'car_id'], ['cars.business_id', 'cars.id'], name=op.f('fk_holds_business_id_car_id_cars')),
    sa.ForeignKeyConstraint(['business_id', 'claim_id'], ['claims.business_id', 'claims.id'], name=op.f('fk_holds_business_id_claim_id_claims')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_holds_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_holds')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_holds_business_id_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_holds_public_id'))
    )
    with op.batch_alter_table('holds', schema=None) as batch_op:
        batch_op.create_index('ix_holds_business_id_client', ['business_id', 'client'], unique=False, postgresql_where=sa.text('ended_at is null'))
        batch_op.create_index('ix_holds_business_id_created_at', ['business_id', 'created_at'], unique=False)
        batch_op.create_index('ix_holds_expires_at', ['expires_at'], unique=False, postgresql_where=sa.text('ended_at is null'))

    op.create_table('sms_attempts',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('sms_id', sa.BigInteger(), nullable=False),
    sa.Column('number', sa.SmallInteger(), nullable=False),
    sa.Column('provider', sa.String(length=20), nullable=False),
    sa.Column('began_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('ended_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=12), nullable=False),
    sa.Column('provider_id', sa.String(length=200), nullable=True),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('code', sa.String(length=60), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['business_id', 'sms_id'], ['sms_messages.business_id', 'sms_messages.id'], name=op.f('fk_sms_attempts_business_id_sms_id_sms_messages'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_sms_attempts_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sms_attempts')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_sms_attempts_business_id_id'))
    )
    with op.batch_alter_table('sms_attempts', schema=None) as batch_op:
        batch_op.create_index('ix_sms_attempts_business_id_sms_id', ['business_id', 'sms_id'], unique=False)

    op.create_table('rentals',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('booking_id', sa.BigInteger(), nullable=False),
    sa.Column('hold_id', sa.BigInteger(), nullable=False),
    sa.Column('car_id', sa.BigInteger(), nullable=False),
    sa.Column('driver_state', sa.String(length=10), nullable=False),
    sa.Column('driver_id', sa.BigInteger(), nullable=True),
    sa.Column('turn', sa.Integer(), nullable=False),
    sa.Column('answer_by', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('passed', postgresql.ARRAY(sa.BigInteger()), nullable=False),
    sa.Column('why', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('business_id', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("driver_state in ('none', 'wanted', 'offered', 'accepted', 'nobody')", name=op.f('ck_rentals_driver_state')),
    sa.ForeignKeyConstraint(['business_id', 'booking_id'], ['bookings.business_id', 'bookings.id'], name=op.f('fk_rentals_business_id_booking_id_bookings')),
    sa.ForeignKeyConstraint(['business_id', 'car_id'], ['cars.business_id', 'cars.id'], name=op.f('fk_rentals_business_id_car_id_cars')),
    sa.ForeignKeyConstraint(['business_id', 'driver_id'], ['resources.business_id', 'resources.id'], name=op.f('fk_rentals_business_id_driver_id_resources')),
    sa.ForeignKeyConstraint(['business_id', 'hold_id'], ['holds.business_id', 'holds.id'], name=op.f('fk_rentals_business_id_hold_id_holds')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_rentals_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rentals')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_rentals_business_id_id'))
    )
    with op.batch_alter_table('rentals', schema=None) as batch_op:
        batch_op.create_index('ix_rentals_business_id_driver_id', ['business_id', 'driver_id'], unique=False)
        batch_op.create_index('ix_rentals_business_id_driver_state', ['business_id', 'driver_state'], unique=False)
        batch_op.create_index('uq_rentals_booking_id', ['booking_id'], unique=True)
        batch_op.create_index('uq_rentals_hold_id', ['hold_id'], unique=True)
    op.execute(APPEND_ONLY)


def downgrade() -> None:
    with op.batch_alter_table('rentals', schema=None) as batch_op:
        batch_op.drop_index('uq_rentals_hold_id')
        batch_op.drop_index('uq_rentals_booking_id')
        batch_op.drop_index('ix_rentals_business_id_driver_state')
        batch_op.drop_index('ix_rentals_business_id_driver_id')

    op.drop_table('rentals')
    with op.batch_alter_table('sms_attempts', schema=None) as batch_op:
        batch_op.drop_index('ix_sms_attempts_business_id_sms_id')

    op.drop_table('sms_attempts')
    with op.batch_alter_table('holds', schema=None) as batch_op:
        batch_op.drop_index('ix_holds_expires_at', postgresql_where=sa.text('ended_at is null'))
        batch_op.drop_index('ix_holds_business_id_created_at')
        batch_op.drop_index('ix_holds_business_id_client', postgresql_where=sa.text('ended_at is null'))

    op.drop_table('holds')
    with op.batch_alter_table('email_parts', schema=None) as batch_op:
        batch_op.drop_index('ix_email_parts_business_id_email_id')

    op.drop_table('email_parts')
    with op.batch_alter_table('email_attempts', schema=None) as batch_op:
        batch_op.drop_index('ix_email_attempts_business_id_email_id')

    op.drop_table('email_attempts')
    with op.batch_alter_table('booking_claims', schema=None) as batch_op:
        batch_op.drop_index('uq_booking_claims_claim_id')
        batch_op.drop_index('ix_booking_claims_business_id_booking_id')

    op.drop_table('booking_claims')
    with op.batch_alter_table('sms_received', schema=None) as batch_op:
        batch_op.drop_index('ix_sms_received_business_id_at')

    op.drop_table('sms_received')
    with op.batch_alter_table('sms_messages', schema=None) as batch_op:
        batch_op.drop_index('ix_sms_messages_to_number')
        batch_op.drop_index('ix_sms_messages_provider_id')
        batch_op.drop_index('ix_sms_messages_business_id_state_created_at')
        batch_op.drop_index('ix_sms_messages_business_id_customer_id')
        batch_op.drop_index('ix_sms_messages_business_id_created_at')
        batch_op.drop_index('ix_sms_messages_about', postgresql_using='gin')

    op.drop_table('sms_messages')
    with op.batch_alter_table('sessions', schema=None) as batch_op:
        batch_op.drop_index('ix_sessions_user_id')
        batch_op.drop_index('ix_sessions_last_seen_at')

    op.drop_table('sessions')
    with op.batch_alter_table('email_logs', schema=None) as batch_op:
        batch_op.drop_index('ix_email_logs_recent')
        batch_op.drop_index('ix_email_logs_provider_id')
        batch_op.drop_index('ix_email_logs_business_id_state_created_at')
        batch_op.drop_index('ix_email_logs_business_id_customer_id')
        batch_op.drop_index('ix_email_logs_business_id_created_at')
        batch_op.drop_index('ix_email_logs_about', postgresql_using='gin')

    op.drop_table('email_logs')
    with op.batch_alter_table('drivers', schema=None) as batch_op:
        batch_op.drop_index('ix_drivers_business_id_user_id')

    op.drop_table('drivers')
    with op.batch_alter_table('consent_entries', schema=None) as batch_op:
        batch_op.drop_index('ix_consent_entries_business_id_number')

    op.drop_table('consent_entries')
    with op.batch_alter_table('claims', schema=None) as batch_op:
        batch_op.drop_index('ix_claims_during', postgresql_using='gist')
        batch_op.drop_index('ix_claims_business_id_resource_id')

    op.drop_table('claims')
    with op.batch_alter_table('cars', schema=None) as batch_op:
        batch_op.drop_index('ix_cars_business_id_plate')

    op.drop_table('cars')
    with op.batch_alter_table('bookings', schema=None) as batch_op:
        batch_op.drop_index('uq_bookings_business_id_reference')
        batch_op.drop_index('ix_bookings_search', postgresql_using='gin')
        batch_op.drop_index('ix_bookings_business_id_state_starts_at')
        batch_op.drop_index('ix_bookings_business_id_starts_at')
        batch_op.drop_index('ix_bookings_business_id_customer_id')
        batch_op.drop_index('ix_bookings_business_id_created_at')

    op.drop_table('bookings')
    with op.batch_alter_table('webhook_calls', schema=None) as batch_op:
        batch_op.drop_index('uq_webhook_calls_provider_call_id')
        batch_op.drop_index('ix_webhook_calls_waiting', postgresql_where=sa.text("state = 'waiting'"))
        batch_op.drop_index('ix_webhook_calls_at')

    op.drop_table('webhook_calls')
    with op.batch_alter_table('subscriptions', schema=None) as batch_op:
        batch_op.drop_index('uq_subscriptions_business_id')

    op.drop_table('subscriptions')
    with op.batch_alter_table('resources', schema=None) as batch_op:
        batch_op.drop_index('uq_resources_business_id_kind_name', postgresql_where=sa.text("kind = 'crew'"))

    op.drop_table('resources')
    with op.batch_alter_table('password_resets', schema=None) as batch_op:
        batch_op.drop_index('ix_password_resets_user_id')

    op.drop_table('password_resets')
    with op.batch_alter_table('number_standings', schema=None) as batch_op:
        batch_op.drop_index('uq_number_standings_business_id_number')

    op.drop_table('number_standings')
    op.drop_table('memberships')
    with op.batch_alter_table('jobs', schema=None) as batch_op:
        batch_op.drop_index('uq_jobs_unique_key', postgresql_where=sa.text('unique_key is not null'))
        batch_op.drop_index('ix_jobs_queue')
        batch_op.drop_index('ix_jobs_leases', postgresql_where=sa.text("state = 'running'"))
        batch_op.drop_index('ix_jobs_finished_at', postgresql_where=sa.text('finished_at is not null'))
        batch_op.drop_index('ix_jobs_failed', postgresql_where=sa.text("state = 'failed'"))
        batch_op.drop_index('ix_jobs_due', postgresql_where=sa.text("state = 'queued'"))
        batch_op.drop_index('ix_jobs_about', postgresql_using='gin', postgresql_where=sa.text("about <> '{}'"))

    op.drop_table('jobs')
    with op.batch_alter_table('invite_months', schema=None) as batch_op:
        batch_op.drop_index('uq_invite_months_business_id_month')

    op.drop_table('invite_months')
    with op.batch_alter_table('idempotency_keys', schema=None) as batch_op:
        batch_op.drop_index('uq_idempotency_keys_key')
        batch_op.drop_index('ix_idempotency_keys_at')

    op.drop_table('idempotency_keys')
    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.drop_index('ix_events_business_id_id_desc')
        batch_op.drop_index('ix_events_at')
        batch_op.drop_index('ix_events_about', postgresql_using='gin')

    op.drop_table('events')
    with op.batch_alter_table('customers', schema=None) as batch_op:
        batch_op.drop_index('uq_customers_business_id_email', postgresql_where=sa.text("email <> ''"))
        batch_op.drop_index('ix_customers_business_id_phone_number')
        batch_op.drop_index('ix_customers_business_id_name_key')

    op.drop_table('customers')
    with op.batch_alter_table('audit_log', schema=None) as batch_op:
        batch_op.drop_index('ix_audit_log_business_id_id_desc')

    op.drop_table('audit_log')
    with op.batch_alter_table('api_tokens', schema=None) as batch_op:
        batch_op.drop_index('ix_api_tokens_user_id')
        batch_op.drop_index('ix_api_tokens_expires_at')

    op.drop_table('api_tokens')
    with op.batch_alter_table('ai_calls', schema=None) as batch_op:
        batch_op.drop_index('ix_ai_calls_business_id_at')

    op.drop_table('ai_calls')
    op.drop_table('workers')
    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.drop_index('uq_users_email')

    op.drop_table('users')
    op.drop_table('provider_gates')
    op.drop_table('plans')
    op.drop_table('photo_cache')
    op.drop_table('periodic_jobs')
    with op.batch_alter_table('login_failures', schema=None) as batch_op:
        batch_op.drop_index('ix_login_failures_address_at')
        batch_op.drop_index('ix_login_failures_account_hash_at')

    op.drop_table('login_failures')
    op.drop_table('installation')
    with op.batch_alter_table('businesses', schema=None) as batch_op:
        batch_op.drop_index('uq_businesses_hostname')

    op.drop_table('businesses')
    op.execute("drop function audit_log_is_append_only()")
