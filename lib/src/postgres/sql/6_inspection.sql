-- SPDX-License-Identifier: BSL-1.0
-- What can be seen from outside: objects, their users, and the state of the server. Looking locks
-- nothing and changes nothing.

-- The objects that the caller may use. Of a queue, `waiters` are the handles in whose processes
-- threads wait for messages or for room; of a semaphore, those that wait for a permit.
create function crex.objects()
returns table (kind text, name text, owner name, mode int, created timestamptz, handles bigint,
               ready bigint, used bigint, most bigint, sent bigint, received bigint,
               waiters bigint)
language sql stable security definer set search_path = crex, pg_temp as $$
    select 'queue', q.name, q.owner, q.mode, q.created,
        (select count(*) from handle h where h.object = q.id), q.ready, q.used, q.max_messages,
        q.sent, q.received,
        (select count(*) from waiter w where w.object = q.id and w.direction in ('r', 'w'))
        from queue q where may_use(q.owner, q.mode)
    union all
    select 'semaphore', s.name, s.owner, s.mode, s.created,
        (select count(*) from handle h where h.object = s.id), s.value, null, null, null, null,
        (select count(*) from waiter w where w.object = s.id and w.direction = 'p')
        from semaphore s where may_use(s.owner, s.mode)
    order by 1, 2
$$;

-- The living processes that have an object of that name open, as far as the caller may use it.
create function crex.users(its_name text)
returns table (kind text, role name, host text, pid int, handles bigint, leases bigint,
               permits bigint, waits boolean)
language sql stable security definer set search_path = crex, pg_temp as $$
    select o.kind, s.role, s.host, s.pid, count(*),
        coalesce(sum((select count(*) from message m where m.holder = h.id)), 0)::bigint,
        sum(h.permits)::bigint,
        bool_or(exists (select from waiter w where w.handle = h.id and w.direction <> 'f'))
        from (select 'queue' as kind, q.id from queue q
                  where q.name = its_name and may_use(q.owner, q.mode)
              union all
              select 'semaphore', s.id from semaphore s
                  where s.name = its_name and may_use(s.owner, s.mode)) o
        join handle h on h.object = o.id
        join session s on s.id = h.session and s.backend = h.backend
        where exists (select from pg_locks l where l.locktype = 'advisory' and l.pid = s.backend
                      and l.objsubid = 1 and l.classid::bigint << 32 | l.objid::bigint = key(s.id))
        group by o.kind, s.id
        order by 1, 3, 4
$$;

-- What is known to make queues slow or unsafe. Without the rights of pg_read_all_stats, the owner of
-- this function does not see what other roles do: `sees_all` is false then.
create function crex.health()
returns table (server text, schema int, is_local boolean, is_encrypted boolean, sees_all boolean,
               fsync boolean, full_page_writes boolean, autovacuum boolean, standby_names text,
               standbys bigint, transaction_seconds bigint, transaction_of text, dead_rows bigint,
               live_rows bigint, connections bigint, max_connections int)
language plpgsql stable security definer set search_path = crex, pg_temp as $$
begin
    server := current_setting('server_version');
    schema := (select number from version);
    is_local := inet_client_addr() is null or inet_client_addr() <<= '127.0.0.0/8'
        or inet_client_addr() = '::1';
    is_encrypted := coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false);
    sees_all := pg_has_role(current_user, 'pg_read_all_stats', 'usage');
    fsync := current_setting('fsync');
    full_page_writes := current_setting('full_page_writes');
    autovacuum := current_setting('autovacuum');
    standby_names := current_setting('synchronous_standby_names');
    standbys := (select count(*) from pg_stat_replication where sync_state in ('sync', 'quorum'));
    select extract(epoch from now() - t.began)::bigint, t.its into transaction_seconds, transaction_of
        from (select xact_start, format('process %s of role %s (%s, %s)', pid, usename, state,
                  coalesce(nullif(application_name, ''), 'without application_name'))
                  from pg_stat_activity
                  where datname = current_database() and backend_type = 'client backend'
                  and pid <> pg_backend_pid() and xact_start is not null
              union all
              select prepared, format('prepared transaction %s of role %s', gid, owner)
                  from pg_prepared_xacts where database = current_database()) t (began, its)
        order by t.began limit 1;
    select coalesce(sum(n_dead_tup), 0), coalesce(sum(n_live_tup), 0) into dead_rows, live_rows
        from pg_stat_user_tables where schemaname = 'crex';
    connections := (select count(*) from pg_stat_activity where backend_type = 'client backend');
    max_connections := current_setting('max_connections');
    return next;
end $$;
