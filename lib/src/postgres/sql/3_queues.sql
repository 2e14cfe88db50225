-- SPDX-License-Identifier: BSL-1.0
-- Queues: opening and closing them, their handles, and what can be asked of them.

-- Notifies the process that has requested it, which ends the request.
create function crex.notify_requester(its_queue bigint) returns void
language plpgsql as $$
declare
    n record;
begin
    delete from notification v using handle h where v.queue = its_queue and h.id = v.handle
        returning h.session, v.number into n;
    if found then
        perform pg_notify('crex_' || n.session, n.number || ' n');
    end if;
end $$;

-- Wakes receivers of `count` messages, and descriptors that show messages. If no receiver waits and
-- the queue was empty, notifies of them.
create function crex.wake_receivers(its_queue bigint, count bigint, was_empty boolean)
returns void
language plpgsql as $$
begin
    if wake(its_queue, 'r', count) = 0 and was_empty then
        perform notify_requester(its_queue);
    end if;
    perform wake(its_queue, 'f', 1000000);
end $$;

-- Whether a message or room for one must be told to any handle.
create function crex.is_awaited(its_queue bigint) returns boolean
language plpgsql stable as $$
begin
    return exists (select from waiter where object = its_queue)
        or exists (select from notification where queue = its_queue);
end $$;

-- Ends handles of a queue whose row is locked, and gives back what they leased. Returns whether the
-- queue is still there: one that exists until it is unused may not be.
create function crex.detach(its_queue bigint, handles bigint[]) returns boolean
language plpgsql as $$
declare
    returned bigint;
    ready_now bigint;
begin
    update message set holder = null, token = null, attempts = least(attempts + 1, 255)
        where holder = any (handles);
    get diagnostics returned = row_count;
    delete from handle where id = any (handles);
    delete from waiter where object = its_queue and handle = any (handles);
    delete from notification where queue = its_queue and handle = any (handles);
    delete from queue where id = its_queue and until_unused
        and not exists (select from handle where object = its_queue);
    if found then
        delete from message where queue = its_queue and holder is null; -- as all are now
        return false;
    end if;
    if returned > 0 then
        update queue set ready = ready + returned, redelivered = redelivered + returned
            where id = its_queue returning ready into ready_now;
        perform wake_receivers(its_queue, returned, ready_now = returned);
    end if;
    return true;
end $$;

-- Gives back what the dead held. The queue's row is locked. False when the queue has gone.
create function crex.reap(its_queue bigint) returns boolean
language plpgsql as $$
declare
    dead bigint[] := find_dead(its_queue);
begin
    return dead is null or detach(its_queue, dead);
end $$;

-- A handle on the queue of that number.
create function crex.queue_attach(its_queue bigint, session bigint, reads boolean, writes boolean)
returns bigint
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    q crex.queue;
begin
    select * into q from queue where id = its_queue for update;
    if not found or not reap(q.id) then
        perform fail(43, 'it has been removed');
    end if;
    perform check_may_use(q.owner, q.mode);
    return attach(q.id, q.max_handles, session, reads, writes);
end $$;

-- Nothing when there is no queue of the name.
create function crex.queue_open(its_name text, session bigint, reads boolean, writes boolean)
returns table (handle bigint, id bigint, max_messages bigint, max_message_size bigint)
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    q crex.queue;
begin
    select * into q from queue where name = its_name for update;
    if not found or not reap(q.id) then
        return;
    end if;
    perform check_may_use(q.owner, q.mode);
    handle := attach(q.id, q.max_handles, session, reads, writes);
    id := q.id;
    max_messages := q.max_messages;
    max_message_size := q.max_message_size;
    return next;
end $$;

-- Nothing when the name is taken.
create function crex.queue_create(its_name text, its_mode int, its_max_messages bigint,
    its_max_message_size bigint, its_max_handles int, its_until_unused boolean,
    its_max_attempts int, its_dead_letter text, session bigint, reads boolean, writes boolean)
returns table (handle bigint, id bigint, max_messages bigint, max_message_size bigint)
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    old crex.queue;
    new_queue bigint := nextval('crex.numbers');
begin
    select * into old from queue q where q.name = its_name for update;
    if found and (not old.until_unused or reap(old.id)) then
        return;
    end if;
    insert into queue as q (id, name, owner, mode, max_messages, max_message_size, max_handles,
                            until_unused, max_attempts, dead_letter)
        values (new_queue, its_name, session_user, its_mode, its_max_messages,
                its_max_message_size, its_max_handles, its_until_unused, its_max_attempts,
                its_dead_letter)
        on conflict do nothing;
    if not found then
        return;
    end if;
    if its_dead_letter <> '' then
        insert into queue (id, name, owner, mode, max_messages, max_message_size, max_handles,
                           until_unused, max_attempts, dead_letter)
            values (nextval('crex.numbers'), its_dead_letter, session_user, its_mode,
                    its_max_messages, its_max_message_size, its_max_handles, false, 0, '')
            on conflict do nothing;
    end if;
    handle := attach(new_queue, its_max_handles, session, reads, writes);
    id := new_queue;
    max_messages := its_max_messages;
    max_message_size := its_max_message_size;
    return next;
end $$;

create function crex.queue_close(its_handle bigint) returns void
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    h crex.handle := own(its_handle);
begin
    perform from queue where id = h.object for update;
    if detach(h.object, array[h.id]) then
        -- Handles of the dead do not keep a queue that lives as long as it is used.
        perform reap(h.object) from queue where id = h.object and until_unused;
    end if;
end $$;

-- False when there is none.
create function crex.queue_unlink(its_name text) returns boolean
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    q crex.queue;
begin
    select * into q from queue where name = its_name for update;
    if not found then
        return false;
    end if;
    perform check_may_use(q.owner, q.mode & 448);
    delete from queue where id = q.id;
    delete from message where queue = q.id and holder is null;
    delete from message where holder in (select id from handle where object = q.id);
    perform wake(q.id, 'r', 1000000), wake(q.id, 'w', 1000000), wake(q.id, 'f', 1000000);
    delete from handle where object = q.id;
    delete from waiter where object = q.id;
    return true;
end $$;

create function crex.queue_inspect(its_name text)
returns table (id bigint, owner oid, mode int, created timestamptz)
language sql stable security definer set search_path = crex, pg_temp as $$
    select q.id, r.oid, q.mode, q.created from queue q join pg_roles r on r.rolname = q.owner
    where q.name = its_name
$$;

create function crex.queue_is_linked(its_queue bigint) returns boolean
language sql stable security definer set search_path = crex, pg_temp as $$
    select exists (select from queue where id = its_queue)
$$;

create function crex.queue_stats(its_handle bigint)
returns table (ready bigint, sent bigint, received bigint, redelivered bigint,
               dead_lettered bigint, participants bigint, is_shut_down boolean)
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    h crex.handle := own(its_handle);
begin
    return query select q.ready, q.sent, q.received, q.redelivered, q.dead_lettered,
        (select count(*) from handle p where p.object = q.id), q.is_shut_down
        from queue q where q.id = h.object;
    if not found then
        perform fail(43, 'it has been removed');
    end if;
end $$;

create function crex.queue_shut_down(its_handle bigint) returns void
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    h crex.handle := own(its_handle);
begin
    update queue set is_shut_down = true where id = h.object;
    if not found then
        perform fail(43, 'it has been removed');
    end if;
    perform wake(h.object, 'r', 1000000), wake(h.object, 'w', 1000000),
            wake(h.object, 'f', 1000000), notify_requester(h.object);
end $$;

-- The first message.
create function crex.queue_peek(its_handle bigint) returns table (priority int, body bytea)
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    h crex.handle := own(its_handle);
begin
    return query select m.priority, m.body from message m
        where m.queue = h.object and m.holder is null order by m.priority desc, m.id limit 1;
end $$;

-- Threads of the handle wait no longer. If it was woken, another one is woken instead.
create function crex.queue_leave(its_handle bigint, its_direction "char") returns void
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    h crex.handle := own(its_handle);
    q crex.queue;
begin
    select * into q from queue where id = h.object for update;
    delete from waiter where object = h.object and direction = its_direction and handle = h.id;
    if not found and its_direction = 'r' and q.ready > 0 then
        perform wake_receivers(q.id, 1, true);
    elsif not found and its_direction = 'w' and q.used < q.max_messages then
        perform wake(q.id, 'w', 1);
    end if;
end $$;

-- Whether there are messages, for a descriptor; if not, it is notified of the next one.
create function crex.queue_is_ready(its_handle bigint) returns boolean
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    h crex.handle := own(its_handle);
    q crex.queue;
begin
    select * into q from queue where id = h.object;
    if not found or q.is_shut_down or q.ready > 0 then
        return true;
    end if;
    select * into q from queue where id = h.object for update;
    if not found or not reap(q.id) then
        return true;
    end if;
    select * into q from queue where id = h.object;
    if q.ready > 0 then
        return true;
    end if;
    perform wait_for(q.id, 'f', h.id);
    update queue set has_waiters = true where id = q.id and not has_waiters;
    return false;
end $$;

-- Requests that the session is notified, with that number, of the next message that comes while the
-- queue is empty and no receiver waits. `renews`: the request was made in an earlier session, whose
-- messages may not have been notified. False when there is such a message now.
create function crex.notification_request(its_handle bigint, its_number bigint, renews boolean)
returns boolean
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    h crex.handle := own(its_handle);
    q crex.queue;
begin
    perform from queue where id = h.object for update;
    if not found or not reap(h.object) then
        perform fail(43, 'it has been removed');
    end if;
    insert into notification values (h.object, h.id, its_number) on conflict do nothing;
    if not found then
        perform fail(16, 'another process has already asked to be notified');
    end if;
    update queue set has_waiters = true where id = h.object returning * into q;
    if renews and (q.ready > 0 or q.is_shut_down) then
        delete from notification where queue = h.object;
        return false;
    end if;
    return true;
end $$;

-- Whether the request is still pending. What the dead held comes back before.
create function crex.notification_is_pending(its_handle bigint, its_number bigint) returns boolean
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    h crex.handle := own(its_handle);
begin
    perform from queue where id = h.object for update;
    if not found or not reap(h.object) then
        perform fail(43, 'it has been removed');
    end if;
    return exists (select from notification n
                   where n.queue = h.object and n.handle = h.id and n.number = its_number);
end $$;

-- Withdraws the request. False when it was not pending.
create function crex.notification_cancel(its_handle bigint, its_number bigint) returns boolean
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    h crex.handle := own(its_handle);
begin
    perform from queue where id = h.object for update;
    delete from notification n
        where n.queue = h.object and n.handle = h.id and n.number = its_number;
    return found;
end $$;
