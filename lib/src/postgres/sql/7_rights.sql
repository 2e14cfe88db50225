-- SPDX-License-Identifier: BSL-1.0
-- Rights: the members of crex_user may execute the functions that programs call, and
-- nothing else.

-- One synced commit, which makes what was committed before it durable. Of these functions, it is the
-- only one that needs no rights of the owner, and is a part of the statement that calls it.
create function crex.sync() returns pg_lsn
language sql
return case when set_config('synchronous_commit', 'on', true) = 'on'
    then pg_logical_emit_message(true, 'crex', '') end;

-- A sender that ends.
create function crex.goodbye(its_session bigint, its_sender uuid) returns void
language plpgsql security definer set search_path = crex, pg_temp as $$
begin
    delete from sender where id = its_sender;
    delete from session s where s.id = its_session and s.backend = pg_backend_pid()
        and not exists (select from handle h where h.session = s.id);
end $$;

do $$
begin
    if not exists (select from pg_roles where rolname = 'crex_user') then
        create role crex_user nologin;
    end if;
exception when duplicate_object or unique_violation then -- another database's installation did it
end $$;

revoke all on schema crex from public;
revoke all on all tables in schema crex from public;
revoke all on all sequences in schema crex from public;
revoke all on all functions in schema crex from public;
grant usage on schema crex to crex_user;
grant execute on function crex.sync to crex_user;
do $$
declare
    f text;
begin
    for f in select p.oid::regprocedure from pg_proc p
             where p.pronamespace = 'crex'::regnamespace and p.prosecdef
    loop
        execute 'grant execute on function ' || f || ' to crex_user';
    end loop;
end $$;
