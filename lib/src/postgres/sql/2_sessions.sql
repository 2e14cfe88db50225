-- SPDX-License-Identifier: BSL-1.0
-- Sessions, handles, and what the dead leave behind.
--
-- Errors have SQLSTATE CX and three digits of an errno value.

create function crex.key(session bigint) returns bigint
language sql immutable parallel safe
return (x'4352'::bit(16)::bigint << 48) | session;

create function crex.fail(error int, cause text) returns void
language plpgsql as $$
begin
    raise exception using errcode = 'CX' || lpad(error::text, 3, '0'), message = cause;
end $$;

-- Whether the session has ended. Its own one has not, although the lock could be taken. The lock is
-- kept until the end of the transaction, so that no other call does the same work.
create function crex.is_dead(its_session bigint, its_backend int) returns boolean
language sql as $$
    select its_backend <> pg_backend_pid() and pg_try_advisory_xact_lock(crex.key(its_session))
$$;

-- The handles of an object whose sessions have ended; null when there are none. Removes the sessions
-- that have no other handle. The object's row is locked.
create function crex.find_dead(its_object bigint) returns bigint[]
language plpgsql as $$
declare
    dead bigint[];
begin
    select array_agg(h.id) into dead from handle h
        where h.object = its_object and is_dead(h.session, h.backend);
    if dead is not null then
        delete from session s where s.id in (select h.session from handle h where h.id = any (dead))
            and not exists (select from handle h where h.session = s.id and h.id <> all (dead));
    end if;
    return dead;
end $$;

-- Begins a session, whose number it returns. `version` is the schema's that the client knows, and
-- `its_backend` the process at the server that it takes this one for.
create function crex.hello(version int, pid int, host text, its_backend int)
returns table (session bigint, database bigint)
language plpgsql security definer set search_path = crex, pg_temp as $$
begin
    if its_backend <> pg_backend_pid() then
        perform fail(95, 'a pooler is in between, such as PgBouncer, which does not keep a session'
            ' for a program: connect to the server itself');
    end if;
    if (select number from crex.version) <> version then
        perform fail(71, format('the schema has version %s, this program needs %s: %s',
            (select number from crex.version), version,
            case when version > (select number from crex.version)
            then 'run `crex postgres upgrade`' else 'install a newer crex' end));
    end if;
    session := nextval('crex.numbers');
    select v.database into database from version v;
    perform pg_advisory_lock(key(session));
    -- What an earlier process of this number at the server has left belongs to none that lives.
    update handle h set backend = 0 where h.backend = its_backend;
    update session s set backend = 0 where s.backend = its_backend;
    insert into session values (session, its_backend, session_user, hello.pid, hello.host);
    delete from session s where not exists (select from handle h where h.session = s.id)
        and is_dead(s.id, s.backend);
    delete from sender where used < now() - interval '1 day';
    return next;
end $$;

-- Whether the caller may use an object of that owner and mode.
create function crex.may_use(owner name, mode int) returns boolean
language sql stable as $$
    select owner = session_user
        or mode & 6 = 6
        or (mode & 48 = 48 and pg_has_role(session_user, owner, 'member'))
        or (select rolsuper from pg_roles where rolname = session_user)
$$;

create function crex.check_may_use(owner name, mode int) returns void
language plpgsql as $$
begin
    if not may_use(owner, mode) then
        perform fail(13, format('it belongs to the role %s, and its mode is %s', owner,
            lpad((mode / 64 * 100 + mode / 8 % 8 * 10 + mode % 8)::text, 4, '0')));
    end if;
end $$;

-- Makes a participant of an object, whose row is locked.
create function crex.attach(object bigint, max_handles int, session bigint, reads boolean,
                            writes boolean) returns bigint
language plpgsql as $$
declare
    new_handle bigint := nextval('crex.numbers');
begin
    if not exists (select from session s where s.id = attach.session
                   and s.backend = pg_backend_pid() and s.role = session_user) then
        perform fail(1, 'the session is not the caller''s');
    end if;
    if (select count(*) from handle h where h.object = attach.object) >= max_handles then
        perform fail(87, format('%s handles are open, as many as it was created for', max_handles));
    end if;
    insert into handle values (new_handle, session, pg_backend_pid(), object, reads, writes);
    return new_handle;
end $$;

-- The caller's handle.
create function crex.own(its_handle bigint) returns crex.handle
language plpgsql stable as $$
declare
    h crex.handle;
begin
    select * into h from handle where id = its_handle and backend = pg_backend_pid();
    if not found then
        perform fail(43, 'it has been removed');
    end if;
    return h;
end $$;

-- Registers that threads of the handle wait. The object's row is locked.
create function crex.wait_for(its_object bigint, its_direction "char", its_handle bigint)
returns void
language plpgsql as $$
begin
    insert into waiter (object, direction, handle)
        values (its_object, its_direction, its_handle) on conflict do nothing;
end $$;

-- Wakes those that have waited longest, as many as `count`. The object's row is locked. Returns how
-- many were woken.
create function crex.wake(its_object bigint, its_direction "char", count bigint) returns bigint
language plpgsql as $$
declare
    w record;
    woken bigint := 0;
begin
    for w in select v.handle, h.session, h.backend from waiter v join handle h on h.id = v.handle
             where v.object = its_object and v.direction = its_direction order by v.place
    loop
        exit when woken >= count;
        delete from waiter v where v.object = its_object and v.direction = its_direction
            and v.handle = w.handle;
        if not is_dead(w.session, w.backend) then
            perform pg_notify('crex_' || w.session, w.handle || ' ' || its_direction::text);
            woken := woken + 1;
        end if;
    end loop;
    return woken;
end $$;
