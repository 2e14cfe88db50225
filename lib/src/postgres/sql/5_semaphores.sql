-- SPDX-License-Identifier: BSL-1.0
-- Semaphores. A permit that comes free while handles wait is handed to the one that has waited
-- longest, which has a second to take it.

create function crex.give(its_semaphore bigint, count bigint, are_from_dead boolean) returns void
language plpgsql as $$
declare
    is_awaited boolean := exists (select from waiter where object = its_semaphore);
    w record;
begin
    if is_awaited then
        for w in select v.handle, h.session, h.backend from waiter v join handle h on h.id = v.handle
                 where v.object = its_semaphore and v.direction = 'p' and v.handed is null
                 order by v.place
        loop
            exit when count <= 0;
            if is_dead(w.session, w.backend) then
                delete from waiter v where v.object = its_semaphore and v.handle = w.handle;
            else
                update waiter v set handed = clock_timestamp() + interval '1 second',
                    from_dead = are_from_dead
                    where v.object = its_semaphore and v.direction = 'p' and v.handle = w.handle;
                perform pg_notify('crex_' || w.session, w.handle || ' p');
                count := count - 1;
            end if;
        end loop;
    end if;
    if count > 0 then
        update semaphore set value = value + count,
            from_dead = from_dead + case when are_from_dead then count else 0 end
            where id = its_semaphore;
    end if;
    if is_awaited then
        perform wake(its_semaphore, 'f', 1000000);
    end if;
end $$;

-- Takes back what was handed to handles that wait no longer, or did not take it in time.
create function crex.take_back(its_semaphore bigint, handles bigint[]) returns void
language plpgsql as $$
declare
    w record;
begin
    for w in delete from waiter v where v.object = its_semaphore and v.direction = 'p'
             and (v.handle = any (handles) or v.handed < clock_timestamp())
             returning v.handed, v.from_dead
    loop
        if w.handed is not null then
            perform give(its_semaphore, 1, w.from_dead);
        end if;
    end loop;
end $$;

-- Ends handles of a semaphore whose row is locked; their permits come back.
create function crex.semaphore_detach(its_semaphore bigint, handles bigint[]) returns void
language plpgsql as $$
declare
    held bigint;
begin
    select coalesce(sum(permits), 0) into held from handle where id = any (handles);
    perform take_back(its_semaphore, handles);
    delete from handle where id = any (handles);
    delete from waiter where object = its_semaphore and handle = any (handles);
    if held > 0 then
        perform give(its_semaphore, held, true);
    end if;
end $$;

create function crex.semaphore_reap(its_semaphore bigint) returns void
language plpgsql as $$
declare
    dead bigint[] := find_dead(its_semaphore);
begin
    if dead is not null then
        perform semaphore_detach(its_semaphore, dead);
    end if;
    perform take_back(its_semaphore, '{}');
end $$;

create function crex.semaphore_attach(its_semaphore bigint, session bigint) returns bigint
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    s crex.semaphore;
begin
    select * into s from semaphore where id = its_semaphore for update;
    if not found then
        perform fail(43, 'it has been removed');
    end if;
    perform check_may_use(s.owner, s.mode);
    perform semaphore_reap(s.id);
    return attach(s.id, s.max_handles, session, true, true);
end $$;

-- Nothing when there is no semaphore of the name.
create function crex.semaphore_open(its_name text, session bigint)
returns table (handle bigint, id bigint)
language plpgsql security definer set search_path = crex, pg_temp as $$
begin
    select s.id into id from semaphore s where s.name = its_name for update;
    if found then
        handle := semaphore_attach(id, session);
        return next;
    end if;
end $$;

-- Nothing when the name is taken.
create function crex.semaphore_create(its_name text, its_mode int, its_max_handles int,
    its_value bigint, its_by_anyone boolean, session bigint)
returns table (handle bigint, id bigint)
language plpgsql security definer set search_path = crex, pg_temp as $$
begin
    id := nextval('crex.numbers');
    insert into semaphore (id, name, owner, mode, max_handles, by_anyone, value)
        values (id, its_name, session_user, its_mode, its_max_handles, its_by_anyone, its_value)
        on conflict do nothing;
    if found then
        handle := attach(id, its_max_handles, session, true, true);
        return next;
    end if;
end $$;

create function crex.semaphore_close(its_handle bigint) returns void
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    h crex.handle := own(its_handle);
begin
    perform from semaphore where id = h.object for update;
    perform semaphore_detach(h.object, array[h.id]);
end $$;

-- False when there is none.
create function crex.semaphore_unlink(its_name text) returns boolean
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    s crex.semaphore;
begin
    select * into s from semaphore where name = its_name for update;
    if not found then
        return false;
    end if;
    perform check_may_use(s.owner, s.mode & 448);
    delete from semaphore where id = s.id;
    perform wake(s.id, 'p', 1000000), wake(s.id, 'f', 1000000);
    delete from handle where object = s.id;
    delete from waiter where object = s.id;
    return true;
end $$;

create function crex.semaphore_inspect(its_name text)
returns table (id bigint, owner oid, mode int, created timestamptz)
language sql stable security definer set search_path = crex, pg_temp as $$
    select s.id, r.oid, s.mode, s.created from semaphore s join pg_roles r on r.rolname = s.owner
    where s.name = its_name
$$;

create function crex.semaphore_is_linked(its_semaphore bigint) returns boolean
language sql stable security definer set search_path = crex, pg_temp as $$
    select exists (select from semaphore where id = its_semaphore)
$$;

-- A permit: whether it was left by a dead holder, and its token. Nothing when there is none;
-- `waits` and `looks` as in send().
create function crex.acquire(its_handle bigint, waits boolean, looks boolean)
returns table (is_from_dead boolean, token bigint)
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    s crex.semaphore;
    was_handed boolean;
begin
    select * into s from semaphore where id = (select object from handle
        where id = its_handle and backend = pg_backend_pid()) for update;
    if not found then
        perform fail(43, 'it has been removed');
    end if;
    if s.value <= 0 and looks then
        perform semaphore_reap(s.id);
        select * into s from semaphore where id = s.id;
    end if;
    delete from waiter v where v.object = s.id and v.direction = 'p' and v.handle = its_handle
        and (v.handed is not null or s.value > 0)
        returning v.handed is not null, v.from_dead into was_handed, is_from_dead;
    if was_handed then
        update semaphore set acquisitions = acquisitions + 1 where id = s.id;
    elsif s.value > 0 then
        is_from_dead := s.from_dead > 0;
        update semaphore set value = value - 1, acquisitions = acquisitions + 1,
            from_dead = least(greatest(from_dead - 1, 0), value - 1) where id = s.id;
    else
        if waits then
            perform wait_for(s.id, 'p', its_handle);
        end if;
        return;
    end if;
    update handle set permits = permits + 1 where id = its_handle;
    token := s.acquisitions + 1;
    return next;
end $$;

-- Gives permits back; all or none.
create function crex.release(its_handle bigint, count bigint, most bigint) returns void
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    h crex.handle;
    s crex.semaphore;
begin
    select * into s from semaphore where id = (select object from handle
        where id = its_handle and backend = pg_backend_pid()) for update;
    if not found then
        perform fail(43, 'it has been removed');
    end if;
    select * into h from handle where id = its_handle; -- as it is under the lock
    if h.permits < count and not s.by_anyone then
        perform fail(1, format('this handle holds %s', h.permits));
    end if;
    if s.value + count > most then
        perform fail(75, 'more permits would be free than a semaphore may have');
    end if;
    update handle set permits = greatest(permits - count, 0) where id = its_handle;
    perform give(s.id, count, false);
end $$;

-- Threads of the handle wait no longer. What was handed to it goes to another one.
create function crex.semaphore_leave(its_handle bigint) returns void
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    h crex.handle := own(its_handle);
begin
    perform from semaphore where id = h.object for update;
    perform take_back(h.object, array[h.id]);
end $$;

-- Free permits, those that were handed over included, and the handle's own.
create function crex.semaphore_value(its_handle bigint, looks boolean)
returns table (value bigint, held bigint)
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    h crex.handle := own(its_handle);
begin
    if looks then
        perform from semaphore where id = h.object for update;
        perform semaphore_reap(h.object);
    end if;
    return query select s.value + (select count(*) from waiter v where v.object = s.id
                                   and v.handed is not null), h.permits
        from semaphore s where s.id = h.object;
    if not found then
        perform fail(43, 'it has been removed');
    end if;
end $$;

create function crex.semaphore_holders(its_handle bigint)
returns table (pid int, permits bigint)
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    h crex.handle := own(its_handle);
begin
    perform from semaphore where id = h.object for update;
    perform semaphore_reap(h.object);
    return query select s.pid, p.permits from handle p join session s on s.id = p.session
        where p.object = h.object and p.permits > 0 order by p.id;
end $$;

-- Whether a permit is free, for a descriptor; if not, it is notified of the next one.
create function crex.semaphore_is_ready(its_handle bigint) returns boolean
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    h crex.handle := own(its_handle);
    s crex.semaphore;
begin
    select * into s from semaphore where id = h.object for update;
    if not found then
        return true;
    end if;
    perform semaphore_reap(s.id);
    if (select value from semaphore where id = s.id) > 0 then
        return true;
    end if;
    perform wait_for(s.id, 'f', h.id);
    return false;
end $$;
